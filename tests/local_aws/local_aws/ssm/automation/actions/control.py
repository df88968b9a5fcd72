# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:branch, aws:sleep, aws:updateVariable, and the actions that are known but not carried out."""

import re

from local_aws.framework import clock
from local_aws.framework.switches import assume
from local_aws.ssm.automation import conditions
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.actions.api import moment
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import fits
from local_aws.ssm.automation.templates import resolve
from local_aws.ssm.automation.templates import text

LONGEST_SLEEP = 604799
DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}

assume("automation.sleep", "a sleep beyond 604799 seconds fails the step in InputValidation", "automation-action-sleep")
assume("automation.compare", "a text that an operator cannot compare fails the branch step", "branchdocs")


def seconds(words: str) -> float:
    """Seconds of an ISO 8601 duration without years and months. Raises ValueError."""
    match = DURATION.fullmatch(words)
    if not match or not any(match.groupdict().values()):
        raise ValueError(f"{words!r} is not an ISO 8601 duration")
    return sum(float(number) * SECONDS[unit] for unit, number in match.groupdict().items() if number)


def sleep(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:sleep"""
    try:
        if "Duration" in inputs:
            pause = seconds(text(inputs["Duration"]))
        else:
            pause = moment(text(inputs["Timestamp"])) - clock.timestamp()
    except ValueError as problem:
        raise StepFailure(
            f"Step fails when it is validating its inputs. {problem}. {GUIDE}", "InputValidation"
        ) from None
    if pause > LONGEST_SLEEP:
        raise StepFailure(
            f"Step fails when it is validating its inputs. The delay exceeds {LONGEST_SLEEP} seconds. {GUIDE}",
            "InputValidation",
        )
    yield max(0.0, pause)
    return Result()


def branch(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:branch: jumps to the first choice that holds; without one the engine goes on to Default or the next step."""
    for choice in inputs["Choices"]:
        try:
            true = conditions.holds(choice, lambda value: resolve(value, execution.lookup))
        except conditions.ConditionError as problem:
            raise StepFailure(
                f"Step fails when it is evaluating its choices. {problem}. {GUIDE}", "InputValidation", "Verification"
            ) from None
        if true:
            return Result(jump=choice["NextStep"])
    return Result()
    yield


def update_variable(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:updateVariable: no conversion of types."""
    name = text(inputs["Name"]).removeprefix("variable:")
    declared = execution.document.content.get("variables", {}).get(name)
    if declared is None or not fits(inputs["Value"], declared["type"]):
        problem = "does not exist" if declared is None else f"is of type {declared['type']}"
        raise StepFailure(f"Step fails when it is updating a variable. {name} {problem}. {GUIDE}", "InputValidation")
    execution.variables[name] = inputs["Value"]
    return Result()
    yield


def not_carried_out(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """Actions of services that the local AWS does not run: a clean failure, never a pretended success."""
    raise StepFailure(
        f"Step fails when it is Execute/Cancelling action. {step.action} is not simulated by the local AWS. {GUIDE}",
        kind="Internal",
        details={"ErrorCode": "NotImplementedByEmulator"},
    )
    yield
