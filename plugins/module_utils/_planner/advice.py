# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is a private module of the collection; other collections must not import it.

"""Failures in words: what happened and what a person does next."""

from __future__ import annotations

import re
import textwrap
import typing as t

# Causes that AWS documents for exit codes of AWS-RunPatchBaseline and for common answers:
# Systems Manager user guide, "Troubleshooting Patch Manager" and "Prerequisites".
_CAUSES = (
    (
        "exit status 156",
        "the node cannot download its patch snapshot: check its way to Amazon S3 (endpoint, proxy, policy)",
    ),
    ("exit status 155", "another patch operation ran on the node at the same time: wait until it is over, then resume"),
    ("exit status 152", "another patch operation ran on the node at the same time: wait until it is over, then resume"),
    ("no space left", "a disk of the host is full: free space (on Linux look at /var), then resume"),
    (
        "undeliverable",
        "the command did not reach the node: look whether it runs and its SSM agent is online, then resume",
    ),
    (
        "delivery timed out",
        "the command did not reach the node: look whether it runs and its SSM agent is online, then resume",
    ),
    (
        "timed out",
        "the host did not answer in time: look whether it came up again and its SSM agent is online, then resume",
    ),
    ("access denied", "a permission is missing: compare the roles with the IAM permissions in the role's README"),
    ("accessdenied", "a permission is missing: compare the roles with the IAM permissions in the role's README"),
    ("is not authorized", "a permission is missing: compare the roles with the IAM permissions in the role's README"),
)
_STEPS = (
    ("image", "look at the image in EC2, remove what failed, and resume the run with the same run id"),
    ("readPlatform", "the node is not managed any more: look whether it runs and its SSM agent is online, then resume"),
    ("preHook", "read the output of the pre hook in Run Command; nothing was installed yet"),
    ("updateAgent", "update the SSM agent by hand, or resume without the agent update"),
    ("installAgain", "read the output of the installation in Run Command; the image is the way back"),
    ("install", "read the output of the installation in Run Command; the image is the way back"),
    ("postHook", "the patches are installed, the post hook failed: read its output and look at the service"),
    ("scan", "the patches may be installed, nobody knows: scan the host, then resume the run"),
    ("verify", "look at the missing and failed patches of the host in Patch Manager, then resume the run"),
)
_OUTCOMES = {
    "running": "wait until its execution is over, then resume the run with the same run id; it is not started twice",
    "not_started": "mend what stopped the wave, then resume the run with the same run id",
    "image_failed": _STEPS[0][1],
}


def failure_text(target: t.Mapping[str, t.Any]) -> str:
    """What AWS said of a target that did not succeed; never empty."""
    words = {"timed_out": "timed out", "cancelled": "was cancelled"}.get(target["outcome"], "failed")
    said = (target.get("failure_message") or "").strip()
    if said:
        return said if words == "failed" else f"{words}: {said}"
    return f"the execution {words} and AWS gave no reason"


# Run Command puts this line before what a plugin wrote to its standard error.
_STANDARD_ERROR = re.compile(r"-{4,}ERROR-{4,}\s*(.+?)\s*(?:Step execution skipped|\]|$)", re.DOTALL)


def short(message: str, width: int = 200) -> str:
    """The heart of a message, for a sentence: what the node gave as its error when that is in there, at most width characters."""
    found = _STANDARD_ERROR.search(message)
    return textwrap.shorten(found[1] if found else message, width, placeholder=" …")


def next_step(outcome: str, failed_step: str, message: str) -> str:
    """What a person does next about a host, in one sentence; the most specific that is known."""
    folded = message.casefold()
    for sign, advice in _CAUSES:
        if sign in folded:
            return advice
    if outcome in _OUTCOMES:
        return _OUTCOMES[outcome]
    for step, advice in _STEPS:
        if failed_step.startswith(step):
            return advice
    return "look at the execution in Systems Manager Automation, then resume the run with the same run id"
