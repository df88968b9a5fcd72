# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a teardown removes, and in which order. Pure: what there is comes in as a Seen, the removals go out as a list.

The order is that of the API's own refusals: a baseline that has patch groups, or is a default, cannot be deleted; a
document that is shared cannot; windows go before the documents that their tasks run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field

from ..._core.ownership import is_ours
from ..documents import wire as document_wire

WINDOWS, ASSOCIATIONS, BASELINES, DOCUMENTS = "windows", "associations", "baselines", "documents"
KINDS = (WINDOWS, ASSOCIATIONS, BASELINES, DOCUMENTS)


@dataclass(frozen=True)
class Seen:
    """What there is in one account and Region, as far as it was asked for.

    windows: {window_id, name, tags, tasks: [{window_task_id, name, task_arn}]}. associations: {association_id, name, tags}.
    baselines: own ones, {baseline_id, name, operating_system, default, tags}. groups: {patch_group, baseline_id,
    operating_system}. documents: {name, tags}. defaults: {operating system: ARN of AWS's own default}.
    """

    windows: list[dict] = field(default_factory=list)
    associations: list[dict] = field(default_factory=list)
    baselines: list[dict] = field(default_factory=list)
    groups: list[dict] = field(default_factory=list)
    documents: list[dict] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Removal:
    """One resource to remove (or, for default_baseline, to restore). needs: keys of removals that must have succeeded."""

    kind: str
    resource_id: str
    name: str
    why: str
    detail: dict = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind} {self.resource_id}"

    def to_dict(self) -> dict:
        return {
            "kind": self.kind,
            "resource_id": self.resource_id,
            "name": self.name,
            "why": self.why,
            **({"detail": self.detail} if self.detail else {}),
        }


def of_deployment(seen: Seen, deployment: str) -> list[Removal]:
    """Everything that carries the tags of the deployment, and what hangs on it."""
    why = f"it is tagged with deployment {deployment}"
    return [
        *(_window(one, why) for one in seen.windows if is_ours(one["tags"], deployment)),
        *(
            Removal("association", one["association_id"], one["name"], why)
            for one in seen.associations
            if is_ours(one["tags"], deployment)
        ),
        *_baselines([one for one in seen.baselines if is_ours(one["tags"], deployment)], seen, why),
        *(
            Removal("document", one["name"], one["name"], why)
            for one in seen.documents
            if is_ours(one["tags"], deployment)
        ),
    ]


def of_all_patching(seen: Seen, documents: Iterable[str]) -> list[Removal]:
    """All patching tasks, the windows that are empty without them, all patch groups, all custom baselines.

    A window that was empty before is nobody's patching window, and stays. Documents and associations stay.
    """
    names = frozenset(documents)
    removals: list[Removal] = []
    for window in seen.windows:
        tasks = [_task(window, task) for task in window["tasks"] if document_wire.short_name(task["task_arn"]) in names]
        removals += tasks
        if tasks and len(tasks) == len(window["tasks"]):
            keys = tuple(task.key for task in tasks)
            removals.append(_window(window, "it had only patching tasks", needs=keys))
    foreign = {one["baseline_id"] for one in seen.groups} - {one["baseline_id"] for one in seen.baselines}
    removals += [_group(one, "a registration of a patch group") for one in seen.groups if one["baseline_id"] in foreign]
    return removals + _baselines(seen.baselines, seen, "a custom baseline")


def _window(window: dict, why: str, needs: tuple[str, ...] = ()) -> Removal:
    tasks = [task.get("name") or task["task_arn"] for task in window["tasks"]]
    return Removal("window", window["window_id"], window["name"], why, {"tasks": tasks} if tasks else {}, needs)


def _task(window: dict, task: dict) -> Removal:
    detail = {"window_id": window["window_id"], "window": window["name"]}
    why = f"it runs {document_wire.short_name(task['task_arn'])}"
    return Removal("window_task", task["window_task_id"], task.get("name") or task["task_arn"], why, detail)


def _baselines(baselines: list[dict], seen: Seen, why: str) -> list[Removal]:
    ids = {one["baseline_id"] for one in baselines}
    groups = [_group(one, "its baseline is removed") for one in seen.groups if one["baseline_id"] in ids]
    defaults = [_default(one, seen.defaults) for one in baselines if one["default"]]
    return [*groups, *defaults, *(_baseline(one, why, [*groups, *defaults]) for one in baselines)]


def _group(group: dict, why: str) -> Removal:
    detail = {"baseline_id": group["baseline_id"], "operating_system": group["operating_system"]}
    key = f"{group['patch_group']} ({group['operating_system']})"
    return Removal("patch_group", key, group["patch_group"], why, detail)


def _default(baseline: dict, defaults: dict[str, str]) -> Removal:
    system = baseline["operating_system"]
    detail = {"operating_system": system, "baseline_id": baseline["baseline_id"], "restored": defaults[system]}
    return Removal("default_baseline", system, baseline["name"], "AWS's own default is restored", detail)


def _baseline(baseline: dict, why: str, before: list[Removal]) -> Removal:
    needs = tuple(one.key for one in before if one.detail["baseline_id"] == baseline["baseline_id"])
    detail = {"operating_system": baseline["operating_system"]}
    return Removal("baseline", baseline["baseline_id"], baseline["name"], why, detail, needs)
