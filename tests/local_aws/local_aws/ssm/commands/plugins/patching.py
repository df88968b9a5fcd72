# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS-RunPatchBaseline on a simulated machine.

Source: user guide "About the AWS-RunPatchBaseline SSM document", "Troubleshooting Patch Manager".
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from typing import Any

from local_aws.fleet import breakdowns
from local_aws.fleet.machine import Machine
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import state
from local_aws.framework import switches
from local_aws.ssm.baselines import model as groups
from local_aws.ssm.baselines import snapshot
from local_aws.ssm.commands.plugins import overrides
from local_aws.ssm.patch_states import model as reports

SNAPSHOT_LIFE = timedelta(days=3)
RACE = 155  # "Unable to extract tar file", what the loser of two operations on one node answers
FAILED = 1

switches.assume(
    "patch-operations-race",
    "Of two patch operations on one node at once the second fails: exit code 155 on Linux, 1 on Windows; the first is"
    " not harmed.",
    "patch-manager-troubleshooting describes the race, not its outcome",
)
switches.assume(
    "patch-failed-exit-code",
    "An Install in which a patch failed ends Failed with exit code 1, after the reboot if there is one; a Scan that "
    "finds missing patches ends Success.",
    "the Linux script keeps a reboot marker for runs with failures (exit codes 195, 196)",
)
switches.assume(
    "install-fails-whole",
    "An Install that fails as a whole (behaviour install_fails) installs nothing and reports nothing: the former "
    "patch state stays.",
    "an invention of the local AWS",
)


@dataclass
class Outcome:
    """How a plugin ended. lost: the agent went away and will not answer."""

    code: int = 0
    stdout: str = ""
    stderr: str = ""
    lost: bool = False


def run(machine: Machine, values: dict[str, Any], command_id: str) -> Generator[Any, Any, Outcome]:
    """Coroutine: one AWS-RunPatchBaseline on a machine. values: all parameters of the document."""
    if machine.busy:
        code = RACE if machine.platform_type == "Linux" else FAILED
        return Outcome(code, stderr=f"Another patching operation is under way on this node: {machine.busy[0]}.\n")
    broken = breakdowns.of(machine)
    if broken is not None:
        yield breakdowns.SECONDS
        return Outcome(broken[0], stderr=broken[1])
    if values.get("BaselineOverride") and values.get("InstallOverrideList"):
        return Outcome(FAILED, stderr="BaselineOverride and InstallOverrideList cannot be used together.\n")
    machine.busy.append(command_id)
    before = len(history.ENTRIES)
    try:
        if values["Operation"] == "Scan":
            return (yield from _scan(machine, values, command_id))
        return (yield from _install(machine, values, command_id))
    except overrides.Refused as refused:
        return Outcome(FAILED, stderr=f"{refused}\n")
    except clock.Cancelled:
        interrupted(command_id, before)
        raise
    finally:
        machine.busy.remove(command_id)


def interrupted(command_id: str, since: int) -> None:
    """Close the history entries that a cancelled or timed out command has left open."""
    for entry in history.ENTRIES[since:]:
        if entry.get("command_id") == command_id and entry["end"] is None:
            entry.update(end=clock.now(), outcome="interrupted")


def _snapshot(machine: Machine, values: dict) -> tuple[snapshot.Snapshot, str, str]:
    """(snapshot, its id, patch group). An id pins the approved patches for a group and system for up to three days."""
    group, now = machine.patch_group, clock.now()
    wanted, override = values.get("SnapshotId", ""), values.get("BaselineOverride", "")
    if not wanted and override:
        return snapshot.Snapshot(overrides.baseline(machine, override), machine.platform, now), state.new_uuid(), group
    if not wanted:
        return snapshot.take(_own_baseline(machine), machine.platform, now), state.new_uuid(), group
    pinned = state.store(machine.account, machine.region, "patch_snapshots")
    key = (group, machine.operating_system, wanted.lower(), override)
    if key not in pinned or now - pinned[key][1] > SNAPSHOT_LIFE:
        # An override is read once for a snapshot id, whatever the file says later.
        pinned[key] = (overrides.baseline(machine, override) if override else _own_baseline(machine), now)
    baseline, moment = pinned[key]
    return snapshot.Snapshot(baseline, machine.platform, moment), wanted, group


def _own_baseline(machine: Machine) -> dict:
    system = machine.operating_system
    return groups.baseline_of(machine.account, machine.region, system, machine.patch_group)[0]


def _entry(machine: Machine, kind: str, snap: snapshot.Snapshot, command_id: str, **facts: Any) -> dict:
    return history.add(
        kind,
        machine.account,
        machine.region,
        machine.instance_id,
        clock.now(),
        command_id=command_id,
        baseline_id=groups.short_id(snap.baseline),
        **facts,
    )


