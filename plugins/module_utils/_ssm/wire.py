# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What several resources of Systems Manager have in common between wire and model: times, parameters, limits of rates. Pure."""

from __future__ import annotations

import math
import re
from datetime import datetime
from datetime import timezone
from typing import Any

from .._core.errors import InvalidInput
from .._core.tags import all_texts

# APIs SendCommand and StartAutomationExecution; a document of another account is named by its ARN.
DOCUMENT_NAME = re.compile(r"[a-zA-Z0-9_\-.:/]{3,128}")
DOCUMENT_NAME_WORDS = "3–128 letters, digits and _ - . : / (the name or ARN of a document)"
DOCUMENT_VERSION = re.compile(r"\$LATEST|\$DEFAULT|[1-9][0-9]*")


def iso(moment: Any) -> str | None:
    """A time of the SDK as ISO 8601 in UTC with Z; None stays None."""
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def absolute(limit: str | int, total: int, *, least: int) -> int:
    """A number, or a percentage of total (rounded down), never below least. Raises InvalidInput for anything else."""
    text = str(limit).strip()
    digits = text[:-1] if text.endswith("%") else text
    if not (digits.isascii() and digits.isdigit()) or (text.endswith("%") and int(digits) > 100):
        raise InvalidInput(f"{limit!r} must be a number or a percentage from 0% to 100%")
    number = math.floor(total * int(digits) / 100) if text.endswith("%") else int(digits)
    return max(least, number)


def parameters_to_wire(parameters: dict[str, Any] | None) -> dict[str, list[str]]:
    """Automation parameters are lists of strings; a dict becomes JSON, a bool the words of YAML and JSON."""
    return {name: all_texts(value) for name, value in (parameters or {}).items() if value is not None}
