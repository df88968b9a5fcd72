# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The cron expressions of maintenance windows: read, and turned into local times without a time zone.

Grammar: Systems Manager user guide, "Reference: Cron and rate expressions for Systems Manager". Where that page gives a
character without its meaning (ranges that wrap, `W` at month ends, `L` alone as day of week, what goes into a list), the
meaning is the one of Quartz's CronExpression, whose characters and numbers these are.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import itertools
import re
import typing as t

from .schedule_error import OpenQuestion
from .schedule_error import ScheduleError

WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FASTEST = datetime.timedelta(minutes=5)


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """What one field takes: numbers from `low` to `high`, or names, the first of which means `low`."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(range(self.low, self.high + 1))

    def takes(self) -> str:
        return f"{self.low}-{self.high}" + (f" or {self.names[0]}-{self.names[-1]}" if self.names else "")


SECOND = Field("seconds", 0, 59)
MINUTE = Field("minutes", 0, 59)
HOUR = Field("hours", 0, 23)
DAY = Field("day of month", 1, 31)
MONTH = Field("month", 1, 12, MONTHS)
WEEKDAY = Field("day of week", 1, 7, WEEKDAYS)
YEAR = Field("year", 1970, 2199)
FIELDS = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR)


@dataclasses.dataclass(frozen=True, slots=True)
class Days:
    """Which days of a month. kind says what `values` holds.

    every: nothing. day: days of the month. last_day: nothing, the last day of the month.
    nearest: one day of the month, whose nearest weekday in the same month is meant. weekday: days of the week, 1 = Sunday.
    nth: (day of the week, which of the month, 1 to 5). last: one day of the week, its last of the month.
    """

    kind: str
    values: tuple[int, ...] = ()

    def of(self, year: int, month: int) -> list[int]:
        """The days of this month, in order; a day that the month does not have is left out."""
        first, length = calendar.monthrange(year, month)
        if self.kind == "every":
            return list(range(1, length + 1))
        if self.kind == "day":
            return [day for day in self.values if day <= length]
        if self.kind == "last_day":
            return [length]
        if self.kind == "nearest":
            return _nearest_weekday(self.values[0], first, length)
        # calendar counts from Monday = 0, the expression from Sunday = 1
        weekday_of_first = (first + 1) % 7 + 1
        if self.kind == "weekday":
            return [day for day in range(1, length + 1) if (weekday_of_first + day - 2) % 7 + 1 in self.values]
        those = list(range((self.values[0] - weekday_of_first) % 7 + 1, length + 1, 7))
        if self.kind == "last":
            return those[-1:]
        return those[self.values[1] - 1 : self.values[1]]


def _nearest_weekday(day: int, first: int, length: int) -> list[int]:
    if day > length:
        return []
    weekday = (first + day - 1) % 7
    if weekday == 5:
        return [day - 1 if day > 1 else day + 2]
    if weekday == 6:
        return [day + 1 if day < length else day - 2]
    return [day]


@dataclasses.dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression. Numbers are sorted, except `hours`, which are in the order in which they stand.

    texts: the fields as they were written, by the names in FIELDS.
    """

    second: int
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]
    texts: t.Mapping[str, str]

    def dates(self, since: datetime.date) -> t.Iterator[datetime.date]:
        """The days on which it fires, from `since` on, in order; at the latest in the year 2199."""
        for year, month in itertools.product(self.years, self.months):
            if (year, month) < (since.year, since.month):
                continue
            for day in self.days.of(year, month):
                date = datetime.date(year, month, day)
                if date >= since:
                    yield date

    def times(self) -> list[datetime.time]:
        """The times of a day at which it fires, in order."""
        return [datetime.time(*clock, self.second) for clock in itertools.product(sorted(self.hours), self.minutes)]

    def local_times(self, since: datetime.date) -> t.Iterator[datetime.datetime]:
        """When it fires by the clock on the wall, from the beginning of the day `since`, strictly increasing."""
        times = self.times()
        for date in self.dates(since):
            for time in times:
                yield datetime.datetime.combine(date, time)


def parse(expression: str) -> Cron:
    """Read `cron(...)` with six fields, or seven with the seconds first. Raises ScheduleError."""
    texts = expression[len("cron(") : -1].upper().split()
    if len(texts) not in (6, 7):
        raise ScheduleError(
            f"{expression}: a maintenance window takes 6 fields (minutes, hours, day of month, month, day of week, year), "
            f"or 7 with the seconds first; these are {len(texts)}"
        )
    seconds = "0" if len(texts) == 6 else texts.pop(0)
    given = dict(zip((field.name for field in FIELDS), (seconds, *texts), strict=True))
    try:
        cron = _parsed(given)
    except ScheduleError as error:
        raise type(error)(f"{expression}: {error}") from error
    _refuse_faster_than_allowed(expression, cron)
    return cron


