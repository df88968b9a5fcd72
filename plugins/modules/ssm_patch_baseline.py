#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_baseline
version_added: "1.0.0"
short_description: Manage a patch baseline, its patch groups and the default baseline of an operating system
description:
  - Creates, updates and removes patch baselines with their rules, lists, sources, patch groups and tags.
  - Omitted options keep their value. An empty list or string clears the value.
  - A baseline is identified by its name among the baselines of the account and Region, or by its id. AWS allows several baselines with the
    same name; the module then fails and lists them, unless O(operating_system) distinguishes them.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  name:
    description:
      - Name of the baseline. With O(baseline_id), its new name.
    type: str
  baseline_id:
    description:
      - Id or ARN of an existing baseline of the account. Required to rename it, or if its name is not unique.
    type: str
  state:
    description:
      - Whether the baseline must exist.
      - V(absent) also deregisters its patch groups. If it is the default baseline, AWS's own baseline becomes the default again. With
        O(operating_system), only a baseline for that operating system is removed.
    type: str
    choices: [present, absent]
    default: present
  operating_system:
    description:
      - Operating system, as spelled by the API, for example V(WINDOWS), V(AMAZON_LINUX_2023), V(UBUNTU) or
        V(REDHAT_ENTERPRISE_LINUX). All values that the installed C(botocore) knows are accepted.
      - Required to create the baseline, because AWS silently defaults to Windows. It cannot be changed, see O(recreate).
      - Distinguishes baselines with the same name.
    type: str
  recreate:
    description:
      - Whether to replace the baseline if O(operating_system) differs.
      - The new baseline keeps the values of omitted options, including patch groups and the default, both for the new operating system. It gets
        a new id. The old baseline is removed after the new one is complete.
    type: bool
    default: false
  description:
    description:
      - Description of the baseline.
    type: str
  global_filters:
    description:
      - Filters that every patch must match. The AWS console does not show them.
      - The order is not significant, here and in the other lists of this module.
    type: list
    elements: dict
    suboptions: &filter
      key:
        description:
          - Key of the filter, as spelled by the API, for example V(PRODUCT), V(CLASSIFICATION), V(MSRC_SEVERITY), V(SEVERITY) or
            V(PRIORITY). The allowed keys depend on the operating system.
        type: str
        required: true
      values:
        description:
          - Values of which one must match. V(*) matches all. They are passed to AWS unchanged;
            C(aws ssm describe-patch-properties) lists them.
        type: list
        elements: raw
        required: true
  approval_rules:
    description:
      - Rules that approve patches, at most 10. The list replaces all rules.
    type: list
    elements: dict
    suboptions:
      patch_filters:
        description:
          - Filters that a patch must match, at most 4.
        type: list
        elements: dict
        required: true
        suboptions: *filter
      approve_after_days:
        description:
          - Number of days after its release when a patch is approved, 0 to 360. Either this option or O(approval_rules[].approve_until_date) is
            required, except for Debian and Ubuntu, which support neither (V(0) is treated as omitted there).
          - On Windows, a patch that is superseded by a later one is no longer offered, so a long delay can prevent patches from ever being approved.
        type: int
      approve_until_date:
        description:
          - Approve patches that were released on or before this day (C(YYYY-MM-DD), UTC).
        type: str
      compliance_level:
        description:
          - Compliance level of a missing approved patch.
        type: str
        choices: &levels [CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL, UNSPECIFIED]
        default: UNSPECIFIED
      enable_non_security:
        description:
          - Whether to approve patches that are not security related. Not for Windows.
        type: bool
        default: false
  approved_patches:
    description:
      - Patches that are always approved, at most 50.
    type: list
    elements: str
  approved_patches_compliance_level:
    description:
      - Compliance level if one of O(approved_patches) is missing.
    type: str
    choices: *levels
  approved_patches_enable_non_security:
    description:
      - Whether O(approved_patches) may contain patches that are not security related. Not for Windows.
    type: bool
  rejected_patches:
    description:
      - Patches that are rejected, at most 50.
    type: list
    elements: str
  rejected_patches_action:
    description:
      - Whether a rejected patch may be installed as a dependency of another patch (not on Windows, which has no dependencies).
    type: str
    choices: [ALLOW_AS_DEPENDENCY, BLOCK]
  sources:
    description:
      - Repositories to use B(instead of) those that are configured on the machine, at most 20. Not for Windows.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the source.
        type: str
        required: true
      products:
        description:
          - Versions of the operating system that use the source, for example V(AmazonLinux2023) or V(*).
        type: list
        elements: str
        required: true
      configuration:
        description:
          - Configuration of the repository, at most 1024 characters. It may contain a password and is never shown. Results contain a hash.
        type: str
        required: true
  available_security_updates_compliance_status:
    description:
      - Compliance status of a node with available security updates that the baseline does not approve yet. Only for Windows.
    type: str
    choices: [COMPLIANT, NON_COMPLIANT]
  patch_groups:
    description:
      - Patch groups of the baseline. A patch group has one baseline per operating system. A group that is registered with another baseline
        for the operating system is moved, and is registered with that baseline again if the move fails.
    type: list
    elements: raw
  purge_patch_groups:
    description:
      - Whether to deregister patch groups of the baseline that are not in O(patch_groups).
    type: bool
    default: true
  default:
    description:
      - Whether the baseline is the default of its operating system, which nodes without a registered patch group use.
      - If the baseline is the default, V(false) makes AWS's own baseline the default again.
    type: bool
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Patch policies of Quick Setup use neither patch groups nor default baselines. AWS allows deleting a baseline that such a policy uses.
  - AWS has quotas of 50 baselines per account and Region, and of 25 patch groups per baseline.
