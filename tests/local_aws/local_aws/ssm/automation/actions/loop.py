# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:loop."""

from typing import Any

from local_aws.framework.switches import assume
from local_aws.ssm.automation import conditions
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.model import new_step
from local_aws.ssm.automation.templates import fits
from local_aws.ssm.automation.templates import resolve
from local_aws.ssm.automation.templates import text

LIMIT = 100

assume("automation.loop_exited", "a loop that ends by MaxIterations before its time has the status Exited", "Exited")
assume("automation.loop_end", "isEnd inside of a loop ends the loop as Success", "aws:loop")
assume("automation.loop_left", "a step that goes to one outside of its loop ends the loop as Exited", "aws:loop")
assume("automation.loop_count", "CurrentIteration counts from 1", "aws:loop")


def run_loop(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:loop: for each of Iterators, or do while LoopCondition holds."""
    most = min(int(text(inputs.get("MaxIterations", LIMIT))), LIMIT)
    items = _items(inputs)
    iteration = 0
    while items is None or iteration < len(items):
        if iteration == most:
            return Result(status="Exited")
        item = None if items is None else items[iteration]
        iteration += 1
        execution.results[(step.name, "CurrentIteration")] = iteration
        if items is not None:
            execution.results[(step.name, "CurrentIteratorValue")] = item
        going = yield from _iterate(execution, step, inputs["Steps"], iteration, item)
        if isinstance(going, str):
            return Result(jump=going, status="Exited")
        if not going:
            return Result()
        if items is None and not _again(execution, inputs["LoopCondition"]):
            return Result()
    return Result()


def _items(inputs: dict) -> list | None:
    if inputs.get("Iterators") is None:
        return None
    items, kind = inputs["Iterators"], inputs.get("IteratorDataType", "String")
    if len(items) > LIMIT or not all(fits(item, kind) for item in items):
        raise StepFailure(
            f"Step fails when it is validating its inputs. Iterators must be at most {LIMIT} values of {kind}. {GUIDE}",
            "InputValidation",
        )
    return items


def _again(execution: Execution, rule: dict) -> bool:
    try:
        return conditions.holds(rule, lambda value: resolve(value, execution.lookup))
    except conditions.ConditionError as problem:
        raise StepFailure(
            f"Step fails when it is evaluating its condition. {problem}. {GUIDE}", "InputValidation", "Verification"
        ) from None


def _iterate(execution: Execution, step: Step, definitions: list[dict], iteration: int, item: Any) -> Coroutine:
    """One round; False when it was the last one (isEnd, Complete), or the name of the step outside of the loop that
    comes next. Raises StepFailure when a step aborts."""
    from local_aws.ssm.automation.engine import walk

    parent = {"StepExecutionId": step.id, "StepName": step.name, "Action": step.action, "Iteration": iteration}
    if item is not None:
        parent["IteratorValue"] = text(item)
    records = {definition["name"]: new_step(definition, parent) for definition in definitions}
    execution.steps.extend(records.values())
    going = yield from walk(execution, definitions, definitions[0]["name"], records.__getitem__)
    last = execution.current
    execution.current, execution.definitions = step, execution.document.content["mainSteps"]
    if going or execution.completing or last.status in ("Success", "Exited"):
        return going
    raise StepFailure(
        f"Step fails when it is running iteration {iteration}: step {last.name} is {last.status}. {last.message} {GUIDE}",
        details={"InnerStep": last.name},
        status="TimedOut" if last.status == "TimedOut" else "Failed",
    )
