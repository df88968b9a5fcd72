# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images: CreateImage takes virtual time, copies every volume into a snapshot, reboots unless NoReboot."""

import re
from collections.abc import Generator
from datetime import datetime
from typing import Any

from local_aws import clock
from local_aws import history
from local_aws import image_use
from local_aws import machines
from local_aws import platforms
from local_aws import state
from local_aws.ec2 import utc
from local_aws.ec2 import visible
from local_aws.ec2_common import backend
from local_aws.ec2_common import by_ids
from local_aws.ec2_common import cut
from local_aws.ec2_common import dry_run
from local_aws.ec2_common import hide_new
from local_aws.ec2_common import note_new
from local_aws.ec2_common import select
from local_aws.ec2_common import tag_list
from local_aws.ec2_common import tag_specifications
from local_aws.registry import AwsError
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.switches import SWITCHES
from local_aws.switches import assume
from local_aws.switches import define

# EC2 API reference, CreateImage, parameter Name.
NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
DEFAULT_SECONDS = 120.0
SECONDS_PER_GIB = 1.0

define("image_quota", 50000, int, "images of an account in a Region (EC2 quotas: 50,000 public and private AMIs)")
assume(
    "image-quota-error",
    "CreateImage beyond the quota is ResourceLimitExceeded; images that are pending or failed count too.",
    "EC2 error codes name no limit of images of its own",
)
assume(
    "image-name-reuse",
    "An image's name is taken from CreateImage until DeregisterImage, also while it is pending and after it failed.",
    "API CreateImage says only that the name must be unique; InvalidAMIName.Duplicate is the error",
)
assume(
    "image-failed-reason",
    "A failed image has StateReason Server.InternalError; its snapshots end in state error.",
    "API Image, StateReason: codes are not listed",
)
assume(
    "image-eventual",
    "With the switch eventual_reads=n the first n DescribeImages calls after CreateImage do not find the image"
    " (InvalidAMIID.NotFound when asked by id).",
    "EC2 API reference, eventual consistency, gives no number",
)
assume(
    "image-reboot-first",
    "Without NoReboot the reboot and the copying of the snapshots start at once and run side by side.",
    "API CreateImage: the instance is shut down, images taken, then rebooted; durations are not given",
)


def details(account: str, region: str) -> dict[str, dict]:
    """What moto's image object cannot hold, by image id: mappings, reason, instance, hidden reads."""
    return state.store(account, region, "images")


def _hidden(ctx: Context) -> dict[str, int]:
    return state.store(ctx.account, ctx.region, "hidden_images")


