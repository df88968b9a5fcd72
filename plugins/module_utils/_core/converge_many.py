# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Converge many resources of one kind: all are compared before the first one is written; a failure is part of its item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from .compare import compare
from .compare import diff
from .converge import Decision
from .converge import Resource
from .converge import carry_out
from .converge import decide
from .converge import shown
from .converge import visible
from .errors import FleetpatchError
from .errors import InvalidInput
from .errors import RunFailed
from .wait import Clock

# Calls at the same time. Services publish no rate for these operations and throttle; four hide most of the waiting.
WORKERS = 4


@dataclass(frozen=True)
class Item:
    """One resource of the list. desired None = absent. Its name and kind are those of the resource.

    Items of a higher rank are written when all those of the lower ones have been: a resource that others take something
    from is removed after them.
    """

    resource: Resource
    desired: Any
    tags: dict | None = None
    purge_tags: bool = True
    rank: int = 0


@dataclass(frozen=True)
class Step:
    """Where an item stands: what was decided, what the service assigned, or what went wrong."""

    item: Item
    decision: Decision | None = None
    assigned: dict | None = None
    error: FleetpatchError | None = None


def converge_many(
    items: Iterable[Item],
    *,
    check_mode: bool,
    confirm: Callable[[list[dict]], dict[str, dict]] | None = None,
    workers: int = WORKERS,
) -> dict:
    """Converge a list of resources of one kind; returns changed, results, summary and a list of diffs.

    Nothing is written when the options of any item are wrong: InvalidInput then names all such items. Where reading or
    writing one item fails, the others are still done, and RunFailed is raised in the end with everything in `results`.
    confirm is called once, after writing, with the models that must be there now and returns {name: fields that were
    read}; fields that differ are reported as `unconfirmed`. It replaces the re-reading of each resource.
    """
    steps = _each(_decide, [Step(item) for item in items], workers)
    _refuse(steps)
    if not check_mode:
        steps = _apply_all(steps, workers)
    written = [step for step in steps if step.assigned is not None and step.decision.after is not None]
    seen = confirm([_model(step) for step in written]) if confirm and written else {}
    return _answer([_result(step, seen) for step in steps], [_diff(step) for step in steps if _changed(step)])


def _each(work: Callable[[Step], Step], steps: list[Step], workers: int) -> list[Step]:
    if workers <= 1 or len(steps) <= 1:
        return [work(step) for step in steps]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(work, steps))


def _decide(step: Step) -> Step:
    item = step.item
    try:
        return Step(item, decide(item.resource, item.desired, tags=item.tags, purge_tags=item.purge_tags))
    except FleetpatchError as error:
        return Step(item, error=error)


def _apply_all(steps: list[Step], workers: int) -> list[Step]:
    done: dict[int, Step] = {}
    for rank in sorted({step.item.rank for step in steps}):
        numbers = [number for number, step in enumerate(steps) if step.item.rank == rank]
        done.update(zip(numbers, _each(_apply, [steps[number] for number in numbers], workers), strict=True))
    return [done[number] for number in range(len(steps))]


def _apply(step: Step) -> Step:
    if step.error or not step.decision.changed:
        return step
    item = step.item
    look = partial(decide, item.resource, item.desired, tags=item.tags, purge_tags=item.purge_tags)
    try:
        decision, assigned = carry_out(item.resource, step.decision, look, Clock())
        return Step(item, decision, assigned=assigned)
    except FleetpatchError as error:
        return Step(item, step.decision, error=error)


def _refuse(steps: list[Step]) -> None:
    wrong = [step for step in steps if isinstance(step.error, InvalidInput)]
    if wrong:
        said = [f"{step.item.resource.name}: {step.error.message}" for step in wrong]
        details = {"items": [_failure(step) for step in wrong]}
        raise InvalidInput("; ".join(said), code=wrong[0].error.code, details=details)


def _changed(step: Step) -> bool:
    return step.error is None and step.decision.changed


def _model(step: Step) -> dict:
    return {**step.decision.after, **(step.assigned or {})}


def _failure(step: Step) -> dict:
    error = step.error
    return {
        "name": step.item.resource.name,
        "code": error.code,
        "message": error.message,
        "details": error.details,
    }


def _result(step: Step, seen: dict[str, dict]) -> dict:
    resource, name = step.item.resource, step.item.resource.name
    if step.error:
        return {"name": name, "action": "failed", "changed": False, resource.kind: {}, "failure": _failure(step)}
    after = _model(step) if step.decision.after is not None else None
    read = seen.get(name)
    result = {
        "name": name,
        "action": step.decision.action,
        "changed": step.decision.changed,
        resource.kind: visible(resource, {**(after or {}), **(read or {})}),
        "changes": shown(resource, step.decision.changes),
    }
    if read is not None:
        expected = {field: value for field, value in after.items() if field in read}
        wrong = compare(expected, read, unordered=resource.unordered, ignore=resource.server)
        if wrong:
            result["unconfirmed"] = shown(resource, wrong)
    return result


def _diff(step: Step) -> dict:
    after = _model(step) if step.decision.after is not None else None
    name = f"{step.item.resource.kind} {step.item.resource.name}"
    return {"before_header": name, "after_header": name, **diff(step.decision.before, after)}


def _answer(results: list[dict], diffs: list[dict]) -> dict:
    counts = Counter(result["action"] for result in results)
    words = ("created", "updated", "removed", "unchanged", "failed")
    answer = {
        "changed": any(result["changed"] for result in results),
        "results": results,
        "summary": {word: counts[word] for word in words},
        "diff": diffs,
    }
    failed = [result["failure"] for result in results if result["action"] == "failed"]
    if failed:
        said = "; ".join(f"{failure['name']}: {failure['message']}" for failure in failed)
        raise RunFailed(
            f"{len(failed)} of {len(results)} failed: {said}",
            code=failed[0]["code"],
            details={"items": failed},
            results=answer,
        )
    return answer
