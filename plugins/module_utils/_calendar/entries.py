# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A maintenance window as the calendar sees it: whose it is, what it does to which hosts, and when."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing as t

from .._core.tags import text as as_text
from .._declared import window_checks
from .._declared.patch_groups import PATCH_GROUP_KEYS
from .._schedule.clock import instant
from .._schedule.expressions import Rate
from .._schedule.expressions import Schedule
from .._schedule.expressions import describe
from .._schedule.expressions import schedule_of
from .._schedule.schedule_error import ScheduleError

ENVIRONMENT_TAGS = ("environment", "Environment", "fleetpatch:environment")
NO_ENVIRONMENT = "other"

INSTALL, SCAN, PATCH, OTHER, NOTHING = "Install", "Scan", "Patch", "Other", "Nothing"
# What a window does is named by the strongest of its tasks.
_STRENGTH = (INSTALL, PATCH, SCAN, OTHER, NOTHING)
_BACK = datetime.timedelta(days=400)
# Documents with a parameter that says whether they install or scan: the documents' own pages in the user guide.
_PATCH_DOCUMENTS = {
    "AWS-RunPatchBaseline": "Operation",
    "AWS-RunPatchBaselineAssociation": "Operation",
    "AWS-RunPatchBaselineWithHooks": "Operation",
    "AWS-ApplyPatchBaseline": "Operation",
    "AWS-InstallWindowsUpdates": "Action",
}
_INSTALLING_DOCUMENTS = ("AWS-PatchAsgInstance", "AWS-PatchInstanceWithRollback")


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What a target selects. tags: key to values, all keys must match; no values = any. The other two: ids, names."""

    tags: t.Mapping[str, frozenset[str]]
    instance_ids: frozenset[str]
    resource_groups: frozenset[str]

    def shares_with(self, other: Target) -> bool:
        """Whether both may select the same host: the same id or group, or tags with a key in common and no key that tells them apart.

        An instance has one value of a tag key, so values without a common one keep two selections apart.
        """
        if self.instance_ids & other.instance_ids or self.resource_groups & other.resource_groups:
            return True
        common = set(self.tags) & set(other.tags)
        return bool(common) and all(
            not self.tags[key] or not other.tags[key] or self.tags[key] & other.tags[key] for key in common
        )

    def words(self) -> str:
        parts = []
        if self.tags:
            parts.append("tag " + " and ".join(_tag_words(key, self.tags[key]) for key in sorted(self.tags)))
        if self.instance_ids:
            parts.append("instances " + ", ".join(sorted(self.instance_ids)))
        if self.resource_groups:
            parts.append("resource group " + ", ".join(sorted(self.resource_groups)))
        return "; ".join(parts)


def _tag_words(key: str, values: t.Iterable[str]) -> str:
    return f"{key} = {' or '.join(sorted(values))}" if values else f"{key} with any value"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A window that could be read.

    key: unique in one calendar, the same in the next. environments: one or more. operation: Install, Scan, Patch (which of both
    is not known), Other or Nothing (no task). does: one phrase a task. declared_next: what AWS says comes next, UTC.
    """

    key: str
    window: window_checks.Window
    schedule: Schedule
    description: str
    window_id: str
    account: str
    region: str
    environments: tuple[str, ...]
    operation: str
    does: tuple[str, ...]
    targets: tuple[Target, ...]
    enabled: bool
    declared_next: datetime.datetime | None

    @property
    def name(self) -> str:
        return self.window.name

    @property
    def environment(self) -> str:
        return ", ".join(self.environments)

    @property
    def length(self) -> datetime.timedelta:
        return datetime.timedelta(hours=t.cast(int, self.window.duration))

    @property
    def place(self) -> str:
        return place(self.account, self.region)

    def occurrences(self, begin: datetime.datetime, end: datetime.datetime) -> t.Iterator[datetime.datetime]:
        """When it starts, UTC, for all runs that last into the time from `begin` to before `end`."""
        for moment in self.schedule.after(begin - self.length):
            if moment >= end:
                return
            yield moment


