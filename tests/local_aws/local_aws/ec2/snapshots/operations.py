# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on snapshots."""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import cut
from local_aws.ec2.common import dry_run
from local_aws.ec2.common import select
from local_aws.ec2.common import tag_specifications
from local_aws.ec2.images import model as images_model
from local_aws.ec2.images.model import image_mappings
from local_aws.ec2.instances.model import visible
from local_aws.ec2.snapshots import model
from local_aws.ec2.snapshots import wire
from local_aws.ec2.snapshots.wire import SNAPSHOT_FILTERS
from local_aws.ec2.snapshots.wire import shown_snapshot
from local_aws.fleet import machine as machines
from local_aws.fleet import public_images
from local_aws.framework import clock
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume

assume(
    "snapshot-duration",
    "A snapshot that CreateSnapshot makes is pending as long as the image of that machine would be.",
    "API CreateSnapshot gives no durations",
)


def _make(ctx: Context, volume: Any, text: str, tags: dict[str, str]) -> Any:
    ec2 = backend(ctx)
    snapshot = ec2.create_snapshot(volume.id, text, ctx.account)
    machine = machines.machine(ctx.account, ctx.region, volume.attachment.instance.id) if volume.attachment else None
    seconds = images_model.duration(machine, [snapshot])
    snapshot.status = "pending"
    snapshot.local_aws = {"start": clock.timestamp(), "seconds": seconds, "completed": None}
    snapshot.add_tags(tags)
    model.keep_content(ec2, snapshot)
    clock.after(seconds, lambda: model.complete(snapshot))
    return snapshot


@op("ec2", "CreateSnapshot")
def create_snapshot(ctx: Context, params: dict) -> dict:
    """Of one volume; pending for a while."""
    dry_run(params)
    volume = by_ids([params["VolumeId"]], backend(ctx).volumes, "vol", "InvalidVolume", "volume")[0]
    tags = tag_specifications(params, ("snapshot",)).get("snapshot") or {}
    return wire.shown_snapshot(_make(ctx, volume, params.get("Description") or "", tags))


@op("ec2", "CreateSnapshots")
def create_snapshots(ctx: Context, params: dict) -> dict:
    """Of the volumes of an instance, all at one moment; the same tags on all."""
    dry_run(params)
    wanted = params["InstanceSpecification"]
    instance = by_ids([wanted["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")[0]
    if params.get("CopyTagsFromSource"):
        raise AwsError("NotImplementedByEmulator", "CopyTagsFromSource is not implemented in the local AWS.", 501)
    tags = tag_specifications(params, ("snapshot",)).get("snapshot") or {}
    left_out = set(wanted.get("ExcludeDataVolumeIds") or [])
    found = []
    for device, block in list(instance.block_device_mapping.items()):
        root = device == instance.root_device_name
        if block.volume_id in left_out or (root and wanted.get("ExcludeBootVolume")):
            continue
        volume = backend(ctx).volumes[block.volume_id]
        found.append(_info(_make(ctx, volume, params.get("Description") or "", tags)))
    return {"Snapshots": found}


def _info(snapshot: Any) -> dict[str, Any]:
    facts = wire.shown_snapshot(snapshot)
    names = ("Description", "Tags", "Encrypted", "VolumeId", "State", "VolumeSize", "StartTime", "Progress", "OwnerId")
    return {**{name: facts[name] for name in (*names, "SnapshotId") if name in facts}}


def delete(ec2: Any, number: str) -> dict:
    # A snapshot that a second image uses survives (API DeregisterImage).
    used = any(number == entry["Ebs"]["SnapshotId"] for image in ec2.amis.values() for entry in image_mappings(image))
    if used:
        return {"SnapshotId": number, "ReturnCode": "skipped"}
    ec2.snapshots.pop(number, None)
    ec2.tags.pop(number, None)
    return {"SnapshotId": number, "ReturnCode": "success"}


@op("ec2", "DescribeSnapshots")
def describe_snapshots(ctx: Context, params: dict) -> dict:
    """Snapshots of the account and public ones."""
    dry_run(params)
    known = backend(ctx).snapshots
    ids = params.get("SnapshotIds") or []
    found = by_ids(ids, known, "snap", "InvalidSnapshot", "snapshot") if ids else list(known.values())
    owners = [ctx.account if one == "self" else one for one in params.get("OwnerIds") or []]
    if "amazon" in owners:
        owners += [public_images.WINDOWS, public_images.AMAZON]
    if owners:
        found = [snapshot for snapshot in found if snapshot.owner_id in owners]
    shown, token = cut(select(found, params, SNAPSHOT_FILTERS), params, "SnapshotIds")
    answer: dict[str, Any] = {"Snapshots": [shown_snapshot(snapshot) for snapshot in shown]}
    if token:
        answer["NextToken"] = token
    return answer


@op("ec2", "DeleteSnapshot")
def delete_snapshot(ctx: Context, params: dict) -> dict:
    """Refused while an image uses it."""
    dry_run(params)
    ec2 = backend(ctx)
    snapshot = by_ids([params["SnapshotId"]], ec2.snapshots, "snap", "InvalidSnapshot", "snapshot")[0]
    for image in ec2.amis.values():
        if any(entry["Ebs"]["SnapshotId"] == snapshot.id for entry in image_mappings(image)):
            raise AwsError("InvalidSnapshot.InUse", f"The snapshot {snapshot.id} is currently in use by {image.id}")
    delete(ec2, snapshot.id)
    return {}
