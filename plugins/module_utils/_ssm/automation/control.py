# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is done with executions besides starting them: stop, signal, follow by id, preview."""

from __future__ import annotations

from ..._core import follow
from ..._core import run as kernel
from ..._core.calls import Connection
from ..._core.calls import chunk_sizes
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import UnknownStatus
from ..._core.run import Following
from ..documents import api as document_api
from ..wire import parameters_to_wire
from . import api
from . import wire
from .limits import MAX_TARGETS
from .limits import validate
from .run import Work
from .run import kind_of
from .run import new_work
from .run import result
from .run import work_on
from .wire import Request


def stop(aws: Connection, execution_ids: list[str], stop_type: str, following: Following, check_mode: bool) -> dict:
    """Stop what is not over yet, wait for its end when asked to; a cancelled target is what was wanted.

    One that cannot be stopped keeps none of the others running: RunFailed names it when the others are stopped.
    """
    stopped, failures = [], {}
    for execution_id in execution_ids:
        try:
            if _is_running(aws, execution_id):
                if not check_mode:
                    _stop_one(aws, execution_id, stop_type)
                    _stop_children(aws, execution_id, stop_type)
                stopped.append(execution_id)
        except (ServiceError, UnknownStatus) as error:
            failures[execution_id] = error
    if len(failures) == len(execution_ids):
        raise failures[execution_ids[0]]
    known = [execution_id for execution_id in execution_ids if execution_id not in failures]
    answer = _after_order(aws, known, stopped, following, "stopped", check_mode)
    if failures:
        messages = {execution_id: str(error) for execution_id, error in failures.items()}
        text = "; ".join([f"{len(failures)} of {len(execution_ids)} executions may still run", *messages.values()])
        raise RunFailed(text, code="not_stopped", details=messages, results=answer)
    return answer


def _is_running(aws: Connection, execution_id: str) -> bool:
    status = api.get_execution(aws, execution_id=execution_id).get("AutomationExecutionStatus")
    name = f"Automation execution {execution_id}"
    outcome = follow.outcome_of(status, wire.EXECUTION_OUTCOMES, name)
    return outcome == follow.RUNNING and status != "Cancelling"


def _stop_one(aws: Connection, execution_id: str, stop_type: str) -> None:
    try:
        api.stop_execution(aws, execution_id=execution_id, stop_type=stop_type)
    except ServiceError as error:
        # It ended, or somebody stopped it, between the look and the call.
        if error.code != "InvalidAutomationStatusUpdateException" or _is_running(aws, execution_id):
            raise


def _stop_children(aws: Connection, execution_id: str, stop_type: str) -> None:
    """Whether what a parent has started is cancelled with it is not documented."""
    for child in api.list_children(aws, execution_id) if stop_type == "Cancel" else []:
        status = child.get("AutomationExecutionStatus")
        if wire.EXECUTION_OUTCOMES.get(status) == follow.RUNNING and status != "Cancelling":
            _stop_one(aws, child["AutomationExecutionId"], stop_type)


def signal(
    aws: Connection, execution_ids: list[str], kind: str, payload: dict, following: Following, check_mode: bool
) -> dict:
    """Send a signal to the executions that wait for one (StartStep and StopStep: to all that are not over)."""
    wanted = [execution_id for execution_id in execution_ids if _takes_signal(aws, execution_id, kind)]
    if not check_mode:
        members = parameters_to_wire(payload)
        wanted = [execution_id for execution_id in wanted if _signal_one(aws, execution_id, kind, members)]
    at_once = following.at_once(following.details)
    return _after_order(aws, execution_ids, wanted, at_once, "signalled", check_mode)


def _signal_one(aws: Connection, execution_id: str, kind: str, payload: dict) -> bool:
    """Whether the signal was taken; False when somebody else's came between the look and the call."""
    try:
        api.send_signal(aws, execution_id=execution_id, signal_type=kind, payload=payload)
    except ServiceError as error:
        if error.code != "InvalidAutomationSignalException" or _takes_signal(aws, execution_id, kind):
            raise
        return False
    return True


