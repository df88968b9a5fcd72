# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Volumes as the API shows them, and their filters."""

from typing import Any

from local_aws.ec2.common import tag_list
from local_aws.ec2.common import utc
from local_aws.ec2.instances.wire import zone_id

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


def shown_volume(volume: Any) -> dict:
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
