# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images of many instances: found by name, made where there is none, followed until they can be used.

An image's name is unique in its account and Region. Made of run id and instance id it is the identity of the work: a
second call finds the image, and a second CreateImage is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from ..._core import follow
from ..._core import run as kernel
from ..._core.calls import Connection
from ..._core.errors import AccessDenied
from ..._core.errors import ServiceError
from ..._core.errors import UnknownStatus
from ..._core.run import Following
from ..._core.run import Kind
from ..._core.run import Piece
from ..._core.run import Run
from ..._core.run import Verdict
from ..._core.tags import from_wire as tags_from_wire
from ..connection import FILTER_VALUES
from ..instances import read as instances
from ..wire import INSTANCE_TAG
from ..wire import RUN_TAG
from ..wire import STEP_TAG
from . import api
from . import wire
from .limits import validate
from .wire import Request

CREATED, REUSED, TIMED_OUT = "created", "reused", "timed_out"
NOT_STARTED, UNKNOWN = follow.NOT_STARTED, follow.UNKNOWN
NAME_TAKEN = "InvalidAMIName.Duplicate"
# How long an image that was just made may be unknown to reads (seconds).
VISIBLE_WITHIN = 120.0
# What a caller may look at in a summary.
OUTCOMES = (CREATED, REUSED, wire.FAILED, TIMED_OUT, wire.PENDING, NOT_STARTED, UNKNOWN)


@dataclass
class Work:
    """One call of the module: instance id -> model of its image, in the order of the instances."""

    aws: Connection
    run: Run
    request: Request
    images: dict[str, dict] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)  # instance id -> when this call made its image
    missing: list[str] = field(default_factory=list)  # instances without an image, in their order

    @property
    def begun(self) -> float:
        return self.run.deadline.at - self.run.following.timeout

    def put(self, instance_id: str, image: dict | None, **more: object) -> None:
        self.images[instance_id] = wire.image_to_model(instance_id, self.request.name(instance_id), image, **more)

    def pending(self) -> list[dict]:
        return [image for image in self.images.values() if image["outcome"] == wire.PENDING]

    def adopt(self) -> None:
        """Find the images that exist under our names."""
        names = {self.request.name(instance_id): instance_id for instance_id in self.request.instance_ids}
        for image in api.list_images(self.aws, "name", list(names)):
            if image.get("Name") in names:
                _take(self, names[image["Name"]], image, REUSED)
        self.missing = [instance_id for instance_id in self.request.instance_ids if instance_id not in self.images]

    def next(self) -> Piece | None:
        """The next instance without an image; none once wait_timeout has expired."""
        while self.missing:
            instance_id = self.missing.pop(0)
            if self.run.deadline.left() >= 0:
                return Piece((instance_id,), wire.create_to_wire(self.request, instance_id))
            # Each call may be repeated for a minute, and there are many.
            self.put(instance_id, None, outcome=TIMED_OUT, message="not started: wait_timeout expired")
        return None

    def find(self, piece: Piece) -> dict | None:
        """The image of the name that the piece would get."""
        name = piece.request["name"]
        return next((image for image in api.list_images(self.aws, "name", [name]) if image.get("Name") == name), None)

    def started(self, piece: Piece, made: str | dict, found: bool) -> None:
        """Found here means: made by this very call, whose answer was lost; adopt() had not seen it a moment ago."""
        _take(self, piece.items[0], made if found else {"ImageId": made, "State": wire.PENDING}, CREATED)

    def failed(self, piece: Piece, error: ServiceError, unclear: bool) -> None:
        """An image that cannot be made keeps none of the others from it, unless none of them may be made.

        Without an answer it was looked for; when the look was refused too, nobody knows whether there is one.
        """
        unseen = unclear and isinstance(error.__cause__, ServiceError)
        self.put(piece.items[0], None, outcome=UNKNOWN if unseen else wire.FAILED, message=error.message)
        if isinstance(error, AccessDenied):
            raise error

    def follow(self) -> None:
        """Follow all images together, once there is nothing left to begin."""
        if self.missing or not self.pending() or not self.run.following.wait:
            return
        self.run.follow(lambda: _look(self))
        for image in self.pending():
            timeout = self.run.following.timeout
            image.update(outcome=TIMED_OUT, message=f"still {image['state']} after {timeout} seconds")


def ensure(aws: Connection, request: Request, following: Following, *, check: bool) -> dict:
    """Every instance has an image of this run that can be used. Raises RunFailed with the result when one has not."""
    validate(request)
    work = Work(aws, Run.begin(aws.clock, following), request)
    kind = kind_of(work)
    if check:
        return kernel.guarded(kind, work.run, lambda: _preview(work))
    return kernel.execute(kind, work.run)


def kind_of(work: Work) -> Kind:
    """An image as the kernel takes it."""
    return Kind(
        items=work.request.instance_ids,
        adopt=work.adopt,
        next=work.next,
        start=lambda piece: api.create_image(work.aws, **piece.request),
        find=work.find,
        is_reuse=lambda error: error.code == NAME_TAKEN,
        started=work.started,
        failed=work.failed,
        follow=work.follow,
        result=lambda: result(work),
        verdict=lambda answer: verdict(work, answer),
    )


