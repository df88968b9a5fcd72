#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_maintenance_window_info
version_added: "1.0.0"
short_description: Read maintenance windows with their targets and tasks
description:
  - Reads maintenance windows of the account and Region with targets, tasks and tags. All of the given options must match.
  - If no window matches, RV(windows) is empty and the module succeeds.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  window_ids:
    description:
      - Ids or ARNs of windows.
    type: list
    elements: str
  names:
    description:
      - Exact names of windows.
    type: list
    elements: str
  name_prefix:
    description:
      - Prefix of the names of windows.
    type: str
  deployment:
    description:
      - Read only windows with the tags C(fleetpatch:owner) and C(fleetpatch:deployment) of this deployment.
    type: str
  tags:
    description:
      - Read only windows with all of these tags. V(null) as a value matches any value.
    type: dict
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Makes four requests per window and one per task, several at the same time.
seealso:
  - module: fleetpatch.aws.ssm_maintenance_window
  - module: fleetpatch.aws.ssm_window_schedule_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read all maintenance windows
  fleetpatch.aws.ssm_maintenance_window_info:

- name: Read the windows of a deployment
  fleetpatch.aws.ssm_maintenance_window_info:
    deployment: shop

- name: Read when a window runs next
  fleetpatch.aws.ssm_maintenance_window_info:
    names: [shop-web]
"""

RETURN = r"""
windows:
  description: The windows, sorted by name and id.
  returned: success
  type: list
  elements: dict
  contains:
    window_id:
      description: Id of the window.
      type: str
      sample: mw-0123456789abcdef0
    name:
      description: Name of the window.
      type: str
      sample: shop-web
    description:
      description: Description of the window.
      type: str
      sample: Web servers of the shop
    schedule:
      description: Schedule of the window.
      type: str
      sample: cron(0 2 ? * TUE#2 *)
    schedule_timezone:
      description: Time zone of the schedule. V(null) means UTC.
      type: str
      sample: Europe/Rome
    schedule_offset:
      description: Offset of the schedule in days.
      type: int
      sample: 5
    start_date:
      description: The window does not run before this time, in UTC.
      type: str
      sample: "2026-04-01T00:00:00Z"
    end_date:
      description: The window does not run after this time, in UTC.
      type: str
      sample: "2027-04-01T00:00:00Z"
    duration:
      description: Length of the window in hours.
      type: int
      sample: 4
    cutoff:
      description: Number of hours before the end of the window after which no task is started.
      type: int
      sample: 1
    allow_unassociated_targets:
      description: Whether tasks may run on nodes that are not targets of the window.
      type: bool
      sample: false
    enabled:
      description: Whether the window is enabled.
      type: bool
      sample: true
    next_execution_time:
      description: Time of the next run, in UTC.
      type: str
      sample: "2026-04-19T00:00:00Z"
    created_date:
      description: Creation time of the window, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    modified_date:
      description: Time of the last change of the window, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    targets:
      description:
        - Targets of the window, sorted by name, with the fields of the options. The owner information is a hash.
        - C(other) contains selections that were made outside of Ansible and that the options cannot express.
      type: list
      elements: dict
      sample:
        - name: web
          window_target_id: 11111111-2222-3333-4444-555555555555
          resource_type: INSTANCE
          tags: {environment: [prod, stage], role: [web]}
          instance_ids: []
          resource_groups: []
          resource_type_filters: []
          owner_information: null
          description: null
    tasks:
      description:
        - Tasks of the window, sorted by priority and name, with the fields of the options. Targets with a unique name are referred to by name. The role is
          V(null) for the service-linked role.
        - Parameters of commands, payloads and inputs are hashes, as documented for the options.
      type: list
      elements: dict
      sample:
        - name: patch
          window_task_id: 66666666-7777-8888-9999-000000000000
          task_type: RUN_COMMAND
          task_arn: AWS-RunPatchBaseline
          targets: [web]
          instance_ids: []
          priority: 1
          max_concurrency: 25%
          max_errors: "2"
          service_role_arn: arn:aws:iam::123456789012:role/maintenance-window
          cutoff_behavior: CONTINUE_TASK
          description: null
          alarm_configuration: null
          run_command:
            output_s3_bucket_name: shop-patch-logs
            parameters: {Operation: [Install], RebootOption: [RebootIfNeeded]}
          automation: null
          lambda: null
          step_functions: null
    tags:
      description: Tags of the window.
      type: dict
      sample: {team: shop}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import ownership
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import read

SPEC = {
    "window_ids": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "name_prefix": {"type": "str"},
    "deployment": {"type": "str"},
    "tags": {"type": "dict"},
}


def judge(deployment, tags):
    """Whether the tags of a window are wanted, as a function; None where all are."""
    given = tag_texts(tags) or {}
    if deployment is None and not given:
        return None

    def wanted(found):
        same = all(key in found and (tags[key] is None or found[key] == value) for key, value in given.items())
        return same and (deployment is None or ownership.is_ours(found, deployment))

    return wanted


def work(module):
    params = module.params
    if params["deployment"] is not None:
        ownership.check_deployment(params["deployment"])
    found = read.listed(
        connection.connect(module),
        window_ids=params["window_ids"],
        names=params["names"],
        prefix=params["name_prefix"],
        wanted=judge(params["deployment"], params["tags"]),
    )
    return {"changed": False, "windows": found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
