# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SendCommand and CancelCommand."""

from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta
from typing import Any

from local_aws import clock
from local_aws import state
from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.fleet import statuses
from local_aws.registry import AwsError
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.ssm import documents
from local_aws.ssm import parameters
from local_aws.switches import SWITCHES
from local_aws.switches import assume
from local_aws.switches import define

DEFAULT_TIMEOUT = 3600
TIMEOUT_RANGE = (30, 2592000)
DEFAULT_EXECUTION_TIMEOUT = 3600
LONGEST = 48 * 3600  # the longest execution timeout that a document can have

define(
    "unreachable_node",
    "accept",
    ["accept", "reject"],
    "SendCommand to ids of nodes that are stopped or whose agent is lost: accepted (valid states in the text of "
    "InvalidInstanceId) or InvalidInstanceId",
)
define(
    "delivery_timeout",
    "timeout_seconds",
    ["timeout_seconds", "total"],
    "a command that no agent took is Delivery Timed Out after TimeoutSeconds (API) or after that plus the execution "
    "timeout (user guide)",
)
define(
    "delivery_counts_from",
    "node",
    ["node", "command"],
    "the delivery timeout of a node counts from its turn in the rate control, or from SendCommand for all nodes",
)
define(
    "pending_invocations",
    100000,
    int,
    "targets beyond which a command ends as RateExceeded; the real limit is not published",
)
assume(
    "send-command-targets",
    "Targets match managed nodes only (agent registered, instance not terminated); an id in Targets with the key "
    "InstanceIds that is no managed node is left out.",
    "API SendCommand",
)
assume(
    "parameter-names",
    "Values of a document's parameters that do not fit are answered with InvalidParameters.",
    "API SendCommand, InvalidParameters",
)


@dataclass
class Plugin:
    """One step of a document on one node."""

    name: str
    action: str
    inputs: dict
    precondition: tuple[str, ...] = ()
    details: str = "Pending"
    code: int = -1
    start: datetime | None = None
    end: datetime | None = None
    stdout: str = ""
    stderr: str = ""
    document: str = ""  # of a step inside aws:runDocument


@dataclass
class Invocation:
    """A command on one node. details: detailed status."""

    instance_id: str
    name: str
    requested: datetime
    plugins: list[Plugin]
    details: str = "Pending"
    task: Any = None
    plugin_task: Any = None
    cancelling: bool = False


@dataclass
class Command:
    """What SendCommand made. hidden: reads that do not find it yet (switch eventual_reads)."""

    id: str
    account: str
    region: str
    document: documents.Document
    given: dict[str, list[str]]
    values: dict[str, Any]
    requested: datetime
    timeout: int
    execution_timeout: int
    max_concurrency: str
    max_errors: str
    request: dict[str, Any]
    invocations: dict[str, Invocation] = field(default_factory=dict)
    cancelled: bool = False
    rate_exceeded: bool = False
    hidden: int = 0
    active: int = 0  # started and not ended; counted along, a command may have thousands of nodes
    errors: int = 0
    changed: clock.Event = field(default_factory=clock.Event)

    @property
    def details(self) -> str:
        """Detailed status of the whole command."""
        if self.rate_exceeded:
            return "RateExceeded"
        return statuses.aggregate([one.details for one in self.invocations.values()], self.error_limit, self.cancelled)

    @property
    def error_limit(self) -> int:
        return statuses.limit(self.max_errors, len(self.invocations))

    def deadline(self, turn: datetime) -> datetime:
        """Until when the agent of a node may take the command whose turn came then."""
        seconds = self.timeout
        if SWITCHES["delivery_timeout"] == "total":
            seconds += self.execution_timeout
        start = turn if SWITCHES["delivery_counts_from"] == "node" else self.requested
        return start + timedelta(seconds=seconds)

    @property
    def expires(self) -> datetime:
        return self.requested + timedelta(seconds=self.timeout + self.execution_timeout)

    def tell(self) -> None:
        """Wake whoever waits for a change."""
        event, self.changed = self.changed, clock.Event()
        event.set()


def book(account: str, region: str) -> dict[str, Command]:
    """The commands of an account and Region, oldest first."""
    return state.store(account, region, "commands")


