# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which instances there are no longer."""

from __future__ import annotations

from ..._core.calls import Connection
from . import api

# EC2 user guide, "Amazon EC2 instance state changes": nothing leads back from these. For about an hour such an instance is still listed.
GONE = frozenset({"shutting-down", "terminated"})


def gone(aws: Connection, instance_ids: list[str]) -> list[str]:
    """Those of the instances that were terminated, in the given order; one call for 200."""
    found = api.list_instances(aws, instance_ids)
    alive = {one["InstanceId"] for one in found if (one.get("State") or {}).get("Name") not in GONE}
    return [one for one in instance_ids if one not in alive]
