#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_state_info
version_added: "1.0.0"
short_description: Read the patch compliance of nodes
description:
  - Reads the result of the last scan or installation of managed nodes.
  - A node without data has the status V(never_scanned) and is never treated as compliant.
  - Optionally returns the effective baseline of a patch group, and whether it is only the default of the operating system.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - Ids of the nodes, any number.
    type: list
    elements: str
  patch_group:
    description:
      - Read all nodes of this patch group that have patch data.
    type: str
  details:
    description:
      - Which patches of each node to list. A node takes at least one request, except with V(missing) or V(failed) if its
        state has no such patch.
    type: str
    choices: [none, missing, failed, all]
    default: none
  stale_after_hours:
    description:
      - Age of the last operation, in hours, after which a state is marked as stale.
    type: float
  effective_baselines:
    description:
      - Combinations of patch group and operating system whose baseline is returned in RV(baselines).
    type: list
    elements: dict
    default: []
    suboptions:
      patch_group:
        description:
          - The patch group. If omitted, the default baseline of the operating system is returned.
        type: str
      operating_system:
        description:
          - Operating system, as spelled by the API, for example V(WINDOWS) or V(AMAZON_LINUX_2023).
        type: str
        required: true
notes:
  - If O(instance_ids) and O(patch_group) are omitted, all managed nodes are read.
  - AWS stores only the state of the last operation. A scan with another baseline overwrites it.
  - C(amazon.aws) and C(community.aws) have no module for this.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the compliance of two nodes with the missing patches
  fleetpatch.aws.ssm_patch_state_info:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    details: missing
    stale_after_hours: 48
  register: states

- name: Fail if a node is not compliant
  ansible.builtin.assert:
    that: states.summary.compliant == states.summary.total

- name: Read the baseline of production on Windows
  fleetpatch.aws.ssm_patch_state_info:
    instance_ids: []
    effective_baselines:
      - patch_group: prod
        operating_system: WINDOWS
"""

RETURN = r"""
patch_states:
  description: The patch state of each node, sorted by id.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the node.
      type: str
      sample: i-0123456789abcdef0
    status:
      description: V(compliant), V(non_compliant) or V(never_scanned).
      type: str
      sample: non_compliant
    stale:
      description: Whether the last operation is older than O(stale_after_hours). V(null) without that option or without data.
      type: bool
      sample: false
    operation:
      description: V(Scan) or V(Install).
      type: str
      sample: Scan
    operation_start_time:
      description: Start time of the last operation, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    operation_end_time:
      description: End time of the last operation, in UTC.
      type: str
      sample: "2026-03-10T01:02:31Z"
    baseline_id:
      description: Id of the baseline that was used.
      type: str
      sample: pb-0123456789abcdef0
    patch_group:
      description: The patch group of the node.
      type: str
      sample: prod
    snapshot_id:
      description: Id of the snapshot of the baseline that was used.
      type: str
      sample: 5a7ab3ce-0b3c-4c6d-9d0e-2f6f6f1c2a11
    reboot_option:
      description: V(RebootIfNeeded) or V(NoReboot).
      type: str
      sample: RebootIfNeeded
    installed_count:
      description: Number of patches of the baseline that are installed.
      type: int
      sample: 40
    installed_other_count:
      description: Number of installed patches that are not in the baseline.
      type: int
      sample: 3
    installed_pending_reboot_count:
      description: Number of installed patches that require a reboot.
      type: int
      sample: 0
    installed_rejected_count:
      description: Number of installed patches that the baseline rejects.
      type: int
      sample: 0
    missing_count:
      description: Number of patches of the baseline that are missing.
      type: int
      sample: 6
    failed_count:
      description: Number of patches whose installation failed.
      type: int
      sample: 0
    not_applicable_count:
      description: Number of patches of the baseline that are not applicable.
      type: int
      sample: 120
    critical_non_compliant_count:
      description: Number of non-compliant patches with the compliance level critical.
      type: int
      sample: 1
    security_non_compliant_count:
      description: Number of non-compliant security patches.
      type: int
      sample: 4
    other_non_compliant_count:
      description: Number of other non-compliant patches.
      type: int
      sample: 1
    patches:
      description: The patches, as selected by O(details).
      type: list
      elements: dict
      sample: [{title: kernel, kb_id: kernel.x86_64, classification: Security, severity: Important, state: MISSING}]
baselines:
  description: The baselines of O(effective_baselines).
  returned: success
  type: list
  elements: dict
  contains:
    patch_group:
      description: The patch group.
      type: str
      sample: prod
    operating_system:
      description: The operating system.
      type: str
      sample: WINDOWS
    baseline_id:
      description: Id of the baseline, or its ARN if AWS owns it.
      type: str
      sample: pb-0123456789abcdef0
    baseline_name:
      description: Name of the baseline.
      type: str
      sample: prod-windows
    default:
      description: Whether the default baseline of the operating system is used because no baseline is registered for the patch group.
      type: bool
      sample: false
summary:
  description: Number of nodes by status, and number of stale nodes in total.
  returned: success
  type: dict
  sample: {total: 2, compliant: 1, non_compliant: 1, never_scanned: 0, stale: 0}
"""


from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.patch_states import read

SPEC = {
    "instance_ids": {"type": "list", "elements": "str"},
    "patch_group": {"type": "str"},
    "details": {"type": "str", "choices": ["none", "missing", "failed", "all"], "default": "none"},
    "stale_after_hours": {"type": "float"},
    "effective_baselines": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"patch_group": {"type": "str"}, "operating_system": {"type": "str", "required": True}},
    },
}


def work(module):
    aws, params = connection.connect(module), module.params
    states = read.read(
        aws,
        instance_ids=params["instance_ids"],
        patch_group=params["patch_group"],
        details=params["details"],
        stale_after_hours=params["stale_after_hours"],
        now=None if params["stale_after_hours"] is None else api.service_time(aws),
    )
    baselines = [
        read.effective_baseline(aws, pair["patch_group"], pair["operating_system"])
        for pair in params["effective_baselines"]
    ]
    return {
        "changed": False,
        "patch_states": states,
        "baselines": baselines,
        "summary": read.summary(states),
    }


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, mutually_exclusive=[("instance_ids", "patch_group")]
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
