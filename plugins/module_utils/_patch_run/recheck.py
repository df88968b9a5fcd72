# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether the hosts of a wave may still be patched: what kept each in the plan, read again right before its wave."""

from __future__ import annotations

import typing as t

from .._planner.fleet import Reader
from .._planner.fleet import why_left_out
from .._planner.model import Plan
from .._planner.model import PlannedHost
from .._planner.options import PlanOptions
from .._planner.survey import role_of
from .._planner.survey import tier_of_role

_Dict = t.Mapping[str, t.Any]


def left_out(plan: Plan, wave: str, instances: t.Sequence[_Dict]) -> dict[str, str]:
    """Instance id to the reason in words, of the hosts of a wave that the plan would not have today.

    The rules are those of the plan, with its options: exemption, solution, environment, role, zone, state, and who else manages a host.
    instances: {instance_id, state, zone, tags} of those that exist, as patch_gate_info returns them; hosts that are not among
    them are not judged. Raises PlanError for options that this version cannot read.
    """
    if not instances:
        return {}
    options = PlanOptions.from_dict(dict(plan.options))
    reader, tiers = Reader(options), tier_of_role(options)
    known = {one["instance_id"]: one for one in instances}
    hosts = [host for one in plan.waves if one.id == wave for host in one.hosts if host.instance_id in known]
    reasons = {host.instance_id: _reason(host, known[host.instance_id], reader, options, tiers) for host in hosts}
    return {instance_id: reason for instance_id, reason in reasons.items() if reason}


def _reason(host: PlannedHost, now: _Dict, reader: Reader, options: PlanOptions, tiers: t.Mapping[str, str]) -> str:
    # A host that is started for the run, and stopped again, may be found in either state.
    state = "running" if host.former_state == "stopped" else now["state"]
    facts = {
        "instance_id": host.instance_id,
        "tags": now["tags"],
        "state": {"name": state},
        "placement": {"availability_zone": now["zone"], "region": ""},
    }
    found = reader.host(host.host, facts)
    why = why_left_out(found, reader, options, "")
    if why:
        return why[1]
    role = role_of(found)
    if role != host.role and tiers.get(role) != host.tier:
        return f"role is {role!r}, and was planned as {host.role!r} in tier {host.tier}"
    return ""
