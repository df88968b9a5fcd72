# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs, beside converge.py: adopt -> start once -> follow -> judge, for what takes minutes or hours.

Nothing runs twice, because of four rules that are here and nowhere else:

* adopt: what an earlier call started, on whatever controller, is found by its identity before anything is started;
* a request to start is made once, with its token or name in it, so that the same request twice is one start;
* an answer that was lost, or a token that was used, makes the call look for what it may have started; when that is not
  to be seen the call ends with the error, and the next call finds it;
* what may or may not be running is `unsure`: it is never taken for free, and never reported as not started.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from typing import Any

from . import follow
from . import retry
from .errors import FleetpatchError
from .errors import RunFailed
from .errors import ServiceError
from .errors import Unavailable
from .errors import UnknownStatus
from .limits import require
from .limits import wrong_form
from .wait import Clock
from .wait import Deadline

# What a run id and a step may be made of: they become part of tag keys, of names and of comments.
NAME = re.compile(r"[A-Za-z0-9_.\-]{1,48}")
# Seconds before each look for what may have been started: lists lag behind.
LOOKS = (0.0, 5.0, 5.0, 5.0, 5.0, 5.0)
# Outcomes of a target that spend the budget of errors.
BAD = (follow.FAILED, follow.TIMED_OUT, follow.CANCELLED)


@dataclass(frozen=True)
class Following:
    """How a call waits (seconds), how much of the details it reads, and where it reports changes."""

    wait: bool
    timeout: float
    interval: float
    details: str
    say: Callable[[str], None]

    def at_once(self, details: str = "none") -> "Following":
        """One look, and no waiting."""
        return Following(False, 0, self.interval, details, self.say)


@dataclass
class Run:
    """One call of a module: its time, and what has come of it so far."""

    clock: Clock
    following: Following
    deadline: Deadline
    polls: int = 0
    expired: bool = False
    stopped: str | None = None  # why nothing more is started
    unread: str | None = None  # why nobody can tell what became of what was under way at the last look
    unsure: list[str] = field(default_factory=list)  # of which nobody can tell yet whether they were started

    @classmethod
    def begin(cls, clock: Clock, following: Following) -> "Run":
        return cls(clock, following, Deadline.after(clock, following.timeout))

    def follow(self, look: Callable[[], follow.Seen]) -> follow.Outcome:
        """Look until everything is settled or the deadline has passed; once, when nobody wants to wait."""
        outcome = follow.follow(
            look,
            deadline=self.deadline if self.following.wait else Deadline(self.clock, self.clock.now()),
            interval=self.following.interval,
            say=self.following.say,
            since=self.deadline.at - self.following.timeout,
        )
        self.polls += outcome.polls
        self.expired = self.expired or outcome.expired
        return outcome


@dataclass(frozen=True)
class Piece:
    """What one start works on, and its request: made once, token included, however often it is sent."""

    items: tuple[str, ...]
    request: dict


@dataclass(frozen=True)
class Verdict:
    """What a run amounts to. text is the message of the module; a failed one becomes RunFailed with code and details."""

    text: str
    failed: bool = False
    code: str | None = None
    details: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """What is particular about one kind of run: functions that share the state of one call.

    adopt() finds by their identity what earlier calls started, and records it; raises InvalidInput when the identity was
    used for something else. next() -> the next piece that may be started now, None when there is none.
    start(piece) -> what was started; find(piece) -> the same, when an earlier try of this start made it, else None;
    is_reuse(error): the service says that the token or the name was used before. started(piece, resource, found) and
    failed(piece, error, unclear) record what became of a start; failed raises the error when nothing more is to be started,
    and unclear says that the piece may be running nevertheless.
    follow() follows what is under way, once nothing more may be started beside it. finish() reads what is needed in the end.
    result() -> everything that was seen, as the module returns it; verdict(result) -> what it amounts to, or raises
    UnknownStatus.
    items: all that the call was asked to work on. repeat: the policy for starts that are not repeated by their calls (safety ONCE).
    """

    adopt: Callable[[], None]
    next: Callable[[], Piece | None]
    start: Callable[[Piece], Any]
    find: Callable[[Piece], Any]
    started: Callable[[Piece, Any, bool], None]
    failed: Callable[[Piece, ServiceError, bool], None]
    follow: Callable[[], None]
    result: Callable[[], dict]
    verdict: Callable[[dict], Verdict]
    is_reuse: Callable[[ServiceError], bool] = lambda error: False
    finish: Callable[[], None] = lambda: None
    items: tuple[str, ...] = ()
    repeat: retry.Policy | None = None


