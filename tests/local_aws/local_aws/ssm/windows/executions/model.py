# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Executions of maintenance windows: what is kept of them."""

from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window

OVER = frozenset({"SUCCESS", "FAILED", "TIMED_OUT", "CANCELLED", "SKIPPED_OVERLAPPING"})
MOMENT = timedelta(milliseconds=1)  # the clock counts in floats
DETAILS = 250


@dataclass(slots=True, eq=False)
class Invocation:
    """A task on one target. execution: id in the service that carries it out; parameters: JSON text."""

    id: str
    target_id: str
    owner: str | None
    parameters: str = ""
    execution: str = ""
    status: str = "IN_PROGRESS"
    details: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(slots=True, eq=False)
class TaskRun:
    """A task inside an execution. task: its members as they were when the window started."""

    id: str
    task: Values
    status: str = "PENDING"
    details: str = ""
    start: datetime | None = None
    end: datetime | None = None
    invocations: list[Invocation] = field(default_factory=list)
    alarms: list[dict[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    held_back: bool = False  # something was not started because of the cutoff


@dataclass(slots=True, eq=False)
class Execution:
    """One run of a window. cutoff: from then on nothing new starts."""

    id: str
    window: Window
    start: datetime
    cutoff: datetime
    status: str = "PENDING"
    details: str = ""
    end: datetime | None = None
    cancelled: bool = False
    tasks: list[TaskRun] = field(default_factory=list)

    @property
    def past_cutoff(self) -> bool:
        return clock.now() >= self.cutoff - MOMENT

    @property
    def until_cutoff(self) -> float:
        return max(0.0, (self.cutoff - clock.now()).total_seconds())


def new_execution(window: Window, time: datetime) -> Execution:
    """A run that starts at `time`."""
    hours = window.values["Duration"] - window.values["Cutoff"]
    return Execution(state.new_uuid(), window, time, time + timedelta(hours=hours))


def end(thing: Any, status: str, details: str = "") -> None:
    """End an execution, a task or an invocation."""
    thing.status, thing.details = status, details[:DETAILS]
    thing.end = max(clock.now(), thing.start) if thing.start else clock.now()


def worst(statuses: list[str]) -> str:
    """The status of a whole from those of its parts."""
    return next((one for one in ("FAILED", "TIMED_OUT", "CANCELLED") if one in statuses), "SUCCESS")
