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

from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta

from ..._core import follow
from ..._core import run as kernel
from ..._core.calls import Connection
from ..._core.calls import chunks
from ..._core.errors import InvalidInput
from ..._core.errors import ServiceError
from ..._core.run import Following
from ..._core.run import Kind
from ..._core.run import Piece
from ..._core.run import Run
from ..._core.run import Verdict
from ..nodes import api as node_api
from . import api
from . import watch as watching
from . import wire
from .limits import validate
from .watch import Watch
from .wire import MAX_IDS
from .wire import Request

WORDS = kernel.Words("command", "commands", "nodes", "a command ended before it was started on all of its nodes")
# Codes with which SendCommand refuses all nodes because of some of them.
ONE_FOR_ALL = frozenset({"InvalidInstanceId", "UnsupportedPlatformType"})


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
    kernel.check_identity(run_id, step)
    request = Request("", run_id, step, attempt, look_back=look_back)
    found = find_labelled(aws, request, None)
    if not found:
        raise InvalidInput(f"Run {run_id}, step {step}, attempt {attempt} has no commands", code="no_commands")
    return [one["CommandId"] for one in found]


# Running


@dataclass
class Work:
    """What one call of the module found, sent and followed so far. A call that only follows has no request."""

    aws: Connection
    run: Run
    label: str
    request: Request | None = None
    pieces: list[list[str]] = field(default_factory=list)  # to be sent
    watches: list[Watch] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # node -> why AWS does not send to it
    batch: int | None = None  # how many commands went out since the last look; None = there is nothing to follow

    @property
    def order(self) -> tuple[str, ...]:
        """The nodes as they were given, when they are known beforehand."""
        return (self.request.instance_ids if self.request else None) or ()

    @property
    def width(self) -> int:
        """How many commands may be under way at the same time."""
        return self.request.width if self.request else 1

    def adopt(self) -> None:
        """Find the commands of this identity, and cut the nodes that none of them was sent to into pieces."""
        found = find_sent(self.aws, self.request)
        self.watch([Watch(self.aws, one["CommandId"], tuple(one.get("InstanceIds") or ()), True, one) for one in found])
        covered = {target for watch in self.watches for target in watch.targets}
        self.pieces = list(chunks([one for one in self.order if one not in covered], MAX_IDS))

    def watch(self, watches: list[Watch]) -> None:
        """What is there already counts as a full batch: it is followed before anything is sent."""
        self.watches = watches
        self.batch = self.width if watches else None

    def follow(self) -> None:
        """Follow everything that was sent so far to its end or to the deadline, once the batch is complete."""
        if self.batch is None or (self.pieces and self.batch < self.width):
            return
        self.batch = None
        self.run.follow(lambda: watching.look(self.watches, self.label, len(self.order) or None))
        for watch in self.watches:
            watching.finish(watch, self.run.following.details)

    def models(self) -> list[dict]:
        """Every node of the commands, in the order in which they were sent."""
        return [model for watch in self.watches for model in watching.target_models(watch)]

    def errors(self) -> int:
        """How much of the budget is spent: every node that ended without success, whether AWS counts it or not."""
        return sum(model["outcome"] in kernel.BAD for model in self.models()) + len(self.refused)

    def next(self) -> Piece | None:
        """The next nodes that fit into one command, with what is left of the budget; () for those that targets select."""
        if self.request.targets is not None:
            return None if self.watches else Piece((), wire.send_to_wire(self.request, (), 0))
        if not self.pieces or (self.batch is None and not self._may_send()):
            return None
        self.batch = self.batch or 0
        piece = tuple(self.pieces.pop(0))
        return Piece(piece, wire.send_to_wire(self.request, piece, self.errors()))

    def _may_send(self) -> bool:
        return kernel.may_go_on(self.run, WORDS, self.models(), self.errors(), self.request.budget)

    def find(self, _piece: Piece) -> dict | None:
        """A command of this identity that is not followed yet."""
        known = {watch.command_id for watch in self.watches}
        return next((one for one in find_sent(self.aws, self.request) if one["CommandId"] not in known), None)

    def started(self, piece: Piece, command: dict, _found: bool) -> None:
        sent = Watch(self.aws, command["CommandId"], piece.items, False, command, sent_at=self.aws.clock.now())
        self.watches.append(sent)
        self.batch = (self.batch or 0) + 1

    def failed(self, piece: Piece, error: ServiceError, unclear: bool) -> None:
        """Of a piece that is refused because of one node the others get it nevertheless."""
        if piece.items and error.code in ONE_FOR_ALL:
            self._divide(piece, error)
            return
        if not unclear and piece.items:
            self.pieces.insert(0, list(piece.items))
        raise error

    def _divide(self, piece: Piece, error: ServiceError) -> None:
        middle = len(piece.items) // 2
        if middle:
            self.pieces[:0] = [list(piece.items[:middle]), list(piece.items[middle:])]
        else:
            self.refused[piece.items[0]] = error.message


