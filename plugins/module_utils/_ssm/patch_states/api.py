# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch states and patches of nodes: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Iterator

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged


@api_call("read the patch states of {instance_ids}")
def _states_page(client: Any, instance_ids: list, token: str | None) -> dict:
    return client.describe_instance_patch_states(InstanceIds=instance_ids, MaxResults=100, **next_token(token))


def list_patch_states(aws: Connection, instance_ids: list[str]) -> Iterator[dict]:
    """DescribeInstancePatchStates, 50 ids a call; nodes that were never scanned are missing in the answer."""
    for part in chunks(instance_ids, 50):
        yield from paged(partial(_states_page, aws, instance_ids=part), "InstancePatchStates")


@api_call("read the patch states of patch group {patch_group}")
def _group_states_page(client: Any, patch_group: str, token: str | None) -> dict:
    return client.describe_instance_patch_states_for_patch_group(
        PatchGroup=patch_group, MaxResults=100, **next_token(token)
    )


def list_patch_states_of_group(aws: Connection, patch_group: str) -> Iterator[dict]:
    """DescribeInstancePatchStatesForPatchGroup."""
    return paged(partial(_group_states_page, aws, patch_group=patch_group), "InstancePatchStates")


@api_call("list the patches of {instance_id}")
def _patches_page(client: Any, instance_id: str, filters: list, token: str | None) -> dict:
    return client.describe_instance_patches(
        InstanceId=instance_id, Filters=filters, MaxResults=100, **next_token(token)
    )


def list_patches(aws: Connection, instance_id: str, state: str | list[str] | None = None) -> Iterator[dict]:
    """DescribeInstancePatches of one node; state is a value of the filter State (Missing, Failed, ...), or some."""
    filters = [{"Key": "State", "Values": [state] if isinstance(state, str) else state}] if state else []
    return paged(partial(_patches_page, aws, instance_id=instance_id, filters=filters), "Patches")