def _scan(machine: Machine, values: dict, command_id: str) -> Generator[Any, Any, Outcome]:
    snap, snapshot_id, group = _snapshot(machine, values)
    entry = _entry(machine, "scan", snap, command_id)
    started = clock.now()
    lost = yield (machine.went_offline, machine.scan_seconds)
    entry["end"] = clock.now()
    if lost:
        entry["outcome"] = "lost"
        return Outcome(lost=True)
    if machine.spend("scan_fails"):
        entry["outcome"] = "failed"
        return Outcome(FAILED, stderr="Failed to scan: the package manager returned an error.\n")
    entry["outcome"] = "done"
    report = _report(machine, "Scan", started, snap, group, snapshot_id=snapshot_id, execution_id=command_id)
    return Outcome(stdout=_finish(machine, report, values))


def _finish(machine: Machine, report: reports.Report, values: dict) -> str:
    """Keep the report as the patch state of the node, unless a baseline override made it; returns the output."""
    overridden = bool(values.get("BaselineOverride"))
    if not overridden or switches.SWITCHES["baseline_override_reports"]:
        machine.report = report
    return _summary(machine, report) + (overrides.printed(machine, list(report.rows())) if overridden else "")


def _report(
    machine: Machine,
    operation: str,
    started: datetime,
    snap: snapshot.Snapshot,
    group: str,
    failed: tuple[str, ...] = (),
    **more: Any,
) -> reports.Report:
    codes = machine.patches.assess(snap, failed, installing=operation == "Install")
    before = machine.report
    if before and before.last_no_reboot and not more.get("last_no_reboot"):
        more["last_no_reboot"] = before.last_no_reboot
    return reports.Report(operation, started, clock.now(), snap, group, codes, **more)


def _install(machine: Machine, values: dict, command_id: str) -> Generator[Any, Any, Outcome]:
    snap, snapshot_id, group = _snapshot(machine, values)
    override = values.get("InstallOverrideList", "")
    wanted = overrides.install_list(machine, override) if override else machine.patches.missing(snap)
    started = clock.now()
    entry = _entry(machine, "install", snap, command_id, reboot_option=values["RebootOption"], installed=[], failed=[])
    lost = yield (machine.went_offline, machine.patch_seconds if wanted else machine.scan_seconds)
    entry["end"] = clock.now()
    if lost:
        entry["outcome"] = "lost"
        return Outcome(lost=True)
    if machine.spend("install_fails"):
        entry["outcome"] = "failed"
        return Outcome(FAILED, stderr="Failed to install: the package manager returned an error.\n")
    refused = int(machine.behaviours["patches_fail"] or 0)
    failed = tuple(patch.id for patch in wanted[:refused])
    machine.patches.install(wanted[refused:], clock.now())
    entry.update(installed=[patch.id for patch in wanted[refused:]], failed=list(failed))
    if values["RebootOption"] == "RebootIfNeeded" and machine.pending_reboot:
        back = clock.spawn(machine.reboot("AWS-RunPatchBaseline"))  # a task of its own: no cancellation stops a restart
        yield back
        if not back.done.value:
            entry["outcome"] = "lost"
            return Outcome(lost=True)
    entry.update(end=clock.now(), outcome="patches failed" if failed else "done")
    no_reboot = {"last_no_reboot": clock.now()} if values["RebootOption"] == "NoReboot" else {}
    report = _report(
        machine, "Install", started, snap, group, failed, snapshot_id=snapshot_id, execution_id=command_id,
        reboot_option=values["RebootOption"], override=override, **no_reboot,
    )  # fmt: skip
    text = _finish(machine, report, values)
    if failed:
        return Outcome(FAILED, text, f"Failed to install {len(failed)} patches: {', '.join(failed)}\n")
    return Outcome(stdout=text)


def _summary(machine: Machine, report: reports.Report) -> str:
    """What the document prints at its end."""
    counts = report.counts
    lines = [
        f"Patch Summary for {machine.platform_name} {machine.platform_version}",
        f"InstanceId          : {machine.instance_id}",
        f"Operation           : {report.operation}",
        f"PatchGroup          : {report.group}",
        f"BaselineId          : {report.baseline_id}",
        f"SnapshotId          : {report.snapshot_id}",
        f"RebootOption        : {report.reboot_option}",
        f"OperationStartTime  : {report.started:%Y-%m-%dT%H:%M:%SZ}",
        f"OperationEndTime    : {report.ended:%Y-%m-%dT%H:%M:%SZ}",
        f"InstalledCount      : {counts['INSTALLED']}",
        f"InstalledOtherCount : {counts['INSTALLED_OTHER']}",
        f"InstalledPendingRebootCount : {counts['INSTALLED_PENDING_REBOOT']}",
        f"InstalledRejectedCount : {counts['INSTALLED_REJECTED']}",
        f"MissingCount        : {counts['MISSING']}",
        f"FailedCount         : {counts['FAILED']}",
        f"NotApplicableCount  : {counts['NOT_APPLICABLE']}",
    ]
    return "\n".join(lines) + "\n"
