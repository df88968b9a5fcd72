# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run an Automation runbook on many targets, so that nothing runs twice and the budget of errors is exact.

Identity: every execution carries a tag whose key is made of run id, step and attempt. Before anything is started the
executions with that tag are found, and the targets that they were started with are never started again.

Budget: AWS counts errors per execution and takes at most 300 target maps. Larger waves are cut into executions that run
one after another, each with what is left of the wave's budget; side by side they could spend it several times.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from typing import Callable

from ..._core import follow
from ..._core.calls import Connection
from ..._core.calls import chunk_sizes
from ..._core.errors import AccessDenied
from ..._core.errors import InvalidInput
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import Unavailable
from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.tags import to_wire as tags_to_wire
from ..._core.wait import Deadline
from ..tags import api as tag_api
from ..wire import parameters_to_wire
from . import api
from . import watch as automation_watch
from . import wire as automation_wire
from .watch import Execution
from .watch import Watch

# API StartAutomationExecution: TargetMaps has at most 300 entries, a value at most 50 characters, 5 tags at the start.
MAX_TARGETS = 300
MAX_MAP_KEYS, MAX_MAP_VALUES, MAX_MAP_LENGTH = 20, 25, 50
MAX_START_TAGS = 5
# Any fixed UUID will do; it keeps our tokens apart from everybody else's.
TOKEN_SPACE = uuid.UUID("5b1f6c9e-4f0e-5d0a-9c1b-8b1de0c9f3a7")
# What a run id and a step may be made of: they become part of a tag key of at most 128 characters.
NAME = re.compile(r"^[A-Za-z0-9_.\-]{1,48}$")


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


@dataclass(frozen=True)
class Following:
    """How to wait (seconds) and what to tell."""

    wait: bool
    timeout: float
    interval: float
    step_details: str
    say: Callable[[str], None]


def validate(request: Request) -> None:
    """Raise InvalidInput for what AWS would refuse or this module could not keep apart."""
    for option, value in (("run_id", request.run_id), ("step", request.step)):
        if not NAME.match(value):
            raise InvalidInput(f"{option} {value!r} must be 1–48 of the characters A-Z a-z 0-9 _ . -")
    if request.targets is None:
        return
    if not request.targets:
        raise InvalidInput("targets: must not be an empty list", code="no_targets")
    twice = sorted(target for target, times in Counter(request.targets).items() if times > 1)
    wrong = [target for target in request.targets if not 1 <= len(target) <= 50]
    if twice or wrong:
        raise InvalidInput(
            f"targets: must not contain duplicates ({twice}) or values longer than 50 characters ({wrong})"
        )
    if not request.target_parameter_name:
        raise InvalidInput("targets: requires target_parameter_name")
    for target, given in request.target_parameters.items():
        _check_map(request, target, given)


def target_parameters_to_wire(given: dict[str, dict]) -> dict[str, dict[str, list[str]]]:
    """Parameters of single targets as AWS takes them. Raises InvalidInput when an entry is not a dictionary."""
    wrong = [target for target, own in given.items() if not isinstance(own, dict)]
    if wrong:
        raise InvalidInput(f"target_parameters: {', '.join(wrong)} must be a dictionary")
    return {target: parameters_to_wire(own) for target, own in given.items()}


def _check_map(request: Request, target: str, given: dict[str, list[str]]) -> None:
    """Limits of StartAutomationExecution, TargetMaps: 20 keys, 25 values each, of at most 50 characters."""
    if request.target_parameter_name in given:
        raise InvalidInput(
            f"target_parameters: {target} must not set {request.target_parameter_name}, which receives the target"
        )
    if len(given) >= MAX_MAP_KEYS or any(len(values) > MAX_MAP_VALUES for values in given.values()):
        raise InvalidInput(
            f"target_parameters: {target} must have at most {MAX_MAP_KEYS - 1} parameters with at most {MAX_MAP_VALUES} values each"
        )
    long = [value for values in given.values() for value in values if not 1 <= len(value) <= MAX_MAP_LENGTH]
    if long:
        raise InvalidInput(
            f"target_parameters: {target} must have values of 1–{MAX_MAP_LENGTH} characters, not: {long}"
        )


