# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run Command: wire <-> model. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ..._core.errors import InvalidInput
from ..._core.follow import CANCELLED
from ..._core.follow import FAILED
from ..._core.follow import NOT_STARTED
from ..._core.follow import RUNNING
from ..._core.follow import SUCCEEDED
from ..._core.follow import TIMED_OUT
from ..._core.follow import UNKNOWN
from ..._core.tags import text as tag_text
from ..._core.tags import values_of as tag_values
from ..wire import absolute
from ..wire import iso

# User guide "Understanding command statuses"; the API writes StatusDetails with and without blanks.
# Terminated: the errors of the command reached its limit before this node's turn came.
INVOCATION_OUTCOMES = {
    "Pending": RUNNING,
    "InProgress": RUNNING,
    "Delayed": RUNNING,
    "Cancelling": RUNNING,
    "Success": SUCCEEDED,
    "Failed": FAILED,
    "Undeliverable": FAILED,
    "InvalidPlatform": FAILED,
    "AccessDenied": FAILED,
    "TimedOut": TIMED_OUT,
    "DeliveryTimedOut": TIMED_OUT,
    "ExecutionTimedOut": TIMED_OUT,
    "Cancelled": CANCELLED,
    "Terminated": NOT_STARTED,
}
# The command's own status only tells whether it is over, and why nothing was started.
COMMAND_OUTCOMES = {
    "Pending": RUNNING,
    "InProgress": RUNNING,
    "Delayed": RUNNING,
    "Cancelling": RUNNING,
    "Success": SUCCEEDED,
    "Failed": FAILED,
    "Incomplete": FAILED,
    "AccessDenied": FAILED,
    "RateExceeded": FAILED,
    "LimitExceeded": FAILED,
    "NoInstancesInTag": FAILED,
    "TimedOut": TIMED_OUT,
    "DeliveryTimedOut": TIMED_OUT,
    "ExecutionTimedOut": TIMED_OUT,
    "Cancelled": CANCELLED,
}
NO_TARGETS = "NoInstancesInTag"
REASONS = {
    "Undeliverable": "the command could not be delivered: the node does not exist or does not respond",
    "DeliveryTimedOut": "no agent fetched the command before the delivery timeout",
    "ExecutionTimedOut": "it was still running when the execution timeout expired",
    "InvalidPlatform": "the document does not support the platform of the node",
    "AccessDenied": "the sender of the command has no permission to send it to this node",
    "Terminated": "the command reached its limit of errors before it was started on this node",
    "Cancelled": "the command was cancelled",
}
MAX_IDS = 50  # API SendCommand, InstanceIds
MAX_COMMENT = 100  # API SendCommand
MAX_TARGETS, MAX_VALUES = 5, 50  # API SendCommand, Targets
EXCERPT = 2500  # characters of each output that are returned; the end, because that is where errors stand
# What ListCommandInvocations puts between the two outputs of a plugin.
ERROR_MARK = "----------ERROR-------"


def identity(run_id: str, step: str, attempt: int, what: dict) -> str:
    """What the comment of every command of a run, step and attempt begins with, with a short digest of what is sent.

    Raises InvalidInput when it leaves no room in a comment.
    """
    digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:8]
    text = f"{label(run_id, step, attempt)}#{digest}"
    if len(text) > MAX_COMMENT:
        over = len(text) - MAX_COMMENT
        raise InvalidInput(f"run_id: {run_id!r} and step {step!r} together exceed the limit by {over} characters")
    return text


def label(run_id: str, step: str, attempt: int) -> str:
    """The part of the identity that does not depend on what is sent."""
    return f"fleetpatch:run:{run_id}:{step}:{attempt}"


def comment_of(own: str, comment: str | None) -> str:
    """The comment of a command: its identity, and what the user says. Raises InvalidInput."""
    text = f"{own} {comment}" if comment else own
    if len(text) > MAX_COMMENT:
        room = MAX_COMMENT - len(own) - 1
        raise InvalidInput(
            f"comment: has {len(comment or '')} characters; the maximum beside the identity of the run is {room}"
        )
    return text


