# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:executeScript: Python in a real subprocess that can call the running server; PowerShell fails cleanly."""

import json
import os
import subprocess
import sys
import time
from typing import Any

from local_aws.framework import clock
from local_aws.framework import identity
from local_aws.framework import server
from local_aws.framework import state
from local_aws.framework.clock import Cancelled
from local_aws.framework.switches import assume
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import fits
from local_aws.ssm.automation.templates import text

LONGEST = 600
PAYLOAD = 100 * 1024
RUNNER = """
import json, sys
given = json.load(sys.stdin)
space = {"__name__": "automation_script"}
exec(compile(given["script"], "script.py", "exec"), space)
answer = space[given["handler"]](given["events"], {"global": given["context"]})
sys.stdout.write("\\n" + json.dumps({"payload": answer}))
"""

assume(
    "script.time", "a script's time limit counts real seconds; its step ends when the subprocess ends", "executeScript"
)
assume("script.role", "without an assume role a script has no credentials", "executeScript: a role is always required")
assume("script.python", "every python3.x runtime is the interpreter that runs the local AWS", "executeScript: Runtime")
assume("script.attachment", "scripts in attachments are not run: the step fails cleanly", "executeScript: Attachment")


def _fail(words: str, stage: str = "Invocation", kind: str = "Action", **more: Any) -> StepFailure:
    return StepFailure(f"Step fails when it is Execute/Cancelling action. {words}. {GUIDE}", stage, kind, **more)


def _environment(execution: Execution) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    env = {
        **kept,
        "AWS_DEFAULT_REGION": execution.region,
        "AWS_REGION": execution.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    if server.ENDPOINT["url"]:
        env["AWS_ENDPOINT_URL"] = server.ENDPOINT["url"]
    if execution.role_arn:
        env.update(_credentials(execution))
    return env


def _credentials(execution: Execution) -> dict[str, str]:
    """Keys of a session of the assume role (the start has checked that Systems Manager may assume it)."""
    arn = str(execution.role_arn)
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    key, token = state.new_id("ASIA", 16).upper(), state.new_id("", 40)
    identity.add_session(
        key,
        account=account,
        principal=f"arn:aws:sts::{account}:assumed-role/{name}/automation",
        expires=time.time() + 3600,
        token=token,
        role_arn=arn,
        user_id=f"{state.new_id('AROA', 17).upper()}:automation",
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": state.new_id("", 40), "AWS_SESSION_TOKEN": token}


def execute_script(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:executeScript"""
    runtime = text(inputs["Runtime"])
    if not runtime.startswith("python"):
        raise _fail(f"{runtime} is not run by the local AWS", "InputValidation", "Internal")
    if not inputs.get("Script"):
        raise _fail("Scripts in attachments are not run by the local AWS", "InputValidation", "Internal")
    events = inputs.get("InputPayload") or {}
    given = {"script": inputs["Script"], "handler": text(inputs["Handler"]), "events": events, "context": {}}
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", RUNNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(execution),
        text=True,
    )
    limit = min(step.timeout or LONGEST, LONGEST)
    event = clock.in_thread(lambda: _communicate(process, json.dumps(given), limit))
    try:
        yield event
    except Cancelled:
        process.kill()
        yield event
        raise
    answer, error = event.value
    if error is not None:
        raise _fail(f"{error}", kind="Internal")
    return _result(process.returncode, *answer)


def _communicate(process: subprocess.Popen, given: str, limit: float) -> tuple[str, str, bool]:
    try:
        said, errors = process.communicate(given, timeout=limit)
        return said, errors, False
    except subprocess.TimeoutExpired:
        process.kill()
        said, errors = process.communicate()
        return said, errors, True


def _result(code: int, said: str, errors: str, late: bool) -> Result:
    if late:
        raise StepFailure(f"Step timed out while step is running the script. {GUIDE}", status="TimedOut")
    if code != 0:
        last = errors.strip().splitlines()[-1:] or ["no message"]
        raise _fail(f"{last[0]}. Traceback: {errors.strip()[-1500:]}", details={"ErrorMessage": last[0]})
    line = said.rstrip("\n").rsplit("\n", 1)[-1]
    if len(line.encode()) > PAYLOAD:
        raise _fail("The payload exceeds 100 KB", "PostVerification", "Verification")
    payload = json.loads(line)["payload"]
    if fits(payload, "MapList") and len(payload) > 100:
        raise _fail("The payload has more than 100 items", "PostVerification", "Verification")
    return Result({"Payload": payload}, source={"Payload": payload})
