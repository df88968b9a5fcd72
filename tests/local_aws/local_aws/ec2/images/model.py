# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How an image comes to be: it takes virtual time, each volume gets its snapshot."""

from collections.abc import Generator
from typing import Any

from local_aws.ec2.snapshots.model import complete
from local_aws.ec2.snapshots.model import keep_content
from local_aws.fleet import public_images
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume

DEFAULT_SECONDS = 120.0
SECONDS_PER_GIB = 1.0
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


def hidden_images(ctx: Context) -> dict[str, int]:
    return state.store(ctx.account, ctx.region, "hidden_images")


def reboot(ctx: Context, instance: Any, machine: Any) -> None:
    if machine is not None:
        clock.spawn(machine.reboot("CreateImage"), f"reboot {instance.id}")
    else:
        history.add("reboot", ctx.account, ctx.region, instance.id, clock.now(), clock.now(), reason="CreateImage")


def new_image(ec2: Any, instance: Any, params: dict, tags: dict) -> Any:
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
        "platform": public_images.platform_of(instance),
    }
    _learn_platform(ec2.region_name, number, instance)
    return image


def _learn_platform(region: str, number: str, instance: Any) -> None:
    platform = public_images.platform_of(instance)
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


def copy(ctx: Context, image: Any, machine: Any, entry: dict) -> Generator:
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


def image_mappings(image: Any) -> list[dict]:
    ec2 = image.ec2_backend
    extra = details(ec2.account_id, ec2.region_name).get(image.id)
    return extra["mappings"] if extra else image.block_device_mappings


def root_mapping(image: Any) -> dict:
    """The Ebs part of the image's root device."""
    found = image_mappings(image)
    if not found:
        raise AwsError("InvalidParameterValue", f"The image '{image.id}' has no root volume.")
    return next((one["Ebs"] for one in found if one["DeviceName"] == image.root_device_name), found[0]["Ebs"])
