# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change Calendar: one function is one API operation."""

from __future__ import annotations

from typing import Any

from ..._core.calls import api_call

NO_CALENDAR = ("InvalidDocument",)


@api_call("read the state of change calendar {names}", missing=NO_CALENDAR)
def get_calendar_state(client: Any, names: list[str], at: str | None) -> dict:
    """GetCalendarState of all calendars together, now or at an ISO-8601 time: State, AtTime, NextTransitionTime when there is one."""
    return client.get_calendar_state(CalendarNames=names, **({"AtTime": at} if at else {}))