def _document(ctx: Context, params: dict) -> documents.Document:
    found = documents.find(ctx.account, ctx.region, params["DocumentName"], params.get("DocumentVersion"))
    if found.type != "Command":
        raise AwsError(
            "InvalidDocument", f"Document {found.name} has the type {found.type}; SendCommand needs Command."
        )
    if found.status != "Active":
        raise AwsError("InvalidDocument", f"Document {found.name} is not active.")
    wanted = params.get("DocumentHash")
    if wanted and params.get("DocumentHashType", "Sha256") == "Sha256" and wanted != found.sha256:
        raise AwsError("InvalidDocument", f"The hash of document {found.name} is {found.sha256}.")
    return found


def resolve(definitions: dict[str, dict], given: dict[str, list[str]]) -> dict[str, Any]:
    """{name: value} of all parameters of a document. Raises InvalidParameters."""
    unknown = sorted(set(given) - set(definitions))
    if unknown:
        raise AwsError("InvalidParameters", f"Parameters {unknown} are not defined in the document.")
    values = {}
    for name, definition in definitions.items():
        if name in given:
            try:
                values[name] = parameters.parse(definition, given[name])
            except parameters.ParameterError as problem:
                raise AwsError("InvalidParameters", f"Parameter {name}: {problem}.") from None
        elif "default" in definition:
            values[name] = definition["default"]
        else:
            raise AwsError("InvalidParameters", f"Parameter {name} is required.")
    return values


def _by_ids(ctx: Context, ids: list[str], document: documents.Document) -> list[str]:
    if len(set(ids)) != len(ids):
        raise AwsError("DuplicateInstanceId", "An instance id is given more than once.")
    bad = [instance_id for instance_id in ids if not _valid(ctx, instance_id)]
    if bad:
        text = f"Instances [[{', '.join(bad)}]] not in a valid state for account {ctx.account}"
        raise AwsError("InvalidInstanceId", text)
    for instance_id in ids:
        found = fleet_machine.machine(ctx.account, ctx.region, instance_id)
        if found.platform_type not in document.platform_types:
            text = f"The document {document.name} does not support the platform {found.platform_type} of {instance_id}."
            raise AwsError("UnsupportedPlatformType", text)
    return ids


def _valid(ctx: Context, instance_id: str) -> bool:
    found = fleet_machine.machine(ctx.account, ctx.region, instance_id)
    if found is None or found.agent == "none" or found.instance_state in nodes.GONE:
        return False
    return SWITCHES["unreachable_node"] == "accept" or found.online


def by_targets(ctx: Context, targets: list[dict]) -> list[str]:
    """Ids of the managed nodes that fit all targets. Raises InvalidParameters on a wrong key."""
    for target in targets:
        _check_target(target)
    found = []
    for instance_id, instance in nodes.instances(ctx.account, ctx.region).items():
        if nodes.state_of(instance) in nodes.GONE:
            continue
        tags = nodes.tags_of(instance)
        if not all(_fits(ctx, target, instance_id, tags) for target in targets):
            continue
        if fleet_machine.machine(ctx.account, ctx.region, instance_id).agent != "none":
            found.append(instance_id)
    return found


def _check_target(target: dict) -> None:
    key, values = target.get("Key") or "", target.get("Values") or []
    known = key.lower() == "instanceids" or key in (
        "tag-key",
        "resource-groups:Name",
        "resource-groups:ResourceTypeFilters",
    )
    if not known and not (key.startswith("tag:") and len(key) > 4):
        raise AwsError("InvalidParameters", f"The target key {key!r} is not valid.")
    if not values:
        raise AwsError("InvalidParameters", f"The target {key} has no values.")
    if key.startswith("resource-groups:") and key.endswith("Name") and len(values) > 1:
        raise AwsError("InvalidParameters", "Exactly one resource group can be targeted.")


def _fits(ctx: Context, target: dict, instance_id: str, tags: dict[str, str]) -> bool:
    key, values = target["Key"], target["Values"]
    if key.lower() == "instanceids":
        return "*" in values or instance_id in values
    if key == "resource-groups:ResourceTypeFilters":
        return ("AWS::SSM::ManagedInstance" if instance_id.startswith("mi-") else "AWS::EC2::Instance") in values
    if key == "resource-groups:Name":
        return instance_id in _group_members(ctx, values[0])
    return nodes.matches_tag(tags, key, values)


