# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Schedules of maintenance windows: cron, rate and at expressions, and the times that they mean.

Source: user guide "Reference: Cron and rate expressions for Systems Manager" and "Maintenance window scheduling and
active period options". The library cronsim works the cron grammar out; here is what Systems Manager writes otherwise:
`?`, weekdays from 1 (Sunday), ranges over the end (22-2), L and nW as in Quartz, and the field of years.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo
from zoneinfo import available_timezones

from cronsim import CronSim
from cronsim import CronSimError

from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

DAYS = "SUN MON TUE WED THU FRI SAT".split()
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
YEARS = (1970, 2199)
SHORTEST = 300  # seconds: "rates faster than five minutes are not supported"
BOUNDS = {"seconds": (0, 59), "minutes": (0, 59), "hours": (0, 23), "day of month": (1, 31), "month": (1, 12)}
BOUNDS |= {"day of week": (1, 7), "year": YEARS}
UNITS = {"minute": 60, "hour": 3600, "day": 86400}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?|\d{4}-\d\d-\d\d")
GIVE_UP = 20000  # occurrences looked at in years or on days that do not count

define(
    "window_dst_gap",
    "skip",
    ["skip", "shift"],
    "a local time that the clock change leaves out: the window does not start that day (as EventBridge Scheduler documents of "
    "its own schedules), or as much later (as Quartz does)",
)
define(
    "window_rate_first",
    "interval",
    ["interval", "at_once"],
    "a rate window without a StartDate in the future starts first one interval after its creation, or at once",
)
assume("windows.dst_twice", "a local time that occurs twice is used once, the first time", "ScheduleTimezone")
assume("windows.rate_zone", "rate() counts fixed lengths of time; the time zone plays no part", "ScheduleTimezone")
assume("windows.rate_short", "rate() below 5 minutes is refused as cron() is", "Reference: Cron and rate expressions")
assume("windows.at_zone", "at() is a time in ScheduleTimezone, UTC without one", "user guide, examples of at()")
assume("windows.at_past", "at() in the past is accepted and never runs", "CreateMaintenanceWindow")
assume(
    "windows.cron_quartz",
    "What the page does not say of cron() is as in Quartz: exactly one ?, ranges may run over the end, L and # stand "
    "alone in their field, L as day of week is Saturday, seconds may be 0 (the page says no, its examples use it)",
    "Reference: Cron and rate expressions",
)
assume("windows.cron_lw", "LW is refused: the page has L and nW only", "Reference: Cron and rate expressions")
assume("windows.end", "a start exactly at EndDate still happens", "GetMaintenanceWindow: not after this time")
assume("windows.rate_start", "rate() with a StartDate in the future runs first at that time", "schedule-options page")


class BadSchedule(ValueError):
    """The expression is not valid; the text says why."""


@dataclass(frozen=True)
class Cron:
    """simulated: expression for cronsim; years: allowed ones; near: day of month of nW."""

    simulated: str
    years: frozenset[int]
    near: int | None = None


@dataclass(frozen=True)
class Rate:
    seconds: int


@dataclass(frozen=True)
class At:
    local: datetime


@lru_cache(maxsize=512)
def parse(text: str) -> Cron | Rate | At:
    """Read an expression. Raises BadSchedule."""
    match = re.fullmatch(r"(cron|rate|at)\((.*)\)", text)
    if match is None:
        raise BadSchedule("must be cron(...), rate(...) or at(...)")
    kind, inner = match.groups()
    return {"cron": _cron, "rate": _rate, "at": _at}[kind](inner.strip())


def _rate(text: str) -> Rate:
    match = re.fullmatch(r"([1-9]\d{0,5})\s+(minute|hour|day)(s?)", text)
    if match is None:
        raise BadSchedule("a rate is a positive number and minutes, hours or days")
    number, unit, plural = int(match.group(1)), match.group(2), bool(match.group(3))
    if plural != (number > 1):
        raise BadSchedule("the unit of a rate is singular for 1 and plural otherwise")
    if number * UNITS[unit] < SHORTEST:
        raise BadSchedule("rates faster than 5 minutes are not supported")
    return Rate(number * UNITS[unit])


