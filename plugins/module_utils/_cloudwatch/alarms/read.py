# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms by name: their states now."""

from __future__ import annotations

from datetime import datetime

from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import UnknownStatus
from . import api

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


def read(aws: Connection, names: list[str]) -> tuple[list[dict], datetime | None]:
    """{name, type, state, reason} of every alarm, in the order of the names, and the time by AWS's clock, None without names.

    Raises InvalidInput for an empty name, NotFound naming every alarm that does not exist, UnknownStatus.
    """
    if not all(name.strip() for name in names):
        raise InvalidInput("alarms: names must not be empty")
    alarms, now = api.list_alarms(aws, list(dict.fromkeys(names)))
    found = {alarm["AlarmName"]: _model(alarm) for alarm in alarms}
    missing = [name for name in names if name not in found]
    if missing:
        raise NotFound(f"alarms: no such alarm: {', '.join(missing)}", code="no_alarm", details={"missing": missing})
    return [found[name] for name in dict.fromkeys(names)], now


def _model(alarm: dict) -> dict:
    state = alarm.get("StateValue")
    if state not in STATES:
        raise UnknownStatus(f"alarm {alarm['AlarmName']} has the state {state!r}")
    return {
        "name": alarm["AlarmName"],
        "type": alarm["Type"],
        "state": state,
        "reason": alarm.get("StateReason") or "",
    }
