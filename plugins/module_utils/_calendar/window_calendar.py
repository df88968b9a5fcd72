# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar of maintenance windows over accounts and Regions: what runs when, and what conflicts."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import typing as t
import zoneinfo

from .._declared import stages
from .._declared import window_checks
from .._schedule.clock import UTC
from .._schedule.clock import iso
from .._schedule.clock import local_moment
from .._schedule.clock import zone_named
from .._schedule.freezes import Freeze
from .._schedule.freezes import read_freeze
from .._schedule.schedule_error import ScheduleError
from .conflicts import NOTICE
from .conflicts import Finding
from .conflicts import Occurrence
from .conflicts import conflicts
from .conflicts import merged
from .entries import ENVIRONMENT_TAGS
from .entries import INSTALL
from .entries import NOTHING
from .entries import PATCH
from .entries import Entry
from .entries import read_entry

WEEKS = range(1, 105)
SCHEMA = 1
_Dict = t.Mapping[str, t.Any]


def window_calendar(
    declared: t.Iterable[_Dict],
    freezes: t.Iterable[_Dict] = (),
    *,
    generated_at: str | datetime.datetime,
    start: str | datetime.datetime | None = None,
    weeks: int = 6,
    timezone: str = "UTC",
    environment_tags: t.Sequence[str] = ENVIRONMENT_TAGS,
) -> dict[str, t.Any]:
    """The calendar as plain values.

    declared: windows as M(fleetpatch.aws.ssm_maintenance_window_info) returns them, with `account` and `region`. freezes: as
    read_freeze. generated_at, start: ISO-8601; text without an offset is local to `timezone`. start: default the Monday
    of the week of generated_at. weeks: 1 to 104. environment_tags: tag keys that name the environment, the first that is there wins.

    A window whose schedule cannot be read is listed under `unreadable` with the reason. Raises ScheduleError for options.
    """
    zone = zone_named(timezone)
    now = local_moment("generated_at", generated_at, zone)
    begin, end = range_of(start, weeks, now, timezone)
    entries, warned, unreadable = _read(declared, environment_tags, begin, now)
    read = sorted((read_freeze(one, zone) for one in freezes), key=lambda one: (one.begin, one.end, one.name))
    frozen = [freeze for freeze in read if freeze.begin < end and begin < freeze.end]
    enabled = [entry for entry in entries if entry.enabled]
    opened, notices = _openings(enabled, begin, end)
    notices += [notice for entry in enabled for notice in _notices(entry, warned[entry.key], now)]
    notices += _stage_orders(enabled, now)
    about = {"generated_at": iso(now), "start": iso(begin), "end": iso(end), "weeks": weeks, "timezone": timezone}
    return {
        "schema": SCHEMA,
        **about,
        "accounts": sorted({entry.account for entry in entries if entry.account}),
        "regions": sorted({entry.region for entry in entries if entry.region}),
        "unreadable": unreadable,
        **_windows(entries, opened),
        **_found(opened, frozen, [*notices, *_strangers(read, entries)], zone),
    }


def _windows(entries: t.Sequence[Entry], opened: t.Sequence[Occurrence]) -> dict[str, t.Any]:
    runs: dict[str, list[datetime.datetime]] = {}
    for one in opened:
        runs.setdefault(one.entry.key, []).append(one.begin)
    return {
        "environments": _counted(entries, opened),
        "windows": [_window(entry, runs.get(entry.key, [])) for entry in entries if entry.enabled],
        "disabled": [_window(entry, []) for entry in entries if not entry.enabled],
    }


def _found(
    opened: t.Sequence[Occurrence], freezes: t.Sequence[Freeze], notices: t.Iterable[Finding], zone: zoneinfo.ZoneInfo
) -> dict[str, t.Any]:
    found = conflicts(opened, freezes)
    marks = _marks(found, freezes)
    mild = merged([*(one for one in found if one.severity == NOTICE), *notices])
    return {
        "occurrences": [_occurrence(one, zone, marks.get(one.id, {})) for one in opened],
        "freezes": [_freeze(number, one, zone) for number, one in enumerate(freezes)],
        "conflicts": [_finding(one, zone) for one in found if one.severity != NOTICE],
        "notices": [_finding(one, zone) for one in mild],
    }


