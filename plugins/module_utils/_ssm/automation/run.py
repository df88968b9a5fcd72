# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run an Automation runbook on many targets, so that nothing runs twice and the budget of errors is exact.

Identity: every execution carries a tag whose key is made of run id, step and attempt. Before anything is started the
executions with that tag are found, and the targets that they were started with are never started again.

Budget: AWS counts errors per execution and takes at most 300 target maps. Larger waves are cut into executions that run
one after another, each with what is left of the wave's budget; side by side they could spend it several times.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from ..._core import follow
from ..._core import run as kernel
from ..._core.calls import Connection
from ..._core.calls import chunk_sizes
from ..._core.errors import AccessDenied
from ..._core.errors import InvalidInput
from ..._core.errors import ServiceError
from ..._core.run import Following
from ..._core.run import Kind
from ..._core.run import Piece
from ..._core.run import Run
from ..._core.run import Verdict
from ..tags import api as tag_api
from . import api
from . import watch as watching
from . import wire
from .limits import MAX_TARGETS
from .limits import validate
from .watch import Execution
from .watch import Watch
from .wire import Request

WORDS = kernel.Words(
    "automation", "executions", "targets", "an execution ended before it had started all of its targets"
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
        Execution(execution["AutomationExecutionId"], tuple(wire.targets_of(execution)), adopted=True)
        for _number, execution in found
    ]


def find_ids(aws: Connection, run_id: str, step: str, attempt: int) -> list[str]:
    """The ids of the executions of a run, step and attempt, whatever document they were started with."""
    kernel.check_identity(run_id, step)
    request = Request(document_name="", run_id=run_id, step=step, attempt=attempt)
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


# Running


@dataclass
class Work:
    """What one call of the module found, started and followed so far. A call that only follows has no request."""

    aws: Connection
    run: Run
    label: str
    request: Request | None = None
    queue: list[Execution] = field(default_factory=list)  # found or started, and not followed yet
    todo: list[str] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    rest: list[Watch] = field(default_factory=list)  # the watches beside the one that is followed now

    def adopt(self) -> None:
        """Find the executions of this identity; what no one of them was started with is to be done."""
        self.queue = find_started(self.aws, self.request)
        self.todo = uncovered(self.request, self.queue)

    def follow(self) -> None:
        """Follow one execution after another, each to its end or to the deadline, and read the steps of its children."""
        while self.queue:
            execution = self.queue.pop(0)
            # Until they are looked at, nobody knows about the targets of the other ones.
            self.run.unsure = [target for other in self.queue for target in other.targets]
            self._follow_one(execution)

    def _follow_one(self, execution: Execution) -> None:
        watch = Watch(self.aws, execution, execution.label or self.label, self._others)
        self.rest, self.watches = self.watches, [*self.watches, watch]
        if not execution.adopted:  # when this fails, the execution stands in the result nevertheless
            self._add_other_tags(execution)
        outcome = self.run.follow(lambda: watching.look(watch))
        if outcome.expired:
            watching.look_at_children(watch)
        watching.add_steps(watch, self.run.following.details)

    def _add_other_tags(self, execution: Execution) -> None:
        tags = wire.later_tags(self.request)
        if tags:
            tag_api.add_tags(self.aws, kind="Automation", resource_id=execution.execution_id, tags=tags)

    def _others(self) -> dict[str, int]:
        models = [model for watch in self.rest for model in watching.target_models(watch)]
        told = watching.counts(models)
        told["pending"] += len(self.todo)
        return told

    def models(self) -> list[dict]:
        """Every target of the executions, in the order in which they were started."""
        return [model for watch in self.watches for model in watching.target_models(watch)]

    def errors(self) -> int:
        """How much of the budget is spent: every target that ended without success."""
        return sum(model["outcome"] in kernel.BAD for model in self.models())

    def may_start(self) -> bool:
        """Whether the next piece may be started. Raises UnknownStatus."""
        return kernel.may_go_on(self.run, WORDS, self.models(), self.errors(), self.request.budget)

    def next(self) -> Piece | None:
        """The next piece: the targets that fit into one execution, with what is left of the budget."""
        if self.request.targets is None:
            return None if self.watches else Piece((), wire.start_to_wire(self.request, [], 1, 0))
        if not self.todo or not self.may_start():
            return None
        size, left = chunk_sizes(len(self.todo), MAX_TARGETS)[0], self.request.budget - self.errors()
        targets, self.todo = self.todo[:size], self.todo[size:]
        return Piece(tuple(targets), wire.start_to_wire(self.request, targets, len(self.watches) + 1, left))

    def find(self, piece: Piece) -> str | None:
        """The execution that was started with the targets of the piece."""
        found = [one for one in find_started(self.aws, self.request) if set(one.targets) >= set(piece.items)]
        return found[0].execution_id if found else None

    def started(self, piece: Piece, execution_id: str, found: bool) -> None:
        self.queue.append(Execution(execution_id, piece.items, adopted=found, started_at=self.aws.clock.now()))

    def failed(self, piece: Piece, error: ServiceError, unclear: bool) -> None:
        """Refused = surely not started. Without a clear answer these targets may be running, and are not free."""
        if not unclear:
            self.todo = [*piece.items, *self.todo]
        raise error


