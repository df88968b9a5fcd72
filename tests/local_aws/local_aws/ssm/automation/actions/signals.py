# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:approve and aws:pause: wait for SendAutomationSignal."""

from local_aws.framework import clock
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.actions.api import call
from local_aws.ssm.automation.actions.control import not_carried_out
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.model import set_status
from local_aws.ssm.automation.templates import text

define("rejected_status", "Failed", ["Failed", "Rejected"], "the status of a step that an approver rejected")
assume("automation.rejected", "one Reject is enough; the step is Failed (switch)", "aws:approve")


def _wait(execution: Execution, step: Step) -> Coroutine:
    step.signal = clock.Event()
    set_status(execution, step, "Waiting")
    set_status(execution, None, "Waiting")
    try:
        yield step.signal
        return step.signal.value
    finally:
        step.signal = None
        if not execution.cancelling:
            set_status(execution, None, "InProgress")


def _stopped(execution: Execution, word: str) -> None:
    if word == "Stop":
        raise StepFailure("The step was stopped while it was waiting for a signal.", status="Cancelled")


def pause(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:pause"""
    word, _, _ = yield from _wait(execution, step)
    _stopped(execution, word)
    return Result()


def approve(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:approve"""
    if inputs.get("EnhancedApprovals") is not None:
        yield from not_carried_out(execution, step, inputs)
    least = int(text(inputs.get("MinRequiredApprovals", 1)))
    approvers = inputs["Approvers"]
    if not 1 <= least <= len(approvers) <= 10:
        raise StepFailure(
            f"Step fails when it is validating its inputs. Approvers or MinRequiredApprovals is not valid. {GUIDE}",
            "InputValidation",
        )
    if inputs.get("NotificationArn"):
        yield from call(
            execution, "sns", "publish", "sending the notification", TopicArn=text(inputs["NotificationArn"]),
            Subject="Automation approval request", Message=text(inputs.get("Message", "")) or "Approval requested",
        )  # fmt: skip
    step.decisions = []
    while True:
        word, comment, principal = yield from _wait(execution, step)
        _stopped(execution, word)
        step.decisions = [entry for entry in step.decisions if entry["approver"] != principal]
        step.decisions.append({"approver": principal, "decision": word, "comment": comment})
        outputs = {"ApproverDecisions": step.decisions}
        if word == "Reject":
            raise StepFailure(
                f"Step fails when it is waiting for approval. The step was rejected by {principal}. {GUIDE}",
                status=SWITCHES["rejected_status"],
                outputs={"ApprovalStatus": "Rejected", **outputs},
            )
        if sum(1 for entry in step.decisions if entry["decision"] == "Approve") >= least:
            return Result({"ApprovalStatus": "Approved", **outputs})
