# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One automation execution (mostly a rate-controlled parent) looked at until it and its children are settled.

The verdict is made of the children. The parent's own status only tells that nothing more will be started: how AWS
calls a parent whose failures stayed within MaxErrors is not documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Callable

from ..._core.calls import Connection
from ..._core.errors import NotFound
from ..._core.follow import CANCELLED
from ..._core.follow import FAILED
from ..._core.follow import NOT_STARTED
from ..._core.follow import RUNNING
from ..._core.follow import SUCCEEDED
from ..._core.follow import TIMED_OUT
from ..._core.follow import UNKNOWN
from ..._core.follow import Seen
from ..._core.follow import outcome_of
from . import api
from . import wire

# How long an execution that was just started may be unknown to reads (seconds).
VISIBLE_WITHIN = 60.0
# With this many targets at most, step_details=auto reads the steps of all of them, not only of failed ones.
AUTO_STEPS = 5


@dataclass(frozen=True)
class Execution:
    """An execution to follow; targets are the values it was started with ([] = it works without targets, or asks AWS).

    label: how progress calls it; None = as the call it belongs to.
    """

    execution_id: str
    targets: tuple[str, ...]
    adopted: bool
    started_at: float | None = None  # clock time, when this process started it
    label: str | None = None


@dataclass
class Watch:
    """What is known of one execution, kept from look to look."""

    aws: Connection
    execution: Execution
    label: str
    others: Callable[[], dict[str, int]]  # counts of the rest of the wave, added to the told line
    parent: dict = field(default_factory=dict)
    children: dict[str, dict] = field(default_factory=dict)  # target -> model
    names: dict[str, str] = field(default_factory=dict)  # child execution id -> target
    unsuccessful: int = 0  # by the parent's own counters, at the last look
    listed: int = 0  # consecutive listings of a settled parent that saw the same children
    told: set = field(default_factory=set)

    def targets(self) -> list[str]:
        """The targets in the order they were given; those that only AWS named come after."""
        known = list(self.execution.targets) or wire.targets_of(self.parent)
        given = set(known)
        return known + [target for target in self.children if target not in given]


def look(watch: Watch) -> Seen:
    """One poll: one read of the parent; its children too when more of them failed, or when it has ended."""
    parent = _read_parent(watch)
    if parent is None:
        return Seen(False, _line(watch), watch)
    watch.parent = parent
    name = f"Automation execution {watch.execution.execution_id}"
    outcome = outcome_of(parent.get("AutomationExecutionStatus"), wire.EXECUTION_OUTCOMES, name)
    if not (watch.execution.targets or wire.has_targets(parent)):
        watch.children = {"": wire.target_to_model("", parent)}
        return Seen(outcome != RUNNING, _line(watch), watch, _news(watch))
    over = outcome != RUNNING
    if over or _changed(watch):
        _list_children(watch, over)
    settled = over and _complete(watch)
    return Seen(settled, _line(watch), watch, _news(watch))


def _read_parent(watch: Watch) -> dict | None:
    execution, clock = watch.execution, watch.aws.clock
    try:
        return api.get_execution(watch.aws, execution_id=execution.execution_id)
    except NotFound:
        fresh = execution.started_at is not None and clock.now() - execution.started_at < VISIBLE_WITHIN
        if fresh and not watch.parent:
            return None
        raise


def _summary(parent: dict) -> dict | None:
    """TargetsSummary, when the service and the SDK know it."""
    return parent.get("TargetsSummary") or None


def _changed(watch: Watch) -> bool:
    """Whether the children must be listed: always when the parent has no counters, else when more of them failed.

    A listing of many children is many calls, and the counters have all that is reported of the others.
    """
    counts = _summary(watch.parent)
    if counts is None:
        return True
    before, watch.unsuccessful = watch.unsuccessful, _unsuccessful(counts)
    return watch.unsuccessful != before


def _unsuccessful(counts: dict) -> int:
    """Cancelled and timed out ones are completed without being counted as successful or failed."""
    return max(counts.get("FailedCount", 0), counts.get("CompletedCount", 0) - counts.get("SuccessfulCount", 0))


def _list_children(watch: Watch, ended: bool) -> None:
    before = watch.children
    children: dict[str, dict] = {}
    for child in api.list_children(watch.aws, watch.execution.execution_id):
        target = _target_of(watch, child)
        children[target] = wire.target_to_model(target, child)
    watch.children = children
    same = {key: value["status"] for key, value in before.items()} == {k: v["status"] for k, v in children.items()}
    watch.listed = (watch.listed + 1 if same else 1) if ended else 0


