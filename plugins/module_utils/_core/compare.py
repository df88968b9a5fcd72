# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compare two models (snake_case, JSON types): what differs, field by field. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from typing import Iterable


@dataclass(frozen=True)
class FieldChange:
    """One field that differs; None stands for "not there"."""

    field: str
    before: Any
    after: Any

    def to_dict(self) -> dict:
        return {"field": self.field, "before": self.before, "after": self.after}


def normalise(model: dict | None, unordered: Iterable[str] = ()) -> dict | None:
    """Sort the lists of the fields whose order means nothing; leaves the given model as it is."""
    if model is None:
        return None
    result = dict(model)
    for name in unordered:
        if isinstance(result.get(name), (list, tuple, set, frozenset)):
            result[name] = sorted(result[name], key=_key)
    return result


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def merge(before: dict | None, desired: dict) -> dict:
    """Omitted (None) = leave, given = set, empty = clear: what the model is once desired has been applied."""
    return {**(before or {}), **{name: value for name, value in desired.items() if value is not None}}


def merge_tags(before: dict | None, desired: dict | None, purge: bool) -> dict:
    """Tags after the change. None leaves them; purge drops what is not desired, but never the service's own aws: keys."""
    before = before or {}
    if desired is None:
        return dict(before)
    kept = before if not purge else {key: value for key, value in before.items() if key.startswith("aws:")}
    return {**kept, **desired}


def merge_set(before: Iterable | None, desired: Iterable | None, purge: bool) -> list:
    """A list that is a set, after the change: None leaves it, purge makes it exactly the desired one."""
    if desired is None:
        return sorted(before or [])
    return sorted(set(desired) | (set() if purge else set(before or [])))


def compare(
    before: dict | None, after: dict | None, *, unordered: Iterable[str] = (), ignore: Iterable[str] = ()
) -> tuple:
    """The fields that differ, as FieldChange, in the order of their names. True and 1 are not the same."""
    unordered, ignore = tuple(unordered), frozenset(ignore)
    old, new = normalise(before, unordered) or {}, normalise(after, unordered) or {}
    names = sorted((set(old) | set(new)) - ignore)
    return tuple(
        FieldChange(name, old.get(name), new.get(name)) for name in names if _key(old.get(name)) != _key(new.get(name))
    )


def diff(before: dict | None, after: dict | None) -> dict:
    """The shape that Ansible shows with --diff, without what says nothing: nulls and empty lists hide the lines that count."""
    return {"before": said(before or {}), "after": said(after or {})}


def said(value: Any) -> Any:
    """The value without members that are None or empty, at any depth."""
    if isinstance(value, dict):
        members = {name: said(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in (None, "", [], {})}
    return [said(member) for member in value] if isinstance(value, (list, tuple)) else value