def check_identity(run_id: str, step: str) -> None:
    """Raise InvalidInput for a run id or a step that cannot be part of an identity."""
    for option, value in (("run_id", run_id), ("step", step)):
        require(option, wrong_form(value, NAME, "1–48 of the characters A-Z a-z 0-9 _ . -"))


def token(space: uuid.UUID, *parts: str) -> str:
    """A client token: the same parts give the same one on every controller. space keeps the tokens of kinds apart."""
    return str(uuid.uuid5(space, "\n".join(parts)))


def execute(kind: Kind, run: Run) -> dict:
    """Adopt, start what is left, follow, judge.

    Returns the result with msg. Raises RunFailed when the verdict is a failure, and what the functions of the kind raise;
    everything that was seen is in the results of the error.
    """
    return guarded(kind, run, lambda: _work(kind, run))


def _work(kind: Kind, run: Run) -> None:
    adopt(kind, run)
    while (piece := kind.next()) is not None:
        _start(kind, run, piece)
        kind.follow()
    kind.follow()
    kind.finish()


def adopt(kind: Kind, run: Run) -> None:
    """Find what earlier calls started, and follow it; until it is found nobody knows of any item whether it runs."""
    run.unsure = list(kind.items)
    kind.adopt()
    run.unsure = []
    kind.follow()


def _start(kind: Kind, run: Run, piece: Piece) -> None:
    try:
        resource, found = start_once(
            partial(kind.start, piece),
            partial(kind.find, piece),
            is_reuse=kind.is_reuse,
            clock=run.clock,
            repeat=kind.repeat,
        )
    except ServiceError as error:
        unclear = _is_unclear(error, kind.is_reuse)
        run.unsure = list(piece.items) if unclear else []
        kind.failed(piece, error, unclear)
    else:
        kind.started(piece, resource, found)


def start_once(
    start: Callable[[], Any],
    find: Callable[[], Any],
    *,
    is_reuse: Callable[[ServiceError], bool],
    clock: Clock,
    repeat: retry.Policy | None = None,
    looks: tuple[float, ...] = LOOKS,
) -> tuple[Any, bool]:
    """Start with a request that was made outside; returns (what was started or found, whether it was found).

    When the answer was lost for good, or the service says that the token has been used, the resource may exist: look for it
    before failing with the original error. With repeat, a start that was refused, and no other one, is sent again after a
    look: while this call waited another controller may have started the same.
    """
    failures = 0
    while True:
        try:
            return start(), False
        except ServiceError as error:
            failures += 1
            unclear = _is_unclear(error, is_reuse)
            again = repeat and not unclear and error.code in retry.REFUSED and failures < repeat.attempts
            if not (unclear or again):
                raise
            found = _look(find, error, (repeat.pause(failures),) if again else looks, clock)
            if found is not None:
                return found, True
            if not again:
                raise


def _is_unclear(error: ServiceError, is_reuse: Callable[[ServiceError], bool]) -> bool:
    return isinstance(error, Unavailable) or is_reuse(error)


def _look(find: Callable[[], Any], error: ServiceError, looks: tuple[float, ...], clock: Clock) -> Any:
    """What is found after one of these pauses, or None. An unreadable list ends in the error of the start."""
    for pause in looks:
        if pause:
            clock.sleep(pause)
        try:
            found = find()
        except ServiceError as unseen:
            raise error from unseen  # not seeing it does not tell whether it was started
        if found is not None:
            return found
    return None


