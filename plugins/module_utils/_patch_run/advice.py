# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Failures in words: what happened, as short as can be."""

from __future__ import annotations

import re
import textwrap
import typing as t


def failure_text(target: t.Mapping[str, t.Any]) -> str:
    """What AWS said of a target that did not succeed; never empty."""
    words = {"timed_out": "timed out", "cancelled": "was cancelled"}.get(target["outcome"], "failed")
    said = (target.get("failure_message") or "").strip()
    if said:
        return said if words == "failed" else f"{words}: {said}"
    return f"the execution {words}; AWS returned no reason"


# Run Command puts this line before what a plugin wrote to its standard error.
_STANDARD_ERROR = re.compile(r"-{4,}ERROR-{4,}\s*(\S.*)", re.DOTALL)
# What follows the error in a message of Automation: other steps of the document, or the next member of the result. A plain bracket is
# no end, because errors have brackets: "[Errno 256] No more mirrors".
_REST = re.compile(
    r"\s*(?:\bStep execution skipped(?: due to unsatisfied preconditions)?\.|\],\s*(?:StatusDetails|CommandId|OutputPayload)=)"
)


def short(message: str, width: int = 200) -> str:
    """The heart of a message, for a sentence: what the node gave as its error when that is in there, at most width characters."""
    found = _STANDARD_ERROR.search(message)
    if found:
        message = _REST.split(found[1], maxsplit=1)[0] or found[1]
    return textwrap.shorten(message, width, placeholder=" …")
