# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Automation executions: wire <-> model. Pure."""

from __future__ import annotations

from ..._core.follow import CANCELLED
from ..._core.follow import FAILED
from ..._core.follow import NOT_STARTED
from ..._core.follow import RUNNING
from ..._core.follow import SUCCEEDED
from ..._core.follow import TIMED_OUT
from ..._core.follow import UNKNOWN
from ..wire import iso

# API AutomationExecutionStatus. "Exited" is left out on purpose: it belongs to steps of aws:loop, and an execution that
# shows it did something that nobody described.
EXECUTION_OUTCOMES = {
    "Pending": RUNNING,
    "InProgress": RUNNING,
    "Waiting": RUNNING,
    "Cancelling": RUNNING,
    "PendingApproval": RUNNING,
    "Approved": RUNNING,
    "Scheduled": RUNNING,
    "RunbookInProgress": RUNNING,
    "PendingChangeCalendarOverride": RUNNING,
    "ChangeCalendarOverrideApproved": RUNNING,
    "Success": SUCCEEDED,
    "CompletedWithSuccess": SUCCEEDED,
    "Failed": FAILED,
    "CompletedWithFailure": FAILED,
    "Rejected": FAILED,
    "ChangeCalendarOverrideRejected": FAILED,
    "TimedOut": TIMED_OUT,
    "Cancelled": CANCELLED,
}
WAITING_FOR_SIGNAL = frozenset({"Waiting", "PendingApproval"})
BAD_STEPS = frozenset({"Failed", "TimedOut", "Cancelled", "CompletedWithFailure", "Rejected"})


def step_to_model(step: dict) -> dict:
    """One StepExecution."""
    return {
        "name": step.get("StepName"),
        "action": step.get("Action"),
        "status": step.get("StepStatus"),
        "start_time": iso(step.get("ExecutionStartTime")),
        "end_time": iso(step.get("ExecutionEndTime")),
        "failure_message": step.get("FailureMessage"),
        "outputs": step.get("Outputs") or {},
    }


def execution_to_model(execution: dict, *, adopted: bool, targets: int) -> dict:
    """One execution that was started or found (a parent, or one without targets)."""
    return {
        "execution_id": execution["AutomationExecutionId"],
        "status": execution.get("AutomationExecutionStatus"),
        "status_reason": execution.get("FailureMessage"),
        "start_time": iso(execution.get("ExecutionStartTime")),
        "end_time": iso(execution.get("ExecutionEndTime")),
        "adopted": adopted,
        "targets": targets,
    }


def metadata_to_model(execution: dict) -> dict:
    """One execution as the info module returns it."""
    return {
        "execution_id": execution.get("AutomationExecutionId"),
        "document_name": execution.get("DocumentName"),
        "document_version": execution.get("DocumentVersion"),
        "status": execution.get("AutomationExecutionStatus"),
        "status_reason": execution.get("FailureMessage"),
        "start_time": iso(execution.get("ExecutionStartTime")),
        "end_time": iso(execution.get("ExecutionEndTime")),
        "parent_execution_id": execution.get("ParentAutomationExecutionId"),
        "target": execution.get("Target"),
    }


def target_to_model(target: str, execution: dict) -> dict:
    """One target by its own execution (a child's metadata, or an execution without targets)."""
    status = execution.get("AutomationExecutionStatus")
    outcome = EXECUTION_OUTCOMES.get(status, UNKNOWN)
    if outcome == CANCELLED and not execution.get("ExecutionStartTime"):
        # Whether targets that the budget of errors kept from starting have no execution or a cancelled one is not documented.
        outcome = NOT_STARTED
    return {
        "target": target,
        "execution_id": execution.get("AutomationExecutionId"),
        "status": status,
        "outcome": outcome,
        "failure_message": execution.get("FailureMessage"),
        "failed_step": None,
        "steps": [],
        "start_time": iso(execution.get("ExecutionStartTime")),
        "end_time": iso(execution.get("ExecutionEndTime")),
    }


def absent_target(target: str, outcome: str, reason: str | None = None, status: str | None = None) -> dict:
    """A target that has no execution of its own (yet)."""
    return {**target_to_model(target, {}), "outcome": outcome, "status": status, "failure_message": reason}


def with_steps(target: dict, steps: list[dict], *, keep: bool) -> dict:
    """The target with its failed step, the step's message added to its own, and all steps when keep is set."""
    models = [step_to_model(step) for step in steps]
    bad = [step for step in models if step["status"] in BAD_STEPS]
    result = {**target, "steps": models if keep else bad}
    if target["outcome"] in (SUCCEEDED, RUNNING) or not bad:
        return result
    # A cancelled step is cancelled by something; the step that failed or timed out is the reason.
    reason = next((step for step in bad if step["status"] != "Cancelled"), bad[0])
    return {**result, "failed_step": reason["name"], "failure_message": _joined(target, reason)}


def _joined(target: dict, step: dict) -> str | None:
    own, of_step = target["failure_message"], step["failure_message"]
    if not of_step or (own and of_step in own):
        return own
    return f"{own} (step {step['name']}: {of_step})" if own else f"step {step['name']}: {of_step}"


def targets_of(execution: dict) -> list[str]:
    """The target values of a rate-controlled execution, as far as it names them; [] when it has no targets."""
    name = execution.get("TargetParameterName")
    maps = execution.get("TargetMaps") or []
    if maps:
        return [value for one in maps for value in one.get(name, next(iter(one.values()), []))[:1]]
    named = [
        value
        for target in execution.get("Targets") or []
        if target.get("Key") == "ParameterValues"
        for value in target.get("Values") or []
    ]
    return named or list((execution.get("ResolvedTargets") or {}).get("ParameterValues") or [])


def has_targets(execution: dict) -> bool:
    """Whether the execution is a parent whose work is done by children."""
    return any(execution.get(member) for member in ("TargetMaps", "Targets", "TargetParameterName", "TargetLocations"))
