# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When maintenance windows run: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Iterator

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged


@api_call("read the schedule of maintenance windows")
def _schedule_page(client: Any, request: dict, size: int, token: str | None) -> dict:
    return client.describe_maintenance_window_schedule(**request, MaxResults=size, **next_token(token))


def read_schedule(aws: Connection, request: dict, size: int) -> Iterator[dict]:
    """DescribeMaintenanceWindowSchedule, page by page as far as it is read: windows may open without end.

    request holds WindowId, or Targets and ResourceType.
    """
    return paged(partial(_schedule_page, aws, request=request, size=size), "ScheduledWindowExecutions")


@api_call("list the maintenance windows of a target")
def _windows_for_target_page(client: Any, request: dict, token: str | None) -> dict:
    return client.describe_maintenance_windows_for_target(**request, MaxResults=50, **next_token(token))


def list_windows_for_target(aws: Connection, request: dict) -> list[dict]:
    """DescribeMaintenanceWindowsForTarget: {WindowId, Name}; request holds Targets and ResourceType."""
    return list(paged(partial(_windows_for_target_page, aws, request=request), "WindowIdentities"))
