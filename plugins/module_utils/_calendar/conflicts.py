# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What does not go together in a calendar of maintenance windows."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import typing as t

from .._schedule.freezes import Freeze
from .entries import NOTHING
from .entries import SCAN
from .entries import Entry

# "Number of maintenance windows running concurrently" of one account and Region (AWS General Reference, Systems Manager quotas)
AT_ONCE = 5
_NEVER = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
CONFLICT, NOTICE = "conflict", "notice"


@dataclasses.dataclass(frozen=True, slots=True)
class Occurrence:
    """One run of a window. begin, end: aware, UTC."""

    entry: Entry
    begin: datetime.datetime

    @property
    def end(self) -> datetime.datetime:
        return self.begin + self.entry.length

    @property
    def last_start(self) -> datetime.datetime:
        """From here on nothing is started any more (cutoff)."""
        return self.end - datetime.timedelta(hours=self.entry.window.cutoff)

    @property
    def id(self) -> str:
        return f"{self.entry.key}-{self.begin:%Y%m%dT%H%M%SZ}"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at. code: overlap, freeze, too_many, or one of the warnings. severity: conflict or notice.

    places: accounts and Regions in words. windows, occurrences: keys and ids of those it is about. first: when it happens first, UTC.
    """

    code: str
    severity: str
    message: str
    places: tuple[str, ...]
    windows: tuple[str, ...]
    occurrences: tuple[str, ...] = ()
    first: datetime.datetime | None = None
    freeze: Freeze | None = None


def conflicts(occurrences: t.Sequence[Occurrence], freezes: t.Sequence[Freeze]) -> list[Finding]:
    """Overlaps, freezes that are not kept, and too many windows at once. occurrences: in order of time."""
    places: dict[tuple[str, str], list[Occurrence]] = {}
    for occurrence in occurrences:
        places.setdefault((occurrence.entry.account, occurrence.entry.region), []).append(occurrence)
    found = [finding for some in places.values() for finding in (*_overlaps(some), *_crowds(some))]
    found += [finding for freeze in freezes for finding in _in_freeze(freeze, occurrences)]
    return merged(found)


def merged(findings: t.Iterable[Finding]) -> list[Finding]:
    """The same finding of several accounts and Regions as one; conflicts first, then in order of time."""
    groups: dict[tuple[t.Any, ...], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.code, one.severity, one.message, one.freeze), []).append(one)
    found = [
        dataclasses.replace(
            these[0],
            places=tuple(sorted({place for one in these for place in one.places})),
            windows=tuple(dict.fromkeys(key for one in these for key in one.windows)),
            occurrences=tuple(dict.fromkeys(key for one in these for key in one.occurrences)),
            first=min((one.first for one in these if one.first), default=None),
        )
        for these in groups.values()
    ]
    return sorted(found, key=lambda one: (one.severity != CONFLICT, one.first or _NEVER, one.message))


def _open_with(occurrences: t.Iterable[Occurrence]) -> t.Iterator[tuple[Occurrence, list[Occurrence]]]:
    """Every occurrence with those of other windows that run when it starts."""
    opened: list[Occurrence] = []
    for occurrence in occurrences:
        opened = [one for one in opened if one.end > occurrence.begin]
        yield occurrence, [one for one in opened if one.entry.key != occurrence.entry.key]
        opened.append(occurrence)


def _overlaps(occurrences: t.Sequence[Occurrence]) -> t.Iterator[Finding]:
    pairs: dict[tuple[str, str], list[tuple[Occurrence, Occurrence]]] = {}
    for later, opened in _open_with(one for one in occurrences if one.entry.operation != NOTHING):
        for earlier in opened:
            first, second = sorted((earlier, later), key=lambda one: (one.entry.name, one.entry.key))
            pairs.setdefault((first.entry.key, second.entry.key), []).append((first, second))
    for these in pairs.values():
        first, second = these[0]
        shared = _shared(first.entry, second.entry)
        if not shared:
            continue
        begin = max(first.begin, second.begin)
        yield Finding(
            code="overlap",
            severity=CONFLICT,
            message=f"{first.entry.name} and {second.entry.name} run at the same time for {shared}{_times(len(these))}",
            places=(first.entry.place,),
            windows=(first.entry.key, second.entry.key),
            occurrences=tuple(one.id for pair in these for one in pair),
            first=begin,
        )


def _shared(first: Entry, second: Entry) -> str:
    """What both may select, "" when nothing."""
    found = [
        mine.words() if mine == other else f"{mine.words()} / {other.words()}"
        for mine, other in itertools.product(first.targets, second.targets)
        if mine.shares_with(other)
    ]
    return " and ".join(dict.fromkeys(found))


def _crowds(occurrences: t.Sequence[Occurrence]) -> t.Iterator[Finding]:
    crowds = []
    for occurrence, opened in _open_with(occurrences):
        windows = {one.entry.key for one in opened} | {occurrence.entry.key}
        if len(windows) > AT_ONCE:
            crowds.append((len(windows), occurrence.begin, [*opened, occurrence]))
    if not crowds:
        return
    most = max(number for number, _begin, _some in crowds)
    these = {one.id: one for _number, _begin, some in crowds for one in some}
    yield Finding(
        code="too_many",
        severity=CONFLICT,
        message=f"up to {most} windows run at once; AWS runs {AT_ONCE} at a time in an account and Region{_times(len(crowds))}",
        places=(occurrences[0].entry.place,),
        windows=tuple(dict.fromkeys(one.entry.key for one in these.values())),
        occurrences=tuple(these),
        first=crowds[0][1],
    )


def _in_freeze(freeze: Freeze, occurrences: t.Iterable[Occurrence]) -> t.Iterator[Finding]:
    hit: dict[str, list[Occurrence]] = {}
    for one in occurrences:
        if one.begin < freeze.end and freeze.begin < one.end and freeze.covers(one.entry.environments):
            hit.setdefault(one.entry.key, []).append(one)
    for these in hit.values():
        entry = these[0].entry
        harmless = entry.operation in (SCAN, NOTHING)
        only = {SCAN: ", but is scan only", NOTHING: ", but has no task"}.get(entry.operation, "")
        yield Finding(
            code="freeze",
            severity=NOTICE if harmless else CONFLICT,
            message=f"{entry.name} runs during the freeze {freeze.name}{only}{_times(len(these))}",
            places=(entry.place,),
            windows=(entry.key,),
            occurrences=tuple(one.id for one in these),
            first=these[0].begin,
            freeze=freeze,
        )


def _times(number: int) -> str:
    return "" if number == 1 else f", {number} times"
