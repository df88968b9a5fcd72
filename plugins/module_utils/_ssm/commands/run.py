# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Send commands with Run Command and judge by what happened on every node, so that nothing is sent twice.

Identity: SendCommand has no client token. The comment of every command begins with run id, step and attempt and a digest
of what is sent; before anything is sent the commands with that comment are looked for. A request without a clear answer
is not sent again by the same call: the next one looks first.

Budget: SendCommand takes 50 ids and counts errors per command, and not all of them (nodes that never got the command do
not count). More nodes are cut into pieces that are sent one after another, each with what is left of the budget by our
own count; pieces go out side by side only when every node may fail.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta
from typing import Callable

from ..._core import follow
from ..._core import retry
from ..._core.calls import Connection
from ..._core.calls import chunks
from ..._core.errors import InvalidInput
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import Unavailable
from ..._core.wait import Deadline
from ..automation.run import NAME
from ..automation.run import Following
from ..nodes import api as node_api
from ..wire import absolute
from . import api
from . import watch as command_watch
from . import wire
from .watch import Watch

MAX_IDS = 50  # API SendCommand, InstanceIds
TIMEOUT = (30, 2592000)  # API SendCommand, TimeoutSeconds
# Codes with which SendCommand refuses all nodes because of some of them.
ONE_FOR_ALL = frozenset({"InvalidInstanceId", "UnsupportedPlatformType"})


