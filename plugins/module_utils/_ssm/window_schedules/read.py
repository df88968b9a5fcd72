# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When maintenance windows run next, as reported by AWS (DescribeMaintenanceWindowSchedule)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.limits import refuse
from ..._core.limits import require
from ..._core.limits import wrong_number
from ..windows import api as window_api
from ..windows import limits as window_limits
from ..windows import options as window_options
from ..windows import wire as window_wire
from . import api

PAGE = 50
SELECTION = window_wire.SELECTION


@dataclass(frozen=True)
class Limits:
    """How far to read: at most `most` executions of a window (or of all windows of a target), none after `until`."""

    most: int
    until: datetime | None


def limits_of(most: int, until: str | None) -> Limits:
    """Raises InvalidInput with the option's name."""
    require("max_executions", wrong_number(most, 1))
    if until is not None:
        window_limits.date("until", until)
    return Limits(most, window_wire.instant(until) if until else None)


def of_windows(
    aws: Connection, *, window_ids: list[str] | None, names: list[str] | None, limits: Limits
) -> tuple[list[dict], list[dict]]:
    """The windows {window_id, name} that are meant, and their executions. Raises InvalidInput for a name or id of none."""
    ids = None if window_ids is None else [window_id.rpartition("/")[2] for window_id in window_ids]
    found = [
        one
        for one in window_api.list_windows(aws)
        if (ids is None or one["WindowId"] in ids) and (names is None or one["Name"] in names)
    ]
    for option, given, member in (("window_ids", ids, "WindowId"), ("names", names, "Name")):
        missing = sorted(set(given or []) - {one[member] for one in found})
        if missing:
            raise InvalidInput(f"{option}: no such maintenance window: {', '.join(missing)}", code="no_window")
    executions = []
    for one in found:
        executions += _read(aws, {"WindowId": one["WindowId"]}, limits)
    return _windows(found), _sorted(executions)


def of_target(aws: Connection, target: dict, limits: Limits) -> tuple[list[dict], list[dict]]:
    """The windows {window_id, name} that have the target, and when they open. Raises InvalidInput."""
    wanted = window_options.wanted_target(
        {**dict.fromkeys((*window_wire.TARGET, "window_target_id", "resource_type")), **target}
    )
    if wanted["selection"] is None:
        refuse("target.tags", "exactly one of tags, instance_ids, resource_groups is required")
    window_limits.target("target.", wanted)
    groups = wanted["selection"]["resource_groups"] or wanted["selection"]["resource_type_filters"]
    request = {
        "Targets": window_wire.selection_to_wire(wanted["selection"]),
        "ResourceType": "RESOURCE_GROUP" if groups else "INSTANCE",
    }
    found = api.list_windows_for_target(aws, request)
    return _windows(found), _sorted(_read(aws, request, limits))


def _read(aws: Connection, request: dict, limits: Limits) -> list[dict]:
    """As many as are asked for: executions come in the order of time, and may be without end."""
    found = []
    for one in api.read_schedule(aws, request, min(limits.most, PAGE)):
        time = window_wire.date_text(one.get("ExecutionTime"))
        if limits.until and time and window_wire.instant(time) > limits.until:
            break
        found.append({"window_id": one["WindowId"], "name": one.get("Name"), "execution_time": time})
        if len(found) == limits.most:
            break
    return found


def _windows(found: list[dict]) -> list[dict]:
    models = [{"window_id": one["WindowId"], "name": one.get("Name")} for one in found]
    return sorted(models, key=lambda model: (model["name"] or "", model["window_id"]))


def _sorted(executions: list[dict]) -> list[dict]:
    return sorted(executions, key=lambda one: (one["execution_time"] or "", one["name"] or "", one["window_id"]))
