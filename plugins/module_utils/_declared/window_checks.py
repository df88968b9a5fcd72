# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Warnings about maintenance windows before they are created: AWS accepts all of these silently."""

from __future__ import annotations

import bisect
import calendar
import dataclasses
import datetime
import itertools
import typing as t

from .._schedule import cron
from .._schedule import rate_control
from .._schedule.clock import iso
from .._schedule.clock import moment_of
from .._schedule.cron_words import ordinal
from .._schedule.cron_words import spans
from .._schedule.expressions import Once
from .._schedule.expressions import Schedule
from .._schedule.expressions import describe
from .._schedule.expressions import next_occurrences
from .._schedule.expressions import schedule_of
from .._schedule.schedule_error import ScheduleError

HORIZON = datetime.timedelta(days=400)
MOST_RUNS = 2000  # of one window that are looked at; every 5 minutes for a week
# a Windows host that was never scanned: the longest that the estimate of a plan knows without seeing the host
HOST_MINUTES = rate_control.host_minutes(windows=True, missing=None)


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window as declared. name: "" for one that needs none in messages. duration, cutoff: hours.

    targets: texts, the same text is the same target. hosts: how many the task works on, None = not known.
    max_concurrency: "10" or "25%" of the hosts. host_minutes: how long one host takes.
    The others: as in schedule.next_occurrences.
    """

    name: str
    schedule: str
    duration: int | None = None
    cutoff: int = 0
    timezone: str = "UTC"
    offset: int = 0
    start: datetime.datetime | str | None = None
    end: datetime.datetime | str | None = None
    targets: tuple[str, ...] = ()
    hosts: int | None = None
    max_concurrency: str = "10"
    host_minutes: float = HOST_MINUTES


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """A warning. code: for programs. windows: the names of those it is about."""

    code: str
    message: str
    windows: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    """A window with its schedule read and its runs of the horizon worked out."""

    window: Window
    schedule: Schedule
    runs: tuple[datetime.datetime, ...]

    @property
    def length(self) -> datetime.timedelta:
        return datetime.timedelta(hours=self.window.duration or 0)


def warnings(windows: Window | t.Iterable[Window], after: datetime.datetime) -> list[Notice]:
    """Warnings about windows, seen from the moment `after` (aware), over 400 days or 2000 runs of each.

    Raises ScheduleError, with the name of the window, for what AWS would refuse.
    """
    begin = moment_of("after", after)
    seen = [_seen(window, begin) for window in ([windows] if isinstance(windows, Window) else windows)]
    found = []
    for one in seen:
        for code, check in _CHECKS:
            message = check(one, begin)
            if message:
                found.append(Notice(code, _about(one.window, message), (one.window.name,)))
    for one, other in itertools.combinations(seen, 2):
        found += _shared_overlap(one, other)
    return found


def outlook(window: Window, after: datetime.datetime | str, count: int) -> dict[str, t.Any]:
    """One window as plain values: description, the next `count` occurrences in UTC, warnings. Raises ScheduleError."""
    begin = moment_of("after", after)
    runs = next_occurrences(window.schedule, begin, count, window.timezone, window.offset, window.start, window.end)
    return {
        "description": describe(window.schedule, window.timezone, window.offset),
        "occurrences": [iso(run) for run in runs],
        "warnings": [{"code": found.code, "message": found.message} for found in warnings(window, begin)],
    }


def _seen(window: Window, after: datetime.datetime) -> _Seen:
    try:
        schedule = schedule_of(window.schedule, window.timezone, window.offset, window.start, window.end)
        _check_numbers(window)
    except (ScheduleError, rate_control.BudgetError) as error:
        raise ScheduleError(_about(window, str(error))) from error
    runs = itertools.islice(schedule.after(after), MOST_RUNS)
    return _Seen(window, schedule, tuple(itertools.takewhile(lambda run: run - after < HORIZON, runs)))


def _about(window: Window, message: str) -> str:
    return f"{window.name}: {message}" if window.name else message


def _whole(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_numbers(window: Window) -> None:
    """The ranges of CreateMaintenanceWindow in the API's model."""
    for name, value, least, most in (("duration", window.duration, 1, 24), ("cutoff", window.cutoff, 0, 23)):
        if value is not None and (not _whole(value) or not least <= value <= most):
            raise ScheduleError(f"{name} is {value!r}; must be a number of hours from {least} to {most}")
    if window.hosts is not None and (not _whole(window.hosts) or window.hosts < 0):
        raise ScheduleError(f"hosts is {window.hosts!r}; must be a number of hosts")
    if not isinstance(window.host_minutes, (int, float)) or window.host_minutes <= 0:
        raise ScheduleError(f"host_minutes is {window.host_minutes!r}; must be a number of minutes above 0")
    rate_control.concurrency(window.max_concurrency, window.hosts or 1)