@op("ec2", "CreateImage")
def create_image(ctx: Context, params: dict) -> dict:
    """Answers the id at once; the image is pending for the machine's image_seconds."""
    dry_run(params)
    instance = by_ids([params["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")[0]
    name = params["Name"]
    if not NAME.fullmatch(name):
        raise AwsError(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, and only these"
            " characters: ( ) [ ] . / - ' @ _ and space",
        )
    tags = tag_specifications(params, ("image", "snapshot"))
    machine = machines.machine(ctx.account, ctx.region, instance.id)
    if machine is not None and machine.behaviours.get("vanish"):
        machine.vanish()
    if instance.state not in ("running", "stopped"):
        raise AwsError(
            "IncorrectInstanceState",
            f"The instance '{instance.id}' is not in a state from which an image can be created: {instance.state}",
        )
    ec2 = backend(ctx)
    _check_room(ctx, ec2, name)
    image = _new_image(ec2, instance, params, tags)
    note_new(_hidden(ctx), image.id)
    entry = history.add(
        "image", ctx.account, ctx.region, instance.id, clock.now(), image_id=image.id, name=name,
        no_reboot=bool(params.get("NoReboot")), source=ctx.source,
    )  # fmt: skip
    if not params.get("NoReboot") and instance.state == "running":
        _reboot(ctx, instance, machine)
    clock.spawn(_copy(ctx, image, machine, entry), f"image {image.id}")
    return {"ImageId": image.id}


def _check_room(ctx: Context, ec2: Any, name: str) -> None:
    own = [image for image in ec2.amis.values() if image.owner_id == ctx.account]
    for image in own:
        if image.name == name:
            raise AwsError("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")
    if len(own) >= SWITCHES["image_quota"]:
        raise AwsError(
            "ResourceLimitExceeded", f"The quota of {SWITCHES['image_quota']} AMIs of this Region is reached."
        )


def _reboot(ctx: Context, instance: Any, machine: Any) -> None:
    if machine is not None:
        clock.spawn(machine.reboot("CreateImage"), f"reboot {instance.id}")
    else:
        history.add("reboot", ctx.account, ctx.region, instance.id, clock.now(), clock.now(), reason="CreateImage")


def _new_image(ec2: Any, instance: Any, params: dict, tags: dict) -> Any:
    from moto.ec2.models.amis import Ami

    number = state.new_id("ami-")
    image = Ami(
        ec2,
        number,
        instance=instance,
        name=params["Name"],
        description=params.get("Description"),
        state="pending",
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=instance.root_device_name,
        image_location=f"{ec2.account_id}/{params['Name']}",
        region_name=instance.placement.zone,
    )
    # moto makes one 15 GiB snapshot for every image; here each volume of the instance has its own.
    ec2.snapshots.pop(image.ebs_snapshot.id, None)
    snapshots = [
        _new_snapshot(ec2, image, instance, device, block, tags.get("snapshot") or {})
        for device, block in list(instance.block_device_mapping.items())
    ]
    if snapshots:
        image.ebs_snapshot = snapshots[0][1]
    ec2.amis[number] = image
    image.add_tags(tags.get("image") or {})
    details(ec2.account_id, ec2.region_name)[number] = {
        "mappings": [_mapping(device, snapshot) for device, snapshot in snapshots],
        "snapshots": [snapshot for _, snapshot in snapshots],
        "reason": None,
        "instance_id": instance.id,
        "platform": platforms.platform_of(instance),
    }
    _learn_platform(ec2.region_name, number, instance)
    return image


def _learn_platform(region: str, number: str, instance: Any) -> None:
    platform = platforms.platform_of(instance)
    if platform is not None:
        state.store("*", region, "platform_by_image")[number] = platform


def _new_snapshot(ec2: Any, image: Any, instance: Any, device: str, block: Any, tags: dict) -> tuple[str, Any]:
    text = f"Created by CreateImage({instance.id}) for {image.id}"
    snapshot = ec2.create_snapshot(block.volume_id, text, ec2.account_id, from_ami=image.id)
    snapshot.status = "pending"
    snapshot.local_aws = {
        "start": clock.timestamp(),
        "seconds": None,
        "device": device,
        "delete_on_termination": bool(block.delete_on_termination),
        "completed": None,
    }
    snapshot.add_tags(tags)
    keep_content(instance.ec2_backend, snapshot)
    return device, snapshot


def keep_content(ec2: Any, snapshot: Any) -> None:
    """Remember what a snapshot holds, when it is one of a root volume that a machine has or had."""
    from local_aws.fleet import disks

    attached = snapshot.volume.attachment
    if attached is None:
        disks.copy(ec2.account_id, ec2.region_name, snapshot.volume.id, snapshot.id)
    elif attached.device == attached.instance.root_device_name:
        disks.record(ec2.account_id, ec2.region_name, attached.instance.id, snapshot.id)


def _mapping(device: str, snapshot: Any) -> dict:
    volume = snapshot.volume
    ebs = {
        "SnapshotId": snapshot.id,
        "VolumeSize": int(volume.size),
        "VolumeType": volume.volume_type,
        "DeleteOnTermination": snapshot.local_aws["delete_on_termination"],
        "Encrypted": bool(volume.encrypted),
    }
    if volume.volume_type == "gp3":
        ebs.update(Iops=volume.iops or 3000, Throughput=volume.throughput or 125)
    return {"DeviceName": device, "Ebs": ebs}


def duration(machine: Any, snapshots: list[Any]) -> float:
    """Virtual seconds until the image is available: the machine's image_seconds, else by the largest volume."""
    given = getattr(machine, "image_seconds", None)
    if given is not None:
        return float(given)
    return DEFAULT_SECONDS + SECONDS_PER_GIB * max([int(one.volume.size) for one in snapshots], default=0)


def _fails(machine: Any) -> bool:
    behaviours = getattr(machine, "behaviours", None)
    left = int((behaviours or {}).get("image_fails") or 0)
    if left > 0:
        behaviours["image_fails"] = left - 1
    return left != 0


def _copy(ctx: Context, image: Any, machine: Any, entry: dict) -> Generator:
    extra = details(ctx.account, ctx.region)[image.id]
    snapshots = sorted(extra["snapshots"], key=lambda one: int(one.volume.size))
    total = duration(machine, snapshots)
    fails = _fails(machine)
    largest = max([int(one.volume.size) for one in snapshots], default=1) or 1
    for snapshot in snapshots:
        # Copied side by side: the largest takes the whole time, the others their share of it.
        snapshot.local_aws["seconds"] = total * (0.5 + 0.5 * int(snapshot.volume.size) / largest)
    if fails:
        yield total / 2
        _fail(image, extra, entry)
        return
    passed = 0.0
    for snapshot in snapshots:
        yield snapshot.local_aws["seconds"] - passed
        passed = snapshot.local_aws["seconds"]
        complete(snapshot)
    if not snapshots:
        yield total
    image.state = "available"
    entry.update(end=clock.now(), outcome="available")


def _fail(image: Any, extra: dict, entry: dict) -> None:
    image.state = "failed"
    message = "Server.InternalError: Internal error while creating the image"
    extra["reason"] = {"Code": "Server.InternalError", "Message": message}
    for snapshot in extra["snapshots"]:
        snapshot.status = "error"
    entry.update(end=clock.now(), outcome="failed")


IMAGE_FILTERS = {
    "image-id": lambda i: i.id,
    "name": lambda i: i.name,
    "state": lambda i: i.state,
    "owner-id": lambda i: i.owner_id,
    "owner-alias": lambda i: i.owner_alias,
    "architecture": lambda i: i.architecture,
    "description": lambda i: i.description,
    "is-public": lambda i: str(i.is_public).lower(),
    "image-type": lambda i: i.image_type,
    "platform": lambda i: i.platform,
    "root-device-name": lambda i: i.root_device_name,
    "root-device-type": lambda i: i.root_device_type,
    "virtualization-type": lambda i: i.virtualization_type,
    "hypervisor": lambda i: i.hypervisor,
    "source-instance-id": lambda i: i.instance_id,
    "creation-date": lambda i: _date(i.creation_date),
    "block-device-mapping.snapshot-id": lambda i: [entry["Ebs"]["SnapshotId"] for entry in _mappings(i)],
}


def _date(value: datetime) -> str:
    return utc(value).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def _mappings(image: Any) -> list[dict]:
    ec2 = image.ec2_backend
    extra = details(ec2.account_id, ec2.region_name).get(image.id)
    return extra["mappings"] if extra else image.block_device_mappings


def root_mapping(image: Any) -> dict:
    """The Ebs part of the image's root device."""
    found = _mappings(image)
    if not found:
        raise AwsError("InvalidParameterValue", f"The image '{image.id}' has no root volume.")
    return next((one["Ebs"] for one in found if one["DeviceName"] == image.root_device_name), found[0]["Ebs"])


@op("ec2", "DescribeImages")
def describe_images(ctx: Context, params: dict) -> dict:
    """Our images and moto's (public ones included)."""
    dry_run(params)
    known = backend(ctx).amis
    ids = params.get("ImageIds") or []
    hidden = hide_new(_hidden(ctx), ids or list(_hidden(ctx)))
    found = {number: image for number, image in known.items() if number not in hidden}
    images = by_ids(ids, found, "ami", "InvalidAMIID", "image") if ids else list(found.values())
    images = [image for image in images if _owned(ctx, image, params) and _executable(ctx, image, params)]
    if not params.get("IncludeDisabled"):
        images = [image for image in images if image.state != "disabled"]
    shown, token = cut(select(images, params, IMAGE_FILTERS), params, "ImageIds", least=1)
    answer: dict[str, Any] = {"Images": [_image(ctx, image) for image in shown]}
    if token:
        answer["NextToken"] = token
    return answer


def _owned(ctx: Context, image: Any, params: dict) -> bool:
    owners = params.get("Owners")
    if not owners:
        return True
    return any((one == "self" and image.owner_id == ctx.account) or one in (image.owner_id, image.owner_alias)
               for one in owners)  # fmt: skip


def _executable(ctx: Context, image: Any, params: dict) -> bool:
    users = params.get("ExecutableUsers")
    if not users:
        return True
    given = {entry.get("UserId") or entry.get("Group") for entry in image.launch_permissions}
    return any((ctx.account if one == "self" else one) in given for one in users)


def _image(ctx: Context, image: Any) -> dict:
    extra = details(ctx.account, ctx.region).get(image.id) or {}
    platform = extra.get("platform") or state.store("*", ctx.region, "platform_by_image").get(image.id)
    facts = {
        "ImageId": image.id,
        "Name": image.name or "",
        "State": image.state,
        "OwnerId": image.owner_id,
        "Public": image.is_public,
        "CreationDate": _date(image.creation_date),
        "Architecture": image.architecture,
        "ImageType": image.image_type,
        "ImageLocation": image.image_location or f"{image.owner_id}/{image.name}",
        "RootDeviceName": image.root_device_name,
        "RootDeviceType": "ebs",
        "VirtualizationType": image.virtualization_type or "hvm",
        "Hypervisor": image.hypervisor or "xen",
        "EnaSupport": True,
        "BlockDeviceMappings": _mappings(image),
        "PlatformDetails": platforms.billing(platform),
        "UsageOperation": "RunInstances",
        "Tags": tag_list(image),
        "DeregistrationProtection": image_use.protection(ctx.account, ctx.region, image.id),
    }
    if image.platform == "windows":
        facts["Platform"] = "Windows"
    if image.description:
        facts["Description"] = image.description
    if image.owner_alias:
        facts["ImageOwnerAlias"] = image.owner_alias
    if image.instance_id:
        facts["SourceInstanceId"] = image.instance_id
    if extra.get("reason"):
        facts["StateReason"] = extra["reason"]
    return facts


@op("ec2", "DeregisterImage")
def deregister_image(ctx: Context, params: dict) -> dict:
    """Snapshots stay unless DeleteAssociatedSnapshots."""
    dry_run(params)
    ec2 = backend(ctx)
    image = by_ids([params["ImageId"]], ec2.amis, "ami", "InvalidAMIID", "image")[0]
    if image.owner_id != ctx.account:
        raise AwsError("AuthFailure", f"Not authorized for image: {image.id}", 403)
    if image_use.protection(ctx.account, ctx.region, image.id) != "disabled":
        raise AwsError("OperationNotPermitted", f"The image {image.id} is protected from deregistration.")
    mappings = _mappings(image)
    ec2.deregister_image(image.id)
    extra = details(ctx.account, ctx.region).pop(image.id, None)
    for snapshot in (extra or {}).get("snapshots") or [image.ebs_snapshot]:
        snapshot.from_ami = None
    answer: dict[str, Any] = {"Return": True}
    if params.get("DeleteAssociatedSnapshots"):
        answer["DeleteSnapshotResults"] = [_delete(ec2, entry["Ebs"]["SnapshotId"]) for entry in mappings]
    return answer


def _delete(ec2: Any, number: str) -> dict:
    # A snapshot that a second image uses survives (API DeregisterImage).
    used = any(number == entry["Ebs"]["SnapshotId"] for image in ec2.amis.values() for entry in _mappings(image))
    if used:
        return {"SnapshotId": number, "ReturnCode": "skipped"}
    ec2.snapshots.pop(number, None)
    ec2.tags.pop(number, None)
    return {"SnapshotId": number, "ReturnCode": "success"}


def _progress(snapshot: Any) -> str:
    facts = getattr(snapshot, "local_aws", None)
    if facts is None or snapshot.status == "completed":
        return "100%"
    if not facts["seconds"]:
        return "0%"
    share = (clock.timestamp() - facts["start"]) / facts["seconds"]
    return f"{max(0, min(99, int(share * 100)))}%"


SNAPSHOT_FILTERS = {
    "snapshot-id": lambda s: s.id,
    "volume-id": lambda s: s.volume.id,
    "status": lambda s: s.status,
    "owner-id": lambda s: s.owner_id,
    "owner-alias": lambda s: "amazon" if s.owner_id in (platforms.WINDOWS, platforms.AMAZON) else None,
    "description": lambda s: s.description,
    "volume-size": lambda s: str(s.volume.size),
    "encrypted": lambda s: str(bool(s.encrypted)).lower(),
    "progress": _progress,
    "start-time": lambda s: _date(s.start_time),
    "storage-tier": lambda s: s.storage_tier,
}


@op("ec2", "DescribeSnapshots")
def describe_snapshots(ctx: Context, params: dict) -> dict:
    """Snapshots of the account and public ones."""
    dry_run(params)
    known = backend(ctx).snapshots
    ids = params.get("SnapshotIds") or []
    found = by_ids(ids, known, "snap", "InvalidSnapshot", "snapshot") if ids else list(known.values())
    owners = [ctx.account if one == "self" else one for one in params.get("OwnerIds") or []]
    if "amazon" in owners:
        owners += [platforms.WINDOWS, platforms.AMAZON]
    if owners:
        found = [snapshot for snapshot in found if snapshot.owner_id in owners]
    shown, token = cut(select(found, params, SNAPSHOT_FILTERS), params, "SnapshotIds")
    answer: dict[str, Any] = {"Snapshots": [shown_snapshot(snapshot) for snapshot in shown]}
    if token:
        answer["NextToken"] = token
    return answer


def shown_snapshot(snapshot: Any) -> dict:
    """API shape Snapshot."""
    facts = {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume.id,
        "VolumeSize": int(snapshot.volume.size),
        "State": snapshot.status,
        "Progress": _progress(snapshot),
        "StartTime": utc(snapshot.start_time),
        "OwnerId": snapshot.owner_id,
        "Description": snapshot.description or "",
        "Encrypted": bool(snapshot.encrypted),
        "StorageTier": snapshot.storage_tier,
        "Tags": tag_list(snapshot),
    }
    completed = getattr(snapshot, "local_aws", {}).get("completed")
    if completed is not None:
        facts["CompletionTime"] = completed
    if snapshot.status == "error":
        facts["StateMessage"] = "Server.InternalError"
    return facts


def complete(snapshot: Any) -> None:
    """A snapshot is there."""
    snapshot.status = "completed"
    snapshot.local_aws["completed"] = clock.now()


@op("ec2", "DeleteSnapshot")
def delete_snapshot(ctx: Context, params: dict) -> dict:
    """Refused while an image uses it."""
    dry_run(params)
    ec2 = backend(ctx)
    snapshot = by_ids([params["SnapshotId"]], ec2.snapshots, "snap", "InvalidSnapshot", "snapshot")[0]
    for image in ec2.amis.values():
        if any(entry["Ebs"]["SnapshotId"] == snapshot.id for entry in _mappings(image)):
            raise AwsError("InvalidSnapshot.InUse", f"The snapshot {snapshot.id} is currently in use by {image.id}")
    _delete(ec2, snapshot.id)
    return {}