def _at(text: str) -> At:
    try:
        return At(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        raise BadSchedule("at() takes a time as YYYY-MM-DDTHH:MM:SS") from None


def _cron(text: str) -> Cron:
    fields = text.upper().split()
    if len(fields) == 6:
        fields.insert(0, "0")
    if len(fields) != 7:
        raise BadSchedule("a cron expression has six fields, or seven with seconds first")
    if [fields[3], fields[5]].count("?") != 1:
        raise BadSchedule("exactly one of day of month and day of week must be ?")
    seconds, minutes, hours = (_numbers(fields[place], name) for place, name in enumerate(list(BOUNDS)[:3]))
    _check_rate(seconds, minutes, hours)
    days, near = _days(fields[3])
    months = _numbers(fields[4], "month", MONTHS)
    parts = [_listed(seconds), _listed(minutes), _listed(hours), days, _listed(months), _weekdays(fields[5])]
    try:
        CronSim(" ".join(parts), datetime(2000, 1, 1))
    except CronSimError as problem:
        raise BadSchedule(str(problem)) from None
    return Cron(" ".join(parts), frozenset(_numbers(fields[6], "year")), near)


def _listed(numbers: list[int]) -> str:
    return ",".join(str(number) for number in numbers)


def _numbers(text: str, name: str, names: list[str] | None = None) -> list[int]:
    """All values of a field of lists, ranges and steps, sorted. Raises BadSchedule."""
    found: set[int] = set()
    for item in text.split(","):
        found.update(_item(item, name, names or []))
    return sorted(found)


def _item(text: str, name: str, names: list[str]) -> list[int]:
    first, last = BOUNDS[name]
    span, slash, step_text = text.partition("/")
    step = _number(step_text, name, 1, last) if slash else 1
    low_text, dash, high_text = span.partition("-")
    if span == "*":
        low, high = first, last
    else:
        low = _value(low_text, name, names)
        high = _value(high_text, name, names) if dash else (last if slash else low)
    values = list(range(low, high + 1)) if high >= low else [*range(low, last + 1), *range(first, high + 1)]
    if high < low and name == "year":
        raise BadSchedule(f"{text} is not a valid range of years")
    return values[::step]


def _value(text: str, name: str, names: list[str]) -> int:
    if text in names:
        return names.index(text) + 1
    return _number(text, name, *BOUNDS[name])


def _number(text: str, name: str, first: int, last: int) -> int:
    if not re.fullmatch(r"\d{1,4}", text) or not first <= int(text) <= last:
        raise BadSchedule(f"{text!r} is not valid in the field {name}")
    return int(text)


def _days(text: str) -> tuple[str, int | None]:
    if text in ("?", "*"):
        return "*", None
    if text == "L":
        return "L", None
    near = re.fullmatch(r"(\d{1,2})W", text)
    if near is None:
        return _listed(_numbers(text, "day of month")), None
    day = _number(near.group(1), "day of month", 1, 31)
    return _listed([number for number in range(day - 2, day + 3) if 1 <= number <= 31]), day


def _weekdays(text: str) -> str:
    """The field in the words of cronsim, which counts from 0 (Sunday)."""
    if text in ("?", "*"):
        return "*"
    if text == "L":
        return "6"
    last, nth = re.fullmatch(r"(\w+)L", text), re.fullmatch(r"(\w+)#([1-5])", text)
    if last:
        return f"{_value(last.group(1), 'day of week', DAYS) - 1}L"
    if nth:
        return f"{_value(nth.group(1), 'day of week', DAYS) - 1}#{nth.group(2)}"
    return _listed([number - 1 for number in _numbers(text, "day of week", DAYS)])


def _check_rate(seconds: list[int], minutes: list[int], hours: list[int]) -> None:
    times = [hour * 3600 + minute * 60 for hour in hours for minute in minutes]
    gaps = [after - before for before, after in zip(times, [*times[1:], times[0] + 86400], strict=True)]
    if len(seconds) > 1 or min(gaps) < SHORTEST:
        raise BadSchedule("cron expressions that lead to rates faster than 5 minutes are not supported")


def zone(name: str | None) -> ZoneInfo:
    """Raises BadSchedule for a name that is not in the time zone database."""
    if name is None:
        return ZoneInfo("UTC")
    if name not in _zones():
        raise BadSchedule(f"{name!r} is not the name of a time zone")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def moment(text: str) -> datetime:
    """An ISO 8601 date or time as aware UTC; without an offset it is UTC. Raises BadSchedule."""
    if not MOMENT.fullmatch(text):
        raise BadSchedule(f"{text!r} is not a time in ISO 8601 format")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadSchedule(f"{text!r} is not a time in ISO 8601 format") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


@dataclass(frozen=True)
class Plan:
    """A schedule with its options. anchor: from when it counts. All times aware UTC."""

    expression: Cron | Rate | At
    zone: ZoneInfo
    offset: int
    start: datetime | None
    end: datetime | None
    anchor: datetime

    def upcoming(self, after: datetime) -> Iterator[datetime]:
        """The starts later than `after`, in order; endless when the schedule is."""
        last = after
        for time in self._times(after):
            if self.end is not None and time > self.end:
                return
            if time > last and (self.start is None or time >= self.start):  # a shifted time may meet another one
                last = time
                yield time

    def _times(self, after: datetime) -> Iterator[datetime]:
        if isinstance(self.expression, At):
            found = _instant(self.expression.local, self.zone, "shift")
            return iter([found] if found else [])
        if isinstance(self.expression, Rate):
            return self._every(self.expression.seconds, after)
        return self._cron(self.expression, after)

    def _every(self, seconds: int, after: datetime) -> Iterator[datetime]:
        step = timedelta(seconds=seconds)
        if self.start is not None and self.start > self.anchor:
            first = self.start
        else:
            first = self.anchor + (step if SWITCHES["window_rate_first"] == "interval" else timedelta(0))
        if after > first:
            first += (after - first) // step * step
        while True:
            yield first
            first += step

    def _cron(self, cron: Cron, after: datetime) -> Iterator[datetime]:
        shift = timedelta(days=self.offset)
        # A day of the cron expression that was over when the schedule was made does not count, whatever the offset.
        since = max(self.anchor, after - shift - timedelta(days=1)) if self.offset else after
        since = max(since, self.start - shift - timedelta(days=1)) if self.start else since
        for local in _local_times(cron, since.astimezone(self.zone).replace(tzinfo=None) - timedelta(hours=3)):
            base, found = (_instant(time, self.zone, SWITCHES["window_dst_gap"]) for time in (local, local + shift))
            if found is not None and (not self.offset or base is None or base > self.anchor):
                yield found


def _local_times(cron: Cron, since: datetime) -> Iterator[datetime]:
    ignored = 0
    first = max(since, datetime(min(cron.years), 1, 1) - timedelta(seconds=1))
    try:
        for found in CronSim(cron.simulated, first):
            if found.year > max(cron.years):
                return
            if found.year in cron.years and (cron.near is None or found.day == _weekday_near(found.date(), cron.near)):
                ignored = 0
                yield found
            elif (ignored := ignored + 1) > GIVE_UP:
                return
    except OverflowError:  # the year 9999 has been reached
        return


def _weekday_near(found: date, day: int) -> int:
    """Day of the month of the weekday nearest to `day`, inside the month of `found`; 0 when it has no such day."""
    following = (found.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (following - timedelta(days=1)).day
    if day > last:
        return 0
    weekday = found.replace(day=day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < last else day - 2
    return day


def _instant(local: datetime, where: ZoneInfo, gap: str) -> datetime | None:
    """The local time as UTC; None for one that does not exist when gap is skip."""
    found = local.replace(tzinfo=where).astimezone(UTC)
    if gap == "skip" and found.astimezone(where).replace(tzinfo=None) != local:
        return None
    return found


def written(time: datetime, where: ZoneInfo) -> str:
    """A time as the answers show it (switch window_time_style)."""
    style = SWITCHES["window_time_style"]
    if style == "utc":
        return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    local = time.astimezone(where).replace(microsecond=0)
    text = local.isoformat(timespec="minutes" if style == "minutes" and not local.second else "seconds")
    return text.replace("+00:00", "Z")


define(
    "window_time_style",
    "zoned",
    ["zoned", "utc", "minutes"],
    "NextExecutionTime and ExecutionTime: ISO 8601 with the offset of ScheduleTimezone, in UTC, or as the first "
    "without seconds when they are 0",
)
