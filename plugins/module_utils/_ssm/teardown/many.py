# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Carry out a teardown: read what there is, plan (removals.py), remove in order, report every resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._core.calls import Connection
from ..._core.errors import FleetpatchError
from ..._core.errors import InvalidInput
from ..._core.errors import NotConfirmed
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.ownership import DEPLOYMENT_TAG
from ..._core.ownership import is_ours
from ..._core.tags import from_wire as tags_from_wire
from ..associations import api as association_api
from ..baselines import api as baseline_api
from ..baselines import resource as baselines
from ..documents import api as document_api
from ..documents import wire as document_wire
from ..tags import api as tag_api
from ..windows import api as window_api
from . import removals
from .removals import Removal
from .removals import Seen

REMOVED, FAILED, SKIPPED = "removed", "failed", "skipped"


@dataclass(frozen=True)
class Request:
    """deployment None = everything that patches, whoever made it (documents: what counts as patching)."""

    deployment: str | None
    kinds: tuple[str, ...] = removals.KINDS
    documents: tuple[str, ...] = document_wire.PATCHING_DOCUMENTS


# What there is


def look(aws: Connection, request: Request) -> list[Removal]:
    """The removals, in order; reads only. Raises InvalidInput when AWS's own default of a system cannot be determined."""
    if request.deployment is None:
        seen = Seen(windows=_windows(aws), **_baselines(aws))
        return removals.of_all_patching(seen, request.documents)
    read = {
        removals.WINDOWS: lambda: {"windows": _windows(aws, request.deployment)},
        removals.ASSOCIATIONS: lambda: {"associations": _associations(aws)},
        removals.BASELINES: lambda: _baselines(aws, request.deployment),
        removals.DOCUMENTS: lambda: {"documents": _documents(aws, request.deployment)},
    }
    found: dict[str, Any] = {}
    for kind in request.kinds:
        found.update(read[kind]())
    return removals.of_deployment(Seen(**found), request.deployment)


def _tags(aws: Connection, kind: str, resource_id: str) -> dict[str, str]:
    """Tags; a resource that was removed in the meantime has none."""
    try:
        return tag_api.list_tags(aws, kind=kind, resource_id=resource_id)
    except NotFound:
        return {}


def _windows(aws: Connection, deployment: str | None = None) -> list[dict]:
    """All windows with their tasks; with a deployment its own ones, with tags. The tasks of other windows are not read."""
    found = []
    for one in window_api.list_windows(aws):
        window = {"window_id": one["WindowId"], "name": one["Name"], "tags": {}, "tasks": []}
        if deployment is not None:
            window["tags"] = _tags(aws, "MaintenanceWindow", one["WindowId"])
            if not is_ours(window["tags"], deployment):
                continue
        window["tasks"] = _tasks(aws, one["WindowId"])
        found.append(window)
    return found


def _tasks(aws: Connection, window_id: str) -> list[dict]:
    try:
        tasks = window_api.list_tasks(aws, window_id=window_id)
    except NotFound:
        return []
    return [
        {"window_task_id": task["WindowTaskId"], "name": task.get("Name"), "task_arn": task["TaskArn"]}
        for task in tasks
    ]


def _associations(aws: Connection) -> list[dict]:
    return [
        {
            "association_id": one["AssociationId"],
            "name": one.get("AssociationName") or one["Name"],
            "tags": _tags(aws, "Association", one["AssociationId"]),
        }
        for one in association_api.list_associations(aws, {})
    ]


def _documents(aws: Connection, deployment: str) -> list[dict]:
    found = document_api.list_documents(aws, {"Owner": ["Self"], f"tag:{DEPLOYMENT_TAG}": [deployment]})
    return [{"name": one["Name"], "tags": tags_from_wire(one.get("Tags"))} for one in found]


def _baselines(aws: Connection, deployment: str | None = None) -> dict[str, Any]:
    """Own baselines (with a deployment: its own ones), registrations of patch groups, and the defaults to give back."""
    own = []
    for one in baseline_api.list_baselines(aws, {"OWNER": ["Self"]}):
        tags = {} if deployment is None else _tags(aws, "PatchBaseline", one["BaselineId"])
        if deployment is None or is_ours(tags, deployment):
            own.append(
                {
                    "baseline_id": one["BaselineId"],
                    "name": one["BaselineName"],
                    "operating_system": one["OperatingSystem"],
                    "default": bool(one.get("DefaultBaseline")),
                    "tags": tags,
                }
            )
    groups = [
        {
            "patch_group": one["PatchGroup"],
            "baseline_id": one["BaselineIdentity"]["BaselineId"],
            "operating_system": one["BaselineIdentity"]["OperatingSystem"],
        }
        for one in (baseline_api.list_patch_groups(aws, {}) if own or deployment is None else [])
    ]
    systems = {one["operating_system"] for one in own if one["default"]}
    defaults = {system: baselines.aws_default(aws, system) for system in sorted(systems)}
    return {"baselines": own, "groups": groups, "defaults": defaults}


