# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volumes of many instances put back: once for each run, followed to the end, with what it leaves behind.

Identity: a task carries run, step, attempt and instance as tags, and a client token made of them. A second call finds the
task, whatever became of the controller; only a higher attempt replaces a root volume again.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace as changed_copy
from typing import Any
from typing import Callable

from ..._core import follow
from ..._core.calls import Connection
from ..._core.errors import AccessDenied
from ..._core.errors import FleetpatchError
from ..._core.errors import InvalidInput
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import Unavailable
from ..._core.errors import UnknownStatus
from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.tags import from_wire as tags_from_wire
from ..._core.tags import texts as tag_texts
from ..._core.tags import to_wire as tags_to_wire
from ..._core.wait import Deadline
from ..images import api as image_api
from ..images import read as images
from ..images import wire as image_wire
from ..instances import api as instance_api
from ..volumes import api as volume_api
from ..wire import INSTANCE_TAG
from ..wire import RUN_TAG
from ..wire import STEP_TAG
from . import api

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
RATE = (100, 300)  # API CreateReplaceRootVolumeTask, VolumeInitializationRate, MiB/s
NAME = re.compile(r"[A-Za-z0-9_.\-]{1,48}")
# Any fixed UUID will do; it keeps our tokens apart from everybody else's.
TOKEN_SPACE = uuid.UUID("0d3f6a52-7a0c-5c2e-8c55-6f4f2b0f3a91")
# How long a task that was just started may be unknown to reads (seconds).
VISIBLE_WITHIN = 120.0


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
        return str(uuid.uuid5(TOKEN_SPACE, "\n".join([self.run_id, self.step, str(self.attempt), instance_id])))


@dataclass
class Work:
    """One call of the module. models: instance id -> what happened to it."""

    aws: Connection
    request: Request
    machines: dict[str, dict] = field(default_factory=dict)  # what EC2 said of the instances before the work
    sizes: dict[str, int] = field(default_factory=dict)  # volume id -> GiB
    sources: dict[str, dict] = field(default_factory=dict)  # instance id -> member of the request
    models: dict[str, dict] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)  # instance id -> when this call started its task
    begun: float = 0.0

    def pending(self) -> list[dict]:
        return [model for model in self.models.values() if model["outcome"] == PENDING]

    def fail(self, instance_id: str, message: str, outcome: str = FAILED) -> None:
        self.models[instance_id] = {**_model(self, instance_id, {}), "outcome": outcome, "message": message}


def replace(
    aws: Connection,
    request: Request,
    *,
    wait: bool,
    timeout: float,
    interval: float,
    say: Callable[[str], None],
    check: bool,
) -> dict:
    """Replace the root volumes that this run has not replaced yet. Raises RunFailed with the result when one is not."""
    validate(request)
    if request.max_concurrency and not wait:
        raise InvalidInput(
            "max_concurrency: requires wait=true, because the module starts the next task when another one ends"
        )
    work = Work(aws, request, begun=aws.clock.now())
    deadline = Deadline.after(aws.clock, timeout)
    try:
        _read(work)
        _adopt(work)
        _choose_sources(work)
        _start_missing(work, deadline, check, lambda: _await_room(work, deadline, interval, say))
        if wait and work.pending() and not check:
            follow.follow(lambda: _look(work), deadline=deadline, interval=interval, say=say, since=work.begun)
            for model in work.pending():
                model.update(outcome=TIMED_OUT, message=f"still {model['state']} after {timeout} seconds")
        _read_volumes(work, [one for one in work.models if not (check and one in work.made)])
    except FleetpatchError as error:
        error.results = {**result(work), **error.results}
        raise
    return judge(work, check)


def validate(request: Request) -> None:
    """Raise InvalidInput for what AWS would refuse or this module could not keep apart."""
    twice = sorted(one for one, times in Counter(request.instance_ids).items() if times > 1)
    if not request.instance_ids or twice:
        raise InvalidInput(f"instance_ids: must contain at least one id and no duplicates: {twice}", code="no_targets")
    for option, value in (("run_id", request.run_id), ("step", request.step)):
        if not NAME.fullmatch(value):
            raise InvalidInput(f"{option}: {value!r} must be 1–48 of the characters A-Z a-z 0-9 _ . -")
    if request.source.snapshot_id and len(request.instance_ids) > 1:
        raise InvalidInput(
            "snapshot_id: is the snapshot of one root volume, so instance_ids must contain only one instance"
        )
    if request.max_concurrency < 0:
        raise InvalidInput(f"max_concurrency: {request.max_concurrency} is less than 0")
    if request.rate is not None and not RATE[0] <= request.rate <= RATE[1]:
        raise InvalidInput(f"volume_initialization_rate: {request.rate} is not from {RATE[0]} to {RATE[1]}")