def _group_members(ctx: Context, name: str) -> frozenset[str]:
    """Instances of a resource group with a tag query; moto keeps the group, we evaluate the query."""
    import json

    from moto.resourcegroups.models import resourcegroups_backends

    group = resourcegroups_backends[ctx.account][ctx.region].groups.by_name.get(name)
    if group is None:
        return frozenset()
    filters = json.loads(group.resource_query["Query"]).get("TagFilters", [])
    found = nodes.instances(ctx.account, ctx.region).items()
    return frozenset(
        instance_id
        for instance_id, instance in found
        if all(
            one["Key"] in (tags := nodes.tags_of(instance))
            and (not one.get("Values") or tags[one["Key"]] in one["Values"])
            for one in filters
        )
    )


def steps(document: documents.Document, values: dict[str, Any]) -> list[Plugin]:
    """The plugins of a document, parameters put in."""
    content = document.content
    if "runtimeConfig" in content:
        found = []
        for action, body in content["runtimeConfig"].items():
            properties = body["properties"]
            for inputs in properties if isinstance(properties, list) else [properties]:
                found.append(Plugin(action, action, _filled(inputs, values)))
        return found
    return [
        Plugin(
            step["name"],
            step["action"],
            _filled(step.get("inputs", {}), values),
            tuple(_filled((step.get("precondition") or {}).get("StringEquals", []), values)),
        )
        for step in content["mainSteps"]
    ]


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


def seconds_of(plugin: Plugin) -> int:
    """Execution timeout of a plugin; aws:runDocument has none of its own, the steps inside have theirs."""
    if plugin.action == "aws:runDocument":
        return LONGEST
    given = str(plugin.inputs.get("timeoutSeconds", ""))
    return int(given) if given.isdigit() else DEFAULT_EXECUTION_TIMEOUT


@op("ssm", "SendCommand")
def send_command(ctx: Context, params: dict) -> dict:
    document = _document(ctx, params)
    ids, targets = params.get("InstanceIds") or [], params.get("Targets") or []
    if bool(ids) == bool(targets):
        raise AwsError("InvalidInstanceId", "Either InstanceIds or Targets must be given, and not both.")
    timeout = params.get("TimeoutSeconds", DEFAULT_TIMEOUT)
    if not TIMEOUT_RANGE[0] <= timeout <= TIMEOUT_RANGE[1]:
        raise AwsError("ValidationException", f"TimeoutSeconds must be from {TIMEOUT_RANGE[0]} to {TIMEOUT_RANGE[1]}.")
    given = params.get("Parameters") or {}
    values = resolve(document.content.get("parameters") or {}, given)
    chosen = _by_ids(ctx, ids, document) if ids else by_targets(ctx, targets)
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
    from local_aws.fleet import delivery

    book(command.account, command.region)[command.id] = command
    if len(chosen) > SWITCHES["pending_invocations"]:
        command.rate_exceeded = True
        return
    for instance_id in chosen:
        tags = nodes.tags_of(nodes.instance(command.account, command.region, instance_id))
        plugins = steps(command.document, command.values)
        command.invocations[instance_id] = Invocation(instance_id, tags.get("Name", ""), command.requested, plugins)
    clock.spawn(delivery.run(command), f"command {command.id}")


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
        "NotificationConfig": request.get("NotificationConfig") or _NO_NOTIFICATION,
        "CloudWatchOutputConfig": request.get("CloudWatchOutputConfig") or _NO_LOGS,
        "TimeoutSeconds": command.timeout,
    }
    for name in ("OutputS3BucketName", "OutputS3KeyPrefix"):
        if not found[name]:
            del found[name]
    if "AlarmConfiguration" in request:
        found["AlarmConfiguration"] = request["AlarmConfiguration"]
    return found


_NO_LOGS = {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False}
_NO_NOTIFICATION = {"NotificationArn": "", "NotificationEvents": []}


def document_name(command: Command) -> str:
    """The plain name (the answer's pattern has no room for an ARN)."""
    return command.document.name.rpartition("/")[2]


def find(ctx: Context, command_id: str) -> Command:
    """The command; raises InvalidCommandId."""
    found = book(ctx.account, ctx.region).get(command_id)
    if found is None:
        raise AwsError("InvalidCommandId", f"The command {command_id} does not exist.")
    return found


@op("ssm", "CancelCommand")
def cancel_command(ctx: Context, params: dict) -> dict:
    from local_aws.fleet import delivery

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
