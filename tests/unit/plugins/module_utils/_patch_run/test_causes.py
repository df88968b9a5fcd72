# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Failures explained. The texts are those of the user guide's page on troubleshooting Patch Manager and of the local AWS."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.causes import explain

PAYLOAD = (
    "Unable to download payload: https://s3.eu-west-1.amazonaws.com/aws-ssm-eu-west-1/patch-baseline-operations.tar.gz."
)
SEARCH = "Exception Details: An error occurred when attempting to search Windows Update.\nException from HRESULT: "
STEP = "Step fails when it is Poll action status for completion. Command c returns unexpected invocation result: "


CHILD = "Step fails when it is Poll action status for completion. Automation 470c is {}. {} Please refer to the guide."


@pytest.mark.parametrize(
    ("step", "status", "message", "code"),
    [
        ("drain", "TimedOut", "Step timed out while step is Poll action status for completion.", "drain"),
        ("awaitHealthy", "TimedOut", "Step timed out while step is Poll action status for completion.", "register"),
        ("register", "TimedOut", "Step timed out while step is Poll action status for completion.", "not_registered"),
        ("deregister", "Failed", "An error occurred (AccessDenied) when calling DeregisterTargets", "access_denied"),
        ("deregister", "TimedOut", "Step timed out while step is Execute/Cancelling action.", "deregister"),
        (
            "drain",
            "Failed",
            "An error occurred (TargetGroupNotFound) when calling DescribeTargetGroups",
            "no_target_group",
        ),
        ("register", "Failed", "An error occurred (InvalidTarget) when calling RegisterTargets", "invalid_target"),
        ("drain", "Failed", "An error occurred (AccessDenied) when calling DeregisterTargets", "access_denied"),
        ("register", "Failed", "An error occurred (TooManyRegistrationsForTargetId)", "quota"),
        ("drain", "Failed", "", "drain"),
    ],
)
def test_load_balancers(step, status, message, code):
    found = explain("failed", step, CHILD.format(status, message))
    assert found.code == code and found.cause and found.next_step


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (f"{PAYLOAD}failed to run commands: exit status 156", "no_s3"),
        ("failed to run commands: exit status 156", "no_s3"),
        ("Unable to extract tar file: /var/log/x.tar.gz.failed to run commands: exit status 155", "race_or_space"),
        (
            "Unable to load and extract the content of payload, abort.failed to run commands: exit status 152",
            "race_or_space",
        ),
        ("tar: No space left on device\nfailed to run commands: exit status 155", "disk_full"),
        ("root [INFO]: another process has acquired yum lock, waiting 2 s and retry.", "package_manager_busy"),
        ("dpkg: error: dpkg frontend is locked by another process\nexit status 2", "package_manager_busy"),
        ("_script.sh: Permission denied\nfailed to run commands: exit status 126", "noexec"),
        ("An unsupported package manager and python version combination was found. exit status 1", "no_python"),
        ("[Errno 256] No more mirrors to try.\nexit status 1", "repositories"),
        ("root [ERROR]: Error code returned from curl is 23", "curl"),
        ("[Errno 12] Cannot allocate memory", "no_memory"),
        ("NO_PUBKEY 467B942D3A79BD29", "no_key"),
        ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", "dpkg_interrupted"),
        ("Encounter service side error when uploading the inventory", "race"),
        (
            "CLIInvokerError(error_message='Dependency check failure during commit process', error_code='4')",
            "dependency",
        ),
        (f"{SEARCH}0x80072EE2 failed to run commands: exit status 4294967295", "no_update_catalog"),
        (f"{SEARCH}0x80240437 failed to run commands: exit status 4294967295", "windows_update"),
        (
            "Invoke-PatchBaselineOperation : Access Denied\nfailed to run commands: exit status 0xffffffff",
            "access_denied",
        ),
        ("something else\nfailed to run commands: exit status 4294967295", "powershell"),
        ("PatchBaselineOperations: Unable to connect to the remote server exit status 4294967295", "no_s3"),
        ("failed to run commands: exit status 194", "reboot_pending"),
        ("failed to run commands: exit status 195", "failed_with_reboot"),
        ("failed to run commands: exit status 196", "failed_with_reboot"),
        ("failed to run commands: exit status 135", "access_denied"),
        ("failed to run commands: exit status 143", "baseline_not_read"),
        ("failed to run commands: exit status 161", "override_not_usable"),
        ("failed to run commands: exit status 146", "unsupported_system"),
        (f"{STEP}{{Status=[Failed], ResponseCode=[156], Output=[], StatusDetails=[Failed]}}", "no_s3"),
        (f"{STEP}{{Status=[Failed], ResponseCode=[-1], Output=[], StatusDetails=[Undeliverable]}}", "unreachable"),
        (
            f"{STEP}{{Status=[TimedOut], ResponseCode=[-1], Output=[], StatusDetails=[Delivery Timed Out]}}",
            "unreachable",
        ),
        (f"{STEP}{{Status=[TimedOut], ResponseCode=[-1], Output=[], StatusDetails=[DeliveryTimedOut]}}", "unreachable"),
        (
            f"{STEP}{{Status=[TimedOut], ResponseCode=[-1], Output=[], StatusDetails=[Execution Timed Out]}}",
            "timed_out",
        ),
        (f"{STEP}{{Status=[Cancelled], ResponseCode=[-1], Output=[], StatusDetails=[Terminated]}}", "terminated"),
        (
            f"{STEP}{{Status=[Failed], ResponseCode=[-1], Output=[], StatusDetails=[Invalid Platform]}}",
            "invalid_platform",
        ),
        (f"{STEP}{{Status=[Failed], ResponseCode=[-1], Output=[], StatusDetails=[Access Denied]}}", "access_denied"),
        ("An error occurred (InvalidInstanceId) when calling the SendCommand operation", "not_managed"),
        ("An error occurred (ThrottlingException) when calling the SendCommand operation: Rate exceeded", "throttled"),
        ("was cancelled: by user", "cancelled"),
        ("failed to run commands: exit status 1", "install"),
        ("failed to run commands: exit status 15", "install"),
    ],
)
def test_a_failed_installation_is_explained(message, code):
    why = explain("failed", "install", message)
    assert why.code == code and why.cause and why.next_step


