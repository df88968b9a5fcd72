#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_baselines
version_added: "1.0.0"
short_description: Manage many patch baselines, their patch groups and the default baselines of operating systems
description:
  - Manages a list of patch baselines with a single listing instead of one per baseline.
  - All baselines are compared before the first one is changed. Invalid options of any baseline fail the module before any change.
  - If changing a baseline fails, the others are still processed, and the module fails at the end with the results of all.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  baselines:
    description:
      - The baselines, each with the options of M(fleetpatch.aws.ssm_patch_baseline).
      - Patch groups and the default of an operating system may move from one baseline of the list to another; each can be assigned to only
        one of them. A baseline with C(state=absent) is removed after its patch groups were registered with others.
      - A name with an operating system that no baseline has defines a new baseline, even if the list contains a baseline of the same name for
        another operating system.
    type: list
    elements: dict
    required: true
  tags:
    description:
      - Tags for all baselines. Tags of an item take precedence.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove tags that are not given. If neither O(tags) nor the tags of the item are given, no tags are removed.
      - Can be overridden in an item.
    type: bool
    default: true
  deployment:
    description:
      - Name of the deployment that the baselines belong to, 1 to 64 letters, digits, underscores, dots and hyphens. Adds the tags
        C(fleetpatch:owner) and C(fleetpatch:deployment).
    type: str
  purge:
    description:
      - Whether to remove baselines with the tags of O(deployment) that are not in the list. AWS's own defaults are restored.
    type: bool
    default: false
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - AWS has quotas of 50 baselines per account and Region, and of 25 patch groups per baseline. Quotas can be increased, so the module only
    warns about a list that exceeds them.
  - Patch policies of Quick Setup use neither patch groups nor default baselines. AWS does not mark a baseline that such a policy uses, and
    allows deleting it; only the configuration of the policy (C(SelectedPatchBaselines)) refers to it.
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
- name: Manage one baseline per operating system of the shop, and remove those declared earlier
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
  description: One result per baseline of the list, followed by one per purged baseline.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the baseline, with its operating system if the name is not unique.
      type: str
      sample: shop-windows
    action:
      description: Action on the baseline, V(created), V(updated), V(removed), V(unchanged) or V(failed). In check mode, the predicted action.
      type: str
      sample: updated
    changed:
      description: Whether the baseline was changed, or would be in check mode.
      type: bool
      sample: true
    baseline:
      description:
        - The baseline after the change, in the format of M(fleetpatch.aws.ssm_patch_baseline). Empty if it does not exist or failed.
        - C(created_date) and C(modified_date) are V(null) for a new baseline.
      type: dict
      sample: {name: shop-windows, operating_system: WINDOWS, patch_groups: [prod, test], default: false}
    changes:
      description: The fields that changed.
      returned: when it did not fail
      type: list
      elements: dict
      sample: [{field: rejected_patches_action, before: ALLOW_AS_DEPENDENCY, after: BLOCK}]
    moved_patch_groups:
      description: Patch groups that were moved from another baseline, with the id of that baseline.
      type: list
      elements: dict
      sample: [{patch_group: prod, from: pb-0fedcba9876543210}]
    unconfirmed:
      description: Fields that still had another value in the listing after the change.
      returned: when there are some
      type: list
      elements: dict
      sample: [{field: description, before: Windows of the shop, after: null}]
    failure:
      description: Details of the failure, with C(code), C(message) and C(details).
      returned: when it failed
      type: dict
      sample: {name: shop-windows, code: AccessDeniedException, message: Could not create patch baseline shop-windows, details: {}}
summary:
  description: Number of baselines by action.
  returned: always
  type: dict
  sample: {created: 2, updated: 0, removed: 1, unchanged: 5, failed: 0}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import many
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import options

SPEC = {
    "baselines": {"type": "list", "elements": "dict", "required": True},
    **argspec.TAGS,
    "deployment": {"type": "str"},
    "purge": {"type": "bool", "default": False},
}


def work(module):
    params = module.params
    # The items are plain dicts for Ansible, so it cannot know which of their values are secrets.
    module.no_log_values.update(options.secrets(params["baselines"]))
    entries = many.entries_of(
        options.items_of(params["baselines"]),
        tags=tag_texts(params["tags"]),
        purge_tags=params["purge_tags"],
        deployment=params["deployment"],
    )
    return many.make_many(
        connection.connect(module),
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
