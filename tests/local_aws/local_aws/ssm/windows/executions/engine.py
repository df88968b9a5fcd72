# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A window that runs: overlap, quota, priorities, cutoff. Source: user guide "AWS Systems Manager Maintenance Windows"."""

from collections.abc import Generator
from datetime import datetime
from itertools import groupby
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.windows import model
from local_aws.ssm.windows.executions import model as executions
from local_aws.ssm.windows.executions import task_run
from local_aws.ssm.windows.executions.model import Execution
from local_aws.ssm.windows.executions.model import TaskRun
from local_aws.ssm.windows.model import Window

CUTOFF = "The cutoff time of the maintenance window was reached."

define(
    "window_over_running",
    "wait",
    ["wait", "fail"],
    "a window that starts while as many run as the quota allows: PENDING until one ends (its cutoff counts from the "
    "scheduled time), or FAILED at once",
)
assume("windows.overlap", "a window whose last execution has not ended is SKIPPED_OVERLAPPING", "execution status")
assume("windows.snapshot", "an execution runs the tasks and the cutoff that the window had at its start", "not said")
assume("windows.next_priority", "tasks of the next priority start when all before have ended, however", "Priority")
assume("windows.not_started", "a task that the cutoff kept from starting is TIMED_OUT", "CutoffBehavior, Cutoff")
assume(
    "windows.whole_status",
    "An execution is FAILED when a task failed, else TIMED_OUT or CANCELLED when one is, else SUCCESS; likewise a task "
    "of its invocations",
    "not documented",
)


def start(window: Window, time: datetime) -> Execution:
    """Start a window now, as planned for `time`; returns the execution."""
    known = model.book(window.account, window.region)
    execution = executions.new_execution(window, time)
    known.executions[execution.id] = execution
    if any(one.window is window for one in (*known.running, *known.waiting)):
        executions.end(execution, "SKIPPED_OVERLAPPING", "The previous execution of the maintenance window still runs.")
    elif len(known.running) < SWITCHES["window_quotas"]["running"]:
        _begin(known, execution)
    elif SWITCHES["window_over_running"] == "wait":
        known.waiting.append(execution)
    else:
        executions.end(execution, "FAILED", "The limit of concurrently running maintenance windows has been reached.")
    return execution


def _begin(known: model.Book, execution: Execution) -> None:
    known.running.append(execution)
    execution.status = "IN_PROGRESS"
    clock.spawn(_life(known, execution), f"window execution {execution.id}")


def _life(known: model.Book, execution: Execution) -> Generator[Any, Any, None]:
    tasks = sorted(execution.window.tasks.values(), key=model.priority)
    execution.tasks = [TaskRun(state.new_uuid(), dict(task)) for task in tasks]
    for _, group in groupby(execution.tasks, key=lambda run: model.priority(run.task)):
        yield from _together(execution, list(group))
    if execution.cancelled:
        executions.end(execution, "CANCELLED")
    else:
        status = executions.worst([run.status for run in execution.tasks])
        executions.end(execution, status, "" if execution.tasks else "No tasks to execute.")
    known.running.remove(execution)
    if known.waiting:
        _begin(known, known.waiting.pop(0))


def _together(execution: Execution, runs: list[TaskRun]) -> Generator[Any, Any, None]:
    """Tasks of one priority run at the same time."""
    started = []
    for run in runs:
        if run.status != "PENDING":
            continue  # cancelled
        if execution.past_cutoff:
            executions.end(run, "TIMED_OUT", CUTOFF)
        else:
            started.append(clock.spawn(task_run.life(execution, run), f"window task {run.id}"))
    for task in started:
        yield task


def cancel(execution: Execution) -> None:
    """Tasks that have not begun are cancelled, the others run to their end."""
    if execution.status in executions.OVER:
        return
    execution.cancelled = True
    for run in execution.tasks:
        if run.status == "PENDING":
            executions.end(run, "CANCELLED")
    known = model.book(execution.window.account, execution.window.region)
    if execution in known.waiting:
        known.waiting.remove(execution)
        executions.end(execution, "CANCELLED")
    else:
        execution.status = "CANCELLING"
