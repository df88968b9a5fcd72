# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The connection to Systems Manager and the request rates that it keeps to."""

from __future__ import annotations

from typing import Any

from .._core.calls import SDK_CONFIG
from .._core.calls import Connection
from .._core.wait import Clock
from .._core.wait import Pace

# Quotas of Systems Manager (AWS General Reference, Automation): StartAutomationExecution 1/s, StopAutomationExecution
# 1/s, reads 3/s. The window is a little longer than the second, because requests do not arrive as regularly as they leave.
STARTS = "automation_starts"
READS = "automation_reads"
STOPS = "automation_stops"


def paces() -> dict[str, Pace]:
    """The published request rates of Automation."""
    return {STARTS: Pace(1, 1.05), STOPS: Pace(1, 1.05), READS: Pace(3, 1.05)}


def connect(module: Any) -> Connection:
    """The connection of a module (AnsibleAWSModule)."""
    return Connection(module.client("ssm", config=SDK_CONFIG), clock=Clock(), paces=paces())
