# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Commands looked at until they and all their invocations are settled.

The verdict is made of the invocations. The command's own status only tells that nothing more will be started: nodes that
never got the command do not count as errors of it, and beside them a command may end as Success.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta
from datetime import timezone

from ..._core.calls import Connection
from ..._core.errors import NotFound
from ..._core.follow import CANCELLED
from ..._core.follow import FAILED
from ..._core.follow import NOT_STARTED
from ..._core.follow import RUNNING
from ..._core.follow import TIMED_OUT
from ..._core.follow import UNKNOWN
from ..._core.follow import Seen
from ..._core.follow import outcome_of
from . import api
from . import wire

# How long a command that was just sent may be unknown to reads (seconds).
VISIBLE_WITHIN = 60.0
# The filter by time takes whole seconds.
MARGIN = timedelta(seconds=60)
# With this many nodes at most, output_details=auto reads the outputs of all of them, not only of failed ones.
AUTO_OUTPUTS = 5
# Of more failed nodes than this, auto takes what the list of invocations says: a fleet that fails fails alike.
AUTO_FAILED = 20


@dataclass
class Watch:
    """What is known of one command, kept from look to look. targets () = AWS chose the nodes."""

    aws: Connection
    command_id: str
    targets: tuple[str, ...]
    adopted: bool
    command: dict = field(default_factory=dict)
    sent_at: float | None = None  # clock time, when this process sent it
    invocations: dict[str, dict] = field(default_factory=dict)  # node -> model
    listed: int = 0  # consecutive listings of an ended command that saw the same nodes
    settled: bool = False
    finished: bool = False
    told: set = field(default_factory=set)


def look(watches: list[Watch], label: str, total: int | None) -> Seen:
    """One poll: one read of the commands that are not over, and the invocations of those that are."""
    news: list[str] = []
    open_ones = [watch for watch in watches if not watch.settled]
    together = _read_together(open_ones)
    for watch in open_ones:
        _look(watch, together.get(watch.command_id))
        news += _news(watch, label)
    return Seen(all(watch.settled for watch in watches), _line(watches, label, total), watches, tuple(news))


def _read_together(watches: list[Watch]) -> dict[str, dict]:
    """{id: command} of several commands of one document by one listing, as far as it shows them."""
    times = [watch.command.get("RequestedDateTime") for watch in watches]
    names = {watch.command.get("DocumentName") for watch in watches}
    if len(watches) < 2 or None in times or len(names) > 1:
        return {}
    since = (min(times) - MARGIN).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = api.list_commands(watches[0].aws, {"InvokedAfter": since, "DocumentName": names.pop()})
    return {command["CommandId"]: command for command in found}


def _look(watch: Watch, command: dict | None) -> None:
    command = command or _read(watch)
    if command is None:
        return
    watch.command = command
    if not ended(watch):
        return
    before = {target: model["status"] for target, model in watch.invocations.items()}
    list_invocations(watch)
    same = before == {target: model["status"] for target, model in watch.invocations.items()}
    watch.listed = watch.listed + 1 if same else 1
    watch.settled = _complete(watch)


def _read(watch: Watch) -> dict | None:
    """The command; None while one that was just sent is not visible yet. Raises NotFound."""
    fresh = watch.sent_at is not None and watch.aws.clock.now() - watch.sent_at < VISIBLE_WITHIN
    try:
        command = api.get_command(watch.aws, command_id=watch.command_id)
    except NotFound:
        if fresh:
            return None
        raise
    if command is None and not fresh:
        raise NotFound(f"Command {watch.command_id} does not exist", code="InvalidCommandId")
    return command


def list_invocations(watch: Watch) -> None:
    """Read what happened on every node."""
    watch.invocations = {}
    for invocation in api.list_invocations(watch.aws, watch.command_id):
        model = wire.target_to_model(invocation["InstanceId"], invocation)
        watch.invocations[model["target"]] = {**model, "message": wire.message_of(model)}


def ended(watch: Watch) -> bool:
    """Whether the command will be started nowhere else. Raises UnknownStatus."""
    if not watch.command:
        return False
    name = f"Command {watch.command_id}"
    return outcome_of(wire.status_of(watch.command), wire.COMMAND_OUTCOMES, name) != RUNNING


def _complete(watch: Watch) -> bool:
    """Whether the invocations of an ended command are all seen and ended; lists lag behind."""
    if any(model["outcome"] == RUNNING for model in watch.invocations.values()):
        return False
    if watch.targets and all(target in watch.invocations for target in watch.targets):
        return True
    if not watch.targets and watch.command.get("TargetCount") == len(watch.invocations):
        return True
    return watch.listed >= 2


def finish(watch: Watch, details: str) -> None:
    """Read the nodes of a command that is not over when waiting ends, and the outputs that details asks for, once."""
    if not watch.settled:
        list_invocations(watch)
    if watch.finished:
        return
    watch.finished = watch.settled
    everyone = details == "all" or (details == "auto" and len(watch.invocations) <= AUTO_OUTPUTS)
    left = AUTO_FAILED if details == "auto" else len(watch.invocations)
    for target, model in watch.invocations.items():
        bad = model["outcome"] in (FAILED, TIMED_OUT, CANCELLED, UNKNOWN)
        if details == "none" or not (everyone or bad):
            watch.invocations[target] = wire.without_outputs(model)
        elif left > 0:
            left -= 1
            watch.invocations[target] = _with_outputs(watch, model)


def _with_outputs(watch: Watch, model: dict) -> dict:
    """The target with the outputs of the step that tells most; the list of invocations has only the beginning of both."""
    plugin = wire.told_plugin(model)
    if not plugin:
        return model
    try:
        found = api.get_invocation(watch.aws, command_id=watch.command_id, instance_id=model["target"], plugin=plugin)
    except NotFound:  # not visible yet; what the list said stands
        return model
    told = wire.with_outputs(model, found.get("StandardOutputContent") or "", found.get("StandardErrorContent") or "")
    return {**told, "message": wire.message_of(told)}


def target_models(watch: Watch) -> list[dict]:
    """Every node with its outcome; those without an invocation are not_started once the command has ended, else running."""
    status = wire.status_of(watch.command)
    over = bool(status) and wire.COMMAND_OUTCOMES.get(status) != RUNNING
    absent = (NOT_STARTED, f"command {watch.command_id} ended without it", None) if over else (RUNNING, None, "Pending")
    names = [*watch.targets, *(target for target in watch.invocations if target not in set(watch.targets))]
    found = []
    for name in names:
        model = watch.invocations.get(name) or wire.absent_target(name, *absent)
        found.append({**model, "command_id": watch.command_id})
    return found


def _line(watches: list[Watch], label: str, total: int | None) -> str:
    seen = [watch.command for watch in watches]
    everyone = total if total is not None else sum(command.get("TargetCount") or 0 for command in seen)
    done = sum(command.get("CompletedCount") or 0 for command in seen)
    errors = sum((command.get("ErrorCount") or 0) + (command.get("DeliveryTimedOutCount") or 0) for command in seen)
    return f"{label}: {done} of {everyone} nodes done, {errors} with errors"


def _news(watch: Watch, label: str) -> list[str]:
    """One line for every node that has newly failed."""
    lines = []
    for target, model in watch.invocations.items():
        if model["outcome"] in (FAILED, TIMED_OUT, CANCELLED, UNKNOWN) and target not in watch.told:
            watch.told.add(target)
            lines.append(f"{label}: {target} {model['outcome']}: {model['message'] or model['status']}")
    return lines
