# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How an invocation of each task type is carried out: Run Command and Automation for real, the others on paper."""

import json
import re
from collections.abc import Callable
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from local_aws.framework import clock
from local_aws.framework import inproc
from local_aws.framework import state
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import model as automations
from local_aws.ssm.commands import model as commands_model
from local_aws.ssm.commands import statuses
from local_aws.ssm.windows.executions import alarms
from local_aws.ssm.windows.executions import model as executions
from local_aws.ssm.windows.executions.model import Execution
from local_aws.ssm.windows.executions.model import Invocation
from local_aws.ssm.windows.executions.model import TaskRun
from local_aws.ssm.windows.model import Values

Coroutine = Generator[Any, Any, None]
Reply = Generator[Any, Any, dict]

PSEUDO = re.compile(r"\{\{\s*([A-Z_]+)\s*\}\}")
PATIENCE = 600.0  # seconds between looks at something that tells by itself when it changes
THROTTLED = ("Throttling", "ThrottlingException", "RateExceeded", "TooManyRequestsException")
RETRIES = (2.0, 4.0, 8.0, 16.0, 32.0)
PATCHING = ("AWS-RunPatchBaseline", "AWS-RunPatchBaselineWithHooks")
COMMAND = {"Success": "SUCCESS", "Failed": "FAILED", "TimedOut": "TIMED_OUT", "Cancelled": "CANCELLED"}
AUTOMATION = {**COMMAND, "CompletedWithSuccess": "SUCCESS", "CompletedWithFailure": "FAILED", "Exited": "FAILED"}
SENT = (
    "Comment CloudWatchOutputConfig DocumentHash DocumentHashType DocumentVersion NotificationConfig OutputS3BucketName"
    " OutputS3KeyPrefix Parameters ServiceRoleArn TimeoutSeconds"
).split()

define(
    "window_failing_invocations",
    [],
    list,
    "TaskArn of Lambda functions and state machines whose invocations fail; all others succeed",
)
define("window_invocation_seconds", 1.0, (int, float), "how long a Lambda or Step Functions invocation takes")
assume(
    "windows.snapshot_id",
    "The SnapshotId that a window gives to AWS-RunPatchBaseline is the id of the window execution itself",
    "user guide: a GUID value based on the maintenance window execution ID",
)
assume("windows.lambda", "Lambda and Step Functions are not run: the invocation shows what was sent", "not simulated")
assume("windows.pseudo_command", "TARGET_ID and RESOURCE_ID stay as written in Run Command tasks", "pseudo parameters")
assume("windows.pseudo_targetless", "TARGET_ID, RESOURCE_ID, TARGET_TYPE stay as written without targets", "not said")
assume("windows.throttled", "a window repeats a throttled call five times, 2 to 32 s apart", "not documented")
assume("windows.invocation_parameters", "members of Parameters (JSON) beyond the example's are invented", "invocations")


@dataclass(frozen=True)
class Resource:
    """What one invocation is for. id: of the machine, empty without targets."""

    target_id: str
    kind: str
    id: str
    owner: str | None


def _new(run: TaskRun, target_id: str, owner: str | None) -> Invocation:
    found = Invocation(state.new_uuid(), target_id, owner, start=clock.now())
    run.invocations.append(found)
    return found


def failed(run: TaskRun, target_id: str, details: str) -> None:
    """Note an invocation that could not even begin."""
    executions.end(_new(run, target_id, None), "FAILED", details)


def _words(execution: Execution, run: TaskRun, invocation: Invocation) -> dict[str, str]:
    return {
        "WINDOW_ID": execution.window.id,
        "WINDOW_TASK_ID": run.task["WindowTaskId"],
        "WINDOW_TARGET_ID": invocation.target_id,
        "WINDOW_EXECUTION_ID": execution.id,
        "TASK_EXECUTION_ID": run.id,
        "INVOCATION_ID": invocation.id,
    }


