# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Instances and their status as the API shows them, and the filters."""

from typing import Any

from local_aws.ec2.common import tag_list
from local_aws.ec2.common import utc
from local_aws.fleet import machine as machines
from local_aws.fleet import public_images
from local_aws.framework.switches import assume

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
    "platform-details": public_images.details_of,
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


def zone_id(ec2: Any, zone: str) -> str | None:
    """use1-az1 for us-east-1a, as moto maps it."""
    names = ec2.__dict__.get("_local_aws_zones")
    if names is None:
        names = {one.name: one.zone_id for one in ec2.describe_availability_zones()}
        ec2.__dict__["_local_aws_zones"] = names
    return names.get(zone)


def shown_instance(instance: Any) -> dict[str, Any]:
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
        "PlatformDetails": public_images.details_of(instance),
        "UsageOperation": "RunInstances",
        "AmiLaunchIndex": int(instance.ami_launch_index or 0),
        "EbsOptimized": bool(instance.ebs_optimized),
        "EnaSupport": True,
        "Monitoring": {"State": instance.monitoring_state},
        "Tags": tag_list(instance),
        "BlockDeviceMappings": [] if gone else _mappings(instance),
        "NetworkInterfaces": [] if gone else _interfaces(instance),
        "SecurityGroups": [] if gone else _groups(instance),
        "MetadataOptions": shown_metadata(instance.metadata_options),
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


def shown_metadata(options: Any) -> dict:
    """API shape InstanceMetadataOptionsResponse."""
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


def shown_status(instance: Any) -> dict:
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
