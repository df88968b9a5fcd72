# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change calendars: whether changes are allowed now, and for as long as they take (GetCalendarState)."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone

from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import UnknownStatus
from . import api

STATES = ("OPEN", "CLOSED")
OPEN = "OPEN"


def instant(option: str, text: str) -> datetime:
    """An aware time from ISO-8601 text; without a zone it is UTC. Raises InvalidInput with the option's name."""
    try:
        made = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (made if made.tzinfo else made.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{option}: {text} must be a time in ISO 8601 such as 2026-04-19T02:00:00Z") from error


def iso(moment: datetime) -> str:
    """ISO-8601 in UTC, to the second."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def check(names: list[str], minutes: int | None) -> None:
    """Raises InvalidInput for no name, an empty one, or a negative length."""
    if not names or not all(name.strip() for name in names):
        raise InvalidInput("names: must contain at least one name, and no empty ones")
    if minutes is not None and minutes < 0:
        raise InvalidInput(f"minutes: {minutes} must be at least 0")


def read(aws: Connection, names: list[str], at_time: str | None = None, minutes: int | None = None) -> dict:
    """The state of the calendars at a time (default: now), and whether they stay open for so many minutes.

    Gives {time, state, next_transition, until, open_throughout, calendars: [{name, state, next_transition}]}; times are ISO-8601
    in UTC or None. All together are CLOSED when one is. open_throughout and until are None without minutes. Raises InvalidInput,
    NotFound for a calendar that does not exist, UnknownStatus.

    Calls: one a calendar, one more for several together, one more for the end.
    """
    check(names, minutes)
    at = iso(instant("at_time", at_time)) if at_time else None
    own = [_own(aws, name, at) for name in names]
    together = own[0] if len(own) == 1 else _state(aws, names, at)
    found = {key: together[key] for key in ("time", "state", "next_transition")}
    until, throughout = None, None
    if minutes is not None:
        end = instant("time", found["time"]) + timedelta(minutes=minutes)
        until, throughout = iso(end), found["state"] == OPEN and _stays_open(aws, names, found["next_transition"], end)
    calendars = [{key: one[key] for key in ("name", "state", "next_transition")} for one in own]
    return {**found, "until": until, "open_throughout": throughout, "calendars": calendars}


def _stays_open(aws: Connection, names: list[str], change: str | None, end: datetime) -> bool:
    """Of calendars that are open now: NextTransitionTime says when they close; the state at the end is asked for besides."""
    if change and instant("next_transition", change) < end:
        return False
    return _state(aws, names, iso(end))["state"] == OPEN


def _own(aws: Connection, name: str, at: str | None) -> dict:
    try:
        return {**_state(aws, [name], at), "name": name}
    except NotFound as error:
        raise NotFound(f"names: no such change calendar: {name}", code="no_calendar", details=error.details) from error


def _state(aws: Connection, names: list[str], at: str | None) -> dict:
    answer = api.get_calendar_state(aws, names=names, at=at)
    state = answer.get("State")
    if state not in STATES:
        raise UnknownStatus(f"GetCalendarState returned {state!r} for {', '.join(names)}")
    change = answer.get("NextTransitionTime")
    return {
        "time": iso(instant("AtTime", answer["AtTime"])),
        "state": state,
        "next_transition": iso(instant("NextTransitionTime", change)) if change else None,
    }
