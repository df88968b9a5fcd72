# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Caps: how many hosts at once, how many of a role in a zone, how many may stay unpatched."""

from __future__ import annotations

import typing as t

from chaos.evidence import Evidence
from chaos.judges import common


def _running(found: Evidence, moment: float) -> set[str]:
    later = found.last.time + 1
    return {one["host"] for one in common.executions(found.last) if one["start"] <= moment < (one["end"] or later)}


def concurrency(found: Evidence) -> t.Iterator[str]:
    """Never more hosts of a wave at once than patch_run_max_concurrency."""
    value = str(found.seed.options["patch_run_max_concurrency"])
    for number, wave in enumerate(common.waves(found), 1):
        most = common.at_once(value, len(wave))
        starts = [one["start"] for one in common.executions(found.last) if one["host"] in wave]
        seen = max((len(_running(found, moment) & set(wave)) for moment in starts), default=0)
        if seen > most:
            yield f"wave {number}: {seen} hosts at once, {most} are allowed"


def unavailable(found: Evidence) -> t.Iterator[str]:
    """Never more hosts of a role in a zone out than patch_run_max_unavailable; one whose last execution failed is out."""
    value = str(found.seed.options["patch_run_max_unavailable"])
    machines = common.machine_of(found)
    for execution in common.executions(found.last) if value else ():
        place = (machines[execution["host"]].role, machines[execution["host"]].zone)
        there = {number for number, one in machines.items() if (one.role, one.zone) == place}
        out = there & (_running(found, execution["start"]) | _failed(found, execution["start"]))
        most = common.may_be_out(value, len(there))
        if len(out) > most:
            yield f"{len(out)} of {place[0]} in {place[1]} were out at once, {most} are allowed"


def _failed(found: Evidence, moment: float) -> set[str]:
    ended = [one for one in common.executions(found.last) if one["end"] is not None and one["end"] <= moment]
    last = {one["host"]: one["status"] for one in ended}
    return {number for number, status in last.items() if status != "Success"}


def budget(found: Evidence) -> t.Iterator[str]:
    """No wave begins while more hosts of an earlier one are unpatched than patch_run_max_errors allows; of canaries none."""
    value, planned = str(found.seed.options["patch_run_max_errors"]), common.waves(found)
    canaries = [wave["canary"] for wave in (found.plan or {}).get("waves", [])]
    for number, wave in enumerate(planned):
        begun = [start for host in wave for start, _end in common.work(found.last, host)]
        for earlier in range(number) if begun else ():
            allowed = 0 if canaries[earlier] else common.may_fail(value, len(planned[earlier]))
            bad = [host for host in planned[earlier] if not _patched_by(found, host, min(begun))]
            if len(bad) > allowed:
                yield f"wave {number + 1} began with {len(bad)} unpatched hosts in wave {earlier + 1}, {allowed} are allowed"


def _patched_by(found: Evidence, number: str, moment: float) -> bool:
    done = [one for one in common.executions(found.last, number) if one["end"] is not None and one["end"] <= moment]
    return any(one["status"] == "Success" for one in done)


JUDGES = (concurrency, unavailable, budget)
