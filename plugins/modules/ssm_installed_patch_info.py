#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_installed_patch_info
version_added: "1.0.0"
short_description: Read which patches were installed on nodes in a period
description:
  - Reads from the patch states of managed nodes which patches were installed in a period, regardless of who installed them.
  - Missing data is reported and never treated as "nothing installed".
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - Ids of the nodes, any number.
    type: list
    elements: str
    required: true
  since:
    description:
      - Start of the period in ISO 8601. Without an offset it is UTC.
    type: str
    required: true
  until:
    description:
      - End of the period in ISO 8601. Without an offset it is UTC. Defaults to the current time, by the clock of AWS.
    type: str
notes:
  - Each node takes at least one request.
  - A node reports a patch only after the next scan or installation, and some operating systems report the day of an installation but not
    the time. Such a patch is included if its day overlaps with the period.
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Requires the permissions C(ssm:DescribeInstancePatches), and C(ssm:DescribeInstanceInformation) without O(until).
seealso:
  - module: fleetpatch.aws.ssm_patch_state_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the patches that were installed in a night
  fleetpatch.aws.ssm_installed_patch_info:
    instance_ids: [i-0123456789abcdef0]
    since: "2026-03-10T01:00:00Z"
    until: "2026-03-10T05:00:00Z"
"""

RETURN = r"""
nodes:
  description: One item per node, sorted by id.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the node.
      type: str
      sample: i-0123456789abcdef0
    status:
      description: V(known), V(no_data) for a node that was never scanned, or V(unknown) for a node that Systems Manager does not know.
      type: str
      sample: known
    patches:
      description: The patches that were installed in the period, sorted by id and title.
      type: list
      elements: dict
      sample:
        - kb_id: kernel.x86_64
          title: kernel.x86_64:0:6.1.132-147.221.amzn2023
          classification: Security
          severity: Important
          state: INSTALLED
          installed_time: "2026-03-10T01:12:40Z"
          cve_ids: []
    untimed:
      description: Number of installed patches for which AWS reports no installation time.
      type: int
      sample: 0
summary:
  description: Number of nodes by status, and number of different patches.
  returned: success
  type: dict
  sample: {nodes: 1, known: 1, no_data: 0, unknown: 0, patches: 1}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.calendars import read as calendars
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.installed_patches import read as installed_patches
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import api

SPEC = {
    "instance_ids": {"type": "list", "elements": "str", "required": True},
    "since": {"type": "str", "required": True},
    "until": {"type": "str"},
}


def work(module):
    params = module.params
    since = calendars.instant("since", params["since"])
    until = calendars.instant("until", params["until"]) if params["until"] else None
    aws = connection.connect(module)
    nodes = installed_patches.read(aws, params["instance_ids"], since, until or api.service_time(aws))
    return {"changed": False, "nodes": nodes, "summary": installed_patches.summary(nodes)}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
