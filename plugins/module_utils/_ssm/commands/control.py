# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is done with commands besides sending them: a preview, following by id, cancelling, reading."""

from __future__ import annotations

from ..._core import follow
from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.errors import UnknownStatus
from ..automation.run import Following
from ..documents import api as document_api
from ..nodes import api as node_api
from . import api
from . import watch as command_watch
from . import wire
from .run import Request
from .run import Run
from .run import guarded
from .run import message
from .run import new_run
from .run import plan
from .run import result
from .run import validate
from .watch import Watch


def preview(aws: Connection, request: Request, following: Following) -> dict:
    """Check mode: what is found, what would be sent to how many; sends nothing but reads."""
    validate(request)
    _check_document(aws, request)
    run = new_run(aws, Following(False, 0, following.interval, "none", following.say), request.label)
    plan(run, request)
    if run.watches:
        run.follow()
    would = _would_send(run, request)
    if not would and not run.expired:
        return guarded(run, lambda: None, request.allow_empty)
    counts = [one["targets"] for one in would]
    told = "an unknown number of" if None in counts else str(sum(counts))
    text = f"{request.label}: would send {len(would)} commands to {told} nodes, adopt {len(run.watches)}"
    return {**result(run), "changed": bool(would), "would_send": would, "msg": text}


def _would_send(run: Run, request: Request) -> list[dict]:
    limits = {"max_concurrency": request.max_concurrency, "max_errors": request.max_errors}
    common = {"document_name": request.document_name, **limits}
    if request.targets is None:
        return [{**common, "targets": len(piece), "unmanaged": _unmanaged(run, piece)} for piece in run.pieces]
    if run.watches:
        return []
    count = _count(run.aws, request)
    if count == 0 and not request.allow_empty:
        raise RunFailed(f"{request.label}: no managed node has these tags", code="no_targets", results=result(run))
    return [{**common, "targets": count, "unmanaged": []}]


def _unmanaged(run: Run, piece: list[str]) -> list[str]:
    """The nodes that Systems Manager does not list; it may take a command for a stopped one, and not for a foreign one."""
    known = {node["InstanceId"] for node in node_api.list_nodes(run.aws, {"InstanceIds": piece})}
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
    run = new_run(aws, following, f"{len(command_ids)} commands")
    return guarded(run, lambda: follow_commands(run, command_ids))


def follow_commands(run: Run, command_ids: list[str]) -> None:
    run.watches = [Watch(run.aws, one, (), True, {"CommandId": one}) for one in command_ids]
    try:
        run.follow()
    except NotFound:
        run.watches = [watch for watch in run.watches if watch.settled]
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
    run = new_run(aws, following if not check_mode else Following(False, 0, 1, "none", following.say), "cancel")
    try:
        follow_commands(run, ids)
    except NotFound as error:
        error.results = result(run)
        raise
    command_watch.refuse_unknown(run.models())
    answer = {**result(run), "changed": bool(done)}
    told = "would be " if check_mode and done else ""
    answer["msg"] = f"{len(done)} of {len(ids)} commands {told}cancelled"
    if run.expired and run.following.wait:
        text = f"{answer['msg']} but did not end before wait_timeout: {message(run, answer)}"
        raise RunFailed(text, code="deadline_exceeded", results=answer)
    return answer
