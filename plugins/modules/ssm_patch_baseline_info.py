#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_baseline_info
version_added: "1.0.0"
short_description: Read patch baselines with their patch groups
description:
  - Reads patch baselines with rules, patch groups, tags, and whether each is the default of its operating system. All of the given options
    must match.
  - If no baseline matches, RV(baselines) is empty and the module succeeds.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  baseline_ids:
    description:
      - Ids or ARNs of baselines.
    type: list
    elements: str
  names:
    description:
      - Exact names of baselines.
    type: list
    elements: str
  operating_system:
    description:
      - Operating system, as spelled by the API, for example V(WINDOWS) or V(AMAZON_LINUX_2023).
    type: str
  owner:
    description:
      - Owner of the baselines, either the account (V(Self)) or AWS.
      - Defaults to V(All) if O(baseline_ids) or O(patch_group) is given, otherwise to V(Self).
    type: str
    choices: [Self, AWS, All]
  patch_group:
    description:
      - Read only baselines that are registered for this patch group, at most one per operating system. The default baselines, which
        nodes without a registered patch group use, are not included.
    type: str
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
seealso:
  - module: fleetpatch.aws.ssm_patch_baseline
  - module: fleetpatch.aws.ssm_patch_baselines
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read the baselines of the account for Windows
  fleetpatch.aws.ssm_patch_baseline_info:
    operating_system: WINDOWS

- name: Read the baselines of a patch group
  fleetpatch.aws.ssm_patch_baseline_info:
    patch_group: prod

- name: Read the baselines that AWS provides for Ubuntu
  fleetpatch.aws.ssm_patch_baseline_info:
    owner: AWS
    operating_system: UBUNTU
"""

RETURN = r"""
baselines:
  description: The baselines, sorted by name and id.
  returned: success
  type: list
  elements: dict
  contains:
    owner:
      description: V(Self), or V(AWS) for a baseline that AWS provides.
      type: str
      sample: Self
    baseline_id:
      description: Id of the baseline, or its ARN if AWS owns it.
      type: str
      sample: pb-0123456789abcdef0
    name:
      description: Name of the baseline.
      type: str
      sample: shop-windows
    operating_system:
      description: The operating system.
      type: str
      sample: WINDOWS
    description:
      description: Description of the baseline.
      type: str
      sample: Windows servers of the shop
    global_filters:
      description: Filters that every patch must pass.
      type: list
      elements: dict
      sample: [{key: PRODUCT, values: ["*"]}]
    approval_rules:
      description: Rules that approve patches.
      type: list
      elements: dict
      sample:
        - patch_filters: [{key: MSRC_SEVERITY, values: [Critical, Important]}]
          approve_after_days: 7
          approve_until_date: null
          compliance_level: CRITICAL
          enable_non_security: false
    approved_patches:
      description: Patches that are always approved.
      type: list
      elements: str
      sample: []
    approved_patches_compliance_level:
      description: Compliance level of a missing approved patch.
      type: str
      sample: UNSPECIFIED
    approved_patches_enable_non_security:
      description: Whether approved patches may be patches that are not security related.
      type: bool
      sample: false
    rejected_patches:
      description: Patches that are rejected.
      type: list
      elements: str
      sample: [KB5000000]
    rejected_patches_action:
      description: Whether a rejected patch may be installed as a dependency.
      type: str
      sample: BLOCK
    sources:
      description: Repositories used instead of those configured on the machine. The configuration is a hash.
      type: list
      elements: dict
      sample: [{name: mirror, products: ["*"], configuration: "sha256:9f86d081884c7d65"}]
    available_security_updates_compliance_status:
      description: Compliance status of a node with available security updates that are not approved yet.
      type: str
      sample: COMPLIANT
    patch_groups:
      description: Patch groups that use the baseline.
      type: list
      elements: str
      sample: [prod, test]
    default:
      description: Whether the baseline is the default of its operating system.
      type: bool
      sample: false
    created_date:
      description: Creation time of the baseline, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    modified_date:
      description: Time of the last change of the baseline, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    tags:
      description: Tags of the baseline.
      type: dict
      sample: {team: shop}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import read

SPEC = {
    "baseline_ids": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "operating_system": {"type": "str"},
    "owner": {"type": "str", "choices": ["Self", "AWS", "All"]},
    "patch_group": {"type": "str"},
}


def work(module):
    params = module.params
    anyone = params["baseline_ids"] is not None or params["patch_group"] is not None
    found = read.listed(
        connection.connect(module),
        baseline_ids=params["baseline_ids"],
        names=params["names"],
        operating_system=params["operating_system"],
        owner=params["owner"] or ("All" if anyone else "Self"),
        patch_group=params["patch_group"],
    )
    return {"changed": False, "baselines": found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
