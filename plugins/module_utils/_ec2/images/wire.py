# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images: wire <-> model. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.tags import texts as tag_texts
from ..wire import INSTANCE_TAG
from ..wire import RUN_TAG
from ..wire import STEP_TAG

AVAILABLE = "available"
PENDING = "pending"
FAILED = "failed"
# API ImageState. A disabled image cannot be launched, so it is no way back.
IMAGE_STATES = {
    "available": AVAILABLE,
    "pending": PENDING,
    "transient": PENDING,
    "failed": FAILED,
    "error": FAILED,
    "invalid": FAILED,
    "deregistered": FAILED,
    "disabled": FAILED,
}


def image_name(prefix: str, run_id: str, instance_id: str) -> str:
    """The name that is unique for a run and an instance; what CreateImage does not take in a name is replaced."""
    return re.sub(r"[^A-Za-z0-9()\[\] ./\-'@_]", "-", f"{prefix}-{run_id}-{instance_id}")


def image_tags(run_id: str, step: str | None, instance_id: str, more: dict[str, Any] | None) -> dict[str, str]:
    """Whose the image and its snapshots are."""
    own = {RUN_TAG: run_id, INSTANCE_TAG: instance_id, OWNER_TAG: OWNER}
    if step:
        own[STEP_TAG] = step
    return {**tag_texts(more or {}), **own}


@dataclass(frozen=True)
class Request:
    """Which instances to image, for what."""

    instance_ids: tuple[str, ...]
    run_id: str
    step: str | None
    name_prefix: str
    no_reboot: bool
    tags: dict

    def name(self, instance_id: str) -> str:
        return image_name(self.name_prefix, self.run_id, instance_id)

    @property
    def label(self) -> str:
        return f"images {self.step}" if self.step else f"images of run {self.run_id}"


def create_to_wire(request: Request, instance_id: str) -> dict[str, Any]:
    """The arguments of api.create_image; the name is the identity of the image."""
    return {
        "instance_id": instance_id,
        "name": request.name(instance_id),
        "description": f"Before patching, run {request.run_id}",
        "no_reboot": request.no_reboot,
        "tags": image_tags(request.run_id, request.step, instance_id, request.tags),
    }


def snapshots_of(image: dict) -> list[str]:
    """The snapshots behind an image, in the order of its devices; a pending image may not know them yet."""
    mappings = image.get("BlockDeviceMappings") or []
    ids = [(mapping.get("Ebs") or {}).get("SnapshotId") for mapping in mappings]
    return [snapshot_id for snapshot_id in ids if snapshot_id]


def image_to_model(instance_id: str, name: str, image: dict | None, **more: Any) -> dict:
    """One image of one instance; image None = there is none."""
    image = image or {}
    reason = image.get("StateReason") or {}
    return {
        "instance_id": instance_id,
        "image_id": image.get("ImageId"),
        "name": name,
        "state": image.get("State"),
        "outcome": None,
        "snapshot_ids": snapshots_of(image),
        "creation_date": image.get("CreationDate"),
        "message": reason.get("Message"),
        **more,
    }
