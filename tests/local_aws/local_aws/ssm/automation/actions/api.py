# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Calls of API operations, and the actions that are nothing else."""

from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from local_aws.framework import clock
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import MISSING
from local_aws.ssm.automation.templates import plain
from local_aws.ssm.automation.templates import select
from local_aws.ssm.automation.templates import text

GUIDE = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "TooManyRequestsException"} | {
    "RateExceeded", "ThrottledException"
}  # fmt: skip
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure", "AuthorizationError"}
POLL_FIRST, POLL_MOST, POLL_GROWTH = 2.0, 30.0, 1.5
OWN = ("Service", "Api", "PropertySelector", "DesiredValues")

define("throttling_retry_seconds", 0, (int, float), "/ssm/automation/throttling-retry-time-limit: 0 to 3600 seconds")
define("engine_attempts", 3, int, "how often Automation makes a call that is throttled, before maxAttempts of the step")
assume(
    "automation.sdk",
    "Automation repeats a throttled call twice, after 1 and 2 seconds, as the standard mode of an SDK does (switch); then"
    " the step fails with Throttling, and maxAttempts counts",
    "not documented; AWS's published runbooks give reads maxAttempts of 2 to 5",
)
assume("automation.service", "Service may be written in any case, Api as Name, name or in snake_case", "published")
assume(
    "automation.poll", "waiting actions poll every 2 s at first, then less often, at most every 30 s", "not documented"
)
assume(
    "automation.coerce", "texts `true`, `false` and digits fit boolean and integer inputs of an API", "executeAwsApi"
)
assume("automation.property_list", "a selected list equals the desired values when each of its items does", "waitFor…")
assume("automation.wait_error", "an error of the API while waiting for a property fails the step", "waitFor…")


def failure_of(error: ClientError | BotoCoreError, phrase: str) -> StepFailure:
    """The step's failure for an API error. phrase: what the step was doing."""
    if not isinstance(error, ClientError):
        return StepFailure(f"Step fails when it is {phrase}. {error}. {GUIDE}", "InputValidation")
    code = error.response["Error"].get("Code", "Unknown")
    kind = "Throttling" if code in THROTTLED else "Permission" if code in DENIED else "Action"
    words = error.response["Error"].get("Message", "")
    details = {"ErrorCode": code, "ErrorMessage": words, "Operation": error.operation_name}
    return StepFailure(f"Step fails when it is {phrase}. {error}. {GUIDE}", "Invocation", kind, details)


def once(execution: Execution, service: str, operation: str, phrase: str, /, **params: Any) -> dict:
    """Call an operation (method name) as the automation, one attempt. Raises StepFailure."""
    try:
        return getattr(execution.client(service), operation)(**params)
    except (ClientError, BotoCoreError) as error:
        raise failure_of(error, phrase) from None


def call(execution: Execution, service: str, operation: str, phrase: str, /, **params: Any) -> Coroutine:
    """Coroutine: call an operation (method name) as the automation; the answer. Raises StepFailure.

    A throttled call is tried again as an SDK does, and then for as long as the account's setting says.
    """
    limit = clock.timestamp() + SWITCHES["throttling_retry_seconds"]
    for attempt, pause in enumerate(backoff(), 1):
        try:
            return once(execution, service, operation, phrase, **params)
        except StepFailure as failure:
            last = attempt >= SWITCHES["engine_attempts"] and clock.timestamp() + pause > limit
            if failure.kind != "Throttling" or last:
                raise
        yield pause


def backoff() -> Any:
    """Seconds before another attempt, doubling."""
    pause = 1.0
    while True:
        yield pause
        pause = min(2 * pause, 20.0)


def pauses() -> Any:
    """Seconds between looks, growing."""
    pause = POLL_FIRST
    while True:
        yield pause
        pause = min(pause * POLL_GROWTH, POLL_MOST)


