# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Snapshots as the API shows them, and their filters."""

from typing import Any

from local_aws.ec2.common import iso_date
from local_aws.ec2.common import tag_list
from local_aws.ec2.common import utc
from local_aws.fleet import public_images
from local_aws.framework import clock


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
    "owner-alias": lambda s: "amazon" if s.owner_id in (public_images.WINDOWS, public_images.AMAZON) else None,
    "description": lambda s: s.description,
    "volume-size": lambda s: str(s.volume.size),
    "encrypted": lambda s: str(bool(s.encrypted)).lower(),
    "progress": _progress,
    "start-time": lambda s: iso_date(s.start_time),
    "storage-tier": lambda s: s.storage_tier,
}


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
