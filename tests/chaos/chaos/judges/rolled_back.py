# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A run that is rolled back: every host once, the last wave first, and everything else as it was."""

from __future__ import annotations

import itertools
import typing as t

from chaos.evidence import Evidence
from chaos.judges import common


def _replaced(found: Evidence) -> dict[str, list[dict[str, t.Any]]]:
    """Instance id to the replacements of its root volume."""
    made: dict[str, list[dict[str, t.Any]]] = {}
    for entry in found.rolled_back.history if found.rolled_back else ():
        if entry["kind"] == "root_replaced":
            made.setdefault(entry["instance_id"], []).append(entry)
    return made


def replaced_once(found: Evidence) -> t.Iterator[str]:
    """The root volume of every host with an image is replaced once, and of nobody else."""
    if found.rolled_back is None:
        return
    replaced = _replaced(found)
    imaged = {one["instance_id"] for one in found.last.images if one["state"] == "available"}
    for number in sorted(imaged | set(replaced)):
        wanted, times = number in imaged, len(replaced.get(number, ()))
        if times != wanted:
            yield f"the root volume of {common.name(found, number)} was replaced {times} times"


def hosts_are_as_before(found: Evidence) -> t.Iterator[str]:
    """A host that was rolled back misses its patches again, by a scan after the replacement; power is as it was."""
    if found.rolled_back is None:
        return
    for number, entries in _replaced(found).items():
        machine = found.rolled_back.machines[number]
        if not machine["missing"] or machine["scanned"] < entries[-1]["start"]:
            yield f"{common.name(found, number)} was rolled back, and its scan says {machine}"
    if found.rolled_back.power != found.last.power:
        yield f"power was {found.last.power} and is {found.rolled_back.power}"


def last_wave_first(found: Evidence) -> t.Iterator[str]:
    """No host of a wave is rolled back before all hosts of the later waves are."""
    replaced = _replaced(found)
    spans = []
    for wave in reversed(common.waves(found)):
        entries = [entry for number in wave for entry in replaced.get(number, ())]
        if entries:
            spans.append((min(one["start"] for one in entries), max(one["end"] or one["start"] for one in entries)))
    for earlier, later in itertools.pairwise(spans):
        if later[0] < earlier[1]:
            yield f"a wave was rolled back {earlier[1] - later[0]:.0f} s before a later wave was done"


def rollback_tells_the_truth(found: Evidence) -> t.Iterator[str]:
    """It completes, and calls those hosts rolled back that are."""
    if found.rolled_back is None:
        return
    if not any(one.completed for one in found.rollback):
        yield f"the rollback never completed; starts ended with {[one.killed or one.status for one in found.rollback]}"
        return
    report = next(one.report for one in found.rollback if one.completed) or {"waves": []}
    told = {row["instance_id"] for wave in report["waves"] for row in wave["hosts"] if row["outcome"] == "rolled_back"}
    if told != set(_replaced(found)):
        yield f"{sorted(told)} are called rolled back, and {sorted(_replaced(found))} are"


JUDGES = (replaced_once, hosts_are_as_before, last_wave_first, rollback_tells_the_truth)
