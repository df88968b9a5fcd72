# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar of windows as iCalendar (RFC 5545), and freezes out of Change Calendar documents, which are iCalendar too."""

from __future__ import annotations

import datetime
import hashlib
import typing as t
import zoneinfo

from ansible.errors import AnsibleError
from ansible.module_utils.basic import missing_required_lib

from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import freezes

from ._calendar_view import KINDS
from ._text import clean

try:
    import icalendar
    import recurring_ical_events
except ImportError as error:
    icalendar = recurring_ical_events = None
    MISSING: ImportError | None = error
else:
    MISSING = None

UTC = datetime.timezone.utc
PRODUCT = "-//Fleetpatch//fleetpatch.aws maintenance calendar//EN"
_Dict = t.Mapping[str, t.Any]


def require(what: str) -> None:
    """Raises AnsibleError when the libraries are not there. what: what needs them."""
    if MISSING is None:
        return
    reason = missing_required_lib("icalendar and recurring-ical-events", reason=f"for {what}")
    raise AnsibleError(f"{reason} ({MISSING})")


def render(model: _Dict) -> str:
    """The calendar as iCalendar text: an event for each run of a window and each freeze, in UTC. model: of window_calendar."""
    require("the calendar as iCalendar")
    made = icalendar.Calendar()
    made.add("PRODID", PRODUCT)
    made.add("VERSION", "2.0")
    made.add("CALSCALE", "GREGORIAN")
    made.add("METHOD", "PUBLISH")
    made.add("X-WR-CALNAME", "Maintenance windows")
    made.add("X-WR-TIMEZONE", model["timezone"])
    stamp = _moment(model["generated_at"])
    for one in model["occurrences"]:
        made.add_component(_opening(one, model, stamp))
    for one in model["freezes"]:
        made.add_component(_freeze(one, stamp))
    return made.to_ical().decode()


def _opening(one: _Dict, model: _Dict, stamp: datetime.datetime) -> t.Any:
    where = _place(one)
    marks = "".join(("[conflict] " if one["conflicts"] else "", "[freeze] " if one["freezes"] else ""))
    lines = [
        f"{clean(one['environment'])}: {KINDS[one['operation']][1]}",
        *map(clean, one["does"]),
        *(f"Targets: {clean(words)}" for words in one["targets"]),
        f"Window {clean(one['window_id']) or clean(one['name'])}, {one['duration']} h, cutoff {one['cutoff']} h: "
        f"no task starts after {_moment(one['last_start']):%H:%M} UTC",
        *(f"Conflict: {clean(found['message'])}" for found in one["conflicts"]),
        *(f"Freeze: {clean(model['freezes'][number]['name'])}" for number in one["freezes"]),
    ]
    uid = _uid(one["account"], one["region"], one["window_id"] or one["name"], one["start"])
    summary = f"{marks}{clean(one['name'])}"
    return _event(uid, stamp, one, summary, lines, where, [clean(one["environment"])])


def _freeze(one: _Dict, stamp: datetime.datetime) -> t.Any:
    lines = [
        "Freeze for " + (clean(", ".join(one["environments"])) if one["environments"] else "all environments"),
        *filter(None, (clean(one["why"]), f"From {clean(one['source'])}" if one["source"] else "")),
    ]
    uid = _uid("freeze", one["source"], one["name"], one["start"])
    return _event(uid, stamp, one, f"Freeze: {clean(one['name'])}", lines, "", ["Freeze"])


def _event(
    uid: str, stamp: datetime.datetime, one: _Dict, summary: str, lines: t.Iterable[str], where: str, kinds: list[str]
) -> t.Any:
    event = icalendar.Event()
    event.add("UID", uid)
    event.add("DTSTAMP", stamp)
    event.add("DTSTART", _moment(one["start"]))
    event.add("DTEND", _moment(one["end"]))
    event.add("SUMMARY", summary)
    event.add("DESCRIPTION", "\n".join(lines))
    if where:
        event.add("LOCATION", where)
    event.add("CATEGORIES", kinds)
    event.add("TRANSP", "TRANSPARENT")  # a window keeps hosts busy, not whoever subscribes to the calendar
    return event


def _place(one: _Dict) -> str:
    return " / ".join(clean(part) for part in (one["account"], one["region"]) if part)


def _uid(*parts: str) -> str:
    return f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}@fleetpatch.aws"


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).astimezone(UTC)


def freezes_of(
    document: _Dict, begin: datetime.datetime, end: datetime.datetime, timezone: str
) -> list[dict[str, t.Any]]:
    """Freezes of a Change Calendar document between two moments (UTC), as window_calendar takes them.

    document: name, content (the text of the document) and environments. In a calendar of X-CALENDAR-TYPE DEFAULT_OPEN the events are
    the freezes, in one of DEFAULT_CLOSED all that is not an event is (user guide, "AWS Systems Manager Change Calendar"). Times
    without a zone are local to the X-WR-TIMEZONE of the calendar, else to `timezone`. Raises AnsibleError with the name.
    """
    name = str(document["name"])
    require(f"the change calendar {name}")
    try:
        read = icalendar.Calendar.from_ical(str(document["content"]))
        _refuse_broken(read)
        kind = str(read.get("X-CALENDAR-TYPE", "")).strip()
        zone = zoneinfo.ZoneInfo(str(read.get("X-WR-TIMEZONE") or timezone))
        events = recurring_ical_events.of(read, skip_bad_series=False).between(begin, end)
        times = [
            (_aware(event["DTSTART"].dt, zone), _aware(event["DTEND"].dt, zone), event)
            for event in events
            if _counts(event)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        raise AnsibleError(f"change calendar {name}: not valid iCalendar: {problem}") from problem
    common = {"environments": list(document.get("environments") or ()), "source": name}
    if kind == "DEFAULT_OPEN":
        return [
            {
                **common,
                "name": str(event.get("SUMMARY") or name),
                "why": str(event.get("DESCRIPTION") or ""),
                **_span(first, last),
            }
            for first, last, event in sorted(times, key=lambda one: (one[0], one[1], str(one[2].get("UID"))))
            if first < last
        ]
    if kind == "DEFAULT_CLOSED":
        closed = freezes.outside([(first, last) for first, last, _event in times], begin, end)
        return [{**common, "name": f"{name} is closed", "why": "", **_span(*one)} for one in closed]
    raise AnsibleError(f"change calendar {name}: X-CALENDAR-TYPE is {kind!r}; must be DEFAULT_OPEN or DEFAULT_CLOSED")


def _refuse_broken(calendar: t.Any) -> None:
    """The library leaves out properties that it cannot read, and an event without its rule is another event. Raises ValueError."""
    broken = [f"{name}: {problem}" for component in calendar.walk() for name, problem in component.errors]
    if broken:
        raise ValueError("; ".join(broken))


def _counts(event: t.Any) -> bool:
    return str(event.get("STATUS") or "").upper() != "CANCELLED"


def _span(first: datetime.datetime, last: datetime.datetime) -> dict[str, str]:
    return {"start": first.isoformat(), "end": last.isoformat()}


def _aware(value: datetime.date, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    made = value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
    return (made if made.tzinfo else made.replace(tzinfo=zone)).astimezone(UTC)
