# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volume replacement tasks as they are, for the info module."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.tags import from_wire as tags_from_wire
from ..wire import RUN_TAG
from ..wire import STEP_TAG
from . import api
from .wire import ATTEMPT_TAG
from .wire import OLD_ROOT_TAG


def listed(
    aws: Connection, instance_ids: list[str] | None, run_id: str | None, step: str | None, attempt: int | None
) -> list[dict]:
    """The tasks that EC2 still knows, newest first; None does not restrict, an empty list selects nothing."""
    wanted = {RUN_TAG: run_id, STEP_TAG: step, ATTEMPT_TAG: attempt and str(attempt)}
    found = []
    for task in api.list_tasks(aws, instance_ids):
        tags = tags_from_wire(task.get("Tags"))
        if all(value is None or tags.get(key) == value for key, value in wanted.items()):
            found.append(_listed_model(task, tags))
    return sorted(found, key=lambda model: (model["start_time"] or "", model["task_id"]), reverse=True)


def _listed_model(task: dict, tags: dict[str, str]) -> dict:
    return {
        "task_id": task.get("ReplaceRootVolumeTaskId"),
        "instance_id": task.get("InstanceId"),
        "state": task.get("TaskState"),
        "image_id": task.get("ImageId"),
        "snapshot_id": task.get("SnapshotId"),
        "start_time": task.get("StartTime"),
        "complete_time": task.get("CompleteTime"),
        "delete_replaced_root_volume": bool(task.get("DeleteReplacedRootVolume")),
        "old_root_volume_id": tags.get(OLD_ROOT_TAG),
        "run_id": tags.get(RUN_TAG),
        "step": tags.get(STEP_TAG),
        "attempt": int(tags[ATTEMPT_TAG]) if tags.get(ATTEMPT_TAG, "").isdigit() else None,
        "tags": tags,
    }
