# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:changeInstanceState and aws:runInstances."""

from typing import Any

from local_aws.framework import state
from local_aws.framework.switches import assume
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.actions.api import call
from local_aws.ssm.automation.actions.api import pauses
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import text

assume("automation.run_instances", "InstanceType left out means m1.small; one instance", "aws:runInstances")


def _states(execution: Execution, ids: list[str], phrase: str) -> Coroutine:
    answer = yield from call(execution, "ec2", "describe_instances", phrase, InstanceIds=ids)
    return {
        instance["InstanceId"]: instance["State"]["Name"]
        for reservation in answer["Reservations"]
        for instance in reservation["Instances"]
    }


def _healthy(execution: Execution, ids: list[str], phrase: str) -> Coroutine:
    answer = yield from call(execution, "ec2", "describe_instance_status", phrase, InstanceIds=ids)
    rows = answer["InstanceStatuses"]
    good = [
        row for row in rows if row["InstanceStatus"]["Status"] == "ok" and row["SystemStatus"]["Status"] == "ok"
    ]  # fmt: skip
    return len(good) == len(ids)


def _true(value: Any) -> bool:
    return text(value).lower() == "true"


def _reach(execution: Execution, ids: list[str], wanted: str, phrase: str, asserting: bool) -> Coroutine:
    dead = {
        "running": {"terminated", "shutting-down", "stopped", "stopping"},
        "stopped": {"terminated", "shutting-down"},
    }
    for pause in pauses():
        found = yield from _states(execution, ids, phrase)
        reached = all(found.get(name) == wanted for name in ids)
        if reached and (wanted != "running" or (yield from _healthy(execution, ids, phrase))):
            return
        for name in ids:
            if not asserting and found.get(name) in dead.get(wanted, ()):
                raise StepFailure(
                    f"Step fails when it is {phrase}. Instance {name} entered unexpected state: {found[name]}. {GUIDE}",
                    "PostVerification",
                    "Verification",
                    {"InstanceId": name, "State": found[name]},
                )
        yield pause


def change_state(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:changeInstanceState"""
    ids, wanted = inputs["InstanceIds"], text(inputs["DesiredState"])
    if wanted not in ("running", "stopped", "terminated"):
        raise StepFailure(
            f"Step fails when it is validating its inputs. DesiredState {wanted}. {GUIDE}", "InputValidation"
        )
    asserting = _true(inputs.get("CheckStateOnly", False))
    if not asserting:
        phrase = "changing the state of the instance(s)"
        if wanted == "stopped":
            force = _true(inputs.get("Force", False))
            yield from call(execution, "ec2", "stop_instances", phrase, InstanceIds=ids, Force=force)
        else:
            verb = "start_instances" if wanted == "running" else "terminate_instances"
            yield from call(execution, "ec2", verb, phrase, InstanceIds=ids)
    yield from _reach(execution, ids, wanted, "verifying the state of the instance(s)", asserting)
    return Result()


def _launch_params(inputs: dict) -> dict[str, Any]:
    params: dict[str, Any] = {
        "MinCount": int(text(inputs.get("MinInstanceCount", 1))),
        "MaxCount": int(text(inputs.get("MaxInstanceCount", 1))),
        "InstanceType": text(inputs.get("InstanceType", "m1.small")),
    }
    profile = {
        short: inputs[f"IamInstanceProfile{short}"]
        for short in ("Arn", "Name")
        if f"IamInstanceProfile{short}" in inputs
    }
    if profile:
        params["IamInstanceProfile"] = profile
    renamed = (
        "MinInstanceCount",
        "MaxInstanceCount",
        "InstanceType",
        "IamInstanceProfileArn",
        "IamInstanceProfileName",
    )
    params.update({key: value for key, value in inputs.items() if key not in renamed})
    params.setdefault("ClientToken", state.new_uuid())
    if isinstance(params.get("Monitoring"), bool):
        params["Monitoring"] = {"Enabled": params["Monitoring"]}
    return params


def run_instances(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:runInstances"""
    try:
        answer = yield from call(
            execution, "ec2", "run_instances", "launching the instance(s)", **_launch_params(inputs)
        )
    except StepFailure as failure:
        words = failure.details.get("ErrorMessage", str(failure))
        raise StepFailure(
            "Automation Step Execution fails when it is launching the instance(s). Get Exception from RunInstances API"
            f" of ec2 Service. Exception Message from RunInstances API: [{words} (Service: AmazonEC2; Error Code:"
            f" {failure.details.get('ErrorCode', 'Unknown')})]. {GUIDE}",
            failure.stage,
            failure.kind,
            failure.details,
        ) from None
    ids = [instance["InstanceId"] for instance in answer["Instances"]]
    phrase = "verifying launched instance(s) are ready to be used"
    yield from _reach(execution, ids, "running", phrase, False)
    found = yield from _states(execution, ids, phrase)
    return Result({"InstanceIds": ids, "InstanceStates": [found[name] for name in ids]})
