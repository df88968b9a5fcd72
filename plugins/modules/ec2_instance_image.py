#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_instance_image
version_added: "1.0.0"
short_description: Image many instances at once, once for each run
description:
  - Makes an Amazon Machine Image of every given instance and waits until all of them can be used.
  - An image is named after the run and the instance. Calling the module again for the same run takes the images over, whatever became of
    the controller in the meantime, and makes only those that are missing.
  - What happened is reported for every instance; an instance that is gone or whose image fails does not hide the others.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  state:
    description:
      - V(present) makes the images that are missing, V(absent) deregisters those of the run and deletes their snapshots.
      - V(absent) touches only images with the tag C(fleetpatch:owner) that this module sets.
    type: str
    choices: [present, absent]
    default: present
  instance_ids:
    description:
      - The instances. Required with O(state=present).
      - With O(state=absent) the images of all instances of the run are removed when it is omitted, and none when it is empty.
    type: list
    elements: str
  run_id:
    description:
      - Identity of the run; part of the name and a tag of the images.
    type: str
    required: true
  step:
    description:
      - What of the run this is, for example the wave; a tag of the images.
    type: str
  name_prefix:
    description:
      - What the names of the images begin with. The whole name is C(<name_prefix>-<run_id>-<instance id>), at most 128 characters.
    type: str
    default: fleetpatch
  no_reboot:
    description:
      - Whether to leave the instances running. AWS reboots them otherwise, which is what makes the file systems of an image consistent.
    type: bool
    default: false
  tags:
    description:
      - Tags of the images and their snapshots, besides those that carry run, step, instance and owner.
    type: dict
    default: {}
  wait_timeout:
    description:
      - How many seconds to wait for all images. When they are over the module fails and names those that are pending; AWS goes on with them.
        Images that were not begun by then are not begun any more.
    type: int
    default: 7200
notes:
  - M(amazon.aws.ec2_ami) images one instance a call, waits for one image before the next can begin, and fails when the name is taken
    instead of taking the image over; its tasks for a fleet would run one after another for hours.
  - An image that failed keeps its name. Use O(state=absent) for the run and the instance before trying again.
  - AWS requires C(ec2:CreateImage), C(ec2:CreateTags) and C(ec2:DescribeImages), in check mode also C(ec2:DescribeInstances).
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - fleetpatch.aws.waiting
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Image a wave before it is patched
  fleetpatch.aws.ec2_instance_image:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    run_id: 20260310T020000Z
    step: data.use1a

- name: Image without a reboot and go on at once
  fleetpatch.aws.ec2_instance_image:
    instance_ids:
      - i-0123456789abcdef0
    run_id: 20260310T020000Z
    no_reboot: true
    wait: false

- name: Remove the images of a run that is no longer needed
  fleetpatch.aws.ec2_instance_image:
    run_id: 20260310T020000Z
    state: absent
"""

RETURN = r"""
images:
  description: The image of every instance. Returned also when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    instance_id:
      description: The instance.
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
      description: State in the words of AWS.
      type: str
      sample: available
    outcome:
      description:
        - V(created) by this call, V(reused) from an earlier one, V(failed), V(timed_out) when the time to wait was over,
          V(pending) when nobody waited, V(removed) with O(state=absent).
      type: str
      sample: created
    snapshot_ids:
      description: The snapshots behind the image.
      type: list
      elements: str
      sample: [snap-0123456789abcdef0]
    creation_date:
      description: When the image was made, as AWS tells it.
      type: str
      sample: "2026-03-10T02:00:10.000Z"
    message:
      description: Why there is no usable image.
      type: str
      sample: null
summary:
  description: How many instances have which outcome.
  returned: always
  type: dict
  sample: {total: 2, created: 2, reused: 0, failed: 0, timed_out: 0, pending: 0}
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable word for conditions, for example V(run_failed), or the code of AWS.
      type: str
      sample: run_failed
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "images data.use1a: 2 instances: 1 created, 1 failed"
    details:
      description: The message of every instance that failed.
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
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import images

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
    aws, params = api.connect(module), module.params
    if params["state"] == "absent":
        return images.remove(aws, params["run_id"], params["step"], params["instance_ids"], check=module.check_mode)
    request = images.Request(
        instance_ids=tuple(params["instance_ids"]),
        run_id=params["run_id"],
        step=params["step"],
        name_prefix=params["name_prefix"],
        no_reboot=params["no_reboot"],
        tags=params["tags"],
    )
    return images.ensure(
        aws,
        request,
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        say=teller(params["progress_path"]),
        check=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_if=[("state", "present", ("instance_ids",))],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