def _resource_words(execution: Execution, resource: Resource) -> dict[str, str]:
    if not resource.id:
        return {}
    where = f"{execution.window.region}:{execution.window.account}"
    arn = f"arn:aws:ec2:{where}:instance/{resource.id}"
    whole = arn if resource.kind == "RESOURCE_GROUP" else resource.id
    return {"TARGET_ID": whole, "RESOURCE_ID": resource.id, "TARGET_TYPE": resource.kind}


def _filled(value: Any, words: dict[str, str]) -> Any:
    """Pseudo parameters put in, everywhere; unknown ones stay."""
    if isinstance(value, dict):
        return {key: _filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if isinstance(value, bytes):
        return _filled(value.decode("utf-8", "replace"), words)
    if isinstance(value, str):
        return PSEUDO.sub(lambda match: words.get(match.group(1), match.group(0)), value)
    return value


def _call(execution: Execution, run: TaskRun, operation: str, params: Values) -> Reply:
    """Coroutine: an operation of Systems Manager, as the task's role. Raises ClientError, BotoCoreError."""
    window, role = execution.window, run.task.get("ServiceRoleArn")
    client = inproc.client("ssm", window.account, window.region, role_arn=role, source="window")
    for pause in (*RETRIES, None):
        try:
            return getattr(client, operation)(**params)
        except ClientError as error:
            if pause is None or error.response["Error"].get("Code") not in THROTTLED:
                raise
        yield pause
    raise AssertionError("the last try returns or raises")


def _given(run: TaskRun, member: str) -> Values:
    return dict((run.task.get("TaskInvocationParameters") or {}).get(member) or {})


def command(execution: Execution, run: TaskRun, target_id: str, owner: str | None, targets: list[Values]) -> Coroutine:
    """Coroutine: one Run Command for one target of the task."""
    invocation = _new(run, target_id, owner)
    params = _command_params(run, targets, _words(execution, run, invocation))
    shown = {"documentName": params["DocumentName"], "maxConcurrency": params["MaxConcurrency"]}
    shown |= {"maxErrors": params["MaxErrors"], "parameters": params.get("Parameters", {})}
    shown |= {"instanceIds": params["InstanceIds"]} if "InstanceIds" in params else {"targets": params["Targets"]}
    invocation.parameters = json.dumps(shown)
    try:
        answer = yield from _call(execution, run, "send_command", params)
    except (ClientError, BotoCoreError) as error:
        executions.end(invocation, "FAILED", str(error))
        return
    invocation.execution = answer["Command"]["CommandId"]
    found = commands_model.book(execution.window.account, execution.window.region)[invocation.execution]
    watch = Watch(
        lambda: found.details in statuses.COMMAND_TERMINAL,
        lambda: found.changed,
        lambda: _call(execution, run, "cancel_command", {"CommandId": found.id}),
    )
    reason = yield from _watched(execution, run, watch, cutoff=run.task.get("CutoffBehavior") == "CANCEL_TASK")
    status = {"cutoff": "TIMED_OUT", "alarm": "CANCELLED"}.get(reason) or COMMAND[statuses.COMMAND[found.details]]
    executions.end(invocation, status, found.details)


def _command_params(run: TaskRun, targets: list[Values], words: dict[str, str]) -> Values:
    given = _given(run, "RunCommand")
    params = {name: _filled(given[name], words) for name in SENT if name in given}
    if "Parameters" not in params and run.task.get("TaskParameters"):
        old = {name: one.get("Values", []) for name, one in run.task["TaskParameters"].items()}
        params["Parameters"] = _filled(old, words)
    if run.task["TaskArn"].rpartition("/")[2] in PATCHING and params.get("Parameters"):
        params["Parameters"].setdefault("SnapshotId", [words["WINDOW_EXECUTION_ID"]])
    logs = run.task.get("LoggingInfo") or {}
    if "OutputS3BucketName" not in params and logs:
        params["OutputS3BucketName"] = logs["S3BucketName"]
        params |= {"OutputS3KeyPrefix": logs["S3KeyPrefix"]} if "S3KeyPrefix" in logs else {}
    if targets[0]["Key"] == "InstanceIds":
        params["InstanceIds"] = list(targets[0]["Values"])
    else:
        params["Targets"] = targets
    rate = {name: run.task[name] for name in ("MaxConcurrency", "MaxErrors")}
    return {**params, **rate, "DocumentName": run.task["TaskArn"]}


@dataclass(frozen=True)
class Watch:
    """Something that goes on elsewhere. over() -> bool; changed() -> Event; cancel() -> coroutine of a call."""

    over: Callable[[], bool]
    changed: Callable[[], clock.Event]
    cancel: Callable[[], Reply]


def _watched(execution: Execution, run: TaskRun, watch: Watch, cutoff: bool) -> Generator[Any, Any, str]:
    """Coroutine: wait for the end. Returns why it was cancelled: alarm, cutoff, or empty."""
    reason = ""
    while not watch.over():
        if not reason:
            stop = "alarm" if alarms.triggered(execution, run) else "cutoff" if cutoff and execution.past_cutoff else ""
            if stop:
                reason = stop
                try:
                    yield from watch.cancel()
                except ClientError:
                    pass  # it ended meanwhile
                continue
        yield watch.changed(), _patience(execution, run, cutoff and not reason)
        yield 0.0  # whoever else was woken by the change goes first
    return reason


def _patience(execution: Execution, run: TaskRun, cutoff: bool) -> float:
    wait = alarms.EVERY if "AlarmConfiguration" in run.task and not run.alarms else PATIENCE
    return min(wait, execution.until_cutoff) if cutoff else wait


def single(execution: Execution, run: TaskRun, resource: Resource) -> Coroutine:
    """Coroutine: one invocation of an Automation, Lambda or Step Functions task."""
    invocation = _new(run, resource.target_id, resource.owner)
    words = {**_words(execution, run, invocation), **_resource_words(execution, resource)}
    if not resource.target_id:
        del words["WINDOW_TARGET_ID"]
    if run.task["TaskType"] == "AUTOMATION":
        yield from _automation(execution, run, invocation, words)
    else:
        yield from _on_paper(run, invocation, words)


def _automation(execution: Execution, run: TaskRun, invocation: Invocation, words: dict[str, str]) -> Coroutine:
    given = _given(run, "Automation")
    params = {"DocumentName": run.task["TaskArn"], **_filled(given, words)}
    shown = {"documentName": params["DocumentName"], "parameters": params.get("Parameters", {})}
    invocation.parameters = json.dumps({**shown, "documentVersion": params.get("DocumentVersion", "$DEFAULT")})
    try:
        answer = yield from _call(execution, run, "start_automation_execution", params)
    except (ClientError, BotoCoreError) as error:
        executions.end(invocation, "FAILED", str(error))
        return
    invocation.execution = answer["AutomationExecutionId"]
    found = automations.find(execution.window.account, execution.window.region, invocation.execution)
    stop = {"AutomationExecutionId": found.id, "Type": "Cancel"}
    watch = Watch(
        lambda: found.done.is_set,
        lambda: found.done,
        lambda: _call(execution, run, "stop_automation_execution", stop),
    )
    reason = yield from _watched(execution, run, watch, cutoff=False)
    status = "CANCELLED" if reason else AUTOMATION.get(found.status, "FAILED")
    executions.end(invocation, status, found.message or found.status)


def _on_paper(run: TaskRun, invocation: Invocation, words: dict[str, str]) -> Coroutine:
    if run.task["TaskType"] == "LAMBDA":
        given = _given(run, "Lambda")
        shown = {"functionName": run.task["TaskArn"]}
        names = {"Payload": "payload", "Qualifier": "qualifier", "ClientContext": "clientContext"}
    else:
        given = _given(run, "StepFunctions")
        shown = {"stateMachineArn": run.task["TaskArn"]}
        names = {"Input": "input", "Name": "name"}
    shown |= {names[name]: _filled(value, words) for name, value in given.items()}
    invocation.parameters, invocation.execution = json.dumps(shown), state.new_uuid()
    yield SWITCHES["window_invocation_seconds"]
    fails = run.task["TaskArn"] in SWITCHES["window_failing_invocations"]
    executions.end(invocation, "FAILED" if fails else "SUCCESS", "Failed" if fails else "Success")
