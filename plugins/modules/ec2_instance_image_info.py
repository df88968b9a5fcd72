#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_instance_image_info
version_added: "1.0.0"
short_description: List the images that were created by runs
description:
  - Lists images that M(fleetpatch.aws.ec2_instance_image) created, optionally of one run, one step or certain instances.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  run_id:
    description:
      - List only images of this run.
    type: str
  step:
    description:
      - List only images of this step.
    type: str
  instance_ids:
    description:
      - List only images of these instances.
    type: list
    elements: str
notes:
  - M(amazon.aws.ec2_ami_info) lists images in general. This module also returns their run and instance.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: List the images of a run
  fleetpatch.aws.ec2_instance_image_info:
    run_id: 20260310T020000Z

- name: List all images of an instance
  fleetpatch.aws.ec2_instance_image_info:
    instance_ids:
      - i-0123456789abcdef0
"""

RETURN = r"""
images:
  description: The images, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the instance from which the image was created.
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
      description: Why the image is not usable.
      type: str
      sample: null
    run_id:
      description: The run that created the image.
      type: str
      sample: 20260310T020000Z
    step:
      description: The step that created the image.
      type: str
      sample: data.use1a
    tags:
      description: Tags of the image.
      type: dict
      sample: {"fleetpatch:owner": fleetpatch}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import read

SPEC = {
    "run_id": {"type": "str"},
    "step": {"type": "str"},
    "instance_ids": {"type": "list", "elements": "str"},
}


def work(module):
    params = module.params
    found = read.listed(connection.connect(module), params["run_id"], params["step"], params["instance_ids"])
    return {"changed": False, "images": found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