def token(request: Request, targets: list[str]) -> str:
    """The ClientToken of a piece: the same run, step, attempt and targets give the same token."""
    return str(
        uuid.uuid5(TOKEN_SPACE, "\n".join([request.run_id, request.step, str(request.attempt), *sorted(targets)]))
    )


# Finding what was started earlier


def find_started(aws: Connection, request: Request) -> list[Execution]:
    """The executions of this run, step and attempt, in the order in which they were started.

    Raises InvalidInput when the same identity was used for another document.
    """
    found = []
    for metadata in api.list_tagged_executions(aws, request.tag_key):
        execution_id = metadata["AutomationExecutionId"]
        if metadata.get("ParentAutomationExecutionId"):
            continue  # whether children inherit the tags of their parent is not documented
        # The filter knows keys only and how exactly it matches is not documented, so the tags themselves are read.
        tags = tag_api.list_tags(aws, kind="Automation", resource_id=execution_id)
        if request.tag_key in tags:
            found.append((int(tags[request.tag_key] or 0), api.get_execution(aws, execution_id=execution_id)))
    found.sort(key=lambda pair: pair[0])
    for _number, execution in found:
        _refuse_other_document(request, execution)
    return [
        Execution(execution["AutomationExecutionId"], tuple(automation_wire.targets_of(execution)), adopted=True)
        for _number, execution in found
    ]


def find_ids(aws: Connection, run_id: str, step: str, attempt: int) -> list[str]:
    """The ids of the executions of a run, step and attempt, whatever document they were started with."""
    request = Request(document_name="", run_id=run_id, step=step, attempt=attempt)
    validate(request)
    return [execution.execution_id for execution in find_started(aws, request)]


def _refuse_other_document(request: Request, execution: dict) -> None:
    wanted, was = request.document_name.rsplit("/", 1)[-1], execution.get("DocumentName", "").rsplit("/", 1)[-1]
    if was and wanted and was != wanted:
        raise InvalidInput(
            f"Run {request.run_id}, step {request.step}, attempt {request.attempt} was started with document {was}, "
            f"not {wanted} ({execution['AutomationExecutionId']}); use another step for the other document",
            code="other_document",
        )


def uncovered(request: Request, started: list[Execution]) -> list[str]:
    """The targets that no earlier execution was started with, in the given order."""
    covered = {target for execution in started for target in execution.targets}
    return [target for target in request.targets or () if target not in covered]


# Starting


def start(aws: Connection, request: Request, targets: list[str] | None, number: int, budget: int) -> Execution:
    """Start one execution, or find the one that an earlier try of this very call started."""
    wire = _wire(request, targets, number, budget)
    execution_id, found = follow.start_once(
        lambda: api.start_execution(aws, **wire),
        lambda: _find_piece(aws, request, targets),
        is_reuse=_is_reuse,
        clock=aws.clock,
    )
    return Execution(execution_id, tuple(targets or ()), adopted=found, started_at=aws.clock.now())


def _tags(request: Request, number: int) -> list[tuple[str, str]]:
    """All tags; those that are the identity come first and cannot be overridden."""
    own = {request.tag_key: str(number), OWNER_TAG: OWNER}
    return [*own.items(), *((key, value) for key, value in request.tags.items() if key not in own)]


def _add_other_tags(aws: Connection, request: Request, execution: Execution) -> None:
    """The tags that do not fit into the start; called when the execution is already being watched."""
    later = dict(_tags(request, 0)[MAX_START_TAGS:])
    if later and not execution.adopted:
        tag_api.add_tags(aws, kind="Automation", resource_id=execution.execution_id, tags=later)


