# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a snapshot holds, and when it is complete."""

from typing import Any

from local_aws.fleet import disks
from local_aws.framework import clock


def keep_content(ec2: Any, snapshot: Any) -> None:
    """Remember what a snapshot holds, when it is one of a root volume that a machine has or had."""
    attached = snapshot.volume.attachment
    if attached is None:
        disks.copy(ec2.account_id, ec2.region_name, snapshot.volume.id, snapshot.id)
    elif attached.device == attached.instance.root_device_name:
        disks.record(ec2.account_id, ec2.region_name, attached.instance.id, snapshot.id)


def complete(snapshot: Any) -> None:
    """A snapshot is there."""
    snapshot.status = "completed"
    snapshot.local_aws["completed"] = clock.now()
