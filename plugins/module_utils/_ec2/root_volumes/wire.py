# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volume replacement tasks: requests and translations. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ..._core import run as kernel
from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.tags import texts as tag_texts
from ..._core.tags import to_wire as tags_to_wire
from ..wire import INSTANCE_TAG
from ..wire import RUN_TAG
from ..wire import STEP_TAG

ATTEMPT_TAG = "fleetpatch:attempt"
OLD_ROOT_TAG = "fleetpatch:old-root"
REPLACED, REUSED, FAILED, DETACHED = "replaced", "reused", "failed", "failed_detached"
TIMED_OUT, PENDING, UNKNOWN = "timed_out", "pending", "unknown"
OUTCOMES = (REPLACED, REUSED, FAILED, DETACHED, TIMED_OUT, PENDING, UNKNOWN)
BAD = (FAILED, DETACHED, TIMED_OUT, UNKNOWN)
# API ReplaceRootVolumeTask, TaskState. failing-detached stands in its text, not in its list of values.
STATES = {
    "pending": PENDING,
    "in-progress": PENDING,
    "failing": PENDING,
    "failing-detached": PENDING,
    "succeeded": REPLACED,
    "failed": FAILED,
    "failed-detached": DETACHED,
}
# Any fixed UUID will do; it keeps our tokens apart from everybody else's.
TOKEN_SPACE = uuid.UUID("0d3f6a52-7a0c-5c2e-8c55-6f4f2b0f3a91")


@dataclass(frozen=True)
class Source:
    """What the new root volumes are made of: an image, a snapshot, the images of a run, or (nothing) the launch state."""

    image_id: str | None = None
    snapshot_id: str | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class Request:
    """Whose root volumes to replace, with what, for what. max_concurrency: tasks that are pending at once, 0 is no limit."""

    instance_ids: tuple[str, ...]
    source: Source
    run_id: str
    step: str
    attempt: int = 1
    delete_old: bool = False
    rate: int | None = None
    max_concurrency: int = 0
    tags: dict = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"root volumes {self.step} attempt {self.attempt}"

    def identity(self, instance_id: str) -> dict[str, str]:
        """The tags that say whose a task is."""
        return {
            RUN_TAG: self.run_id,
            STEP_TAG: self.step,
            ATTEMPT_TAG: str(self.attempt),
            INSTANCE_TAG: instance_id,
            OWNER_TAG: OWNER,
        }

    def token(self, instance_id: str) -> str:
        """The ClientToken of a task."""
        return kernel.token(TOKEN_SPACE, self.run_id, self.step, str(self.attempt), instance_id)


def task_tags(request: Request, machine: dict) -> dict[str, str]:
    """The user's tags, and those that are the identity, which win; and which volume was the root."""
    root = volumes_of(machine)[0]
    own = {**request.identity(machine["InstanceId"]), **({OLD_ROOT_TAG: root} if root else {})}
    return {**tag_texts(request.tags), **own}


def task_to_wire(request: Request, machine: dict, source: dict) -> dict[str, Any]:
    """The request of CreateReplaceRootVolumeTask."""
    tags = tags_to_wire(task_tags(request, machine))
    wire = {
        "InstanceId": machine["InstanceId"],
        "ClientToken": request.token(machine["InstanceId"]),
        "DeleteReplacedRootVolume": request.delete_old,
        "TagSpecifications": [{"ResourceType": "replace-root-volume-task", "Tags": tags}],
        **source,
    }
    if request.rate is not None:
        wire["VolumeInitializationRate"] = request.rate
    return wire


def volumes_of(machine: dict) -> tuple[str | None, list[dict]]:
    """(id of the root volume, the other volumes with their devices) of an instance as DescribeInstances tells it."""
    root, data = None, []
    for mapping in machine.get("BlockDeviceMappings") or []:
        volume_id = (mapping.get("Ebs") or {}).get("VolumeId")
        if mapping.get("DeviceName") == machine.get("RootDeviceName"):
            root = volume_id
        elif volume_id:
            data.append({"device": mapping.get("DeviceName"), "volume_id": volume_id})
    return root, data
