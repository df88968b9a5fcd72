# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Old images of runs removed with their snapshots: by number and age for each instance, never one that something uses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Callable

from ..._core.calls import Connection
from ..._core.compare import diff
from ..._core.errors import AccessDenied
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.tags import from_wire as tags_from_wire
from ..images import api as image_api
from ..images import read as image_read
from ..images import wire as image_wire
from ..instances import api as instance_api
from ..launch_templates import api as launch_template_api
from ..root_volumes import api as root_volume_api
from ..snapshots import api as snapshot_api
from ..wire import INSTANCE_TAG
from ..wire import RUN_TAG
from ..wire import STEP_TAG

KEPT, IN_USE, REMOVED, FAILED = "kept", "in_use", "removed", "failed"
OUTCOMES = (KEPT, IN_USE, REMOVED, FAILED)
# Only these hold nothing of their image any more.
GONE = ("terminated", "shutting-down")
# A task that has not ended may still read its image.
TASK_OVER = ("succeeded", "failed", "failed-detached")
SECONDS = 24 * 3600


@dataclass(frozen=True)
class Rules:
    """Which images stay. An image that one of the rules keeps stays."""

    count: int | None = None  # newest usable ones of each instance
    days: int | None = None  # younger ones
    runs: frozenset[str] = frozenset()


@dataclass
class Work:
    """One call of the module. models: image id -> model, instance by instance, newest first."""

    aws: Connection
    rules: Rules
    now: datetime
    images: dict[str, dict] = field(default_factory=dict)  # as EC2 tells them
    models: dict[str, dict] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # images that were (in check mode: would be) deregistered
    unanswered: list[str] = field(default_factory=list)  # images of whose snapshots AWS said nothing

    def doomed(self) -> list[dict]:
        return [model for model in self.models.values() if model["outcome"] == REMOVED]


def check_rules(rules: Rules) -> None:
    """Raise InvalidInput for rules that keep no way back."""
    if rules.count is None and rules.days is None:
        raise InvalidInput("keep_count, keep_days: at least one of them is required")
    if (rules.count is not None and rules.count < 0) or (rules.days is not None and rules.days < 0):
        raise InvalidInput("keep_count, keep_days: must not be negative")
    if not rules.count and not rules.days:
        raise InvalidInput(
            "keep_count, keep_days: one of them must be greater than 0; otherwise no image is kept for a rollback"
        )


def apply(
    aws: Connection,
    rules: Rules,
    instance_ids: list[str] | None,
    *,
    other_uses: Callable[[], dict[str, str]],
    check: bool,
) -> dict:
    """Remove what the rules do not keep. other_uses gives {image id: who uses it} of other services.

    Raises RunFailed with the result when something could not be removed. Nothing is removed before every use is known.
    """
    check_rules(rules)
    work = Work(aws, rules, image_api.service_time(aws))
    work.images = {image["ImageId"]: image for image in image_read.owned(aws, None, None, instance_ids)}
    _judge_images(work)
    _keep_used(work, other_uses)
    _predict_snapshots(work)
    if check:
        work.gone = {model["image_id"] for model in work.doomed()}
    else:
        _remove(work)
        _ask_for_snapshots(work)
    return _finish(work, check)


# What the rules say


def _judge_images(work: Work) -> None:
    groups: dict[str, list[dict]] = {}
    for image in work.images.values():
        groups.setdefault(tags_from_wire(image.get("Tags")).get(INSTANCE_TAG, ""), []).append(image)
    for instance_id, group in sorted(groups.items()):
        # The image id decides between images of the same second, so that two calls decide alike.
        group.sort(key=lambda image: (image.get("CreationDate") or "", image["ImageId"]), reverse=True)
        usable = [image["ImageId"] for image in group if _word(image) == image_wire.AVAILABLE]
        for image in group:
            rank = usable.index(image["ImageId"]) + 1 if image["ImageId"] in usable else None
            work.models[image["ImageId"]] = _model(work, instance_id, image, _why_kept(work, image, rank))


