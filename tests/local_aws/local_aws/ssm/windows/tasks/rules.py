# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a task may be. Source: RegisterTaskWithMaintenanceWindow, UpdateMaintenanceWindowTask, troubleshooting page."""

import re

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.documents import model as documents
from local_aws.ssm.windows import model
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window
from local_aws.ssm.windows.model import invalid
from local_aws.ssm.windows.targets import rules as target_rules

MEMBERS = {
    "RUN_COMMAND": "RunCommand",
    "AUTOMATION": "Automation",
    "LAMBDA": "Lambda",
    "STEP_FUNCTIONS": "StepFunctions",
}
RATE = ("MaxConcurrency", "MaxErrors")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
ARNS = {
    "LAMBDA": re.compile(r"arn:aws[a-z-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?|[\w-]{1,140}(:[\w$-]+)?"),
    "STEP_FUNCTIONS": re.compile(r"arn:aws[a-z-]*:states:[\w-]+:\d{12}:stateMachine:\S+"),
}

define(
    "window_task_documents",
    "unchecked",
    ["unchecked", "checked"],
    "registering a Run Command or Automation task whose document does not exist: accepted (the operation declares no "
    "InvalidDocument) or ValidationException",
)
define(
    "unavailable_task_types",
    [],
    list,
    "task types whose service is not in the Region: FeatureNotAvailableException (LAMBDA, STEP_FUNCTIONS)",
)
assume("windows.task_targets", "WindowTargetIds and InstanceIds cannot be mixed in one task", "Targets")
assume(
    "windows.task_unassociated",
    "Without AllowUnassociatedTargets the InstanceIds of a task must be in the InstanceIds of a target of the window",
    "CreateMaintenanceWindow: AllowUnassociatedTargets",
)
assume("windows.task_members", "TaskInvocationParameters of another task type: ValidationException", "Populate only…")
assume("windows.task_role", "ServiceRoleArn must look like the ARN of a role; it need not exist", "troubleshooting")


def check(window: Window, task: Values, given: Values) -> None:
    """A task as it would become; given: the request. Raises ValidationException, DoesNotExistException, ..."""
    kind = task["TaskType"]
    if kind in SWITCHES["unavailable_task_types"]:
        raise AwsError("FeatureNotAvailableException", f"The service of {kind} tasks is not available in this Region.")
    for member in task.get("TaskInvocationParameters", {}):
        if member != MEMBERS[kind]:
            raise invalid(f"TaskInvocationParameters {member} can't be used with the task type {kind}.")
    if kind in ARNS and not ARNS[kind].fullmatch(task["TaskArn"]):
        raise invalid(f"TaskArn {task['TaskArn']} is not valid for the task type {kind}.")
    if "ServiceRoleArn" in task and not ROLE.fullmatch(task["ServiceRoleArn"]):
        raise invalid("ServiceRoleArn is not the ARN of a role.")
    targets = task.get("Targets") or []
    if not targets and kind == "RUN_COMMAND":
        raise invalid("Run Command tasks must specify at least one target.")
    _check_rate(task if targets else given, bool(targets))
    _check_targets(window, targets)
    _check_document(window, task)


def _check_rate(values: Values, targeted: bool) -> None:
    for name in RATE:
        if targeted and name not in values:
            raise invalid(f"{name} is required for maintenance window tasks with targets")
        if not targeted and name in values:
            raise invalid(f"Maintenance window tasks without targets do not support {name} values")


def _check_targets(window: Window, targets: list[Values]) -> None:
    if len({target.get("Key") for target in targets}) > 1 or len(targets) > 1:
        raise invalid("The targets of a task are either WindowTargetIds or InstanceIds, given once.")
    for target in targets:
        key, values = target.get("Key"), target.get("Values") or []
        if key not in ("WindowTargetIds", "InstanceIds") or not values:
            raise invalid("The targets of a task must be WindowTargetIds or InstanceIds with at least one value.")
        if key == "WindowTargetIds":
            _check_window_targets(window, values)
        else:
            target_rules.check_ids(values)
            _check_registered(window, values)


def _check_window_targets(window: Window, values: list[str]) -> None:
    limit = SWITCHES["window_quotas"]["targets_per_task"]
    if len(values) > limit:
        raise model.limit_reached("targets per task", limit)
    for target_id in values:
        model.find_target(window, target_id)


def _check_registered(window: Window, values: list[str]) -> None:
    if window.values["AllowUnassociatedTargets"]:
        return
    registered = {
        number
        for one in window.targets.values()
        for target in one["Targets"]
        if target["Key"] == "InstanceIds"
        for number in target["Values"]
    }
    missing = [number for number in values if number not in registered]
    if missing:
        raise invalid(f"{missing[0]} is not registered as a target of the maintenance window {window.id}.")


def _check_document(window: Window, task: Values) -> None:
    if SWITCHES["window_task_documents"] == "unchecked" or task["TaskType"] in ARNS:
        return
    given = task.get("TaskInvocationParameters", {}).get(MEMBERS[task["TaskType"]], {})
    try:
        found = documents.find(window.account, window.region, task["TaskArn"], given.get("DocumentVersion"))
    except AwsError as problem:
        raise invalid(f"Document {task['TaskArn']}: {problem.message}") from None
    wanted = "Command" if task["TaskType"] == "RUN_COMMAND" else "Automation"
    if found.type != wanted:
        raise invalid(f"Document {task['TaskArn']} is of type {found.type}, not {wanted}.")
