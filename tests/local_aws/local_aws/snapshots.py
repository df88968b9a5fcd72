# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Snapshots that are made without an image: of one volume, or of all volumes of an instance."""

from typing import Any

from local_aws import clock
from local_aws import images
from local_aws import machines
from local_aws.ec2 import visible
from local_aws.ec2_common import backend
from local_aws.ec2_common import by_ids
from local_aws.ec2_common import dry_run
from local_aws.ec2_common import tag_specifications
from local_aws.registry import AwsError
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.switches import assume

assume(
    "snapshot-duration",
    "A snapshot that CreateSnapshot makes is pending as long as the image of that machine would be.",
    "API CreateSnapshot gives no durations",
)


def _make(ctx: Context, volume: Any, text: str, tags: dict[str, str]) -> Any:
    ec2 = backend(ctx)
    snapshot = ec2.create_snapshot(volume.id, text, ctx.account)
    machine = machines.machine(ctx.account, ctx.region, volume.attachment.instance.id) if volume.attachment else None
    seconds = images.duration(machine, [snapshot])
    snapshot.status = "pending"
    snapshot.local_aws = {"start": clock.timestamp(), "seconds": seconds, "completed": None}
    snapshot.add_tags(tags)
    images.keep_content(ec2, snapshot)
    clock.after(seconds, lambda: images.complete(snapshot))
    return snapshot


@op("ec2", "CreateSnapshot")
def create_snapshot(ctx: Context, params: dict) -> dict:
    """Of one volume; pending for a while."""
    dry_run(params)
    volume = by_ids([params["VolumeId"]], backend(ctx).volumes, "vol", "InvalidVolume", "volume")[0]
    tags = tag_specifications(params, ("snapshot",)).get("snapshot") or {}
    return images.shown_snapshot(_make(ctx, volume, params.get("Description") or "", tags))


@op("ec2", "CreateSnapshots")
def create_snapshots(ctx: Context, params: dict) -> dict:
    """Of the volumes of an instance, all at one moment; the same tags on all."""
    dry_run(params)
    wanted = params["InstanceSpecification"]
    instance = by_ids([wanted["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")[0]
    if params.get("CopyTagsFromSource"):
        raise AwsError("NotImplementedByEmulator", "CopyTagsFromSource is not carried out by the local AWS yet.", 501)
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
    facts = images.shown_snapshot(snapshot)
    names = ("Description", "Tags", "Encrypted", "VolumeId", "State", "VolumeSize", "StartTime", "Progress", "OwnerId")
    return {**{name: facts[name] for name in (*names, "SnapshotId") if name in facts}}
