# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The interpreter: walks the steps of an execution, with failures, time limits, attempts and cancellation."""

from typing import Any

from local_aws.framework import clock
from local_aws.framework.clock import Cancelled
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import quotas
from local_aws.ssm.automation.actions import INSTANT
from local_aws.ssm.automation.actions import RUN
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.catalogue import ACTIONS
from local_aws.ssm.automation.catalogue import LISTS
from local_aws.ssm.automation.catalogue import MAPS
from local_aws.ssm.automation.catalogue import WHOLE
from local_aws.ssm.automation.flow import ends
from local_aws.ssm.automation.flow import following
from local_aws.ssm.automation.flow import truth
from local_aws.ssm.automation.model import TERMINAL
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.model import new_step
from local_aws.ssm.automation.model import set_status
from local_aws.ssm.automation.templates import MISSING
from local_aws.ssm.automation.templates import NO_OUTPUT
from local_aws.ssm.automation.templates import fits
from local_aws.ssm.automation.templates import resolve
from local_aws.ssm.automation.templates import select
from local_aws.ssm.automation.templates import text
from local_aws.ssm.automation.templates import wire

CANCEL_SECONDS = 120  # Properties shared by all actions, onCancel: "maximum of two minutes"
NEVER_RETRIED = ("Cancelled", "Rejected")

define("implicit_critical", True, [True, False], "a failed step with onFailure step:x counts without isCritical too")
assume("automation.unresolved", "a reference to an output that does not exist stays as text", "inputs and outputs")
assume("automation.types", "a String is not wrapped where an action needs a StringList: the step fails", "actions")
assume("automation.attempts", "attempts follow each other without a pause", "maxAttempts")
assume("automation.critical", "isCritical left out with onFailure step:x means true (switch)", "automation-actions")
assume("automation.abort_uncritical", "Abort after a step with isCritical false ends the automation as Success", "doc")
assume("automation.missing", "a selector that finds nothing leaves the output out; the step succeeds", "executeAwsApi")
assume(
    "automation.complete", "Stop with Type Complete ends after the running step as Success", "StopAutomationExecution"
)
assume("automation.payload", "OutputPayload of a step is the whole answer of its action", "AWS's published runbooks")
assume("automation.end_failure", "onFailure step:x comes before isEnd of the failed step", "AWS's published runbooks")
assume("automation.interactive", "Mode Interactive waits for StartStep with the next step's name", "Mode")


def life(execution: Execution) -> Coroutine:
    """Coroutine of an execution without targets, from its first step to its end."""
    definitions = execution.document.content["mainSteps"]
    set_status(execution, None, "InProgress")
    records = {step.name: step for step in execution.steps}
    try:
        yield from walk(execution, definitions, definitions[0]["name"], records.__getitem__)
        status = execution.worst or "Success"
    except Cancelled:
        yield from _cancelled(execution)
        status = "Cancelled"
    except Exception:  # a mistake of the local AWS: the caller sees an end, the clock keeps the error
        _internal_error(execution)
        raise
    finally:
        quotas.release(execution)
    _collect_outputs(execution)
    set_status(execution, None, status)


def _internal_error(execution: Execution) -> None:
    execution.message = f"Internal Server Error. {GUIDE}"
    step = execution.current
    if step is not None and step.status not in TERMINAL:
        step.message = execution.message
        set_status(execution, step, "Failed")
    set_status(execution, None, "Failed")


def _collect_outputs(execution: Execution) -> None:
    for name in execution.document.content.get("outputs", []):
        value = execution.lookup(name)
        execution.outputs[name] = [NO_OUTPUT] if value is MISSING else wire(value)


