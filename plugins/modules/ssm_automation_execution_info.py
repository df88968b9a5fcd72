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
  - Reads executions with the state of every target, by id or by run, or lists the executions that match a filter.
  - Reads once and does not wait. Failed targets are returned and do not fail the module.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  execution_ids:
    description:
      - Ids of the executions to read.
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
      - Whether to read the unfinished executions of all steps and attempts of O(run_id), instead of those of O(step) and O(attempt).
      - They are found among all unfinished executions, so the steps of the run need not be known.
    type: bool
    default: false
  document_name:
    description:
      - With O(unfinished=true), search only executions of this runbook.
    type: str
    default: ""
  filter_key:
    description:
      - Key of a filter of the API operation C(DescribeAutomationExecutions).
    type: str
    choices: [DocumentNamePrefix, ExecutionStatus, ParentExecutionId, StartTimeAfter, StartTimeBefore, TagKey]
  filter_value:
    description:
      - Value of the filter.
    type: str
  limit:
    description:
      - Maximum number of executions to list with a filter.
    type: int
    default: 100
  step_details:
    description:
      - Targets whose steps are returned. Each target takes a request, of which AWS allows 3 per second.
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
- name: Read the progress of a wave
  fleetpatch.aws.ssm_automation_execution_info:
    run_id: 20260310T020000Z
    step: data.use1a

- name: Read the unfinished executions of a run
  fleetpatch.aws.ssm_automation_execution_info:
    run_id: 20260310T020000Z
    unfinished: true

- name: List failed executions
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
      description: Name of the runbook.
      type: str
      sample: fleetpatch-PatchHost
    document_version:
      description: Version of the runbook.
      type: str
      sample: "2"
    status:
      description: Status of the execution itself, as reported by AWS.
      type: str
      sample: InProgress
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
      sample: null
    parent_execution_id:
      description: Id of the parent execution.
      type: str
      sample: null
    target:
      description: Target of a child execution.
      type: str
      sample: null
    step:
      description: Step of the run. Returned with O(unfinished=true).
      type: str
      sample: data.use1a
    attempt:
      description: Attempt of the step. Returned with O(unfinished=true).
      type: int
      sample: 1
targets:
  description: Targets of the executions, in the format of M(fleetpatch.aws.ssm_automation_execution). Empty with a filter.
  returned: success
  type: list
  elements: dict
  sample: [{target: i-0123456789abcdef0, outcome: running, status: InProgress}]
summary:
  description: Number of targets by outcome.
  returned: success
  type: dict
  sample: {total: 1, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0, not_started: 0, running: 1, unknown: 0}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.activity import read as activity
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import read as automation
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import run

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
    marks = {one["execution_id"]: one for one in activity.of_run(aws, params["run_id"], params["document_name"])}
    answer = automation.read(aws, list(marks), params["step_details"])
    for one in answer["executions"]:
        one.update(marks[one["execution_id"]])
    return answer


def work(module):
    aws, params = connection.connect(module), module.params
    if params["filter_key"]:
        return automation.listed(aws, params["filter_key"], params["filter_value"], params["limit"])
    if params["unfinished"]:
        return unfinished(aws, params)
    ids = params["execution_ids"]
    if ids is None:
        ids = run.find_ids(aws, params["run_id"], params["step"], params["attempt"])
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
