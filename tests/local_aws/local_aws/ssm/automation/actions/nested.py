# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:executeAutomation."""

import json
from typing import Any

from local_aws.framework import contract
from local_aws.framework.clock import Cancelled
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import text
from local_aws.ssm.automation.templates import wire

define(
    "nested_output", "text", ["text", "list"], "what Output of aws:executeAutomation is when the child has one output"
)
assume(
    "automation.nested_output",
    "Output of aws:executeAutomation is a text when the child has one output, else a list (switch)",
    "the guide says StringList; AWS's published runbooks assign it to String variables and outputs",
)
assume(
    "automation.nested_empty",
    "a nested start is validated as StartAutomationExecution, except that a parameter may have an empty value",
    "AWS's published runbooks hand on parameters whose default is empty",
)
assume("automation.nesting", "more than 5 levels of executeAutomation fail the step", "Systems Manager quotas")


def _request(inputs: dict) -> dict[str, Any]:
    params: dict[str, Any] = {"DocumentName": text(inputs["DocumentName"])}
    for key in ("DocumentVersion", "MaxConcurrency", "MaxErrors", "TargetParameterName"):
        if key in inputs:
            params[key] = text(inputs[key])
    for key in ("Targets", "TargetMaps", "TargetLocations", "Tags"):
        if key in inputs:
            params[key] = inputs[key]
    given = inputs.get("RuntimeParameters")
    if isinstance(given, str):
        given = json.loads(given)
    if given:
        params["Parameters"] = {key: wire(value) for key, value in given.items()}
    return params


def _said(child: Execution) -> str | list[str]:
    said = [item for values in child.outputs.values() for item in values]
    return said[0] if len(said) == 1 and SWITCHES["nested_output"] == "text" else said


def _validate(params: dict[str, Any]) -> None:
    """The contract of StartAutomationExecution, as for the call of a client; empty values are allowed."""
    given = params.get("Parameters", {})
    parameters = {key: [value for value in values if value] for key, values in given.items()}
    words = {**params, **({"Parameters": parameters} if given else {})}
    contract.validate(contract.operation_model("ssm", "StartAutomationExecution"), words)


def execute_automation(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:executeAutomation: a child of this execution, in its account and as its caller."""
    from local_aws.ssm.automation import start
    from local_aws.ssm.automation.stop import cancel

    phrase = "Execute/Cancelling action"
    if execution.depth + 1 > SWITCHES["automation_quotas"]["nesting"]:
        raise StepFailure(f"Step fails when it is {phrase}. Too many levels of automations. {GUIDE}", "InputValidation")
    ctx = Context(execution.account, execution.region, execution.access_key, execution.executed_by, "automation")
    try:
        wanted = _request(inputs)
        _validate(wanted)
        start.authorize_nested(ctx, wanted, execution)
        child = start.start(ctx, wanted, parent=execution)
    except AwsError as error:
        words = f"An error occurred ({error.code}) when calling the StartAutomationExecution operation: {error.message}"
        raise StepFailure(
            f"Step fails when it is {phrase}. {words}. {GUIDE}", details={"ErrorCode": error.code}
        ) from None
    except ValueError as problem:
        raise StepFailure(f"Step fails when it is {phrase}. {problem}. {GUIDE}", "InputValidation") from None
    try:
        yield child.done
    except Cancelled:
        if step.cancels:
            cancel(child)
            yield child.done
        raise
    outputs = {"Output": _said(child), "ExecutionId": child.id, "Status": child.status}
    if child.status == "Success":
        return Result(outputs)
    raise StepFailure(
        f"Step fails when it is Poll action status for completion. Automation {child.id} is {child.status}."
        f" {child.message or ''} {GUIDE}",
        details={"ExecutionId": child.id, "Status": child.status},
        outputs=outputs,
    )