def _read(work: Work) -> None:
    """The instances and their volumes as they are before anything happens."""
    ids = list(work.request.instance_ids)
    work.machines = {one["InstanceId"]: one for one in instance_api.list_instances(work.aws, ids)}
    work.sizes = {one["VolumeId"]: one.get("Size", 0) for one in volume_api.list_volumes(work.aws, list(work.machines))}


# Finding what was started earlier


def _adopt(work: Work) -> None:
    for task in _own_tasks(work, list(work.request.instance_ids)):
        _take(work, task, REUSED)


def _own_tasks(work: Work, instance_ids: list[str]) -> list[dict]:
    """The tasks of this run, step and attempt; of several on an instance the newest is last."""
    found = []
    for task in api.list_tasks(work.aws, instance_ids):
        tags, wanted = tags_from_wire(task.get("Tags")), work.request.identity(task["InstanceId"])
        if all(tags.get(key) == value for key, value in wanted.items()):
            found.append(task)
    return sorted(found, key=lambda task: str(task.get("StartTime")))


def _take(work: Work, task: dict, word: str) -> None:
    """Record a task. Raises UnknownStatus."""
    instance_id, state = task["InstanceId"], task.get("TaskState")
    model = _model(work, instance_id, task)
    work.models[instance_id] = model
    if state not in STATES:
        model["outcome"] = UNKNOWN
        raise UnknownStatus(f"Task {task['ReplaceRootVolumeTaskId']} of {instance_id} has the unknown state {state!r}")
    outcome = STATES[state]
    model["outcome"] = word if outcome == REPLACED else outcome
    if outcome == FAILED:
        model["message"] = f"task {model['task_id']} failed; the old root volume is still attached"
    elif outcome == DETACHED:
        model["message"] = _alarm(model)


def _alarm(model: dict) -> str:
    old = (model["old_root_volume"] or {}).get("volume_id")
    way = f"attach {old} as {model['root_device_name']}, or try again" if old else "try again"
    return (
        f"THE INSTANCE HAS NO ROOT VOLUME and does not run: task {model['task_id']} failed; {way} with a higher attempt"
    )


def _model(work: Work, instance_id: str, task: dict) -> dict:
    """One instance; task {} = there is none."""
    machine = work.machines.get(instance_id) or {}
    root, data = volumes_of(machine)
    old = tags_from_wire(task.get("Tags")).get(OLD_ROOT_TAG) or (None if task else root)
    return {
        "instance_id": instance_id,
        "task_id": task.get("ReplaceRootVolumeTaskId"),
        "state": task.get("TaskState"),
        "outcome": None,
        "image_id": task.get("ImageId"),
        "snapshot_id": task.get("SnapshotId"),
        "start_time": task.get("StartTime"),
        "complete_time": task.get("CompleteTime"),
        "root_device_name": machine.get("RootDeviceName"),
        "old_root_volume": {"volume_id": old, "size_gib": work.sizes.get(old), "kept": True} if old else None,
        "new_root_volume_id": None,
        "data_volumes": [{**one, "size_gib": work.sizes.get(one["volume_id"])} for one in data],
        "message": None,
    }


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


# Sources


def _choose_sources(work: Work) -> None:
    """What each instance without a task is to be made of; one that has no way back is recorded as failed."""
    missing = [one for one in work.request.instance_ids if one not in work.models]
    for instance_id in missing:
        state = (work.machines.get(instance_id) or {}).get("State", {}).get("Name")
        if state != "running":
            told = f"is {state}" if state else "does not exist"
            work.fail(instance_id, f"the instance {told}; only running instances can replace their root volume")
    missing = [one for one in missing if one not in work.models]
    source = work.request.source
    if source.run_id:
        _choose_images(work, missing, source.run_id)
    elif source.image_id and missing:
        _check_image(work, missing, source.image_id)
    elif not source.image_id:
        member = {"SnapshotId": source.snapshot_id} if source.snapshot_id else {}
        work.sources.update({one: member for one in missing})
    for instance_id in set(work.models) - set(missing):
        _refuse_other_source(work, work.models[instance_id], source.image_id, source.snapshot_id)


def _refuse_other_source(work: Work, model: dict, image_id: str | None, snapshot_id: str | None) -> None:
    """A task of this run that was started with something else is not what was asked for."""
    for was, wanted in ((model["image_id"], image_id), (model["snapshot_id"], snapshot_id)):
        if model["task_id"] and was and wanted and was != wanted:
            told = f"task {model['task_id']} of this run and attempt used {was}, not {wanted}; use a higher attempt"
            model.update(outcome=FAILED, message=told)