seealso:
  - module: fleetpatch.aws.ssm_patch_baseline_info
  - module: fleetpatch.aws.ssm_patch_baselines
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Approve critical and important Windows patches after a week, for two patch groups
  fleetpatch.aws.ssm_patch_baseline:
    name: shop-windows
    operating_system: WINDOWS
    description: Windows servers of the shop
    approval_rules:
      - patch_filters:
          - key: CLASSIFICATION
            values: [CriticalUpdates, SecurityUpdates]
          - key: MSRC_SEVERITY
            values: [Critical, Important]
        approve_after_days: 7
        compliance_level: CRITICAL
    rejected_patches: [KB5000000]
    rejected_patches_action: BLOCK
    patch_groups: [prod, test]
    tags:
      team: shop

- name: Make a baseline the default of its operating system
  fleetpatch.aws.ssm_patch_baseline:
    name: shop-windows
    default: true

- name: Remove a baseline and restore AWS's own default
  fleetpatch.aws.ssm_patch_baseline:
    name: shop-windows
    state: absent
"""

RETURN = r"""
baseline:
  description: The baseline after the change, as predicted in check mode. Empty if it does not exist. Lists are sorted.
  returned: always
  type: dict
  contains:
    baseline_id:
      description: Id of the baseline. V(null) when it is predicted.
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
moved_patch_groups:
  description: Patch groups that were moved from another baseline, with the id of that baseline.
  returned: always
  type: list
  elements: dict
  sample: [{patch_group: prod, from: pb-0fedcba9876543210}]
changes:
  description: The fields that changed.
  returned: always
  type: list
  elements: dict
  sample: [{field: rejected_patches_action, before: ALLOW_AS_DEPENDENCY, after: BLOCK}]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import resource

SPEC = {**options.BASELINE, **argspec.TAGS}


def work(module):
    params = module.params
    desired = options.desired_of(params)
    return resource.make(
        connection.connect(module),
        desired,
        tags=tag_texts(params["tags"]),
        purge_tags=params["purge_tags"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True, required_one_of=options.REQUIRED_ONE_OF)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