@pytest.mark.parametrize(
    ("outcome", "step", "message", "code", "words"),
    [
        (
            "failed",
            "verify",
            "the runbook succeeded, but AWS has no patch state of the host",
            "never_scanned",
            "scan it",
        ),
        (
            "failed",
            "verify",
            "the runbook succeeded, but the last scan ended at x, before it began",
            "not_scanned",
            "scan",
        ),
        (
            "failed",
            "verify",
            "the runbook succeeded, but the host was not scanned after the installation",
            "not_scanned",
            "scan",
        ),
        (
            "failed",
            "verify",
            "after the installation 2 patches are still missing and 0 failed to install",
            "missing",
            "second pass",
        ),
        (
            "failed",
            "verify",
            "after the installation 0 patches are still missing and 1 failed to install",
            "failed_patches",
            "Patch Manager",
        ),
        ("failed", "verify", "1 patches are installed but require a reboot", "pending_reboot", "reboot it"),
        ("failed", "preHookLinux", "failed to run commands: exit status 156", "pre_hook", "nothing was installed"),
        ("failed", "preHookLinux", "frontend is locked, exit status 2", "pre_hook", "pre hook"),
        ("failed", "postHookDocument", "exit status 1", "post_hook", "post hook"),
        ("failed", "exitHookLinux", "failed to run commands: exit status 2", "exit_hook", "all earlier steps"),
        ("failed", "exitHookWindows", "StatusDetails=[ExecutionTimedOut]", "hook_timed_out", "may still run"),
        ("failed", "scan", "StatusDetails=[ExecutionTimedOut]", "timed_out", "SSM agent"),
        ("failed", "installWithHooks", "exit status 2", "install_with_hooks", "AWS-RunPatchBaselineWithHooks"),
        (
            "failed",
            "installWithHooks",
            "failed to run commands: exit status 0xffffffff",
            "install_with_hooks",
            "output",
        ),
        ("failed", "installWithHooks", "SSM Agent 3.0.431.0 is too old", "install_with_hooks", "output"),
        ("failed", "preHookWindows", "StatusDetails=[Undeliverable]", "unreachable", "online"),
        ("failed", "updateAgent", "exit status 2", "agent_update", "manually"),
        ("failed", "installAgain", "x", "install", "output"),
        ("failed", "start", "Step timed out while verifying the state of the instance(s)", "no_start", "system log"),
        ("failed", "start", "UnauthorizedOperation", "access_denied", "permission"),
        ("failed", "awaitAgent", "Step timed out", "no_agent", "fix the agent"),
        ("failed", "stop", "OperationNotPermitted", "not_stopped", "stop it in EC2"),
        ("failed", "stop", "UnauthorizedOperation", "not_stopped", "a permission"),
        ("failed", "readPlatform", "x", "not_managed", "online"),
        ("failed", "readPlatform", "AccessDenied", "access_denied", "permission"),
        ("failed", "", "exit status 156", "no_s3", "Amazon S3"),
        ("failed", "", "", "unknown", "Systems Manager Automation"),
        ("running", "", "still running when the run stopped waiting for it", "running", "not started twice"),
        ("not_started", "", "not started: the wave stopped before this host", "not_started", "same run id"),
        ("image_failed", "image", "x", "image", "image"),
        ("image_failed", "image", "ResourceLimitExceeded: snapshots", "quota", "quota"),
        ("image_failed", "image", "ServiceQuotaExceededException: images", "quota", "quota"),
        ("image_failed", "image", "RequestLimitExceeded", "throttled", "wait"),
    ],
)
def test_every_failure_has_a_next_step(outcome, step, message, code, words):
    why = explain(outcome, step, message)
    assert why.code == code and words in why.next_step
