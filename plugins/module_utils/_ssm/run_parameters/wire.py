# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameters of a run: wire <-> model. Pure."""

from __future__ import annotations

import json

from ..wire import iso

STOP_PREFIX = "/fleetpatch/stop/"
STATE_PREFIX = "/fleetpatch/run/"
RUNNING, COMPLETED, ROLLED_BACK = STATES = ("running", "completed", "rolled_back")
# Much less than the 4,096 characters of a value.
_MESSAGE = 500


def stop_to_model(parameter: dict | None) -> dict:
    """The latest request as {time, who, why, force}, {} without one. time: when AWS took it. Text that is not JSON is the reason."""
    if parameter is None:
        return {}
    said = _said(parameter, "why")
    return {
        "time": iso(parameter.get("LastModifiedDate")),
        "who": str(said.get("who") or ""),
        "why": str(said.get("why") or ""),
        "force": said.get("force") is True,
    }


def state_to_model(parameter: dict | None) -> dict:
    """{time, state, message, wave, attempts} of what is kept of a run, {} without it.

    A state that this version does not know is finished: whoever wrote it meant something.
    """
    if parameter is None:
        return {}
    said = _said(parameter, "state")
    return {
        "time": iso(parameter.get("LastModifiedDate")),
        "state": str(said.get("state") or ""),
        "message": str(said.get("message") or ""),
        "wave": str(said.get("wave") or ""),
        "attempts": int(said.get("attempts") or 0),
    }


def state_to_wire(state: str, message: str, wave: str, attempts: int) -> str:
    """The value of the parameter. A pair of braces would be a reference to another parameter, which AWS refuses."""
    said = {"state": state, "message": message[:_MESSAGE], "wave": wave, "attempts": attempts}
    return json.dumps(said).replace("{{", "{ {").replace("}}", "} }")


def _said(parameter: dict, otherwise: str) -> dict:
    value = parameter.get("Value") or ""
    try:
        said = json.loads(value)
    except ValueError:
        said = value
    return said if isinstance(said, dict) else {otherwise: said}
