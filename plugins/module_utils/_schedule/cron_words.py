# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A cron expression in words that a person reads: "at 02:00 on the third Thursday of every month"."""

from __future__ import annotations

import calendar
import typing as t

from .cron import HOUR
from .cron import MINUTE
from .cron import MONTH
from .cron import YEAR
from .cron import Cron
from .cron import Days

_NTH = ("first", "second", "third", "fourth", "fifth")
_SHOWN_TIMES = 8


def words(cron: Cron) -> str:
    """The expression as a phrase without time zone, beginning in lower case."""
    parts = [_clock(cron), _day(cron.days, cron.months == MONTH.all)]
    if cron.months != MONTH.all:
        parts.append("in " + spans(cron.months, lambda month: calendar.month_name[month]))
    if cron.years != YEAR.all:
        parts.append(("of " if cron.months != MONTH.all else "in ") + spans(cron.years, str))
    return " ".join(parts)


def spans(numbers: t.Sequence[int], name: t.Callable[[int], str]) -> str:
    """Sorted numbers as "1, 3 and 5 to 8". name: number -> how it is said."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    said: list[str] = []
    for run in runs:
        said += [f"{name(run[0])} to {name(run[-1])}"] if len(run) > 2 else [name(number) for number in run]
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _clock(cron: Cron) -> str:
    times = cron.times()
    if len(times) <= _SHOWN_TIMES:
        said = [f"{time:%H:%M:%S}" if cron.second else f"{time:%H:%M}" for time in times]
        return "at " + (" and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0])
    hours = tuple(sorted(cron.hours))
    step = cron.minutes[1] - cron.minutes[0] if len(cron.minutes) > 1 else 0
    if step and 60 % step == 0 and cron.minutes == MINUTE.all[::step]:
        said_minutes = f"every {step} minutes"
    else:
        said_minutes = f"at {spans(cron.minutes, str)} minutes past"
    seconds = f" ({cron.second} s past the minute)" if cron.second else ""
    said_hours = "of every hour" if hours == HOUR.all else f"of the hours {spans(hours, str)}"
    if said_minutes.endswith("past"):
        said_hours = said_hours.removeprefix("of ")
    return f"{said_minutes} {said_hours}{seconds}"


def _day(days: Days, every_month: bool) -> str:
    month = "every month" if every_month else "the month"
    if days.kind == "every":
        return "every day"
    if days.kind == "weekday":
        # people's weeks begin on Monday; the expression's begin on Sunday
        return "on every " + spans(sorted((day + 5) % 7 for day in days.values), lambda day: calendar.day_name[day])
    if days.kind == "day":
        return f"on the {spans(days.values, ordinal)} of {month}"
    if days.kind == "last_day":
        return f"on the last day of {month}"
    if days.kind == "nearest":
        return f"on the weekday nearest to the {ordinal(days.values[0])} of {month}"
    which = "last" if days.kind == "last" else _NTH[days.values[1] - 1]
    return f"on the {which} {calendar.day_name[(days.values[0] + 5) % 7]} of {month}"
