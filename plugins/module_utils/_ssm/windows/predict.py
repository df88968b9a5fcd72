# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a maintenance window will be: the options in one form, matched with what is there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from datetime import timezone

from ..._core.errors import InvalidInput
from ..._core.limits import refuse
from ..documents.wire import same_document
from . import limits
from . import wire

CLEARABLE = ("description", "schedule_timezone", "schedule_offset", "start_date", "end_date")
NEEDED = ("name", "schedule", "duration", "cutoff")
NEW_TARGET = {
    **dict.fromkeys(wire.TARGET),
    "resource_type": None,
    **wire.selection_to_model([]),
}
NEW_TASK = {
    **dict.fromkeys(wire.TASK),
    "targets": [],
    "instance_ids": [],
    "priority": 1,
    "cutoff_behavior": "CONTINUE_TASK",
    "alarm_configuration": None,
    **{option: None for option, _member, _table in wire.BLOCKS.values()},
}


@dataclass(frozen=True)
class Desired:
    """What the options of one window ask for, in the form of models; None = leave as it is, "" (offset: 0) = clear."""

    name: str | None
    window_id: str | None
    absent: bool
    window: dict
    targets: list[dict] | None
    tasks: list[dict] | None
    purge_targets: bool
    purge_tasks: bool

    @property
    def label(self) -> str:
        return self.name or self.window_id


# Options in one form


# The model after the change


def predict(before: dict | None, desired: Desired) -> dict:
    """The model after the change. Raises InvalidInput with the option's name for what cannot be."""
    start = before or _new(desired)
    after = dict(start)
    for option, value in desired.window.items():
        if value is not None:
            after[option] = None if option in CLEARABLE and not value else value
    begun = before and (not before["start_date"] or began(before["start_date"], after["schedule"]))
    if begun and began(desired.window["start_date"], after["schedule"]):
        after["start_date"] = before["start_date"]
    limits.together(after)
    _targets(start, after, desired)
    _tasks(start, after, desired)
    return after


def began(start_date: str | None, schedule: str | None) -> bool:
    """Whether AWS takes the time of the call instead: "when using a rate schedule, [for] a start date that occurs in the past"."""
    past = bool(start_date) and wire.instant(start_date) <= datetime.now(timezone.utc)
    return past and bool(schedule) and schedule.startswith("rate(")


def _new(desired: Desired) -> dict:
    if desired.window_id:
        raise InvalidInput(
            f"window_id: no such maintenance window: {desired.window_id}; omit window_id to create one",
        )
    for option in NEEDED:
        if desired.window[option] is None:
            refuse(option, f"is required to create maintenance window {desired.name}")
    empty = dict.fromkeys((*wire.WINDOW, *wire.ASSIGNED))
    lists: dict = {"targets": [], "target_ids": [], "tasks": [], "task_ids": []}
    return {**empty, "allow_unassociated_targets": False, "enabled": True, "unknown": {}, **lists}


def _targets(start: dict, after: dict, desired: Desired) -> None:
    """Set targets and target_ids of the model."""
    if desired.targets is None:
        after["targets"], after["target_ids"] = list(start["targets"]), list(start["target_ids"])
        return
    there = dict(zip(start["target_ids"], start["targets"], strict=True))
    items, ids, used = [], [], _named_ids(desired.targets, there, "targets", "window_target_id")
    for number, wanted in enumerate(desired.targets):
        one = used[number] or _same_selection(wanted, there, {*used, *ids})
        items.append(_merged_target(f"targets[{number}].", there.get(one), wanted))
        ids.append(one)
    _keep(items, ids, there, desired.purge_targets)
    _unique("targets", desired.targets, items)
    if len(items) > max(limits.TARGETS_PER_WINDOW, len(there)):
        refuse("targets", f"{len(items)} targets; AWS allows {limits.TARGETS_PER_WINDOW} per window")
    after["targets"], after["target_ids"] = wire.ordered(items, ids, "name")


