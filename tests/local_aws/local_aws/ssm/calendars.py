# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change calendars: documents of type ChangeCalendar, and GetCalendarState.

Source: API GetCalendarState; user guide "AWS Systems Manager Change Calendar", "Getting the state of a change calendar";
the form of the content: CloudFormation AWS::SSM::Document, "Create a Systems Manager Change Calendar document".
"""

from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

import icalendar
import recurring_ical_events

from local_aws import clock
from local_aws.registry import AwsError
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.ssm import documents
from local_aws.switches import assume

TYPE = "ChangeCalendar"
DEFAULTS = {"DEFAULT_OPEN": "OPEN", "DEFAULT_CLOSED": "CLOSED"}
OTHER = {"OPEN": "CLOSED", "CLOSED": "OPEN"}
HORIZON = timedelta(days=366 * 2)
MAX_CHANGES = 5000
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
assume("calendar.floating", "times without a zone, and whole days, are UTC", "GetCalendarState")
assume("calendar.end", "the start of an event belongs to it, its end does not", "RFC 5545, DTEND is non-inclusive")
assume("calendar.next", "NextTransitionTime is looked for two years ahead and left out beyond", "GetCalendarState")
assume("calendar.time", "an AtTime that is no ISO 8601 time is a ValidationException; without a zone UTC", "AtTime")


@dataclass(frozen=True)
class Calendar:
    """normal: the state outside events; events: the query of recurring_ical_events."""

    normal: str
    events: Any

    def state(self, moment: datetime) -> str:
        inside = any(start <= moment < end for start, end in self._near(moment))
        return OTHER[self.normal] if inside else self.normal

    def next_edge(self, moment: datetime) -> datetime | None:
        """When an event next starts or ends after the moment; the state need not change there."""
        edges = [edge for pair in self._near(moment) for edge in pair if edge > moment]
        for event in self.events.after(moment):
            start, end = _span(event)
            if start > moment + HORIZON:
                break
            edges += [edge for edge in (start, end) if edge > moment]
            if start > moment and end > start:
                break
        return min(edges, default=None)

    def _near(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        found = self.events.between(moment - timedelta(seconds=1), moment + timedelta(seconds=1))
        return [pair for pair in map(_span, found) if pair[0] < pair[1]]


def _utc(value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _span(event: Any) -> tuple[datetime, datetime]:
    start = event.get("DTSTART").dt
    end = event.get("DTEND").dt if event.get("DTEND") is not None else None
    if end is None and event.get("DURATION") is not None:
        end = start + event.get("DURATION").dt
    if end is None:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    return _utc(start), _utc(end)


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
def _read(content: str) -> Calendar:
    try:
        parsed = icalendar.Calendar.from_ical(content)
        for event in parsed.walk("VEVENT"):
            rules = event.get("RRULE") or []
            for rule in rules if isinstance(rules, list) else [rules]:
                if set(rule.get("FREQ", [])) & TOO_FAST:
                    raise ValueError("an event recurs too often")
            _span(event)
        return Calendar(DEFAULTS[str(parsed.get("X-CALENDAR-TYPE"))], recurring_ical_events.of(parsed))
    except (ValueError, AttributeError, KeyError, TypeError) as wrong:
        raise AwsError("UnsupportedCalendarException", f"The calendar entry is not supported: {wrong}") from None


def find(account: str, region: str, name: str) -> Calendar:
    """By name or ARN. Raises InvalidDocument, InvalidDocumentType, UnsupportedCalendarException."""
    found = documents.find(account, region, name)
    if found.type != TYPE:
        raise AwsError("InvalidDocumentType", f"The SSM document {name} is a {found.type}, not a ChangeCalendar.")
    return _read(found.content)


def state_of(calendars: list[Calendar], moment: datetime) -> str:
    """CLOSED when any calendar is closed."""
    return "CLOSED" if any(one.state(moment) == "CLOSED" for one in calendars) else "OPEN"


def next_transition(calendars: list[Calendar], moment: datetime) -> datetime | None:
    """When the state of all calendars together changes next."""
    now, at = state_of(calendars, moment), moment
    for _ in range(MAX_CHANGES):
        edges = [edge for edge in (one.next_edge(at) for one in calendars) if edge is not None]
        at = min(edges, default=None)
        if at is None or at > moment + HORIZON:
            return None
        if state_of(calendars, at) != now:
            return at
    return None


def _moment(text: str | None) -> datetime:
    if not text:
        return clock.now()
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        raise AwsError("ValidationException", f"AtTime {text} is not an ISO 8601 time.") from None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@op("ssm", "GetCalendarState")
def get_calendar_state(ctx: Context, params: dict) -> dict:
    if not params["CalendarNames"]:
        raise AwsError("ValidationException", "CalendarNames must name at least one calendar.")
    moment = _moment(params.get("AtTime"))
    calendars = [find(ctx.account, ctx.region, name) for name in params["CalendarNames"]]
    answer = {"State": state_of(calendars, moment), "AtTime": _text(moment)}
    following = next_transition(calendars, moment)
    if following is not None:
        answer["NextTransitionTime"] = _text(following)
    return answer
