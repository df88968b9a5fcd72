# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images of runs as they are."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.tags import from_wire as tags_from_wire
from ..wire import INSTANCE_TAG
from ..wire import RUN_TAG
from ..wire import STEP_TAG
from . import api
from . import wire


def listed(aws: Connection, run_id: str | None, step: str | None, instance_ids: list[str] | None) -> list[dict]:
    """The images that carry our owner tag, newest first; None does not restrict, an empty list selects nothing."""
    models = [_listed_model(image) for image in owned(aws, run_id, step, instance_ids)]
    return sorted(models, key=lambda model: (model["creation_date"] or "", model["name"]), reverse=True)


def owned(aws: Connection, run_id: str | None, step: str | None, instance_ids: list[str] | None) -> list[dict]:
    """The images with our owner tag; None does not restrict, an empty list selects nothing.

    A filter of EC2 takes * and ? for wildcards, so the tags of what it finds are compared again, exactly.
    """
    wanted = {OWNER_TAG: OWNER}
    given = ((RUN_TAG, run_id), (STEP_TAG, step))
    wanted.update({key: value for key, value in given if value is not None})
    ids = None if instance_ids is None else set(instance_ids)
    more = {f"tag:{key}": value for key, value in wanted.items()}
    if ids is None:
        found = api.list_images(aws, "tag-key", [INSTANCE_TAG], more)
    else:
        found = api.list_images(aws, f"tag:{INSTANCE_TAG}", sorted(ids), more)
    return [image for image in found if _is_exactly(tags_from_wire(image.get("Tags")), wanted, ids)]


def _is_exactly(tags: dict[str, str], wanted: dict[str, str], ids: set[str] | None) -> bool:
    if any(tags.get(key) != value for key, value in wanted.items()):
        return False
    return ids is None or tags.get(INSTANCE_TAG) in ids


def _listed_model(image: dict) -> dict:
    tags = tags_from_wire(image.get("Tags"))
    model = wire.image_to_model(tags.get(INSTANCE_TAG, ""), image.get("Name", ""), image)
    del model["outcome"]  # a word of a run, not of an image
    return {**model, "run_id": tags.get(RUN_TAG), "step": tags.get(STEP_TAG), "tags": tags}
