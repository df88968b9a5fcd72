# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a command reaches its nodes: rate control, delivery, plugins, timeouts.

Source: user guide "Using targets and rate controls to send commands to a fleet", "Understanding command statuses".
"""

from collections import deque
from collections.abc import Generator
from typing import Any

from botocore.exceptions import ClientError

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.fleet import operating_systems
from local_aws.fleet.machine import Machine
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import inproc
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.commands import statuses
from local_aws.ssm.commands.model import Command
from local_aws.ssm.commands.model import Invocation
from local_aws.ssm.commands.model import Plugin
from local_aws.ssm.commands.model import seconds_of
from local_aws.ssm.commands.plugins import hooks
from local_aws.ssm.commands.plugins import patching
from local_aws.ssm.commands.plugins import scripts
from local_aws.ssm.commands.plugins.patching import Outcome

LATENCY = 2.0  # seconds until an agent that is online takes a command, and until it hears of a cancellation
UNDELIVERABLE_AFTER = 10.0

define(
    "command_ramp",
    "always",
    ["always", "explicit", "never"],
    "commands start on 1, 2, 4 ... nodes up to MaxConcurrency: always (user guide), only when MaxConcurrency was "
    "given, or never",
)
define(
    "lost_midway",
    "execution_timed_out",
    ["execution_timed_out", "delivery_timed_out"],
    "an agent that goes away for good while it runs a command: ExecutionTimedOut at the execution timeout (status "
    "table), or DeliveryTimedOut when the command expires (How Systems Manager reports timeouts)",
)
assume(
    "interrupted-command",
    "A command whose node is restarted or stopped by somebody else is not resumed by the agent: it stays InProgress "
    "until it times out. Only restarts that the command itself asks for are survived.",
    "not documented",
)
assume(
    "offline-node-status",
    "The invocation of a node that cannot be reached is Delayed until its agent comes back or the delivery timeout.",
    "API CommandInvocation.StatusDetails; the user guide also speaks of In Progress",
)
assume(
    "skipped-step",
    "A step whose precondition does not hold has the status Success, response code 0 and an output that says so.",
    "not documented",
)


def run(command: Command) -> Generator[Any, Any, None]:
    """Coroutine: start the invocations of a command, as fast as rate control allows."""
    waiting = deque(command.invocations.values())
    most = statuses.limit(command.max_concurrency, len(waiting), least=1)
    ramp = SWITCHES["command_ramp"]
    ramped = ramp == "always" or (ramp == "explicit" and "MaxConcurrency" in command.request)
    width = 1 if ramped else most
    while waiting:
        for _ in range(min(width - command.active, len(waiting))):
            _begin(command, waiting.popleft())
        # While the width grows, each round is awaited; at full width every free place is filled at once.
        allowed = 0 if width < most else width - 1
        while command.active > allowed and not _over(command):
            yield command.changed
        if _over(command):
            _stop(command, waiting)
            return
        width = min(width * 2, most)


def _stop(command: Command, waiting: deque) -> None:
    for invocation in waiting:
        if invocation.details not in statuses.TERMINAL:
            invocation.details = "Cancelled" if command.cancelled else "Terminated"


def _over(command: Command) -> bool:
    return command.cancelled or command.errors > command.error_limit


def _begin(command: Command, invocation: Invocation) -> None:
    if invocation.details in statuses.TERMINAL:
        return
    command.active += 1
    invocation.task = clock.spawn(_invoke(command, invocation), f"{command.id} on {invocation.instance_id}")


def _end(command: Command, invocation: Invocation, details: str) -> None:
    if invocation.details in statuses.TERMINAL:
        return
    invocation.details = details
    command.active -= 1 if invocation.task else 0
    command.errors += statuses.errors([details])
    for plugin in invocation.plugins:
        if plugin.details in ("Pending", "InProgress"):
            plugin.details = details if details in ("DeliveryTimedOut", "ExecutionTimedOut", "Cancelled") else "Failed"
            plugin.end = clock.now() if plugin.start else None
    command.tell()


def cancel(command: Command, invocation: Invocation) -> None:
    """CancelCommand for one node: at once when the agent has not taken it, else when the agent hears of it."""
    if invocation.details in ("Pending", "Delayed"):
        if invocation.task:
            invocation.task.cancel()
        _end(command, invocation, "Cancelled")
        return
    if invocation.details == "InProgress":
        invocation.details = "Cancelling"
        clock.after(LATENCY, lambda: _cancelled(command, invocation))


def _cancelled(command: Command, invocation: Invocation) -> None:
    if invocation.details != "Cancelling":
        return
    if invocation.plugin_task:
        invocation.plugin_task.cancel()
    invocation.task.cancel()
    _end(command, invocation, "Cancelled")


def _invoke(command: Command, invocation: Invocation) -> Generator[Any, Any, None]:
    machine = fleet_machine.machine(command.account, command.region, invocation.instance_id)
    details = yield from _deliver(command, invocation, machine)
    if details is None:
        invocation.details = "InProgress"
        details = yield from _run_plugins(command, invocation, machine)
    _end(command, invocation, details)


def _deliver(command: Command, invocation: Invocation, machine: Machine) -> Generator[Any, Any, str | None]:
    """None when the agent has taken the command, else the status it ends with."""
    if machine.behaviours["vanish"]:
        machine.vanish()
    if machine.instance_state in nodes.GONE or machine.behaviours["undeliverable"]:
        yield UNDELIVERABLE_AFTER
        return "Undeliverable"
    if machine.platform_type not in command.document.platform_types:
        yield LATENCY
        return "InvalidPlatform"
    deadline = command.deadline(clock.now())
    yield LATENCY
    while not machine.online:
        if machine.instance_state in nodes.GONE:
            return "Undeliverable"
        invocation.details = "Delayed"
        left = (deadline - clock.now()).total_seconds()
        if left <= 0 or not (yield (machine.came_online, left)):
            return "DeliveryTimedOut"
        yield LATENCY
    if clock.now() >= deadline:
        return "DeliveryTimedOut"
    return None


def _run_plugins(command: Command, invocation: Invocation, machine: Machine) -> Generator[Any, Any, str]:
    if command.document.name == hooks.NAME:
        return (yield from hooks.run(command, invocation, machine))
    result = "Success"
    for plugin in invocation.plugins:
        plugin.start = clock.now()
        if not wanted(plugin, machine):
            plugin.stdout = f"Step execution skipped due to unsatisfied preconditions. Step name: {plugin.name}\n"
            plugin.details, plugin.code, plugin.end = "Success", 0, clock.now()
            continue
        plugin.details = "InProgress"
        details = yield from run_plugin(command, invocation, plugin, machine)
        plugin.details, plugin.end = details, clock.now()
        upload(command, invocation, plugin)
        if details in ("ExecutionTimedOut", "DeliveryTimedOut"):
            return details
        if details == "Failed":
            result = "Failed"
            if plugin.inputs.get("onFailure") in ("exit", "successAndExit"):
                break
    return result


def wanted(plugin: Plugin, machine: Machine) -> bool:
    """Preconditions: platformType against a word, or a parameter (already put in) against a word."""
    if not plugin.precondition:
        return _fits(plugin.action, machine)
    left, right = (machine.platform_type if word == "platformType" else word for word in plugin.precondition)
    return left == right


def _fits(action: str, machine: Machine) -> bool:
    return not (action == "aws:runShellScript" and machine.platform_type == "Windows")


def run_plugin(command: Command, invocation: Invocation, plugin: Plugin, machine: Machine) -> Generator[Any, Any, str]:
    """Coroutine: one step; returns its detailed status."""
    started = clock.now()
    task = invocation.plugin_task = clock.spawn(
        work(command, plugin, machine), f"{plugin.name} on {machine.instance_id}"
    )
    limit = seconds_of(plugin)
    finished = yield (task.done, limit)
    outcome = task.done.value if finished else None
    if outcome is not None and not outcome.lost:
        plugin.code, plugin.stdout, plugin.stderr = outcome.code, outcome.stdout, outcome.stderr
        return "Success" if outcome.code == 0 else "Failed"
    if not finished:
        task.cancel()
        return "ExecutionTimedOut"
    if SWITCHES["lost_midway"] == "delivery_timed_out":
        yield max(0.0, (command.expires - clock.now()).total_seconds())
        return "DeliveryTimedOut"
    yield max(0.0, limit - (clock.now() - started).total_seconds())
    return "ExecutionTimedOut"


def work(command: Command, plugin: Plugin, machine: Machine) -> Generator[Any, Any, Outcome]:
    """The coroutine of one step; its value is an Outcome."""
    if plugin.action == "aws:runDocument":
        return hooks.run_document(command, plugin, machine)
    if command.document.name in ("AWS-RunPatchBaseline", "AWS-RunPatchBaselineAssociation"):
        return patching.run(machine, command.values, command.id)
    if plugin.action in ("aws:runShellScript", "aws:runPowerShellScript"):
        return _script(command, plugin, machine)
    if plugin.action == "aws:updateSsmAgent":
        return _update_agent(command, plugin, machine)
    return _unknown(plugin)


def _unknown(plugin: Plugin) -> Generator[Any, Any, Outcome]:
    yield 0
    return Outcome(1, stderr=f"The local AWS has no plugin {plugin.action}.\n")


def _script(command: Command, plugin: Plugin, machine: Machine) -> Generator[Any, Any, Outcome]:
    lines = plugin.inputs["runCommand"]
    lines = [lines] if isinstance(lines, str) else [part for line in lines for part in str(line).split("\n")]
    played = scripts.play(lines)
    entry = history.add(
        "script", machine.account, machine.region, machine.instance_id, clock.now(), command_id=command.id,
        document=plugin.document or command.document.name, step=plugin.name, lines=lines,
    )  # fmt: skip
    try:
        lost = yield (machine.went_offline, max(1.0, played.seconds))
    except clock.Cancelled:
        entry.update(end=clock.now(), outcome="interrupted")
        raise
    entry["end"] = clock.now()
    if lost:
        entry["outcome"] = "lost"
        return Outcome(lost=True)
    code = 1 if machine.spend("script_fails") else played.code
    if code and code == scripts.REBOOT_CODES[machine.platform_type]:
        back = clock.spawn(machine.reboot(command.document.name))
        yield back
        if not back.done.value:
            entry["outcome"] = "lost"
            return Outcome(lost=True)
        code = 0
    entry.update(outcome="failed" if code else "done", code=code)
    return Outcome(code, played.stdout, f"failed to run commands: exit status {code}\n" if code else "")


def _update_agent(command: Command, plugin: Plugin, machine: Machine) -> Generator[Any, Any, Outcome]:
    wanted = plugin.inputs.get("targetVersion") or operating_systems.LATEST_AGENT
    entry = history.add(
        "agent_update", machine.account, machine.region, machine.instance_id, clock.now(), command_id=command.id,
        before=machine.agent_version, wanted=wanted,
    )  # fmt: skip
    lost = yield (machine.went_offline, machine.agent_update_seconds / 2)
    if lost:
        entry.update(end=clock.now(), outcome="lost")
        return Outcome(lost=True)
    before = machine.agent_version
    if _number(wanted) < _number(before) and str(plugin.inputs.get("allowDowngrade")).lower() != "true":
        entry.update(end=clock.now(), outcome="failed")
        return Outcome(
            1, stderr=f"updating amazon-ssm-agent to older version {wanted}, please enable allow downgrade\n"
        )
    if machine.spend("agent_update_fails"):
        entry.update(end=clock.now(), outcome="failed")
        return Outcome(1, stderr="failed to update amazon-ssm-agent\n")
    if wanted == before:
        entry.update(end=clock.now(), outcome="unchanged")
        return Outcome(stdout=f"amazon-ssm-agent {before} has already been installed, update skipped\n")
    machine.agent_version = wanted
    entry["outcome"] = "done"
    yield clock.spawn(machine.restart_agent(machine.agent_update_seconds / 2))
    entry["end"] = clock.now()
    return Outcome(stdout=f"amazon-ssm-agent updated successfully to {wanted}\n")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def output_key(command: Command, invocation: Invocation, plugin: Plugin, stream: str) -> str:
    """Where S3 keeps an output: prefix/command id/instance id/plugin/step/stdout."""
    folder = plugin.action.replace(":", "")
    name = f"0.{folder}" if plugin.name == plugin.action else plugin.name
    parts = [
        command.request.get("OutputS3KeyPrefix", "").strip("/"),
        command.id,
        invocation.instance_id,
        folder,
        name,
        stream,
    ]
    return "/".join(part for part in parts if part)


def upload(command: Command, invocation: Invocation, plugin: Plugin) -> None:
    """Put the outputs of a step into the command's bucket."""
    bucket = command.request.get("OutputS3BucketName")
    if not bucket:
        return
    client = inproc.client("s3", command.account, command.region, source="machine")
    principal = fleet_machine.machines(command.account, command.region)[invocation.instance_id].principal
    for stream in ("stdout", "stderr"):
        text = getattr(plugin, stream)
        if text:
            key = output_key(command, invocation, plugin, stream)
            try:
                with inproc.acting(principal):
                    client.put_object(Bucket=bucket, Key=key, Body=text.encode())
            except ClientError as error:
                # The agent only notes that it could not upload; the command goes on.
                plugin.stderr += f"cannot upload {stream} to {bucket}: {error}\n"
