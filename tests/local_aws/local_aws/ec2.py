# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EC2 instances, their status and volumes.

moto holds the instances; these operations read and change its objects and add what moto lacks: pages of instances (not
of reservations), all errors of ids and states, and word to the simulated machines.
"""

from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws import clock
from local_aws import history
from local_aws import machines
from local_aws import perf
from local_aws import platforms
from local_aws import state
from local_aws.ec2_common import backend
from local_aws.ec2_common import by_ids
from local_aws.ec2_common import cut
from local_aws.ec2_common import dry_run
from local_aws.ec2_common import select
from local_aws.ec2_common import tag_list
from local_aws.registry import AwsError
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.switches import assume

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
TERMINATED_VISIBLE = (
    3600  # seconds; EC2 user guide: "a terminated instance remains visible for a while (about an hour)"
)

assume(
    "instance-transitions",
    "Start, stop and terminate answer the transitional state, but the next read shows the final one; how long a machine"
    " is away after a reboot is the machine's own business.",
    "EC2 user guide, instance life cycle, gives no durations",
)


def utc(value: datetime | None) -> datetime | None:
    """moto's naive times are UTC."""
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=UTC)


def visible(ctx: Context) -> dict[str, Any]:
    """Instances by id, without those that were terminated more than an hour ago."""
    known = perf.index(backend(ctx))
    gone = state.store(ctx.account, ctx.region, "terminated_at")
    limit = clock.timestamp() - TERMINATED_VISIBLE
    old = {number for number, moment in gone.items() if moment < limit}
    return {number: found for number, found in known.items() if number not in old} if old else known


FILTERS = {
    "instance-id": lambda i: i.id,
    "instance-state-name": lambda i: i.state,
    "instance-state-code": lambda i: str(i.state_code),
    "instance-type": lambda i: i.instance_type,
    "availability-zone": lambda i: i.placement.zone,
    "availability-zone-id": lambda i: zone_id(i.ec2_backend, i.placement.zone),
    "vpc-id": lambda i: i.vpc_id,
    "subnet-id": lambda i: i.subnet_id,
    "image-id": lambda i: i.image_id,
    "platform": lambda i: "windows" if i.platform == "windows" else None,
    "platform-details": platforms.details_of,
    "architecture": lambda i: i.architecture,
    "key-name": lambda i: i.key_name,
    "private-ip-address": lambda i: i.private_ip,
    "private-dns-name": lambda i: i.private_dns_name,
    "dns-name": lambda i: i.public_dns_name,
    "ip-address": lambda i: i.public_ip,
    "root-device-name": lambda i: i.root_device_name,
    "root-device-type": lambda i: i.root_device_type,
    "virtualization-type": lambda i: i.virtualization_type,
    "hypervisor": lambda i: i.hypervisor,
    "instance-lifecycle": lambda i: i.lifecycle,
    "owner-id": lambda i: i.owner_id,
    "tag-value": lambda i: [tag["Value"] for tag in tag_list(i)],
    "launch-time": lambda i: utc(i.launch_time).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "instance.group-id": lambda i: [group.id for group in i.security_groups],
    "instance.group-name": lambda i: [group.name for group in i.security_groups],
    "block-device-mapping.volume-id": lambda i: [block.volume_id for block in i.block_device_mapping.values()],
    "block-device-mapping.device-name": lambda i: list(i.block_device_mapping),
    "metadata-options.http-tokens": lambda i: i.metadata_options.http_tokens,
}


@op("ec2", "DescribeInstances")
def describe_instances(ctx: Context, params: dict) -> dict:
    """Pages count instances, not reservations; a page has the reservations of its instances."""
    dry_run(params)
    known = visible(ctx)
    ids = params.get("InstanceIds") or []
    found = by_ids(ids, known, "i", "InvalidInstanceID", "instance") if ids else known.values()
    shown, token = cut(select(found, params, FILTERS), params, "InstanceIds", clamp=False)
    answer: dict[str, Any] = {"Reservations": _reservations(ctx, shown)}
    if token:
        answer["NextToken"] = token
    return answer


def _reservations(ctx: Context, instances: list[Any]) -> list[dict]:
    owners = _reservation_index(backend(ctx))
    groups: dict[str, dict] = {}
    for instance in instances:
        number = owners.get(instance.id) or state.new_id("r-")
        entry = groups.setdefault(
            number, {"ReservationId": number, "OwnerId": instance.owner_id, "Groups": [], "Instances": []}
        )
        entry["Instances"].append(_instance(instance))
    return list(groups.values())


