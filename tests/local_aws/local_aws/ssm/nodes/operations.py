# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DescribeInstanceInformation: the managed nodes. Stopped and terminated instances are left out (API)."""

import hashlib
from typing import Any

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.fleet import operating_systems
from local_aws.fleet.machine import Machine
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume

HYBRID = ("ManagedInstance", "AWS::SSM::ManagedInstance")
SMALLEST, DEFAULT, LARGEST = 5, 10, 50
VALUES = {
    "PingStatus": ("Online", "ConnectionLost", "Inactive"),
    "PlatformTypes": ("Windows", "Linux", "MacOS"),
    "ResourceType": (
        "EC2Instance",
        "ManagedInstance",
        "AWS::EC2::Instance",
        "AWS::IoT::Thing",
        "AWS::SSM::ManagedInstance",
    ),
    "AssociationStatus": ("Success", "Pending", "Failed"),
}
KEYS = (
    "ActivationIds",
    "AgentVersion",
    "AssociationStatus",
    "IamRole",
    "InstanceIds",
    "PingStatus",
    "PlatformTypes",
    "ResourceType",
    "SourceIds",
    "SourceTypes",
)

assume(
    "instance-information-errors",
    "An id in the filter InstanceIds that is no EC2 instance of the account is an InvalidInstanceId; one that is no "
    "managed node, or is stopped, is left out. Both filter styles at once, and tag filters beside others, are "
    "InvalidFilterKey.",
    "API DescribeInstanceInformation",
)


def _filters(params: dict) -> list[tuple[str, list[str]]]:
    old, new = params.get("InstanceInformationFilterList") or [], params.get("Filters") or []
    if old and new:
        raise AwsError("InvalidFilterKey", "InstanceInformationFilterList and Filters cannot be used together.")
    found = [(one["key"], one["valueSet"]) for one in old] + [(one["Key"], one["Values"]) for one in new]
    tags = [key for key, _ in found if key == "tag-key" or key.startswith("tag:")]
    if tags and len(tags) != len(found):
        raise AwsError("InvalidFilterKey", "Tag filters cannot be combined with other filter types.")
    for key, values in found:
        if key in tags:
            continue
        if key not in KEYS:
            raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid.")
        wrong = [value for value in values if value not in VALUES.get(key, values)]
        if wrong:
            raise AwsError("InvalidInstanceInformationFilterValue", f"The value {wrong[0]} is not valid for {key}.")
    return found


@op("ssm", "DescribeInstanceInformation")
def describe_instance_information(ctx: Context, params: dict) -> dict:
    size = params.get("MaxResults")
    if size is not None and not SMALLEST <= size <= LARGEST:
        raise AwsError("ValidationException", f"MaxResults must be from {SMALLEST} to {LARGEST}.")
    filters = _filters(params)
    for key, values in filters:
        if key == "InstanceIds":
            _check_ids(ctx, values)
    known = fleet_machine.machines(ctx.account, ctx.region)
    found = []
    for instance_id, instance in nodes.instances(ctx.account, ctx.region).items():
        if nodes.state_of(instance) != "running":
            continue
        # The whole fleet is walked for each page: a call saved here is two million saved for 10 000 nodes.
        machine = known.get(instance_id) or fleet_machine.machine(ctx.account, ctx.region, instance_id)
        if machine.agent != "none" and all(_matches(machine, instance, key, values) for key, values in filters):
            found.append(instance_id)
    part, token = page(found, params, default=DEFAULT, maximum=LARGEST)
    shown = [_shown(fleet_machine.machine(ctx.account, ctx.region, instance_id)) for instance_id in part]
    return {"InstanceInformationList": shown, **({"NextToken": token} if token else {})}


def _check_ids(ctx: Context, ids: list[str]) -> None:
    bad = [instance_id for instance_id in ids if nodes.instance(ctx.account, ctx.region, instance_id) is None]
    if bad:
        raise AwsError("InvalidInstanceId", f"Instance {bad[0]} does not exist in account {ctx.account}.")


def _matches(found: Machine, instance: Any, key: str, values: list[str]) -> bool:
    if key == "tag-key" or key.startswith("tag:"):
        return nodes.matches_tag(nodes.tags_of(instance), key, values)
    if key == "PingStatus":
        return found.ping_status in values
    actual: dict[str, tuple[str, ...]] = {
        "InstanceIds": (found.instance_id,),
        "AgentVersion": (found.agent_version,),
        "PlatformTypes": (found.platform_type,),
        "ResourceType": ("EC2Instance", "AWS::EC2::Instance"),
        "SourceIds": (found.instance_id,),
        "SourceTypes": ("AWS::EC2::Instance",),
    }
    if nodes.is_hybrid(instance):
        actual.update(
            ResourceType=(HYBRID[0], HYBRID[1]),
            SourceTypes=(HYBRID[1],),
            ActivationIds=(instance.activation.id,),
            IamRole=(instance.role,),
        )
    return any(value in values for value in actual.get(key, ()))


def _shown(found: Machine) -> dict[str, Any]:
    address = str(found.instance.private_ip)
    shown = {
        "InstanceId": found.instance_id,
        "PingStatus": found.ping_status,
        "LastPingDateTime": found.last_ping,
        "AgentVersion": found.agent_version,
        "IsLatestVersion": found.agent_version == operating_systems.LATEST_AGENT,
        "PlatformType": found.platform_type,
        "PlatformName": found.platform_name,
        "PlatformVersion": found.platform_version,
        "ResourceType": "EC2Instance",
        "IPAddress": address,
        "ComputerName": _computer_name(found, address),
        "SourceId": found.instance_id,
        "SourceType": "AWS::EC2::Instance",
    }
    return {**shown, **_hybrid(found.instance)} if nodes.is_hybrid(found.instance) else shown


def _hybrid(node: Any) -> dict[str, Any]:
    return {
        "ResourceType": HYBRID[0],
        "SourceType": HYBRID[1],
        "ActivationId": node.activation.id,
        "IamRole": node.role,
        "RegistrationDate": node.launch_time,
        "Name": node.name,
        "ComputerName": node.name,
    }


def _computer_name(found: Machine, address: str) -> str:
    if found.platform_type == "Windows":
        digits = hashlib.sha256(found.instance_id.encode()).hexdigest().upper()
        return f"EC2AMAZ-{digits[:7]}"
    domain = "ec2.internal" if found.region == "us-east-1" else f"{found.region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"
