# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CreateReplaceRootVolumeTask refuses, and what the new volume will hold."""

from typing import Any

from local_aws.ec2.common import by_ids
from local_aws.ec2.images import model as images_model
from local_aws.ec2.root_volumes.model import Task
from local_aws.ec2.root_volumes.model import root_volume_id
from local_aws.ec2.root_volumes.model import roots_of
from local_aws.fleet import disks
from local_aws.fleet import machine as machines
from local_aws.fleet import public_images
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume

RATE = (100, 300)  # MiB/s, VolumeInitializationRate
assume(
    "root-replace-errors",
    "More than one source: InvalidParameterCombination. A snapshot or image that is not ready: IncorrectState,"
    " InvalidAMIID.Unavailable. A snapshot of another lineage, an image that does not fit, an unfit volume:"
    " InvalidParameterValue. Another task under way on the instance: IncorrectInstanceState.",
    "API CreateReplaceRootVolumeTask lists no errors",
)


def fill(ctx: Context, task: Task) -> None:
    """Check the source and say what the new volume will hold."""
    name, number = next(iter(task.source.items()), ("", ""))
    if name == "SnapshotId":
        _check_snapshot(task, number)
        task.disk = disks.find(ctx.account, ctx.region, number)
    elif name == "ImageId":
        _check_image(ctx, task, number)
    elif name == "VolumeId":
        _check_volume(task, number)
        task.disk = disks.find(ctx.account, ctx.region, number)
    else:
        task.disk = _launch_state(ctx, task)


def _launch_state(ctx: Context, task: Task) -> Any:
    machine = machines.machine(ctx.account, ctx.region, task.instance.id)
    known = (disks.find(ctx.account, ctx.region, f"launch:{volume}") for volume in root_volume_id(task.instance))
    return next(known, None) or disks.launched(machine)


def _check_snapshot(task: Task, number: str) -> None:
    snapshot = by_ids([number], task.ec2_backend.snapshots, "snap", "InvalidSnapshot", "snapshot")[0]
    if snapshot.status != "completed":
        raise AwsError("IncorrectState", f"The snapshot '{number}' is not completed: {snapshot.status}")
    if snapshot.volume.id not in roots_of(task.instance) or not _is_original(task, number):
        text = f"The snapshot '{number}' was not created from a current or previous root volume of the instance."
        raise AwsError("InvalidParameterValue", text)


def _is_original(task: Task, number: str) -> bool:
    """A copy of a snapshot has the volume of its source, but holds nothing here."""
    return disks.find(task.ec2_backend.account_id, task.ec2_backend.region_name, number) is not None


def _check_image(ctx: Context, task: Task, number: str) -> None:
    ec2, instance = task.ec2_backend, task.instance
    image = by_ids([number], ec2.amis, "ami", "InvalidAMIID", "image")[0]
    if image.state != "available":
        raise AwsError("InvalidAMIID.Unavailable", f"The image ID '{number}' is not available: {image.state}")
    for name in ("architecture", "virtualization_type"):
        if getattr(image, name) != getattr(instance, name):
            raise AwsError("InvalidParameterValue", f"The {name} of '{number}' differs from that of the instance.")
    extra = images_model.details(ctx.account, ctx.region).get(number) or {}
    machine = machines.machine(ctx.account, ctx.region, instance.id)
    root = images_model.root_mapping(image)
    task.disk = disks.find(ctx.account, ctx.region, root["SnapshotId"]) or disks.of_public_image(machine, number)
    platform = extra.get("platform") or (task.disk.platform if task.disk else None)
    if public_images.billing(platform) != public_images.details_of(instance):
        raise AwsError("InvalidParameterValue", f"The billing information of '{number}' differs from the instance's.")
    if task.disk is not None and task.disk.platform != machine.platform:
        text = f"the local AWS cannot turn a machine with {machine.platform} into one with {task.disk.platform}"
        raise AwsError("NotImplementedByEmulator", text, 501)
    _check_size(task, int(root["VolumeSize"]), image, bool(extra))


def _check_size(task: Task, size: int, image: Any, own: bool) -> None:
    for volume in root_volume_id(task.instance):
        have = int(task.ec2_backend.volumes[volume].size)
        if own and size < have:
            text = f"The root volume of '{image.id}' ({size} GiB) is smaller than that of the instance ({have} GiB)."
            raise AwsError("InvalidParameterValue", text)
        task.size = max(size, have)


def _check_volume(task: Task, number: str) -> None:
    volume = by_ids([number], task.ec2_backend.volumes, "vol", "InvalidVolume", "volume")[0]
    if volume.attachment is not None:
        raise AwsError("IncorrectState", f"The volume '{number}' is not available.")
    if volume.zone.name != task.instance.placement.zone:
        raise AwsError("InvalidVolume.ZoneMismatch", f"The volume '{number}' is not in the instance's zone.")
    current = [task.ec2_backend.volumes[one] for one in root_volume_id(task.instance)]
    if any(one.encrypted for one in current) and not volume.encrypted:
        raise AwsError("InvalidParameterValue", f"The volume '{number}' is not encrypted, the root volume is.")
