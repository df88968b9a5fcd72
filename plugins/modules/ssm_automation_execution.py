#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_automation_execution
version_added: "1.0.0"
short_description: Run a Systems Manager Automation runbook and wait for it
description:
  - Starts a runbook on one target, on thousands of targets, or without targets, waits for it, and evaluates the outcome of every target.
  - A run is identified by O(run_id), O(step) and O(attempt). Calling the module again with the same identity starts nothing twice. It
    adopts executions that were started before, also by a controller that crashed, and starts only the remaining targets.
  - The outcome is computed from the executions of the targets, never from the status of the parent execution alone.
  - Interrupting the module does not stop the executions.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  state:
    description:
      - V(started) starts the missing executions and waits for them. With O(execution_ids), it only waits.
      - V(stopped) stops unfinished executions. With O(stop_type=Cancel), this includes the executions that they started for their targets,
        because AWS does not document whether these are cancelled too.
      - V(signalled) sends a signal to executions that wait for one.
    type: str
    choices: [started, stopped, signalled]
    default: started
  document_name:
    description:
      - Name or ARN of the runbook.
    type: str
  document_version:
    description:
      - Version of the runbook, a number, V($DEFAULT) or V($LATEST). If omitted, AWS uses the default version.
    type: str
  parameters:
    description:
      - Parameters of the runbook. Values may be strings, lists or dictionaries. Dictionaries are sent as JSON.
    type: dict
    default: {}
  targets:
    description:
      - Values to run the runbook on, for example instance ids. Each gets a child execution.
      - If omitted, the runbook runs once without targets. An empty list is an error, because nothing would be done.
      - More than 300 targets run in several executions, one after another, because AWS accepts at most 300 and counts errors per execution.
        With O(wait=false), only the first execution is started. A later call for the same run starts the next one when it has ended.
    type: list
    elements: str
  target_parameter_name:
    description:
      - Name of the runbook parameter that receives the target. It is case-sensitive.
      - Required with O(targets).
    type: str
  target_parameters:
    description:
      - Additional parameters by target, which take precedence over O(parameters). Entries for values that are not in O(targets) are ignored.
      - AWS accepts at most 19 of them, with at most 25 values of at most 50 characters.
    type: dict
    default: {}
  max_concurrency:
    description:
      - Number or percentage of targets that run at the same time.
    type: str
    default: "10"
  max_errors:
    description:
      - Number or percentage (rounded down) of targets that may fail before no more are started.
      - With V(0), the first failure stops new starts. Targets that are running are not stopped.
    type: str
    default: "0"
  run_id:
    description:
      - Identity of the run, 1 to 48 letters, digits, C(_), C(.) and C(-). Required with O(state=started), unless O(execution_ids) is set.
    type: str
  step:
    description:
      - Step of the run, for example the wave. Allows the same characters as O(run_id).
    type: str
    default: main
  attempt:
    description:
      - Number of the attempt. A higher number runs the runbook on its targets again.
    type: int
    default: 1
  execution_ids:
    description:
      - Executions to wait for, to stop or to signal. If omitted with O(state=stopped) or O(state=signalled), the executions of
        O(run_id), O(step) and O(attempt) are used.
      - An empty list is an error, and so is a run without executions, so that a mistyped name does not look like success.
    type: list
    elements: str
  stop_type:
    description:
      - V(Cancel) cancels the current step, V(Complete) lets it finish.
    type: str
    choices: [Cancel, Complete]
    default: Cancel
  signal_type:
    description:
      - The signal to send. Required with O(state=signalled).
      - All signals except V(StartStep) and V(StopStep) are sent only to executions that are waiting.
    type: str
    choices: [Approve, Reject, StartStep, StopStep, Resume, Revoke]
  signal_payload:
    description:
      - Payload of the signal, for example C(Comment) or C(StepName).
    type: dict
    default: {}
  step_details:
    description:
      - Targets whose steps are returned. Each target takes a request, of which AWS allows 3 per second.
      - V(auto) returns the steps of all targets if there are 5 or fewer, or else of those that did not succeed.
    type: str
    choices: [auto, all, failed, none]
    default: auto
  tags:
    description:
      - Tags of the executions, in addition to those of the identity, which cannot be overridden.
    type: dict
    default: {}
  wait_timeout:
    description:
      - Number of seconds to wait. When it expires, the module fails with the results so far. The executions are not stopped.
      - It counts from the start and for all executions together. A request in progress at that time may be retried for up to a minute,
        and reading the steps for O(step_details) takes additional time, at three targets per second.
    type: int
    default: 14400