def new_work(aws: Connection, following: Following, label: str, request: Request | None = None) -> Work:
    return Work(aws, Run.begin(aws.clock, following), label, request)


def kind_of(work: Work) -> Kind:
    """A command as the kernel takes it. SendCommand has no token, so it is repeated here, after a look, and not by a retry."""
    return Kind(
        items=work.order,
        adopt=work.adopt if work.request else lambda: None,
        next=work.next if work.request else lambda: None,
        start=lambda piece: api.send_command(work.aws, **piece.request),
        find=work.find,
        repeat=work.aws.policy,
        started=work.started,
        failed=work.failed,
        follow=work.follow,
        result=lambda: result(work),
        verdict=lambda answer: verdict(work, answer),
    )


def execute(aws: Connection, request: Request, following: Following) -> dict:
    """Adopt, send what is left, follow, judge. Returns the result; raises RunFailed and others with the same in results."""
    validate(request)
    work = new_work(aws, following, request.label, request)
    return kernel.execute(kind_of(work), work.run)


# Judging


def result(work: Work) -> dict:
    """Everything that was seen, as the module returns it."""
    reason = kernel.why_open(work.run)
    waiting = [target for piece in work.pieces for target in piece]
    targets = [
        *work.models(),
        *(wire.absent_target(target, follow.FAILED, message) for target, message in work.refused.items()),
        *(wire.absent_target(target, follow.UNKNOWN, reason) for target in work.run.unsure),
        *(wire.absent_target(target, follow.NOT_STARTED, reason) for target in waiting),
    ]
    places = {target: place for place, target in enumerate(work.order)}
    targets.sort(key=lambda target: places.get(target["target"], len(places)))
    return {
        "changed": any(not watch.adopted for watch in work.watches),
        "commands": [wire.command_to_model(watch.command, adopted=watch.adopted) for watch in work.watches],
        **kernel.ended(work.run, targets),
    }


def verdict(work: Work, answer: dict) -> Verdict:
    """A success when every node succeeded, or when there is none and that is allowed. Raises UnknownStatus."""
    fine = work.request is not None and work.request.allow_empty and not answer["targets"] and _is_empty(work)
    ids = [command["command_id"] for command in answer["commands"]]
    return kernel.verdict(work.run, WORDS, answer, message(work, answer), ids={"command_ids": ids}, fine=fine)


def _is_empty(work: Work) -> bool:
    """Whether there was nothing to run on; a command may have no nodes for another reason as well."""
    return all(wire.status_of(watch.command) == wire.NO_TARGETS for watch in work.watches)


def message(work: Work, answer: dict) -> str:
    """The outcome in one sentence."""
    bad = [one for one in answer["targets"] if one["outcome"] in kernel.BAD]
    reasons = [f"{one['target']}: {one['message'] or one['status']}" for one in bad[:3]]
    if work.run.stopped:
        reasons.append(f"no more commands were sent: {work.run.stopped}")
    return kernel.sentence(work.label, answer["summary"], "nodes", reasons, none=_no_nodes(answer))


def _no_nodes(answer: dict) -> str:
    statuses = sorted({str(command["status"]) for command in answer["commands"]})
    return f"no managed node (status {', '.join(statuses)})" if statuses else "no managed node"
