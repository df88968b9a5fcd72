# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Why a host failed, in plain language: exit codes and texts of AWS-RunPatchBaseline, states of Run Command, patch states.

Sources: Systems Manager user guide, "Troubleshooting Patch Manager" (texts, exit codes 126, 152, 155, 156), "Understanding
command statuses", "Understanding patch compliance state values", "Handling reboots when running commands" (194, 3010); API
CancelCommand ("no guarantee that the command will be terminated and the underlying process stopped"); the exit codes 2, 130 to 167,
195 and 196 are the names that the script of AWS-RunPatchBaseline for Linux gives them (ExitCodes).
"""

from __future__ import annotations

import re
import typing as t


class Cause(t.NamedTuple):
    """What is known of a failure. code: stable word; cause and next_step: a sentence each, without a full stop."""

    code: str
    cause: str
    next_step: str


_AGAIN = "then resume the run with the same run id"
_ALONE = f"find out in Run Command and in the maintenance windows what else patches the node, {_AGAIN}"

_S3 = Cause(
    "no_s3",
    "the node cannot download the files required for patching from the S3 buckets of AWS",
    f"check its connection to Amazon S3 (endpoint, NAT, proxy, security group, policy), {_AGAIN}",
)
_RACE_OR_SPACE = Cause(
    "race_or_space",
    "two patch operations ran on the node at the same time, or there is no space left under /var",
    f"{_ALONE}; also check that no disk is full",
)
_RACE = Cause("race", "another patch operation ran on the node at the same time", _ALONE)
_LOCKED = Cause(
    "package_manager_busy",
    "another process holds the lock of the package manager",
    f"wait until it ends, or end it, {_AGAIN}",
)
_NO_WAY = Cause(
    "unreachable",
    "the command did not reach the node: it does not run, or its SSM agent is not online",
    f"check that it runs and that its SSM agent is online, {_AGAIN}",
)
_SLOW = Cause(
    "timed_out",
    "the host did not answer in time, or the work took longer than it may",
    f"check that it restarted and that its SSM agent is online, {_AGAIN}",
)
_SLOW_HOOK = Cause(
    "hook_timed_out",
    "the hook did not end within its timeout",
    f"find out what it waits for on the host, where its process may still run; fix it or increase its timeout, {_AGAIN}",
)
_DENIED = Cause(
    "access_denied",
    "a permission is missing",
    "compare the roles with the IAM permissions in the role's README",
)
_BASELINE = Cause(
    "baseline_not_read",
    "the node could not read its patch baseline or the snapshot of it",
    f"check that its instance profile has the permissions of AmazonSSMManagedInstanceCore, and check the patch group tag, {_AGAIN}",
)
_OVERRIDE = Cause(
    "override_not_usable",
    "the baseline override or the override list cannot be read or used",
    f"check the file, the permission of the node to read it, and that only one of the two is set, {_AGAIN}",
)
_DEPENDENCY = Cause(
    "dependency",
    "the package manager cannot resolve what packages depend on",
    f"run the update on the host manually and fix its repositories or locks, {_AGAIN}",
)
_REBOOTED = Cause(
    "failed_with_reboot",
    "some patches failed to install, others are installed and ask for a reboot",
    f"read the output of the installation, fix what failed and reboot the host, {_AGAIN}",
)
_MIRRORS = Cause(
    "repositories",
    "a repository of the host does not work or cannot be reached",
    f"fix or disable the repository, clean the cache of the package manager, {_AGAIN}",
)
_UPDATE_AGENT = Cause(
    "windows_update",
    "the Windows Update agent failed",
    f"find the HRESULT in Microsoft's list of Windows Update errors and fix the agent, {_AGAIN}",
)

# Messages, most specific first: an exit code has several causes, a message has one.
_TEXTS: tuple[tuple[str, Cause], ...] = (
    (r"unable to download payload|unable to connect to the remote server", _S3),
    (
        r"no space left|there is not enough space",
        Cause("disk_full", "a disk of the host is full", f"free space (on Linux check /var), {_AGAIN}"),
    ),
    (r"(yum|dnf|rpm) lock|frontend is locked|could not get lock", _LOCKED),
    (
        r"dpkg was interrupted",
        Cause(
            "dpkg_interrupted",
            "an earlier installation was interrupted",
            f"run dpkg --configure -a on the host, {_AGAIN}",
        ),
    ),
    (r"error when uploading the inventory", _RACE),
    (
        r"package manager and python version",
        Cause(
            "no_python", "python3 is missing on the host, or its version is not supported", f"install python3, {_AGAIN}"
        ),
    ),
    (r"no more mirrors|nomoremirrors", _MIRRORS),
    (
        r"no_pubkey|public key is not available",
        Cause(
            "no_key",
            "the key of a repository is missing or has expired",
            f"add the key or disable the repository, {_AGAIN}",
        ),
    ),
    (
        r"cannot allocate memory",
        Cause(
            "no_memory",
            "the host has too little memory for the package manager",
            f"add swap space or use a larger instance type, {_AGAIN}",
        ),
    ),
    (
        r"returned from curl is 23",
        Cause(
            "curl",
            "curl on the host cannot write: another curl precedes the one of the system",
            f"put the directory of the system's curl first in PATH, {_AGAIN}",
        ),
    ),
    (
        r"error unpacking rpm|was supposed to be removed but is not",
        Cause(
            "package_conflict",
            "a package was also installed by pip, or is damaged",
            f"uninstall it with pip or reinstall it, {_AGAIN}",
        ),
    ),
    (r"dependency check failure|requires .* but this requirement cannot", _DEPENDENCY),
    (
        r"0x80072ee2|0x80072efd|0x8024402c",
        Cause(
            "no_update_catalog",
            "the node cannot reach Windows Update or its WSUS server",
            f"check its connection to the Microsoft Update Catalog or to WSUS, {_AGAIN}",
        ),
    ),
    (r"hresult|searching for updates resulted in error", _UPDATE_AGENT),
    (r"baseline_overrides?\.json|baselineoverride", _OVERRIDE),
)

_STATES: tuple[tuple[str, Cause], ...] = (
    (r"undeliverable|delivery ?timed ?out", _NO_WAY),
    (
        r"invalid ?platform",
        Cause(
            "invalid_platform",
            "the document does not support the platform of the node",
            "provide a document or a script for this platform, or exclude the host",
        ),
    ),
    (
        r"statusdetails=\[terminated\]|\bterminated\b.*max-?errors",
        Cause(
            "terminated",
            "the command was not run here, because it had failed on too many nodes before",
            f"check the first failure, {_AGAIN}",
        ),
    ),
    (
        r"invalidinstanceid|not in a valid state|instances? not in valid state",
        Cause(
            "not_managed",
            "Systems Manager does not manage the node (any more), or it does not run",
            f"check that it exists and runs and that its SSM agent is online, {_AGAIN}",
        ),
    ),
    (
        r"ratelimit|throttl|rate exceeded|requestlimitexceeded",
        Cause(
            "throttled",
            "AWS throttled the requests",
            f"wait some minutes or reduce the concurrency, {_AGAIN}",
        ),
    ),
    (
        r"(limit|quota|count)exceeded|toomany",
        Cause(
            "quota",
            "a quota of the account is reached",
            f"remove unused resources or request a quota increase from AWS, {_AGAIN}",
        ),
    ),
    (
        r"cancell?ed",
        Cause(
            "cancelled",
            "it was cancelled by a user or a limit; it may still work on the host, because AWS does not guarantee that it ends",
            f"check on the host whether it still installs or reboots, and find out in CloudTrail who cancelled it, {_AGAIN}",
        ),
    ),
)

# 4294967295, 0xffffffff and -1 are one number: a PowerShell script that ended with an exception.
_EXIT = re.compile(r"exit (?:status|code)[ :]*(0x[0-9a-f]+|-?\d+)|responsecode=\[(-?\d+)\]")
_EXITS: dict[int, Cause] = {
    2: _DEPENDENCY,
    126: Cause(
        "noexec",
        "the node cannot run the files that the SSM agent downloads: /var/lib/amazon is mounted with noexec",
        f"mount it with exec, {_AGAIN}",
    ),
    146: Cause(
        "unsupported_system",
        "Patch Manager does not support the operating system of the host",
        "exclude the host from the runs, or move it to a supported operating system",
    ),
    148: Cause(
        "no_metadata",
        "the node cannot read its instance metadata",
        f"check the metadata service and the proxy of the node, {_AGAIN}",
    ),
    149: Cause(
        "no_inventory",
        "the operation ran on the host, but the host could not report its patch state",
        f"check its connection to Systems Manager and scan it, {_AGAIN}",
    ),
    152: _RACE_OR_SPACE,
    155: _RACE_OR_SPACE,
    156: _S3,
    194: Cause(
        "reboot_pending",
        "the script requested a reboot that did not happen",
        f"reboot the host and scan it, {_AGAIN}",
    ),
    195: _REBOOTED,
    196: _REBOOTED,
    3010: Cause(
        "reboot_pending",
        "the script requested a reboot that did not happen",
        f"reboot the host and scan it, {_AGAIN}",
    ),
    **{code: _DENIED for code in (132, 135, 138, 141, 145)},
    **{code: _BASELINE for code in (130, 131, 133, 134, 136, 137, 139, 140, 142, 143, 144, 147, 150, 153)},
    **{code: _OVERRIDE for code in (160, 161, 162, 163, 165, 166, 167)},
}

_POWERSHELL = Cause(
    "powershell",
    "the patch script of Windows ended with an error",
    f"read its error output in Run Command and the logs in PatchBaselineOperations on the host, {_AGAIN}",
)

# Messages of verdict.py about patch states.
_PATCHES: tuple[tuple[str, Cause], ...] = (
    (
        r"has no patch state",
        Cause(
            "never_scanned",
            "the host was never scanned, so its missing patches are unknown",
            f"scan it with AWS-RunPatchBaseline and find out why it does not report, {_AGAIN}",
        ),
    ),
    (
        r"the last scan ended|was not scanned after",
        Cause(
            "not_scanned",
            "the host was not scanned after the installation",
            f"scan it with AWS-RunPatchBaseline, {_AGAIN}",
        ),
    ),
    (
        r"require a reboot",
        Cause(
            "pending_reboot",
            "patches are installed, but the host was not rebooted after that (InstalledPendingReboot)",
            f"reboot it and scan it, {_AGAIN}",
        ),
    ),
    (
        r"are still missing and 0 failed",
        Cause(
            "missing",
            "patches that the baseline approves are still not on the host",
            f"check them in Patch Manager: a second pass (patch_run_second_pass) installs what depends on others, {_AGAIN}",
        ),
    ),
    (
        r"failed to install",
        Cause(
            "failed_patches",
            "patches could not be installed (state Failed)",
            f"check the missing and failed patches of the host in Patch Manager and read the output of the installation, {_AGAIN}",
        ),
    ),
)
_REFUSALS: tuple[tuple[str, Cause], ...] = (
    (r"access ?denied|is not authorized|unauthorizedoperation|permission denied", _DENIED),
    *_STATES,
)
# Of load balancers: Elastic Load Balancing API reference, errors of RegisterTargets.
_BALANCERS: tuple[tuple[str, Cause], ...] = (
    (
        r"targetgroupnotfound|target groups? .{0,200}not found",
        Cause(
            "no_target_group",
            "a target group of the plan no longer exists",
            "create a new plan (a run with another id), or create the group again and resume the run",
        ),
    ),
    (
        r"invalidtarget",
        Cause(
            "invalid_target",
            "the host cannot be registered with its target group: it does not run, or is in another network",
            f"check that it runs, register it with its target groups, {_AGAIN}",
        ),
    ),
)
_GENERAL: tuple[tuple[str, Cause], ...] = (*_REFUSALS, (r"timed ?out", _SLOW))


# AWS-RunPatchBaselineWithHooks: an exit code may be that of a hook.
WITH_HOOKS_STEP = "installWithHooks"

_NOT_STOPPED = Cause(
    "not_stopped",
    "the host was stopped before the run and still runs, because it could not be stopped again",
    "stop it in EC2, or find out why it could not be stopped (a permission, stop protection); resuming the run tries it once more",
)
_STEPS: tuple[tuple[str, Cause], ...] = (
    (
        "image",
        Cause(
            "image",
            "its image was not made",
            "check the image in EC2, remove what failed, and resume with the same run id",
        ),
    ),
    (
        "start",
        Cause(
            "no_start",
            "the instance was stopped and did not come up: it was not started, or did not pass its status checks",
            f"read its system log in EC2 and why it stopped (StateTransitionReason), {_AGAIN}; make sure that it is stopped again",
        ),
    ),
    (
        "awaitAgent",
        Cause(
            "no_agent",
            "the instance was started, but its SSM agent did not come online",
            f"start it, fix the agent or its connection to Systems Manager, stop it, {_AGAIN}",
        ),
    ),
    ("stop", _NOT_STOPPED),
    (
        "readPlatform",
        Cause(
            "not_managed",
            "Systems Manager does not manage the node (any more)",
            f"check that it runs and that its SSM agent is online, {_AGAIN}",
        ),
    ),
    (
        "assertOnline",
        Cause(
            "not_online",
            "its SSM agent is not online; nothing was done to the host",
            f"check that it runs and that its SSM agent is online, {_AGAIN}",
        ),
    ),
    (
        "deregister",
        Cause(
            "deregister",
            "it was not deregistered from all of its target groups; nothing was installed",
            f"it is registered again; check the target groups and the permissions of the role, {_AGAIN}",
        ),
    ),
    (
        "drain",
        Cause(
            "drain",
            "it was not drained: the load balancer still sent it traffic when the timeout expired; nothing was installed",
            f"it is registered again; check its long connections and the deregistration delay of the target group, {_AGAIN}",
        ),
    ),
    (
        "register",
        Cause(
            "not_registered",
            "it is patched, but could not be registered with all of its target groups",
            f"register it (runbook fleetpatch-TargetGroups, Operation Register), {_AGAIN}",
        ),
    ),
    (
        "awaitHealthy",
        Cause(
            "register",
            "it is patched, but did not become healthy in its target groups in time",
            f"check its service and the health check of the target group; it is registered, {_AGAIN}",
        ),
    ),
    (
        "preHook",
        Cause(
            "pre_hook",
            "the pre hook failed",
            "read the output of the pre hook in Run Command; nothing was installed yet",
        ),
    ),
    (
        "updateAgent",
        Cause(
            "agent_update",
            "the update of the SSM agent failed",
            "update the SSM agent manually, or resume without the agent update",
        ),
    ),
    (
        WITH_HOOKS_STEP,
        Cause(
            "install_with_hooks",
            "the installation, or a hook around it, failed",
            "read the output of all steps of AWS-RunPatchBaselineWithHooks in Run Command: AWS reports skipped steps as successful",
        ),
    ),
    (
        "install",
        Cause(
            "install",
            "the installation failed",
            "read the output of the installation in Run Command; the host can be rolled back to its image",
        ),
    ),
    (
        "postHook",
        Cause(
            "post_hook",
            "the post hook failed",
            "the patches are installed: read the output of the post hook and check the service",
        ),
    ),
    (
        "exitHook",
        Cause(
            "exit_hook",
            "the exit hook failed",
            "all earlier steps succeeded: read its output, check the service, and resume with the same run id",
        ),
    ),
    (
        "scan",
        Cause(
            "scan",
            "the scan after the installation failed",
            f"it is unknown whether the patches are installed: scan the host, {_AGAIN}",
        ),
    ),
    (
        "verify",
        Cause(
            "verify",
            "patches are missing or failed after the installation",
            f"check the missing and failed patches of the host in Patch Manager, {_AGAIN}",
        ),
    ),
)
_OUTCOMES = {
    "running": Cause(
        "running",
        "its execution is still running",
        "wait until its execution ends, then resume the run with the same run id; it is not started twice",
    ),
    "not_started": Cause("not_started", "the wave stopped before this host", f"fix what stopped the wave, {_AGAIN}"),
    "image_failed": _STEPS[0][1],
}
_UNREAD = Cause(
    "unread",
    "AWS could not be asked what became of the host, which may be patched",
    "restore the credentials or permissions, then resume the run with the same run id; nothing is started twice",
)
_UNKNOWN = Cause("unknown", "", f"check the execution in Systems Manager Automation, {_AGAIN}")
# Exit codes of a hook are its own: they do not mean what those of the patch script mean.
_PATCHING = ("install", "scan")
_POWER = ("start", "awaitAgent", "stop")
_BALANCING = ("deregister", "drain", "register", "awaitHealthy")


def explain(outcome: str, failed_step: str, message: str) -> Cause:
    """Why a host is not patched and what a person does next; the most specific that is known.

    outcome: of the verdict. failed_step: a step of the runbook, image or verify, "" when not known. message: any text of AWS or of
    the node. The cause is empty when nothing is known.
    """
    if outcome == "unknown":
        return _UNREAD
    folded = message.casefold()
    hook = "hook" in failed_step.casefold()
    patching = failed_step.startswith(_PATCHING) and failed_step != WITH_HOOKS_STEP
    exits = _EXITS if not failed_step or patching else {}
    found = (
        # Whatever kept it from being stopped: that it still runs is what a person has to know.
        (_NOT_STOPPED if failed_step.startswith("stop") else None)
        or _found(_PATCHES if failed_step == "verify" else (), folded)
        or _found(() if hook else _TEXTS, folded)
        or _exit(folded, exits)
        # That a start, a stop or a health check took too long is all that AWS says of it; the step says more.
        or _found(_BALANCERS if failed_step.startswith(_BALANCING) else (), folded)
        or _found(_REFUSALS if failed_step.startswith((*_POWER, *_BALANCING)) else _GENERAL, folded)
    )
    if hook and found is _SLOW:
        found = _SLOW_HOOK
    if found is None and outcome in _OUTCOMES:
        found = _OUTCOMES[outcome]
    if found is None and patching and _exit(folded, {-1: _POWERSHELL}):
        found = _POWERSHELL
    return found or next((cause for step, cause in _STEPS if failed_step.startswith(step)), _UNKNOWN)


def _found(rules: t.Sequence[tuple[str, Cause]], folded: str) -> Cause | None:
    return next((cause for sign, cause in rules if re.search(sign, folded)), None)


def _exit(folded: str, known: t.Mapping[int, Cause]) -> Cause | None:
    """By the first exit code that is known; a plain 1 says nothing."""
    for found in _EXIT.finditer(folded):
        code = int(found[1] or found[2], 0)
        code = code - 2**32 if code >= 2**31 else code
        if code in known:
            return known[code]
    return None
