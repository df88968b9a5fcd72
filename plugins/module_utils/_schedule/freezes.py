# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Times in which nothing is to be changed."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
import zoneinfo

from .clock import local_moment
from .clock import zone_named
from .schedule_error import ScheduleError


@dataclasses.dataclass(frozen=True, slots=True)
class Freeze:
    """From `begin` to before `end`, both aware, UTC. environments: none = all. source: the Change Calendar it comes from, or ""."""

    name: str
    begin: datetime.datetime
    end: datetime.datetime
    environments: tuple[str, ...] = ()
    why: str = ""
    source: str = ""

    def covers(self, environments: t.Iterable[str]) -> bool:
        """Whether it holds for one of these environments; upper and lower case are the same, parts of a name do not match."""
        meant = {name.casefold() for name in self.environments}
        return not meant or any(name.casefold() in meant for name in environments)


def read_freeze(freeze: t.Mapping[str, t.Any], zone: zoneinfo.ZoneInfo) -> Freeze:
    """A freeze as declared: name, start, end, and environments, why, timezone, source where given.

    Text without an offset is local to its `timezone`, else to `zone`. A date alone is the whole day, as start and as end. Raises
    ScheduleError with the name.
    """
    name = str(freeze.get("name") or "")
    try:
        local = zone_named(str(freeze["timezone"])) if freeze.get("timezone") else zone
        begin = local_moment("start", freeze.get("start"), local)
        end = local_moment("end", freeze.get("end"), local, whole_day=True)
        if end <= begin:
            raise ScheduleError(f"end is {freeze['end']}, which is not after start, {freeze['start']}")
    except ScheduleError as error:
        raise ScheduleError(f"freeze {name or 'without a name'}: {error}") from error
    environments = tuple(map(str, freeze.get("environments") or ()))
    return Freeze(name, begin, end, environments, str(freeze.get("why") or ""), str(freeze.get("source") or ""))


def outside(
    opened: t.Iterable[tuple[datetime.datetime, datetime.datetime]], begin: datetime.datetime, end: datetime.datetime
) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """What is left of `begin` to `end` when the times in `opened` are taken out."""
    left, since = [], begin
    for first, last in sorted(opened):
        if since < first:
            left.append((since, min(first, end)))
        since = max(since, last)
        if since >= end:
            return left
    return left + [(since, end)] if since < end else left