def _reservation_index(ec2: Any) -> dict[str, str]:
    cached = ec2.__dict__.setdefault("_local_aws_reservations", {"seen": 0, "of": {}})
    if cached["seen"] != len(ec2.reservations):
        for reservation in list(ec2.reservations.values())[cached["seen"] :]:
            for instance in reservation.instances:
                cached["of"][instance.id] = reservation.id
        cached["seen"] = len(ec2.reservations)
    return cached["of"]


def zone_id(ec2: Any, zone: str) -> str | None:
    """use1-az1 for us-east-1a, as moto maps it."""
    names = ec2.__dict__.get("_local_aws_zones")
    if names is None:
        names = {one.name: one.zone_id for one in ec2.describe_availability_zones()}
        ec2.__dict__["_local_aws_zones"] = names
    return names.get(zone)


def _instance(instance: Any) -> dict[str, Any]:
    ec2 = instance.ec2_backend
    zone = instance.placement.zone
    gone = instance.state == "terminated"
    facts = {
        "InstanceId": instance.id,
        "ImageId": instance.image_id,
        "InstanceType": instance.instance_type,
        "State": {"Name": instance.state, "Code": instance.state_code},
        "StateTransitionReason": instance.state_transition_reason or "",
        "LaunchTime": utc(instance.launch_time),
        "Placement": {
            "AvailabilityZone": zone,
            "AvailabilityZoneId": zone_id(ec2, zone),
            "GroupName": instance.placement.group_name or "",
            "Tenancy": instance.placement.tenancy or "default",
        },
        "Architecture": instance.architecture,
        "Hypervisor": instance.hypervisor,
        "VirtualizationType": instance.virtualization_type,
        "RootDeviceName": instance.root_device_name,
        "RootDeviceType": instance.root_device_type,
        "PlatformDetails": platforms.details_of(instance),
        "UsageOperation": "RunInstances",
        "AmiLaunchIndex": int(instance.ami_launch_index or 0),
        "EbsOptimized": bool(instance.ebs_optimized),
        "EnaSupport": True,
        "Monitoring": {"State": instance.monitoring_state},
        "Tags": tag_list(instance),
        "BlockDeviceMappings": [] if gone else _mappings(instance),
        "NetworkInterfaces": [] if gone else _interfaces(instance),
        "SecurityGroups": [] if gone else _groups(instance),
        "MetadataOptions": _metadata(instance.metadata_options),
        "ProductCodes": [],
        "PublicDnsName": "" if gone else instance.public_dns_name or "",
        "PrivateDnsName": "" if gone else instance.private_dns_name or "",
    }
    _optional(instance, facts, gone)
    return facts


def _optional(instance: Any, facts: dict, gone: bool) -> None:
    if instance.platform == "windows":
        facts["Platform"] = "Windows"
    if instance.key_name:
        facts["KeyName"] = instance.key_name
    if instance.lifecycle:
        facts["InstanceLifecycle"] = instance.lifecycle
    if instance.state_reason.code:
        facts["StateReason"] = {"Code": instance.state_reason.code, "Message": instance.state_reason.message}
    profile = instance.iam_instance_profile
    if profile is not None and hasattr(profile, "arn"):
        facts["IamInstanceProfile"] = {"Arn": profile.arn, "Id": profile.id}
    if gone:
        return
    facts.update(SubnetId=instance.subnet_id, VpcId=instance.vpc_id, PrivateIpAddress=instance.private_ip)
    facts["SourceDestCheck"] = bool(instance.source_dest_check)
    if instance.public_ip:
        facts["PublicIpAddress"] = instance.public_ip


def _metadata(options: Any) -> dict:
    return {
        "State": options.state,
        "HttpTokens": options.http_tokens,
        "HttpPutResponseHopLimit": options.http_put_response_hop_limit,
        "HttpEndpoint": options.http_endpoint,
        "HttpProtocolIpv6": options.http_protocol_ipv6,
        "InstanceMetadataTags": options.instance_metadata_tags,
    }


def _mappings(instance: Any) -> list[dict]:
    return [
        {
            "DeviceName": device,
            "Ebs": {
                "VolumeId": block.volume_id,
                "Status": "attached",
                "AttachTime": utc(block.attach_time) or utc(instance.launch_time),
                "DeleteOnTermination": bool(block.delete_on_termination),
            },
        }
        for device, block in list(instance.block_device_mapping.items())
    ]


def _groups(instance: Any) -> list[dict]:
    groups = instance.security_groups or getattr(instance.nics[0], "group_set", [])
    return [{"GroupId": group.id, "GroupName": group.name} for group in groups]