def _named_ids(wanted: list[dict], there: dict[str, dict], option: str, id_option: str) -> list[str | None]:
    """The id of what is there for each wanted item that has an id or a name; names are not unique in the API."""
    result, by_id = [], {item[id_option] for item in wanted}
    for number, item in enumerate(wanted):
        prefix, given = f"{option}[{number}]", item[id_option]
        if given and given not in there:
            refuse(f"{prefix}.{id_option}", f"there is no {given} in the window; omit it to register a new one")
        same = [one for one, model in there.items() if item["name"] and model["name"] == item["name"]]
        found = [one for one in same if one not in by_id]
        if not given and len(found) > 1:
            text = f"{prefix}.name: the window has {len(found)} {option} with the name {item['name']}: {', '.join(sorted(found))}; "
            raise InvalidInput(f"{text}set {id_option}", code="ambiguous_name", details={id_option: sorted(found)})
        result.append(given or (found[0] if found else None))
    for number, one in enumerate(result):
        if one and result.count(one) > 1:
            refuse(f"{option}[{number}].{id_option}", f"{one} is used more than once")
    return result


def _unique(option: str, wanted: list[dict], items: list[dict]) -> None:
    """A name that is given must be the only one in the window afterwards: the next run finds it by its name."""
    names = [item["name"] for item in items]
    for number, item in enumerate(wanted):
        if item["name"] and names.count(item["name"]) > 1:
            refuse(f"{option}[{number}].name", f"the window has another one with the name {item['name']}")


def _keep(items: list, ids: list, there: dict[str, dict], purge: bool) -> None:
    for one, model in there.items():
        if not purge and one not in ids:
            items.append(model)
            ids.append(one)


def _same_selection(wanted: dict, there: dict[str, dict], taken: set) -> str | None:
    """A target without a name is the one without a name that selects the same."""
    if wanted["name"] or wanted["window_target_id"] or wanted["selection"] is None:
        return None
    for one, model in sorted(there.items()):
        same = {name: model[name] for name in wire.SELECTION} == wanted["selection"] and not model.get("other")
        if same and not model["name"] and one not in taken:
            return one
    return None


def _merged_target(prefix: str, before: dict | None, wanted: dict) -> dict:
    after = dict(before or NEW_TARGET)
    for option in wire.TARGET:
        if wanted[option] is not None:
            after[option] = wanted[option] or None
    if wanted["selection"] is not None:
        after.pop("other", None)
        after.update(wanted["selection"])
        groups = after["resource_groups"] or after["resource_type_filters"]
        after["resource_type"] = "RESOURCE_GROUP" if groups else "INSTANCE"
    elif before is None:
        refuse(f"{prefix}tags", "tags, instance_ids or resource_groups are required for a new target")
    elif wanted["resource_type"] not in (None, before["resource_type"]):
        refuse(f"{prefix}resource_type", "cannot be changed without tags, instance_ids or resource_groups")
    return after


def _tasks(start: dict, after: dict, desired: Desired) -> None:
    """Set tasks and task_ids of the model. A task gets no id where it must be registered."""
    before = wire.labels(start["targets"], start["target_ids"])
    now = wire.labels(after["targets"], after["target_ids"])
    # What is there, in the words of the targets as they will be.
    ids = {label: one for one, label in before.items()}
    there = {
        one: {**task, "targets": [now.get(ids.get(label, label), ids.get(label, label)) for label in task["targets"]]}
        for one, task in zip(start["task_ids"], start["tasks"], strict=True)
    }
    items, kept = [], []
    if desired.tasks is None:
        _keep(items, kept, there, False)
    else:
        known = {**now, **{name: name for name in _names(after["targets"])}}
        used = _named_ids(desired.tasks, there, "tasks", "window_task_id")
        for number, wanted in enumerate(desired.tasks):
            one = used[number] or _alike(wanted, there, {*used, *kept})
            items.append(_merged_task(f"tasks[{number}].", there.get(one), wanted, known))
            limits.unassociated(f"tasks[{number}].", items[-1], after)
            kept.append(one)
        # The type of a task cannot be changed (UpdateMaintenanceWindowTask): it is registered anew.
        changed = {
            one for one, item in zip(kept, items, strict=True) if one and there[one]["task_type"] != item["task_type"]
        }
        _keep(items, kept, there, desired.purge_tasks)
        kept = [None if one in changed else one for one in kept]
        _unique("tasks", desired.tasks, items)
    if len(items) > max(limits.TASKS_PER_WINDOW, len(there)):
        refuse("tasks", f"{len(items)} tasks; AWS allows {limits.TASKS_PER_WINDOW} per window")
    _refuse_in_use(before, now, items)
    after["tasks"], after["task_ids"] = wire.ordered(items, kept, "priority", "name")


