# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:runDocument, and which steps of AWS-RunPatchBaselineWithHooks run.

Source: user guide "About the AWS-RunPatchBaselineWithHooks SSM document" (operational steps), "Command document plugin
reference" (aws:runDocument).
"""

import json
from collections.abc import Generator
from typing import Any

from local_aws.fleet.machine import Machine
from local_aws.framework import clock
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.ssm.commands import model as commands_model
from local_aws.ssm.commands import operations as commands
from local_aws.ssm.commands import rules as commands_rules
from local_aws.ssm.commands.model import Command
from local_aws.ssm.commands.model import Invocation
from local_aws.ssm.commands.model import Plugin
from local_aws.ssm.commands.plugins import patching
from local_aws.ssm.commands.plugins.patching import Outcome
from local_aws.ssm.documents import model as documents

NAME = "AWS-RunPatchBaselineWithHooks"
DEEPEST = 3
OLDEST_AGENT = (3, 0, 502)
SCAN, INSTALL, REBOOT, EXIT = "PatchScan", "InstallNoReboot", "RebootAndReport", "OnExitHook"

assume(
    "hooks-skipped",
    "Steps of AWS-RunPatchBaselineWithHooks that are passed over are Success with response code 0 and an output that"
    " says so; the on-exit hook runs whenever an Install comes to its last step, also when nothing was missing or a step"
    " failed; a Scan runs no hook.",
    "patch-manager-aws-runpatchbaselinewithhooks: in between reported as successful",
)
assume("hooks-names", "the names of its steps are invented", "the document's content is not in the user guide")
assume(
    "run-document",
    "aws:runDocument runs SSMDocument only, at most three deep; its output is that of the inner steps one after another;"
    " the first inner step that fails gives the response code, an inner timeout counts as failed with code 1.",
    "Command document plugin reference, aws:runDocument",
)


def run_document(command: Command, plugin: Plugin, machine: Machine, depth: int = 1) -> Generator[Any, Any, Outcome]:
    """Coroutine: aws:runDocument."""
    try:
        document, values = _inner(plugin, machine)
    except AwsError as error:
        yield 1
        return Outcome(1, stderr=f"{plugin.inputs.get('documentPath')}: {error.message}\n")
    if depth > DEEPEST:
        yield 1
        return Outcome(1, stderr="aws:runDocument: documents are nested too deep\n")
    if document.name == "AWS-RunPatchBaseline":
        return (yield from patching.run(machine, values, command.id))
    return (yield from _inner_steps(command, document, values, machine, depth))


def _inner(plugin: Plugin, machine: Machine) -> tuple[documents.Document, dict[str, Any]]:
    inputs = plugin.inputs
    if inputs.get("documentType") != "SSMDocument" or not inputs.get("documentPath"):
        raise AwsError("InvalidDocument", "documentType must be SSMDocument, with a documentPath")
    ctx = Context(machine.account, machine.region)
    document = documents.find(ctx.account, ctx.region, inputs["documentPath"])
    if document.type != "Command" or machine.platform_type not in document.platform_types:
        raise AwsError("InvalidDocument", f"the document does not run on {machine.platform_type}")
    given = inputs.get("documentParameters") or {}
    given = json.loads(given) if isinstance(given, str) else given
    wanted = {key: value if isinstance(value, list) else [str(value)] for key, value in given.items()}
    return document, commands_rules.resolve(document.content.get("parameters") or {}, wanted)


def _inner_steps(
    command: Command, document: documents.Document, values: dict, machine: Machine, depth: int
) -> Generator[Any, Any, Outcome]:
    from local_aws.ssm.commands import delivery

    whole = Outcome()
    for step in commands.steps(document, values):
        step.document = document.name
        if not delivery.wanted(step, machine):
            continue
        if step.action == "aws:runDocument":
            outcome = yield from run_document(command, step, machine, depth + 1)
        else:
            outcome = yield from _limited(command, step, machine)
        if outcome.lost:
            return outcome
        whole.code = whole.code or outcome.code
        whole.stdout += outcome.stdout
        whole.stderr += outcome.stderr
        if outcome.code and step.inputs.get("onFailure") in ("exit", "successAndExit"):
            break
    return whole


def _limited(command: Command, step: Plugin, machine: Machine) -> Generator[Any, Any, Outcome]:
    from local_aws.ssm.commands import delivery

    task = clock.spawn(delivery.work(command, step, machine), f"{step.name} on {machine.instance_id}")
    try:
        finished = yield (task.done, commands_model.seconds_of(step))
    except clock.Cancelled:
        task.cancel()
        raise
    if finished and task.done.value is not None:
        return task.done.value
    task.cancel()
    return Outcome(1, stderr=f"{step.document} {step.name}: execution timed out\n")


def run(command: Command, invocation: Invocation, machine: Machine) -> Generator[Any, Any, str]:
    """Coroutine: the steps of AWS-RunPatchBaselineWithHooks; returns the detailed status of the invocation."""
    from local_aws.ssm.commands import delivery

    if tuple(int(part) for part in machine.agent_version.split(".")[:3]) < OLDEST_AGENT:
        invocation.plugins[0].stderr = f"SSM Agent {machine.agent_version} is too old for {NAME}: 3.0.502 is needed.\n"
        invocation.plugins[0].details, invocation.plugins[0].code = "Failed", 1
        return "Failed"
    plan = _Plan(command.values, machine)
    for plugin in invocation.plugins:
        plugin.start = clock.now()
        if not delivery.wanted(plugin, machine) or plugin.action != "aws:runDocument" or not plan.allows(plugin.name):
            _pass_over(plugin)
            continue
        plugin.details = "InProgress"
        details = yield from delivery.run_plugin(command, invocation, plugin, machine)
        plugin.details, plugin.end = details, clock.now()
        delivery.upload(command, invocation, plugin)
        if details in ("ExecutionTimedOut", "DeliveryTimedOut"):
            return details
        plan.done(plugin.name, details == "Success")
    return "Failed" if plan.failed else "Success"


def _pass_over(plugin: Plugin) -> None:
    plugin.stdout = f"Step execution skipped. Step name: {plugin.name}\n"
    plugin.details, plugin.code, plugin.end = "Success", 0, clock.now()


class _Plan:
    """Which step comes next."""

    def __init__(self, values: dict, machine: Machine):
        self.operation, self.reboot, self.machine = values["Operation"], values["RebootOption"], machine
        self.to_the_end = self.failed = False

    def allows(self, name: str) -> bool:
        """Whether a step of the kind aws:runDocument runs."""
        if name == SCAN:
            return True
        if self.operation == "Scan":
            return False
        if name == REBOOT and (self.reboot == "NoReboot" or not self.machine.pending_reboot):
            return False
        return name == EXIT or not self.to_the_end

    def done(self, name: str, good: bool) -> None:
        self.failed = self.failed or not good
        if not good:
            self.to_the_end = True
        elif name == SCAN:
            counts = self.machine.report.counts
            waits = self.machine.pending_reboot and self.reboot == "RebootIfNeeded"
            self.to_the_end = not counts["MISSING"] and not waits
