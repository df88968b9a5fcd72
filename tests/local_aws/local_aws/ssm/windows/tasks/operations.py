# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations on the tasks of a maintenance window."""

from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.iam import model as iam_model
from local_aws.ssm.windows import model
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import invalid
from local_aws.ssm.windows.tasks import rules as task_rules

CONTENT = (
    "Targets",
    "TaskArn",
    "ServiceRoleArn",
    "TaskType",
    "TaskParameters",
    "TaskInvocationParameters",
    "Priority",
    "MaxConcurrency",
    "MaxErrors",
    "LoggingInfo",
    "Name",
    "Description",
    "CutoffBehavior",
    "AlarmConfiguration",
)
UPDATABLE = tuple(name for name in CONTENT if name != "TaskType")
FILTERS = {"WindowTaskId": "WindowTaskId", "TaskArn": "TaskArn", "Priority": "Priority", "TaskType": "TaskType"}

define(
    "window_linked_role_shown",
    True,
    bool,
    "whether reads of a task without ServiceRoleArn show the service-linked role",
)
define("window_cutoff_shown", False, bool, "whether reads of a task without CutoffBehavior show CONTINUE_TASK")
define(
    "window_update_drops_parameters",
    False,
    bool,
    "whether UpdateMaintenanceWindowTask without TaskInvocationParameters (and without Replace) removes them; given, "
    "they replace the old ones as a whole",
)
assume(
    "windows.task_lists", "Targets and TaskParameters are read back empty when not given", "GetMaintenanceWindowTask"
)
assume(
    "windows.task_update_targetless",
    "An update with an empty list of targets makes a task targetless and drops MaxConcurrency and MaxErrors",
    "UpdateMaintenanceWindowTask: Targets",
)


@op("ssm", "RegisterTaskWithMaintenanceWindow")
def register_task(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    known = model.remembered(ctx, "RegisterTaskWithMaintenanceWindow", params)
    if known is not None:
        return known
    values = {name: params[name] for name in CONTENT if name in params}
    task_rules.check(window, values, values)
    limit = SWITCHES["window_quotas"]["tasks"]
    if len(window.tasks) >= limit:
        raise model.limit_reached("tasks in the maintenance window", limit)
    task_id = state.new_uuid()
    if "ServiceRoleArn" not in values:
        iam_model.make_linked_role(ctx, model.LINKED_ROLE.format(ctx.account))
    window.tasks[task_id] = {"WindowId": window.id, "WindowTaskId": task_id, **values}
    return model.remember(ctx, "RegisterTaskWithMaintenanceWindow", params, {"WindowTaskId": task_id})


@op("ssm", "UpdateMaintenanceWindowTask")
def update_task(ctx: Context, params: dict) -> dict:
    """Without Replace what is not given stays; with Replace it becomes null, and what Register requires is required."""
    window = model.find(ctx, params["WindowId"])
    old = model.find_task(window, params["WindowTaskId"])
    given = {name: params[name] for name in UPDATABLE if name in params}
    kept = dict(old)
    if params.get("Replace"):
        if "TaskArn" not in given:
            raise invalid("TaskArn is required when Replace is true.")
        kept = {name: old[name] for name in ("WindowId", "WindowTaskId", "TaskType")}
    elif SWITCHES["window_update_drops_parameters"]:
        kept.pop("TaskInvocationParameters", None)
    new = {**kept, **given}
    task_rules.check(window, new, given)
    if not new.get("Targets"):
        new = {name: value for name, value in new.items() if name not in task_rules.RATE}
    window.tasks[old["WindowTaskId"]] = new
    shown = {name: value for name, value in _shown(ctx, new).items() if name != "TaskType"}
    return shown


def _shown(ctx: Context, task: Values) -> Values:
    """A task as reads show it: a targetless one with the placeholder 1."""
    rate = {} if task.get("Targets") else {"MaxConcurrency": "1", "MaxErrors": "1"}
    found = {"Targets": [], "TaskParameters": {}, **task, **rate, "Priority": model.priority(task)}
    if SWITCHES["window_linked_role_shown"]:
        found.setdefault("ServiceRoleArn", model.LINKED_ROLE.format(ctx.account))
    if SWITCHES["window_cutoff_shown"]:
        found.setdefault("CutoffBehavior", "CONTINUE_TASK")
    return found


@op("ssm", "GetMaintenanceWindowTask")
def get_task(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    found = _shown(ctx, model.find_task(window, params["WindowTaskId"]))
    found.setdefault("TaskInvocationParameters", {})
    return found


@op("ssm", "DescribeMaintenanceWindowTasks")
def describe_tasks(ctx: Context, params: dict) -> dict:
    """The summary: without TaskInvocationParameters."""
    window = model.find(ctx, params["WindowId"])
    wanted = model.filters(params, tuple(FILTERS))
    found = [_shown(ctx, task) for task in window.tasks.values() if model.matches(_shown(ctx, task), wanted, FILTERS)]
    shown, token = page(found, params, default=50, maximum=100)
    return model.answer("Tasks", [_summary(task) for task in shown], token)


def _summary(task: Values) -> Values:
    found = {name: value for name, value in task.items() if name not in ("TaskInvocationParameters", "TaskType")}
    return {**found, "Type": task["TaskType"]}


@op("ssm", "DeregisterTaskFromMaintenanceWindow")
def deregister_task(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    task_id = model.find_task(window, params["WindowTaskId"])["WindowTaskId"]
    del window.tasks[task_id]
    return {"WindowId": window.id, "WindowTaskId": task_id}