def _interfaces(instance: Any) -> list[dict]:
    return [
        {
            "NetworkInterfaceId": nic.id,
            "SubnetId": nic.subnet.id,
            "VpcId": nic.subnet.vpc_id,
            "OwnerId": instance.owner_id,
            "Status": "in-use",
            "MacAddress": nic.mac_address,
            "PrivateIpAddress": nic.private_ip_address,
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": nic.private_ip_address}],
            "Groups": [{"GroupId": group.id, "GroupName": group.name} for group in nic.group_set],
            "InterfaceType": "interface",
            "Attachment": {
                "AttachmentId": nic.attachment_id,
                "DeviceIndex": index,
                "Status": "attached",
                "AttachTime": utc(nic.attach_time),
                "DeleteOnTermination": True,
            },
        }
        for index, nic in list(instance.nics.items())
    ]


STATUS_FILTERS = {
    "availability-zone": lambda i: i.placement.zone,
    "instance-state-name": lambda i: i.state,
    "instance-state-code": lambda i: str(i.state_code),
    "instance-status.status": lambda i: _health(i, _reachability(i))["Status"],
    "system-status.status": lambda i: _health(i)["Status"],
}
REACHED = {"passed": "ok", "initializing": "initializing", "failed": "impaired"}

assume(
    "instance-status",
    "The instance status check of a started instance is initializing until its operating system is up, and impaired when it "
    "is not after five minutes; a shorter reboot is not seen in it. The system status check always passes.",
    "EC2 user guide, Status checks: run every minute; API InstanceStatusSummary",
)


def _reachability(instance: Any) -> str:
    machine = machines.machine(instance.ec2_backend.account_id, instance.ec2_backend.region_name, instance.id)
    return machine.reachability if machine is not None else "passed"


def _health(instance: Any, reached: str = "passed") -> dict:
    if instance.state != "running":
        return {"Status": "not-applicable"}
    return {"Status": REACHED[reached], "Details": [{"Name": "reachability", "Status": reached}]}


@op("ec2", "DescribeInstanceStatus")
def describe_instance_status(ctx: Context, params: dict) -> dict:
    """Only running instances unless IncludeAllInstances."""
    dry_run(params)
    known = visible(ctx)
    ids = params.get("InstanceIds") or []
    found = by_ids(ids, known, "i", "InvalidInstanceID", "instance") if ids else known.values()
    if not params.get("IncludeAllInstances"):
        found = [instance for instance in found if instance.state == "running"]
    shown, token = cut(select(found, params, STATUS_FILTERS), params, "InstanceIds")
    answer: dict[str, Any] = {"InstanceStatuses": [_status(instance) for instance in shown]}
    if token:
        answer["NextToken"] = token
    return answer


def _status(instance: Any) -> dict:
    zone = instance.placement.zone
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_id(instance.ec2_backend, zone),
        "InstanceState": {"Name": instance.state, "Code": instance.state_code},
        "InstanceStatus": _health(instance, _reachability(instance)),
        "SystemStatus": _health(instance),
        "Events": [],
    }


VOLUME_FILTERS = {
    "volume-id": lambda v: v.id,
    "volume-type": lambda v: v.volume_type,
    "status": lambda v: v.status,
    "size": lambda v: str(v.size),
    "snapshot-id": lambda v: v.snapshot_id,
    "encrypted": lambda v: str(bool(v.encrypted)).lower(),
    "availability-zone": lambda v: v.zone.name if v.zone else None,
    "create-time": lambda v: utc(v.create_time).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "attachment.instance-id": lambda v: v.attachment.instance.id if v.attachment else None,
    "attachment.device": lambda v: v.attachment.device if v.attachment else None,
    "attachment.status": lambda v: "attached" if v.attachment else None,
    "attachment.delete-on-termination": lambda v: str(_deleted_with(v)).lower() if v.attachment else None,
}


def _deleted_with(volume: Any) -> bool:
    block = volume.attachment.instance.block_device_mapping.get(volume.attachment.device)
    return bool(block is not None and block.delete_on_termination)


@op("ec2", "DescribeVolumes")
def describe_volumes(ctx: Context, params: dict) -> dict:
    """All volumes, by ids or filters."""
    dry_run(params)
    known = backend(ctx).volumes
    ids = params.get("VolumeIds") or []
    found = by_ids(ids, known, "vol", "InvalidVolume", "volume") if ids else list(known.values())
    shown, token = cut(select(found, params, VOLUME_FILTERS), params, "VolumeIds")
    answer: dict[str, Any] = {"Volumes": [_volume(volume) for volume in shown]}
    if token:
        answer["NextToken"] = token
    return answer


