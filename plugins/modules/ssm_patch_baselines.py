#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_baselines
version_added: "1.0.0"
short_description: Manage many patch baselines, their patch groups and the defaults of operating systems in one go
description:
  - Makes sure that a list of patch baselines is as declared, with one listing for all of them instead of one for each.
  - All baselines are read and compared before the first one is written. Wrong options of any of them stop everything before that.
  - What cannot be written is a value of its item; the others are done all the same, and the module fails in the end with all results.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  baselines:
    description:
      - The baselines, each with the options of M(fleetpatch.aws.ssm_patch_baseline).
      - Patch groups and the default of an operating system may go from one baseline of the list to another one; each can be given to one
        of them only. A baseline that is to be removed is removed after the others got its groups.
      - A name together with an operating system that nothing has is a new baseline, also when the name is that of one for another system
        which is in the list too.
    type: list
    elements: dict
    required: true
  tags:
    description:
      - Tags for all of them, under the tags of the item itself.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that are not given are removed. Without O(tags) and without tags of the item, nothing is removed.
      - An item can have another value.
    type: bool
    default: true
  deployment:
    description:
      - Name of the deployment that the baselines belong to, 1 to 64 letters, digits, underscores, dots and hyphens. They get the tags
        C(fleetpatch:owner) and C(fleetpatch:deployment).
    type: str
  purge:
    description:
      - Whether baselines with the tags of O(deployment) that are not in the list are removed. AWS's own defaults are restored.
    type: bool
    default: false
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - AWS has quotas of 50 baselines in an account and Region, and of 25 patch groups for a baseline. They can be raised, so a list that goes
    beyond them is warned of, and AWS decides.
  - Patch policies of Quick Setup use neither patch groups nor defaults. AWS marks nothing on a baseline that such a policy uses, and lets it
    be deleted; only the configuration of the policy (C(SelectedPatchBaselines)) names it.
seealso:
  - module: fleetpatch.aws.ssm_patch_baseline
  - module: fleetpatch.aws.ssm_patch_baseline_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: One baseline for each operating system of the shop, and none that was declared earlier
  fleetpatch.aws.ssm_patch_baselines:
    deployment: shop
    purge: true
    tags:
      team: shop
    baselines:
      - name: shop-windows
        operating_system: WINDOWS
        approval_rules:
          - patch_filters:
              - key: MSRC_SEVERITY
                values: [Critical, Important]
            approve_after_days: 7
        patch_groups: [prod, test]
      - name: shop-ubuntu
        operating_system: UBUNTU
        approval_rules:
          - patch_filters:
              - key: PRIORITY
                values: [Required, Important, Standard]
        patch_groups: [prod, test]
        default: true
      - name: shop-old
        state: absent
"""

RETURN = r"""
results:
  description: One result for each baseline of the list, and for each that was purged after them.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the baseline, with its operating system where two have the same name.
      type: str
      sample: shop-windows
    action:
      description: What was done, or would be in check mode; V(created), V(updated), V(removed), V(unchanged) or V(failed).
      type: str
      sample: updated
    changed:
      description: Whether the baseline changed.
      type: bool
      sample: true
    baseline:
      description:
        - The baseline after the run, as M(fleetpatch.aws.ssm_patch_baseline) returns it; empty when it does not exist or failed.
        - C(created_date) and C(modified_date) are V(null) where this run made the baseline.
      type: dict
      sample: {name: shop-windows, operating_system: WINDOWS, patch_groups: [prod, test], default: false}
    changes:
      description: The fields that changed.
      returned: when it did not fail
      type: list
      elements: dict
      sample: [{field: rejected_patches_action, before: ALLOW_AS_DEPENDENCY, after: BLOCK}]
    moved_patch_groups:
      description: Patch groups that are taken from another baseline, with its id.
      type: list
      elements: dict
      sample: [{patch_group: prod, from: pb-0fedcba9876543210}]
    unconfirmed:
      description: Fields that the listing after the run still shows otherwise.
      returned: when there are some
      type: list
      elements: dict
      sample: [{field: description, before: Windows of the shop, after: null}]
    failure:
      description: What went wrong, with code, message and details.
      returned: when it failed
      type: dict
      sample: {name: shop-windows, code: AccessDeniedException, message: Could not create patch baseline shop-windows, details: {}}
summary:
  description: How many baselines had which action.
  returned: always
  type: dict
  sample: {created: 2, updated: 0, removed: 1, unchanged: 5, failed: 0}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baseline_list
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baseline_options

SPEC = {
    "baselines": {"type": "list", "elements": "dict", "required": True},
    **argspec.TAGS,
    "deployment": {"type": "str"},
    "purge": {"type": "bool", "default": False},
}


def work(module):
    params = module.params
    # The items are plain dicts for Ansible, so it cannot know which of their values are secrets.
    module.no_log_values.update(baseline_options.secrets(params["baselines"]))
    entries = baseline_list.entries_of(
        baseline_options.items_of(params["baselines"]),
        tags=baseline_options.texts(params["tags"]),
        purge_tags=params["purge_tags"],
        deployment=params["deployment"],
    )
    return baseline_list.make_many(
        api.connect(module),
        entries,
        deployment=params["deployment"],
        purge=params["purge"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, required_if=[("purge", True, ("deployment",))]
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