# Removing


def _remove_document(aws: Connection, removal: Removal) -> None:
    # A document that is shared cannot be deleted (user guide "Deleting custom SSM documents").
    document_api.share_document(aws, removal.name, [], document_api.list_shared_accounts(aws, removal.name))
    document_api.delete_document(aws, name=removal.name)


REMOVERS: dict[str, Callable[[Connection, Removal], None]] = {
    "window_task": lambda aws, one: window_api.deregister_task(
        aws, window_id=one.detail["window_id"], task_id=one.resource_id
    ),
    "window": lambda aws, one: window_api.delete_window(aws, window_id=one.resource_id),
    "association": lambda aws, one: association_api.delete_association(aws, association_id=one.resource_id),
    "patch_group": lambda aws, one: baseline_api.deregister_group(
        aws, baseline_id=one.detail["baseline_id"], patch_group=one.name
    ),
    "default_baseline": lambda aws, one: baseline_api.register_default_baseline(
        aws, baseline_id=one.detail["restored"]
    ),
    "baseline": lambda aws, one: baseline_api.delete_baseline(aws, baseline_id=one.resource_id),
    "document": _remove_document,
}


def remove(aws: Connection, planned: list[Removal]) -> dict[str, dict]:
    """Remove in order; {key: {outcome, failure?}}. What needs a removal that failed is skipped, the rest goes on."""
    outcomes: dict[str, dict] = {}
    for removal in planned:
        missing = [key for key in removal.needs if outcomes[key]["outcome"] != REMOVED]
        if missing:
            message = f"{', '.join(missing)} could not be removed first"
            outcomes[removal.key] = {"outcome": SKIPPED, "failure": {"code": "skipped", "message": message}}
            continue
        try:
            REMOVERS[removal.kind](aws, removal)
        except NotFound:
            pass  # somebody was faster
        except FleetpatchError as error:
            failure = {"code": error.code, "message": error.message, "details": error.details}
            outcomes[removal.key] = {"outcome": FAILED, "failure": failure}
            continue
        outcomes[removal.key] = {"outcome": REMOVED}
    return outcomes


def tear_down(aws: Connection, request: Request, *, check_mode: bool) -> dict:
    """Remove everything that the request names; changed, removed, summary and diff.

    Raises RunFailed, with the results, when something could not be removed, and NotConfirmed when it is still there.
    """
    planned = look(aws, request)
    outcomes = {one.key: {"outcome": REMOVED} for one in planned} if check_mode else remove(aws, planned)
    listed = [{**one.to_dict(), **outcomes[one.key]} for one in planned]
    counts = Counter(one["outcome"] for one in listed)
    gone = {one.key: one.name for one in planned if outcomes[one.key]["outcome"] == REMOVED}
    result = {
        "changed": bool(gone),
        "removed": listed,
        "summary": {word: counts[word] for word in (REMOVED, FAILED, SKIPPED)},
        "diff": {"before": gone, "after": {}},
    }
    wrong = [one for one in listed if one["outcome"] != REMOVED]
    if wrong:
        said = "; ".join(
            f"{one['kind']} {one['name']} ({one['resource_id']}): {one['failure']['message']}" for one in wrong
        )
        raise RunFailed(
            f"{len(wrong)} of {len(listed)} were not removed: {said}", details={"items": wrong}, results=result
        )
    if gone and not check_mode:
        _confirm(aws, request, gone, result)
    return result


def _confirm(aws: Connection, request: Request, gone: dict[str, str], result: dict) -> None:
    """Look again until nothing of it is there (reads may lag behind writes)."""
    for pause in (0.5, 1.0, 2.0, 4.0, None):
        left = [one for one in look(aws, request) if one.key in gone]
        if not left:
            return
        if pause is not None:
            aws.clock.sleep(pause)
    details = {"items": [one.to_dict() for one in left]}
    raise NotConfirmed(f"Still there: {', '.join(one.key for one in left)}", details=details, results=result)


def check_confirmation(confirm: str | None, account: str, region: str) -> None:
    """Raise InvalidInput unless the confirmation names the account and Region that would be emptied."""
    expected = f"{account}/{region}"
    if confirm != expected:
        raise InvalidInput(
            f"confirm: everything that patches in account {account}, Region {region} would be removed, regardless of who created it; "
            f"set confirm to {expected} (it is {confirm!r})",
            code="not_confirmed",
        )
