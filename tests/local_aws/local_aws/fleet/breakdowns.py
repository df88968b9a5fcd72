# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The documented ways in which AWS-RunPatchBaseline breaks down on a node, by the machine's behaviour patch_breakdown.

Source: user guide "Troubleshooting Patch Manager"; exit codes and texts are those of its examples.
"""

from typing import Any

from local_aws.framework.switches import assume

SECONDS = 5.0
_PAYLOAD = "patchbaselineoperations/linux/payloads/patch-baseline-operations-1.75.tar.gz"
_FOLDER = "/var/log/amazon/ssm/patch-baseline-operations"
_SCRIPT = "/var/lib/amazon/ssm/{id}/document/orchestration/{id}/PatchLinux/_script.sh"
_SEARCH = (
    "Invoke-PatchBaselineOperation : Exception Details: An error occurred when attempting to search Windows Update."
)
_WINDOWS = 4294967295

# name: {platform type: (exit status, text)}
BREAKDOWNS: dict[str, dict[str, tuple[int, str]]] = {
    "s3": {
        "Linux": (
            156,
            "Unable to download payload: https://s3.{region}.amazonaws.com/aws-ssm-{region}/" + _PAYLOAD + ".",
        ),
        "Windows": (
            _WINDOWS,
            "_script.ps1 : An error occurred when executing PatchBaselineOperations: Unable to connect to the remote"
            " server\n",
        ),
    },
    "space": {
        "Linux": (155, f"Unable to extract tar file: {_FOLDER}/patch-baseline-operations-1.75.tar.gz."),
    },
    "payload": {
        "Linux": (152, "Unable to load and extract the content of payload, abort."),
    },
    "noexec": {"Linux": (126, f"sh: \n{_SCRIPT}: Permission denied\n")},
    "python": {
        "Linux": (
            1,
            "An unsupported package manager and python version combination was found. Apt requires Python3 to be"
            " installed.\n",
        ),
    },
    "mirrors": {"Linux": (1, "[Errno 256] No more mirrors to try.\n")},
    "wsus": {
        "Windows": (_WINDOWS, f"{_SEARCH}\nException Level 1:\n Error Message: Exception from HRESULT: 0x80072EE2\n")
    },
    "update_agent": {
        "Windows": (_WINDOWS, f"{_SEARCH}\nException Level 1:\n Error Message: Exception from HRESULT: 0x80240437\n"),
    },
}

assume(
    "breakdown-response-code",
    "ResponseCode of a script that ended with exit status 4294967295 is -1, its signed 32-bit value.",
    "botocore: ResponseCode is an integer; the user guide shows the text only",
)
assume(
    "breakdown-unknown-code",
    "The exit status of 'No more mirrors to try' is 1.",
    "patch-manager-troubleshooting gives the text without a status",
)


def of(machine: Any) -> tuple[int, str] | None:
    """(response code, standard error) when patching breaks down on this machine, else None."""
    rows = BREAKDOWNS.get(machine.behaviours["patch_breakdown"] or "", {})
    if machine.platform_type not in rows:
        return None
    status, text = rows[machine.platform_type]
    text = text.format(region=machine.region, id=machine.instance_id)
    return (status if status < 2**31 else status - 2**32), f"{text}failed to run commands: exit status {status}\n"
