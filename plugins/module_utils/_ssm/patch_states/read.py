# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch states of nodes, and the baselines that patch groups get."""

from __future__ import annotations

from datetime import datetime

from ..._core.calls import Connection
from ..baselines import api as baseline_api
from ..nodes import api as node_api
from . import api
from . import wire

STATE_FILTERS = {"missing": "Missing", "failed": "Failed", "all": None}
COUNTS = {"missing": "missing_count", "failed": "failed_count"}


def read(
    aws: Connection,
    *,
    instance_ids: list[str] | None,
    patch_group: str | None,
    details: str,
    stale_after_hours: float | None,
    now: datetime | None,
) -> list[dict]:
    """The states of the nodes, of a patch group, or of all managed nodes; sorted by id, one for every node asked for.

    now: required with stale_after_hours.
    """
    if patch_group is not None:
        found, wanted = list(api.list_patch_states_of_group(aws, patch_group)), []
    else:
        wanted = instance_ids
        if wanted is None:
            wanted = [node["InstanceId"] for node in node_api.list_nodes(aws)]
        found = list(api.list_patch_states(aws, sorted(set(wanted))))
    states = [wire.patch_state_to_model(state, now=now, stale_after_hours=stale_after_hours) for state in found]
    known = {state["instance_id"] for state in states}
    states += [wire.never_scanned(instance_id) for instance_id in sorted(set(wanted) - known)]
    for state in states:
        if details != "none" and state["status"] != "never_scanned":
            counted = details not in COUNTS or state[COUNTS[details]] != 0
            patches = api.list_patches(aws, state["instance_id"], STATE_FILTERS[details]) if counted else ()
            state["patches"] = [wire.patch_to_model(patch) for patch in patches]
    return sorted(states, key=lambda state: state["instance_id"])


def effective_baseline(aws: Connection, patch_group: str | None, operating_system: str) -> dict:
    """The baseline that nodes of the group get; a group without one silently gets the default of its system."""
    registered = patch_group and baseline_api.get_baseline_for_group(
        aws, patch_group=patch_group, operating_system=operating_system
    )
    baseline_id = registered or baseline_api.get_default_baseline(aws, operating_system=operating_system)
    baseline = baseline_api.get_baseline(aws, baseline_id=baseline_id)
    return {
        "patch_group": patch_group,
        "operating_system": operating_system,
        "baseline_id": baseline_id,
        "baseline_name": baseline.get("Name"),
        # What GetPatchBaselineForPatchGroup answers for a group without a baseline is not documented (nothing, or the
        # default one), so the baseline's own list of groups decides.
        "default": patch_group not in (baseline.get("PatchGroups") or []),
    }


def summary(states: list[dict]) -> dict[str, int]:
    """How many of each status."""
    names = [state["status"] for state in states]
    counts = {name: names.count(name) for name in ("compliant", "non_compliant", "never_scanned")}
    return {"total": len(states), **counts, "stale": sum(state["stale"] is True for state in states)}
