#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_root_volume_replacement
version_added: "1.0.0"
short_description: Put the root volumes of many running instances back, once for each run
description:
  - Replaces the root volume of every given instance with one made of the image that a run took before it patched, of another image, of a
    snapshot, or of the state at launch. Instance id, addresses and network interfaces stay. The instance restarts.
  - Data volumes are not rolled back. They are named in the result.
  - A task is found again by run, step, attempt and instance. Calling the module again takes the tasks over, whatever became of the
    controller in the meantime, and replaces nothing twice. A higher O(attempt) replaces again.
  - What happened is reported for every instance; one that fails does not hide the others.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - The instances. They must be running.
    type: list
    elements: str
    required: true
  run_id:
    description:
      - Identity of the run, 1 to 48 letters, digits, C(_), C(.) and C(-); a tag of the tasks.
    type: str
    required: true
  step:
    description:
      - What of the run this is. Same characters as O(run_id).
    type: str
    default: rollback
  attempt:
    description:
      - Number of the attempt. A higher number replaces the root volumes again, also where an earlier task failed.
    type: int
    default: 1
  image_run_id:
    description:
      - Take for each instance the image that M(fleetpatch.aws.ec2_instance_image) made of it for this run.
    type: str
  image_id:
    description:
      - Take this image for all instances. AWS wants the same product code, billing, architecture and virtualization as the instance has.
    type: str
  snapshot_id:
    description:
      - Take this snapshot. AWS wants one that was made of the root volume of the instance, so there may be one instance only.
    type: str
  launch_state:
    description:
      - Put the root volume back to its state at launch. Must be asked for, because everything since then is lost.
    type: bool
    default: false
  delete_replaced_root_volume:
    description:
      - Whether to delete the old root volume when the new one is attached. Otherwise it stays, can be attached again, and is charged.
    type: bool
    default: false
  volume_initialization_rate:
    description:
      - Rate at which the blocks of the snapshot are loaded, 100 to 300 MiB a second. It is charged. When it is omitted, blocks are loaded
        when they are first read, which is slow for a while.
    type: int
  max_concurrency:
    description:
      - How many tasks are under way at once. V(0) begins all of them at once. Another number needs O(wait).
      - With a number nothing more is begun when a task ended C(failed-detached).
    type: int
    default: 0
  tags:
    description:
      - Tags of the tasks, besides those that carry the identity and the old root volume, which cannot be overridden.
    type: dict
    default: {}
  wait_timeout:
    description:
      - How many seconds to wait for all tasks. When they are over the module fails and names those that are pending; AWS goes on with them.
        Tasks that were not begun by then are not begun any more.
    type: int
    default: 3600
notes:
  - When a task ends C(failed) the old root volume is still attached. When it ends C(failed-detached) the instance has no root volume and
    does not run. The module says so at the beginning of its message and in RV(without_root_volume).
  - A task that succeeded means that the new volume is attached and the instance starts. Wait for its agent afterwards.
  - There is no module for this in C(amazon.aws) and C(community.aws).
  - AWS requires C(ec2:CreateReplaceRootVolumeTask), C(ec2:CreateTags), C(ec2:DescribeReplaceRootVolumeTasks), C(ec2:DescribeInstances),
    C(ec2:DescribeVolumes) and C(ec2:DescribeImages).
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - fleetpatch.aws.waiting
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Put two hosts back to where they were before run 20260310T020000Z
  fleetpatch.aws.ec2_root_volume_replacement:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    run_id: 20260310T020000Z
    image_run_id: 20260310T020000Z

- name: Try again on the host whose task failed
  fleetpatch.aws.ec2_root_volume_replacement:
    instance_ids:
      - i-0123456789abcdef1
    run_id: 20260310T020000Z
    image_run_id: 20260310T020000Z
    attempt: 2
    volume_initialization_rate: 300

- name: Put one host back to a snapshot of its root volume
  fleetpatch.aws.ec2_root_volume_replacement:
    instance_ids:
      - i-0123456789abcdef0
    run_id: change-4711
    snapshot_id: snap-0123456789abcdef0
    delete_replaced_root_volume: true
