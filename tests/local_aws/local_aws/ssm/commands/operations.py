# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations of Run Command."""

from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.commands import statuses
from local_aws.ssm.commands.model import DEFAULT_EXECUTION_TIMEOUT
from local_aws.ssm.commands.model import Command
from local_aws.ssm.commands.model import Invocation
from local_aws.ssm.commands.model import Plugin
from local_aws.ssm.commands.model import book
from local_aws.ssm.commands.model import find
from local_aws.ssm.commands.model import seconds_of
from local_aws.ssm.commands.rules import DEFAULT_TIMEOUT
from local_aws.ssm.commands.rules import TIMEOUT_RANGE
from local_aws.ssm.commands.rules import by_ids
from local_aws.ssm.commands.rules import by_targets
from local_aws.ssm.commands.rules import document_of
from local_aws.ssm.commands.rules import resolve
from local_aws.ssm.commands.wire import NO_LOGS
from local_aws.ssm.commands.wire import STDERR
from local_aws.ssm.commands.wire import STDOUT
from local_aws.ssm.commands.wire import document_name
from local_aws.ssm.commands.wire import listed_invocation
from local_aws.ssm.commands.wire import output_url
from local_aws.ssm.commands.wire import shown
from local_aws.ssm.commands.wire import whole_code
from local_aws.ssm.commands.wire import whole_times
from local_aws.ssm.documents import model as documents

define(
    "pending_invocations",
    100000,
    int,
    "targets beyond which a command ends as RateExceeded; the real limit is not published",
)


def steps(document: documents.Document, values: dict[str, Any]) -> list[Plugin]:
    """The plugins of a document, parameters put in."""
    content = document.content
    if "runtimeConfig" in content:
        found = []
        for action, body in content["runtimeConfig"].items():
            properties = body["properties"]
            for inputs in properties if isinstance(properties, list) else [properties]:
                found.append(Plugin(action, action, _spelled(_filled(inputs, values))))
        return found
    return [
        Plugin(
            step["name"],
            step["action"],
            _spelled(_filled(step.get("inputs", {}), values)),
            tuple(_filled((step.get("precondition") or {}).get("StringEquals", []), values)),
        )
        for step in content["mainSteps"]
    ]


def _spelled(inputs: dict) -> dict:
    """Inputs as the reference spells them; the agent reads RunCommand as runCommand (AWS's published documents)."""
    return {key[:1].lower() + key[1:]: value for key, value in inputs.items()}


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    for name, given in values.items():
        for form in ("{{ %s }}" % name, "{{%s}}" % name):
            if value.strip() == form:
                return given
            text = "\n".join(given) if isinstance(given, list) else str(given)
            value = value.replace(form, text)
    return value


def _execution_timeout(plugins: list[Plugin]) -> int:
    found = [seconds_of(plugin) for plugin in plugins if plugin.action != "aws:runDocument"]
    return max(found, default=DEFAULT_EXECUTION_TIMEOUT)


@op("ssm", "SendCommand")
def send_command(ctx: Context, params: dict) -> dict:
    document = document_of(ctx, params)
    ids, targets = params.get("InstanceIds") or [], params.get("Targets") or []
    if bool(ids) == bool(targets):
        raise AwsError("InvalidInstanceId", "Either InstanceIds or Targets must be given, and not both.")
    timeout = params.get("TimeoutSeconds", DEFAULT_TIMEOUT)
    if not TIMEOUT_RANGE[0] <= timeout <= TIMEOUT_RANGE[1]:
        raise AwsError("ValidationException", f"TimeoutSeconds must be from {TIMEOUT_RANGE[0]} to {TIMEOUT_RANGE[1]}.")
    given = params.get("Parameters") or {}
    values = resolve(document.content.get("parameters") or {}, given)
    chosen = by_ids(ctx, ids, document) if ids else by_targets(ctx, targets)
    command = Command(
        state.new_uuid(),
        ctx.account,
        ctx.region,
        document,
        given,
        values,
        clock.now(),
        timeout,
        _execution_timeout(steps(document, values)),
        params.get("MaxConcurrency", "50"),
        params.get("MaxErrors", "0"),
        params,
        hidden=SWITCHES["eventual_reads"],
    )
    _start(command, chosen)
    return {"Command": shown(command)}


def _start(command: Command, chosen: list[str]) -> None:
    from local_aws.ssm.commands import delivery

    book(command.account, command.region)[command.id] = command
    if len(chosen) > SWITCHES["pending_invocations"]:
        command.rate_exceeded = True
        return
    for instance_id in chosen:
        tags = nodes.tags_of(nodes.instance(command.account, command.region, instance_id))
        plugins = steps(command.document, command.values)
        command.invocations[instance_id] = Invocation(instance_id, tags.get("Name", ""), command.requested, plugins)
    clock.spawn(delivery.run(command), f"command {command.id}")


@op("ssm", "CancelCommand")
def cancel_command(ctx: Context, params: dict) -> dict:
    from local_aws.ssm.commands import delivery

    command = find(ctx, params["CommandId"])
    ids = params.get("InstanceIds") or []
    if len(set(ids)) != len(ids):
        raise AwsError("DuplicateInstanceId", "An instance id is given more than once.")
    unknown = [instance_id for instance_id in ids if instance_id not in command.invocations]
    if unknown:
        raise AwsError("InvalidInstanceId", f"The command was not sent to {', '.join(unknown)}.")
    chosen = [command.invocations[instance_id] for instance_id in ids] or list(command.invocations.values())
    running = [one for one in chosen if one.details not in statuses.TERMINAL]
    if running and not ids:
        command.cancelled = True
    for invocation in running:
        delivery.cancel(command, invocation)
    return {}


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
    listed = [listed_invocation(command, invocation, bool(params.get("Details"))) for command, invocation in part]
    return {"CommandInvocations": listed, **({"NextToken": token} if token else {})}


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
        "ResponseCode": plugin.code if plugin else whole_code(invocation),
        **whole_times(invocation, plugin),
        "Status": statuses.INVOCATION[details],
        "StatusDetails": details,
        "StandardOutputContent": plugin.stdout[:STDOUT] if plugin else "",
        "StandardOutputUrl": output_url(command, invocation, plugin, "stdout") if plugin else "",
        "StandardErrorContent": plugin.stderr[:STDERR] if plugin else "",
        "StandardErrorUrl": output_url(command, invocation, plugin, "stderr") if plugin else "",
        "CloudWatchOutputConfig": request.get("CloudWatchOutputConfig") or NO_LOGS,
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