def _parsed(given: dict[str, str]) -> Cron:
    seconds = _numbers(SECOND, given[SECOND.name])
    if len(seconds) > 1:
        raise ScheduleError(f"the field seconds is {given['seconds']!r}; the interval must be at least 5 minutes")
    return Cron(
        second=seconds[0],
        minutes=tuple(sorted(_numbers(MINUTE, given[MINUTE.name]))),
        hours=_numbers(HOUR, given[HOUR.name]),
        days=_days(given[DAY.name], given[WEEKDAY.name]),
        months=tuple(sorted(_numbers(MONTH, given[MONTH.name]))),
        years=tuple(sorted(_numbers(YEAR, given[YEAR.name]))),
        texts=given,
    )


def _days(day: str, weekday: str) -> Days:
    if (day == "?") == (weekday == "?"):
        which = "both are" if day == "?" else "neither is"
        raise ScheduleError(
            f"the fields day of month and day of week are {day!r} and {weekday!r}: exactly one has to be '?', {which}"
        )
    return _weekdays(weekday) if day == "?" else _days_of_month(day)


def _days_of_month(text: str) -> Days:
    if text == "*":
        return Days("every")
    if text == "L":
        return Days("last_day")
    if found := re.fullmatch(r"(\d{1,2})W", text):
        return Days("nearest", (_number(DAY, found[1], text),))
    _refuse_in_list(DAY, text, "LW")
    return Days("day", tuple(sorted(_numbers(DAY, text))))


def _weekdays(text: str) -> Days:
    if text == "*":
        return Days("every")
    if text == "L":
        return Days("weekday", (7,))
    if found := re.fullmatch(r"(\d|[A-Z]{3})L", text):
        return Days("last", (_number(WEEKDAY, found[1], text),))
    if found := re.fullmatch(r"(\d|[A-Z]{3})#(.*)", text):
        if found[2] not in ("1", "2", "3", "4", "5"):
            raise ScheduleError(f"the field day of week is {text!r}; '#' must be followed by one number from 1 to 5")
        return Days("nth", (_number(WEEKDAY, found[1], text), int(found[2])))
    _refuse_in_list(WEEKDAY, text, "#")
    if any(re.fullmatch(r"(\d|[A-Z]{3})L", item) for item in text.split(",")):
        raise ScheduleError(f"the field day of week is {text!r}; 'L' must follow a single day, as in '6L'")
    return Days("weekday", tuple(sorted(_numbers(WEEKDAY, text))))


def _refuse_in_list(field: Field, text: str, characters: str) -> None:
    for character in characters:
        if character in text:
            raise OpenQuestion(
                f"the field {field.name} is {text!r}: {character!r} cannot be part of more than one value"
            )


def _numbers(field: Field, text: str) -> tuple[int, ...]:
    """The numbers of lists, ranges and steps, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(number for item in text.split(",") for number in _item(field, item, text)))


def _item(field: Field, item: str, text: str) -> t.Sequence[int]:
    base, slash, step_text = item.partition("/")
    step = 1
    if slash:
        step = int(step_text) if re.fullmatch(r"[0-9]{1,4}", step_text) else 0
        if not 1 <= step <= field.high:
            raise OpenQuestion(f"the field {field.name} is {text!r}; a step must be a number from 1 to {field.high}")
    if base == "*":
        return field.all[::step]
    first_text, dash, last_text = base.partition("-")
    first = _number(field, first_text, text)
    if not dash:
        return range(first, field.high + 1, step) if slash else (first,)
    last = _number(field, last_text, text)
    if first <= last:
        return range(first, last + 1, step)
    if field is YEAR:
        raise ScheduleError(f"the field year is {text!r}: {last} is before {first}")
    size = field.high - field.low + 1
    return [(number - field.low) % size + field.low for number in range(first, last + size + 1, step)]


def _number(field: Field, item: str, text: str) -> int:
    if item in field.names:
        return field.names.index(item) + field.low
    if not re.fullmatch(r"[0-9]{1,4}", item) or not field.low <= int(item) <= field.high:
        shown = "" if item == text else f"{item!r} in "
        raise ScheduleError(f"the field {field.name} is {shown}{text!r}: it takes {field.takes()}")
    return int(item)


def _refuse_faster_than_allowed(expression: str, cron: Cron) -> None:
    """AWS's page: "Cron expressions that lead to rates faster than five minutes aren't supported."."""
    day = datetime.datetime(1970, 1, 1)
    moments = [datetime.datetime.combine(day, time) for time in cron.times()]
    gaps = [(later - earlier, earlier) for earlier, later in itertools.pairwise(moments)]
    if moments[-1] + FASTEST > moments[0] + datetime.timedelta(days=1) and _two_days_running(cron):
        gaps.append((moments[0] + datetime.timedelta(days=1) - moments[-1], moments[-1]))
    if gaps and min(gaps)[0] < FASTEST:
        gap, moment = min(gaps)
        raise ScheduleError(
            f"{expression}: the fields minutes and hours make it fire again {int(gap.total_seconds() // 60)} min after "
            f"{moment:%H:%M}; faster than every 5 minutes is not supported"
        )


def _two_days_running(cron: Cron) -> bool:
    # four years have every leap day; weekdays and months repeat sooner than a second day next to another would need
    some = list(itertools.islice(cron.dates(datetime.date(1970, 1, 1)), 1500))
    return any(later - earlier == datetime.timedelta(days=1) for earlier, later in itertools.pairwise(some))