def place(account: str, region: str) -> str:
    """Account and Region in words."""
    return " / ".join(filter(None, (account, region))) or "unknown account and Region"


def read_entry(
    window: t.Mapping[str, t.Any], environment_tags: t.Sequence[str], counted_from: datetime.datetime
) -> Entry:
    """An Entry from the model of a window (M(fleetpatch.aws.ssm_maintenance_window_info)) with `account` and `region`.

    `hosts`, where the caller adds it, is how many it patches; only then is it asked whether the time is enough.
    counted_from: where a rate counts from when the window says neither when it was made nor when it runs next. Raises ScheduleError.
    """
    zone = _text(window, "schedule_timezone") or "UTC"
    offset = _number(window, "schedule_offset") or 0
    declared = window_checks.Window(
        name=_text(window, "name") or _text(window, "window_id"),
        schedule=_text(window, "schedule"),
        duration=_number(window, "duration"),
        cutoff=_number(window, "cutoff") or 0,
        timezone=zone,
        offset=offset,
        start=_text(window, "start_date") or None,
        end=_text(window, "end_date") or None,
        hosts=_number(window, "hosts"),
        max_concurrency=_concurrency(window),
    )
    if declared.duration is None:
        raise ScheduleError("duration is missing; must be a number of hours from 1 to 24")
    announced = instant("next_execution_time", _text(window, "next_execution_time"))
    tasks = [task_words(task) for task in _dicts(window, "tasks")]
    targets = _targets(window)
    return Entry(
        key=key_of(window),
        window=declared,
        schedule=_schedule(declared, _text(window, "created_date") or None, announced, counted_from),
        description=describe(declared.schedule, zone, offset),
        window_id=_text(window, "window_id"),
        account=_text(window, "account"),
        region=_text(window, "region"),
        environments=environments_of(window, targets, environment_tags),
        operation=min((operation for operation, _words in tasks), key=_STRENGTH.index, default=NOTHING),
        does=tuple(dict.fromkeys(words for _operation, words in tasks)),
        targets=targets,
        enabled=window.get("enabled") is not False,
        declared_next=announced,
    )


