# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What SendCommand refuses, and which nodes its targets mean."""

from typing import Any

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.documents import model as documents
from local_aws.ssm.documents import parameters

DEFAULT_TIMEOUT = 3600
TIMEOUT_RANGE = (30, 2592000)

define(
    "unreachable_node",
    "accept",
    ["accept", "reject"],
    "SendCommand to ids of nodes that are stopped or whose agent is lost: accepted (valid states in the text of "
    "InvalidInstanceId) or InvalidInstanceId",
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


def document_of(ctx: Context, params: dict) -> documents.Document:
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


def by_ids(ctx: Context, ids: list[str], document: documents.Document) -> list[str]:
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
