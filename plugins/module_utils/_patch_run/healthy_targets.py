# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Target groups of load balancers: whether enough targets stay healthy while a wave is patched, and whether all are healthy after it.

Source: Elastic Load Balancing API reference, TargetHealth (states and reasons).
"""

from __future__ import annotations

import collections
import re
import typing as t

from .._planner.model import PlannedHost
from .._planner.model import Wave
from .._planner.target_groups import IDLE
from .gate_error import GateError

GATE = "target_group"
_MINIMUM = re.compile(r"(\d{1,5})|(\d{1,2}|100)%")
_Dict = t.Mapping[str, t.Any]


class Minimum(t.NamedTuple):
    """How many targets of a group have to stay healthy. group: name or ARN. least: a number, or a percentage of the targets."""

    group: str
    least: str

    @classmethod
    def read(cls, given: t.Any) -> Minimum:
        """From {group, min}. Raises GateError naming what is wrong."""
        if not isinstance(given, t.Mapping) or set(given) != {"group", "min"}:
            raise GateError(f"healthy_targets: {given!r} is not a dictionary with group and min")
        if not isinstance(given["group"], str) or not given["group"].strip():
            raise GateError(f"healthy_targets: {given['group']!r} is not a target group")
        least = str(given["min"]).strip()
        if not _MINIMUM.fullmatch(least):
            raise GateError(
                f"healthy_targets of {given['group']}: min is {given['min']!r}; must be a number from 0 or a percentage up to 100%"
            )
        return cls(given["group"], least)

    def of(self, targets: int) -> int:
        """The number that it is of so many targets; a part of a target counts as a whole one."""
        found = t.cast("re.Match[str]", _MINIMUM.fullmatch(self.least))
        return int(found[1]) if found[1] else -(-int(found[2]) * targets // 100)


def findings_before(groups: t.Sequence[_Dict], minima: t.Sequence[Minimum], wave: Wave) -> t.Iterator[str]:
    """Why the wave may not begin: groups that would keep too few healthy targets while its hosts are out.

    groups: of patch_gate_info. As many hosts are out as the wave works on at once; those with the most targets count.
    """
    for minimum, group in _matched(groups, minima):
        targets = [target for target in group["targets"] if target["state"] != "draining"]
        healthy = [target["id"] for target in targets if target["state"] == "healthy"]
        planned = {host.instance_id for host in wave.hosts}
        out = collections.Counter(number for number in healthy if number in planned).most_common(
            int(wave.max_concurrency)
        )
        stay = len(healthy) - sum(count for _number, count in out)
        least = minimum.of(len(targets))
        if stay < least:
            words = f" while {len(out)} hosts of wave {wave.id} are deregistered at once" if out else ""
            yield (
                f"target group {group['name']} keeps {stay} of {len(targets)} targets healthy{words}; the minimum is {least}"
                f" ({minimum.least})"
            )


def findings_after(groups: t.Sequence[_Dict], minima: t.Sequence[Minimum], wave: Wave) -> t.Iterator[str]:
    """Why the run may not go on after the wave: its hosts that are not healthy again, or not registered any more."""
    # A host that is stopped again has no health; one that was not drained is judged where it is registered.
    judged = {host.instance_id: host for host in wave.hosts if host.former_state != "stopped"}
    for _minimum, group in _matched(groups, minima):
        found: dict[str, str] = {
            number: "is not registered" for number, host in judged.items() if group["name"] in host.target_groups
        }  # fmt: skip
        bad: dict[str, str] = {}
        for target in group["targets"]:
            number = target["id"]
            found.pop(number, None)
            if number in judged and target["state"] != "healthy" and target["reason"] != IDLE:
                bad[number] = f"is {target['state']}" + (f" ({target['reason']})" if target["reason"] else "")
        bad |= found
        if bad:
            words = [f"{_label(judged[number])} {state}" for number, state in list(bad.items())[:3]]
            more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
            yield f"target group {group['name']}: {', '.join(words)}{more} after wave {wave.id}"


def _label(host: PlannedHost) -> str:
    name = host.name or host.instance_id
    return name if name == host.instance_id else f"{name} ({host.instance_id})"


def _matched(groups: t.Sequence[_Dict], minima: t.Sequence[Minimum]) -> t.Iterator[tuple[Minimum, _Dict]]:
    known = {group[key]: group for group in groups for key in ("name", "arn")}
    for minimum in minima:
        yield minimum, known[minimum.group]
