# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When a maintenance window runs: cron, rate and at expressions with time zone, offset, start and end date.

Sources: Systems Manager user guide, "Reference: Cron and rate expressions for Systems Manager" and "Maintenance window
scheduling and active period options"; API CreateMaintenanceWindow. What these leave open is decided here:

- A local time that does not exist, because the clock is put forward, is skipped; one that exists twice counts once, the first
  time. EventBridge Scheduler's user guide says so of its own schedules; Systems Manager's says nothing.
- An offset moves by days of the clock on the wall: 23:30 stays 23:30 when the clock is changed in between.
- A rate counts hours of 24 to the day, from the start date. Without one, or with one before the window was made, it counts
  from the making, and the first run comes one period later.
- A timestamp in at() is local to the time zone of the window. The page calls it UTC, but shows it with another time zone.
- Start and end date are part of the time in which a window is active: it "won't run after" its end date (GetMaintenanceWindow).
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
import typing as t
import zoneinfo

from .._core.words import counted
from . import cron
from . import cron_words
from .clock import UTC
from .clock import instant
from .clock import moment_of
from .clock import zone_named
from .schedule_error import OpenQuestion
from .schedule_error import ScheduleError

UNITS = {"minute": 60, "hour": 3600, "day": 86400}
OFFSETS = range(1, 7)
# the years of a cron expression, with a day for any time zone at each end
_EARLIEST = datetime.datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime.datetime(2200, 1, 10, tzinfo=UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """rate(number unit). unit: minute, hour or day."""

    number: int
    unit: str

    @property
    def period(self) -> datetime.timedelta:
        return datetime.timedelta(seconds=self.number * UNITS[self.unit])


@dataclasses.dataclass(frozen=True, slots=True)
class Once:
    """at(moment), a local time without time zone."""

    moment: datetime.datetime


Expression = t.Union[cron.Cron, Rate, Once]


def parse(expression: str) -> Expression:
    """Read an expression. Raises ScheduleError, which names the field and says why."""
    if not isinstance(expression, str) or len(expression) > 256:
        raise ScheduleError(f"schedule is {expression!r}; must be a string of at most 256 characters")
    kind = re.fullmatch(r"(cron|rate|at)\((.*)\)", expression)
    if not kind:
        raise ScheduleError(f"schedule is {expression!r}; must be cron(...), rate(...) or at(...)")
    if kind[1] == "cron":
        return cron.parse(expression)
    return _rate(expression, kind[2]) if kind[1] == "rate" else _once(expression, kind[2])


def _rate(expression: str, text: str) -> Rate:
    found = re.fullmatch(r"([0-9]+) +(minute|hour|day)(s?)", text)
    if not found:
        raise ScheduleError(f"{expression}: a rate must be a number and minutes, hours or days, as in rate(7 days)")
    number, unit = int(found[1]), found[2]
    if number == 0:
        raise ScheduleError(f"{expression}: the value of a rate must be a positive number")
    right = unit if number == 1 else f"{unit}s"
    if unit + found[3] != right:
        raise ScheduleError(f"{expression}: the unit for {number} must be {right}, as in rate({number} {right})")
    if number * UNITS[unit] < cron.FASTEST.total_seconds():
        raise ScheduleError(f"{expression}: the interval must be at least 5 minutes")
    if number * UNITS[unit] > datetime.timedelta(days=365 * 1000).total_seconds():
        raise OpenQuestion(f"{expression}: a rate of more than a thousand years never runs")
    return Rate(number, unit)


def _once(expression: str, text: str) -> Once:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", text):
        raise ScheduleError(f"{expression}: the timestamp must have the form YYYY-MM-DDTHH:MM:SS, without a time zone")
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise ScheduleError(f"{expression}: not a valid date or time ({error})") from error
    if not cron.YEAR.low <= moment.year <= cron.YEAR.high:
        raise ScheduleError(f"{expression}: the year is {moment.year}; it takes {cron.YEAR.takes()}")
    return Once(moment)


def in_utc(local: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    """A local time in UTC: the first one of two, None when the clock jumps over it."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """An expression with everything that decides when it fires. start, end, created: aware, UTC. offset: days, 0 = none."""

    expression: Expression
    zone: zoneinfo.ZoneInfo
    offset: int = 0
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    created: datetime.datetime | None = None

    def after(self, after: datetime.datetime) -> t.Iterator[datetime.datetime]:
        """Every occurrence later than `after`, in UTC, strictly increasing; may never end for a rate."""
        for moment in self._unbounded(after):
            if self.end is not None and moment > self.end:
                return
            if moment > after and (self.start is None or moment >= self.start):
                yield moment

    def skipped(self, after: datetime.datetime, until: datetime.datetime) -> t.Iterator[datetime.datetime]:
        """Local times of a cron expression that the clock jumps over, on days later than about `after` and up to `until`."""
        if not isinstance(self.expression, cron.Cron):
            return
        days = datetime.timedelta(days=self.offset)
        last = until.astimezone(self.zone).date()
        for date in self.expression.dates(after.astimezone(self.zone).date() - days):
            if date + days > last:
                return
            midnight = datetime.datetime.combine(date + days, datetime.time(), self.zone)
            if midnight.utcoffset() != (midnight + datetime.timedelta(days=1)).utcoffset():
                locals_of_day = (datetime.datetime.combine(date + days, time) for time in self.expression.times())
                yield from (local for local in locals_of_day if in_utc(local, self.zone) is None)

    def _unbounded(self, after: datetime.datetime) -> t.Iterator[datetime.datetime]:
        if isinstance(self.expression, Rate):
            return self._rate_times(self.expression.period, after)
        if isinstance(self.expression, Once):
            moment = in_utc(self.expression.moment, self.zone)
            return iter(() if moment is None else (moment,))
        return (moment for _local, moment in self._cron_times(after) if moment is not None)

    def _rate_times(self, period: datetime.timedelta, after: datetime.datetime) -> t.Iterator[datetime.datetime]:
        made = self.created or after
        # "if you provide a start date that occurs in the past, the current date and time are used" (CreateMaintenanceWindow)
        if self.start is not None and (self.created is None or self.start > self.created):
            origin, number = self.start, 0
        else:
            origin, number = made, 1
        if after >= origin:
            number = max(number, (after - origin) // period + 1)
        try:
            for count in itertools.count(number):
                yield origin + count * period
        except OverflowError:
            return

    def _cron_times(self, after: datetime.datetime) -> t.Iterator[tuple[datetime.datetime, datetime.datetime | None]]:
        since = max(moment for moment in (after, self.start, _EARLIEST) if moment is not None)
        if since > _LATEST:
            return
        days = datetime.timedelta(days=self.offset)
        first = (since.astimezone(self.zone) - days).date() - datetime.timedelta(days=1)
        for local in self.expression.local_times(first):
            # without knowing the day on which it was made, a window is taken to be older than the first day asked for
            if self.created is not None and local.replace(tzinfo=self.zone) < self.created:
                continue
            yield local + days, in_utc(local + days, self.zone)


def schedule_of(
    expression: str,
    timezone: str = "UTC",
    offset: int = 0,
    start: datetime.datetime | str | None = None,
    end: datetime.datetime | str | None = None,
    created: datetime.datetime | str | None = None,
) -> Schedule:
    """A checked schedule. Raises ScheduleError for anything that the API does not take."""
    parsed = parse(expression)
    if isinstance(offset, bool) or not isinstance(offset, int) or (offset and offset not in OFFSETS):
        raise ScheduleError(f"offset is {offset!r}; must be a number of days from 1 to 6, or 0 for no offset")
    if offset and not isinstance(parsed, cron.Cron):
        raise ScheduleError(
            f"offset is {offset}, but {expression} is not a cron expression; only cron expressions support an offset"
        )
    begins, ends = instant("start", start), instant("end", end)
    if begins is not None and ends is not None and ends <= begins:
        raise ScheduleError(f"end is {ends.isoformat()}, which is not after start, {begins.isoformat()}")
    return Schedule(parsed, zone_named(timezone or "UTC"), offset, begins, ends, instant("created", created))


def next_occurrences(
    expression: str,
    after: datetime.datetime | str,
    count: int,
    timezone: str = "UTC",
    offset: int = 0,
    start: datetime.datetime | str | None = None,
    end: datetime.datetime | str | None = None,
    created: datetime.datetime | str | None = None,
) -> t.Iterator[datetime.datetime]:
    """At most `count` occurrences later than `after`, aware, in UTC, strictly increasing.

    after: aware, or ISO-8601 text. created: when the window was made, where known. A cron day before that day's run gets no run that an offset
    brings after it (user guide, schedule offsets), and a rate counts from it. Raises ScheduleError at once, not at the first
    occurrence.
    """
    begin = moment_of("after", after)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ScheduleError(f"count is {count!r}; must be a number of occurrences")
    return itertools.islice(schedule_of(expression, timezone, offset, start, end, created).after(begin), count)


def describe(expression: str, timezone: str = "UTC", offset: int = 0) -> str:
    """The schedule in plain language, with its time zone. Raises ScheduleError."""
    schedule = schedule_of(expression, timezone, offset)
    parsed = schedule.expression
    if isinstance(parsed, Rate):
        return f"every {parsed.unit}" if parsed.number == 1 else f"every {counted(parsed.number, parsed.unit)}"
    if isinstance(parsed, Once):
        return f"once, on {parsed.moment:%Y-%m-%d} at {parsed.moment:%H:%M:%S} ({schedule.zone.key})"
    later = "" if not offset else ", one day later" if offset == 1 else f", {counted(offset, 'day')} later"
    return f"{cron_words.words(parsed)}{later} ({schedule.zone.key})"