def range_of(
    start: str | datetime.datetime | None, weeks: int, generated_at: str | datetime.datetime, timezone: str
) -> tuple[datetime.datetime, datetime.datetime]:
    """From when to when (not included) the calendar goes, UTC; the arguments are those of `window_calendar`. Raises ScheduleError."""
    zone = zone_named(timezone)
    now = local_moment("generated_at", generated_at, zone)
    if isinstance(weeks, bool) or not isinstance(weeks, int) or weeks not in WEEKS:
        raise ScheduleError(f"weeks is {weeks!r}; must be a number from {WEEKS[0]} to {WEEKS[-1]}")
    try:
        if start:
            begin = local_moment("start", start, zone).astimezone(zone)
        else:
            today = now.astimezone(zone).date()
            monday = today - datetime.timedelta(days=today.weekday())
            begin = datetime.datetime.combine(monday, datetime.time(), zone)
        # days of the clock on the wall: the calendar ends at the hour at which it begins, whatever the clock does in between
        end = begin + datetime.timedelta(weeks=weeks)
        return begin.astimezone(UTC), end.astimezone(UTC)
    except OverflowError as error:
        raise ScheduleError(f"start is {start!r}; too far in the future") from error


def _read(
    declared: t.Iterable[_Dict], environment_tags: t.Sequence[str], begin: datetime.datetime, now: datetime.datetime
) -> tuple[list[Entry], dict[str, list[window_checks.Notice]], list[dict[str, t.Any]]]:
    """(windows in a fixed order, warnings about them by key, those that cannot be read with the reason)."""
    entries: dict[str, Entry] = {}
    warned, unreadable = {}, []
    for window in declared:
        try:
            entry = read_entry(window, environment_tags, begin)
            if entry.key in entries:
                raise ScheduleError("duplicate of a window with the same id (or name), account and Region")
            warned[entry.key] = window_checks.warnings(entry.window, now)  # refuses numbers that AWS would not take
            entries[entry.key] = entry
        except ScheduleError as error:
            facts = {key: str(window.get(key) or "") for key in ("name", "window_id", "account", "region", "schedule")}
            name = facts["name"] or facts["window_id"]
            unreadable.append({**facts, "problem": str(error).removeprefix(f"{name}: ")})
    order = sorted(entries.values(), key=lambda one: (one.account, one.region, one.name, one.window_id))
    return order, warned, unreadable


def _openings(
    entries: t.Iterable[Entry], begin: datetime.datetime, end: datetime.datetime
) -> tuple[list[Occurrence], list[Finding]]:
    """(all runs in order of time, a notice for each window that runs too often to list all runs)."""
    opened, notices = [], []
    for entry in entries:
        runs = list(itertools.islice(entry.occurrences(begin, end), window_checks.MOST_RUNS + 1))
        if len(runs) > window_checks.MOST_RUNS:
            notices.append(
                _notice(entry, "cut", f"runs so often that only its first {window_checks.MOST_RUNS} runs are shown")
            )
        opened += [Occurrence(entry, run) for run in runs[: window_checks.MOST_RUNS]]
    return sorted(opened, key=lambda one: (one.begin, one.entry.name, one.entry.key)), notices


def _notices(entry: Entry, warned: t.Iterable[window_checks.Notice], now: datetime.datetime) -> t.Iterator[Finding]:
    for warning in warned:
        yield _notice(entry, warning.code, warning.message.removeprefix(f"{entry.name}: "))
    if entry.operation == NOTHING:
        yield _notice(entry, "no_task", "it has no task, so it does nothing")
    elif not entry.targets:
        yield _notice(entry, "no_target", "it has no target")
    announced = entry.declared_next
    expected = None if announced is None else _expected(entry, announced, now)
    if announced is not None and (expected is None or not _same_minute(expected, announced)):
        said = "never" if expected is None else f"at {iso(expected)}"
        words = f"AWS reports its next start as {iso(announced)}; by its schedule that is {said}"
        yield dataclasses.replace(_notice(entry, "next_differs", words), first=announced)


def _stage_orders(entries: t.Iterable[Entry], now: datetime.datetime) -> t.Iterator[Finding]:
    """Stages whose windows of one account and Region change their order in some months."""
    places: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.operation in (INSTALL, PATCH):
            places.setdefault(entry.place, []).append(entry)
    for place, some in places.items():
        keys = {entry.name: entry.key for entry in some}
        for found in stages.order_notices([_staged(entry) for entry in some], now):
            windows = tuple(keys[name] for name in found.windows)
            yield Finding(found.code, NOTICE, found.message, (place,), windows)


def _staged(entry: Entry) -> stages.Staged:
    values = sorted(value for target in entry.targets for found in target.tags.values() for value in found)
    return stages.Staged(entry.name, stages.stages_of(values), entry.schedule)


def _notice(entry: Entry, code: str, words: str) -> Finding:
    return Finding(code, NOTICE, f"{entry.name}: {words}", (entry.place,), (entry.key,))