def _hour_range(one: _Seen, after: datetime.datetime) -> str | None:
    parsed = one.schedule.expression
    if not isinstance(parsed, cron.Cron):
        return None
    text = parsed.texts[cron.HOUR.name]
    if "-" not in text or "/" in text or len(parsed.hours) < 2:
        return None
    late = [earlier for earlier, later in itertools.pairwise(parsed.hours) if later < earlier]
    wrapped = (
        f"; the hours from 0 are in the morning of the same day, before {late[0]}:00, not the night after it"
        if late and 0 in parsed.hours
        else ""
    )
    return (
        f"the hours {text} are not a duration: the window runs {len(parsed.hours)} times a day, at "
        f"{spans(sorted(parsed.hours), str)} o'clock{wrapped}. Set the first hour, and the length as duration"
    )


def _cutoff(one: _Seen, after: datetime.datetime) -> str | None:
    duration, cutoff = one.window.duration, one.window.cutoff
    if duration is None or duration > cutoff:
        return None
    return f"it lasts {duration} h and starts no task in its last {cutoff} h (cutoff), so no task ever starts"


def _own_overlap(one: _Seen, after: datetime.datetime) -> str | None:
    gaps = [(later - earlier, later) for earlier, later in itertools.pairwise(one.runs)]
    short = [(gap, later) for gap, later in gaps if gap < one.length]
    if not short:
        return None
    gap, moment = short[0]
    return (
        f"it lasts {one.window.duration} h but starts again {_long(gap)} after its start, first at {iso(moment)}: "
        "AWS skips a run that overlaps an earlier one (SKIPPED_OVERLAPPING)"
    )


def _too_short(one: _Seen, after: datetime.datetime) -> str | None:
    window = one.window
    if window.duration is None or not window.hosts or window.duration <= window.cutoff:
        return None
    at_once = rate_control.concurrency(window.max_concurrency, window.hosts)
    usable = (window.duration - window.cutoff) * 60

    def last_start(hosts: int) -> float:
        return rate_control.ramp_minutes([window.host_minutes] * hosts, at_once) - window.host_minutes

    reached = bisect.bisect_left(range(1, window.hosts + 1), usable, key=last_start)
    if reached == window.hosts and last_start(window.hosts) + window.host_minutes <= window.duration * 60:
        return None
    rounds = f"{at_once} at once after AWS's ramp 1, 2, 4 ..., {window.host_minutes:g} min each"
    if reached < window.hosts:
        return f"only about {reached} of {window.hosts} hosts start within {usable} usable min ({rounds})"
    needed = last_start(window.hosts) + window.host_minutes
    return (
        f"{window.hosts} hosts need about {needed:g} min, the window ends after {window.duration * 60} min ({rounds})"
    )