def _wire(request: Request, targets: list[str] | None, number: int, budget: int) -> dict:
    """The request of StartAutomationExecution."""
    wire: dict = {
        "DocumentName": request.document_name,
        "ClientToken": token(request, targets or []),
        "Tags": tags_to_wire(dict(_tags(request, number)[:MAX_START_TAGS])),
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


def target_maps(request: Request, targets: list[str]) -> list[dict]:
    """TargetMaps of targets: the target itself, and its own parameters."""
    own = request.target_parameters
    return [{request.target_parameter_name: [target], **own.get(target, {})} for target in targets]


def _is_reuse(error: ServiceError) -> bool:
    """The service says that the token was used: documented as IdempotentParameterMismatch and "can't be reused".

    "The security token included in the request is expired" speaks of the credentials.
    """
    if isinstance(error, AccessDenied):
        return False
    return error.code == "IdempotentParameterMismatch" or "token" in error.details.get("aws_message", "").lower()


def _find_piece(aws: Connection, request: Request, targets: list[str] | None) -> str | None:
    for execution in find_started(aws, request):
        if set(execution.targets) >= set(targets or ()):
            return execution.execution_id
    return None


# Running


@dataclass
class Run:
    """One call of the module: what was followed so far."""

    aws: Connection
    following: Following
    deadline: Deadline
    label: str
    todo: list[str] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    rest: list[Watch] = field(default_factory=list)  # the watches beside the one that is followed now
    polls: int = 0
    expired: bool = False
    stopped: str | None = None  # why nothing more was started
    unsure: list[str] = field(default_factory=list)  # targets of which nobody can tell yet whether they were started

    def follow(self, execution: Execution, before: Callable[[], None] = lambda: None) -> Watch:
        """Follow one execution to its end or to the deadline, and read the steps of its children.

        before is done first; when it fails, the result contains the execution nevertheless.
        """
        watch = Watch(self.aws, execution, self.label, self._others)
        begun = self.deadline.at - self.following.timeout
        self.rest, self.watches = self.watches, [*self.watches, watch]
        before()
        deadline = self.deadline if self.following.wait else Deadline(self.aws.clock, self.aws.clock.now())
        outcome = follow.follow(
            lambda: automation_watch.look(watch),
            deadline=deadline,
            interval=self.following.interval,
            say=self.following.say,
            since=begun,
        )
        self.polls += outcome.polls
        self.expired = self.expired or outcome.expired
        if outcome.expired:
            automation_watch.look_at_children(watch)
        automation_watch.add_steps(watch, self.following.step_details)
        return watch

    def _others(self) -> dict[str, int]:
        models = [model for watch in self.rest for model in automation_watch.target_models(watch)]
        told = automation_watch.counts(models)
        told["pending"] += len(self.todo)
        return told

    def errors(self) -> int:
        """How much of the budget is spent: every target that ended without success."""
        models = [model for watch in self.watches for model in automation_watch.target_models(watch)]
        return sum(model["outcome"] in (follow.FAILED, follow.TIMED_OUT, follow.CANCELLED) for model in models)

    def incomplete(self) -> bool:
        """Whether an execution ended without starting all its targets: it was stopped, or its budget was spent."""
        models = [model for watch in self.watches for model in automation_watch.target_models(watch)]
        return any(model["outcome"] == follow.NOT_STARTED for model in models)


def new_run(aws: Connection, following: Following, label: str) -> Run:
    return Run(aws, following, Deadline.after(aws.clock, following.timeout), label)


def execute(aws: Connection, request: Request, following: Following) -> dict:
    """Adopt, start what is left, follow, judge. Returns the result; raises RunFailed and others with the same in results."""
    validate(request)
    run = new_run(aws, following, request.label)
    run.unsure = list(request.targets or ())
    return guarded(run, lambda: _execute(run, request))


def guarded(run: Run, work: Callable[[], None]) -> dict:
    """Do the work and judge it; whatever goes wrong, everything that was seen is in the results of the error."""
    try:
        work()
        return judge(run)
    except RunFailed:
        raise
    except Exception as error:
        if hasattr(error, "results"):
            run.stopped = run.stopped or str(error)
            error.results = {**result(run), "msg": str(error)}
        raise


def _execute(run: Run, request: Request) -> None:
    started = find_started(run.aws, request)
    run.todo = uncovered(request, started)
    for position, execution in enumerate(started):
        # Until they are looked at, nobody knows about the targets of the other ones.
        run.unsure = [target for other in started[position + 1 :] for target in other.targets]
        run.follow(execution)
    run.unsure = []
    if request.targets is None and not started:
        execution = start(run.aws, request, None, 1, 0)
        run.follow(execution, partial(_add_other_tags, run.aws, request, execution))
    number = len(started)
    while run.todo and may_start(run, request):
        number += 1
        size = chunk_sizes(len(run.todo), MAX_TARGETS)[0]
        piece, left = run.todo[:size], request.budget - run.errors()
        run.todo = run.todo[size:]
        execution = _start_piece(run, request, piece, number, left)
        run.follow(execution, partial(_add_other_tags, run.aws, request, execution))


def _start_piece(run: Run, request: Request, piece: list[str], number: int, left: int) -> Execution:
    try:
        return start(run.aws, request, piece, number, left)
    except ServiceError as error:
        # Refused = surely not started. Without a clear answer these targets may be running: nobody must take them for free.
        if isinstance(error, Unavailable) or _is_reuse(error):
            run.unsure = piece
        else:
            run.todo = piece + run.todo
        raise


def may_start(run: Run, request: Request) -> bool:
    """Whether the next piece may be started. Raises UnknownStatus when nobody knows what became of an earlier one."""
    for watch in run.watches:
        automation_watch.refuse_unknown(automation_watch.target_models(watch))
    if run.expired:
        run.stopped = "earlier executions of this run have not ended"
    elif run.incomplete():
        run.stopped = "an execution ended before it had started all of its targets"
    elif run.errors() > request.budget:
        run.stopped = f"{run.errors()} targets failed; max_errors allows {request.budget}"
    return run.stopped is None


# Judging


def result(run: Run) -> dict:
    """Everything that was seen, as the module returns it."""
    targets, executions = [], []
    for watch in run.watches:
        models = automation_watch.target_models(watch)
        targets += models
        parent = watch.parent or {"AutomationExecutionId": watch.execution.execution_id}
        executions.append(
            automation_wire.execution_to_model(parent, adopted=watch.execution.adopted, targets=len(models))
        )
    reason = run.stopped or ("wait_timeout expired" if run.expired else None)
    targets += [automation_wire.absent_target(target, follow.UNKNOWN, reason) for target in run.unsure]
    targets += [automation_wire.absent_target(target, follow.NOT_STARTED, reason) for target in run.todo]
    outcomes = [target["outcome"] for target in targets]
    return {
        "changed": any(not watch.execution.adopted for watch in run.watches),
        "executions": executions,
        "targets": targets,
        "summary": follow.summary(outcomes),
        "outcome": follow.RUNNING if run.expired else follow.worst(outcomes),
        "polls": run.polls,
    }


def judge(run: Run) -> dict:
    """The result when every target succeeded (or nobody wanted to wait); raises RunFailed, UnknownStatus otherwise."""
    answer = result(run)
    automation_watch.refuse_unknown(answer["targets"])
    if run.expired and not run.following.wait:
        return {**answer, "msg": _message(run, answer)}
    if run.expired:
        text = f"{_message(run, answer)}; the executions continue in AWS"
        raise RunFailed(text, code="deadline_exceeded", details=_details(answer), results=answer)
    if answer["outcome"] != follow.SUCCEEDED:
        raise RunFailed(_message(run, answer), details=_details(answer), results=answer)
    return {**answer, "msg": _message(run, answer)}


def _details(answer: dict) -> dict:
    return {
        "outcome": answer["outcome"],
        "execution_ids": [execution["execution_id"] for execution in answer["executions"]],
        "targets": {t["target"]: t["outcome"] for t in answer["targets"] if t["outcome"] != follow.SUCCEEDED},
    }


def _message(run: Run, answer: dict) -> str:
    told = [f"{number} {name}" for name, number in answer["summary"].items() if number and name != "total"]
    text = f"{run.label}: {answer['summary']['total']} targets: {', '.join(told)}"
    bad = [t for t in answer["targets"] if t["outcome"] in (follow.FAILED, follow.TIMED_OUT, follow.CANCELLED)]
    reasons = [f"{t['target'] or t['execution_id']}: {t['failure_message'] or t['status']}" for t in bad[:3]]
    if run.stopped:
        reasons.append(f"no more targets were started: {run.stopped}")
    return "; ".join([text, *reasons])


# Executions that are named by their ids


# Reading for the info module
