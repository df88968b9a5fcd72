# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volume replacement tasks: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import PROTECTED
from ..connection import FILTER_VALUES


@api_call("replace the root volume of {InstanceId}", PROTECTED)
def create_task(client: Any, **request: Any) -> dict:
    """CreateReplaceRootVolumeTask: the task; the ClientToken in the request makes a second try harmless."""
    return client.create_replace_root_volume_task(**request)["ReplaceRootVolumeTask"]


@api_call("list root volume replacement tasks")
def _tasks_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_replace_root_volume_tasks(Filters=filters, MaxResults=50, **next_token(token))


def list_tasks(aws: Connection, instance_ids: list[str] | None) -> list[dict]:
    """DescribeReplaceRootVolumeTasks of the instances; None = all that EC2 still knows. It has no filter for tags."""
    key = "ReplaceRootVolumeTasks"
    if instance_ids is None:
        return list(paged(partial(_tasks_page, aws, filters=[]), key))
    found: list[dict] = []
    for part in chunks(instance_ids, FILTER_VALUES):
        wire = [{"Name": "instance-id", "Values": part}]
        found += paged(partial(_tasks_page, aws, filters=wire), key)
    return found
