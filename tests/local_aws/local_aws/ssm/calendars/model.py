# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change calendars: what their iCalendar text says, and when they are open."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume
from local_aws.ssm.documents import model as documents

TYPE = "ChangeCalendar"
DEFAULTS = {"DEFAULT_OPEN": "OPEN", "DEFAULT_CLOSED": "CLOSED"}
OTHER = {"OPEN": "CLOSED", "CLOSED": "OPEN"}
HORIZON = timedelta(days=366 * 2)
FIRST_LOOK = timedelta(days=8)  # then twice as far each time: most changes are near
TOO_FAST = {"SECONDLY", "MINUTELY"}

assume(
    "calendar.content",
    "CreateDocument refuses a ChangeCalendar that is not TEXT, no single VCALENDAR 2.0, or has no X-CALENDAR-TYPE of"
    " DEFAULT_OPEN or DEFAULT_CLOSED with InvalidDocumentContent.",
    "CreateDocument says of calendars only that they are iCalendar 2.0",
)
assume(
    "calendar.unsupported",
    "UnsupportedCalendarException: an event that recurs by the second or minute, or that cannot be read.",
    "API GetCalendarState names the error without its causes",
)
assume(
    "calendar.floating",
    "Times without a zone, and whole days, are in the zone that X-WR-TIMEZONE names, else UTC.",
    "user guide: the time zone of a calendar from another provider",
)
assume("calendar.events", "every VEVENT counts, cancelled and transparent ones too", "RFC 5545 STATUS, TRANSP")
assume("calendar.end", "the start of an event belongs to it, its end does not", "RFC 5545, DTEND is non-inclusive")
assume("calendar.next", "NextTransitionTime is looked for two years ahead and left out beyond", "GetCalendarState")


@dataclass(frozen=True)
class Calendar:
    """normal: the state outside events; events: the query of recurring_ical_events; zone: of times without one."""

    normal: str
    events: Any
    zone: tzinfo
    constant: bool = False

    def stretch(self, start: datetime, stop: datetime) -> "Stretch":
        """What the events between two moments make of the state."""
        # A day to each side: the library has no place for whole days in the calendar's zone.
        found = self.events.between(start - timedelta(days=1), stop + timedelta(days=1))
        return Stretch(self.normal, _merged(sorted(_span(event, self.zone) for event in found)))


@dataclass(frozen=True)
class Stretch:
    """A part of a calendar: times of events, in order, apart from each other."""

    normal: str
    times: list[tuple[datetime, datetime]]

    def state(self, moment: datetime) -> str:
        index = bisect_right(self.times, moment, key=lambda pair: pair[0]) - 1
        inside = index >= 0 and moment < self.times[index][1]
        return OTHER[self.normal] if inside else self.normal


def _merged(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def as_utc(value: date | datetime, zone: tzinfo = UTC) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _span(event: Any, zone: tzinfo) -> tuple[datetime, datetime]:
    start = event.get("DTSTART").dt
    end = event.get("DTEND").dt if event.get("DTEND") is not None else None
    if end is None and event.get("DURATION") is not None:
        end = start + event.get("DURATION").dt
    if end is None:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    return as_utc(start, zone), as_utc(end, zone)


def problems(content: str, document_format: str) -> list[str]:
    """What is wrong with the content of a new calendar."""
    if document_format != "TEXT":
        return ["A document of type ChangeCalendar must have the format TEXT"]
    try:
        found = icalendar.Calendar.from_ical(content, multiple=True)
    except (ValueError, IndexError, KeyError) as wrong:
        return [f"The content is not iCalendar: {wrong}"]
    if len(found) != 1 or found[0].name != "VCALENDAR":
        return ["The content must be one VCALENDAR"]
    if str(found[0].get("VERSION")) != "2.0":
        return ["VERSION must be 2.0"]
    if str(found[0].get("X-CALENDAR-TYPE")) not in DEFAULTS:
        return ["X-CALENDAR-TYPE must be DEFAULT_OPEN or DEFAULT_CLOSED"]
    return []


@lru_cache(maxsize=64)
def read(content: str) -> Calendar:
    try:
        parsed = icalendar.Calendar.from_ical(content)
        zone = ZoneInfo(str(parsed.get("X-WR-TIMEZONE") or "UTC"))
        for event in parsed.walk("VEVENT"):
            rules = event.get("RRULE") or []
            for rule in rules if isinstance(rules, list) else [rules]:
                if set(rule.get("FREQ", [])) & TOO_FAST:
                    raise ValueError("an event recurs too often")
            _span(event, zone)
        normal, constant = DEFAULTS[str(parsed.get("X-CALENDAR-TYPE"))], not parsed.walk("VEVENT")
        return Calendar(normal, recurring_ical_events.of(parsed), zone, constant)
    except (ValueError, AttributeError, KeyError, TypeError) as wrong:
        raise AwsError("UnsupportedCalendarException", f"The calendar entry is not supported: {wrong}") from None


def find(account: str, region: str, name: str) -> Calendar:
    """By name or ARN. Raises InvalidDocument, InvalidDocumentType, UnsupportedCalendarException."""
    found = documents.find(account, region, name)
    if found.type != TYPE:
        raise AwsError("InvalidDocumentType", f"The SSM document {name} is a {found.type}, not a ChangeCalendar.")
    return read(found.content)


def state_of(calendars: list[Calendar], moment: datetime) -> str:
    """CLOSED when any calendar is closed."""
    return state_at([one.stretch(moment, moment) for one in calendars], moment)


def state_at(stretches: list[Stretch], moment: datetime) -> str:
    return "CLOSED" if any(one.state(moment) == "CLOSED" for one in stretches) else "OPEN"


def next_transition(calendars: list[Calendar], moment: datetime) -> datetime | None:
    """When the state of all calendars together changes next."""
    if any(one.constant and one.normal == "CLOSED" for one in calendars):
        return None
    now, start, width = state_of(calendars, moment), moment, FIRST_LOOK
    while start < moment + HORIZON:
        stretches = [one.stretch(start, start + width) for one in calendars]
        edges = {edge for one in stretches for pair in one.times for edge in pair}
        for edge in sorted(edges):
            if start < edge <= start + width and state_at(stretches, edge) != now:
                return edge
        start, width = start + width, width * 2
    return None
