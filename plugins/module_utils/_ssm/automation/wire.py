# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Automation executions: wire <-> model. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from dataclasses import field

from ..._core import run as kernel
from ..._core.errors import InvalidInput
from ..._core.follow import CANCELLED
from ..._core.follow import FAILED
from ..._core.follow import NOT_STARTED
from ..._core.follow import RUNNING
from ..._core.follow import SUCCEEDED
from ..._core.follow import TIMED_OUT
from ..._core.follow import UNKNOWN
from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.tags import to_wire as tags_to_wire
from ..wire import iso
from ..wire import parameters_to_wire

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
MAX_START_TAGS = 5  # API StartAutomationExecution, Tags
# Any fixed UUID will do; it keeps our tokens apart from everybody else's.
TOKEN_SPACE = uuid.UUID("5b1f6c9e-4f0e-5d0a-9c1b-8b1de0c9f3a7")
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
    """The target with its failed step, the step's messages added to its own, and all steps when keep is set.

    A step of a loop counts as its loop, which can end as Exited although a step in it failed.
    """
    models = [step_to_model(step) for step in steps]
    bad = [step for step in models if step["status"] in BAD_STEPS]
    result = {**target, "steps": models if keep else bad}
    if target["outcome"] in (SUCCEEDED, RUNNING) or not bad:
        return result
    loops = {step.get("StepName"): step["ParentStepDetails"]["StepName"] for step in steps if in_loop(step)}
    # A cancelled step is cancelled by something; the step that failed or timed out is the reason. Steps of loops are listed last.
    first = min(bad, key=lambda step: (step["status"] == "Cancelled", step["start_time"] or "~"))
    result["failed_step"] = failed = loops.get(first["name"], first["name"])
    for step in bad:
        if failed in (step["name"], loops.get(step["name"])) and step["status"] == first["status"]:
            result["failure_message"] = _joined(result, step)
    return result


def in_loop(step: dict) -> bool:
    """Whether a StepExecution is one of a loop."""
    return bool((step.get("ParentStepDetails") or {}).get("StepName"))


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


# Starting


@dataclass(frozen=True)
class Request:
    """What to run. targets None = an execution without targets; budget and concurrency are absolute numbers.

    target_parameters: target to further parameters of its own, over those of all.
    """

    document_name: str
    run_id: str
    step: str
    attempt: int = 1
    document_version: str | None = None
    parameters: dict[str, list[str]] = field(default_factory=dict)
    target_parameter_name: str | None = None
    targets: tuple[str, ...] | None = None
    target_parameters: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    concurrency: int = 1
    budget: int = 0
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def tag_key(self) -> str:
        return f"fleetpatch:run:{self.run_id}:{self.step}:{self.attempt}"

    @property
    def label(self) -> str:
        return f"wave {self.step} attempt {self.attempt}"


def target_parameters_to_wire(given: dict[str, dict]) -> dict[str, dict[str, list[str]]]:
    """Parameters of single targets as AWS takes them. Raises InvalidInput when an entry is not a dictionary."""
    wrong = [target for target, own in given.items() if not isinstance(own, dict)]
    if wrong:
        raise InvalidInput(f"target_parameters: {', '.join(wrong)} must be a dictionary")
    return {target: parameters_to_wire(own) for target, own in given.items()}


def token(request: Request, targets: list[str]) -> str:
    """The ClientToken of a piece: the same run, step, attempt and targets give the same token."""
    return kernel.token(TOKEN_SPACE, request.run_id, request.step, str(request.attempt), *sorted(targets))


def tags_of(request: Request, number: int) -> dict[str, str]:
    """All tags of an execution; those that are its identity come first and cannot be overridden."""
    own = {request.tag_key: str(number), OWNER_TAG: OWNER}
    return {**own, **{key: value for key, value in request.tags.items() if key not in own}}


def start_to_wire(request: Request, targets: list[str], number: int, budget: int) -> dict:
    """The request of StartAutomationExecution, with as many tags as it takes."""
    tags = dict(list(tags_of(request, number).items())[:MAX_START_TAGS])
    wire: dict = {
        "DocumentName": request.document_name,
        "ClientToken": token(request, targets),
        "Tags": tags_to_wire(tags),
    }
    if request.document_version:
        wire["DocumentVersion"] = request.document_version
    if request.parameters:
        wire["Parameters"] = request.parameters
    if targets:
        wire["TargetParameterName"] = request.target_parameter_name
        wire["TargetMaps"] = target_maps(request, targets)
        wire["MaxConcurrency"] = str(request.concurrency)
        wire["MaxErrors"] = str(budget)
    return wire


def later_tags(request: Request) -> dict[str, str]:
    """The tags that do not fit into the start."""
    return dict(list(tags_of(request, 0).items())[MAX_START_TAGS:])


def target_maps(request: Request, targets: list[str]) -> list[dict]:
    """TargetMaps of targets: the target itself, and its own parameters."""
    own = request.target_parameters
    return [{request.target_parameter_name: [target], **own.get(target, {})} for target in targets]
