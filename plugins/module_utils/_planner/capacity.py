# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How many hosts of a role in a zone may be out at once, and waves that are cut so that no more are."""

from __future__ import annotations

import typing as t

from .._schedule.rate_control import unavailable
from .model import PlannedHost
from .options import PlanOptions


class Capacity(t.NamedTuple):
    """How many hosts of a role run in a zone, and how many of them may be out at once."""

    hosts: int
    most: int


Place = tuple[str, str]  # role, zone
Capacities = t.Mapping[Place, Capacity]


def capacity(places: t.Iterable[Place], standing: t.Mapping[Place, int], options: PlanOptions) -> dict[Place, Capacity]:
    """For every role and zone that is patched; empty without a cap. standing: hosts that run there, planned or not."""
    if not options.max_unavailable:
        return {}
    counts = {place: standing.get(place, 0) for place in sorted(set(places))}
    return {place: Capacity(count, unavailable(options.max_unavailable, count)) for place, count in counts.items()}


def shown(room: Capacities) -> dict[str, t.Any]:
    """For the summary of the plan; nothing without a cap."""
    rows = [{"role": role, "zone": zone, "hosts": one.hosts, "most": one.most} for (role, zone), one in room.items()]
    return {"capacity": rows} if rows else {}


def chunks(members: t.Sequence[PlannedHost], options: PlanOptions, room: Capacities) -> list[tuple[PlannedHost, ...]]:
    """The members of a place in the order, in parts of at most wave_size hosts that hold at most the cap of each role in a zone.

    The n-th host of a role in a zone goes into part n / cap. So whatever happens to all hosts of a part at once (images with a reboot,
    a patch that does harm), no more of them are out.
    """
    parts: list[list[PlannedHost]] = [] if room or not members else [list(members)]
    seen: dict[Place, int] = {}
    for host in members if room else ():
        place = (host.role, host.zone)
        number = seen.get(place, 0) // room[place].most
        seen[place] = seen.get(place, 0) + 1
        if number == len(parts):
            parts.append([])
        parts[number].append(host)
    size = options.wave_size or max(1, len(members))
    return [tuple(part[start : start + size]) for part in parts for start in range(0, len(part), size)]


def why_parts(part: int, parts: int, options: PlanOptions) -> str:
    """Why a wave is cut, as the end of a sentence; empty for one that is not."""
    if parts == 1:
        return ""
    size = f", at most {options.wave_size} hosts" if options.wave_size else ""
    most = (
        f", at most {options.max_unavailable} of a role in a zone unavailable at once"
        if options.max_unavailable
        else ""
    )
    return f"; part {part} of {parts}{size}{most}"
