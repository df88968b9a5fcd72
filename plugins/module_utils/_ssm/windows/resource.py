# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Maintenance windows as resources: the window, its targets, its tasks, tags."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from ..._core.calls import Connection
from ..._core.calls import members
from ..._core.converge import Resource
from ..._core.converge import converge
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.tags import to_wire as tags_to_wire
from ..tags import api as tag_api
from . import api
from . import predict
from . import wire
from .predict import Desired

KIND = "MaintenanceWindow"
SERVER_FIELDS = (*wire.ASSIGNED, "target_ids", "task_ids", "unknown")


# Which one is meant


def choose(identities: list[dict], desired: Desired) -> dict | None:
    """The one identity (DescribeMaintenanceWindows) that is meant, or None. Names are not unique in the API.

    Raises InvalidInput when more than one has the name, or when a window that is known by its id must get the name of another.
    """
    named = [one for one in identities if desired.name and one["Name"] == desired.name]
    if desired.window_id:
        refuse_taken_name(named, desired)
        return next((one for one in identities if one["WindowId"] == desired.window_id), None)
    if len(named) > 1:
        listed = sorted(one["WindowId"] for one in named)
        raise InvalidInput(
            f"name: {len(named)} maintenance windows have the name {desired.name}: {', '.join(listed)}; "
            "set window_id",
            code="ambiguous_name",
            details={"windows": listed},
        )
    return named[0] if named else None


def refuse_taken_name(named: list[dict], desired: Desired) -> None:
    """A window that is known by its id must not get the name of another one."""
    for one in named:
        if one["WindowId"] != desired.window_id and not desired.absent:
            raise InvalidInput(f"name: {one['WindowId']} already has the name {desired.name}")


# Reading


def details(aws: Connection, raw: dict, *, tags: dict[str, str] | None = None) -> dict | None:
    """The whole model of a window that was read or listed; None when it was deleted in between.

    Listed, it lacks what only GetMaintenanceWindow tells: allow_unassociated_targets and its dates of change.
    """
    window_id = raw["WindowId"]
    try:
        targets = api.list_targets(aws, window_id=window_id)
        tasks = [_task(aws, window_id, one["WindowTaskId"]) for one in api.list_tasks(aws, window_id=window_id)]
        if tags is None:
            tags = tag_api.list_tags(aws, kind=KIND, resource_id=window_id)
    except NotFound:
        return None
    model = wire.window_to_model(raw)
    named = [wire.target_to_model(one) for one in targets]
    ids = [one["WindowTargetId"] for one in targets]
    model["targets"], model["target_ids"] = wire.ordered(named, ids, "name")
    labels = wire.labels(named, ids)
    found = [task for task in tasks if task]
    models = [wire.task_to_model(task, labels) for task in found]
    ids = [task["WindowTaskId"] for task in found]
    model["tasks"], model["task_ids"] = wire.ordered(models, ids, "priority", "name")
    return {**model, "tags": tags}


def _task(aws: Connection, window_id: str, task_id: str) -> dict | None:
    try:
        return api.get_task(aws, window_id=window_id, task_id=task_id)
    except NotFound:
        return None


def _get(aws: Connection, window_id: str) -> dict | None:
    try:
        return api.get_window(aws, window_id=window_id)
    except NotFound:
        return None


def _find(aws: Connection, desired: Desired) -> dict | None:
    """The window that is meant, as GetMaintenanceWindow tells it."""
    if not desired.window_id:
        identity = choose(api.list_windows(aws, desired.name), desired)
        return _get(aws, identity["WindowId"]) if identity else None
    raw = _get(aws, desired.window_id)
    if raw and desired.name and raw["Name"] != desired.name:
        named = [one for one in api.list_windows(aws, desired.name) if one["Name"] == desired.name]
        refuse_taken_name(named, desired)
    return raw


def started(model: dict, given: str | None) -> dict:
    """What was read back after writing: the date that was given where AWS took the time of the call instead."""
    if predict.began(given, model["schedule"]) and predict.began(model["start_date"], model["schedule"]):
        return {**model, "start_date": given}
    return model


# Making it so


def resource(
    aws: Connection, desired: Desired, find: Callable[[], dict | None], create_it: Callable[[dict], dict] | None = None
) -> Resource:
    """What is particular about one window, for the kernel; how it is found differs between one and many."""
    return Resource(
        kind="window",
        name=desired.label,
        find=find,
        predict=predict.predict,
        create=create_it or (lambda after: create(aws, after)),
        update=lambda before, after, names: update(aws, before, after, names),
        delete=lambda before: delete(aws, before["window_id"]),
        set_tags=lambda after, to_set, to_remove: tag_api.change_tags(aws, KIND, after["window_id"], to_set, to_remove),
        server=SERVER_FIELDS,
    )


def make(aws: Connection, desired: Desired, *, tags: dict[str, str] | None, purge_tags: bool, check_mode: bool) -> dict:
    """Converge one window; the kernel's result as it is shown."""
    made: list[str] = []

    def find() -> dict | None:
        again = bool(made)
        raw = _get(aws, made[0]) if made else _find(aws, desired)
        if raw:
            made[:] = [raw["WindowId"]]
        model = details(aws, raw) if raw else None
        return started(model, desired.window["start_date"]) if model and again else model

    def create_it(after: dict) -> dict:
        assigned = create(aws, after)
        made[:] = [assigned["window_id"]]
        return assigned

    result = converge(
        resource(aws, desired, find, create_it),
        None if desired.absent else desired,
        tags=tags,
        purge_tags=purge_tags,
        check_mode=check_mode,
        clock=aws.clock,
    )
    return wire.finished(result)


