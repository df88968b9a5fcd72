# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on volumes."""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import cut
from local_aws.ec2.common import dry_run
from local_aws.ec2.common import select
from local_aws.ec2.volumes.wire import VOLUME_FILTERS
from local_aws.ec2.volumes.wire import shown_volume
from local_aws.framework.registry import Context
from local_aws.framework.registry import op


@op("ec2", "DescribeVolumes")
def describe_volumes(ctx: Context, params: dict) -> dict:
    """All volumes, by ids or filters."""
    dry_run(params)
    known = backend(ctx).volumes
    ids = params.get("VolumeIds") or []
    found = by_ids(ids, known, "vol", "InvalidVolume", "volume") if ids else list(known.values())
    shown, token = cut(select(found, params, VOLUME_FILTERS), params, "VolumeIds")
    answer: dict[str, Any] = {"Volumes": [shown_volume(volume) for volume in shown]}
    if token:
        answer["NextToken"] = token
    return answer
