# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything is as it was: target groups, power, and nothing stays behind."""

from __future__ import annotations

import typing as t

from chaos.evidence import Evidence
from chaos.judges import common


def targets_are_back(found: Evidence) -> t.Iterator[str]:
    """Every target is registered as before, and healthy when it was."""
    gone = common.vanished(found)
    for group, before in found.first.targets.items():
        after = found.last.targets.get(group, {})
        for number in sorted((set(before) ^ set(after)) - gone):
            word = "no longer" if number in before else "now"
            yield f"{common.name(found, number)} is {word} registered with {group}"
        for number in sorted((set(before) & set(after)) - gone):
            if before[number] == "healthy" and after[number] != "healthy" and not _is_broken(found, number):
                yield f"{common.name(found, number)} is {after[number]} in {group}"


def _is_broken(found: Evidence, number: str) -> bool:
    """Whether the machine itself does not answer, whatever a run does."""
    return bool({"unhealthy", "no_return"} & set(dict(common.machine_of(found)[number].behaviours)))


def drained_while_installing(found: Evidence) -> t.Iterator[str]:
    """With patch_run_drain a running target is out of all its groups while something is installed on it."""
    wanted = sorted(common.expected(found)) if found.seed.options.get("patch_run_drain") else []
    for number in wanted:
        groups = sum(number in targets for targets in found.first.targets.values())
        installs = [one for one in found.last.history if one["kind"] == "install" and one["instance_id"] == number]
        if groups and found.first.power.get(number) == "running":
            for entry in installs:
                if _out_of(found, number, entry["start"]) != groups:
                    yield f"{common.name(found, number)} was patched while it was a target"


def _out_of(found: Evidence, number: str, moment: float) -> int:
    """How many groups a target was taken out of, and not put back, at a moment."""
    out: set[str] = set()
    moves = [
        call for call in found.calls if call["service"] == "elbv2" and call["time"] <= moment and not call["error"]
    ]
    for call in moves:
        if number in [one["Id"] for one in call["params"].get("Targets") or ()]:
            if call["operation"] == "DeregisterTargets":
                out.add(call["params"]["TargetGroupArn"])
            elif call["operation"] == "RegisterTargets":
                out.discard(call["params"]["TargetGroupArn"])
    return len(out)


def power_is_back(found: Evidence) -> t.Iterator[str]:
    """Every instance runs, or is stopped, as before."""
    for number, state in found.first.power.items():
        if found.last.power.get(number) != state and number not in common.vanished(found):
            yield f"{common.name(found, number)} was {state} and is {found.last.power.get(number)}"


def nothing_goes_on(found: Evidence) -> t.Iterator[str]:
    """When everything has ended, no execution is left that has not."""
    for one in found.last.executions:
        if one["end"] is None:
            yield f"{common.name(found, one['host'])}: execution of {one['step']} is {one['status']} for ever"


def nothing_is_left(found: Evidence) -> t.Iterator[str]:
    """No process and no file that nobody needs."""
    yield from found.left


JUDGES = (targets_are_back, drained_while_installing, power_is_back, nothing_goes_on, nothing_is_left)