def _word(image: dict) -> str:
    # A disabled image can be enabled again: to the rules it is as good as an available one.
    if image.get("State") == "disabled":
        return image_wire.AVAILABLE
    return image_wire.IMAGE_STATES.get(image.get("State", ""), image_wire.PENDING)


def _why_kept(work: Work, image: dict, rank: int | None) -> str | None:
    rules, run_id = work.rules, tags_from_wire(image.get("Tags")).get(RUN_TAG)
    if _word(image) == image_wire.PENDING:
        return f"it is {image.get('State')}"
    if run_id in rules.runs:
        return f"run {run_id} is kept"
    if rank is not None and rules.count and rank <= rules.count:
        return f"number {rank} of the {rules.count} newest of its instance"
    age = _age(work, image)
    if rules.days and age is None:
        return "its age is not known"
    if rules.days and age < rules.days:
        return f"younger than {rules.days} days"
    if image.get("Public"):
        return "it is public"
    if str(image.get("DeregistrationProtection") or "disabled").startswith("enabled"):
        return "it is protected against deregistration"
    return None


def _age(work: Work, image: dict) -> float | None:
    """Days."""
    try:
        made = datetime.fromisoformat(image["CreationDate"].replace("Z", "+00:00"))
    except (KeyError, ValueError):
        return None
    return (work.now - made).total_seconds() / SECONDS


def _model(work: Work, instance_id: str, image: dict, why: str | None) -> dict:
    tags, age = tags_from_wire(image.get("Tags")), _age(work, image)
    return {
        "image_id": image["ImageId"],
        "name": image.get("Name"),
        "instance_id": instance_id,
        "run_id": tags.get(RUN_TAG),
        "step": tags.get(STEP_TAG),
        "state": image.get("State"),
        "creation_date": image.get("CreationDate"),
        "age_days": None if age is None else int(age),
        "size_gib": sum(size for _snapshot_id, size in _sizes(image)),
        "snapshot_ids": image_wire.snapshots_of(image),
        "deleted_snapshot_ids": [],
        "outcome": KEPT if why else REMOVED,
        "reason": why,
        "message": None,
    }


def _sizes(image: dict) -> list[tuple[str | None, int]]:
    """(snapshot, size of its volume in GiB) of every device."""
    devices = [mapping.get("Ebs") or {} for mapping in image.get("BlockDeviceMappings") or []]
    return [(ebs.get("SnapshotId"), ebs.get("VolumeSize") or 0) for ebs in devices if ebs]


# What uses them


def _keep_used(work: Work, other_uses: Callable[[], dict[str, str]]) -> None:
    doomed = [model["image_id"] for model in work.doomed()]
    if not doomed:
        return
    used = {**other_uses(), **_used_by_templates(work.aws), **_used_by_tasks(work.aws)}
    for instance in instance_api.list_instances_of(work.aws, doomed):
        state = (instance.get("State") or {}).get("Name")
        if state not in GONE:
            used[instance.get("ImageId")] = f"instance {instance['InstanceId']} ({state})"
    for model in work.doomed():
        if model["image_id"] in used:
            model.update(outcome=IN_USE, reason=f"used by {used[model['image_id']]}")


def _used_by_templates(aws: Connection) -> dict[str, str]:
    """Images in any version of any launch template; groups and fleets may be bound to old versions."""
    used = {}
    for template in launch_template_api.list_templates(aws):
        try:
            versions = launch_template_api.list_template_versions(aws, template["LaunchTemplateId"])
        except NotFound:
            continue  # deleted since it was listed
        for version in versions:
            image_id = (version.get("LaunchTemplateData") or {}).get("ImageId")
            if image_id:
                used[image_id] = f"launch template {template['LaunchTemplateName']} version {version['VersionNumber']}"
    return used


def _used_by_tasks(aws: Connection) -> dict[str, str]:
    return {
        task["ImageId"]: f"root volume replacement {task['ReplaceRootVolumeTaskId']}"
        for task in root_volume_api.list_tasks(aws, None)
        if task.get("ImageId") and task.get("TaskState") not in TASK_OVER
    }


