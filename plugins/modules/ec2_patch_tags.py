#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ec2_patch_tags
version_added: "1.0.0"
short_description: Set the same tags on many instances
description:
  - Adds or overwrites tags on instances that are selected by id or by their current tags. Other tags are not changed.
  - Instances are read with one paginated listing and tagged in batches of 200.
  - Hybrid nodes (C(mi-*)) are selected by id. Systems Manager stores their tags, which takes one request per node to read and one per
    node to change.
  - When selecting by tags, instances that are shutting down or terminated are ignored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - Ids of instances and hybrid nodes. An id that does not exist is an error.
    type: list
    elements: str
  where:
    description:
      - Current tags of the instances, a list of values for each key. An instance must have every key with one of its values.
      - An empty list matches any value. Values are compared exactly; V(*) and V(?) are not wildcards.
      - When no instance matches, the module succeeds and changes nothing.
      - Selects EC2 instances only. Use M(fleetpatch.aws.ssm_managed_node_info) to list hybrid nodes by their tags.
    type: dict
  tags:
    description:
      - The tags to add or overwrite.
    type: dict
    required: true
notes:
  - M(amazon.aws.ec2_tag) tags one resource per call, which requires a loop for many instances.
seealso:
  - module: amazon.aws.ec2_tag
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Return the hosts of Dev to the default window
  fleetpatch.aws.ec2_patch_tags:
    where:
      Patch Group: [Dev]
    tags:
      Patch Group: Default

- name: Add two instances to a patch group
  fleetpatch.aws.ec2_patch_tags:
    instance_ids: [i-0a1b2c3d4e5f60718, i-0f1e2d3c4b5a69788]
    tags:
      Patch Group: Prod

- name: Add an instance and a hybrid node to a patch group
  fleetpatch.aws.ec2_patch_tags:
    instance_ids: [i-0a1b2c3d4e5f60718, mi-0a1b2c3d4e5f60718]
    tags:
      Patch Group: Prod
"""

RETURN = r"""
instances:
  description: The instances, sorted by id.
  returned: success, and when some could not be tagged
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the instance.
      type: str
      sample: i-0a1b2c3d4e5f60718
    action:
      description: V(updated), V(unchanged) or V(failed).
      type: str
      sample: updated
    changed:
      description: Whether the tags of the instance changed.
      type: bool
      sample: true
    tags:
      description: All tags of the instance. In check mode, the predicted tags.
      type: dict
      sample: {Name: web-1, Patch Group: Default}
    failure:
      description: Why the instance could not be tagged, with C(code), C(message) and C(details).
      returned: when it could not be tagged
      type: dict
      sample: {code: UnauthorizedOperation, message: "Could not tag ...", details: {}}
    unconfirmed:
      description: Keys of tags that had another value when they were read again after the change.
      returned: when there are such
      type: list
      elements: str
      sample: [Patch Group]
summary:
  description: How many instances were V(updated), V(unchanged) and V(failed).
  returned: success, and when some could not be tagged
  type: dict
  sample: {updated: 1, unchanged: 0, failed: 0}
failure:
  description: Details of the failure, with C(code), C(message) and C(details).
  returned: failure
  type: dict
  sample: {code: invalid_input, message: "where: must not be empty, because that would select every instance", details: {}}
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.instance_tags import many as instance_tags
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection as ssm
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.node_tags import many as node_tags

SPEC = {
    "instance_ids": {"type": "list", "elements": "str"},
    "where": {"type": "dict"},
    "tags": {"type": "dict", "required": True},
}


def nodes_of(module):
    """What reads and writes tags of hybrid nodes; None when none is named."""
    if not any(map(instance_tags.is_node, module.params["instance_ids"] or ())):
        return None
    aws = ssm.connect(module)
    return instance_tags.Nodes(partial(node_tags.read, aws), partial(node_tags.write, aws))


def work(module):
    params = module.params
    return instance_tags.ensure(
        connection.connect(module),
        params["tags"],
        instance_ids=params["instance_ids"],
        where=params["where"],
        check=module.check_mode,
        nodes=nodes_of(module),
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_one_of=[("instance_ids", "where")],
        mutually_exclusive=[("instance_ids", "where")],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