def _takes_signal(aws: Connection, execution_id: str, kind: str) -> bool:
    if kind in ("StartStep", "StopStep"):
        return _is_running(aws, execution_id)
    status = api.get_execution(aws, execution_id=execution_id).get("AutomationExecutionStatus")
    if status not in wire.EXECUTION_OUTCOMES:
        raise UnknownStatus(f"Automation execution {execution_id} has the unknown status {status!r}")
    return status in wire.WAITING_FOR_SIGNAL


def _after_order(
    aws: Connection, execution_ids: list[str], done: list[str], following: Following, word: str, check_mode: bool
) -> dict:
    """One result for stop and signal: what was done, and the executions as they are after it."""
    work = work_on(aws, following.at_once() if check_mode else following, execution_ids)
    try:
        work.follow()
    except NotFound as error:
        error.results = result(work)
        raise
    answer = {**result(work), "changed": bool(done)}
    told = "would be " if check_mode and done else ""
    answer["msg"] = f"{len(done)} of {len(execution_ids)} executions {told}{word}"
    if work.run.expired and work.run.following.wait and word == "stopped":
        raise RunFailed(
            f"{answer['msg']} but did not end before wait_timeout", code="deadline_exceeded", results=answer
        )
    return answer


def preview(aws: Connection, request: Request, following: Following) -> dict:
    """Check mode: what is found, what would be started; sends nothing but reads."""
    validate(request)
    check_document(aws, request)
    work = new_work(aws, following.at_once(), request.label, request)
    kind = kind_of(work)
    kernel.adopt(kind, work.run)
    found, would = len(work.watches), _would_start(work, request)
    if not would and not work.run.expired:
        return kernel.guarded(kind, work.run, lambda: None)
    told = f"{request.label}: would start {len(would)} executions on {sum(one['targets'] for one in would)} targets"
    return {**result(work), "changed": bool(would), "would_start": would, "msg": f"{told}, adopt {found}"}


def _would_start(work: Work, request: Request) -> list[dict]:
    if request.targets is None:
        return [] if work.watches else [{"document_name": request.document_name, "targets": 0}]
    if work.todo and not work.run.expired and not work.may_start():
        return []
    return [
        {"document_name": request.document_name, "targets": size, "max_concurrency": request.concurrency}
        for size in chunk_sizes(len(work.todo), MAX_TARGETS)
    ]


def check_document(aws: Connection, request: Request) -> None:
    """Raise what AWS would say at the start: the document does not exist, is no runbook, or does not take the parameters."""
    document = document_api.describe_document(aws, name=request.document_name, version=request.document_version)
    if not str(document.get("DocumentType", "")).startswith("Automation"):
        raise InvalidInput(
            f"Document {request.document_name} is of type {document.get('DocumentType')}, not a runbook",
            code="not_a_runbook",
        )
    known = {parameter["Name"] for parameter in document.get("Parameters") or []}
    given = set(request.parameters) | ({request.target_parameter_name} if request.targets else set())
    given.update(name for own in request.target_parameters.values() for name in own)
    if given - known:
        raise InvalidInput(
            f"Document {request.document_name} has no parameter {', '.join(sorted(given - known))}",
            code="unknown_parameter",
            details={"unknown": sorted(given - known), "known": sorted(known)},
        )
    # API DocumentParameter: "Parameters without a default value are required."
    required = {one["Name"] for one in document.get("Parameters") or [] if one.get("DefaultValue") is None}
    if required - given:
        raise InvalidInput(
            f"Document {request.document_name} requires the parameter {', '.join(sorted(required - given))}",
            code="missing_parameter",
            details={"missing": sorted(required - given), "known": sorted(known)},
        )


def follow_ids(aws: Connection, execution_ids: list[str], following: Following) -> dict:
    """Follow executions that somebody started; the verdict is the same."""
    work = work_on(aws, following, execution_ids)
    return kernel.execute(kind_of(work), work.run)