def _missing_day(one: _Seen, after: datetime.datetime) -> str | None:
    parsed = one.schedule.expression
    if not isinstance(parsed, cron.Cron) or parsed.days.kind not in ("nth", "day", "nearest"):
        return None
    if parsed.days.kind == "nth":
        if parsed.days.values[1] < 5:
            return None
        day = calendar.day_name[(parsed.days.values[0] + 5) % 7]
        return f"most months have no fifth {day}; it does not run in those. 'L' is the last {day} of every month"
    # a day that stands there by itself is meant; one that only a range or step brings along is not
    meant = [int(item.rstrip("W")) for item in parsed.texts[cron.DAY.name].split(",") if item.rstrip("W").isdigit()]
    if min(parsed.days.values) > 28:
        meant.append(min(parsed.days.values))
    lacking = {day: [month for month in parsed.months if day > _days_in(month)] for day in sorted(set(meant))}
    said = [
        f"{spans(months, lambda month: calendar.month_name[month])} {'has' if len(months) == 1 else 'have'} no {ordinal(day)}"
        f"{' except in leap years' if day == 29 else ''}"
        for day, months in lacking.items()
        if months
    ]
    return f"{'; '.join(said)}: it does not run on that day. 'L' is the last day of every month" if said else None


def _days_in(month: int) -> int:
    return calendar.monthrange(2027, month)[1]  # no leap year: 29 February is a day that most years lack


def _never(one: _Seen, after: datetime.datetime) -> str | None:
    if next(one.schedule.after(after), None) is not None:
        return None
    parsed = one.schedule.expression
    past = one.schedule.end is not None and one.schedule.end <= after
    if past:
        why = f"it ended at {iso(one.schedule.end)}"
    elif isinstance(parsed, cron.Cron) and parsed.years[-1] < after.year:
        why = f"its last year is {parsed.years[-1]}"
    elif isinstance(parsed, cron.Cron) and next(parsed.dates(datetime.date(1970, 1, 1)), None) is None:
        why = "there is no such day"
    else:
        why = "its schedule has no run in the remaining time"
    return f"it never runs: {why}"


def _time_zone_of_once(one: _Seen, after: datetime.datetime) -> str | None:
    if not isinstance(one.schedule.expression, Once) or one.schedule.zone.key in ("UTC", "Etc/UTC"):
        return None
    return (
        f"AWS's documentation of at() is inconsistent: UTC, or with a time zone; it is interpreted as {one.schedule.zone.key}. "
        "Check NextExecutionTime of the window, or omit the time zone"
    )


def _jumped_over(one: _Seen, after: datetime.datetime) -> str | None:
    parsed, start, end = one.schedule.expression, one.schedule.start, one.schedule.end
    if not isinstance(parsed, cron.Cron) or len(parsed.times()) >= 24:
        return None  # a window that runs every hour misses none
    first = after if start is None else max(after, start)
    last = after + HORIZON if end is None else min(after + HORIZON, end)
    begin, finish = (moment.astimezone(one.schedule.zone).replace(tzinfo=None) for moment in (first, last))
    local = next((local for local in one.schedule.skipped(first, last) if begin < local < finish), None)
    if local is None:
        return None
    return (
        f"{local:%Y-%m-%d %H:%M} does not exist in {one.schedule.zone.key}, because of the change to daylight saving time; "
        "this run is expected to be skipped"
    )


_CHECKS: tuple[tuple[str, t.Callable[[_Seen, datetime.datetime], str | None]], ...] = (
    ("never_fires", _never),
    ("hour_range", _hour_range),
    ("cutoff", _cutoff),
    ("own_overlap", _own_overlap),
    ("too_short", _too_short),
    ("missing_day", _missing_day),
    ("at_time_zone", _time_zone_of_once),
    ("clock_change", _jumped_over),
)


def _shared_overlap(one: _Seen, other: _Seen) -> list[Notice]:
    shared = sorted(set(one.window.targets) & set(other.window.targets))
    moment = _first_overlap(one, other) if shared else None
    if moment is None:
        return []
    names = (one.window.name, other.window.name)
    message = f"{' and '.join(names)} run at the same time for {', '.join(shared)}, first at {iso(moment)}"
    return [Notice("windows_overlap", message, names)]


def _first_overlap(one: _Seen, other: _Seen) -> datetime.datetime | None:
    mine, theirs = 0, 0
    while mine < len(one.runs) and theirs < len(other.runs):
        here, there = one.runs[mine], other.runs[theirs]
        if here < there + other.length and there < here + one.length:
            return max(here, there)
        if here + one.length <= there + other.length:
            mine += 1
        else:
            theirs += 1
    return None


def _long(gap: datetime.timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
