# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Orders to executions that run: stop them, send them a signal."""

from __future__ import annotations

from ..._core import follow
from ..._core.calls import Connection
from ..._core.calls import chunk_sizes
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import UnknownStatus
from ..documents import api as document_api
from ..wire import parameters_to_wire
from . import api
from . import run as automation
from . import wire as automation_wire
from .run import MAX_TARGETS
from .run import Following
from .run import Request
from .run import Run
from .run import new_run
from .run import result
from .watch import Execution


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
    outcome = follow.outcome_of(status, automation_wire.EXECUTION_OUTCOMES, name)
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
        if automation_wire.EXECUTION_OUTCOMES.get(status) == follow.RUNNING and status != "Cancelling":
            _stop_one(aws, child["AutomationExecutionId"], stop_type)


def signal(
    aws: Connection, execution_ids: list[str], kind: str, payload: dict, following: Following, check_mode: bool
) -> dict:
    """Send a signal to the executions that wait for one (StartStep and StopStep: to all that are not over)."""
    wanted = [execution_id for execution_id in execution_ids if _takes_signal(aws, execution_id, kind)]
    if not check_mode:
        wire = parameters_to_wire(payload)
        wanted = [execution_id for execution_id in wanted if _signal_one(aws, execution_id, kind, wire)]
    at_once = Following(False, 0, following.interval, following.step_details, following.say)
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
    if status not in automation_wire.EXECUTION_OUTCOMES:
        raise UnknownStatus(f"Automation execution {execution_id} has the unknown status {status!r}")
    return status in automation_wire.WAITING_FOR_SIGNAL


def _after_order(
    aws: Connection, execution_ids: list[str], done: list[str], following: Following, word: str, check_mode: bool
) -> dict:
    """One result for stop and signal: what was done, and the executions as they are after it."""
    run = new_run(aws, following if not check_mode else Following(False, 0, 1, "none", following.say), "")
    try:
        follow_all(run, execution_ids)
    except NotFound as error:
        error.results = result(run)
        raise
    answer = {**result(run), "changed": bool(done)}
    told = "would be " if check_mode and done else ""
    answer["msg"] = f"{len(done)} of {len(execution_ids)} executions {told}{word}"
    if run.expired and run.following.wait and word == "stopped":
        raise RunFailed(
            f"{answer['msg']} but did not end before wait_timeout", code="deadline_exceeded", results=answer
        )
    return answer


def preview(aws: Connection, request: Request, following: Following) -> dict:
    """Check mode: what is found, what would be started; sends nothing but reads."""
    automation.validate(request)
    check_document(aws, request)
    run = automation.new_run(aws, Following(False, 0, following.interval, "none", following.say), request.label)
    started = automation.find_started(aws, request)
    run.todo = automation.uncovered(request, started)
    for execution in started:
        run.follow(execution)
    would = _would_start(run, request, started)
    if not would and not run.expired:
        return automation.guarded(run, lambda: None)
    told = f"{request.label}: would start {len(would)} executions on {sum(w['targets'] for w in would)} targets"
    return {
        **automation.result(run),
        "changed": bool(would),
        "would_start": would,
        "msg": f"{told}, adopt {len(started)}",
    }


def _would_start(run: Run, request: Request, started: list[Execution]) -> list[dict]:
    if request.targets is None:
        return [] if started else [{"document_name": request.document_name, "targets": 0}]
    if run.todo and not run.expired and not automation.may_start(run, request):
        return []
    return [
        {"document_name": request.document_name, "targets": size, "max_concurrency": request.concurrency}
        for size in chunk_sizes(len(run.todo), MAX_TARGETS)
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
    run = automation.new_run(aws, following, "")
    return automation.guarded(run, lambda: follow_all(run, execution_ids))


def follow_all(run: Run, execution_ids: list[str]) -> None:
    for execution_id in execution_ids:
        run.label = f"execution {execution_id}"
        run.follow(Execution(execution_id, (), adopted=True))
    run.label = f"{len(execution_ids)} executions"
