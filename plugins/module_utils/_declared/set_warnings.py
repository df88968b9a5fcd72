# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Warnings about declarations of windows, the form that the window modules take."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import typing as t

from .._core.tags import text as as_text
from .._schedule.clock import moment_of
from .._schedule.expressions import schedule_of
from .._schedule.schedule_error import ScheduleError
from . import option_values as values
from . import stages
from . import window_checks
from .patch_groups import PATCH_GROUP_KEYS
from .set_error import SetError

QUOTA = 50  # maintenance windows of an account in a Region (AWS General Reference, Systems Manager quotas)
Given = t.Mapping[str, t.Any]
# what a host must have to be meant, {key: values}; no values = any. Ids and resource groups are keys of their own
Condition = dict[str, frozenset[str]]


def warnings_of(
    declared: t.Iterable[Given], after: datetime.datetime | str, hosts: t.Mapping[str, int] | None = None
) -> list[dict[str, t.Any]]:
    """Warnings as plain values: code, message, windows. Windows that are absent or disabled are not looked at.

    hosts: how many hosts a patch group has; a window whose groups are not all known is not asked whether its time is enough.
    Raises SetError for what AWS would refuse.
    """
    counts = values.mapped(values.number(0, 10**6, "number of hosts"))("hosts", hosts or {})
    present = [window for window in declared if window.get("state", "present") == "present"]
    looked_at = [window for window in present if window.get("schedule") and window.get("enabled") is not False]
    try:
        begin = moment_of("after", after)
        notices = window_checks.warnings(_with_targets([_window(item, counts) for item in looked_at], looked_at), begin)
        notices += stages.order_notices([_staged(item) for item in looked_at if not _scans(item)], begin)
    except ScheduleError as error:
        raise SetError(str(error)) from error
    found = [{"code": item.code, "message": item.message, "windows": list(item.windows)} for item in notices]
    if len(present) > QUOTA:
        message = f"{len(present)} windows are declared; the default AWS quota is {QUOTA} per account and Region"
        found.append({"code": "quota", "message": message, "windows": []})
    return found


def _window(declared: Given, counts: t.Mapping[str, int]) -> window_checks.Window:
    tasks = [task for task in declared.get("tasks") or () if task.get("max_concurrency") is not None]
    return window_checks.Window(
        name=str(declared.get("name") or ""),
        schedule=declared["schedule"],
        duration=declared.get("duration"),
        cutoff=declared.get("cutoff") or 0,
        timezone=declared.get("schedule_timezone") or "UTC",
        offset=declared.get("schedule_offset") or 0,
        start=declared.get("start_date") or None,
        end=declared.get("end_date") or None,
        hosts=_hosts(declared, counts),
        max_concurrency=str(tasks[0]["max_concurrency"]) if tasks else "10",
    )


def _staged(declared: Given) -> stages.Staged:
    named = [
        value
        for target in declared.get("targets") or ()
        for found in (target.get("tags") or {}).values()
        for value in found or ()
    ]
    read = {key: declared.get(key) or "" for key in ("start_date", "end_date")}
    schedule = schedule_of(
        declared["schedule"],
        declared.get("schedule_timezone") or "UTC",
        declared.get("schedule_offset") or 0,
        read["start_date"] or None,
        read["end_date"] or None,
    )
    return stages.Staged(str(declared.get("name") or ""), stages.stages_of(map(as_text, named)), schedule)


def _scans(declared: Given) -> bool:
    """Whether all tasks of a window only scan: the order of scans does not matter."""
    operations = [
        (task.get("run_command") or {}).get("parameters", {}).get("Operation") for task in declared.get("tasks") or ()
    ]
    return bool(operations) and all(one in ("Scan", ["Scan"]) for one in operations)


def _hosts(declared: Given, counts: t.Mapping[str, int]) -> int | None:
    """The hosts of all targets. A target with more tags than the patch group has at most these."""
    groups: set[str] = set()
    for target in declared.get("targets") or ():
        tags = target.get("tags") or {}
        of_target = {group for key in PATCH_GROUP_KEYS for group in tags.get(key) or ()}
        if not of_target:
            return None
        groups |= of_target
    known = [counts[group] for group in groups if group in counts]
    return sum(known) if groups and len(known) == len(groups) else None


def _with_targets(windows: list[window_checks.Window], declared: list[Given]) -> list[window_checks.Window]:
    """The windows with texts for the hosts that two of them can have in common, the same text for both."""
    conditions = [[_condition(target) for target in item.get("targets") or ()] for item in declared]
    shared: list[set[str]] = [set() for window in windows]
    for one, other in itertools.combinations(range(len(windows)), 2):
        for mine, theirs in itertools.product(conditions[one], conditions[other]):
            both = _both(mine, theirs)
            if both:
                shared[one].add(_said(both))
                shared[other].add(_said(both))
    return [
        dataclasses.replace(window, targets=tuple(sorted(texts))) for window, texts in zip(windows, shared, strict=True)
    ]


def _condition(target: Given) -> Condition:
    condition = {f"tag {key}": frozenset(found or ()) for key, found in (target.get("tags") or {}).items()}
    for key, label in (("instance_ids", "instance"), ("resource_groups", "resource group")):
        if target.get(key):
            condition[label] = frozenset(target[key])
    return condition


def _both(mine: Condition, theirs: Condition) -> Condition | None:
    """What a host of both has; None when there can be none, or nothing says that there is one."""
    if not set(mine) & set(theirs):
        return None
    both = {**mine, **theirs}
    for key in set(mine) & set(theirs):
        both[key] = mine[key] & theirs[key] if mine[key] and theirs[key] else mine[key] | theirs[key]
        if not both[key] and (mine[key] or theirs[key]):
            return None
    return both


def _said(condition: Condition) -> str:
    parts = [f"{key} {' or '.join(sorted(found)) or '(any value)'}" for key, found in sorted(condition.items())]
    return " and ".join(parts)
