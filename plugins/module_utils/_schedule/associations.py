# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When a State Manager association runs: fewer expressions than a maintenance window takes, and always in UTC.

Sources: Systems Manager user guide, "Reference: Cron and rate expressions for Systems Manager", its section on associations;
API CreateAssociation. The page lists what associations support ("every 1/2, 1, 2, 4, 8, or 12 hours; every day, every week,
every nth day, or the last x day of the month at a specific time"), and examples, but no grammar. What these leave open is
decided here, so that nothing is called right which AWS may refuse:

- Half hours are written 0/30 or */30 in the field minutes with * as hours; hours as 0/1, 0/2, 0/4, 0/8 or 0/12 (or */ instead
  of 0/) with one minute. Lists and ranges are not taken, and an interval goes with every day only.
- The day of month is *, ? or 1/1, the year is *.
- An offset goes with the nth or the last weekday of the month.
- A rate counts from the moment at which the association was made or changed last, when it ran.
"""

from __future__ import annotations

import datetime
import itertools
import re
import typing as t

from . import cron
from . import expressions
from .clock import moment_of
from .schedule_error import ScheduleError

SLOWEST = datetime.timedelta(days=31)
FASTEST = datetime.timedelta(minutes=30)
HOURS = ("1", "2", "4", "8", "12")
HALF_HOURS = ("0/30", "*/30")
_ONE_NUMBER = re.compile(r"[0-9]{1,2}")
_ONE_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})(L|#[1-5])?")


def parse(expression: str) -> expressions.Expression:
    """Read an expression that an association can have. Raises ScheduleError, which names the field and says why."""
    if isinstance(expression, str) and re.fullmatch(r"cron\(.*\)", expression):
        _check_cron(expression)
    parsed = expressions.parse(expression)
    if isinstance(parsed, expressions.Rate) and not FASTEST <= parsed.period < SLOWEST:
        raise ScheduleError(
            f"{expression}: the rate of an association must be at least 30 minutes and less than 31 days"
        )
    return parsed


def _check_cron(expression: str) -> None:
    texts = expression[len("cron(") : -1].upper().split()
    if len(texts) not in (6, 7):
        raise ScheduleError(
            f"{expression}: an association takes 6 fields (minutes, hours, day of month, month, day of week, year), or 7 with "
            f"the seconds first; these are {len(texts)}"
        )
    seconds = texts.pop(0) if len(texts) == 7 else "0"
    minutes, hours, day, month, weekday, year = texts
    _refuse_other(expression, "seconds", seconds, seconds == "0", "0")
    _refuse_other(expression, "month", month, month == "*", "*, because months are not supported")
    _refuse_other(expression, "year", year, year == "*", "*")
    _refuse_other(expression, "day of month", day, day in ("*", "?", "1/1"), "*, ? or 1/1")
    one_day = bool(_ONE_WEEKDAY.fullmatch(weekday))
    weekday_words = "*, ?, one day, its nth (TUE#2) or its last (6L)"
    _refuse_other(expression, "day of week", weekday, weekday in ("*", "?") or one_day, weekday_words)
    _check_clock(expression, minutes, hours, every_day=not one_day)


def _check_clock(expression: str, minutes: str, hours: str, *, every_day: bool) -> None:
    if minutes in HALF_HOURS:
        _refuse_other(expression, "hours", hours, hours == "*", "* with half hours")
        interval = True
    else:
        _refuse_other(expression, "minutes", minutes, bool(_ONE_NUMBER.fullmatch(minutes)), "one minute, 0/30 or */30")
        found = re.fullmatch(r"(?:0|\*)/([0-9]+)", hours)
        right = found[1] in HOURS if found else bool(_ONE_NUMBER.fullmatch(hours))
        _refuse_other(expression, "hours", hours, right, "one hour, or 0/1, 0/2, 0/4, 0/8 or 0/12")
        interval = bool(found)
    if interval and not every_day:
        raise ScheduleError(f"{expression}: an interval requires every day, so the field day of week must be * or ?")


def _refuse_other(expression: str, field: str, text: str, right: bool, words: str) -> None:
    if not right:
        raise ScheduleError(f"{expression}: the field {field} is {text!r}; for an association it must be {words}")


def schedule_of(
    expression: str,
    offset: int = 0,
    apply_only_at_cron_interval: bool = False,
    created: datetime.datetime | str | None = None,
) -> expressions.Schedule:
    """A checked schedule, in UTC. offset: days, 0 = none. created: when it was made or changed last, where known.

    Raises ScheduleError for anything that an association cannot have.
    """
    parsed = parse(expression)
    found = expressions.schedule_of(expression, offset=offset, created=created)
    if isinstance(parsed, expressions.Rate) and apply_only_at_cron_interval:
        raise ScheduleError(
            f"apply_only_at_cron_interval is true, but {expression} is a rate, which does not support it"
        )
    if isinstance(parsed, expressions.Once) and not apply_only_at_cron_interval:
        raise ScheduleError(f"apply_only_at_cron_interval is false, but {expression} runs once; it must be true")
    if offset and not apply_only_at_cron_interval:
        raise ScheduleError(f"offset is {offset}, which needs apply_only_at_cron_interval")
    if offset and isinstance(parsed, cron.Cron) and parsed.days.kind not in ("nth", "last"):
        raise ScheduleError(f"offset is {offset}, but {expression} is not the nth or last weekday of the month")
    return found


def next_occurrences(
    expression: str,
    after: datetime.datetime | str,
    count: int,
    offset: int = 0,
    apply_only_at_cron_interval: bool = False,
    created: datetime.datetime | str | None = None,
) -> t.Iterator[datetime.datetime]:
    """At most `count` scheduled runs later than `after`, aware, in UTC, strictly increasing.

    The run at the creation is none of them. after and created: aware, or ISO-8601 text. Raises ScheduleError at once.
    """
    begin = moment_of("after", after)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ScheduleError(f"count is {count!r}; must be a number of occurrences")
    found = schedule_of(expression, offset, apply_only_at_cron_interval, created)
    return itertools.islice(found.after(begin), count)


def describe(expression: str, offset: int = 0, apply_only_at_cron_interval: bool = False) -> str:
    """The schedule in plain language, and whether the association runs at its creation too. Raises ScheduleError."""
    schedule_of(expression, offset, apply_only_at_cron_interval)
    words = expressions.describe(expression, offset=offset)
    return words if apply_only_at_cron_interval else f"when it is created or changed, and {words}"
