#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_root_volume_replacement_info
version_added: "1.0.0"
short_description: List root volume replacement tasks
description:
  - Lists the root volume replacement tasks that EC2 still knows, optionally of certain instances or of one run.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - List only tasks of these instances.
    type: list
    elements: str
  run_id:
    description:
      - List only tasks that M(fleetpatch.aws.ec2_root_volume_replacement) started for this run.
    type: str
  step:
    description:
      - List only tasks of this step.
    type: str
  attempt:
    description:
      - List only tasks of this attempt.
    type: int
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: List the tasks of an instance
  fleetpatch.aws.ec2_root_volume_replacement_info:
    instance_ids:
      - i-0123456789abcdef0

- name: List what was rolled back after a run
  fleetpatch.aws.ec2_root_volume_replacement_info:
    run_id: 20260310T020000Z
"""

RETURN = r"""
tasks:
  description: The tasks, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    task_id:
      description: Id of the task.
      type: str
      sample: replacevol-0123456789abcdef0
    instance_id:
      description: Id of the instance.
      type: str
      sample: i-0123456789abcdef0
    state:
      description: State of the task, as reported by AWS.
      type: str
      sample: succeeded
    image_id:
      description: Id of the image from which the new root volume was created.
      type: str
      sample: ami-0123456789abcdef0
    snapshot_id:
      description: Id of the snapshot from which the new root volume was created.
      type: str
      sample: null
    start_time:
      description: Start time of the task, as reported by AWS.
      type: str
      sample: "2026-03-10T04:00:10Z"
    complete_time:
      description: End time of the task, as reported by AWS.
      type: str
      sample: "2026-03-10T04:02:40Z"
    delete_replaced_root_volume:
      description: Whether the task deletes the old root volume.
      type: bool
      sample: false
    old_root_volume_id:
      description: Id of the previous root volume, if the task has it as a tag.
      type: str
      sample: vol-0123456789abcdef0
    run_id:
      description: The run for which the task was started.
      type: str
      sample: 20260310T020000Z
    step:
      description: The step for which the task was started.
      type: str
      sample: rollback
    attempt:
      description: The attempt for which the task was started.
      type: int
      sample: 1
    tags:
      description: Tags of the task.
      type: dict
      sample: {"fleetpatch:owner": fleetpatch}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.root_volumes import read

SPEC = {
    "instance_ids": {"type": "list", "elements": "str"},
    "run_id": {"type": "str"},
    "step": {"type": "str"},
    "attempt": {"type": "int"},
}


def work(module):
    params = module.params
    found = read.listed(
        connection.connect(module), params["instance_ids"], params["run_id"], params["step"], params["attempt"]
    )
    return {"changed": False, "tasks": found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
