#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_root_volume_replacement
version_added: "1.0.0"
short_description: Replace the root volumes of many running instances, once per run
description:
  - Replaces the root volume of each instance with one restored from the image that a run created before patching, from another image,
    from a snapshot, or to the state at launch. The instance keeps its id, addresses and network interfaces, and restarts.
  - Data volumes are not rolled back. They are listed in the result.
  - A task is identified by run, step, attempt and instance. Calling the module again adopts existing tasks, even if the controller
    was lost in the meantime, and replaces nothing twice. A higher O(attempt) replaces the root volumes again.
  - The result lists every instance. An instance that fails does not affect the others.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - Ids of the instances. They must be running.
    type: list
    elements: str
    required: true
  run_id:
    description:
      - Identity of the run, 1 to 48 letters, digits, C(_), C(.) and C(-). It is a tag of the tasks.
    type: str
    required: true
  step:
    description:
      - Step of the run. Allows the same characters as O(run_id).
    type: str
    default: rollback
  attempt:
    description:
      - Number of the attempt. A higher number replaces the root volumes again, even if an earlier task failed.
    type: int
    default: 1
  image_run_id:
    description:
      - Restore each instance from the image that M(fleetpatch.aws.ec2_instance_image) created of it for this run.
    type: str
  image_id:
    description:
      - Restore all instances from this image. AWS requires the product code, billing, architecture and virtualization type of the instance.
    type: str
  snapshot_id:
    description:
      - Restore from this snapshot. AWS requires a snapshot of the root volume of the instance, so only one instance is allowed.
    type: str
  launch_state:
    description:
      - Whether to restore the root volume to its state at launch. All later changes on the root volume are lost.
    type: bool
    default: false
  delete_replaced_root_volume:
    description:
      - Whether to delete the old root volume after the new one is attached. A volume that is kept can be attached again and is charged.
    type: bool
    default: false
  volume_initialization_rate:
    description:
      - Rate at which the blocks of the snapshot are loaded, 100 to 300 MiB per second. AWS charges for it. If omitted, blocks are loaded
        when they are first read, which is slow at first.
    type: int
  max_concurrency:
    description:
      - Number of tasks in progress at once. V(0) starts all of them at once. Another number requires O(wait=true).
      - With a number, no more tasks are started after a task ended with C(failed-detached).
    type: int
    default: 0
  tags:
    description:
      - Tags of the tasks, in addition to those for the identity and the old root volume, which cannot be overridden.
    type: dict
    default: {}
  wait_timeout:
    description:
      - Number of seconds to wait for all tasks. When it expires, the module fails and names the pending tasks. AWS continues them;
        tasks that were not started by then are not started.
    type: int
    default: 3600
notes:
  - When a task ends with C(failed), the old root volume is still attached. When it ends with C(failed-detached), the instance has no root
    volume and does not run; the error message starts with these instances, and RV(without_root_volume) lists them.
  - A task succeeds when the new volume is attached and the instance starts. Wait for the SSM agent afterwards.
  - C(amazon.aws) and C(community.aws) have no module for root volume replacement.
  - Requires the permissions C(ec2:CreateReplaceRootVolumeTask), C(ec2:CreateTags), C(ec2:DescribeReplaceRootVolumeTasks),
    C(ec2:DescribeInstances), C(ec2:DescribeVolumes) and C(ec2:DescribeImages).
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - fleetpatch.aws.waiting
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Restore two hosts to their images from before run 20260310T020000Z
  fleetpatch.aws.ec2_root_volume_replacement:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    run_id: 20260310T020000Z
    image_run_id: 20260310T020000Z

- name: Retry the host whose task failed
  fleetpatch.aws.ec2_root_volume_replacement:
    instance_ids:
      - i-0123456789abcdef1
    run_id: 20260310T020000Z
    image_run_id: 20260310T020000Z
    attempt: 2
    volume_initialization_rate: 300

- name: Restore a host from a snapshot of its root volume
  fleetpatch.aws.ec2_root_volume_replacement:
    instance_ids:
      - i-0123456789abcdef0
    run_id: change-4711
    snapshot_id: snap-0123456789abcdef0
    delete_replaced_root_volume: true
"""

RETURN = r"""
replacements:
  description: The outcome of each instance. Also returned when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the instance.
      type: str
      sample: i-0123456789abcdef0
    task_id:
      description: Id of the task.
      type: str
      sample: replacevol-0123456789abcdef0
    state:
      description: State of the task, as reported by AWS.
      type: str
      sample: succeeded
    outcome:
      description:
        - V(replaced) by this call, V(reused) from an earlier call, V(failed) with the old root volume still attached,
          V(failed_detached) without a root volume, V(timed_out) when O(wait_timeout) expired, V(pending) with O(wait=false),
          V(unknown) when AWS did not report whether the task was started or how it ended.
      type: str
      sample: replaced
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
    root_device_name:
      description: Device name of the root volume.
      type: str
      sample: /dev/xvda
    old_root_volume:
      description: The previous root volume, its size in GiB, and whether it is kept and charged.
      type: dict
      sample: {volume_id: vol-0123456789abcdef0, size_gib: 50, kept: true}
    new_root_volume_id:
      description: Id of the new root volume.
      type: str
      sample: vol-0123456789abcdef1
    data_volumes:
      description: The other volumes of the instance. They are not changed.
      type: list
      elements: dict
      sample: [{device: /dev/sdb, volume_id: vol-0123456789abcdef2, size_gib: 200}]
    message:
      description: Why the root volume was not replaced.
      type: str
      sample: null
summary:
  description: Number of instances by outcome.
  returned: always
  type: dict
  sample: {total: 2, replaced: 2, reused: 0, failed: 0, failed_detached: 0, timed_out: 0, pending: 0, unknown: 0}
kept_gib:
  description: Total size of the old root volumes that are kept, in GiB. They are charged until they are deleted.
  returned: always
  type: int
  sample: 100
not_rolled_back:
  description: The data volumes of the instances whose root volume was replaced. They keep the changes of the run.
  returned: always
  type: list
  elements: dict
  sample: [{instance_id: i-0123456789abcdef0, device: /dev/sdb, volume_id: vol-0123456789abcdef2, size_gib: 200}]
without_root_volume:
  description: Ids of the instances that have no root volume and do not run.
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
      description: Stable error code, for example V(run_failed) or V(failed_detached), or the error code of AWS.
      type: str
      sample: run_failed
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "root volumes rollback attempt 1: 2 instances: 1 replaced, 1 failed"
    details:
      description: The message of each failed instance, by instance id.
      type: dict
      sample: {i-0123456789abcdef1: the instance is stopped; only running instances can replace their root volume}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "root volumes rollback attempt 1: 2 instances: 2 replaced; old root volumes of 100 GiB are kept and charged"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.progress import teller
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.root_volumes import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.root_volumes import wire

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
        raise errors.InvalidInput(f"{', '.join(SOURCES)}: exactly one of them is required")
    request = wire.Request(
        instance_ids=tuple(params["instance_ids"]),
        source=wire.Source(params["image_id"], params["snapshot_id"], params["image_run_id"]),
        run_id=params["run_id"],
        step=params["step"],
        attempt=params["attempt"],
        delete_old=params["delete_replaced_root_volume"],
        rate=params["volume_initialization_rate"],
        max_concurrency=params["max_concurrency"],
        tags=params["tags"],
    )
    following = Following(
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        details="none",
        say=teller(params["progress_path"]),
    )
    return run.replace(connection.connect(module), request, following, check=module.check_mode)


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
