# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which instances there are no longer, and what those that are there are today."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.tags import from_wire
from . import api

# EC2 user guide, "Amazon EC2 instance state changes": nothing leads back from these. For about an hour such an instance is still listed.
GONE = frozenset({"shutting-down", "terminated"})


def today(aws: Connection, instance_ids: list[str]) -> tuple[list[str], list[dict]]:
    """(those that were terminated, in the given order; {instance_id, state, zone, tags} of the others); one call for 200."""
    found = api.list_instances(aws, instance_ids)
    alive = [_facts(one) for one in found if (one.get("State") or {}).get("Name") not in GONE]
    known = {one["instance_id"] for one in alive}
    return [one for one in instance_ids if one not in known], alive


def gone(aws: Connection, instance_ids: list[str]) -> list[str]:
    """Those of the instances that were terminated, in the given order; one call for 200."""
    return today(aws, instance_ids)[0]


def _facts(instance: dict) -> dict:
    return {
        "instance_id": instance["InstanceId"],
        "state": (instance.get("State") or {}).get("Name") or "",
        "zone": (instance.get("Placement") or {}).get("AvailabilityZone") or "",
        "tags": from_wire(instance.get("Tags")),
    }
