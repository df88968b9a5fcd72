# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volumes of many instances put back: once for each run, followed to the end, with what it leaves behind.

Identity: a task carries run, step, attempt and instance as tags, and a client token made of them. A second call finds the
task, whatever became of the controller; only a higher attempt replaces a root volume again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace as changed_copy

from ..._core import follow
from ..._core import run as kernel
from ..._core.calls import Connection
from ..._core.errors import AccessDenied
from ..._core.errors import ServiceError
from ..._core.errors import Unavailable
from ..._core.errors import UnknownStatus
from ..._core.run import Following
from ..._core.run import Kind
from ..._core.run import Piece
from ..._core.run import Run
from ..._core.run import Verdict
from ..._core.tags import from_wire as tags_from_wire
from ..images import api as image_api
from ..images import read as images
from ..images import wire as image_wire
from ..instances import api as instance_api
from ..volumes import api as volume_api
from . import api
from . import wire
from .limits import validate
from .wire import BAD
from .wire import DETACHED
from .wire import FAILED
from .wire import OLD_ROOT_TAG
from .wire import OUTCOMES
from .wire import PENDING
from .wire import REPLACED
from .wire import REUSED
from .wire import STATES
from .wire import TIMED_OUT
from .wire import UNKNOWN
from .wire import Request

# How long a task that was just started may be unknown to reads (seconds).
VISIBLE_WITHIN = 120.0
TOO_LATE = "not started: wait_timeout expired"


@dataclass
class Work:
    """One call of the module. models: instance id -> what happened to it."""

    aws: Connection
    run: Run
    request: Request
    check: bool = False
    machines: dict[str, dict] = field(default_factory=dict)  # what EC2 said of the instances before the work
    sizes: dict[str, int] = field(default_factory=dict)  # volume id -> GiB
    sources: dict[str, dict] = field(default_factory=dict)  # instance id -> member of the request; not begun yet
    models: dict[str, dict] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)  # instance id -> when this call started its task

    @property
    def begun(self) -> float:
        return self.run.deadline.at - self.run.following.timeout

    def pending(self) -> list[dict]:
        return [model for model in self.models.values() if model["outcome"] == PENDING]

    def fail(self, instance_id: str, message: str, outcome: str = FAILED) -> None:
        self.models[instance_id] = {**_model(self, instance_id, {}), "outcome": outcome, "message": message}

    def adopt(self) -> None:
        """Read the instances and their volumes as they are, find the tasks of this run, and choose what is left to start."""
        ids = list(self.request.instance_ids)
        self.machines = {one["InstanceId"]: one for one in instance_api.list_instances(self.aws, ids)}
        volumes = volume_api.list_volumes(self.aws, list(self.machines))
        self.sizes = {one["VolumeId"]: one.get("Size", 0) for one in volumes}
        for task in _own_tasks(self, ids):
            _take(self, task, REUSED)
        _choose_sources(self)

    def next(self) -> Piece | None:
        """The next instance; none once wait_timeout has expired, or when one that was begun lost its root volume."""
        while self.sources:
            instance_id = next(iter(self.sources))
            source = self.sources.pop(instance_id)
            lost = _detached(self) if self.request.max_concurrency else []
            if self.run.deadline.left() < 0:
                self.fail(instance_id, TOO_LATE, TIMED_OUT)
            elif lost:
                self.fail(instance_id, f"not started: {', '.join(lost)} lost the root volume")
            else:
                return Piece((instance_id,), wire.task_to_wire(self.request, self.machines[instance_id], source))
        return None

    def find(self, piece: Piece) -> dict | None:
        """The newest task of this run and attempt on the instance."""
        return next(iter(_own_tasks(self, list(piece.items))[::-1]), None)

    def started(self, piece: Piece, task: dict, _found: bool) -> None:
        """Found means: started by this very call, whose answer was lost; adopt() had not seen it a moment ago."""
        instance_id = piece.items[0]
        self.made[instance_id] = self.aws.clock.now()
        tags = piece.request["TagSpecifications"][0]["Tags"]
        _take(self, {"InstanceId": instance_id, "Tags": tags, **task}, REPLACED)
        _note_old(self, instance_id)

    def failed(self, piece: Piece, error: ServiceError, _unclear: bool) -> None:
        """A task that cannot be started keeps none of the others from it, unless none of them may be started."""
        if isinstance(error, AccessDenied):
            raise error
        if isinstance(error, Unavailable):
            self.fail(piece.items[0], f"{error.message}; it is not known whether the task was started", UNKNOWN)
        else:
            self.fail(piece.items[0], error.message)

    def follow(self) -> None:
        """Follow all tasks together: until one more may be started, or to their ends when there is none left to start."""
        if not self.pending() or self._has_room() or not self.run.following.wait:
            return
        outcome = self.run.follow(lambda: changed_copy(_look(self), settled=not self.pending() or self._has_room()))
        if not outcome.expired:
            return
        for instance_id in self.sources:
            self.fail(instance_id, TOO_LATE, TIMED_OUT)
        self.sources.clear()
        for model in self.pending():
            model.update(
                outcome=TIMED_OUT, message=f"still {model['state']} after {self.run.following.timeout} seconds"
            )

    def _has_room(self) -> bool:
        most = self.request.max_concurrency
        return bool(self.sources) and (not most or len(self.pending()) < most)

    def finish(self) -> None:
        """Read the new root volumes, and which of the old ones are still there and cost money."""
        _read_volumes(self, [one for one in self.models if not (self.check and one in self.made)])


