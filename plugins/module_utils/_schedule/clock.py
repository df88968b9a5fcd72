# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Times and time zones: read from what AWS answers and from what a person writes. The time of day is never asked for."""

from __future__ import annotations

import datetime
import re
import typing as t
import zoneinfo

from .schedule_error import ScheduleError

UTC = datetime.timezone.utc
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def moment(text: t.Any) -> datetime.datetime | None:
    """An aware time from ISO-8601 text or a datetime; None when there is none. Text without a zone is UTC."""
    if not text:
        return None
    made = (
        text
        if isinstance(text, datetime.datetime)
        else datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    )
    return made if made.tzinfo else made.replace(tzinfo=datetime.timezone.utc)


def instant(name: str, value: datetime.datetime | str | None) -> datetime.datetime | None:
    """A moment in UTC from an aware datetime or ISO-8601 text; text without offset is UTC. None and "" stay None.

    name: the option, for the ScheduleError that is raised for anything else.
    """
    if value is None or value == "":
        return None
    try:
        moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(value, str) and moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is None:
            raise ScheduleError(f"{name} is {value!r}; must have a time zone")
        return moment.astimezone(UTC)
    except (ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, ScheduleError):
            raise
        raise ScheduleError(
            f"{name} is {value!r}; must be a date and time in ISO 8601, for example 2026-03-10T02:00:00Z"
        ) from error


def moment_of(name: str, value: datetime.datetime | str) -> datetime.datetime:
    """As `instant`, for an option that has to be given."""
    moment = instant(name, value)
    if moment is None:
        raise ScheduleError(f"{name} is missing; must be a date and time in ISO 8601, for example 2026-03-10T02:00:00Z")
    return moment


def iso(moment: datetime.datetime) -> str:
    """An aware time as text in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """A time zone of the IANA database. Raises ScheduleError."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise ScheduleError(f"timezone is {name!r}; not a time zone of the installed IANA database") from error


def local_moment(name: str, value: t.Any, zone: zoneinfo.ZoneInfo, whole_day: bool = False) -> datetime.datetime:
    """A moment in UTC from a date or a time. whole_day: a date means the end of that day. name: for ScheduleError."""
    text = value.isoformat() if isinstance(value, datetime.date) else str(value or "").strip()
    try:
        if len(text) == 10:
            days = datetime.timedelta(days=1 if whole_day else 0)
            made = datetime.datetime.combine(datetime.date.fromisoformat(text) + days, datetime.time())
        else:
            made = datetime.datetime.fromisoformat(text)
        return (made if made.tzinfo else made.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ScheduleError(f"{name} is {value!r}; must be a date, or a date and time, in ISO 8601") from error


def next_time(name: str, given: t.Any, timezone: str, now: datetime.datetime) -> datetime.datetime | None:
    """A time in ISO 8601, or the next HH:MM after now; UTC, None for none. timezone: its IANA name. Raises ScheduleError with the name."""
    text = str(given).strip()
    if not text:
        return None
    try:
        zone = zone_named(timezone)
        clock = _TIME_OF_DAY.fullmatch(text)
        if not clock:
            return local_moment(name, text, zone)
    except ScheduleError as error:
        raise ScheduleError(f"{error}, or HH:MM") from error
    local = now.astimezone(zone)
    at = datetime.time(int(clock[1]), int(clock[2]))
    days = (0, 1, 2)  # a time that a change of the clocks leaves out is taken a little later
    times = (datetime.datetime.combine(local.date() + datetime.timedelta(day), at, zone) for day in days)
    return next(time.astimezone(datetime.timezone.utc) for time in times if time > local)