def targets_to_wire(targets: dict) -> list[dict]:
    """Targets of SendCommand, all of which must fit; a tag without values is a tag-key. Raises InvalidInput."""
    wire = [
        (
            {"Key": f"tag:{key}", "Values": tag_values(f"targets.tags.{key}", values)}
            if values not in (None, [])
            else {"Key": "tag-key", "Values": [key]}
        )
        for key, values in sorted((tag_text(key), values) for key, values in (targets.get("tags") or {}).items())
    ]
    if targets.get("resource_group"):
        wire.append({"Key": "resource-groups:Name", "Values": [targets["resource_group"]]})
    if targets.get("resource_type_filters"):
        if not targets.get("resource_group"):
            raise InvalidInput("targets: resource_type_filters requires resource_group")
        wire.append({"Key": "resource-groups:ResourceTypeFilters", "Values": targets["resource_type_filters"]})
    if not wire:
        raise InvalidInput("targets: one of tags and resource_group is required", code="no_targets")
    if len(wire) > MAX_TARGETS or any(len(one["Values"]) > MAX_VALUES for one in wire):
        raise InvalidInput(f"targets: AWS allows at most {MAX_TARGETS} conditions with {MAX_VALUES} values each")
    return wire


def status_of(thing: dict) -> str:
    """The detailed status of a command, an invocation or a plugin, without blanks."""
    return str(thing.get("StatusDetails") or thing.get("Status") or "").replace(" ", "")


def command_to_model(command: dict, *, adopted: bool) -> dict:
    """One command."""
    return {
        "command_id": command.get("CommandId"),
        "status": status_of(command) or None,
        "document_name": command.get("DocumentName"),
        "document_version": command.get("DocumentVersion"),
        "comment": command.get("Comment"),
        "requested_time": iso(command.get("RequestedDateTime")),
        "expires_after": iso(command.get("ExpiresAfter")),
        "targets": command.get("TargetCount"),
        "adopted": adopted,
    }


def plugin_to_model(plugin: dict) -> dict:
    """One step of a document on one node. -1 means that it did not run (API GetCommandInvocation)."""
    code = plugin.get("ResponseCode")
    stdout, stderr = split_output(plugin.get("Output"))
    return {
        "name": plugin.get("Name"),
        "status": status_of(plugin) or None,
        "exit_code": None if code == -1 else code,
        "start_time": iso(plugin.get("ResponseStartDateTime")),
        "end_time": iso(plugin.get("ResponseFinishDateTime")),
        "stdout": stdout,
        "stderr": stderr,
    }


def target_to_model(target: str, invocation: dict) -> dict:
    """One node by its invocation ({} = there is none). Its outputs are those of the step that failed, else of the last."""
    plugins = [plugin_to_model(plugin) for plugin in invocation.get("CommandPlugins") or []]
    status = status_of(invocation)
    outcome = INVOCATION_OUTCOMES.get(status, UNKNOWN)
    bad = next((plugin for plugin in plugins if plugin["status"] in _BAD), None)
    told = bad or _last_run(plugins) or {}
    return {
        "target": target,
        "name": invocation.get("InstanceName") or None,
        "command_id": invocation.get("CommandId"),
        "status": status or None,
        "outcome": outcome,
        "exit_code": _exit_code(plugins, bad),
        "failed_plugin": bad["name"] if bad and outcome != SUCCEEDED else None,
        "message": None,
        "stdout": told.get("stdout"),
        "stderr": told.get("stderr"),
        "plugins": plugins,
        "start_time": min((one["start_time"] for one in plugins if one["start_time"]), default=None),
        "end_time": max((one["end_time"] for one in plugins if one["end_time"]), default=None),
    }


_BAD = frozenset({"Failed", "TimedOut", "ExecutionTimedOut", "DeliveryTimedOut"})


def _last_run(plugins: list[dict]) -> dict | None:
    return next((plugin for plugin in reversed(plugins) if plugin["exit_code"] is not None), None)


def told_plugin(model: dict) -> str | None:
    """The step whose outputs stand for the whole target; None when no step ran."""
    last = _last_run(model["plugins"])
    return model["failed_plugin"] or (last["name"] if last else None)


def _exit_code(plugins: list[dict], bad: dict | None) -> int | None:
    if bad:
        return bad["exit_code"]
    codes = [plugin["exit_code"] for plugin in plugins if plugin["exit_code"] is not None]
    return next((code for code in codes if code), 0) if codes else None


def with_outputs(model: dict, stdout: str, stderr: str) -> dict:
    """The target with what its step wrote, as GetCommandInvocation tells it."""
    return {**model, "stdout": excerpt(stdout), "stderr": excerpt(stderr)}


def without_outputs(model: dict) -> dict:
    """The target without anything that was written on it."""
    plugins = [{**plugin, "stdout": None, "stderr": None} for plugin in model["plugins"]]
    return {**model, "stdout": None, "stderr": None, "plugins": plugins}


def absent_target(target: str, outcome: str, message: str | None = None, status: str | None = None) -> dict:
    """A target without an invocation."""
    return {**target_to_model(target, {}), "outcome": outcome, "message": message, "status": status}