def replace(aws: Connection, request: Request, following: Following, *, check: bool) -> dict:
    """Replace the root volumes that this run has not replaced yet. Raises RunFailed with the result when one is not."""
    validate(request, wait=following.wait)
    work = Work(aws, Run.begin(aws.clock, following), request, check)
    kind = kind_of(work)
    if check:
        return kernel.guarded(kind, work.run, lambda: _preview(work))
    return kernel.execute(kind, work.run)


def kind_of(work: Work) -> Kind:
    """A root volume replacement task as the kernel takes it."""
    return Kind(
        items=work.request.instance_ids,
        adopt=work.adopt,
        next=work.next,
        start=lambda piece: api.create_task(work.aws, **piece.request),
        find=work.find,
        is_reuse=lambda error: error.code == "IdempotentParameterMismatch",
        started=work.started,
        failed=work.failed,
        follow=work.follow,
        finish=work.finish,
        result=lambda: result(work),
        verdict=lambda answer: verdict(work, answer),
    )


def _preview(work: Work) -> None:
    """Check mode: which root volumes would be replaced, with what."""
    work.adopt()
    for instance_id, source in work.sources.items():
        shown = {"image_id": source.get("ImageId"), "snapshot_id": source.get("SnapshotId")}
        work.models[instance_id] = {**_model(work, instance_id, {}), "outcome": REPLACED, **shown}
        work.made[instance_id] = work.begun
        _note_old(work, instance_id)
    work.finish()


# Finding what was started earlier


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
    root, data = wire.volumes_of(machine)
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


# Following


def _detached(work: Work) -> list[str]:
    return [model["instance_id"] for model in work.models.values() if model["outcome"] == DETACHED]


def _note_old(work: Work, instance_id: str) -> None:
    volume = work.models[instance_id]["old_root_volume"]
    if volume:
        volume["kept"] = not work.request.delete_old


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
    models = {one: work.models[one] for one in instance_ids}
    done = [one for one, model in models.items() if model["outcome"] in (REPLACED, REUSED)]
    machines = {one["InstanceId"]: one for one in instance_api.list_instances(work.aws, done)}
    old = {model["old_root_volume"]["volume_id"] for model in models.values() if model["old_root_volume"]}
    there = {one["VolumeId"]: one for one in volume_api.list_volumes_by_id(work.aws, sorted(old))}
    for instance_id, model in models.items():
        if instance_id in machines:
            model["new_root_volume_id"] = wire.volumes_of(machines[instance_id])[0]
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


def verdict(work: Work, answer: dict) -> Verdict:
    """A failure when a root volume was not replaced, and an alarm when an instance has none."""
    bad = {one["instance_id"]: one["message"] for one in answer["replacements"] if one["outcome"] in BAD}
    reasons = [*_left_behind(answer), *(f"{instance_id}: {bad[instance_id]}" for instance_id in list(bad)[:3])]
    noun = "instances: would be" if work.check else "instances"
    text = kernel.sentence(work.request.label, answer["summary"], noun, reasons)
    lost = answer["without_root_volume"]
    if lost:
        text = f"NO ROOT VOLUME on {', '.join(lost)}! {text}"
    return Verdict(text, bool(bad), "failed_detached" if lost else None, bad)


def _left_behind(answer: dict) -> list[str]:
    told, data = [], answer["not_rolled_back"]
    if data:
        told.append(f"{len(data)} data volumes are not rolled back ({', '.join(one['volume_id'] for one in data[:5])})")
    if answer["kept_gib"]:
        told.append(f"old root volumes of {answer['kept_gib']} GiB are kept and charged")
    return told