def new_work(aws: Connection, following: Following, label: str, request: Request | None = None) -> Work:
    return Work(aws, Run.begin(aws.clock, following), label, request)


def work_on(aws: Connection, following: Following, execution_ids: list[str]) -> Work:
    """The work of following executions that are named by their ids, whoever started them."""
    work = new_work(aws, following, f"{len(execution_ids)} executions")
    work.queue = [Execution(one, (), adopted=True, label=f"execution {one}") for one in execution_ids]
    return work


def kind_of(work: Work) -> Kind:
    """An automation execution as the kernel takes it."""
    return Kind(
        items=tuple(work.request.targets or ()) if work.request else (),
        adopt=work.adopt if work.request else lambda: None,
        next=work.next if work.request else lambda: None,
        start=lambda piece: api.start_execution(work.aws, **piece.request),
        find=work.find,
        is_reuse=_is_reuse,
        started=work.started,
        failed=work.failed,
        follow=work.follow,
        result=lambda: result(work),
        verdict=lambda answer: verdict(work, answer),
    )


def execute(aws: Connection, request: Request, following: Following) -> dict:
    """Adopt, start what is left, follow, judge. Returns the result; raises RunFailed and others with the same in results."""
    validate(request)
    work = new_work(aws, following, request.label, request)
    return kernel.execute(kind_of(work), work.run)


def _is_reuse(error: ServiceError) -> bool:
    """The service says that the token was used: documented as IdempotentParameterMismatch and "can't be reused".

    "The security token included in the request is expired" speaks of the credentials.
    """
    if isinstance(error, AccessDenied):
        return False
    return error.code == "IdempotentParameterMismatch" or "token" in error.details.get("aws_message", "").lower()


# Judging


def result(work: Work) -> dict:
    """Everything that was seen, as the module returns it."""
    executions = []
    for watch in work.watches:
        parent = watch.parent or {"AutomationExecutionId": watch.execution.execution_id}
        count = len(watching.target_models(watch))
        executions.append(wire.execution_to_model(parent, adopted=watch.execution.adopted, targets=count))
    reason = kernel.why_open(work.run)
    targets = [_as_known(work, watch, one) for watch in work.watches for one in watching.target_models(watch)]
    targets += [wire.absent_target(target, follow.UNKNOWN, reason) for target in work.run.unsure]
    targets += [wire.absent_target(target, follow.NOT_STARTED, reason) for target in work.todo]
    return {
        "changed": any(not watch.execution.adopted for watch in work.watches),
        "executions": executions,
        **kernel.ended(work.run, targets),
    }


def _as_known(work: Work, watch: Watch, target: dict) -> dict:
    """A target that was under way at the last look; when the call ended because a look failed, nobody knows what became of it."""
    if work.run.unread is None or target["outcome"] != follow.RUNNING:
        return target
    execution_id = target["execution_id"] or watch.execution.execution_id
    return {**target, "outcome": follow.UNKNOWN, "failure_message": work.run.unread, "execution_id": execution_id}


def verdict(work: Work, answer: dict) -> Verdict:
    """A success when every target succeeded. Raises UnknownStatus."""
    bad = [one for one in answer["targets"] if one["outcome"] in kernel.BAD]
    reasons = [f"{one['target'] or one['execution_id']}: {one['failure_message'] or one['status']}" for one in bad[:3]]
    if work.run.stopped:
        reasons.append(f"no more targets were started: {work.run.stopped}")
    text = kernel.sentence(work.label, answer["summary"], "targets", reasons)
    ids = [execution["execution_id"] for execution in answer["executions"]]
    return kernel.verdict(work.run, WORDS, answer, text, ids={"execution_ids": ids})