notes:
  - AWS limits StartAutomationExecution to 1 and reads of executions to 3 requests per second for the account and Region. The module respects both.
  - Read requests that are throttled or get no response are retried for up to 15 minutes.
  - AWS's documentation is inconsistent about whether a limit given as a percentage stops at the fifth or the sixth error of fifty. The module
    therefore sends numbers.
  - C(amazon.aws) and C(community.aws) have no module for this.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - fleetpatch.aws.waiting
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Patch a wave of hosts, five at a time, and stop when more than one fails
  fleetpatch.aws.ssm_automation_execution:
    document_name: fleetpatch-PatchHost
    parameters:
      SnapshotId: 5a7ab3ce-0b3c-4c6d-9d0e-2f6f6f1c2a11
    targets:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    target_parameter_name: InstanceId
    target_parameters:
      i-0123456789abcdef1:
        FormerState: stopped
    max_concurrency: "5"
    max_errors: "1"
    run_id: 20260310T020000Z
    step: data.use1a

- name: Start a runbook without targets and without waiting
  fleetpatch.aws.ssm_automation_execution:
    document_name: AWS-CreateImage
    parameters:
      InstanceId: i-0123456789abcdef0
    run_id: image-before-change-4711
    wait: false
  register: started

- name: Wait for the runbook
  fleetpatch.aws.ssm_automation_execution:
    execution_ids: "{{ started.executions | map(attribute='execution_id') }}"

- name: Stop all executions of a wave
  fleetpatch.aws.ssm_automation_execution:
    state: stopped
    run_id: 20260310T020000Z
    step: data.use1a

- name: Approve an execution
  fleetpatch.aws.ssm_automation_execution:
    state: signalled
    execution_ids:
      - 5f3b5b5c-3c0f-4ba4-8d1c-6a1a4d1f0c11
    signal_type: Approve
    signal_payload:
      Comment: Approved in change 4711
"""

RETURN = r"""
executions:
  description: The executions of the run, adopted or started. Also returned when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    execution_id:
      description: Id of the execution.
      type: str
      sample: 5f3b5b5c-3c0f-4ba4-8d1c-6a1a4d1f0c11
    status:
      description: Status of the execution itself, as reported by AWS.
      type: str
      sample: Success
    status_reason:
      description: Failure message of the execution itself, as reported by AWS.
      type: str
      sample: null
    start_time:
      description: Start time, in UTC.
      type: str
      sample: "2026-03-10T02:00:05Z"
    end_time:
      description: End time, in UTC.
      type: str
      sample: "2026-03-10T02:31:40Z"
    adopted:
      description: Whether the execution was adopted instead of started by this call.
      type: bool
      sample: false
    targets:
      description: Number of targets.
      type: int
      sample: 2
targets:
  description: The outcome of each target. Also returned when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: The value from O(targets). Empty for an execution without targets.
      type: str
      sample: i-0123456789abcdef0
    execution_id:
      description: Id of the execution for the target.
      type: str
      sample: 7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e
    status:
      description: Status of the execution for the target, as reported by AWS.
      type: str
      sample: Failed
    outcome:
      description:
        - One of V(succeeded), V(failed), V(timed_out), V(cancelled), V(not_started), V(running), V(unknown).
        - V(not_started) means that no execution was started for the target and none will be.
        - V(unknown) means an unknown status, or that AWS did not confirm whether the execution was started.
      type: str
      sample: failed
    failure_message:
      description: Failure message of the execution and of the failed step.
      type: str
      sample: "Step fails when it is Poll action status for completion."
    failed_step:
      description: Name of the failed step.
      type: str
      sample: install
    steps:
      description: The steps, see O(step_details). If not all steps are read, the failed ones.
      type: list
      elements: dict
      sample: [{name: install, action: "aws:runCommand", status: Failed}]
    start_time:
      description: Start time, in UTC.
      type: str
      sample: "2026-03-10T02:00:07Z"
    end_time:
      description: End time, in UTC.
      type: str
      sample: "2026-03-10T02:20:01Z"
summary:
  description: Number of targets by outcome.
  returned: always
  type: dict
  sample: {total: 2, succeeded: 1, failed: 1, timed_out: 0, cancelled: 0, not_started: 0, running: 0, unknown: 0}
outcome:
  description: The worst outcome of all targets, or V(running) if the module stopped waiting.
  returned: always
  type: str
  sample: failed
