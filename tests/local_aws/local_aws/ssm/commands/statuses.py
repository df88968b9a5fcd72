# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run Command statuses: how invocations make the status of a command. Pure.

Source: user guide "Understanding command statuses" (monitor-commands), API Command.StatusDetails.
"""

from collections import Counter
from collections.abc import Iterable

from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

# detailed status -> status of the invocation
INVOCATION = {
    "Pending": "Pending",
    "InProgress": "InProgress",
    "Delayed": "Delayed",
    "Success": "Success",
    "DeliveryTimedOut": "TimedOut",
    "ExecutionTimedOut": "TimedOut",
    "Failed": "Failed",
    "Cancelling": "Cancelling",
    "Cancelled": "Cancelled",
    "Undeliverable": "Failed",
    "Terminated": "Cancelled",
    "InvalidPlatform": "Failed",
    "AccessDenied": "Failed",
}
# detailed status -> status of the command
COMMAND = {
    "Pending": "Pending",
    "InProgress": "InProgress",
    "Success": "Success",
    "DeliveryTimedOut": "TimedOut",
    "ExecutionTimedOut": "TimedOut",
    "Failed": "Failed",
    "Incomplete": "Failed",
    "Cancelling": "Cancelling",
    "Cancelled": "Cancelled",
    "RateExceeded": "Failed",
    "AccessDenied": "Failed",
    "NoInstancesInTag": "Failed",
}
TERMINAL = frozenset(INVOCATION) - {"Pending", "InProgress", "Delayed", "Cancelling"}
COMMAND_TERMINAL = frozenset(COMMAND) - {"Pending", "InProgress", "Cancelling"}
COUNTS_AS_ERROR = frozenset({"Failed", "ExecutionTimedOut"})
NEVER_ARRIVED = frozenset({"Undeliverable", "InvalidPlatform", "AccessDenied"})

define(
    "command_failed_at",
    "reached",
    ["reached", "exceeded"],
    "a command is Failed when its errors reach MaxErrors (monitor-commands table) or exceed it (SendCommand text)",
)
define(
    "undeliverable_parent",
    "success",
    ["success", "incomplete"],
    "Undeliverable beside Success: the example of monitor-commands says Success, its sentence says Success or "
    "Incomplete",
)
assume(
    "invocation-status-of-details",
    "Undeliverable, InvalidPlatform and AccessDenied have the status Failed, Terminated has Cancelled; "
    "NoInstancesInTag and Incomplete have the command status Failed.",
    "monitor-commands gives the detailed statuses only",
)
assume(
    "max-errors-percent",
    "A percentage of MaxErrors is rounded down; one of MaxConcurrency too, but is at least 1.",
    "API SendCommand",
)


def limit(text: str, targets: int, least: int = 0) -> int:
    """The number that MaxErrors or MaxConcurrency ("5" or "10%") means for so many targets."""
    value = targets * int(text[:-1]) // 100 if text.endswith("%") else int(text)
    return max(least, value)


def errors(details: Iterable[str]) -> int:
    """How many of the detailed statuses count against MaxErrors."""
    return sum(1 for detail in details if detail in COUNTS_AS_ERROR)


def must_stop(details: Iterable[str], max_errors: int) -> bool:
    """Whether no further target may be started: one error more than MaxErrors allows."""
    return errors(details) > max_errors


def aggregate(details: Iterable[str], max_errors: int, cancelled: bool = False) -> str:
    """Detailed status of a command from the detailed statuses of all its invocations."""
    counts = Counter(details)
    total = sum(counts.values())
    if not total:
        return "NoInstancesInTag"
    running = [detail for detail in counts if detail not in TERMINAL]
    if running:
        if cancelled:
            return "Cancelling"
        return "Pending" if set(counts) == {"Pending"} else "InProgress"
    if cancelled or counts["Cancelled"] == total:
        return "Cancelled"
    return _ended(counts, total, max_errors)


def _ended(counts: Counter, total: int, max_errors: int) -> str:
    if counts["Success"] == total:
        return "Success"
    reached = max(max_errors, 1) if SWITCHES["command_failed_at"] == "reached" else max_errors + 1
    if counts["Failed"] >= reached:
        return "Failed"
    if counts["ExecutionTimedOut"] >= reached:
        return "ExecutionTimedOut"
    if counts["Failed"] + counts["ExecutionTimedOut"] >= reached:
        return "Failed"
    if counts["DeliveryTimedOut"] >= reached:
        return "DeliveryTimedOut"
    never = sum(counts[detail] for detail in NEVER_ARRIVED)
    if never == total:
        return "Failed"
    if never and never + counts["Success"] == total:
        whole = SWITCHES["undeliverable_parent"] == "success" or not counts["Undeliverable"]
        return "Success" if whole else "Incomplete"
    return "Incomplete"
