# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What goes wrong in a seed: faults of AWS, machines that fail, and acts (kills, a second controller, a stop) at a moment.

A moment is the n-th recorded call of an operation and no time, so that it comes again when the seed is run again.
"""

from __future__ import annotations

import dataclasses
import random
import typing as t

# What a seed does not try, because it is known not to hold yet. Printed at the end, so that nobody takes it for covered.
KNOWN_LIMITS = (
    "A completed run that is started again: it may install again, so no seed starts one.",
    "AWS refuses (access denied, expired token) a read after an execution was started: hosts are reported as not started."
    " Such refusals hit only what is read before.",
    "AWS refuses CreateImage or the listing of images for lack of permission: hosts with images are reported as image_failed."
    " Images get throttling and lost answers only.",
    "Two controllers that both begin a run that never began before: one may end with DocumentAlreadyExists."
    " The second controller comes when the runbook is published.",
    "Ctrl-C and SIGTERM leave no final report. What is judged is the report of the next start.",
)

KILL_MACHINE, KILL_CONTROLLER, INTERRUPT, TERMINATE = "kill machine", "kill controller", "interrupt", "terminate"
SECOND, STOP, FORCE_STOP, ALARM = "second controller", "stop", "force stop", "alarm"
KILLS = (KILL_MACHINE, KILL_CONTROLLER, INTERRUPT, TERMINATE)


@dataclasses.dataclass(frozen=True)
class Moment:
    """The count-th call of an operation, from the start of the controller that it is for. source: client or automation."""

    service: str
    operation: str
    source: str
    count: int

    def text(self) -> str:
        return f"{self.operation} {self.count}"


@dataclasses.dataclass(frozen=True)
class Act:
    """Something that somebody does at a moment. frozen: whether AWS's clock stands still until the next controller is there."""

    what: str
    moment: Moment
    frozen: bool = False

    def text(self) -> str:
        return f"{self.what} at {self.moment.text()}{' (clock stands)' if self.frozen else ''}"


# (service, operation, source, largest n)
MOMENTS = (
    ("ssm", "DescribeInstanceInformation", "client", 1),
    ("ssm", "CreateDocument", "client", 1),
    ("ec2", "CreateImage", "client", 4),
    ("ec2", "DescribeImages", "client", 3),
    ("ssm", "StartAutomationExecution", "client", 3),
    ("ssm", "GetAutomationExecution", "client", 3),
    ("ssm", "DescribeAutomationExecutions", "client", 5),
    ("ssm", "DescribeInstancePatchStates", "client", 3),
    ("ssm", "SendCommand", "automation", 6),
    ("ssm", "ListCommands", "automation", 6),
)
WITH_DRAIN = (("elbv2", "DeregisterTargets", "automation", 2), ("elbv2", "RegisterTargets", "automation", 2))
WITH_POWER = (("ec2", "StartInstances", "automation", 1), ("ec2", "StopInstances", "automation", 1))
# Moments at which the runbook is published: a second controller finds a run that has begun.
BEGUN = {"CreateImage", "StartAutomationExecution", "GetAutomationExecution", "SendCommand", "DeregisterTargets"}


def acts(dice: random.Random, options: t.Mapping[str, t.Any]) -> tuple[Act, ...]:
    """0 to 2 acts, in their order."""
    moments = [one for one in MOMENTS if options["patch_run_image"] or one[0] != "ec2"]
    moments += WITH_DRAIN if options.get("patch_run_drain") else ()
    moments += WITH_POWER if options.get("patch_run_start_stopped") else ()
    whats = [*KILLS, KILL_MACHINE, KILL_CONTROLLER, SECOND, SECOND, STOP, FORCE_STOP]
    whats += [ALARM, ALARM] if options.get("patch_run_alarms") else []
    return tuple(_act(dice, dice.choice(whats), moments) for _ in range(dice.choice((0, 1, 1, 2, 2))))


def _act(dice: random.Random, what: str, moments: t.Sequence[tuple[str, str, str, int]]) -> Act:
    possible = [one for one in moments if what in (*KILLS, ALARM) or one[1] in BEGUN]
    service, operation, source, most = dice.choice(possible)
    return Act(what, Moment(service, operation, source, dice.randint(1, most)), what in KILLS and dice.random() < 0.5)


WHILE_ROLLING_BACK = (
    ("ec2", "CreateReplaceRootVolumeTask", "client", 3),
    ("ec2", "DescribeReplaceRootVolumeTasks", "client", 4),
    ("ssm", "SendCommand", "client", 1),
)


def rollback_acts(dice: random.Random) -> tuple[Act, ...]:
    """None, or a kill while a run is rolled back."""
    if dice.random() < 0.5:
        return ()
    service, operation, source, most = dice.choice(WHILE_ROLLING_BACK)
    moment = Moment(service, operation, source, dice.randint(1, most))
    return (Act(dice.choice((KILL_MACHINE, KILL_CONTROLLER)), moment, dice.random() < 0.5),)