def look_at_children(watch: Watch) -> None:
    """List the children once more when waiting has ended before the execution did."""
    if watch.parent and (watch.execution.targets or wire.has_targets(watch.parent)) and not ended(watch):
        _list_children(watch, ended=False)


def _target_of(watch: Watch, child: dict) -> str:
    """Which target a child works on: its Target, or its parameter when Target is not one of the values."""
    child_id, target = child["AutomationExecutionId"], child.get("Target")
    if child_id in watch.names:
        return watch.names[child_id]
    known = set(watch.execution.targets) or set(wire.targets_of(watch.parent))
    parameter = watch.parent.get("TargetParameterName")
    if (target not in known if known else not target) and parameter:
        values = api.get_execution(watch.aws, execution_id=child_id).get("Parameters", {}).get(parameter) or []
        target = values[0] if values else target
    watch.names[child_id] = target or child_id
    return watch.names[child_id]


def _complete(watch: Watch) -> bool:
    """Whether the children of an ended parent are all seen and ended.

    Lists lag behind: when targets have no child, either the parent's own count of started ones agrees, or a second
    listing must show the same.
    """
    if any(child["outcome"] == RUNNING for child in watch.children.values()):
        return False
    if all(target in watch.children for target in watch.targets()):
        return True
    counts = _summary(watch.parent)
    if counts is not None and counts.get("StartedCount") == len(watch.children):
        return True
    return watch.listed >= 2


def ended(watch: Watch) -> bool:
    """Whether the parent will start nothing more."""
    status = watch.parent.get("AutomationExecutionStatus")
    return bool(status) and wire.EXECUTION_OUTCOMES.get(status) != RUNNING


def target_models(watch: Watch) -> list[dict]:
    """Every target with its outcome; those without a child are not_started once the parent has ended, else running."""
    reason = watch.parent.get("FailureMessage")
    absent = (NOT_STARTED, reason, None) if ended(watch) else (RUNNING, None, "Pending")
    names = watch.targets() or ([""] if not watch.execution.targets else [])
    return [watch.children.get(name) or wire.absent_target(name, *absent) for name in names]


def add_steps(watch: Watch, details: str) -> None:
    """Read the steps of the children, as step_details asks: all, failed, none, or auto."""
    everyone = details == "all" or (details == "auto" and len(watch.children) <= AUTO_STEPS)
    for target, child in watch.children.items():
        wanted = everyone or child["outcome"] not in (SUCCEEDED, RUNNING, NOT_STARTED)
        if details == "none" or not wanted or not child["execution_id"]:
            continue
        steps = api.list_steps(watch.aws, child["execution_id"])
        watch.children[target] = wire.with_steps(child, steps, keep=everyone)


def counts(models: list[dict]) -> dict[str, int]:
    """What the progress line tells: done, running, failed, pending."""
    result = dict.fromkeys(("done", "running", "failed", "pending"), 0)
    for model in models:
        result[_WORD.get(model["outcome"], "failed") if model["status"] != "Pending" else "pending"] += 1
    return result


_WORD = {SUCCEEDED: "done", RUNNING: "running", NOT_STARTED: "pending"}


def _own_counts(watch: Watch) -> dict[str, int]:
    told = _summary(watch.parent)
    if told is None or not watch.targets() or ended(watch):
        return counts(target_models(watch))
    total = len(watch.targets())
    started, completed = told.get("StartedCount", 0), told.get("CompletedCount", 0)
    return {
        "done": told.get("SuccessfulCount", 0),
        "running": max(0, started - completed),
        "failed": _unsuccessful(told),
        "pending": max(0, total - started),
    }


def _line(watch: Watch) -> str:
    own, others = _own_counts(watch), watch.others()
    told = ", ".join(f"{number + others.get(word, 0)} {word}" for word, number in own.items())
    return f"{watch.label}: {told}"


def _news(watch: Watch) -> tuple[str, ...]:
    """One line for every target that has newly failed."""
    lines = []
    for target, child in watch.children.items():
        if child["outcome"] in (FAILED, TIMED_OUT, CANCELLED, UNKNOWN) and target not in watch.told:
            watch.told.add(target)
            message = child["failure_message"] or child["status"]
            lines.append(f"{watch.label}: {target or 'execution'} {child['outcome']}: {message}")
    return tuple(lines)
