# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is done with commands besides sending them: a preview, following by id, cancelling."""

from __future__ import annotations

from ..._core import follow
from ..._core import run as kernel
from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import UnknownStatus
from ..._core.run import Following
from ..documents import api as document_api
from ..nodes import api as node_api
from . import api
from . import wire
from .limits import validate
from .run import WORDS
from .run import Work
from .run import kind_of
from .run import message
from .run import new_work
from .run import result
from .watch import Watch
from .wire import Request


def preview(aws: Connection, request: Request, following: Following) -> dict:
    """Check mode: what is found, what would be sent to how many; sends nothing but reads."""
    validate(request)
    _check_document(aws, request)
    work = new_work(aws, following.at_once(), request.label, request)
    kind = kind_of(work)
    kernel.adopt(kind, work.run)
    would = _would_send(work, request)
    if not would and not work.run.expired:
        return kernel.guarded(kind, work.run, lambda: None)
    counts = [one["targets"] for one in would]
    told = "an unknown number of" if None in counts else str(sum(counts))
    text = f"{request.label}: would send {len(would)} commands to {told} nodes, adopt {len(work.watches)}"
    return {**result(work), "changed": bool(would), "would_send": would, "msg": text}


def _would_send(work: Work, request: Request) -> list[dict]:
    limits = {"max_concurrency": request.max_concurrency, "max_errors": request.max_errors}
    common = {"document_name": request.document_name, **limits}
    if request.targets is None:
        return [{**common, "targets": len(piece), "unmanaged": _unmanaged(work, piece)} for piece in work.pieces]
    if work.watches:
        return []
    count = _count(work.aws, request)
    if count == 0 and not request.allow_empty:
        raise RunFailed(f"{request.label}: no managed node has these tags", code="no_targets", results=result(work))
    return [{**common, "targets": count, "unmanaged": []}]


def _unmanaged(work: Work, piece: list[str]) -> list[str]:
    """The nodes that Systems Manager does not list; it may take a command for a stopped one, and not for a foreign one."""
    known = {node["InstanceId"] for node in node_api.list_nodes(work.aws, {"InstanceIds": piece})}
    return [target for target in piece if target not in known]


def _count(aws: Connection, request: Request) -> int | None:
    """How many managed nodes have the tags; None for a resource group, whose members Systems Manager does not tell."""
    targets = request.targets or ()
    if any(one["Key"].startswith("resource-groups:") for one in targets):
        return None
    keys = [one["Key"] for one in targets]
    if len(set(keys)) < len(keys):
        return None  # several tag-keys: the filter of DescribeInstanceInformation would take any of them
    return len(list(node_api.list_nodes(aws, {one["Key"]: one["Values"] for one in targets})))


def _check_document(aws: Connection, request: Request) -> None:
    """The document exists, can be sent, and knows the parameters; what AWS would say when it is sent."""
    version = request.optional.get("DocumentVersion")
    document = document_api.describe_document(aws, name=request.document_name, version=version)
    if document.get("DocumentType") != "Command":
        raise InvalidInput(
            f"document_name: {request.document_name} is of type {document.get('DocumentType')}, not Command",
            code="not_a_command",
        )
    known = {one["Name"]: one.get("DefaultValue") for one in document.get("Parameters") or []}
    given = set(request.parameters)
    if given - set(known):
        raise InvalidInput(
            f"parameters: document {request.document_name} has no parameter {', '.join(sorted(given - set(known)))}",
            code="unknown_parameter",
            details={"unknown": sorted(given - set(known)), "known": sorted(known)},
        )
    missing = sorted(name for name, default in known.items() if default is None and name not in given)
    if missing:
        raise InvalidInput(
            f"parameters: document {request.document_name} requires {', '.join(missing)}",
            code="missing_parameter",
            details={"missing": missing, "known": sorted(known)},
        )


def follow_ids(aws: Connection, command_ids: list[str], following: Following) -> dict:
    """Follow commands that somebody sent; the verdict is the same."""
    work = new_work(aws, following, f"{len(command_ids)} commands")
    return kernel.guarded(kind_of(work), work.run, lambda: follow_commands(work, command_ids))


def follow_commands(work: Work, command_ids: list[str]) -> None:
    """Follow commands by their ids. Raises NotFound, and keeps those that were seen to the end."""
    work.watch([Watch(work.aws, one, (), True, {"CommandId": one}) for one in command_ids])
    try:
        work.follow()
    except NotFound:
        work.watches = [watch for watch in work.watches if watch.settled]
        raise


def cancel(aws: Connection, command_ids: list[str], following: Following, check_mode: bool) -> dict:
    """Cancel what is not over yet, wait for its end when asked to; a cancelled node is what was wanted.

    One that cannot be cancelled keeps none of the others running: RunFailed names it when the others are cancelled.
    """
    cancelled, failures = [], {}
    for command_id in command_ids:
        try:
            if _is_running(aws, command_id):
                if not check_mode:
                    api.cancel_command(aws, command_id=command_id)
                cancelled.append(command_id)
        except (ServiceError, UnknownStatus) as error:
            failures[command_id] = error
    if len(failures) == len(command_ids):
        raise failures[command_ids[0]]
    answer = _after(aws, [one for one in command_ids if one not in failures], cancelled, following, check_mode)
    if failures:
        messages = {command_id: str(error) for command_id, error in failures.items()}
        text = "; ".join([f"{len(failures)} of {len(command_ids)} commands may still run", *messages.values()])
        raise RunFailed(text, code="not_cancelled", details=messages, results=answer)
    return answer


def _is_running(aws: Connection, command_id: str) -> bool:
    command = api.get_command(aws, command_id=command_id)
    if command is None:
        raise NotFound(f"Command {command_id} does not exist", code="InvalidCommandId")
    status = wire.status_of(command)
    name = f"Command {command_id}"
    return follow.outcome_of(status, wire.COMMAND_OUTCOMES, name) == follow.RUNNING and status != "Cancelling"


def _after(aws: Connection, ids: list[str], done: list[str], following: Following, check_mode: bool) -> dict:
    """The result of cancelling: what was done, and the commands as they are after it."""
    work = new_work(aws, following.at_once() if check_mode else following, "cancel")
    try:
        follow_commands(work, ids)
    except NotFound as error:
        error.results = result(work)
        raise
    kernel.refuse_unknown(work.models(), WORDS)
    answer = {**result(work), "changed": bool(done)}
    told = "would be " if check_mode and done else ""
    answer["msg"] = f"{len(done)} of {len(ids)} commands {told}cancelled"
    if work.run.expired and work.run.following.wait:
        text = f"{answer['msg']} but did not end before wait_timeout: {message(work, answer)}"
        raise RunFailed(text, code="deadline_exceeded", results=answer)
    return answer