def _throttled(dice: random.Random, _options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    service, operation = dice.choice(
        (
            ("ssm", "StartAutomationExecution"), ("ssm", "DescribeAutomationExecutions"), ("ssm", "GetAutomationExecution"),
            ("ssm", "DescribeInstancePatchStates"), ("ssm", "ListCommands"), ("ec2", "CreateImage"), ("ec2", "DescribeImages"),
            ("ssm", "CreateDocument"), ("ssm", "DescribeInstanceInformation"), ("ssm", "GetParameters"),
        )
    )  # fmt: skip
    return {"service": service, "operation": operation, "code": "throttle", "count": dice.randint(1, 3)}


def _lost(dice: random.Random, _options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """AWS did it, and the answer did not arrive."""
    service, operation, code = dice.choice(
        (
            ("ssm", "StartAutomationExecution", "InternalServerError"), ("ec2", "CreateImage", "InternalError"),
            ("ssm", "CreateDocument", "InternalServerError"), ("ssm", "AddTagsToResource", "InternalServerError"),
            ("ssm", "DescribeAutomationExecutions", "InternalServerError"), ("ec2", "DescribeImages", "Unavailable"),
        )
    )  # fmt: skip
    return {"service": service, "operation": operation, "code": code, "phase": "after", "count": dice.randint(1, 2)}


def _refused(dice: random.Random, _options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A permission that is missing, or credentials that expire, at a call that comes before anything is started."""
    service, operation = dice.choice(
        (
            ("ssm", "CreateDocument"), ("ssm", "StartAutomationExecution"), ("ssm", "DescribeInstanceInformation"),
            ("ssm", "GetParameters"), ("ssm", "ListCommands"), ("ssm", "DescribePatchBaselines"),
        )
    )  # fmt: skip
    return {
        "service": service,
        "operation": operation,
        "code": dice.choice(("AccessDeniedException", "ExpiredTokenException")),
    }


def _of_automation(dice: random.Random, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What Automation is refused on behalf of one host; the host has failed then, and is tried again."""
    known = [("ssm", "SendCommand", "throttle"), ("ssm", "SendCommand", "AccessDeniedException")]
    known += [("ssm", "DescribeInstanceInformation", "throttle")]
    if options.get("patch_run_drain"):
        known += [("elbv2", "DeregisterTargets", "throttle"), ("elbv2", "DescribeTargetHealth", "throttle")]
    if options.get("patch_run_start_stopped"):
        known += [("ec2", "StartInstances", "throttle")]
    service, operation, code = dice.choice(known)
    return {"source": "automation", "service": service, "operation": operation, "code": code, "count": 1}


KINDS = (_throttled, _throttled, _lost, _lost, _refused, _of_automation)


def faults(dice: random.Random, options: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], ...]:
    """0 to 3 faults of AWS for the calls of controllers and of Automation."""
    made = [dice.choice(KINDS)(dice, options) for _ in range(dice.choice((0, 1, 1, 2, 3)))]
    return tuple({"source": "client", "skip": dice.choice((0, 0, 1, 2)), **fault} for fault in made)


BEHAVIOURS = (
    ("install_fails", 1), ("install_fails", 2), ("install_fails", -1), ("scan_fails", 1), ("patches_fail", 1), ("image_fails", 1),
    ("no_return", True), ("undeliverable", True), ("vanish", True), ("agent_update_fails", 1),
)  # fmt: skip
DRAIN_BEHAVIOURS = (("drain_hangs", True), ("unhealthy", True))


def behaviours(dice: random.Random, options: t.Mapping[str, t.Any]) -> tuple[tuple[str, t.Any], ...]:
    """How one machine fails."""
    known = BEHAVIOURS + (DRAIN_BEHAVIOURS if options.get("patch_run_drain") else ())
    return (dice.choice(known),)


def switches(dice: random.Random) -> dict[str, t.Any]:
    """Where AWS may differ: small pages, late reads, statuses of parents, slow answers."""
    return {
        "page_size": dice.choice((None, None, 1, 2, 7)),
        "eventual_reads": dice.choice((0, 0, 0, 1, 3)),
        "answer_delay": dice.choice((0.0, 0.0, 0.0, 0.05)),
        "throttle_share": dice.choice((0.0, 0.0, 0.0, 0.03)),
        "parent_status": dice.choice(("success", "failed", "completed_with_failure")),
        "unstarted_children": dice.choice(("absent", "cancelled")),
        "children_inherit_tags": dice.random() < 0.5,
        "children_listed": dice.random() < 0.5,
    }