def create(aws: Connection, after: dict) -> dict:
    """Create the window with its targets and tasks; the ids are filled in and returned."""
    request = wire.window_to_wire(after)
    enabled = request.pop("Enabled")
    if after["tags"]:
        request["Tags"] = tags_to_wire(after["tags"])
    window_id = api.create_window(aws, **request, ClientToken=_token())
    if not enabled:
        # A window is born enabled. It must not open with tasks before it is disabled.
        api.update_window(aws, WindowId=window_id, Enabled=False)
    _converge_items(aws, window_id, {"targets": [], "target_ids": [], "tasks": [], "task_ids": []}, after)
    return {"window_id": window_id}


def _token() -> str:
    """Made outside of the repeated call: names are not unique, the token is what keeps a second try harmless."""
    return str(uuid.uuid4())


def update(aws: Connection, before: dict, after: dict, names: frozenset) -> None:
    """Update in place: the window, then its targets and tasks. One that is enabled is so in the end, when it is complete."""
    window_id = before["window_id"]
    items = bool(names & {"targets", "tasks"})
    last = items and after["enabled"] and not before["enabled"]
    _update_window(aws, before, {**after, "enabled": False} if last else after)
    if items:
        _converge_items(aws, window_id, before, after)
    if last:
        api.update_window(aws, WindowId=window_id, Enabled=True)


def _update_window(aws: Connection, before: dict, after: dict) -> None:
    """UpdateMaintenanceWindow: what changes; the whole window with Replace where something is cleared."""
    old, new = wire.window_to_wire(before), wire.window_to_wire(after)
    if old == new:
        return
    request = {member: value for member, value in new.items() if old.get(member) != value}
    if set(old) - set(new):
        full = before
        if before["allow_unassociated_targets"] is None:  # it was listed only
            full = wire.window_to_model(api.get_window(aws, window_id=before["window_id"]))
            new = {"AllowUnassociatedTargets": full["allow_unassociated_targets"], **new}
        request = {**_resent(aws, full["unknown"], "UpdateMaintenanceWindow"), **new, "Replace": True}
    api.update_window(aws, WindowId=before["window_id"], **request)


def _resent(aws: Connection, unknown: dict, operation: str) -> dict:
    """What this code does not know and Replace would set to null."""
    known = members(aws, operation)
    return {member: value for member, value in unknown.items() if member in known}


def _converge_items(aws: Connection, window_id: str, before: dict, after: dict) -> None:
    """Targets before the tasks that use them; what is removed goes last, and tasks before the targets that they used."""
    _register_and_update_targets(aws, window_id, before, after)
    gone = [one for one in before["task_ids"] if one not in after["task_ids"]]
    names = dict(zip(before["task_ids"], (task["name"] for task in before["tasks"]), strict=True))
    again = {
        task["name"]
        for task, one in zip(after["tasks"], after["task_ids"], strict=True)
        if one is None and task["name"]
    }
    # A task of another type takes the name of the former one: were both there after a failure, the name would be ambiguous.
    first = [one for one in gone if names[one] in again]
    for one in first:
        _gone(lambda one=one: api.deregister_task(aws, window_id=window_id, task_id=one))
    _register_and_update_tasks(aws, window_id, before, after)
    for one in gone:
        if one not in first:
            _gone(lambda one=one: api.deregister_task(aws, window_id=window_id, task_id=one))
    for one in before["target_ids"]:
        if one not in after["target_ids"]:
            _gone(lambda one=one: api.deregister_target(aws, window_id=window_id, target_id=one))


def _gone(remove: Callable[[], None]) -> None:
    try:
        remove()
    except NotFound:
        pass


def _register_and_update_targets(aws: Connection, window_id: str, before: dict, after: dict) -> None:
    there = dict(zip(before["target_ids"], before["targets"], strict=True))
    for number, target in enumerate(after["targets"]):
        one, new = after["target_ids"][number], wire.target_to_wire(target)
        if one is None:
            one = api.register_target(aws, WindowId=window_id, **new, ClientToken=_token())
            after["target_ids"][number] = one
        elif there[one] != target:
            replace = _replacing(
                aws,
                wire.target_to_wire(there[one]),
                new,
                target.get("unknown", {}),
                "UpdateMaintenanceWindowTarget",
            )
            del new["ResourceType"]  # it follows from what is selected
            api.update_target(aws, WindowId=window_id, WindowTargetId=one, **{**replace, **new})


def _replacing(aws: Connection, old: dict, new: dict, unknown: dict, operation: str) -> dict:
    """Replace, and what must be sent with it, where a member is there no longer."""
    return {**_resent(aws, unknown, operation), "Replace": True} if set(old) - set(new) else {}


def _register_and_update_tasks(aws: Connection, window_id: str, before: dict, after: dict) -> None:
    old_ids = {label: one for one, label in wire.labels(before["targets"], before["target_ids"]).items()}
    new_ids = {label: one for one, label in wire.labels(after["targets"], after["target_ids"]).items()}
    there = dict(zip(before["task_ids"], before["tasks"], strict=True))
    for number, task in enumerate(after["tasks"]):
        one, new = after["task_ids"][number], wire.task_to_wire(task, new_ids)
        if one is None:
            one = api.register_task(aws, WindowId=window_id, **new, ClientToken=_token())
            after["task_ids"][number] = one
            continue
        old = wire.task_to_wire(there[one], old_ids)
        if old != new:
            replace = _replacing(aws, old, new, task.get("unknown", {}), "UpdateMaintenanceWindowTask")
            del new["TaskType"]
            api.update_task(aws, WindowId=window_id, WindowTaskId=one, **{**replace, **new})


def delete(aws: Connection, window_id: str) -> None:
    """DeleteMaintenanceWindow takes targets and tasks along."""
    _gone(lambda: api.delete_window(aws, window_id=window_id))
