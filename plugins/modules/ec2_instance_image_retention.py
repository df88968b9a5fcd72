#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_instance_image_retention
version_added: "1.0.0"
short_description: Remove old images of runs with their snapshots
description:
  - Keeps the newest images of each instance and those below a given age, and removes the others with their snapshots.
  - Only considers images that M(fleetpatch.aws.ec2_instance_image) created, identified by the tags C(fleetpatch:owner) and
    C(fleetpatch:instance).
  - Never removes an image that is in use. An image is in use when an instance that is not terminated was launched from it, when a launch
    configuration, an Auto Scaling group or any version of a launch template refers to it, while a root volume is being replaced from it,
    and when it is pending, public or protected against deregistration. All of this is read before anything is removed.
  - A snapshot that also belongs to another image is kept.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  keep_count:
    description:
      - Number of images to keep per instance, newest first. Only usable images count.
      - At least one of O(keep_count) and O(keep_days) is required. With both, an image is removed only if neither rule keeps it.
    type: int
  keep_days:
    description:
      - Keep images that are younger than this number of days.
    type: int
  keep_runs:
    description:
      - Keep all images of these runs.
    type: list
    elements: str
    default: []
  instance_ids:
    description:
      - Consider only images of these instances, which may be terminated. If omitted, the images of all instances are considered. An empty
        list considers none.
    type: list
    elements: str
notes:
  - Failed images cannot be used for a rollback. Without O(keep_days) they are removed immediately, otherwise when they reach that age.
  - Use by other accounts, and by Systems Manager parameters that no launch template refers to, is not detected.
  - When a Recycle Bin rule matches, AWS retains removed images and snapshots for the period of the rule.
  - M(amazon.aws.ec2_ami) deregisters one image per call, by id, without regard to age or use.
  - Requires the permissions C(ec2:DescribeImages), C(ec2:DeregisterImage), C(ec2:DeleteSnapshot), C(ec2:DescribeSnapshots), C(ec2:DescribeInstances),
    C(ec2:DescribeLaunchTemplates), C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeReplaceRootVolumeTasks),
    C(autoscaling:DescribeLaunchConfigurations), C(autoscaling:DescribeAutoScalingGroups), and C(ssm:GetParameters) when launch templates
    refer to parameters.
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep two images of each host, and all images of the last 30 days
  fleetpatch.aws.ec2_instance_image_retention:
    keep_count: 2
    keep_days: 30

- name: Show which images would be removed if only the last image of two hosts were kept
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
  description: The images by instance, newest first. Also returned when the module fails.
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
      description: Id of the instance from which the image was created.
      type: str
      sample: i-0123456789abcdef0
    run_id:
      description: The run that created the image.
      type: str
      sample: 20260210T020000Z
    step:
      description: The step that created the image.
      type: str
      sample: data.use1a
    state:
      description: State of the image before the call, as reported by AWS.
      type: str
      sample: available
    creation_date:
      description: Creation time of the image, as reported by AWS.
      type: str
      sample: "2026-02-10T02:00:10.000Z"
    age_days:
      description: Age in whole days, by the clock of AWS.
      type: int
      sample: 40
    size_gib:
      description: Total size of the imaged volumes in GiB.
      type: int
      sample: 250
    snapshot_ids:
      description: Ids of the snapshots of the image.
      type: list
      elements: str
      sample: [snap-0123456789abcdef0]
    deleted_snapshot_ids:
      description: Ids of the snapshots that were deleted with the image, or would be in check mode.
      type: list
      elements: str
      sample: [snap-0123456789abcdef0]
    outcome:
      description: V(kept) by a rule, V(in_use), V(removed) (or would be in check mode), or V(failed).
      type: str
      sample: removed
    reason:
      description: Why the image is kept.
      type: str
      sample: null
    message:
      description: Why the image or some of its snapshots could not be removed.
      type: str
      sample: null
summary:
  description: Number of images by outcome.
  returned: always
  type: dict
  sample: {total: 5, kept: 3, in_use: 1, removed: 1, failed: 0}
freed_gib:
  description: Total size of the volumes of the deleted snapshots in GiB. Snapshots share blocks, so the saving is smaller.
  returned: always
  type: int
  sample: 250
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
      sample: "5 images: 4 kept, 1 failed"
    details:
      description: The message of each image that could not be removed, by image id.
      type: dict
      sample: {ami-0123456789abcdef0: "Could not deregister image ami-0123456789abcdef0"}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "5 images: 3 kept, 1 in_use, 1 removed"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._autoscaling import connection as autoscaling
from ansible_collections.fleetpatch.aws.plugins.module_utils._autoscaling.groups import read
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.image_retention import many

SPEC = {
    "keep_count": {"type": "int"},
    "keep_days": {"type": "int"},
    "keep_runs": {"type": "list", "elements": "str", "default": []},
    "instance_ids": {"type": "list", "elements": "str"},
}


def work(module):
    params = module.params
    return many.apply(
        connection.connect(module),
        many.Rules(params["keep_count"], params["keep_days"], frozenset(params["keep_runs"])),
        params["instance_ids"],
        other_uses=lambda: read.used_by_groups(autoscaling.connect(module)),
        check=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, required_one_of=[("keep_count", "keep_days")]
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
