# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Systems Manager, maintenance windows: one function is one API operation; lists come whole.

Every function takes a Connection and named arguments, and raises the errors of _core/errors.py.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import PROTECTED

MISSING = ("DoesNotExistException",)


@api_call("list maintenance windows")
def _windows_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_maintenance_windows(Filters=filters, MaxResults=100, **next_token(token))


def list_windows(aws: Connection, name: str | None = None) -> list[dict]:
    """DescribeMaintenanceWindows: the identities; name narrows (the filter Name), and is to be compared again."""
    filters = [{"Key": "Name", "Values": [name]}] if name else []
    return list(paged(partial(_windows_page, aws, filters=filters), "WindowIdentities"))


@api_call("read maintenance window {window_id}", missing=MISSING)
def get_window(client: Any, window_id: str) -> dict:
    """GetMaintenanceWindow."""
    return client.get_maintenance_window(WindowId=window_id)


@api_call("create maintenance window {Name}", PROTECTED)
def create_window(client: Any, **request: Any) -> str:
    """CreateMaintenanceWindow: the id; names are not unique, the ClientToken in the request protects against a second one."""
    return client.create_maintenance_window(**request)["WindowId"]


@api_call("update maintenance window {WindowId}", PROTECTED, missing=MISSING)
def update_window(client: Any, **request: Any) -> None:
    """UpdateMaintenanceWindow; the same request twice ends in the same state."""
    client.update_maintenance_window(**request)


@api_call("delete maintenance window {window_id}", PROTECTED, missing=MISSING)
def delete_window(client: Any, window_id: str) -> None:
    """DeleteMaintenanceWindow, with its targets and tasks."""
    client.delete_maintenance_window(WindowId=window_id)


# Targets


@api_call("list the targets of maintenance window {window_id}", missing=MISSING)
def _targets_page(client: Any, window_id: str, token: str | None) -> dict:
    return client.describe_maintenance_window_targets(WindowId=window_id, MaxResults=100, **next_token(token))


def list_targets(aws: Connection, window_id: str) -> list[dict]:
    """DescribeMaintenanceWindowTargets."""
    return list(paged(partial(_targets_page, aws, window_id=window_id), "Targets"))


@api_call("register a target with maintenance window {WindowId}", PROTECTED, missing=MISSING)
def register_target(client: Any, **request: Any) -> str:
    """RegisterTargetWithMaintenanceWindow: the id; the ClientToken protects against a second one."""
    return client.register_target_with_maintenance_window(**request)["WindowTargetId"]


@api_call("update target {WindowTargetId} of maintenance window {WindowId}", PROTECTED, missing=MISSING)
def update_target(client: Any, **request: Any) -> None:
    """UpdateMaintenanceWindowTarget."""
    client.update_maintenance_window_target(**request)


@api_call("deregister target {target_id} from maintenance window {window_id}", PROTECTED, missing=MISSING)
def deregister_target(client: Any, window_id: str, target_id: str) -> None:
    """DeregisterTargetFromMaintenanceWindow, refused (TargetInUseException) while a task uses the target."""
    client.deregister_target_from_maintenance_window(WindowId=window_id, WindowTargetId=target_id, Safe=True)


# Tasks


@api_call("list the tasks of maintenance window {window_id}", missing=MISSING)
def _tasks_page(client: Any, window_id: str, token: str | None) -> dict:
    return client.describe_maintenance_window_tasks(WindowId=window_id, MaxResults=100, **next_token(token))


def list_tasks(aws: Connection, window_id: str) -> list[dict]:
    """DescribeMaintenanceWindowTasks; without the invocation parameters, which only get_task has."""
    return list(paged(partial(_tasks_page, aws, window_id=window_id), "Tasks"))


@api_call("read task {task_id} of maintenance window {window_id}", missing=MISSING)
def get_task(client: Any, window_id: str, task_id: str) -> dict:
    """GetMaintenanceWindowTask."""
    return client.get_maintenance_window_task(WindowId=window_id, WindowTaskId=task_id)


@api_call("register a task with maintenance window {WindowId}", PROTECTED, missing=MISSING)
def register_task(client: Any, **request: Any) -> str:
    """RegisterTaskWithMaintenanceWindow: the id; the ClientToken protects against a second one."""
    return client.register_task_with_maintenance_window(**request)["WindowTaskId"]


@api_call("update task {WindowTaskId} of maintenance window {WindowId}", PROTECTED, missing=MISSING)
def update_task(client: Any, **request: Any) -> None:
    """UpdateMaintenanceWindowTask."""
    client.update_maintenance_window_task(**request)


@api_call("deregister task {task_id} from maintenance window {window_id}", PROTECTED, missing=MISSING)
def deregister_task(client: Any, window_id: str, task_id: str) -> None:
    """DeregisterTaskFromMaintenanceWindow."""
    client.deregister_task_from_maintenance_window(WindowId=window_id, WindowTaskId=task_id)


# Schedules
