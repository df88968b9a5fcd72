# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations on executions of maintenance windows."""

from datetime import timedelta
from typing import Any

from local_aws.framework import clock
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.windows import model
from local_aws.ssm.windows import schedule
from local_aws.ssm.windows.executions import engine
from local_aws.ssm.windows.executions.model import Execution
from local_aws.ssm.windows.executions.model import Invocation
from local_aws.ssm.windows.executions.model import TaskRun
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import invalid

STATUSES = {"PENDING", "IN_PROGRESS", "SUCCESS", "FAILED", "TIMED_OUT", "CANCELLING", "CANCELLED"}
LONGEST_VALUE = 255  # of a value in TaskParameters

define("window_history_days", 30, int, "how long executions are kept (Systems Manager quotas)")
assume("windows.executions_order", "executions are listed newest first, tasks by priority", "example of the guide")
assume("windows.execution_gone", "executions outlive their window; an unknown window has none", "DescribeM…Executions")
assume("windows.executed", "ExecutedBefore and ExecutedAfter compare StartTime and are exclusive", "Filters")
assume("windows.cancel_ended", "cancelling an execution that has ended changes nothing", "CancelMaintenanceWindowExec…")


def _find(ctx: Context, execution_id: str) -> Execution:
    found = model.book(ctx.account, ctx.region).executions.get(execution_id)
    if found is None or _forgotten(found):
        raise AwsError("DoesNotExistException", f"Maintenance window execution {execution_id} does not exist")
    return found


def _forgotten(execution: Execution) -> bool:
    kept = timedelta(days=SWITCHES["window_history_days"])
    return execution.end is not None and clock.now() - execution.end > kept


def _task(ctx: Context, params: dict) -> TaskRun:
    for run in _find(ctx, params["WindowExecutionId"]).tasks:
        if run.id == params["TaskId"]:
            return run
    raise AwsError("DoesNotExistException", f"Task execution {params['TaskId']} does not exist")


def _facts(thing: Any) -> Values:
    found = {"Status": thing.status, "StartTime": thing.start, "EndTime": thing.end}
    found["StatusDetails"] = thing.details or None
    return {name: value for name, value in found.items() if value is not None}


@op("ssm", "DescribeMaintenanceWindowExecutions")
def describe_executions(ctx: Context, params: dict) -> dict:
    wanted = model.filters(params, ("ExecutedBefore", "ExecutedAfter"))
    try:
        before = [schedule.moment(text) for text in wanted.get("ExecutedBefore", [])]
        after = [schedule.moment(text) for text in wanted.get("ExecutedAfter", [])]
    except schedule.BadSchedule as problem:
        raise invalid(f"{problem}.") from None
    found = [
        one
        for one in reversed(model.book(ctx.account, ctx.region).executions.values())
        if one.window.id == params["WindowId"]
        and not _forgotten(one)
        and all(one.start < time for time in before)
        and all(one.start > time for time in after)
    ]
    shown, token = page(found, params, default=50, maximum=100)
    rows = [{"WindowId": one.window.id, "WindowExecutionId": one.id, **_facts(one)} for one in shown]
    return model.answer("WindowExecutions", rows, token)


@op("ssm", "GetMaintenanceWindowExecution")
def get_execution(ctx: Context, params: dict) -> dict:
    found = _find(ctx, params["WindowExecutionId"])
    return {"WindowExecutionId": found.id, "TaskIds": [run.id for run in found.tasks], **_facts(found)}


def _with_status(things: list[Any], params: dict) -> list[Any]:
    wanted = model.filters(params, ("STATUS",)).get("STATUS")
    if wanted and not set(wanted) <= STATUSES:
        raise invalid(f"The values of the filter STATUS are {', '.join(sorted(STATUSES))}.")
    return [one for one in things if not wanted or one.status in wanted]


def _alarms(run: TaskRun) -> Values:
    found = {"AlarmConfiguration": run.task.get("AlarmConfiguration"), "TriggeredAlarms": run.alarms}
    return {name: value for name, value in found.items() if value}


@op("ssm", "DescribeMaintenanceWindowExecutionTasks")
def describe_execution_tasks(ctx: Context, params: dict) -> dict:
    execution = _find(ctx, params["WindowExecutionId"])
    shown, token = page(_with_status(execution.tasks, params), params, default=50, maximum=100)
    rows = [
        {
            "WindowExecutionId": execution.id,
            "TaskExecutionId": run.id,
            "TaskArn": run.task["TaskArn"],
            "TaskType": run.task["TaskType"],
            **_facts(run),
            **_alarms(run),
        }
        for run in shown
    ]
    return model.answer("WindowExecutionTaskIdentities", rows, token)


@op("ssm", "GetMaintenanceWindowExecutionTask")
def get_execution_task(ctx: Context, params: dict) -> dict:
    run = _task(ctx, params)
    task = run.task
    return {
        "WindowExecutionId": params["WindowExecutionId"],
        "TaskExecutionId": run.id,
        "TaskArn": task["TaskArn"],
        "ServiceRole": task.get("ServiceRoleArn") or model.LINKED_ROLE.format(ctx.account),
        "Type": task["TaskType"],
        "TaskParameters": _parameters(run),
        "Priority": model.priority(task),
        "MaxConcurrency": task.get("MaxConcurrency", "1"),
        "MaxErrors": task.get("MaxErrors", "1"),
        **_facts(run),
        **_alarms(run),
    }


def _parameters(run: TaskRun) -> list[Values]:
    """As in the user guide's example: the ids, and the parameters of a Run Command task."""
    if run.task["TaskType"] != "RUN_COMMAND":
        return []
    given = (run.task.get("TaskInvocationParameters") or {}).get("RunCommand", {}).get("Parameters", {})
    found = {"aws:InstanceId": run.ids, **given}
    return [{name: {"Values": [value[:LONGEST_VALUE] for value in values if value]}} for name, values in found.items()]


def _invocation(params: dict, run: TaskRun, found: Invocation) -> Values:
    optional = {
        "ExecutionId": found.execution,
        "Parameters": found.parameters,
        "OwnerInformation": found.owner,
        "WindowTargetId": found.target_id,
    }
    return {
        "WindowExecutionId": params["WindowExecutionId"],
        "TaskExecutionId": run.id,
        "InvocationId": found.id,
        "TaskType": run.task["TaskType"],
        **_facts(found),
        **{name: value for name, value in optional.items() if value},
    }


@op("ssm", "DescribeMaintenanceWindowExecutionTaskInvocations")
def describe_invocations(ctx: Context, params: dict) -> dict:
    run = _task(ctx, params)
    shown, token = page(_with_status(run.invocations, params), params, default=50, maximum=100)
    rows = [_invocation(params, run, one) for one in shown]
    return model.answer("WindowExecutionTaskInvocationIdentities", rows, token)


@op("ssm", "GetMaintenanceWindowExecutionTaskInvocation")
def get_invocation(ctx: Context, params: dict) -> dict:
    run = _task(ctx, params)
    for found in run.invocations:
        if found.id == params["InvocationId"]:
            return _invocation(params, run, found)
    raise AwsError("DoesNotExistException", f"Task invocation {params['InvocationId']} does not exist")


@op("ssm", "CancelMaintenanceWindowExecution")
def cancel_execution(ctx: Context, params: dict) -> dict:
    engine.cancel(_find(ctx, params["WindowExecutionId"]))
    return {"WindowExecutionId": params["WindowExecutionId"]}
