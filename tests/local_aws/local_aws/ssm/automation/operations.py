# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations of Automation."""

from collections.abc import Callable
from typing import Any

from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import start
from local_aws.ssm.automation import stop
from local_aws.ssm.automation import wire
from local_aws.ssm.automation.actions.api import moment
from local_aws.ssm.automation.model import TERMINAL
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import executions
from local_aws.ssm.automation.model import find
from local_aws.ssm.automation.templates import text
from local_aws.ssm.tags import model as tags_model

STATUSES = (
    "Pending InProgress Waiting Success TimedOut Cancelling Cancelled Failed PendingApproval Approved Rejected Scheduled"
    " RunbookInProgress PendingChangeCalendarOverride ChangeCalendarOverrideApproved ChangeCalendarOverrideRejected"
    " CompletedWithSuccess CompletedWithFailure Exited"
).split()

define("children_listed", True, bool, "whether children are listed without the filter ParentExecutionId")
assume("describe.order", "executions come newest first, steps in order of the document", "DescribeAutomationExecutions")
assume(
    "describe.children", "children are listed without ParentExecutionId too (switch)", "DescribeAutomationExecutions"
)
assume(
    "describe.times", "StartTimeBefore and StartTimeAfter take ISO 8601 times; both exclude the time itself", "filters"
)
assume("describe.repeated", "a filter key given twice is InvalidFilterKey", "filters")
assume("signal.approver", "a signal of somebody who is no approver is InvalidAutomationSignalException", "Send…Signal")
assume("signal.revoke", "Revoke belongs to just-in-time access: InvalidAutomationSignalException here", "Send…Signal")


@op("ssm", "StartAutomationExecution")
def start_automation_execution(ctx: Context, params: dict) -> dict:
    return {"AutomationExecutionId": start.start(ctx, params).id}


@op("ssm", "GetAutomationExecution")
def get_automation_execution(ctx: Context, params: dict) -> dict:
    return {"AutomationExecution": wire.execution(find(ctx.account, ctx.region, params["AutomationExecutionId"]))}


@op("ssm", "StopAutomationExecution")
def stop_automation_execution(ctx: Context, params: dict) -> dict:
    stop.stop(find(ctx.account, ctx.region, params["AutomationExecutionId"]), params.get("Type", "Cancel"))
    return {}


def _filters(params: dict, known: dict[str, Any]) -> list[tuple[Any, list[str]]]:
    """[(test, values)]; test(row, values) -> bool. Raises InvalidFilterKey, InvalidFilterValue."""
    found, seen = [], set()
    for item in params.get("Filters", []):
        key, values = item["Key"], item["Values"]
        if key not in known or key in seen:
            raise AwsError("InvalidFilterKey", f"The specified filter key {key} is not valid.")
        seen.add(key)
        if key.endswith("Status") and not set(values) <= set(STATUSES):
            raise AwsError("InvalidFilterValue", f"The filter value for {key} is not valid.")
        if key.startswith("StartTime"):
            values = [_time(key, value) for value in values]
        found.append((known[key], values))
    return found


def _time(key: str, value: str) -> float:
    try:
        return moment(value)
    except ValueError:
        raise AwsError("InvalidFilterValue", f"The filter value {value} for {key} is not a time.") from None


def _before(thing: Any, values: list) -> bool:
    return thing.start is not None and any(thing.start.timestamp() < value for value in values)


def _after(thing: Any, values: list) -> bool:
    return thing.start is not None and any(thing.start.timestamp() > value for value in values)


def _tagged(execution: Execution, values: list[str]) -> bool:
    have = tags_model.listed(execution.account, execution.region, "Automation", execution.id)
    return any(tag["Key"] in values for tag in have)


EXECUTION_FILTERS: dict[str, Callable[[Execution, list], bool]] = {
    "DocumentNamePrefix": lambda one, values: any(one.document.name.startswith(value) for value in values),
    "ExecutionStatus": lambda one, values: one.status in values,
    "ExecutionId": lambda one, values: one.id in [value.lower() for value in values],
    "ParentExecutionId": lambda one, values: one.parent is not None and one.parent.id in values,
    "CurrentAction": lambda one, values: one.current is not None and one.current.action in values,
    "StartTimeBefore": _before,
    "StartTimeAfter": _after,
    "AutomationType": lambda one, values: "Local" in values,
    "TagKey": _tagged,
    # None of these exists here: nothing is started by change requests, OpsItems or for resource groups.
    "TargetResourceGroup": lambda one, values: False,
    "AutomationSubtype": lambda one, values: False,
    "OpsItemId": lambda one, values: False,
}


@op("ssm", "DescribeAutomationExecutions")
def describe_automation_executions(ctx: Context, params: dict) -> dict:
    tests = _filters(params, EXECUTION_FILTERS)
    keys = {item["Key"]: item["Values"] for item in params.get("Filters", [])}
    book = executions(ctx.account, ctx.region)
    rows = _candidates(book, keys)
    if not SWITCHES["children_listed"] and not {"ParentExecutionId", "ExecutionId"} & set(keys):
        rows = [row for row in rows if row.parent is None]
    rows = [row for row in reversed(rows) if all(test(row, values) for test, values in tests)]
    rows, token = page(rows, params)
    answer: dict[str, Any] = {"AutomationExecutionMetadataList": [wire.metadata(row) for row in rows]}
    return {**answer, **({"NextToken": token} if token else {})}


