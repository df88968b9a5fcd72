# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameters of the runbook for single hosts, beside those for all."""

from __future__ import annotations

import typing as t

from .._planner.model import PlannedHost


def target_parameters(
    hosts: t.Iterable[PlannedHost],
    started: t.Collection[str] = (),
) -> dict[str, dict[str, list[str]]]:
    """Instance id to parameters of the runbook fleetpatch-PatchHost, for the hosts that need any.

    hosts: of a wave of a plan. A host that was stopped is started and stopped again (FormerState); one with target groups is
    taken out of them (Drain, TargetGroups).
    started: instance ids that somebody started since the plan was made; they stay up.
    """
    made: dict[str, dict[str, list[str]]] = {}
    for host in hosts:
        own: dict[str, list[str]] = {}
        if host.former_state == "stopped" and host.instance_id not in started:
            own["FormerState"] = ["stopped"]
        elif host.target_groups:
            own |= {"Drain": ["yes"], "TargetGroups": list(host.target_groups)}
        if own:
            made[host.instance_id] = own
    return made
