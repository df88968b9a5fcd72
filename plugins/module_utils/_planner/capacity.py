# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is a private module of the collection; other collections must not import it.

"""How many hosts of a role in a zone may be out at once, and waves that are cut so that no more are."""

from __future__ import annotations

import typing as t

from .budget import unavailable
from .model import PlannedHost
from .options import PlanOptions

_Dict = t.Mapping[str, t.Any]


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
    most = f", at most {options.max_unavailable} of a role in a zone out at once" if options.max_unavailable else ""
    return f"; part {part} of {parts}{size}{most}"


def findings(plan: _Dict, records: t.Sequence[_Dict], wave: _Dict, value: str) -> list[dict[str, t.Any]]:
    """Closed when hosts that earlier waves left unpatched and those of this wave are more than may be out.

    plan: of patch_plan (waves; summary.capacity, without which nothing is judged). records: of the waves so far. value: the cap as it is
    declared now, "" for none, so that a person can resume with another one. Raises BudgetError, KeyError.
    """
    if not value:
        return []
    places = {host["instance_id"]: host for one in plan["waves"] for host in one["hosts"]}
    unpatched = [
        places[row["instance_id"]]
        for record in records
        if record["wave"] != wave["id"]
        for row in record["verdict"].get("hosts") or ()
        if row["outcome"] in ("failed", "running") and row["instance_id"] in places
    ]
    rows = plan["summary"].get("capacity") or ()
    return [found for row in rows for found in _over(row, unpatched, wave, unavailable(value, row["hosts"]))]


def _over(row: _Dict, unpatched: t.Sequence[_Dict], wave: _Dict, most: int) -> t.Iterator[dict[str, t.Any]]:
    def of_row(hosts: t.Sequence[_Dict]) -> list[_Dict]:
        return [host for host in hosts if (host["role"], host["zone"]) == (row["role"], row["zone"])]

    out, next_ones = of_row(unpatched), of_row(wave["hosts"])
    if out and next_ones and len(out) + len(next_ones) > most:
        names = ", ".join(host["name"] or host["instance_id"] for host in out[:5])
        said = (
            f"{row['role']} in {row['zone']}: {len(out)} that earlier waves left unpatched ({names}) and {len(next_ones)} of this wave"
            f" are more than the {most} that may be out at once"
        )
        yield {"gate": "unavailable", "closed": True, "message": said}
