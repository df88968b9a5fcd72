# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rate control: one child for each target, an exponential ramp, and a stop when there are too many errors.

Source: user guide "Control automations at scale", StartAutomationExecution (MaxConcurrency, MaxErrors).
"""

from local_aws.framework import clock
from local_aws.framework.clock import Cancelled
from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import quotas
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import RateControl
from local_aws.ssm.automation.model import set_status
from local_aws.ssm.automation.targets import resolve

ERRORS = ("Failed", "TimedOut", "Rejected", "CompletedWithFailure")
PARENT = {"success": "Success", "failed": "Failed", "completed_with_failure": "CompletedWithFailure"}

define("parent_status", "success", list(PARENT), "a rate-controlled parent whose failures stay within MaxErrors")
define(
    "percent_errors", "sixth", ["fifth", "sixth"], "10% of 50 targets: the error that stops (API: 6th, user guide: 5th)"
)
define("unstarted_children", "absent", ["absent", "cancelled"], "what there is of targets that were never started")
define("cancel_children", True, bool, "whether a parent that is cancelled cancels its children")
define("no_targets", "failed", ["failed", "success"], "the parent when its targets resolve to nothing")
assume("rate.ramp", "each round of the ramp (1, 2, 4, ...) ends before the next one starts", "scale controls")
assume("rate.percent", "percentages round down; a concurrency is at least 1", "scale controls")
assume("rate.errors", "children that are Failed or TimedOut count as errors, Cancelled ones do not", "scale controls")
assume("rate.max_errors", "MaxErrors left out means 0", "StartAutomationExecution names no default")
assume("rate.parent", "status of a parent with failures within MaxErrors (switch); above MaxErrors it is Failed", "API")
assume("rate.unstarted", "no execution exists for targets that were never started (switch)", "scale controls")
assume("rate.parent_steps", "a rate-controlled parent of one account and Region has no StepExecutions", "Get…")
assume("rate.cancel", "a parent that is cancelled cancels its children (switch)", "StopAutomationExecution")
assume("rate.no_targets", "a parent whose targets resolve to nothing fails (switch)", "Targets")


def amount(words: str, total: int) -> int:
    """A number, or a percentage of total rounded down."""
    return total * int(words[:-1]) // 100 if words.endswith("%") else int(words)


def exceeded(words: str, failed: int, total: int) -> bool:
    """Whether `failed` errors are more than MaxErrors allows."""
    allowed = amount(words, total)
    if words.endswith("%") and SWITCHES["percent_errors"] == "fifth":
        return failed >= max(1, allowed)
    return failed > allowed


def life(parent: Execution) -> Coroutine:
    """Coroutine of a parent, from resolving its targets to its end."""
    rate = parent.rate
    set_status(parent, None, "InProgress")
    try:
        status = yield from _run(parent, rate)
    except Cancelled:
        from local_aws.ssm.automation.stop import cancel

        for child in parent.children if SWITCHES["cancel_children"] else []:
            cancel(child)
        while rate.running:
            rate.wake = clock.Event()
            yield rate.wake
        status = "Cancelled"
    finally:
        quotas.release(parent)
    set_status(parent, None, status)


def _run(parent: Execution, rate: RateControl) -> Coroutine:
    try:
        rate.items = resolve(parent)
    except AwsError as error:
        parent.message = f"{error.code}: {error.message}"
        return "Failed"
    if not rate.items:
        parent.message = "The targets resolved to no resources."
        return "Failed" if SWITCHES["no_targets"] == "failed" else "Success"
    yield from _dispatch(parent, rate)
    return _verdict(parent, rate)


def _dispatch(parent: Execution, rate: RateControl) -> Coroutine:
    from local_aws.ssm.automation.start import start_child

    total = len(rate.items)
    most = max(1, min(amount(rate.concurrency, total), total))
    position, window, begun = 0, 1, 0
    while True:
        while position < total and not _halted(parent, rate):
            if begun >= window if window < most else rate.running >= most:
                break
            target, overrides = rate.items[position]
            position, begun = position + 1, begun + 1
            start_child(parent, target, overrides, _watch)
        if not rate.running:
            if position >= total or _halted(parent, rate):
                return
            window, begun = min(window * 2, most), 0
            continue
        rate.wake = clock.Event()
        yield rate.wake


def _halted(parent: Execution, rate: RateControl) -> bool:
    return parent.completing or exceeded(rate.errors, rate.failed, len(rate.items))


def _watch(child: Execution) -> Coroutine:
    """Coroutine beside every child: counts it when it ends."""
    yield child.done
    rate = child.parent.rate
    rate.running -= 1
    if child.status in ERRORS:
        rate.failed += 1
    elif child.status != "Cancelled":
        rate.succeeded += 1
    rate.wake.set()


def _verdict(parent: Execution, rate: RateControl) -> str:
    total = len(rate.items)
    if SWITCHES["unstarted_children"] == "cancelled":
        from local_aws.ssm.automation.start import unstarted_child

        for target, overrides in rate.items[len(parent.children) :]:
            unstarted_child(parent, target, overrides)
    if exceeded(rate.errors, rate.failed, total):
        parent.message = (
            f"{rate.failed} of {total} targets failed, which is more than MaxErrors ({rate.errors}) allows."
        )
        return "Failed"
    if rate.failed:
        return PARENT[SWITCHES["parent_status"]]
    return "Success"


def summary(execution: Execution) -> dict[str, int]:
    """TargetsSummary. FailedCount: failed, timed out or cancelled (API: TargetsSummary)."""
    rate = execution.rate
    done = [child for child in execution.children if child.done.is_set and child.task is not None]
    good = sum(1 for child in done if child.status in ("Success", "CompletedWithSuccess"))
    return {
        "TotalCount": len(rate.items or []),
        "StartedCount": sum(1 for child in execution.children if child.task is not None),
        "CompletedCount": len(done),
        "SuccessfulCount": good,
        "FailedCount": len(done) - good,
    }