def _choose_images(work: Work, missing: list[str], run_id: str) -> None:
    found: dict[str, list[dict]] = {one: [] for one in work.request.instance_ids}
    for image in images.listed(work.aws, run_id, None, list(work.request.instance_ids)):
        found[image["instance_id"]].append(image)
    for instance_id, candidates in found.items():
        if instance_id not in missing:
            if instance_id in work.models and len(candidates) == 1:
                _refuse_other_source(work, work.models[instance_id], candidates[0]["image_id"], None)
            continue
        ids = ", ".join(image["image_id"] for image in candidates)
        if len(candidates) != 1:
            told = f"several images ({ids})" if candidates else "no image"
            work.fail(instance_id, f"run {run_id} has {told} of this instance")
        elif candidates[0]["state"] != image_wire.AVAILABLE:
            work.fail(instance_id, f"image {ids} of run {run_id} is {candidates[0]['state']}")
        else:
            work.sources[instance_id] = {"ImageId": candidates[0]["image_id"]}


def _check_image(work: Work, missing: list[str], image_id: str) -> None:
    image = next(iter(image_api.find_images(work.aws, image_ids=[image_id])), None)
    for instance_id in missing:
        if image is None or image.get("State") != image_wire.AVAILABLE:
            told = f"is {image.get('State')}" if image else "does not exist"
            work.fail(instance_id, f"image {image_id} {told}")
        else:
            work.sources[instance_id] = {"ImageId": image_id}


# Starting and following


def _start_missing(work: Work, deadline: Deadline, check: bool, await_room: Callable[[], bool]) -> None:
    for instance_id, source in work.sources.items():
        if check:
            work.models[instance_id] = {**_model(work, instance_id, {}), "outcome": REPLACED, **_shown(source)}
            work.made[instance_id] = work.begun
            _note_old(work, instance_id)
        elif deadline.left() < 0 or not await_room():
            work.fail(instance_id, "not started: wait_timeout expired", TIMED_OUT)
        elif work.request.max_concurrency and _detached(work):
            work.fail(instance_id, f"not started: {', '.join(_detached(work))} lost the root volume")
        else:
            _start_guarded(work, instance_id, source)


def _await_room(work: Work, deadline: Deadline, interval: float, say: Callable[[str], None]) -> bool:
    """Wait until one more task may begin; whether it may before the deadline."""
    most = work.request.max_concurrency

    def look() -> follow.Seen:
        return changed_copy(_look(work), settled=len(work.pending()) < most)

    if most and len(work.pending()) >= most:
        return not follow.follow(look, deadline=deadline, interval=interval, say=say, since=work.begun).expired
    return True


def _detached(work: Work) -> list[str]:
    return [model["instance_id"] for model in work.models.values() if model["outcome"] == DETACHED]


def _shown(source: dict) -> dict:
    return {"image_id": source.get("ImageId"), "snapshot_id": source.get("SnapshotId")}


def _start_guarded(work: Work, instance_id: str, source: dict) -> None:
    try:
        _start(work, instance_id, source)
    except AccessDenied:
        raise
    except Unavailable as error:
        work.fail(instance_id, f"{error.message}; it is not known whether the task was started", UNKNOWN)
    except ServiceError as error:
        work.fail(instance_id, error.message)


def _start(work: Work, instance_id: str, source: dict) -> None:
    wire = _wire(work, instance_id, source)
    task, _found = follow.start_once(
        lambda: api.create_task(work.aws, **wire),
        lambda: next(iter(_own_tasks(work, [instance_id])[::-1]), None),
        is_reuse=lambda error: error.code == "IdempotentParameterMismatch",
        clock=work.aws.clock,
    )
    # Found here means: started by this very call, whose answer was lost, because _adopt had not seen it a moment ago.
    work.made[instance_id] = work.aws.clock.now()
    tags = tags_to_wire(_tags(work, instance_id))
    _take(work, {"InstanceId": instance_id, "Tags": tags, **task}, REPLACED)
    _note_old(work, instance_id)


def _note_old(work: Work, instance_id: str) -> None:
    volume = work.models[instance_id]["old_root_volume"]
    if volume:
        volume["kept"] = not work.request.delete_old


def _tags(work: Work, instance_id: str) -> dict[str, str]:
    """The user's tags, and those that are the identity, which win; and which volume was the root."""
    root = volumes_of(work.machines[instance_id])[0]
    own = {**work.request.identity(instance_id), **({OLD_ROOT_TAG: root} if root else {})}
    return {**tag_texts(work.request.tags), **own}


def _wire(work: Work, instance_id: str, source: dict) -> dict[str, Any]:
    """The request of CreateReplaceRootVolumeTask."""
    request = work.request
    tags = tags_to_wire(_tags(work, instance_id))
    wire = {
        "InstanceId": instance_id,
        "ClientToken": request.token(instance_id),
        "DeleteReplacedRootVolume": request.delete_old,
        "TagSpecifications": [{"ResourceType": "replace-root-volume-task", "Tags": tags}],
        **source,
    }
    if request.rate is not None:
        wire["VolumeInitializationRate"] = request.rate
    return wire


