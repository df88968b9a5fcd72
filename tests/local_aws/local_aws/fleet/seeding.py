# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The machines of a scenario."""

from typing import Any

from local_aws.fleet import catalogue
from local_aws.fleet import machine as fleet_machine
from local_aws.framework import clock
from local_aws.ssm.patch_states import model as reports


def seed(account: str, region: str, machines_spec: list[dict[str, Any]]) -> None:
    """Make the machines of a scenario's fleet: {instance_id, platform, agent, agent_version, missing, scanned, ...}.

    Patches are drawn from the catalogue so that the baseline of the moment finds exactly `missing` missing ones.
    ValueError when it does not approve that many.
    """
    catalogue.anchor(clock.now())
    for entry in machines_spec:
        spec = {"scanned": entry.get("agent", "online") != "none", **entry}
        made = fleet_machine.Machine(account, region, entry["instance_id"], entry["platform"], spec)
        fleet_machine.machines(account, region)[entry["instance_id"]] = made
        reports.seed(made)
        _check(made)


def rebind(account: str, region: str) -> None:
    """A scenario's own baselines came after its machines: draw the patches by them. ValueError as in seed."""
    for made in fleet_machine.machines(account, region).values():
        if made.patches.rebind(made.current_snapshot()):
            _check(made)


def _check(made: fleet_machine.Machine) -> None:
    wanted = made.spec.get("missing")
    able = len(made.patches.candidates(made.patches.first)) if wanted is not None else 0
    if wanted is not None and wanted > able:
        name = made.patches.first.baseline["Name"]
        raise ValueError(
            f"{made.spec.get('name', made.instance_id)}: missing is {wanted}, but the baseline {name} approves only "
            f"{able} "
            f"patches for {made.platform}"
        )
