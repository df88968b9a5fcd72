# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When associations run: the narrow grammar of their schedules, and their times.

Source: user guide "Reference: Cron and rate expressions for Systems Manager", section on associations; API CreateAssociation.
"""

import re
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta

from cronsim import CronSim

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)")
UNITS = {"minute": 60, "hour": 3600, "day": 86400}
LEAST, BELOW = timedelta(minutes=30), timedelta(days=31)
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
STEPS = ("1", "2", "4", "8", "12")

assume(
    "association.schedule",
    "cron expressions of associations: a fixed minute, or 0/30 (*/30) with the hours *; a fixed hour, or 0/N (*/N) with N = "
    "1, 2, 4, 8 or 12; the day of month *, ? or 1/1; one day of week, also with #n or L; the month and the year *; anything "
    "else is InvalidSchedule",
    "the page lists intervals and examples, no grammar",
)
assume(
    "association.apply-only",
    "ApplyOnlyAtCronInterval without a cron or at expression, at() without it, and an offset without it or without a day of "
    "the week in the month are InvalidSchedule",
    "CreateAssociation names the rules, not the error",
)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidSchedule", message)


def check(expression: str | None, apply_only: bool, offset: int | None) -> None:
    """Raise InvalidSchedule for what an association cannot have."""
    kind = "No" if expression is None else _kind(expression)
    if apply_only and kind in ("No", "Rate"):
        raise invalid(f"ApplyOnlyAtCronInterval is not supported for {kind} Schedule associations.")
    if kind == "At" and not apply_only:
        raise invalid("At Schedule Expression must be used with ApplyOnlyAtCronInterval = true")
    if offset is None:
        return
    if not apply_only:
        raise invalid("ScheduleOffset is not supported for non ApplyOnlyAtCronInterval associations.")
    if kind != "Cron" or not re.search("[#L]", _fields(expression)[4]):
        raise invalid("ScheduleOffset is valid with nth day of the week in the month cron expression only.")


def _kind(expression: str) -> str:
    if expression.startswith("rate("):
        _period(expression)
        return "Rate"
    if expression.startswith("at("):
        _moment(expression)
        return "At"
    if expression.startswith("cron(") and expression.endswith(")"):
        _simple(expression)
        return "Cron"
    raise invalid("Only schedule expressions of type rate, cron, and at are supported.")


def _period(expression: str) -> timedelta:
    found = RATE.fullmatch(expression)
    if not found or int(found[1]) < 1 or (int(found[1]) == 1) == found[2].endswith("s"):
        raise invalid(f"{expression} is not a valid rate expression.")
    period = timedelta(seconds=min(int(found[1]), 10**9) * UNITS[found[2].removesuffix("s")])
    if period < LEAST:
        raise invalid("Minimum interval for rate based association is 30 minutes.")
    if period >= BELOW:
        raise invalid("Maximum interval for rate based association is less than 31 days.")
    return period


def _moment(expression: str) -> datetime:
    found = AT.fullmatch(expression)
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        raise invalid("Invalid schedule at DateTime expression") from None


def _fields(expression: str) -> list[str]:
    """minutes, hours, day of month, month, day of week, year."""
    fields = expression[len("cron(") : -1].upper().split()
    if len(fields) == 7:
        if fields.pop(0) != "0":
            raise refused(expression)
    if len(fields) != 6:
        raise invalid(f"{expression} is not a valid cron expression.")
    return fields


def refused(expression: str) -> AwsError:
    return invalid(
        f"{expression} is currently not accepted. Supported expressions are every half, 1, 2, 4, 8 or 12 hour(s), every "
        "specified day and time of the week, or a specific day in a specific week of the month"
    )


def _simple(expression: str) -> str:
    """The expression as cronsim reads it."""
    minutes, hours, day, month, weekday, year = _fields(expression)
    if (month, year) != ("*", "*") or day not in ("*", "?", "1/1") or (day == "?") == (weekday == "?"):
        raise refused(expression)
    wanted = _weekday(expression, weekday)
    if minutes in ("0/30", "*/30"):
        if hours != "*":
            raise refused(expression)
        minutes, every = "*/30", True
    else:
        every = re.fullmatch(r"(?:0|\*)/(\d+)", hours)
        if not re.fullmatch(r"[0-5]?\d", minutes) or (every and every[1] not in STEPS):
            raise refused(expression)
        if not every and not re.fullmatch(r"[01]?\d|2[0-3]", hours):
            raise refused(expression)
        hours = f"*/{every[1]}" if every else hours
    if every and wanted != "*":
        raise refused(expression)
    return f"{minutes} {hours} * * {wanted}"


def _weekday(expression: str, text: str) -> str:
    if text in ("*", "?"):
        return "*"
    found = re.fullmatch(r"(SUN|MON|TUE|WED|THU|FRI|SAT|[1-7])(L|#[1-5])?", text)
    if not found:
        raise refused(expression)
    number = int(found[1]) - 1 if found[1].isdigit() else WEEKDAYS.index(found[1])
    return f"{number}{found[2] or ''}"


def times(expression: str | None, offset: int | None, since: datetime) -> Iterator[datetime]:
    """When it runs after `since`, when it was made or changed last. A cron day before it brings no run by the offset."""
    if expression is None:
        return
    kind = _kind(expression)
    if kind == "At":
        if (moment := _moment(expression)) > since:
            yield moment
        return
    if kind == "Rate":
        moment, period = since, _period(expression)
        while True:
            moment += period
            yield moment
    for moment in CronSim(_simple(expression), since):
        yield moment + timedelta(days=offset or 0)