def key_of(window: t.Mapping[str, t.Any]) -> str:
    """A short text that stays the same for a window from one calendar to the next."""
    parts = (_text(window, "account"), _text(window, "region"), _text(window, "window_id") or _text(window, "name"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _schedule(
    declared: window_checks.Window,
    created: str | None,
    announced: datetime.datetime | None,
    counted_from: datetime.datetime,
) -> Schedule:
    made = schedule_of(
        declared.schedule,
        declared.timezone,
        declared.offset,
        declared.start,
        declared.end,
        instant("created_date", created),
    )
    if not isinstance(made.expression, Rate):
        return made
    # AWS counts a rate from a moment that it does not show; what it announces is the one sure point of the series.
    if announced is not None:
        period = made.expression.period
        return dataclasses.replace(made, start=None, created=announced - period * (_BACK // period + 1))
    if made.created is None and made.start is None:
        return dataclasses.replace(made, created=counted_from)
    return made


def environments_of(
    window: t.Mapping[str, t.Any], targets: t.Sequence[Target], environment_tags: t.Sequence[str]
) -> tuple[str, ...]:
    """By tag of the window, else by the same tags of what it targets, else by patch group, else "other"."""
    tags = _mapping(window, "tags")
    for key in environment_tags:
        if tags.get(key):
            return (as_text(tags[key]),)
    for keys in (environment_tags, PATCH_GROUP_KEYS):
        found = {value for target in targets for key in keys for value in target.tags.get(key, ())}
        if found:
            return tuple(sorted(found))
    return (NO_ENVIRONMENT,)


def _targets(window: t.Mapping[str, t.Any]) -> tuple[Target, ...]:
    declared = _dicts(window, "targets") + [
        {"instance_ids": task["instance_ids"]} for task in _dicts(window, "tasks") if task.get("instance_ids")
    ]
    made = [
        Target(
            tags={
                as_text(key): _texts(f"tags of targets, {key}", values) for key, values in _mapping(one, "tags").items()
            },
            instance_ids=_texts("instance_ids", one.get("instance_ids")),
            resource_groups=_texts("resource_groups", one.get("resource_groups")),
        )
        for one in declared
    ]
    return tuple(one for number, one in enumerate(made) if one.words() and one not in made[:number])


def task_words(task: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """(operation, phrase) of a task: ("Install", "installs patches, no reboot (AWS-RunPatchBaseline)")."""
    document = _text(task, "task_arn").rsplit("/", 1)[-1].rsplit(":function:", 1)[-1]
    name = f"{_text(task, 'name')}: " if task.get("name") and task["name"] != document else ""
    if document in _INSTALLING_DOCUMENTS:
        return INSTALL, f"{name}installs patches ({document})"
    if document not in _PATCH_DOCUMENTS:
        kind = {"LAMBDA": "function ", "STEP_FUNCTIONS": "state machine "}.get(_text(task, "task_type"), "")
        return OTHER, f"{name}runs {kind}{document or 'an unnamed document'}"
    parameters = _mapping(_mapping(task, "run_command"), "parameters")
    operation = _first(parameters, _PATCH_DOCUMENTS[document])
    if operation == SCAN:
        return SCAN, f"{name}scans for missing patches ({document})"
    if operation != INSTALL:
        return PATCH, f"{name}patches, scan or install is unknown ({document})"
    reboot = ", no reboot" if _first(parameters, "RebootOption") == "NoReboot" else ""
    return INSTALL, f"{name}installs patches{reboot} ({document})"


def _concurrency(window: t.Mapping[str, t.Any]) -> str:
    """Of the first task that patches; what a window takes when it says nothing, where none does."""
    tasks = (task for task in _dicts(window, "tasks") if task_words(task)[0] in (INSTALL, PATCH))
    return next((_text(task, "max_concurrency") for task in tasks if task.get("max_concurrency")), "10")


def _first(parameters: t.Mapping[str, t.Any], name: str) -> str:
    values = parameters.get(name)
    if isinstance(values, (list, tuple)):
        return as_text(values[0]) if values else ""
    return as_text(values)


def _text(mapping: t.Mapping[str, t.Any], name: str) -> str:
    value = mapping.get(name)
    return as_text(value)


def _number(mapping: t.Mapping[str, t.Any], name: str) -> int | None:
    value = mapping.get(name)
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ScheduleError(f"{name} is {value!r}; must be a number") from error


def _mapping(mapping: t.Mapping[str, t.Any], name: str) -> t.Mapping[str, t.Any]:
    found = mapping.get(name) or {}
    if not isinstance(found, t.Mapping):
        raise ScheduleError(f"{name} is {found!r}; must be a dictionary")
    return found


def _texts(name: str, values: t.Any) -> frozenset[str]:
    """The values of a list; a text alone is one value, nothing is none."""
    if isinstance(values, t.Mapping) or (isinstance(values, (list, tuple)) and any(map(_nested, values))):
        raise ScheduleError(f"{name} is {values!r}; must be a list of texts")
    listed = values if isinstance(values, (list, tuple)) else () if values is None else (values,)
    return frozenset(map(as_text, listed))


def _nested(value: t.Any) -> bool:
    return isinstance(value, (list, tuple, t.Mapping))


def _dicts(mapping: t.Mapping[str, t.Any], name: str) -> list[t.Mapping[str, t.Any]]:
    found = mapping.get(name) or []
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, t.Mapping) for one in found):
        raise ScheduleError(f"{name} is {found!r}; must be a list of dictionaries")
    return list(found)
