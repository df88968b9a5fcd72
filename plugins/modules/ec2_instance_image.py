#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_instance_image
version_added: "1.0.0"
short_description: Create an image of many instances, once per run
description:
  - Creates an Amazon Machine Image (AMI) of each instance and waits until all of them are available.
  - An image is named after the run and the instance. Calling the module again for the same run adopts existing images, even if the
    controller was lost in the meantime, and creates only those that are missing.
  - The result lists every instance. An instance that does not exist or whose image fails does not affect the others.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  state:
    description:
      - V(present) creates the images that are missing. V(absent) deregisters the images of the run and deletes their snapshots.
      - V(absent) only removes images with the tag C(fleetpatch:owner), which this module sets.
    type: str
    choices: [present, absent]
    default: present
  instance_ids:
    description:
      - Ids of the instances. Required when O(state=present).
      - With O(state=absent), an empty list removes no images. If omitted, the images of all instances of the run are removed.
    type: list
    elements: str
  run_id:
    description:
      - Identity of the run. It is part of the name and a tag of the images.
    type: str
    required: true
  step:
    description:
      - Step of the run, for example the wave. It is a tag of the images.
    type: str
  name_prefix:
    description:
      - Prefix of the names of the images. The full name is C(<name_prefix>-<run_id>-<instance id>), at most 128 characters.
    type: str
    default: fleetpatch
  no_reboot:
    description:
      - Whether to leave the instances running. With V(false), AWS reboots them, which guarantees consistent file systems in the image.
    type: bool
    default: false
  tags:
    description:
      - Tags of the images and their snapshots, in addition to the tags for run, step, instance and owner.
    type: dict
    default: {}
  wait_timeout:
    description:
      - Number of seconds to wait for all images. When it expires, the module fails and names the pending images. AWS continues to create
        them; images that were not requested by then are not created.
    type: int
    default: 7200
notes:
  - M(amazon.aws.ec2_ami) creates one image per call, waits for it before the next one, and fails when the name exists
    instead of adopting the image. For a fleet this takes hours.
  - An image that failed keeps its name. Use O(state=absent) for the run and the instance before you try again.
  - Requires the permissions C(ec2:CreateImage), C(ec2:CreateTags) and C(ec2:DescribeImages), and C(ec2:DescribeInstances) in check mode.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - fleetpatch.aws.waiting
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Create an image of each instance of a wave before it is patched
  fleetpatch.aws.ec2_instance_image:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    run_id: 20260310T020000Z
    step: data.use1a

- name: Create an image without a reboot and without waiting
  fleetpatch.aws.ec2_instance_image:
    instance_ids:
      - i-0123456789abcdef0
    run_id: 20260310T020000Z
    no_reboot: true
    wait: false

- name: Remove the images of a run
  fleetpatch.aws.ec2_instance_image:
    run_id: 20260310T020000Z
    state: absent
"""

RETURN = r"""
images:
  description: The image of each instance. Also returned when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the instance.
      type: str
      sample: i-0123456789abcdef0
    image_id:
      description: Id of the image.
      type: str
      sample: ami-0123456789abcdef0
    name:
      description: Name of the image.
      type: str
      sample: fleetpatch-20260310T020000Z-i-0123456789abcdef0
    state:
      description: State of the image, as reported by AWS.
      type: str
      sample: available
    outcome:
      description:
        - V(created) by this call, V(reused) from an earlier call, V(failed), V(timed_out) when O(wait_timeout) expired,
          V(pending) with O(wait=false) or when the module failed before the image was available, V(not_started) when it failed before the image
          was requested, V(unknown) when AWS could not be asked whether there is an image, V(removed) with O(state=absent).
      type: str
      sample: created
    snapshot_ids:
      description: Ids of the snapshots of the image.
      type: list
      elements: str
      sample: [snap-0123456789abcdef0]
    creation_date:
      description: Creation time of the image, as reported by AWS.
      type: str
      sample: "2026-03-10T02:00:10.000Z"
    message:
      description: Why there is no usable image.
      type: str
      sample: null
summary:
  description: Number of instances by outcome.
  returned: always
  type: dict
  sample: {total: 2, created: 2, reused: 0, failed: 0, timed_out: 0, pending: 0, not_started: 0, unknown: 0}
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable error code, for example V(run_failed), or the error code of AWS.
      type: str
      sample: run_failed
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "images data.use1a: 2 instances: 1 created, 1 failed"
    details:
      description: The message of each failed instance, by instance id.
      type: dict
      sample: {i-0123456789abcdef1: image ami-0123456789abcdef1 is failed}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "images data.use1a: 2 instances: 2 created"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.progress import teller
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import wire

SPEC = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "instance_ids": {"type": "list", "elements": "str"},
    "run_id": {"type": "str", "required": True},
    "step": {"type": "str"},
    "name_prefix": {"type": "str", "default": "fleetpatch"},
    "no_reboot": {"type": "bool", "default": False},
    "tags": {"type": "dict", "default": {}},
    **argspec.waiting(timeout=7200, interval=15),
}


def work(module):
    aws, params = connection.connect(module), module.params
    if params["state"] == "absent":
        return control.remove(aws, params["run_id"], params["step"], params["instance_ids"], check=module.check_mode)
    request = wire.Request(
        instance_ids=tuple(params["instance_ids"]),
        run_id=params["run_id"],
        step=params["step"],
        name_prefix=params["name_prefix"],
        no_reboot=params["no_reboot"],
        tags=params["tags"],
    )
    following = Following(
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        details="none",
        say=teller(params["progress_path"]),
    )
    return run.ensure(aws, request, following, check=module.check_mode)


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_if=[("state", "present", ("instance_ids",))],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
