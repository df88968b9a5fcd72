# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The request that a run stops. It is kept on AWS, so that it reaches the run on whatever controller it is."""

from __future__ import annotations

import json
from datetime import datetime

from ..._core.calls import Connection
from ..wire import iso
from . import api

PREFIX = "/fleetpatch/stop/"


def read(aws: Connection, run_id: str) -> tuple[dict, datetime]:
    """The latest request as {time, who, why, force}, {} without one, and the time by AWS's clock.

    time is when AWS took the request, ISO-8601 in UTC. Text that is not JSON is the reason.
    """
    parameter, now = api.find_parameter(aws, name=PREFIX + run_id)
    if parameter is None:
        return {}, now
    said = _said(parameter.get("Value") or "")
    return {
        "time": iso(parameter.get("LastModifiedDate")),
        "who": str(said.get("who") or ""),
        "why": str(said.get("why") or ""),
        "force": said.get("force") is True,
    }, now


def _said(value: str) -> dict:
    try:
        said = json.loads(value)
    except ValueError:
        said = value
    return said if isinstance(said, dict) else {"why": said}