def _names(targets: list[dict]) -> list[str]:
    names = [target["name"] for target in targets if target["name"]]
    return [name for name in names if names.count(name) == 1]


def _refuse_in_use(before: dict[str, str], now: dict[str, str], tasks: list[dict]) -> None:
    """A target that goes must not be left in a task that stays."""
    gone = set(before) - set(now)
    for task in tasks:
        for one in gone & set(task["targets"]):
            name = task["name"] or task["task_arn"]
            refuse("targets", f"target {before[one]} would be removed, but task {name} uses it")


def _alike(wanted: dict, there: dict[str, dict], taken: set) -> str | None:
    """A task without a name is the one without a name that runs the same document; of several the one that is identical."""
    if wanted["name"] or wanted["window_task_id"]:
        return None
    found = {
        one: model
        for one, model in sorted(there.items())
        if not model["name"]
        and one not in taken
        and wanted["task_type"] in (None, model["task_type"])
        and (wanted["task_arn"] is None or same_document(wanted["task_arn"], model["task_arn"]))
    }
    same = [one for one, model in found.items() if _with_given(model, wanted) == model]
    return same[0] if same else next(iter(found)) if len(found) == 1 else None


def _merged_task(prefix: str, before: dict | None, wanted: dict, known: dict[str, str]) -> dict:
    after = _with_given(before or NEW_TASK, wanted)
    for label in after["targets"] if wanted["targets"] is not None else []:
        if label not in known:
            there = ", ".join(sorted(set(known.values()))) or "none"
            refuse(f"{prefix}targets", f"the window has no target {label!r}; its targets are: {there}")
    after["targets"] = [known.get(label, label) for label in after["targets"]]
    if before and same_document(before["task_arn"], after["task_arn"]):
        after["task_arn"] = before["task_arn"]
    if before and set(after["targets"]) == set(before["targets"]):
        after["targets"] = before["targets"]  # the order means nothing
    limits.whole_task(prefix, after, wanted)
    return after


def _with_given(start: dict, wanted: dict) -> dict:
    after = dict(start)
    for option in (*wire.TASK, "alarm_configuration"):
        if wanted[option] is not None:
            after[option] = None if wanted[option] == "" else wanted[option]
    if not (after["alarm_configuration"] or {}).get("alarms"):
        after["alarm_configuration"] = None
    if wanted["targets"] is not None or wanted["instance_ids"] is not None:
        after["targets"] = list(wanted["targets"] or [])
        after["instance_ids"] = wanted["instance_ids"] or []
    if not after["targets"] and not after["instance_ids"]:
        after["max_concurrency"] = after["max_errors"] = None
    if after["task_type"] != start["task_type"]:
        after.pop("unknown", None)
    for kind, (option, _member, _table) in wire.BLOCKS.items():
        after[option] = _merged_block(start, wanted, option) if kind == after["task_type"] else None
    return after


def _merged_block(start: dict, wanted: dict, option: str) -> dict:
    """Given, it is whole, as AWS has it; only what the options cannot say is kept."""
    former = start[option] or {}
    if wanted[option] is None:
        return dict(former)
    kept = {"unknown": former["unknown"]} if "unknown" in former else {}
    return {**wanted[option], **kept}
