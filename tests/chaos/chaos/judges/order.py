# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The order: waves as planned, tiers and zones as asked for, images before patches."""

from __future__ import annotations

import itertools
import typing as t

from chaos import fleets
from chaos.evidence import Evidence
from chaos.judges import common


def _span(found: Evidence, numbers: t.Iterable[str]) -> tuple[float, float] | None:
    done = [span for number in numbers for span in common.work(found.last, number)]
    return (min(start for start, _end in done), max(end for _start, end in done)) if done else None


def waves_in_order(found: Evidence) -> t.Iterator[str]:
    """Nothing of a wave begins before all work of the waves before it has ended, and none is left out."""
    begun = [(number, span) for number, wave in enumerate(common.waves(found), 1) if (span := _span(found, wave))]
    for (first, earlier), (second, later) in itertools.pairwise(begun):
        if later[0] < earlier[1]:
            yield f"wave {second} began {earlier[1] - later[0]:.0f} s before wave {first} had ended"
    numbers = [number for number, _times in begun]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"waves {numbers} were begun, and not the first ones"


def canary_first(found: Evidence) -> t.Iterator[str]:
    """As many canaries as asked for, alone in the first wave."""
    asked = int(found.seed.options["patch_run_canary"])
    if found.plan is None:
        return
    canaries = [(wave["number"], len(wave["hosts"])) for wave in found.plan["waves"] if wave["canary"]]
    if canaries != ([(1, min(asked, len(common.expected(found))))] if asked else []):
        yield f"{asked} canaries were asked for; the plan has (wave, hosts) {canaries}"


def tiers_and_zones_in_order(found: Evidence) -> t.Iterator[str]:
    """Of two hosts, canaries aside, the one of the earlier tier and zone is done before the other is begun."""
    canary_waves = [wave for wave in (found.plan or {}).get("waves", []) if wave["canary"]]
    canaries = {host["instance_id"] for wave in canary_waves for host in wave["hosts"]}
    machines, wanted = common.machine_of(found), common.expected(found)
    places = _places(found, [machines[number].zone for number in wanted])
    keys = {number: _key(found, machines[number], places) for number in sorted(wanted - canaries)}
    spans = {number: span for number in keys if (span := _span(found, [number]))}
    for first, second in itertools.permutations(spans, 2):
        if keys[first] < keys[second] and spans[second][0] < spans[first][1]:
            yield f"{common.name(found, second)} was begun before {common.name(found, first)} was done"


def _places(found: Evidence, zones: t.Sequence[str]) -> dict[str, int]:
    """Zone to its place in the order."""
    ordered = sorted(set(zones), key=lambda zone: (zone == "hybrid", zone))
    grouping = found.seed.options["patch_run_zone_grouping"]
    if grouping == "groups":
        groups = found.seed.options["patch_run_zone_groups"]
        return {zone: number for number, group in enumerate(groups) for zone in group}
    return {zone: number if grouping == "each" else min(number, 1) for number, zone in enumerate(ordered)}


def _key(found: Evidence, machine: fleets.Machine, places: t.Mapping[str, int]) -> tuple[int, int]:
    tier, place = fleets.TIERS[machine.role], places[machine.zone]
    return (tier, place) if found.seed.options["patch_run_order"] == "tier_then_zone" else (place, tier)


def images_before_patches(found: Evidence) -> t.Iterator[str]:
    """An instance that is patched has an image that was complete before; where none are wanted there is none."""
    images = {one["instance_id"]: one for one in found.last.history if one["kind"] == "image"}
    if not found.seed.options["patch_run_image"]:
        yield from (f"{common.name(found, number)} has an image, and none was wanted" for number in images)
        return
    for execution in common.executions(found.last):
        number, image = execution["host"], images.get(execution["host"])
        if not number.startswith("mi-") and (image is None or (image["end"] or found.last.time) > execution["start"]):
            yield f"{common.name(found, number)} was begun without a complete image"


def alarms_are_heeded(found: Evidence) -> t.Iterator[str]:
    """No wave begins when the look before it found an alarm; somebody looks before every wave."""
    if not found.seed.options.get("patch_run_alarms"):
        return
    states = [(one["time"], one["params"]["StateValue"]) for one in found.calls if one["operation"] == "SetAlarmState"]
    looks = [one["time"] for one in found.calls if one["operation"] == "DescribeAlarms" and not one["error"]]
    former = 0.0
    for number, wave in enumerate(common.waves(found), 1):
        span = _span(found, wave)
        if span:
            before = [look for look in looks if former <= look <= span[0]]
            seen = [state for moment, state in states if before and moment <= before[-1]]
            if not before or seen[-1:] == ["ALARM"]:
                yield f"wave {number} began {'after an alarm was seen' if before else 'without a look at the alarms'}"
            former = span[1]


JUDGES = (waves_in_order, canary_first, tiers_and_zones_in_order, images_before_patches, alarms_are_heeded)
