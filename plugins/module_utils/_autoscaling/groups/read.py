# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which images Auto Scaling would launch instances from."""

from __future__ import annotations

from ..._core.calls import Connection
from . import api


def used_by_groups(aws: Connection) -> dict[str, str]:
    """{image id: who names it} of launch configurations, and of overrides in groups with mixed instances.

    The launch templates of groups belong to EC2, and are read there with all their versions.
    """
    used = {}
    for configuration in api.list_launch_configurations(aws):
        used[configuration.get("ImageId")] = f"launch configuration {configuration['LaunchConfigurationName']}"
    for group in api.list_groups(aws):
        template = (group.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
        for override in template.get("Overrides") or []:
            used[override.get("ImageId")] = f"Auto Scaling group {group['AutoScalingGroupName']}"
    return {image_id: who for image_id, who in used.items() if image_id}