def _request(execution: Execution, inputs: dict, phrase: str) -> tuple[str, dict]:
    service, api = text(inputs["Service"]).lower(), text(inputs["Api"])
    api = api[:1].upper() + api[1:] if "_" not in api else api
    try:
        client = execution.client(service)
    except Exception as problem:  # botocore raises UnknownServiceError and others here
        raise StepFailure(f"Step fails when it is {phrase}. {problem}. {GUIDE}", "InputValidation") from None
    model = client.meta.service_model
    operation = next((name for name in model.operation_names if api in (name, xform_name(name))), None)
    if operation is None:
        raise StepFailure(
            f"Step fails when it is {phrase}. {service} has no operation {api}. {GUIDE}", "InputValidation"
        )
    shape = model.operation_model(operation).input_shape
    params = {key: value for key, value in inputs.items() if key not in OWN}
    return xform_name(operation), _coerce(shape, params) if shape else params


def _coerce(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {key: _coerce(shape.members[key], item) if key in shape.members else item for key, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_coerce(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _coerce(shape.value, item) for key, item in value.items()}
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if kind == "string" and not isinstance(value, (str, dict, list)):
        return text(value)
    return value


def _invoke(execution: Execution, inputs: dict, phrase: str) -> Coroutine:
    operation, params = _request(execution, inputs, phrase)
    return plain((yield from call(execution, text(inputs["Service"]).lower(), operation, phrase, **params)))


def execute(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:executeAwsApi"""
    answer = yield from _invoke(execution, inputs, "Execute/Cancelling action")
    return Result(source=answer)


def _matches(found: Any, desired: list) -> bool:
    if found is MISSING:
        return False
    wanted = {_word(item) for item in desired}
    if isinstance(found, list):
        return bool(found) and all(_word(item) in wanted for item in found)
    return _word(found) in wanted


def _word(value: Any) -> str:
    if isinstance(value, bool):  # documented for assertAwsResourceProperty: True and False
        return str(value)
    return value if isinstance(value, str) else text(value)


def _desired(inputs: dict) -> list:
    return [str(item) if isinstance(item, bool) else item for item in inputs["DesiredValues"]]


def assert_property(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:assertAwsResourceProperty"""
    phrase = "verifying the property of the resource"
    found = select(inputs["PropertySelector"], (yield from _invoke(execution, inputs, phrase)))
    if not _matches(found, _desired(inputs)):
        words = "nothing" if found is MISSING else _word(found)
        raise StepFailure(
            f"Step fails when it is {phrase}. Property value from the API output: {words}, desired values:"
            f" {', '.join(_word(item) for item in _desired(inputs))}. {GUIDE}",
            "Invocation",
            "Verification",
            {"PropertyValue": words},
        )
    return Result()


def wait_for_property(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:waitForAwsResourceProperty"""
    for pause in pauses():
        answer = yield from _invoke(execution, inputs, "waiting for the property of the resource")
        if _matches(select(inputs["PropertySelector"], answer), _desired(inputs)):
            return Result()
        yield pause


def create_tags(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:createTags; ResourceType EC2 (default), ManagedInstance, MaintenanceWindow or Parameter."""
    phrase = "creating tags"
    kind = text(inputs.get("ResourceType", "EC2"))
    if kind == "EC2":
        yield from call(execution, "ec2", "create_tags", phrase, Resources=inputs["ResourceIds"], Tags=inputs["Tags"])
        return Result()
    if kind not in ("ManagedInstance", "MaintenanceWindow", "Parameter"):
        raise StepFailure(f"Step fails when it is {phrase}. Unknown ResourceType {kind}. {GUIDE}", "InputValidation")
    for resource in inputs["ResourceIds"]:
        words = {"ResourceType": kind, "ResourceId": resource, "Tags": inputs["Tags"]}
        yield from call(execution, "ssm", "add_tags_to_resource", phrase, **words)
    return Result()


def moment(words: str) -> float:
    """Epoch seconds of an ISO 8601 time; without a zone: UTC. Raises ValueError."""
    found = datetime.fromisoformat(words)
    return found.replace(tzinfo=found.tzinfo or clock.now().tzinfo).timestamp()
