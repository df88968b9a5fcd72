# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What judges share: oracles of the options, said from their documentation and not taken from the planner."""

from __future__ import annotations

import typing as t

from chaos import fleets
from chaos.evidence import Evidence
from chaos.evidence import World

WORK = ("image", "install", "scan", "start", "script", "agent_update")


def expected(found: Evidence) -> set[str]:
    """Ids of the hosts that the run has to patch."""
    return {found.hosts[one.entry] for one in found.seed.machines if fleets.takes_part(one, found.seed.options)}


def machine_of(found: Evidence) -> dict[str, fleets.Machine]:
    """Instance id to the machine of the fleet."""
    return {found.hosts[one.entry]: one for one in found.seed.machines}


def vanished(found: Evidence) -> set[str]:
    """Hosts that were terminated behind everybody's back, as their behaviour says."""
    return {number for number, one in machine_of(found).items() if dict(one.behaviours).get("vanish")}


def waves(found: Evidence) -> list[list[str]]:
    """Instance ids, wave by wave, as planned."""
    return [[host["instance_id"] for host in wave["hosts"]] for wave in (found.plan or {}).get("waves", [])]


def name(found: Evidence, number: str) -> str:
    """A host in words."""
    one = machine_of(found).get(number)
    return f"{one.entry} ({number})" if one else number


def at_once(value: str, hosts: int) -> int:
    """patch_run_max_concurrency: number or percent (rounded down, at least 1); auto is 1 for fewer than 25 hosts."""
    return max(1, min(hosts, 1 if value == "auto" else _amount(value, hosts)))


def may_fail(value: str, hosts: int) -> int:
    """patch_run_max_errors: number or percent, rounded down; auto is 1 for fewer than 25 hosts, but never all."""
    return min(1, hosts - 1) if value == "auto" else min(hosts, _amount(value, hosts))


def may_be_out(value: str, hosts: int) -> int:
    """patch_run_max_unavailable: number or percent, rounded down, at least 1."""
    return max(1, _amount(value, hosts))


def _amount(value: str, hosts: int) -> int:
    return hosts * int(value[:-1]) // 100 if value.endswith("%") else int(value)


def executions(world: World, number: str | None = None) -> list[dict[str, t.Any]]:
    """Executions of the runbook that began, of a host or of all, in order."""
    known = [one for one in world.executions if one["start"] is not None and number in (None, one["host"])]
    return sorted(known, key=lambda one: one["start"])


def work(world: World, number: str) -> list[tuple[float, float]]:
    """(start, end) of everything that a run did to a host: images, executions, and what they did on the machine."""
    done = [one for one in world.history if one["instance_id"] == number and one["kind"] in WORK]
    return [(one["start"], one["end"] or world.time) for one in (*done, *executions(world, number))]