def _predict_snapshots(work: Work) -> None:
    """Which snapshots go with their images: those that no other image has (API DeregisterImage)."""
    snapshot_ids = sorted({one for model in work.doomed() for one in model["snapshot_ids"]})
    holders: dict[str, set[str]] = {one: set() for one in snapshot_ids}
    for image in image_api.list_images_of_snapshots(work.aws, snapshot_ids) if snapshot_ids else []:
        for snapshot_id in image_wire.snapshots_of(image):
            if snapshot_id in holders:
                holders[snapshot_id].add(image["ImageId"])
    for model in work.doomed():
        for snapshot_id in model["snapshot_ids"]:
            holders[snapshot_id].discard(model["image_id"])
            if not holders[snapshot_id]:
                model["deleted_snapshot_ids"].append(snapshot_id)


# Removing


def _remove(work: Work) -> None:
    for position, model in enumerate(todo := work.doomed()):
        try:
            _remove_one(work, model)
        except AccessDenied as error:
            for other in todo[position:]:
                other.update(outcome=FAILED, deleted_snapshot_ids=[], message=f"not removed: {error.code}")
            error.results = _result(work)
            raise
        except ServiceError as error:
            model.update(outcome=FAILED, deleted_snapshot_ids=[], message=error.message)


def _remove_one(work: Work, model: dict) -> None:
    try:
        answers = image_api.deregister_image(work.aws, image_id=model["image_id"])
    except NotFound:
        # Somebody else was faster, or the answer to the first try was lost.
        work.gone.add(model["image_id"])
        work.unanswered.append(model["image_id"])
        return
    work.gone.add(model["image_id"])
    codes = {answer["SnapshotId"]: answer["ReturnCode"] for answer in answers}
    model["deleted_snapshot_ids"] = [one for one in model["snapshot_ids"] if codes.get(one) == "success"]
    # "skipped": another image has the snapshot as well.
    bad = [f"{one}: {code}" for one, code in codes.items() if code not in ("success", "skipped")]
    if bad:
        model.update(outcome=FAILED, message=f"deregistered, but these snapshots were not deleted: {'; '.join(bad)}")


def _ask_for_snapshots(work: Work) -> None:
    """What became of snapshots of which AWS said nothing."""
    ids = sorted({one for image_id in work.unanswered for one in work.models[image_id]["snapshot_ids"]})
    left = {snapshot["SnapshotId"] for snapshot in snapshot_api.list_snapshots(work.aws, ids)}
    for image_id in work.unanswered:
        model = work.models[image_id]
        model["deleted_snapshot_ids"] = [one for one in model["snapshot_ids"] if one not in left]


def _result(work: Work) -> dict:
    models = list(work.models.values())
    counted = Counter(model["outcome"] for model in models)
    sizes = {one: size for image in work.images.values() for one, size in _sizes(image)}
    left = [model for model in models if model["image_id"] not in work.gone]
    return {
        "changed": bool(work.gone),
        "images": models,
        "summary": {"total": len(models), **{word: counted[word] for word in OUTCOMES}},
        "freed_gib": sum(sizes.get(one, 0) for model in models for one in model["deleted_snapshot_ids"]),
        "diff": diff(_names(models), _names(left)),
    }


def _names(models: list[dict]) -> dict:
    return {"images": {model["image_id"]: model["name"] for model in sorted(models, key=lambda one: one["image_id"])}}


def _finish(work: Work, check: bool) -> dict:
    answer = _result(work)
    told = ", ".join(f"{number} {word}" for word, number in answer["summary"].items() if number and word != "total")
    would = "would be " if check and answer["changed"] else ""
    text = f"{answer['summary']['total']} images: {would}{told or 'nothing to do'}"
    bad = {model["image_id"]: model["message"] for model in answer["images"] if model["outcome"] == FAILED}
    if bad:
        raise RunFailed("; ".join([text, *list(bad.values())[:3]]), details=bad, results=answer)
    return {**answer, "msg": text}