def split_output(output: str | None) -> tuple[str, str]:
    """Both outputs of a plugin as ListCommandInvocations joins them."""
    out, _mark, err = (output or "").partition(ERROR_MARK)
    return excerpt(out.rstrip("\n") + "\n" if out.strip() else ""), excerpt(err.lstrip("\n"))


def excerpt(text: str) -> str:
    """The end of a text, at most EXCERPT characters."""
    return text if len(text) <= EXCERPT else "..." + text[3 - EXCERPT :]


def message_of(model: dict) -> str | None:
    """Why a target did not succeed, in a line."""
    if model["outcome"] in (SUCCEEDED, RUNNING):
        return None
    told = REASONS.get(model["status"])
    if told:
        return told
    last = (model["stderr"] or model["stdout"] or "").strip().splitlines()[-1:]
    code = f"exit code {model['exit_code']}" if model["exit_code"] is not None else str(model["status"])
    plugin = f"{model['failed_plugin']}: " if model["failed_plugin"] else ""
    return f"{plugin}{code}{': ' + last[0] if last else ''}"


def optional_wire(params: dict[str, Any]) -> dict[str, Any]:
    """The members of SendCommand that are the same for every command of a call."""
    simple = {
        "DocumentVersion": params.get("document_version"),
        "DocumentHash": params.get("document_hash"),
        "DocumentHashType": params.get("document_hash_type"),
        "TimeoutSeconds": params.get("timeout_seconds"),
        "OutputS3BucketName": params.get("output_s3_bucket_name"),
        "OutputS3KeyPrefix": params.get("output_s3_key_prefix"),
        "ServiceRoleArn": params.get("service_role_arn"),
    }
    logs, notices = params.get("cloudwatch_output_config"), params.get("notification_config")
    alarms = params.get("alarm_configuration")
    if logs:
        simple["CloudWatchOutputConfig"] = _given(
            CloudWatchLogGroupName=logs.get("log_group_name"), CloudWatchOutputEnabled=logs.get("output_enabled")
        )
    if notices:
        simple["NotificationConfig"] = _given(
            NotificationArn=notices.get("arn"),
            NotificationEvents=notices.get("events"),
            NotificationType=notices.get("type"),
        )
    if alarms:
        simple["AlarmConfiguration"] = _given(
            Alarms=[{"Name": name} for name in alarms["alarms"]],
            IgnorePollAlarmFailure=alarms.get("ignore_poll_alarm_failure"),
        )
    return _given(**simple)


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


# Sending


@dataclass(frozen=True)
class Request:
    """What to send. Either instance_ids or targets (members of SendCommand); limits are numbers or percentages."""

    document_name: str
    run_id: str
    step: str = "main"
    attempt: int = 1
    parameters: dict[str, list[str]] = field(default_factory=dict)
    instance_ids: tuple[str, ...] | None = None
    targets: tuple[dict, ...] | None = None
    max_concurrency: str = "50"
    max_errors: str = "0"
    comment: str | None = None
    optional: dict = field(default_factory=dict)
    allow_empty: bool = False
    look_back: float = 72.0  # hours

    @property
    def label(self) -> str:
        return f"command {self.step} attempt {self.attempt}"

    @property
    def identity(self) -> str:
        what = {"document": self.document_name, "parameters": self.parameters, "targets": list(self.targets or ())}
        return identity(self.run_id, self.step, self.attempt, what)

    @property
    def budget(self) -> int:
        return absolute(self.max_errors, len(self.instance_ids or ()), least=0)

    @property
    def concurrency(self) -> int:
        return absolute(self.max_concurrency, len(self.instance_ids or ()), least=1)

    @property
    def width(self) -> int:
        """How many commands may be under way at the same time."""
        unlimited = self.budget >= len(self.instance_ids or ())
        return max(1, self.concurrency // MAX_IDS) if unlimited else 1


def send_to_wire(request: Request, piece: tuple[str, ...], errors: int) -> dict:
    """The request of SendCommand for some nodes, or () for those that its targets select; errors were made before."""
    members = {
        **request.optional,
        "DocumentName": request.document_name,
        "Comment": comment_of(request.identity, request.comment),
    }
    if request.parameters:
        members["Parameters"] = request.parameters
    if request.targets is not None:
        return {
            **members,
            "Targets": list(request.targets),
            "MaxConcurrency": request.max_concurrency,
            "MaxErrors": request.max_errors,
        }
    return {
        **members,
        "InstanceIds": list(piece),
        "MaxConcurrency": str(max(1, min(MAX_IDS, request.concurrency // request.width))),
        "MaxErrors": str(max(0, request.budget - errors)),
    }