def walk(execution: Execution, definitions: list[dict], name: str | None, record_of: Any) -> Coroutine:
    """Run the steps from `name` on. Returns True at the end of the list, False when the automation has to stop
    (Abort, isEnd, Complete), or the name of a step outside of the loop that these steps belong to."""
    index = {definition["name"]: number for number, definition in enumerate(definitions)}
    while name is not None:
        if name not in index:
            return name
        number = index[name]
        step = record_of(name)
        execution.current, execution.definitions = step, definitions
        if execution.mode == "Interactive" and step.parent is None:
            yield from _wait_for_start(execution, step)
            if execution.completing:
                return False
        jump = yield from run_step(execution, step)
        if execution.completing:
            return False
        definition = definitions[number]
        if step.status in ("Success", "Exited"):
            if ends(definition) and not jump and following(definitions, number) is None:
                return False
            name = jump or following(definitions, number)
            continue
        name = _after_failure(execution, step, definitions, number)
        if name is False:
            return False
    return True


def _after_failure(execution: Execution, step: Step, definitions: list[dict], number: int) -> Any:
    """The next step's name, None at the end of the list, False to stop."""
    definition = definitions[number]
    if step.failure is not None and "InnerStep" in step.failure.details:
        return False  # a loop reacts as its failed step said
    route = str(definition.get("onFailure", "Abort"))
    implicit = route == "Abort" or (route.startswith("step:") and SWITCHES["implicit_critical"])
    critical = truth(definition.get("isCritical", implicit))
    if critical and execution.worst is None:
        execution.worst = "TimedOut" if step.status == "TimedOut" else "Failed"
        execution.message = step.message
    if route.startswith("step:"):
        return route[5:]
    if ends(definition) or route == "Abort":
        return False
    return following(definitions, number)


def _wait_for_start(execution: Execution, step: Step) -> Coroutine:
    step.signal = clock.Event()
    set_status(execution, None, "Waiting")
    yield step.signal
    step.signal = None
    if not execution.completing:
        set_status(execution, None, "InProgress")


def run_step(execution: Execution, step: Step) -> Coroutine:
    """Run one step with its attempts; leaves it in a terminal status. Returns the name a branch jumps to, or None."""
    step.start = step.end = None  # a cancellation workflow may come to a step again
    step.late = False
    set_status(execution, step, "InProgress")
    failure = None
    for _ in range(step.attempts):
        try:
            result = yield from _attempt(execution, step)
        except StepFailure as problem:
            failure = problem
            if problem.status in NEVER_RETRIED:
                break
            continue
        except Cancelled:
            set_status(execution, step, "Cancelled")
            raise
        _keep(execution, step, result.outputs)
        if result.source is not None:
            execution.results[(step.name, "OutputPayload")] = result.source
        step.response_code = result.response_code
        set_status(execution, step, result.status)
        return result.jump
    _keep(execution, step, failure.outputs)
    step.failure, step.message = failure, str(failure)
    set_status(execution, step, failure.status)
    return None


def _keep(execution: Execution, step: Step, outputs: dict[str, Any]) -> None:
    step.outputs = outputs
    for name, value in outputs.items():
        execution.results[(step.name, name)] = value


def _attempt(execution: Execution, step: Step) -> Coroutine:
    inputs = step.definition.get("inputs") or {}
    if step.action == "aws:loop":
        kept = {key: value for key, value in inputs.items() if key not in ("Steps", "LoopCondition")}
        step.inputs = {**inputs, **resolve(kept, execution.lookup)}
    elif step.action == "aws:branch":
        step.inputs = inputs
    else:
        step.inputs = resolve(inputs, execution.lookup)
    _check_types(step)
    result = yield from _limited(execution, step)
    return Result(_declared(step, result), result.source, result.jump, result.response_code, result.status)


