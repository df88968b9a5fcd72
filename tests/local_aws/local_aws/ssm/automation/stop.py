# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""StopAutomationExecution and what it means for the parts of an execution."""

from local_aws.framework.registry import AwsError
from local_aws.ssm.automation import quotas
from local_aws.ssm.automation.model import TERMINAL
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import set_status


def stop(execution: Execution, kind: str) -> None:
    """Raises InvalidAutomationStatusUpdateException when it has ended or is being cancelled."""
    if execution.status in TERMINAL or execution.cancelling:
        raise AwsError(
            "InvalidAutomationStatusUpdateException",
            f"Automation execution {execution.id} with status {execution.status} cannot be stopped.",
        )
    if kind == "Complete":
        complete(execution)
    else:
        cancel(execution)


def cancel(execution: Execution) -> None:
    """Begin the cancellation; nothing happens to an execution that has ended."""
    if execution.status in TERMINAL or execution.cancelling:
        return
    execution.cancelling = True
    if quotas.withdraw(execution):
        set_status(execution, None, "Cancelled")
        return
    set_status(execution, None, "Cancelling")
    execution.task.cancel()


def complete(execution: Execution) -> None:
    """End after what is running now."""
    execution.completing = True
    if quotas.withdraw(execution):
        set_status(execution, None, "Cancelled")
        return
    step = execution.current
    if step is not None and step.signal is not None:
        step.signal.set(("Stop", "", ""))
    if execution.rate is not None:
        execution.rate.wake.set()