"""

RETURN = r"""
replacements:
  description: What happened to every instance. Returned also when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    instance_id:
      description: The instance.
      type: str
      sample: i-0123456789abcdef0
    task_id:
      description: Id of the task.
      type: str
      sample: replacevol-0123456789abcdef0
    state:
      description: State of the task in the words of AWS.
      type: str
      sample: succeeded
    outcome:
      description:
        - V(replaced) by this call, V(reused) when an earlier one did it, V(failed) with the old root volume still attached,
          V(failed_detached) with no root volume at all, V(timed_out) when the time to wait was over, V(pending) when nobody waited,
          V(unknown) when AWS did not say whether the task was started or what became of it.
      type: str
      sample: replaced
    image_id:
      description: The image that the new root volume was made of.
      type: str
      sample: ami-0123456789abcdef0
    snapshot_id:
      description: The snapshot that the new root volume was made of.
      type: str
      sample: null
    start_time:
      description: When the task began, as AWS tells it.
      type: str
      sample: "2026-03-10T04:00:10Z"
    complete_time:
      description: When the task ended, as AWS tells it.
      type: str
      sample: "2026-03-10T04:02:40Z"
    root_device_name:
      description: Device of the root volume.
      type: str
      sample: /dev/xvda
    old_root_volume:
      description: The volume that was the root, its size, and whether it is kept (and charged).
      type: dict
      sample: {volume_id: vol-0123456789abcdef0, size_gib: 50, kept: true}
    new_root_volume_id:
      description: The volume that is the root now.
      type: str
      sample: vol-0123456789abcdef1
    data_volumes:
      description: The other volumes of the instance, which are as they were.
      type: list
      elements: dict
      sample: [{device: /dev/sdb, volume_id: vol-0123456789abcdef2, size_gib: 200}]
    message:
      description: Why the root volume was not replaced.
      type: str
      sample: null
summary:
  description: How many instances have which outcome.
  returned: always
  type: dict
  sample: {total: 2, replaced: 2, reused: 0, failed: 0, failed_detached: 0, timed_out: 0, pending: 0, unknown: 0}
kept_gib:
  description: Size of the old root volumes that are kept, all together. They are charged until somebody deletes them.
  returned: always
  type: int
  sample: 100
not_rolled_back:
  description: The data volumes of the instances whose root volume was replaced. They still have what the run did.
  returned: always
  type: list
  elements: dict
  sample: [{instance_id: i-0123456789abcdef0, device: /dev/sdb, volume_id: vol-0123456789abcdef2, size_gib: 200}]
without_root_volume:
  description: Instances that have no root volume now and do not run.
  returned: always
  type: list
  elements: str
  sample: []
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable word for conditions, for example V(run_failed) or V(failed_detached), or the code of AWS.
      type: str
      sample: run_failed
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "root volumes rollback attempt 1: 2 instances: 1 replaced, 1 failed"
    details:
      description: The message of every instance that failed.
      type: dict
      sample: {i-0123456789abcdef1: the instance is stopped; only a running one can change its root volume}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "root volumes rollback attempt 1: 2 instances: 2 replaced; old root volumes of 100 GiB stay and are charged"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.progress import teller
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import root_volumes

SPEC = {
    "instance_ids": {"type": "list", "elements": "str", "required": True},
    "run_id": {"type": "str", "required": True},
    "step": {"type": "str", "default": "rollback"},
    "attempt": {"type": "int", "default": 1},
    "image_run_id": {"type": "str"},
    "image_id": {"type": "str"},
    "snapshot_id": {"type": "str"},
    "launch_state": {"type": "bool", "default": False},
    "delete_replaced_root_volume": {"type": "bool", "default": False},
    "volume_initialization_rate": {"type": "int"},
    "max_concurrency": {"type": "int", "default": 0},
    "tags": {"type": "dict", "default": {}},
    **argspec.waiting(timeout=3600, interval=15),
}
SOURCES = ("image_run_id", "image_id", "snapshot_id", "launch_state")


def work(module):
    params = module.params
    if sum(bool(params[name]) for name in SOURCES) != 1:
        raise errors.InvalidInput(f"{', '.join(SOURCES)}: exactly one of them must be given")
    request = root_volumes.Request(
        instance_ids=tuple(params["instance_ids"]),
        source=root_volumes.Source(params["image_id"], params["snapshot_id"], params["image_run_id"]),
        run_id=params["run_id"],
        step=params["step"],
        attempt=params["attempt"],
        delete_old=params["delete_replaced_root_volume"],
        rate=params["volume_initialization_rate"],
        max_concurrency=params["max_concurrency"],
        tags=params["tags"],
    )
    return root_volumes.replace(
        api.connect(module),
        request,
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        say=teller(params["progress_path"]),
        check=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