def _check_types(step: Step) -> None:
    """Resolved inputs of the wrong type fail the step: no value is wrapped into a list."""
    if not ACTIONS[step.action].carried_out:
        return  # the action says that it is not simulated
    for name, value in step.inputs.items():
        wrong = None
        if name == "DesiredValues" or not ACTIONS[step.action].open:
            if name in LISTS and not isinstance(value, list):
                wrong = "a list"
            elif name in MAPS and not isinstance(value, dict):
                wrong = "a map"
            elif name in WHOLE and not text(value).isdigit():
                wrong = "a number"
        if wrong:
            raise StepFailure(
                f"Step fails when it is validating and resolving the step inputs. {name} must be {wrong}:"
                f" {text(value)[:200]}. {GUIDE}",
                "InputValidation",
            )


def _limited(execution: Execution, step: Step) -> Coroutine:
    action = RUN[step.action](execution, step, step.inputs)
    if step.timeout is None or step.action in INSTANT:
        return (yield from action)
    box: dict[str, Any] = {}
    step.task = clock.spawn(_boxed(action, box), f"{execution.id} {step.name}")
    try:
        fired = yield (step.task.done, step.timeout)
    except Cancelled:
        step.task.cancel()
        yield step.task.done
        raise
    if not fired:
        step.late = True
        step.task.cancel()
        yield step.task.done
        raise StepFailure(f"Step timed out while step is {_phase(step)}. {GUIDE}", status="TimedOut")
    if "failure" in box:
        raise box["failure"]
    if "result" not in box and step.task.error is None:
        raise StepFailure("The step was stopped by the signal StopStep.", status="Cancelled")
    if "result" not in box:
        raise StepFailure(f"Internal Server Error. {GUIDE}", kind="Internal")
    return box["result"]


def _boxed(action: Coroutine, box: dict[str, Any]) -> Coroutine:
    try:
        box["result"] = yield from action
    except StepFailure as problem:
        box["failure"] = problem


def _phase(step: Step) -> str:
    if step.action in ("aws:approve", "aws:pause"):
        return "waiting for a signal"
    return "verifying its result" if step.action.endswith("Image") else "Poll action status for completion"


def _declared(step: Step, result: Result) -> dict[str, Any]:
    """Outputs of the action and those the step declares. Raises StepFailure when a static type does not fit."""
    found = dict(result.outputs)
    source = result.outputs if result.source is None else result.source
    for output in step.definition.get("outputs", []):
        value = select(output["Selector"], source)
        if value is MISSING or value is None:
            continue
        kind = output.get("Type", "String")
        if not fits(value, kind):
            raise StepFailure(
                f"Step fails when it is validating and resolving the step outputs. The output {output['Name']} is not"
                f" of type {kind}: {text(value)[:200]}. {GUIDE}",
                "PostVerification",
                "Verification",
                {"OutputName": output["Name"], "ExpectedType": kind},
                outputs=result.outputs,
            )
        found[output["Name"]] = value
    return found


def _cancelled(execution: Execution) -> Coroutine:
    """The cancellation workflow of the step that was running."""
    step, definitions = execution.current, execution.definitions
    set_status(execution, None, "Cancelling")
    if step is None:
        return
    if step.status not in TERMINAL and step.status != "Pending":
        set_status(execution, step, "Cancelled")
    route = str(step.definition.get("onCancel", "Abort"))
    if not route.startswith("step:"):
        return
    inside = any(definition["name"] == route[5:] for definition in definitions)
    definitions = definitions if inside else execution.document.content["mainSteps"]
    parent = step.parent if inside else None
    records = {record.name: record for record in execution.steps if record.parent == parent}
    task = clock.spawn(_workflow(execution, definitions, route[5:], records), f"{execution.id} onCancel")
    finished = yield (task.done, CANCEL_SECONDS)
    if not finished:
        task.cancel()
        yield task.done


def _workflow(execution: Execution, definitions: list[dict], name: str, records: dict[str, Step]) -> Coroutine:
    def record_of(wanted: str) -> Step:
        if wanted not in records:
            records[wanted] = new_step(next(item for item in definitions if item["name"] == wanted))
            execution.steps.append(records[wanted])
        return records[wanted]

    execution.mode = "Auto"
    yield from walk(execution, definitions, name, record_of)
