# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Converge a resource: find -> compare -> (check?) -> apply -> tags -> settle -> re-read -> result and diff."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Callable

from .compare import FieldChange
from .compare import compare
from .compare import diff
from .compare import merge
from .compare import merge_tags
from .errors import InvalidInput
from .errors import ServiceError
from .wait import Clock


@dataclass(frozen=True)
class Resource:
    """What is specific to one kind of resource. Models are dicts in snake_case with JSON types, tags under "tags".

    find() -> model or None. create(after), update(before, after, names of the fields that change), delete(before) and
    set_tags(after, {to set}, [keys to remove]) do the work; predict(before, desired) -> after is pure. create and
    update may return the fields that the service assigned; converge_many shows them.
    server: fields that only the service knows, ignored when the re-read model is compared with the predicted one.
    hidden: fields that are compared and shown in the diff, but not returned (they are long).
    raced: codes of errors which say that somebody else made or changed the resource since find().
    """

    kind: str
    name: str
    find: Callable[[], dict | None]
    create: Callable[[dict], dict | None]
    update: Callable[[dict, dict, frozenset], dict | None]
    delete: Callable[[dict], None]
    set_tags: Callable[[dict, dict, list], None] | None = None
    predict: Callable[[dict | None, dict], dict] = merge
    unordered: tuple[str, ...] = ()
    immutable: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    raced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The change to one resource, before anything is written. after None = the resource must be absent."""

    before: dict | None
    after: dict | None
    changes: tuple[FieldChange, ...]

    @property
    def action(self) -> str:
        """created, updated, removed or unchanged."""
        if (self.before is None) != (self.after is None):
            return "created" if self.before is None else "removed"
        return "updated" if self.changes else "unchanged"

    @property
    def changed(self) -> bool:
        return self.action != "unchanged"


def decide(resource: Resource, desired: dict | None, *, tags: dict | None = None, purge_tags: bool = True) -> Decision:
    """Find and compare; nothing is written. Raises InvalidInput, and what find and predict raise."""
    before = resource.find()
    after = None if desired is None else _predict(resource, before, desired, tags, purge_tags)
    changes = compare(before, after, unordered=resource.unordered, ignore=resource.server)
    _refuse_immutable(resource, before, after, changes)
    return Decision(before, after, changes)


def converge(
    resource: Resource,
    desired: dict | None,
    *,
    tags: dict | None = None,
    purge_tags: bool = True,
    check_mode: bool = False,
    clock: Clock | None = None,
) -> dict:
    """Bring the resource to the desired model (None = absent). Returns changed, the resource, changes and diff.

    Check mode returns the predicted model, from the same steps without the effects.
    Raises InvalidInput when an immutable field would have to change, and whatever the functions of the resource raise.
    """
    look = partial(decide, resource, desired, tags=tags, purge_tags=purge_tags)
    clock, decision = clock or Clock(), look()
    after, unconfirmed = decision.after, ()
    if decision.changed and not check_mode:
        decision, _assigned = carry_out(resource, decision, look, clock)
        after, unconfirmed = _reread(resource, decision.after, clock)
    return _result(resource, decision, after, unconfirmed)


def _predict(resource: Resource, before: dict | None, desired: dict, tags: dict | None, purge_tags: bool) -> dict:
    after = resource.predict(before, desired)
    if resource.set_tags is None:
        return after
    return {**after, "tags": merge_tags((before or {}).get("tags"), tags, purge_tags)}


def _refuse_immutable(resource: Resource, before: dict | None, after: dict | None, changes: tuple) -> None:
    wrong = [change for change in changes if change.field in resource.immutable]
    if before is None or after is None or not wrong:
        return
    fields = ", ".join(change.field for change in wrong)
    raise InvalidInput(
        f"The {resource.kind} {resource.name} exists, and its {fields} cannot be changed",
        code="immutable",
        details={"changes": [change.to_dict() for change in wrong]},
    )


def carry_out(
    resource: Resource, decision: Decision, look: Callable[[], Decision], clock: Clock
) -> tuple[Decision, dict]:
    """Apply the change; when somebody else made one since, look again, compare with that and apply what is left.

    Returns the change that was applied, and what `apply` returns. Reads lag behind writes: the error is raised when the looks see nothing new.
    """
    try:
        return decision, apply(resource, decision)
    except ServiceError as error:
        if error.code not in resource.raced:
            raise
        for pause in (0.0, 1.0, 2.0, 4.0):
            clock.sleep(pause)
            now = look()
            if now.before != decision.before:
                return now, apply(resource, now) if now.changed else {}
        raise


def apply(resource: Resource, decision: Decision) -> dict:
    """Apply the change; returns the fields that the service assigned, if create and update return them."""
    before, after, assigned = decision.before, decision.after, {}
    if after is None:
        resource.delete(before)
        return {}
    if before is None:
        return resource.create(after) or {}
    names = frozenset(change.field for change in decision.changes)
    if names - {"tags"}:
        assigned = resource.update(before, after, names) or {}
    if "tags" in names and resource.set_tags:
        old, new = before.get("tags") or {}, after["tags"]
        to_set = {key: value for key, value in new.items() if old.get(key) != value}
        resource.set_tags(after, to_set, sorted(set(old) - set(new)))
    return assigned


def _reread(resource: Resource, predicted: dict | None, clock: Clock) -> tuple[dict | None, tuple]:
    """Read until the prediction is met (reads may lag behind writes); what differs in the end is reported, not hidden."""
    for pause in (0.5, 1.0, 2.0, 4.0, None):
        now = resource.find()
        wrong = compare(predicted, now, unordered=resource.unordered, ignore=resource.server)
        if (not wrong and (now is None) == (predicted is None)) or pause is None:
            return now, wrong
        clock.sleep(pause)
    raise AssertionError("unreachable")


def _result(resource: Resource, decision: Decision, after: dict | None, unconfirmed: tuple) -> dict:
    result = {
        "changed": decision.changed,
        resource.kind: visible(resource, after),
        "changes": shown(resource, decision.changes),
        "diff": diff(decision.before, after),
    }
    if unconfirmed:
        result["unconfirmed"] = shown(resource, unconfirmed)
    return result


def shown(resource: Resource, changes: tuple[FieldChange, ...]) -> list[dict]:
    """The changes as they are returned."""
    return [change.to_dict() for change in changes if change.field not in resource.hidden]


def visible(resource: Resource, model: dict | None) -> dict:
    """The model as it is returned."""
    return {name: value for name, value in (model or {}).items() if name not in resource.hidden}