def _look(work: Work) -> follow.Seen:
    waiting = {model["task_id"]: model["instance_id"] for model in work.pending()}
    found = {
        task["ReplaceRootVolumeTaskId"]: task
        for task in api.list_tasks(work.aws, list(waiting.values()))
        if task["ReplaceRootVolumeTaskId"] in waiting
    }
    news = []
    for task_id, instance_id in waiting.items():
        if task_id in found:
            _take(work, found[task_id], REPLACED if instance_id in work.made else REUSED)
        elif work.aws.clock.now() - work.made.get(instance_id, work.begun - VISIBLE_WITHIN) >= VISIBLE_WITHIN:
            work.models[instance_id].update(outcome=UNKNOWN, message=f"task {task_id} no longer exists")
        model = work.models[instance_id]
        if model["outcome"] in BAD:
            news.append(f"{work.request.label}: {instance_id}: {model['message']}")
    return follow.Seen(not work.pending(), _line(work), work, tuple(news))


def _line(work: Work) -> str:
    outcomes = Counter(model["outcome"] for model in work.models.values())
    bad = sum(outcomes[word] for word in BAD)
    return f"{work.request.label}: {outcomes[REPLACED] + outcomes[REUSED]} replaced, {outcomes[PENDING]} pending, {bad} failed"


# What is left behind


def _read_volumes(work: Work, instance_ids: list[str]) -> None:
    """The new root volumes, and which of the old ones are still there and cost money."""
    models = {one: work.models[one] for one in instance_ids}
    done = [one for one, model in models.items() if model["outcome"] in (REPLACED, REUSED)]
    machines = {one["InstanceId"]: one for one in instance_api.list_instances(work.aws, done)}
    old = {model["old_root_volume"]["volume_id"] for model in models.values() if model["old_root_volume"]}
    there = {one["VolumeId"]: one for one in volume_api.list_volumes_by_id(work.aws, sorted(old))}
    for instance_id, model in models.items():
        if instance_id in machines:
            model["new_root_volume_id"] = volumes_of(machines[instance_id])[0]
        volume = model["old_root_volume"]
        if volume:
            gone = there.get(volume["volume_id"])
            volume["kept"] = gone is not None
            volume["size_gib"] = gone.get("Size") if gone else volume["size_gib"]


def result(work: Work) -> dict:
    """Everything that was seen, as the module returns it."""
    models = [work.models[one] for one in work.request.instance_ids if one in work.models]
    outcomes = [model["outcome"] for model in models]
    changed = [model for model in models if model["outcome"] in (REPLACED, REUSED)]
    kept = [model["old_root_volume"] for model in changed if model["old_root_volume"]]
    data = [{"instance_id": model["instance_id"], **one} for model in changed for one in model["data_volumes"]]
    return {
        "changed": bool(work.made),
        "replacements": models,
        "summary": {"total": len(work.request.instance_ids), **{word: outcomes.count(word) for word in OUTCOMES}},
        "kept_gib": sum(volume["size_gib"] or 0 for volume in kept if volume["kept"]),
        "not_rolled_back": data,
        "without_root_volume": [model["instance_id"] for model in models if model["outcome"] == DETACHED],
    }


def judge(work: Work, check: bool) -> dict:
    """The result; raises RunFailed when a root volume was not replaced."""
    answer = result(work)
    bad = {one["instance_id"]: one["message"] for one in answer["replacements"] if one["outcome"] in BAD}
    text = _message(work, answer, check)
    if not bad:
        return {**answer, "msg": text}
    text = "; ".join([text, *(f"{instance_id}: {message}" for instance_id, message in list(bad.items())[:3])])
    lost = answer["without_root_volume"]
    if lost:
        text = f"NO ROOT VOLUME on {', '.join(lost)}! {text}"
    raise RunFailed(text, code="failed_detached" if lost else None, details=bad, results=answer)


def _message(work: Work, answer: dict, check: bool) -> str:
    counted = [f"{number} {name}" for name, number in answer["summary"].items() if number and name != "total"]
    would = "would be: " if check else ""
    told = [f"{work.request.label}: {answer['summary']['total']} instances: {would}{', '.join(counted)}"]
    data = answer["not_rolled_back"]
    if data:
        told.append(f"{len(data)} data volumes are not rolled back ({', '.join(one['volume_id'] for one in data[:5])})")
    if answer["kept_gib"]:
        told.append(f"old root volumes of {answer['kept_gib']} GiB are kept and charged")
    return "; ".join(told)


# Reading for the info module
