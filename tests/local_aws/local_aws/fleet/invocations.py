# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ListCommands, ListCommandInvocations, GetCommandInvocation."""

from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.fleet import delivery
from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import statuses
from local_aws.fleet.commands import _NO_LOGS
from local_aws.fleet.commands import _NO_NOTIFICATION
from local_aws.fleet.commands import Command
from local_aws.fleet.commands import Invocation
from local_aws.fleet.commands import Plugin
from local_aws.fleet.commands import book
from local_aws.fleet.commands import document_name
from local_aws.fleet.commands import find
from local_aws.fleet.commands import shown
from local_aws.paging import page
from local_aws.registry import AwsError
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.switches import SWITCHES
from local_aws.switches import assume
from local_aws.switches import define

LISTED_OUTPUT = 2500
STDOUT, STDERR = 24000, 8000

define(
    "plugin_name_required",
    False,
    bool,
    "GetCommandInvocation without PluginName for a document with several steps: InvalidPluginName, or the status of "
    "the invocation with empty output",
)
assume("command-order", "ListCommands and ListCommandInvocations give the newest first.", "not documented")


def _visible(command: Command) -> bool:
    """Eventual consistency: the first reads do not find a new command (switch eventual_reads)."""
    if command.hidden > 0:
        command.hidden -= 1
        return False
    return True


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise AwsError("ValidationException", f"{text} is not a valid time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _passes(params: dict, command: Command, details: str, status: str) -> bool:
    for one in params.get("Filters") or []:
        key, value = one["key"], one["value"]
        if key == "InvokedAfter" and command.requested < _time(value):
            return False
        if key == "InvokedBefore" and command.requested >= _time(value):
            return False
        if key == "Status" and value not in (details, status):
            return False
        if key == "DocumentName" and document_name(command) != value:
            return False
        if key == "ExecutionStage" and value != ("Complete" if details in statuses.COMMAND_TERMINAL else "Executing"):
            return False
    return True


def _check_instance(ctx: Context, params: dict) -> None:
    instance_id = params.get("InstanceId")
    if instance_id and fleet_machine.machine(ctx.account, ctx.region, instance_id) is None:
        raise AwsError("InvalidInstanceId", f"The instance {instance_id} does not exist.")


def _commands(ctx: Context, params: dict) -> list[Command]:
    wanted = params.get("CommandId")
    if wanted:
        found = [find(ctx, wanted)]
    else:
        found = list(reversed(book(ctx.account, ctx.region).values()))
    instance_id = params.get("InstanceId")
    return [one for one in found if _visible(one) and (not instance_id or instance_id in one.invocations)]


@op("ssm", "ListCommands")
def list_commands(ctx: Context, params: dict) -> dict:
    _check_instance(ctx, params)
    found = []
    for command in _commands(ctx, params):
        details = command.details
        if _passes(params, command, details, statuses.COMMAND[details]):
            found.append(command)
    part, token = page(found, params, default=50, maximum=50)
    return {"Commands": [shown(command) for command in part], **({"NextToken": token} if token else {})}


@op("ssm", "ListCommandInvocations")
def list_command_invocations(ctx: Context, params: dict) -> dict:
    for one in params.get("Filters") or []:
        if one["key"] == "ExecutionStage":
            raise AwsError("InvalidFilterKey", "ExecutionStage cannot be used with ListCommandInvocations.")
    _check_instance(ctx, params)
    wanted = params.get("InstanceId")
    found = [
        (command, invocation)
        for command in _commands(ctx, params)
        for invocation in command.invocations.values()
        if (not wanted or invocation.instance_id == wanted)
        and _passes(params, command, invocation.details, statuses.INVOCATION[invocation.details])
    ]
    part, token = page(found, params, default=50, maximum=50)
    listed = [_listed(command, invocation, bool(params.get("Details"))) for command, invocation in part]
    return {"CommandInvocations": listed, **({"NextToken": token} if token else {})}


def _listed(command: Command, invocation: Invocation, details: bool) -> dict[str, Any]:
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
        "NotificationConfig": request.get("NotificationConfig") or _NO_NOTIFICATION,
        "CloudWatchOutputConfig": request.get("CloudWatchOutputConfig") or _NO_LOGS,
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
        "StandardOutputUrl": _url(command, invocation, plugin, "stdout"),
        "StandardErrorUrl": _url(command, invocation, plugin, "stderr"),
        "OutputS3Region": command.region,
        "OutputS3BucketName": command.request.get("OutputS3BucketName", ""),
        "OutputS3KeyPrefix": command.request.get("OutputS3KeyPrefix", ""),
    }
    if plugin.start:
        found["ResponseStartDateTime"] = plugin.start
    if plugin.end:
        found["ResponseFinishDateTime"] = plugin.end
    return found


def _url(command: Command, invocation: Invocation, plugin: Plugin, stream: str) -> str:
    bucket = command.request.get("OutputS3BucketName")
    if not bucket or plugin.details not in statuses.TERMINAL:
        return ""
    return (
        f"https://s3.{command.region}.amazonaws.com/{bucket}/{delivery.output_key(command, invocation, plugin, stream)}"
    )


@op("ssm", "GetCommandInvocation")
def get_command_invocation(ctx: Context, params: dict) -> dict:
    command = book(ctx.account, ctx.region).get(params["CommandId"])
    invocation = command.invocations.get(params["InstanceId"]) if command else None
    if command is None or invocation is None or not _visible(command):
        raise AwsError("InvocationDoesNotExist", "")
    plugin = _chosen(invocation, params.get("PluginName"))
    request = command.request
    details = plugin.details if plugin else invocation.details
    if len(invocation.plugins) == 1 and details == "Pending":
        details = invocation.details
    if invocation.details in statuses.TERMINAL and details not in statuses.TERMINAL:
        details = invocation.details
    found = {
        "CommandId": command.id,
        "InstanceId": invocation.instance_id,
        "Comment": request.get("Comment", ""),
        "DocumentName": document_name(command),
        "DocumentVersion": request.get("DocumentVersion", "$DEFAULT"),
        "ResponseCode": plugin.code if plugin else _code(invocation),
        **_times(invocation, plugin),
        "Status": statuses.INVOCATION[details],
        "StatusDetails": details,
        "StandardOutputContent": plugin.stdout[:STDOUT] if plugin else "",
        "StandardOutputUrl": _url(command, invocation, plugin, "stdout") if plugin else "",
        "StandardErrorContent": plugin.stderr[:STDERR] if plugin else "",
        "StandardErrorUrl": _url(command, invocation, plugin, "stderr") if plugin else "",
        "CloudWatchOutputConfig": request.get("CloudWatchOutputConfig") or _NO_LOGS,
    }
    if plugin:
        found["PluginName"] = plugin.name
    return found


def _chosen(invocation: Invocation, wanted: str | None) -> Plugin | None:
    if wanted:
        found = next((plugin for plugin in invocation.plugins if plugin.name == wanted), None)
        if found is None:
            raise AwsError("InvalidPluginName", "")
        return found
    if len(invocation.plugins) == 1:
        return invocation.plugins[0]
    if SWITCHES["plugin_name_required"]:
        raise AwsError("InvalidPluginName", "")
    return None


def _code(invocation: Invocation) -> int:
    """Of several steps: the first that is not 0."""
    codes = [plugin.code for plugin in invocation.plugins]
    return next((code for code in codes if code), 0)


def _times(invocation: Invocation, plugin: Plugin | None) -> dict[str, str]:
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
