#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_baseline
version_added: "1.0.0"
short_description: Manage a patch baseline, its patch groups and the default of an operating system
description:
  - Makes sure that a patch baseline exists with the wanted rules, lists, sources, patch groups and tags, or that it does not exist.
  - What is omitted stays as it is, what is given is made so, and an empty list or text clears.
  - A baseline is found by its name among the own ones of the account and Region, or by its id. AWS lets several have the same name; that
    is an error here that lists them, unless O(operating_system) tells them apart.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  name:
    description:
      - Name of the baseline. With O(baseline_id), the name that it gets.
    type: str
  baseline_id:
    description:
      - Id (or ARN) of an own baseline that exists. Needed to rename it, or where several have the same name.
    type: str
  state:
    description:
      - Whether the baseline must exist.
      - With V(absent) its patch groups are deregistered before, and AWS's own default is restored when it was the default one. When
        O(operating_system) is given, only a baseline for that system is removed.
    type: str
    choices: [present, absent]
    default: present
  operating_system:
    description:
      - The operating system, in the words of the API, for example V(WINDOWS), V(AMAZON_LINUX_2023), V(UBUNTU) or
        V(REDHAT_ENTERPRISE_LINUX); all that the installed C(botocore) knows are possible.
      - Required to create the baseline, because AWS would silently take Windows. It cannot be changed, see O(recreate).
      - Tells apart baselines of the same name.
    type: str
  recreate:
    description:
      - Whether a baseline for another O(operating_system) is replaced.
      - The new one takes over what is not given, also patch groups and being the default, both for the new system. It gets another id. The
        former one is removed when the new one is complete.
    type: bool
    default: false
  description:
    description:
      - Description of the baseline.
    type: str
  global_filters:
    description:
      - Filters that every patch must pass. The AWS console does not show them.
      - The order means nothing here and in the other lists of this module.
    type: list
    elements: dict
    suboptions: &filter
      key:
        description:
          - What is filtered, in the words of the API, for example V(PRODUCT), V(CLASSIFICATION), V(MSRC_SEVERITY), V(SEVERITY) or
            V(PRIORITY). Which are possible depends on the operating system.
        type: str
        required: true
      values:
        description:
          - The values of which one must match, V(*) for all. They are handed to AWS as they are;
            C(aws ssm describe-patch-properties) lists them.
        type: list
        elements: str
        required: true
  approval_rules:
    description:
      - Rules that approve patches, at most 10. Given, the list replaces all rules.
    type: list
    elements: dict
    suboptions:
      patch_filters:
        description:
          - Filters that a patch must pass, at most 4.
        type: list
        elements: dict
        required: true
        suboptions: *filter
      approve_after_days:
        description:
          - How many days after its release a patch is approved, 0 to 360. Either this or O(approval_rules[].approve_until_date) is
            required, except for Debian and Ubuntu, which know neither (V(0) is taken as omitted there).
          - On Windows a patch that was replaced by a later one is dropped, so a long delay can keep patches away for ever.
        type: int
      approve_until_date:
        description:
          - Patches that were released on this day (C(YYYY-MM-DD), UTC) or before are approved.
        type: str
      compliance_level:
        description:
          - How severe it is when an approved patch is missing.
        type: str
        choices: &levels [CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL, UNSPECIFIED]
        default: UNSPECIFIED
      enable_non_security:
        description:
          - Whether patches that are not security related are approved too. Not for Windows.
        type: bool
        default: false
  approved_patches:
    description:
      - Patches that are approved in any case, at most 50.
    type: list
    elements: str
  approved_patches_compliance_level:
    description:
      - How severe it is when one of O(approved_patches) is missing.
    type: str
    choices: *levels
  approved_patches_enable_non_security:
    description:
      - Whether O(approved_patches) may hold patches that are not security related. Not for Windows.
    type: bool
  rejected_patches:
    description:
      - Patches that are rejected, at most 50.
    type: list
    elements: str
  rejected_patches_action:
    description:
      - Whether a rejected patch may be installed as a dependency of another one (not on Windows, which has no dependencies).
    type: str
    choices: [ALLOW_AS_DEPENDENCY, BLOCK]
  sources:
    description:
      - Repositories that are used B(instead of) those that are configured on the machine, at most 20. Not for Windows.
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
          - Versions of the operating system that use it, for example V(AmazonLinux2023) or V(*).
        type: list
        elements: str
        required: true
      configuration:
        description:
          - The configuration of the repository, at most 1024 characters. It may hold a password and is never shown; results have a hash.
        type: str
        required: true
  available_security_updates_compliance_status:
    description:
      - What a node is called on which security updates are available that the baseline does not approve yet. For Windows only.
    type: str
    choices: [COMPLIANT, NON_COMPLIANT]
  patch_groups:
    description:
      - Patch groups that use the baseline. A group has one baseline for each operating system; one that another baseline has for this
        system is moved, and gets its former baseline back when the move fails.
    type: list
    elements: str
  purge_patch_groups:
    description:
      - Whether groups of the baseline that are not in O(patch_groups) are deregistered.
    type: bool
    default: true
  default:
    description:
      - Whether the baseline is the default of its operating system, which nodes without a registered patch group use.
      - V(false) makes AWS's own baseline the default again when this one is it.
    type: bool
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Patch policies of Quick Setup use neither patch groups nor defaults. AWS lets a baseline be deleted that such a policy uses.
  - AWS has quotas of 50 baselines in an account and Region, and of 25 patch groups for a baseline.
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
- name: Critical and important Windows patches after a week, for two patch groups
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

- name: Remove the baseline; AWS's own default is restored
  fleetpatch.aws.ssm_patch_baseline:
    name: shop-windows
    state: absent
"""

RETURN = r"""
baseline:
  description: The baseline after the run, as predicted in check mode; empty when it does not exist. Lists are sorted.
  returned: always
  type: dict
  contains:
    baseline_id:
      description: Id of the baseline; V(null) when it is predicted.
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
      description: Patches that are approved in any case.
      type: list
      elements: str
      sample: []
    approved_patches_compliance_level:
      description: How severe it is when one of them is missing.
      type: str
      sample: UNSPECIFIED
    approved_patches_enable_non_security:
      description: Whether they may be patches that are not security related.
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
      description: Repositories that are used instead of those of the machine, each configuration as a hash.
      type: list
      elements: dict
      sample: [{name: mirror, products: ["*"], configuration: "sha256:9f86d081884c7d65"}]
    available_security_updates_compliance_status:
      description: What a node is called on which security updates are available that are not approved yet.
      type: str
      sample: COMPLIANT
    patch_groups:
      description: Patch groups that use the baseline.
      type: list
      elements: str
      sample: [prod, test]
    default:
      description: Whether it is the default of its operating system.
      type: bool
      sample: false
    created_date:
      description: When the baseline was made, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    modified_date:
      description: When the baseline was changed last, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    tags:
      description: Tags of the baseline.
      type: dict
      sample: {team: shop}
moved_patch_groups:
  description: Patch groups that are taken from another baseline, with its id.
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
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baseline_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baselines

SPEC = {**baseline_options.BASELINE, **argspec.TAGS}


def work(module):
    params = module.params
    desired = baseline_options.desired_of(params)
    return baselines.make(
        api.connect(module),
        desired,
        tags=baseline_options.texts(params["tags"]),
        purge_tags=params["purge_tags"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, required_one_of=baseline_options.REQUIRED_ONE_OF
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
