#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: patch_gate_info
version_added: "1.0.0"
short_description: Read the state of the gates of a patch run
description:
  - Reads the data that the gates before and after a wave evaluate, which is the time by the clock of AWS, the state of change calendars
    now and for the remaining time of the run, the states of CloudWatch alarms, and the health of the targets of target groups.
  - Also reads whether the run was asked to stop, whether it is finished, and which other operations are in progress on its nodes.
  - The filters P(fleetpatch.aws.gate_findings#filter) and P(fleetpatch.aws.run_guards#filter) evaluate the result.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  calendars:
    description:
      - Names or ARNs of change calendars. A calendar that does not exist is an error.
    type: list
    elements: str
    default: []
  minutes:
    description:
      - Number of minutes from now during which the calendars must stay open.
    type: int
    default: 0
  alarms:
    description:
      - Names of metric or composite alarms. An alarm that does not exist is an error.
    type: list
    elements: str
    default: []
  target_groups:
    description:
      - Names or ARNs of target groups of load balancers. A target group that does not exist is an error.
    type: list
    elements: str
    default: []
  run_id:
    description:
      - Id of the run. Its stop request is a parameter named C(/fleetpatch/stop/) plus this id in Parameter Store, and its state one named
        C(/fleetpatch/run/) plus this id.
    type: str
    default: ""
  instance_ids:
    description:
      - Ids of nodes that must not be in use by others. Lists unfinished executions of O(document_name) and unfinished patch commands of
        Run Command on them, except those of O(run_id).
    type: list
    elements: str
    default: []
  instances:
    description:
      - Ids of EC2 instances to look up. Those that were terminated are returned as RV(gone), the others as RV(instances).
    type: list
    elements: str
    default: []
  document_name:
    description:
      - Name of the runbook that patches a node.
    type: str
    default: fleetpatch-PatchHost
notes:
  - M(amazon.aws.cloudwatch_metric_alarm_info) does not return composite alarms and ignores names that do not exist.
  - Requires the permissions C(ssm:DescribeInstanceInformation), C(ssm:GetCalendarState), C(cloudwatch:DescribeAlarms),
    C(elasticloadbalancing:DescribeTargetGroups) and C(elasticloadbalancing:DescribeTargetHealth); with O(run_id)
    C(ssm:GetParameters); with O(instance_ids) C(ssm:DescribeAutomationExecutions), C(ssm:GetAutomationExecution),
    C(ssm:ListTagsForResource), C(ssm:ListCommands) and C(ssm:ListCommandInvocations); with O(instances) C(ec2:DescribeInstances).
seealso:
  - module: fleetpatch.aws.ssm_calendar_state_info
  - module: fleetpatch.aws.patch_plan
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read whether a change may be made in the next two hours
  fleetpatch.aws.patch_gate_info:
    calendars: [company-freeze]
    minutes: 120
    alarms: [shop-errors]
    target_groups: [shop-web]

- name: Read whether a run was asked to stop, and whether its hosts are in use
  fleetpatch.aws.patch_gate_info:
    run_id: 20260310T020000Z
    instance_ids: [i-0123456789abcdef0]
"""

RETURN = r"""
time:
  description: The time by the clock of AWS, in UTC.
  returned: success
  type: str
  sample: "2026-03-10T02:00:00Z"
calendars:
  description: State of the calendars, as returned by M(fleetpatch.aws.ssm_calendar_state_info). Empty without calendars.
  returned: success
  type: dict
  sample: {time: "2026-03-10T02:00:00Z", state: OPEN, next_transition: null, until: "2026-03-10T04:00:00Z", open_throughout: true}
alarms:
  description: The alarms with their state, V(OK), V(ALARM) or V(INSUFFICIENT_DATA), and its reason.
  returned: success
  type: list
  elements: dict
  sample: [{name: shop-errors, type: MetricAlarm, state: OK, reason: "Threshold Crossed: no datapoints were received"}]
target_groups:
  description: The target groups, each with its targets and their health, with the values of C(DescribeTargetHealth).
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop-web
      arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-web/0123456789abcdef
      target_type: instance
      port: 80
      balanced: true
      targets: [{id: i-0123456789abcdef0, port: 80, state: healthy, reason: ""}]
stop:
  description:
    - The latest request to stop O(run_id), with the C(time) of the request by the clock of AWS, C(who) made it, C(why), and whether to stop
      by C(force). Empty if there is none. It may be older than the run.
  returned: success
  type: dict
  sample: {time: "2026-03-10T03:10:00Z", who: jane, why: the shop is slow, force: false}
run:
  description:
    - What M(fleetpatch.aws.patch_run_state) kept of O(run_id), with C(time), C(state), C(message), C(wave) and C(attempts). Empty if there is nothing.
  returned: success
  type: dict
  sample: {time: "2026-03-10T05:00:00Z", state: completed, message: 14 of 14 hosts patched, wave: application.rest, attempts: 2}
busy:
  description: Other unfinished executions and commands on O(instance_ids), with C(run_id) and C(step) of the run that started them, if any.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: command
      id: 1b0c9b8a-3d5e-4f6a-8b7c-9d0e1f2a3b4c
      run_id: ""
      step: ""
      document: AWS-RunPatchBaseline
      status: InProgress
      instance_ids: [i-0123456789abcdef0]
gone:
  description: Those of O(instances) that no longer exist, or are being terminated.
  returned: success
  type: list
  elements: str
  sample: [i-0123456789abcdef1]
instances:
  description: State, zone and tags of those of O(instances) that exist.
  returned: success
  type: list
  elements: dict
  sample: [{instance_id: i-0123456789abcdef0, state: running, zone: us-east-1a, tags: {Name: sql}}]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._cloudwatch import connection as cloudwatch
from ansible_collections.fleetpatch.aws.plugins.module_utils._cloudwatch.alarms import read as alarms
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection as ec2
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.instances import read as instances
from ansible_collections.fleetpatch.aws.plugins.module_utils._elbv2 import connection as elbv2
from ansible_collections.fleetpatch.aws.plugins.module_utils._elbv2.target_groups import read as target_groups
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection as ssm
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.activity import read as activity
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.calendars import read as calendars
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.run_parameters import read as run_parameters

SPEC = {
    "calendars": {"type": "list", "elements": "str", "default": []},
    "minutes": {"type": "int", "default": 0},
    "alarms": {"type": "list", "elements": "str", "default": []},
    "target_groups": {"type": "list", "elements": "str", "default": []},
    "run_id": {"type": "str", "default": ""},
    "instance_ids": {"type": "list", "elements": "str", "default": []},
    "instances": {"type": "list", "elements": "str", "default": []},
    "document_name": {"type": "str", "default": "fleetpatch-PatchHost"},
}


def work(module):
    params = module.params
    if params["calendars"]:
        calendars.check(params["calendars"], params["minutes"])
    aws = ssm.connect(module)
    frozen = calendars.read(aws, params["calendars"], minutes=params["minutes"]) if params["calendars"] else {}
    states, seen = alarms.read(cloudwatch.connect(module), params["alarms"]) if params["alarms"] else ([], None)
    groups = target_groups.read(elbv2.connect(module), params["target_groups"]) if params["target_groups"] else []
    stop, state, now = run_parameters.read(aws, params["run_id"]) if params["run_id"] else ({}, {}, None)
    gone, alive = instances.today(ec2.connect(module), params["instances"]) if params["instances"] else ([], [])
    return {
        "changed": False,
        "time": frozen["time"] if frozen else calendars.iso(now or seen or api.service_time(aws)),
        "calendars": frozen,
        "alarms": states,
        "target_groups": groups,
        "stop": stop,
        "run": state,
        "busy": activity.read(aws, params["instance_ids"], params["document_name"], params["run_id"]),
        "gone": gone,
        "instances": alive,
    }


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
