# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A task of a window that runs: its targets one after another, the resources of one target side by side."""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from local_aws.framework import clock
from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.commands import statuses
from local_aws.ssm.windows.executions import alarms
from local_aws.ssm.windows.executions import model as executions
from local_aws.ssm.windows.executions import runners
from local_aws.ssm.windows.executions.model import Execution
from local_aws.ssm.windows.executions.model import TaskRun
from local_aws.ssm.windows.executions.runners import Resource
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.targets import choosing
from local_aws.sts import rules as sts_rules

Coroutine = Generator[Any, Any, None]

define(
    "window_empty_target",
    "success",
    ["success", "failed"],
    "a task whose targets are no machine at all: SUCCESS with the details “No invocations to execute.”, or FAILED",
)
assume(
    "windows.command_per_target",
    "Run Command: one command, and one invocation, for each window target; the task's MaxConcurrency and MaxErrors are "
    "those of each command. A target whose tags fit no machine has no invocation",
    "describe-maintenance-window-execution-task-invocations, example",
)
assume(
    "windows.resource_per_target",
    "Automation, Lambda and Step Functions: one invocation for each resource of a target, MaxConcurrency at once, none "
    "any more when more than MaxErrors have failed",
    "user guide, pseudo parameters",
)
assume("windows.gone_target", "a task whose window target was deregistered fails for that target", "Deregister…: Safe")
assume(
    "windows.continue",
    "CONTINUE_TASK: after the cutoff the task also goes on to its remaining targets",
    "CutoffBehavior",
)
assume("windows.role", "a ServiceRoleArn that ssm.amazonaws.com cannot assume fails the task", "troubleshooting page")


@dataclass(frozen=True)
class Aim:
    """One target of a task. targets: API shape; None for a task without targets."""

    target_id: str
    kind: str
    targets: tuple[Values, ...] | None
    owner: str | None = None


def life(execution: Execution, run: TaskRun) -> Coroutine:
    """Coroutine: the whole task."""
    run.start, run.status = clock.now(), "IN_PROGRESS"
    role = run.task.get("ServiceRoleArn")
    if role and not sts_rules.assumable_by_service(role, "ssm.amazonaws.com"):
        executions.end(run, "FAILED", f"The role {role} is unable to be assumed.")
        return
    for target_id in _targets(run):
        if _stopped(execution, run):
            break
        yield from _aim(execution, run, target_id)
    _finish(run)


def _targets(run: TaskRun) -> list[str | None]:
    """Ids of window targets; [None] for a task with instance ids or without targets."""
    targets = run.task.get("Targets") or []
    if targets and targets[0]["Key"] == "WindowTargetIds":
        return list(targets[0]["Values"])
    return [None]


def _stopped(execution: Execution, run: TaskRun) -> bool:
    """Whether nothing new may start any more."""
    if alarms.triggered(execution, run):
        return True
    if run.task.get("CutoffBehavior") == "CANCEL_TASK" and execution.past_cutoff:
        run.held_back = True
    return run.held_back


def _finish(run: TaskRun) -> None:
    found = [one.status for one in run.invocations]
    if run.alarms:
        names = ", ".join(one["Name"] for one in run.alarms)
        executions.end(run, "CANCELLED", f"The CloudWatch alarm {names} stopped the task.")
    elif run.held_back:
        executions.end(run, executions.worst([*found, "TIMED_OUT"]), "The cutoff time was reached.")
    elif not found:
        empty = SWITCHES["window_empty_target"].upper()
        executions.end(run, empty, "No invocations to execute.")
    else:
        executions.end(run, executions.worst(found))


def _aim(execution: Execution, run: TaskRun, target_id: str | None) -> Coroutine:
    targets = run.task.get("Targets") or []
    if target_id is None:
        aim = Aim("", "INSTANCE", tuple(targets) if targets else None)
    else:
        found = execution.window.targets.get(target_id)
        if found is None:
            runners.failed(run, target_id, f"The maintenance window target {target_id} is not registered any more.")
            return
        aim = Aim(target_id, found["ResourceType"], tuple(found["Targets"]), found.get("OwnerInformation"))
    try:
        ids = None if aim.targets is None else _resolve(execution, aim)
    except AwsError as problem:
        runners.failed(run, aim.target_id, str(problem))
        return
    if ids is not None:
        run.ids += ids
        if not ids:
            return
    if run.task["TaskType"] == "RUN_COMMAND":
        yield from runners.command(execution, run, aim.target_id, aim.owner, list(aim.targets or ()))
    else:
        yield from _side_by_side(execution, run, aim, ids)


def _resolve(execution: Execution, aim: Aim) -> list[str]:
    if aim.targets[0]["Key"] == "InstanceIds":
        return list(aim.targets[0]["Values"])
    return choosing.resolve(execution.window.account, execution.window.region, list(aim.targets))


@dataclass
class Side:
    """Invocations that run now. gate: fires when one of them ends."""

    active: int = 0
    gate: clock.Event = field(default_factory=clock.Event)


def _side_by_side(execution: Execution, run: TaskRun, aim: Aim, ids: list[str] | None) -> Coroutine:
    waiting = deque(ids if ids is not None else [""])
    most, errors = 1, 0
    if ids is not None:
        most = statuses.limit(run.task["MaxConcurrency"], len(ids), least=1)
        errors = statuses.limit(run.task["MaxErrors"], len(ids))
    side, before = Side(), len(run.invocations)
    while waiting or side.active:
        failed = sum(1 for one in run.invocations[before:] if one.status == "FAILED")
        while waiting and side.active < most and failed <= errors and not _stopped(execution, run):
            resource = Resource(aim.target_id, aim.kind, waiting.popleft(), aim.owner)
            side.active += 1
            clock.spawn(_one(execution, run, resource, side), f"{run.id} on {resource.id}")
        if not side.active:
            return
        yield side.gate


def _one(execution: Execution, run: TaskRun, resource: Resource, side: Side) -> Coroutine:
    yield from runners.single(execution, run, resource)
    side.active -= 1
    gate, side.gate = side.gate, clock.Event()
    gate.set()