@dataclass(frozen=True)
class Request:
    """What to send. Either instance_ids or targets (members of SendCommand); limits are numbers or percentages."""

    document_name: str
    run_id: str
    step: str = "main"
    attempt: int = 1
    parameters: dict[str, list[str]] = field(default_factory=dict)
    instance_ids: tuple[str, ...] | None = None
    targets: tuple[dict, ...] | None = None
    max_concurrency: str = "50"
    max_errors: str = "0"
    comment: str | None = None
    optional: dict = field(default_factory=dict)
    allow_empty: bool = False
    look_back: float = 72.0  # hours

    @property
    def label(self) -> str:
        return f"command {self.step} attempt {self.attempt}"

    @property
    def identity(self) -> str:
        what = {"document": self.document_name, "parameters": self.parameters, "targets": list(self.targets or ())}
        return wire.identity(self.run_id, self.step, self.attempt, what)

    @property
    def budget(self) -> int:
        return absolute(self.max_errors, len(self.instance_ids or ()), least=0)

    @property
    def concurrency(self) -> int:
        return absolute(self.max_concurrency, len(self.instance_ids or ()), least=1)

    @property
    def width(self) -> int:
        """How many commands may be under way at the same time."""
        unlimited = self.budget >= len(self.instance_ids or ())
        return max(1, self.concurrency // MAX_IDS) if unlimited else 1


def validate(request: Request) -> None:
    """Raise InvalidInput for what AWS would refuse or this module could not keep apart."""
    for option, value in (("run_id", request.run_id), ("step", request.step)):
        if not NAME.match(value):
            raise InvalidInput(f"{option}: {value!r} must be 1–48 of the characters A-Z a-z 0-9 _ . -")
    wire.comment_of(request.identity, request.comment)
    for option, value, least in (
        ("max_concurrency", request.max_concurrency, 1),
        ("max_errors", request.max_errors, 0),
    ):
        try:
            absolute(value, 100, least=least)
        except InvalidInput as error:
            raise InvalidInput(f"{option}: {error}") from error
    timeout = request.optional.get("TimeoutSeconds")
    if timeout is not None and not TIMEOUT[0] <= timeout <= TIMEOUT[1]:
        raise InvalidInput(f"timeout_seconds: {timeout} must be from {TIMEOUT[0]} to {TIMEOUT[1]}")
    if len(request.optional.get("AlarmConfiguration", {}).get("Alarms", [])) > 1:
        raise InvalidInput("alarm_configuration: AWS allows one alarm per command")
    if request.targets is not None:
        return
    twice = sorted(one for one, times in Counter(request.instance_ids).items() if times > 1)
    if twice:
        raise InvalidInput(f"instance_ids: must not contain duplicates: {twice}")
    if not request.instance_ids and not request.allow_empty:
        raise InvalidInput("instance_ids: must not be an empty list, unless allow_empty is set", code="no_targets")


# Finding what was sent earlier


def find_sent(aws: Connection, request: Request) -> list[dict]:
    """The commands of this run, step and attempt, oldest first.

    Raises InvalidInput when the same identity was used to send something else.
    """
    found = find_labelled(aws, request, request.document_name)
    strange = [one for one in found if one["Comment"].split(" ")[0] != request.identity]
    if strange:
        raise InvalidInput(
            f"Run {request.run_id}, step {request.step}, attempt {request.attempt} was sent with other parameters or "
            f"targets ({strange[0]['CommandId']}); use another step for the other command",
            code="other_command",
        )
    return found


def find_labelled(aws: Connection, request: Request, document_name: str | None) -> list[dict]:
    """The commands of a run, step and attempt, whatever was sent, oldest first."""
    filters = {}
    if request.look_back:
        since = node_api.service_time(aws) - timedelta(hours=request.look_back)
        filters["InvokedAfter"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    # How the filter treats the ARN of a shared document is not documented.
    if document_name and not set(":/") & set(document_name):
        filters["DocumentName"] = document_name
    own = wire.label(request.run_id, request.step, request.attempt) + "#"
    found = [one for one in api.list_commands(aws, filters) if (one.get("Comment") or "").startswith(own)]
    return sorted(found, key=lambda one: (str(one.get("RequestedDateTime")), one["CommandId"]))


def find_ids(aws: Connection, run_id: str, step: str, attempt: int, look_back: float) -> list[str]:
    """The ids of the commands of a run, step and attempt. Raises InvalidInput when there is none."""
    request = Request("", run_id, step, attempt, look_back=look_back)
    for option, value in (("run_id", run_id), ("step", step)):
        if not NAME.match(value):
            raise InvalidInput(f"{option}: {value!r} must be 1–48 of the characters A-Z a-z 0-9 _ . -")
    found = find_labelled(aws, request, None)
    if not found:
        raise InvalidInput(f"Run {run_id}, step {step}, attempt {attempt} has no commands", code="no_commands")
    return [one["CommandId"] for one in found]


# Running


@dataclass
class Run:
    """One call of the module: what was sent and followed so far."""

    aws: Connection
    following: Following
    deadline: Deadline
    label: str
    order: tuple[str, ...] = ()  # the nodes as they were given, when they are known beforehand
    pieces: list[list[str]] = field(default_factory=list)  # to be sent
    watches: list[Watch] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # node -> why AWS does not send to it
    unsure: list[str] = field(default_factory=list)  # nodes of which nobody can tell yet whether they got the command
    polls: int = 0
    expired: bool = False
    stopped: str | None = None  # why nothing more was sent

    def follow(self) -> None:
        """Follow everything that was sent so far to its end or to the deadline."""
        now = self.aws.clock.now()
        outcome = follow.follow(
            lambda: command_watch.look(self.watches, self.label, len(self.order) or None),
            deadline=self.deadline if self.following.wait else Deadline(self.aws.clock, now),
            interval=self.following.interval,
            say=self.following.say,
            since=self.deadline.at - self.following.timeout,
        )
        self.polls += outcome.polls
        self.expired = self.expired or outcome.expired
        for watch in self.watches:
            command_watch.finish(watch, self.following.step_details)

    def models(self) -> list[dict]:
        """Every node of the commands, in the order in which they were sent."""
        return [model for watch in self.watches for model in command_watch.target_models(watch)]

    def errors(self) -> int:
        """How much of the budget is spent: every node that ended without success, whether AWS counts it or not."""
        bad = (follow.FAILED, follow.TIMED_OUT, follow.CANCELLED)
        return sum(model["outcome"] in bad for model in self.models()) + len(self.refused)


def new_run(aws: Connection, following: Following, label: str) -> Run:
    return Run(aws, following, Deadline.after(aws.clock, following.timeout), label)


def execute(aws: Connection, request: Request, following: Following) -> dict:
    """Adopt, send what is left, follow, judge. Returns the result; raises RunFailed and others with the same in results."""
    validate(request)
    run = new_run(aws, following, request.label)
    run.unsure = list(request.instance_ids or ())
    return guarded(run, lambda: _execute(run, request), request.allow_empty)


def guarded(run: Run, work: Callable[[], None], allow_empty: bool = False) -> dict:
    """Do the work and judge it; whatever goes wrong, everything that was seen is in the results of the error."""
    try:
        work()
        return judge(run, allow_empty)
    except RunFailed:
        raise
    except Exception as error:
        if hasattr(error, "results"):
            run.stopped = run.stopped or str(error)
            error.results = {**result(run), "msg": str(error)}
        raise


def _execute(run: Run, request: Request) -> None:
    plan(run, request)
    if run.watches:
        run.follow()
    if request.targets is not None and not run.watches:
        _send(run, request, None)
        run.follow()
    while run.pieces and _may_send(run, request):
        under_way = len(run.watches)
        while run.pieces and len(run.watches) - under_way < request.width:
            _send(run, request, run.pieces.pop(0))
        run.follow()


def plan(run: Run, request: Request) -> None:
    """Find what was sent, and cut what is left into pieces."""
    found = find_sent(run.aws, request)
    run.watches = [Watch(run.aws, one["CommandId"], tuple(one.get("InstanceIds") or ()), True, one) for one in found]
    covered = {target for watch in run.watches for target in watch.targets}
    run.unsure = []
    if request.instance_ids is not None:
        run.order = request.instance_ids
        run.pieces = list(chunks([one for one in request.instance_ids if one not in covered], MAX_IDS))


def _send(run: Run, request: Request, piece: list[str] | None) -> None:
    """Send one command; of a piece that is refused because of one node the others get it nevertheless."""
    try:
        command = _send_once(run, request, piece)
    except ServiceError as error:
        if piece is None:
            raise
        if error.code in ONE_FOR_ALL and len(piece) == 1:
            run.refused[piece[0]] = error.message
            return
        if error.code in ONE_FOR_ALL:
            middle = len(piece) // 2
            run.pieces[:0] = [piece[:middle], piece[middle:]]
            return
        if isinstance(error, Unavailable):
            run.unsure = piece  # it may be running there: nobody must take these nodes for free
        else:
            run.pieces.insert(0, piece)
        raise
    run.watches.append(
        Watch(run.aws, command["CommandId"], tuple(piece or ()), False, command, sent_at=run.aws.clock.now())
    )


def _send_once(run: Run, request: Request, piece: list[str] | None) -> dict:
    """The command that this call sent. A throttled request was not carried out and is sent again, after a look."""
    aws, failures = run.aws, 0
    known = {watch.command_id for watch in run.watches}
    members = _wire(run, request, piece)

    def find() -> dict | None:
        return next((one for one in find_sent(aws, request) if one["CommandId"] not in known), None)

    while True:
        try:
            command, _found = follow.start_once(
                lambda: api.send_command(aws, **members), find, is_reuse=lambda _error: False, clock=aws.clock
            )
            return command
        except ServiceError as error:
            failures += 1
            if error.code not in retry.REFUSED or failures >= aws.policy.attempts:
                raise
            aws.clock.sleep(aws.policy.pause(failures))
            command = find()
            if command:
                return command


def _wire(run: Run, request: Request, piece: list[str] | None) -> dict:
    """The request of SendCommand."""
    members = {
        **request.optional,
        "DocumentName": request.document_name,
        "Comment": wire.comment_of(request.identity, request.comment),
    }
    if request.parameters:
        members["Parameters"] = request.parameters
    if piece is None:
        return {
            **members,
            "Targets": list(request.targets or ()),
            "MaxConcurrency": request.max_concurrency,
            "MaxErrors": request.max_errors,
        }
    left = max(0, request.budget - run.errors())
    return {
        **members,
        "InstanceIds": piece,
        "MaxConcurrency": str(max(1, min(MAX_IDS, request.concurrency // request.width))),
        "MaxErrors": str(left),
    }


def _may_send(run: Run, request: Request) -> bool:
    """Whether the next piece may be sent. Raises UnknownStatus when nobody knows what became of an earlier one."""
    models = run.models()
    command_watch.refuse_unknown(models)
    if run.expired:
        run.stopped = "earlier commands of this run have not ended"
    elif any(model["outcome"] == follow.NOT_STARTED for model in models):
        run.stopped = "a command ended before it was started on all of its nodes"
    elif run.errors() > request.budget:
        run.stopped = f"{run.errors()} nodes failed; max_errors allows {request.budget}"
    return run.stopped is None


# Judging


def result(run: Run) -> dict:
    """Everything that was seen, as the module returns it."""
    reason = run.stopped or ("wait_timeout expired" if run.expired else None)
    waiting = [target for piece in run.pieces for target in piece]
    targets = [
        *run.models(),
        *(wire.absent_target(target, follow.FAILED, message) for target, message in run.refused.items()),
        *(wire.absent_target(target, follow.UNKNOWN, reason) for target in run.unsure),
        *(wire.absent_target(target, follow.NOT_STARTED, reason) for target in waiting),
    ]
    places = {target: place for place, target in enumerate(run.order)}
    targets.sort(key=lambda target: places.get(target["target"], len(places)))
    outcomes = [target["outcome"] for target in targets]
    return {
        "changed": any(not watch.adopted for watch in run.watches),
        "commands": [wire.command_to_model(watch.command, adopted=watch.adopted) for watch in run.watches],
        "targets": targets,
        "summary": follow.summary(outcomes),
        "outcome": follow.RUNNING if run.expired else follow.worst(outcomes),
        "polls": run.polls,
    }


def judge(run: Run, allow_empty: bool = False) -> dict:
    """The result when every node succeeded (or nobody wanted to wait); raises RunFailed, UnknownStatus otherwise."""
    answer = result(run)
    told = message(run, answer)
    command_watch.refuse_unknown(answer["targets"])
    if run.expired:
        if not run.following.wait:
            return {**answer, "msg": told}
        text = f"{told}; the commands continue in AWS"
        raise RunFailed(text, code="deadline_exceeded", details=_details(answer), results=answer)
    if answer["outcome"] == follow.SUCCEEDED or (allow_empty and not answer["targets"] and _empty(run)):
        return {**answer, "msg": told}
    code = None if answer["targets"] else "no_targets"
    raise RunFailed(told, code=code, details=_details(answer), results=answer)


def _empty(run: Run) -> bool:
    """Whether there was nothing to run on; a command may have no nodes for another reason as well."""
    return all(wire.status_of(watch.command) == wire.NO_TARGETS for watch in run.watches)


def _details(answer: dict) -> dict:
    return {
        "outcome": answer["outcome"],
        "command_ids": [command["command_id"] for command in answer["commands"]],
        "targets": {one["target"]: one["outcome"] for one in answer["targets"] if one["outcome"] != follow.SUCCEEDED},
    }


def message(run: Run, answer: dict) -> str:
    """The outcome in one sentence."""
    told = [f"{number} {name}" for name, number in answer["summary"].items() if number and name != "total"]
    if not answer["targets"]:
        statuses = sorted({str(command["status"]) for command in answer["commands"]})
        why = f" (status {', '.join(statuses)})" if statuses else ""
        told = [f"no managed node{why}"]
    text = f"{run.label}: {answer['summary']['total']} nodes: {', '.join(told)}"
    bad = [one for one in answer["targets"] if one["outcome"] in (follow.FAILED, follow.TIMED_OUT, follow.CANCELLED)]
    reasons = [f"{one['target']}: {one['message'] or one['status']}" for one in bad[:3]]
    if run.stopped:
        reasons.append(f"no more commands were sent: {run.stopped}")
    return "; ".join([text, *reasons])
