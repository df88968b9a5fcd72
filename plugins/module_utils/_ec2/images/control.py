# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images of a run removed again."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.errors import AccessDenied
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.tags import from_wire as tags_from_wire
from ..wire import INSTANCE_TAG
from . import api
from . import read
from . import wire

REMOVED = "removed"


def remove(aws: Connection, run_id: str, step: str | None, instance_ids: list[str] | None, *, check: bool) -> dict:
    """Deregister the images of a run with their snapshots: only those that carry our owner tag. An empty list is none."""
    images: list[dict] = []
    for image in read.owned(aws, run_id, step, instance_ids):
        try:
            message = None if check else _remove_one(aws, image["ImageId"])
        except AccessDenied as error:
            error.results = _removed(images)
            raise
        outcome = wire.FAILED if message else REMOVED
        instance_id = tags_from_wire(image.get("Tags")).get(INSTANCE_TAG, "")
        images.append(wire.image_to_model(instance_id, image.get("Name", ""), image, outcome=outcome, message=message))
    answer = _removed(images)
    failures = {image["image_id"]: image["message"] for image in images if image["outcome"] == wire.FAILED}
    if failures:
        raise RunFailed(f"Some images were not removed: {failures}", details=failures, results=answer)
    return {**answer, "msg": f"run {run_id}: {len(images)} images {'would be ' if check and images else ''}removed"}


def _removed(images: list[dict]) -> dict:
    names = [image["outcome"] for image in images]
    summary = {"total": len(images), REMOVED: names.count(REMOVED), wire.FAILED: names.count(wire.FAILED)}
    return {"changed": REMOVED in names, "images": images, "summary": summary}


def _remove_one(aws: Connection, image_id: str) -> str | None:
    """None, or what is left over and why."""
    try:
        snapshots = api.deregister_image(aws, image_id=image_id)
    except NotFound:
        return None
    except AccessDenied:
        raise
    except ServiceError as error:
        return error.message
    # "skipped": the snapshot belongs to another image as well, and stays with it (API DeregisterImage).
    bad = [
        f"{one['SnapshotId']}: {one['ReturnCode']}"
        for one in snapshots
        if one["ReturnCode"] not in ("success", "skipped")
    ]
    return "; ".join(bad) or None
