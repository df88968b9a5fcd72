# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations of minutes or hours: started once, polled until settled, with a progress line per change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Callable
from typing import Mapping

from . import retry
from .errors import ServiceError
from .errors import UnknownStatus
from .wait import Deadline
from .wait import hms

SUCCEEDED = "succeeded"
FAILED = "failed"
TIMED_OUT = "timed_out"
CANCELLED = "cancelled"
NOT_STARTED = "not_started"
RUNNING = "running"
UNKNOWN = "unknown"

# How long (seconds) looks may stay without an answer before following ends with the error. The work goes on meanwhile, so
# an hour of following need not end because reads were throttled for two minutes.
PATIENCE = 900.0

# From best to worst: the outcome of many is the worst of them.
SEVERITY = (SUCCEEDED, NOT_STARTED, RUNNING, CANCELLED, TIMED_OUT, FAILED, UNKNOWN)


def outcome_of(status: str, table: Mapping[str, str], thing: str) -> str:
    """The outcome that a table gives to a status; raises UnknownStatus with the resource and the status."""
    if status not in table:
        raise UnknownStatus(f"{thing} has the unknown status {status!r}", details={"thing": thing, "status": status})
    return table[status]


def worst(outcomes: list[str]) -> str:
    """The worst outcome of a list; nothing at all has not been started."""
    return max(outcomes, key=SEVERITY.index, default=NOT_STARTED)


def summary(outcomes: list[str]) -> dict[str, int]:
    """How many of each outcome, and in total."""
    return {"total": len(outcomes), **{name: outcomes.count(name) for name in SEVERITY}}


@dataclass(frozen=True)
class Seen:
    """One poll: settled when there is nothing left to wait for; line is reported when it differs from the last one."""

    settled: bool
    line: str
    value: Any = None
    extra_lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The last look, how many there were, and whether the deadline came first."""

    seen: Seen
    polls: int
    elapsed: float
    expired: bool


def follow(
    look: Callable[[], Seen],
    *,
    deadline: Deadline,
    interval: float,
    say: Callable[[str], None],
    since: float | None = None,
) -> Outcome:
    """Poll immediately, then every interval, until settled or the deadline has passed; one line per change.

    since is the clock's time from which the reported elapsed time counts. Errors of look() pass through; a look that is
    throttled or gets no answer is retried until PATIENCE or the deadline has passed.
    """
    clock, last, polls = deadline.clock, None, 0
    begun = clock.now() if since is None else since
    answered = clock.now()
    while True:
        try:
            seen = look()
        except ServiceError as error:
            patient = retry.may_repeat(error, retry.READ) and clock.now() - answered < PATIENCE
            if not patient or not deadline.pause(interval):
                raise
            last = None
            say(f"looking again: {error}, {hms(clock.now() - begun)}")
            continue
        polls, answered = polls + 1, clock.now()
        for line in seen.extra_lines:
            say(line)
        if seen.line != last:
            last = seen.line
            say(f"{seen.line}, {hms(clock.now() - begun)}")
        expired = not seen.settled and not deadline.pause(interval)
        if seen.settled or expired:
            return Outcome(seen, polls, clock.now() - begun, expired)