def _expected(entry: Entry, announced: datetime.datetime, now: datetime.datetime) -> datetime.datetime | None:
    """The start that AWS should announce. What lay in the first day after `now` may have passed when AWS was asked."""
    minute = announced.replace(second=0, microsecond=0)
    at_or_after = next(entry.schedule.after(minute - datetime.timedelta(microseconds=1)), None)
    first = next(entry.schedule.after(now + datetime.timedelta(days=1)), None)
    return first if first is not None and first < minute else at_or_after


def _same_minute(one: datetime.datetime, other: datetime.datetime) -> bool:
    # AWS writes some of these times without seconds
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


def _strangers(freezes: t.Iterable[Freeze], entries: t.Sequence[Entry]) -> t.Iterator[Finding]:
    """A freeze for an environment that nothing has is most likely a slip of the pen."""
    known = {name.casefold() for entry in entries for name in entry.environments}
    for freeze in freezes:
        unknown = [name for name in freeze.environments if name.casefold() not in known]
        if unknown and entries:
            message = f"freeze {freeze.name}: no window has the environments {', '.join(unknown)}"
            yield Finding("freeze_environment", NOTICE, message, (), (), first=freeze.begin)


def _marks(found: t.Iterable[Finding], freezes: t.Sequence[Freeze]) -> dict[str, dict[str, list[t.Any]]]:
    """Id of an occurrence -> what is said of it: conflicts, and numbers of the freezes in which it starts."""
    marks: dict[str, dict[str, list[t.Any]]] = {}
    for finding in found:
        for one in dict.fromkeys(finding.occurrences):
            mark = marks.setdefault(one, {"conflicts": [], "freezes": []})
            if finding.freeze is not None:
                mark["freezes"].append(freezes.index(finding.freeze))
            if finding.severity != NOTICE:
                mark["conflicts"].append({"code": finding.code, "message": finding.message})
    return marks


def _counted(entries: t.Iterable[Entry], opened: t.Sequence[Occurrence]) -> list[dict[str, t.Any]]:
    names = sorted({entry.environment for entry in entries}, key=lambda name: (name.casefold(), name))
    return [
        {
            "name": name,
            "windows": sum(entry.environment == name for entry in entries),
            "occurrences": sum(one.entry.environment == name for one in opened),
        }
        for name in names
    ]


def _window(entry: Entry, runs: t.Sequence[datetime.datetime]) -> dict[str, t.Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "window_id": entry.window_id,
        "account": entry.account,
        "region": entry.region,
        "environment": entry.environment,
        "enabled": entry.enabled,
        "schedule": entry.window.schedule,
        "description": entry.description,
        "duration": entry.window.duration,
        "cutoff": entry.window.cutoff,
        "operation": entry.operation,
        "does": list(entry.does),
        "targets": [target.words() for target in entry.targets],
        "occurrences": len(runs),
        "first": iso(runs[0]) if runs else None,
    }


def _local(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="minutes")


def _occurrence(one: Occurrence, zone: zoneinfo.ZoneInfo, mark: _Dict) -> dict[str, t.Any]:
    entry = one.entry
    return {
        "id": one.id,
        "window": entry.key,
        "name": entry.name,
        "window_id": entry.window_id,
        "account": entry.account,
        "region": entry.region,
        "environment": entry.environment,
        "operation": entry.operation,
        "does": list(entry.does),
        "targets": [target.words() for target in entry.targets],
        "duration": entry.window.duration,
        "cutoff": entry.window.cutoff,
        "start": iso(one.begin),
        "end": iso(one.end),
        "last_start": iso(one.last_start),
        "local_start": _local(one.begin, zone),
        "local_end": _local(one.end, zone),
        "local_last_start": _local(one.last_start, zone),
        "conflicts": list(mark.get("conflicts", ())),
        "freezes": list(mark.get("freezes", ())),
    }


def _freeze(number: int, freeze: Freeze, zone: zoneinfo.ZoneInfo) -> dict[str, t.Any]:
    return {
        "number": number,
        "name": freeze.name,
        "why": freeze.why,
        "source": freeze.source,
        "environments": list(freeze.environments),
        "start": iso(freeze.begin),
        "end": iso(freeze.end),
        "local_start": _local(freeze.begin, zone),
        "local_end": _local(freeze.end, zone),
    }


def _finding(finding: Finding, zone: zoneinfo.ZoneInfo) -> dict[str, t.Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "places": list(finding.places),
        "windows": list(finding.windows),
        "occurrences": list(dict.fromkeys(finding.occurrences)),
        "first": iso(finding.first) if finding.first else None,
        "local_first": _local(finding.first, zone) if finding.first else None,
    }