def _candidates(book: dict[str, Execution], keys: dict[str, list[str]]) -> list[Execution]:
    """Oldest first; without looking at everything where a filter names few."""
    if "ExecutionId" in keys:
        return [book[value.lower()] for value in keys["ExecutionId"] if value.lower() in book]
    if "ParentExecutionId" in keys:
        return [child for value in keys["ParentExecutionId"] if value in book for child in book[value].children]
    return list(book.values())


STEP_FILTERS: dict[str, Callable[[Step, list], bool]] = {
    "StartTimeBefore": _before,
    "StartTimeAfter": _after,
    "StepExecutionStatus": lambda one, values: one.status in values,
    "StepExecutionId": lambda one, values: one.id in values,
    "StepName": lambda one, values: one.name in values,
    "Action": lambda one, values: one.action in values,
    "ParentStepExecutionId": lambda one, values: bool(one.parent) and one.parent["StepExecutionId"] in values,
    "ParentStepIteration": lambda one, values: bool(one.parent) and str(one.parent["Iteration"]) in values,
    "ParentStepIteratorValue": lambda one, values: bool(one.parent) and one.parent.get("IteratorValue") in values,
}


@op("ssm", "DescribeAutomationStepExecutions")
def describe_automation_step_executions(ctx: Context, params: dict) -> dict:
    tests = _filters(params, STEP_FILTERS)
    steps = find(ctx.account, ctx.region, params["AutomationExecutionId"]).steps
    rows = [step for step in steps if all(test(step, values) for test, values in tests)]
    if params.get("ReverseOrder"):
        rows.reverse()
    rows, token = page(rows, params)
    return {"StepExecutions": [wire.step(row) for row in rows], **({"NextToken": token} if token else {})}


@op("ssm", "SendAutomationSignal")
def send_automation_signal(ctx: Context, params: dict) -> dict:
    execution = find(ctx.account, ctx.region, params["AutomationExecutionId"])
    word, payload = params["SignalType"], params.get("Payload", {})
    if execution.status in TERMINAL or word == "Revoke":
        raise _bad_signal(execution, word)
    if word in ("Approve", "Reject"):
        _decide(ctx, execution, word, payload)
    elif word == "Resume":
        step = _named(execution, payload)
        _signal(execution, step, word, "aws:pause", ctx, payload)
    elif word == "StartStep":
        _start_step(ctx, execution, payload)
    else:
        _stop_step(execution, payload)
    return {}


def _bad_signal(execution: Execution, word: str) -> AwsError:
    return AwsError(
        "InvalidAutomationSignalException",
        f"The signal {word} is not valid for automation execution {execution.id} with status {execution.status}.",
    )


def _named(execution: Execution, payload: dict) -> Step:
    name = (payload.get("StepName") or [""])[0]
    found = [step for step in execution.steps if step.name == name]
    if not found:
        raise AwsError("AutomationStepNotFoundException", f"The execution has no step {name!r}.")
    current = execution.current
    return current if current in found else found[0]


def _signal(execution: Execution, step: Step | None, word: str, action: str, ctx: Context, payload: dict) -> None:
    if step is None or step.signal is None or step.action != action or step.status != "Waiting":
        raise _bad_signal(execution, word)
    comment = " ".join(payload.get("Comment", []))
    step.signal.set((word, comment, ctx.principal))


def _decide(ctx: Context, execution: Execution, word: str, payload: dict) -> None:
    step = execution.current
    approvers = step.inputs.get("Approvers", []) if step is not None else []
    if step is not None and step.action == "aws:approve" and not _identities(ctx) & {text(name) for name in approvers}:
        raise AwsError("InvalidAutomationSignalException", f"{ctx.principal} is not an approver of step {step.name}.")
    _signal(execution, step, word, "aws:approve", ctx, payload)


def _identities(ctx: Context) -> set[str]:
    """The forms in which Approvers may name the caller."""
    kind, _, rest = ctx.principal.rpartition(":")[2].partition("/")
    found = {ctx.principal}
    if kind == "user":
        found.add(rest.rsplit("/", 1)[-1])
    if kind == "assumed-role":
        found.add(f"arn:aws:iam::{ctx.principal.split(':')[4]}:role/{rest.split('/')[0]}")
    return found


def _start_step(ctx: Context, execution: Execution, payload: dict) -> None:
    step = _named(execution, payload)
    if execution.mode != "Interactive" or step is not execution.current or step.status != "Pending":
        raise _bad_signal(execution, "StartStep")
    if step.signal is None:
        raise _bad_signal(execution, "StartStep")
    step.signal.set(("StartStep", "", ctx.principal))


def _stop_step(execution: Execution, payload: dict) -> None:
    wanted = (payload.get("StepExecutionId") or [""])[0]
    step = next((step for step in execution.steps if step.id == wanted), None)
    if step is None:
        raise AwsError("AutomationStepNotFoundException", f"The execution has no step execution {wanted!r}.")
    if execution.mode != "Interactive" or step.status not in ("InProgress", "Waiting"):
        raise _bad_signal(execution, "StopStep")
    if step.signal is not None:
        step.signal.set(("Stop", "", ""))
    elif step.task is not None:
        step.task.cancel()
    else:
        raise _bad_signal(execution, "StopStep")


tags_model.register("Automation", lambda account, region, name: name in executions(account, region))
