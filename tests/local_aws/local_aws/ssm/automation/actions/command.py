# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:runCommand, through SendCommand as everybody else calls it."""

from typing import Any

from local_aws.framework.clock import Cancelled
from local_aws.framework.switches import assume
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.actions.api import call
from local_aws.ssm.automation.actions.api import pauses
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import text
from local_aws.ssm.automation.templates import wire

OVER = ("Success", "Cancelled", "Failed", "TimedOut")
OUTPUT = (
    2500  # characters of output that Run Command keeps in an invocation (GetCommandInvocation: 24000; plugin: 2500)
)

assume("automation.run_command", "the step succeeds only when the command's status is Success", "aws:runCommand")
assume("automation.run_command_output", "ResponseCode and Output are of the invocation that failed first", "runCommand")


def _params(inputs: dict) -> dict[str, Any]:
    params = dict(inputs)
    if "Parameters" in params:
        params["Parameters"] = {key: wire(value) for key, value in params["Parameters"].items()}
    if "TimeoutSeconds" in params:
        params["TimeoutSeconds"] = int(text(params["TimeoutSeconds"]))
    for key in ("MaxConcurrency", "MaxErrors", "DocumentVersion"):
        if key in params:
            params[key] = text(params[key])
    return params


def run_command(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:runCommand"""
    answer = yield from call(execution, "ssm", "send_command", "Execute/Cancelling action", **_params(inputs))
    command = answer["Command"]["CommandId"]
    phrase = "Poll action status for completion"
    try:
        for pause in pauses():
            yield pause
            commands = (yield from call(execution, "ssm", "list_commands", phrase, CommandId=command))["Commands"]
            if commands and commands[0]["Status"] in OVER:
                return (yield from _finish(execution, command, commands[0], phrase))
    except Cancelled:
        if step.cancels:
            try:
                yield from call(execution, "ssm", "cancel_command", phrase, CommandId=command)
            except StepFailure:
                pass  # it ended meanwhile
        raise


def _finish(execution: Execution, command: str, facts: dict, phrase: str) -> Coroutine:
    rows = yield from call(execution, "ssm", "list_command_invocations", phrase, CommandId=command, Details=True)
    rows = sorted(rows["CommandInvocations"], key=lambda row: row["Status"] == "Success")
    plugins = rows[0].get("CommandPlugins", []) if rows else []
    codes = [plugin["ResponseCode"] for plugin in plugins if "ResponseCode" in plugin]
    code = str(next((number for number in codes if number), codes[-1] if codes else -1))
    said = "\n".join(plugin.get("Output", "") for plugin in plugins)[:OUTPUT]
    outputs = {"CommandId": command, "Status": facts["Status"], "ResponseCode": code, "Output": said}
    if facts["Status"] == "Success":
        return Result(outputs, source=outputs, response_code=code)
    detail = rows[0].get("StatusDetails", "") if rows else facts.get("StatusDetails", "")
    raise StepFailure(
        f"Step fails when it is {phrase}. Command {command} returns unexpected invocation result:"
        f" {{Status=[{facts['Status']}], ResponseCode=[{code}], Output=[{said[:1000]}], StatusDetails=[{detail}],"
        f" CommandId=[{command}]}}. {GUIDE}",
        "Invocation",
        "Action",
        {"CommandId": command, "Status": facts["Status"], "StatusDetails": detail},
        outputs=outputs,
    )
