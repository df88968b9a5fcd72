#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_instance_image_retention
version_added: "1.0.0"
short_description: Remove old images of runs with their snapshots, and never one that is used
description:
  - Keeps of every instance the newest images and those that are young enough, and removes the others with their snapshots.
  - Only images that M(fleetpatch.aws.ec2_instance_image) made are looked at, known by the tags C(fleetpatch:owner) and C(fleetpatch:instance).
  - An image stays when an instance that is not terminated was launched from it, when any version of a launch template, a launch
    configuration or an Auto Scaling group names it, while a root volume is being replaced from it, and when it is pending, public or
    protected against deregistration. Nothing is removed before all of this is known.
  - A snapshot that another image has as well stays with that one.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  keep_count:
    description:
      - How many images of each instance to keep, the newest ones. Only images that can be used count.
      - O(keep_count) or O(keep_days) is required; with both, an image is removed only when neither keeps it.
    type: int
  keep_days:
    description:
      - Keep images that are younger than so many days.
    type: int
  keep_runs:
    description:
      - Keep all images of these runs.
    type: list
    elements: str
    default: []
  instance_ids:
    description:
      - Only images of these instances, which may be terminated since. When it is omitted the images of all instances are looked at, and
        none when it is empty.
    type: list
    elements: str
notes:
  - Images that failed are no way back. Without O(keep_days) they are removed at once, otherwise when they are old enough.
  - Usage by other accounts, and by Systems Manager parameters that no launch template names, is not looked at.
  - When a Recycle Bin rule matches, AWS keeps what is removed there for a while.
  - M(amazon.aws.ec2_ami) deregisters one image a call, by its id; it knows neither age nor usage.
  - AWS requires C(ec2:DescribeImages), C(ec2:DeregisterImage), C(ec2:DeleteSnapshot), C(ec2:DescribeSnapshots), C(ec2:DescribeInstances),
    C(ec2:DescribeLaunchTemplates), C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeReplaceRootVolumeTasks),
    C(autoscaling:DescribeLaunchConfigurations), C(autoscaling:DescribeAutoScalingGroups), and C(ssm:GetParameters) when launch templates
    name parameters.
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep two images of each host, and all of the last 30 days
  fleetpatch.aws.ec2_instance_image_retention:
    keep_count: 2
    keep_days: 30

- name: See what would go if only the last image of two hosts were kept
  fleetpatch.aws.ec2_instance_image_retention:
    keep_count: 1
    keep_runs:
      - 20260310T020000Z
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
  check_mode: true
  diff: true
"""

RETURN = r"""
images:
  description: The images, instance by instance, newest first. Returned also when the module fails.
  returned: always
  type: list
  elements: dict
  contains:
    image_id:
      description: Id of the image.
      type: str
      sample: ami-0123456789abcdef0
    name:
      description: Name of the image.
      type: str
      sample: fleetpatch-20260210T020000Z-i-0123456789abcdef0
    instance_id:
      description: The instance that the image was made of.
      type: str
      sample: i-0123456789abcdef0
    run_id:
      description: The run that it was made for.
      type: str
      sample: 20260210T020000Z
    step:
      description: The step that it was made for.
      type: str
      sample: data.use1a
    state:
      description: State in the words of AWS, before anything was done.
      type: str
      sample: available
    creation_date:
      description: When the image was made, as AWS tells it.
      type: str
      sample: "2026-02-10T02:00:10.000Z"
    age_days:
      description: Whole days since then, by the clock of AWS.
      type: int
      sample: 40
    size_gib:
      description: Size of the volumes that it is an image of.
      type: int
      sample: 250
    snapshot_ids:
      description: The snapshots behind the image.
      type: list
      elements: str
      sample: [snap-0123456789abcdef0]
    deleted_snapshot_ids:
      description: Those of them that were deleted (in check mode would be) with it.
      type: list
      elements: str
      sample: [snap-0123456789abcdef0]
    outcome:
      description: V(kept) by a rule, V(in_use), V(removed) (in check mode it would be), or V(failed).
      type: str
      sample: removed
    reason:
      description: Why it stays.
      type: str
      sample: null
    message:
      description: Why it could not be removed, or not with all its snapshots.
      type: str
      sample: null
summary:
  description: How many images have which outcome.
  returned: always
  type: dict
  sample: {total: 5, kept: 3, in_use: 1, removed: 1, failed: 0}
freed_gib:
  description: Size of the volumes behind the deleted snapshots. Snapshots share blocks, so the bill goes down by less.
  returned: always
  type: int
  sample: 250
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
      sample: "5 images: 4 kept, 1 failed"
    details:
      description: The message of every image that could not be removed.
      type: dict
      sample: {ami-0123456789abcdef0: "Could not deregister image ami-0123456789abcdef0"}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "5 images: 3 kept, 1 in_use, 1 removed"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._autoscaling import api as autoscaling_api
from ansible_collections.fleetpatch.aws.plugins.module_utils._autoscaling import images as autoscaling_images
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import retention

SPEC = {
    "keep_count": {"type": "int"},
    "keep_days": {"type": "int"},
    "keep_runs": {"type": "list", "elements": "str", "default": []},
    "instance_ids": {"type": "list", "elements": "str"},
}


def work(module):
    params = module.params
    return retention.apply(
        api.connect(module),
        retention.Rules(params["keep_count"], params["keep_days"], frozenset(params["keep_runs"])),
        params["instance_ids"],
        other_uses=lambda: autoscaling_images.used_by_groups(autoscaling_api.connect(module)),
        check=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, required_one_of=[("keep_count", "keep_days")]
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
