# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Volumes: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..connection import FILTER_VALUES


@api_call("list volumes")
def _volumes_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_volumes(Filters=filters, MaxResults=1000, **next_token(token))


def list_volumes(aws: Connection, instance_ids: list[str]) -> list[dict]:
    """DescribeVolumes: those attached to the instances."""
    found: list[dict] = []
    for part in chunks(instance_ids, FILTER_VALUES):
        wire = [{"Name": "attachment.instance-id", "Values": part}]
        found += paged(partial(_volumes_page, aws, filters=wire), "Volumes")
    return found


def list_volumes_by_id(aws: Connection, volume_ids: list[str]) -> list[dict]:
    """DescribeVolumes by a filter: those that do not exist are missing in the answer."""
    found: list[dict] = []
    for part in chunks(volume_ids, FILTER_VALUES):
        wire = [{"Name": "volume-id", "Values": part}]
        found += paged(partial(_volumes_page, aws, filters=wire), "Volumes")
    return found