def _volume(volume: Any) -> dict:
    zone = volume.zone.name if volume.zone else ""
    facts = {
        "VolumeId": volume.id,
        "Size": int(volume.size),
        "State": volume.status,
        "VolumeType": volume.volume_type,
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_id(volume.ec2_backend, zone),
        "CreateTime": utc(volume.create_time),
        "Encrypted": bool(volume.encrypted),
        "SnapshotId": volume.snapshot_id or "",
        "MultiAttachEnabled": bool(volume.multi_attach_enabled),
        "Tags": tag_list(volume),
        "Attachments": [],
    }
    if volume.volume_type == "gp3":
        facts.update(Iops=volume.iops or 3000, Throughput=volume.throughput or 125)
    if volume.attachment:
        facts["Attachments"] = [
            {
                "VolumeId": volume.id,
                "InstanceId": volume.attachment.instance.id,
                "Device": volume.attachment.device,
                "State": "attached",
                "AttachTime": utc(volume.attachment.attach_time),
                "DeleteOnTermination": _deleted_with(volume),
            }
        ]
    return facts


def _instances(ctx: Context, params: dict) -> list[Any]:
    dry_run(params)
    ids = params.get("InstanceIds") or []
    if not ids:
        raise AwsError("MissingParameter", "The request must contain the parameter InstanceIds")
    return by_ids(ids, visible(ctx), "i", "InvalidInstanceID", "instance")


def _need(instances: list[Any], allowed: tuple[str, ...], verb: str) -> None:
    for instance in instances:
        if instance.state not in allowed:
            raise AwsError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in a state from which it can be {verb}.",
            )


def change(instance: Any, target: str, kind: str | None = None) -> dict:
    """Change the state of one moto instance, note it, tell the machine. target: running | stopped | terminated.

    Returns the entry of the API's answer ({InstanceId, CurrentState, PreviousState}).
    """
    ec2 = instance.ec2_backend
    account, region = ec2.account_id, ec2.region_name
    before = {"Name": instance.state, "Code": instance.state_code}
    passing = {"running": "pending", "stopped": "stopping", "terminated": "shutting-down"}[target]
    if before["Name"] == target:
        return {"InstanceId": instance.id, "PreviousState": before, "CurrentState": dict(before)}
    {"running": instance.start, "stopped": instance.stop, "terminated": instance.terminate}[target]()
    if target == "running":
        instance.launch_time = clock.now().replace(tzinfo=None)
    if target == "terminated":
        state.store(account, region, "terminated_at")[instance.id] = clock.timestamp()
    moment = clock.now()
    history.add({"running": "start", "stopped": "stop", "terminated": "terminate"}[target], account, region,
                instance.id, moment, moment)  # fmt: skip
    machines.on_instance_state(account, region, instance.id, target)
    return {
        "InstanceId": instance.id,
        "PreviousState": before,
        "CurrentState": {"Name": passing, "Code": CODES[passing]},
    }


@op("ec2", "StartInstances")
def start_instances(ctx: Context, params: dict) -> dict:
    instances = _instances(ctx, params)
    _need(instances, ("stopped", "running", "pending"), "started")
    return {"StartingInstances": [change(instance, "running") for instance in instances]}


@op("ec2", "StopInstances")
def stop_instances(ctx: Context, params: dict) -> dict:
    instances = _instances(ctx, params)
    _need(instances, ("running", "stopped", "pending", "stopping"), "stopped")
    for instance in instances:
        if instance.disable_api_stop:
            raise AwsError("OperationNotPermitted", f"The instance '{instance.id}' may not be stopped.")
    return {"StoppingInstances": [change(instance, "stopped") for instance in instances]}


@op("ec2", "TerminateInstances")
def terminate_instances(ctx: Context, params: dict) -> dict:
    instances = _instances(ctx, params)
    for instance in instances:
        if instance.disable_api_termination:
            raise AwsError(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' instance"
                " attribute and try again.",
            )
    return {"TerminatingInstances": [change(instance, "terminated") for instance in instances]}


@op("ec2", "RebootInstances")
def reboot_instances(ctx: Context, params: dict) -> dict:
    instances = _instances(ctx, params)
    _need(instances, ("running",), "rebooted")
    for instance in instances:
        instance.reboot()
        machine = machines.machine(ctx.account, ctx.region, instance.id)
        if machine is not None:
            clock.spawn(machine.reboot("RebootInstances"), f"reboot {instance.id}")
        else:
            history.add(
                "reboot", ctx.account, ctx.region, instance.id, clock.now(), clock.now(), reason="RebootInstances"
            )
    return {}