polls:
  description: Number of polls.
  returned: always
  type: int
  sample: 14
would_start:
  description: The executions that would be started, in check mode.
  returned: in check mode
  type: list
  elements: dict
  sample: [{document_name: fleetpatch-PatchHost, targets: 2, max_concurrency: 5}]
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable error code, for example V(run_failed), V(deadline_exceeded), V(unknown_status) or the error code of AWS.
      type: str
      sample: run_failed
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "wave data.use1a attempt 1: 2 targets: 1 succeeded, 1 failed"
    details:
      description: Details of the failure.
      type: dict
      sample: {outcome: failed, targets: {i-0123456789abcdef0: failed}}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "wave data.use1a attempt 1: 2 targets: 2 succeeded"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.progress import teller
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import absolute
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import parameters_to_wire

SPEC = {
    "state": {"type": "str", "choices": ["started", "stopped", "signalled"], "default": "started"},
    "document_name": {"type": "str"},
    "document_version": {"type": "str"},
    "parameters": {"type": "dict", "default": {}},
    "targets": {"type": "list", "elements": "str"},
    "target_parameter_name": {"type": "str"},
    "target_parameters": {"type": "dict", "default": {}},
    "max_concurrency": {"type": "str", "default": "10"},
    "max_errors": {"type": "str", "default": "0"},
    "run_id": {"type": "str"},
    "step": {"type": "str", "default": "main"},
    "attempt": {"type": "int", "default": 1},
    "execution_ids": {"type": "list", "elements": "str"},
    "stop_type": {"type": "str", "choices": ["Cancel", "Complete"], "default": "Cancel"},
    "signal_type": {"type": "str", "choices": ["Approve", "Reject", "StartStep", "StopStep", "Resume", "Revoke"]},
    "signal_payload": {"type": "dict", "default": {}},
    "step_details": {"type": "str", "choices": ["auto", "all", "failed", "none"], "default": "auto"},
    "tags": {"type": "dict", "default": {}},
    **argspec.waiting(timeout=14400, interval=15),
}


def request_of(params):
    """What the options ask to run; percentages become numbers of all targets."""
    targets = None if params["targets"] is None else tuple(params["targets"])
    total = len(targets or ())
    return wire.Request(
        document_name=params["document_name"] or "",
        document_version=params["document_version"],
        parameters=parameters_to_wire(params["parameters"]),
        target_parameter_name=params["target_parameter_name"],
        targets=targets,
        target_parameters=wire.target_parameters_to_wire(params["target_parameters"]),
        concurrency=absolute(params["max_concurrency"], total, least=1),
        budget=absolute(params["max_errors"], total, least=0),
        run_id=params["run_id"] or "",
        step=params["step"],
        attempt=params["attempt"],
        tags=tag_texts(params["tags"]),
    )


def following_of(params):
    """How the options ask to wait."""
    return Following(
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        details=params["step_details"],
        say=teller(params["progress_path"]),
    )


def ids_of(aws, params):
    """The executions that are named, or those of the run; none is an error, because a mistyped name must not pass."""
    if params["execution_ids"] is not None:
        return params["execution_ids"]
    found = run.find_ids(aws, params["run_id"], params["step"], params["attempt"])
    if not found:
        identity = f"Run {params['run_id']}, step {params['step']}, attempt {params['attempt']}"
        raise errors.InvalidInput(f"{identity} has no execution", code="no_executions")
    return found


def work(module):
    if module.params["execution_ids"] == []:
        raise errors.InvalidInput("execution_ids: must not be an empty list", code="no_executions")
    aws, params, following = connection.connect(module), module.params, following_of(module.params)
    if params["state"] == "stopped":
        return control.stop(aws, ids_of(aws, params), params["stop_type"], following, module.check_mode)
    if params["state"] == "signalled":
        ids, payload = ids_of(aws, params), params["signal_payload"]
        return control.signal(aws, ids, params["signal_type"], payload, following, module.check_mode)
    if params["execution_ids"] is not None:
        return control.follow_ids(aws, params["execution_ids"], following)
    if module.check_mode:
        return control.preview(aws, request_of(params), following)
    return run.execute(aws, request_of(params), following)


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("document_name", "execution_ids")],
        required_one_of=[("run_id", "execution_ids")],
        required_by={"document_name": "run_id", "targets": ("document_name", "target_parameter_name")},
        required_if=[
            ("state", "signalled", ("signal_type",)),
            ("state", "started", ("document_name", "execution_ids"), True),
        ],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
