# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS says that a runbook would do, without running it (StartExecutionPreview)."""

from __future__ import annotations

from ..._core import follow
from ..._core.calls import Connection
from ..._core.calls import chunks
from ..._core.errors import DeadlineExceeded
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.wait import Deadline
from ..automation import limits as automation_limits
from ..automation.control import check_document
from ..automation.wire import Request
from ..automation.wire import target_maps
from . import api

# API GetExecutionPreview, Status.
OUTCOMES = {
    "Pending": follow.RUNNING,
    "InProgress": follow.RUNNING,
    "Success": follow.SUCCEEDED,
    "Failed": follow.FAILED,
}
# API AutomationExecutionPreview, StepPreviews.
IMPACTS = {"Mutating": "mutating", "NonMutating": "non_mutating", "Undetermined": "undetermined"}


def preview(aws: Connection, request: Request, timeout: float, interval: float) -> dict:
    """Preview a runbook on its targets, in pieces of as many as AWS takes at once, and wait for the answers (seconds).

    Raises InvalidInput (code no_document when it is not there), RunFailed when AWS could not make a preview, DeadlineExceeded.
    """
    automation_limits.validate(request)
    try:
        check_document(aws, request)
    except NotFound as error:
        raise InvalidInput(f"document_name: no such runbook: {request.document_name}", code="no_document") from error
    pieces = list(chunks(list(request.targets or ()), automation_limits.MAX_TARGETS)) or [[]]
    ids = [api.start_preview(aws, **_wire(request, targets)) for targets in pieces]
    seen = _settled(aws, ids, timeout, interval)
    answer = _answer(request, ids, seen)
    failed = [one for one in seen.values() if OUTCOMES[one["Status"]] == follow.FAILED]
    if failed:
        text = failed[0].get("StatusMessage") or "AWS gives no reason"
        raise RunFailed(f"the preview of {request.document_name} failed: {text}", results=answer)
    if answer["status"] != "Success":
        raise DeadlineExceeded(
            f"the preview of {request.document_name} was not ready after {timeout} seconds", results=answer
        )
    return answer


def _wire(request: Request, targets: list[str]) -> dict:
    inputs: dict = {"Parameters": request.parameters} if request.parameters else {}
    if targets:
        inputs["TargetParameterName"] = request.target_parameter_name
        inputs["TargetMaps"] = target_maps(request, targets)
    wire: dict = {"DocumentName": request.document_name}
    if request.document_version:
        wire["DocumentVersion"] = request.document_version
    return {**wire, "ExecutionInputs": {"Automation": inputs}} if inputs else wire


def _settled(aws: Connection, ids: list[str], timeout: float, interval: float) -> dict[str, dict]:
    """Preview id to its last answer, when all have ended or the time has expired."""
    seen: dict[str, dict] = {}

    def look() -> follow.Seen:
        for preview_id in ids:
            if preview_id not in seen or _runs(seen[preview_id]):
                seen[preview_id] = api.get_preview(aws, preview_id=preview_id)
        running = sum(_runs(one) for one in seen.values())
        return follow.Seen(running == 0, f"{running} of {len(ids)} previews are not ready")

    follow.follow(look, deadline=Deadline.after(aws.clock, timeout), interval=interval, say=lambda line: None)
    return seen


def _runs(answer: dict) -> bool:
    name = f"Execution preview {answer.get('ExecutionPreviewId')}"
    return follow.outcome_of(answer["Status"], OUTCOMES, name) == follow.RUNNING


def _answer(request: Request, ids: list[str], seen: dict[str, dict]) -> dict:
    """All pieces as one: they are of one runbook, so its steps count once; targets are added up."""
    found = [(one.get("ExecutionPreview") or {}).get("Automation") or {} for one in seen.values()]
    steps = found[0].get("StepPreviews") or {}
    targets: dict[str, int] = {}
    for one in found:
        for target in one.get("TargetPreviews") or []:
            kind = target.get("TargetType") or ""
            targets[kind] = targets.get(kind, 0) + int(target.get("Count") or 0)
    statuses = {one["Status"] for one in seen.values()}
    answer = {
        "status": next(status for status in ("Failed", "Pending", "InProgress", "Success") if status in statuses),
        "document_name": request.document_name,
        "execution_preview_ids": ids,
        "step_previews": {name: int(steps.get(key) or 0) for key, name in IMPACTS.items()},
        "target_previews": [{"target_type": kind, "count": count} for kind, count in targets.items()],
        "regions": sorted({name for one in found for name in one.get("Regions") or []}),
        "total_accounts": max((int(one.get("TotalAccounts") or 0) for one in found), default=0),
    }
    return {**answer, "changed": False, "msg": _words(answer)}


def _words(answer: dict) -> str:
    steps = answer["step_previews"]
    targets = ", ".join(f"{one['count']} {one['target_type']}" for one in answer["target_previews"]) or "no targets"
    return (
        f"AWS previews {answer['document_name']} on {targets} in {', '.join(answer['regions']) or 'no Region'}: of its steps"
        f" {steps['mutating']} change something, {steps['non_mutating']} only read or decide, and for {steps['undetermined']} AWS"
        " cannot determine it"
    )