def guarded(kind: Kind, run: Run, work: Callable[[], None]) -> dict:
    """Do the work and judge it; whatever goes wrong, everything that was seen is in the results of the error."""
    try:
        work()
        return judge(kind)
    except RunFailed:
        raise
    except FleetpatchError as error:
        run.stopped = run.stopped or str(error)
        run.unread = str(error)
        error.results = {**kind.result(), **error.results}
        raise


def judge(kind: Kind) -> dict:
    """The result with its message. Raises RunFailed with the result, and UnknownStatus."""
    answer = kind.result()
    verdict = kind.verdict(answer)
    if verdict.failed:
        raise RunFailed(verdict.text, code=verdict.code, details=verdict.details, results=answer)
    return {**answer, "msg": verdict.text}


def sentence(label: str, summary: dict[str, int], noun: str, reasons: list[str], none: str = "") -> str:
    """The message of a run: how many of each outcome (none: the words for no outcome at all), and why."""
    told = ", ".join(f"{number} {name}" for name, number in summary.items() if number and name != "total")
    return "; ".join([f"{label}: {summary['total']} {noun}: {told or none}", *reasons])


# Runs on targets, within a budget of errors


@dataclass(frozen=True)
class Words:
    """How messages call the service ("automation"), what runs ("executions") and what it runs on ("targets").

    cut_short: that one ended too early, as a sentence.
    """

    service: str
    things: str
    items: str
    cut_short: str


def may_go_on(run: Run, words: Words, targets: list[dict], errors: int, budget: int) -> bool:
    """Whether the next piece may be started; else run.stopped says why not.

    errors: how much of the budget is spent. Raises UnknownStatus when nobody knows what became of a target.
    """
    refuse_unknown(targets, words)
    if run.expired:
        run.stopped = f"earlier {words.things} of this run have not ended"
    elif any(target["outcome"] == follow.NOT_STARTED for target in targets):
        run.stopped = words.cut_short
    elif errors > budget:
        run.stopped = f"{errors} {words.items} failed; max_errors allows {budget}"
    return run.stopped is None


def why_open(run: Run) -> str | None:
    """The reason that is reported for targets that were not started, or that may be running."""
    return run.stopped or ("wait_timeout expired" if run.expired else None)


def ended(run: Run, targets: list[dict]) -> dict:
    """The members of a result that come of its targets and of the run."""
    outcomes = [target["outcome"] for target in targets]
    return {
        "targets": targets,
        "summary": follow.summary(outcomes),
        "outcome": follow.RUNNING if run.expired else follow.worst(outcomes),
        "polls": run.polls,
    }


def refuse_unknown(targets: list[dict], words: Words) -> None:
    """Raise UnknownStatus when a target has a status that no table knows."""
    strange = {target["target"]: target["status"] for target in targets if target["outcome"] == follow.UNKNOWN}
    if strange:
        told = ", ".join(f"{target or 'the execution'} has {status!r}" for target, status in strange.items())
        raise UnknownStatus(f"Unknown {words.service} status: {told}", details={"statuses": strange})


def verdict(run: Run, words: Words, answer: dict, text: str, *, ids: dict, fine: bool = False) -> Verdict:
    """A success when every target succeeded, when it is `fine` otherwise, or when nobody wanted to wait.

    ids: the member of the details that names what runs. Raises UnknownStatus.
    """
    refuse_unknown(answer["targets"], words)
    left = {one["target"]: one["outcome"] for one in answer["targets"] if one["outcome"] != follow.SUCCEEDED}
    details = {"outcome": answer["outcome"], **ids, "targets": left}
    if run.expired and run.following.wait:
        return Verdict(f"{text}; the {words.things} continue in AWS", True, "deadline_exceeded", details)
    if run.expired or answer["outcome"] == follow.SUCCEEDED or fine:
        return Verdict(text)
    return Verdict(text, True, None if answer["targets"] else "no_targets", details)
