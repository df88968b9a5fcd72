#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_automation_execution_info
version_added: "1.0.0"
short_description: Read Systems Manager Automation executions
description:
  - Reads executions with the state of every target, by their ids or by the run that they belong to, or lists those that a filter selects.
  - Reads once and does not wait. Failed targets are reported, they do not fail the module.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  execution_ids:
    description:
      - The executions to read.
    type: list
    elements: str
  run_id:
    description:
      - Identity of a run of M(fleetpatch.aws.ssm_automation_execution).
    type: str
  step:
    description:
      - Step of the run.
    type: str
    default: main
  attempt:
    description:
      - Attempt of the step.
    type: int
    default: 1
  unfinished:
    description:
      - Read those executions of O(run_id) that are not over, of all its steps and attempts, instead of those of O(step) and O(attempt).
      - They are found among all executions that are not over, so the steps of the run need not be known.
    type: bool
    default: false
  document_name:
    description:
      - With O(unfinished), look only among the executions of this runbook.
    type: str
    default: ""
  filter_key:
    description:
      - Key of a filter of the API operation DescribeAutomationExecutions.
    type: str
    choices: [DocumentNamePrefix, ExecutionStatus, ParentExecutionId, StartTimeAfter, StartTimeBefore, TagKey]
  filter_value:
    description:
      - Value of the filter.
    type: str
  limit:
    description:
      - How many executions a filter lists at most.
    type: int
    default: 100
  step_details:
    description:
      - Of which targets the steps are read. Every target costs a request, of which AWS allows 3 a second.
    type: str
    choices: [auto, all, failed, none]
    default: auto
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See how far a wave is
  fleetpatch.aws.ssm_automation_execution_info:
    run_id: 20260310T020000Z
    step: data.use1a

- name: See what of a run is not over
  fleetpatch.aws.ssm_automation_execution_info:
    run_id: 20260310T020000Z
    unfinished: true

- name: List what failed
  fleetpatch.aws.ssm_automation_execution_info:
    filter_key: ExecutionStatus
    filter_value: Failed
    limit: 20
"""

RETURN = r"""
executions:
  description: The executions.
  returned: success
  type: list
  elements: dict
  contains:
    execution_id:
      description: Id of the execution.
      type: str
      sample: 5f3b5b5c-3c0f-4ba4-8d1c-6a1a4d1f0c11
    document_name:
      description: The runbook.
      type: str
      sample: fleetpatch-PatchHost
    document_version:
      description: Version of the runbook.
      type: str
      sample: "2"
    status:
      description: Status that AWS gives the execution itself.
      type: str
      sample: InProgress
    status_reason:
      description: Failure message of the execution itself.
      type: str
      sample: null
    start_time:
      description: When it began, in UTC.
      type: str
      sample: "2026-03-10T02:00:05Z"
    end_time:
      description: When it ended, in UTC.
      type: str
      sample: null
    parent_execution_id:
      description: The execution that it is a child of.
      type: str
      sample: null
    target:
      description: The target of a child.
      type: str
      sample: null
    step:
      description: Step of the run, with O(unfinished).
      type: str
      sample: data.use1a
    attempt:
      description: Attempt of the step, with O(unfinished).
      type: int
      sample: 1
targets:
  description: Every target of the executions, as M(fleetpatch.aws.ssm_automation_execution) returns them; empty with a filter.
  returned: success
  type: list
  elements: dict
  sample: [{target: i-0123456789abcdef0, outcome: running, status: InProgress}]
summary:
  description: How many targets have which outcome.
  returned: success
  type: dict
  sample: {total: 1, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0, not_started: 0, running: 1, unknown: 0}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import automation
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import busy

SPEC = {
    "execution_ids": {"type": "list", "elements": "str"},
    "run_id": {"type": "str"},
    "step": {"type": "str", "default": "main"},
    "attempt": {"type": "int", "default": 1},
    "unfinished": {"type": "bool", "default": False},
    "document_name": {"type": "str", "default": ""},
    "filter_key": {
        "type": "str",
        "choices": [
            "DocumentNamePrefix",
            "ExecutionStatus",
            "ParentExecutionId",
            "StartTimeAfter",
            "StartTimeBefore",
            "TagKey",
        ],
    },
    "filter_value": {"type": "str"},
    "limit": {"type": "int", "default": 100},
    "step_details": {"type": "str", "choices": ["auto", "all", "failed", "none"], "default": "auto"},
}


def unfinished(aws, params):
    marks = {one["execution_id"]: one for one in busy.of_run(aws, params["run_id"], params["document_name"])}
    answer = automation.read(aws, list(marks), params["step_details"])
    for one in answer["executions"]:
        one.update(marks[one["execution_id"]])
    return answer


def work(module):
    aws, params = api.connect(module), module.params
    if params["filter_key"]:
        return automation.listed(aws, params["filter_key"], params["filter_value"], params["limit"])
    if params["unfinished"]:
        return unfinished(aws, params)
    ids = params["execution_ids"]
    if ids is None:
        ids = automation.find_ids(aws, params["run_id"], params["step"], params["attempt"])
    return automation.read(aws, ids, params["step_details"])


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_one_of=[("execution_ids", "run_id", "filter_key")],
        mutually_exclusive=[("execution_ids", "run_id", "filter_key")],
        required_together=[("filter_key", "filter_value")],
        required_if=[("unfinished", True, ("run_id",))],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