def _take(work: Work, instance_id: str, image: dict, outcome: str) -> None:
    """Record an image; one that says it belongs to another instance or run is no way back of this one."""
    foreign = _why_foreign(work, instance_id, image)
    if foreign:
        message = f"{image['ImageId']} already has the name of this image, but {foreign}"
        work.put(instance_id, image, outcome=wire.FAILED, message=message)
        return
    state = image.get("State")
    if state not in wire.IMAGE_STATES:
        work.put(instance_id, image, outcome=wire.FAILED)
        raise UnknownStatus(f"Image {image['ImageId']} of {instance_id} has the unknown state {state!r}")
    word = wire.IMAGE_STATES[state]
    if outcome == CREATED:
        work.made.setdefault(instance_id, work.aws.clock.now())
    work.put(instance_id, image, outcome=outcome if word == wire.AVAILABLE else word)
    if word == wire.FAILED and not work.images[instance_id]["message"]:
        work.images[instance_id]["message"] = f"image {image['ImageId']} is {state}"


def _why_foreign(work: Work, instance_id: str, image: dict) -> str | None:
    tags = tags_from_wire(image.get("Tags"))
    owner = tags.get(INSTANCE_TAG) or image.get("SourceInstanceId") or instance_id
    if owner != instance_id:
        return f"is an image of {owner}"
    # Characters that a name cannot have are replaced, and prefix and run id have no border: two runs can share a name.
    run_id = tags.get(RUN_TAG, work.request.run_id)
    return f"belongs to run {run_id}" if run_id != work.request.run_id else None


def _look(work: Work) -> follow.Seen:
    waiting = {image["image_id"]: image["instance_id"] for image in work.pending()}
    found = _seen(work, list(waiting))
    for image_id, instance_id in waiting.items():
        if image_id in found:
            _take(work, instance_id, found[image_id], CREATED if instance_id in work.made else REUSED)
        elif work.aws.clock.now() - work.made.get(instance_id, work.begun - VISIBLE_WITHIN) >= VISIBLE_WITHIN:
            work.images[instance_id].update(outcome=wire.FAILED, message=f"image {image_id} no longer exists")
    return follow.Seen(not work.pending(), _line(work), work)


def _seen(work: Work, image_ids: list[str]) -> dict[str, dict]:
    """Id to image by one call, however many they are: a filter takes 200 values, but the tags of a wave are two."""
    if len(image_ids) <= FILTER_VALUES:
        return {image["ImageId"]: image for image in api.list_images(work.aws, "image-id", image_ids)}
    request = work.request
    step = {f"tag:{STEP_TAG}": request.step} if request.step else {}
    tagged = api.list_images(work.aws, f"tag:{RUN_TAG}", [request.run_id], step)
    found = {image["ImageId"]: image for image in tagged}
    # Of another step, or somebody took the tags off.
    lost = [image_id for image_id in image_ids if image_id not in found]
    return found | {image["ImageId"]: image for image in api.list_images(work.aws, "image-id", lost)}


def _line(work: Work) -> str:
    outcomes = [image["outcome"] for image in work.images.values()]
    done, failed = outcomes.count(CREATED) + outcomes.count(REUSED), outcomes.count(wire.FAILED)
    return f"{work.request.label}: {done} available, {outcomes.count(wire.PENDING)} pending, {failed} failed"


def _preview(work: Work) -> None:
    """Check mode: which images would be made, and of which instances none could be made."""
    work.adopt()
    lost = set(instances.gone(work.aws, work.missing))
    for instance_id in work.missing:
        if instance_id not in lost:
            work.put(instance_id, None, outcome=CREATED)
            work.made[instance_id] = work.begun
        else:
            work.put(instance_id, None, outcome=wire.FAILED, message="the instance does not exist")
    for image in work.pending():
        image["outcome"] = REUSED


def result(work: Work) -> dict:
    """Everything that was seen, as the module returns it: also of images that could not be read, or that were not begun."""
    known = {**dict.fromkeys(work.run.unsure), **work.images}
    for instance_id in known:
        known[instance_id] = known[instance_id] or _unseen(work, instance_id, UNKNOWN)
    if work.run.unread:
        known |= {one: _unseen(work, one, NOT_STARTED) for one in work.missing if one not in known}
    images = [known[instance_id] for instance_id in work.request.instance_ids if instance_id in known]
    outcomes = [image["outcome"] for image in images]
    summary = {"total": len(work.request.instance_ids), **{name: outcomes.count(name) for name in OUTCOMES}}
    return {"changed": bool(work.made), "images": images, "summary": summary}


def _unseen(work: Work, instance_id: str, outcome: str) -> dict:
    reason = f"{'not started: ' if outcome == NOT_STARTED else ''}{kernel.why_open(work.run)}"
    return wire.image_to_model(instance_id, work.request.name(instance_id), None, outcome=outcome, message=reason)


def verdict(work: Work, answer: dict) -> Verdict:
    """A failure when an image failed or was not there in time."""
    bad = [image for image in answer["images"] if image["outcome"] in (wire.FAILED, TIMED_OUT, UNKNOWN)]
    reasons = [f"{image['instance_id']}: {image['message']}" for image in bad[:3]]
    text = kernel.sentence(work.request.label, answer["summary"], "instances", reasons)
    return Verdict(text, bool(bad), details={image["instance_id"]: image["message"] for image in bad})
