# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Commands, invocations and plugins as the API shows them."""

from datetime import datetime
from typing import Any

from local_aws.ssm.commands import delivery
from local_aws.ssm.commands import statuses
from local_aws.ssm.commands.model import Command
from local_aws.ssm.commands.model import Invocation
from local_aws.ssm.commands.model import Plugin


def shown(command: Command) -> dict[str, Any]:
    """API shape Command."""
    request = command.request
    details = [one.details for one in command.invocations.values()]
    whole = command.details
    found = {
        "CommandId": command.id,
        "DocumentName": document_name(command),
        "DocumentVersion": request.get("DocumentVersion", "$DEFAULT"),
        "Comment": request.get("Comment", ""),
        "ExpiresAfter": command.expires,
        "Parameters": command.given,
        "InstanceIds": list(request.get("InstanceIds") or []),
        "Targets": request.get("Targets") or [],
        "RequestedDateTime": command.requested,
        "Status": statuses.COMMAND[whole],
        "StatusDetails": whole,
        "OutputS3Region": command.region,
        "OutputS3BucketName": request.get("OutputS3BucketName", ""),
        "OutputS3KeyPrefix": request.get("OutputS3KeyPrefix", ""),
        "MaxConcurrency": command.max_concurrency,
        "MaxErrors": command.max_errors,
        "TargetCount": len(details),
        "CompletedCount": sum(1 for detail in details if detail in statuses.TERMINAL),
        "ErrorCount": statuses.errors(details),
        "DeliveryTimedOutCount": details.count("DeliveryTimedOut"),
        "ServiceRole": request.get("ServiceRoleArn", ""),
        "NotificationConfig": request.get("NotificationConfig") or NO_NOTIFICATION,
        "CloudWatchOutputConfig": request.get("CloudWatchOutputConfig") or NO_LOGS,
        "TimeoutSeconds": command.timeout,
    }
    for name in ("OutputS3BucketName", "OutputS3KeyPrefix"):
        if not found[name]:
            del found[name]
    if "AlarmConfiguration" in request:
        found["AlarmConfiguration"] = request["AlarmConfiguration"]
    return found


NO_LOGS = {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False}
NO_NOTIFICATION = {"NotificationArn": "", "NotificationEvents": []}


def document_name(command: Command) -> str:
    """The plain name (the answer's pattern has no room for an ARN)."""
    return command.document.name.rpartition("/")[2]


LISTED_OUTPUT = 2500
STDOUT, STDERR = 24000, 8000


def listed_invocation(command: Command, invocation: Invocation, details: bool) -> dict[str, Any]:
    request = command.request
    return {
        "CommandId": command.id,
        "InstanceId": invocation.instance_id,
        "InstanceName": invocation.name,
        "Comment": request.get("Comment", ""),
        "DocumentName": document_name(command),
        "DocumentVersion": request.get("DocumentVersion", "$DEFAULT"),
        "RequestedDateTime": invocation.requested,
        "Status": statuses.INVOCATION[invocation.details],
        "StatusDetails": invocation.details,
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": [_plugin(command, invocation, plugin) for plugin in invocation.plugins] if details else [],
        "ServiceRole": request.get("ServiceRoleArn", ""),
        "NotificationConfig": request.get("NotificationConfig") or NO_NOTIFICATION,
        "CloudWatchOutputConfig": request.get("CloudWatchOutputConfig") or NO_LOGS,
    }


def _plugin_status(details: str) -> str:
    return statuses.INVOCATION[details]


def _plugin(command: Command, invocation: Invocation, plugin: Plugin) -> dict[str, Any]:
    output = plugin.stdout
    if plugin.stderr:
        output += f"\n----------ERROR-------\n{plugin.stderr}"
    if len(output) > LISTED_OUTPUT:
        output = output[: LISTED_OUTPUT - 22] + "\n--output truncated--\n"
    found = {
        "Name": plugin.name,
        "Status": _plugin_status(plugin.details),
        "StatusDetails": plugin.details,
        "ResponseCode": plugin.code,
        "Output": output,
        "StandardOutputUrl": output_url(command, invocation, plugin, "stdout"),
        "StandardErrorUrl": output_url(command, invocation, plugin, "stderr"),
        "OutputS3Region": command.region,
        "OutputS3BucketName": command.request.get("OutputS3BucketName", ""),
        "OutputS3KeyPrefix": command.request.get("OutputS3KeyPrefix", ""),
    }
    if plugin.start:
        found["ResponseStartDateTime"] = plugin.start
    if plugin.end:
        found["ResponseFinishDateTime"] = plugin.end
    return found


def output_url(command: Command, invocation: Invocation, plugin: Plugin, stream: str) -> str:
    bucket = command.request.get("OutputS3BucketName")
    if not bucket or plugin.details not in statuses.TERMINAL:
        return ""
    return (
        f"https://s3.{command.region}.amazonaws.com/{bucket}/{delivery.output_key(command, invocation, plugin, stream)}"
    )


def whole_code(invocation: Invocation) -> int:
    """Of several steps: the first that is not 0."""
    codes = [plugin.code for plugin in invocation.plugins]
    return next((code for code in codes if code), 0)


def whole_times(invocation: Invocation, plugin: Plugin | None) -> dict[str, str]:
    chosen = [plugin] if plugin else invocation.plugins
    starts = [one.start for one in chosen if one.start]
    ends = [one.end for one in chosen if one.end]
    start = min(starts) if starts else None
    end = max(ends) if ends and len(ends) == len(chosen) else None
    return {
        "ExecutionStartDateTime": _iso(start),
        "ExecutionElapsedTime": _elapsed((end - start).total_seconds()) if start and end else "",
        "ExecutionEndDateTime": _iso(end),
    }


def _iso(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z" if moment else ""


def _elapsed(seconds: float) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    text = "PT" + (f"{int(hours)}H" if hours else "") + (f"{int(minutes)}M" if minutes else "")
    return f"{text}{rest:.3f}S".replace(".000S", "S")
