# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: baseline_sets
version_added: "1.0.0"
short_description: Build patch baselines from sets
description:
  - Builds declarations of patch baselines for M(fleetpatch.aws.ssm_patch_baselines) from sets, from copies of AWS's own baselines, and
    from complete declarations.
  - A baseline of a set or a copy is complete. Options that the set does not define get the values of a new baseline, so manual additions
    are drift.
  - Fails, naming both baselines, when two of them have the same name and operating system or the same patch group and operating system,
    or when both are the default of the same operating system.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - List of sets. Each is the name of a set, or a dictionary with C(set) and the options C(operating_systems), C(patch_groups), C(default)
        and C(prefix), which have the same meaning as below, and C(overrides), a dictionary of options by operating system.
    type: list
    elements: raw
    required: true
  shipped:
    description: The definitions of the sets by name, each with C(baselines).
    type: dict
    required: true
  operating_systems:
    description: Build baselines only for these operating systems, as spelled by the API. An empty list selects all.
    type: list
    elements: str
    default: []
  patch_groups:
    description: Patch groups of all baselines of the sets. An empty list keeps the patch groups that the sets define.
    type: list
    elements: str
    default: []
  default:
    description: Whether the baselines of the sets are the default baselines of their operating systems.
    type: bool
    default: false
  prefix:
    description: Prefix for the names of baselines from sets and copies.
    type: str
    default: ""
  duplicates:
    description:
      - Copies of AWS's own baselines, each with C(operating_system), C(source) (the name of the AWS baseline; the default one if omitted), and
        options of M(fleetpatch.aws.ssm_patch_baseline) that override the source.
      - A copy is the default baseline of its operating system unless C(default) is V(false).
    type: list
    elements: dict
    default: []
  provided:
    description: AWS's own baselines, as returned by M(fleetpatch.aws.ssm_patch_baseline_info).
    type: list
    elements: dict
    default: []
  baselines:
    description: Complete declarations, with the options of M(fleetpatch.aws.ssm_patch_baseline). They are passed through unchanged.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Build the baselines of a set for the patch groups of the shop
  ansible.builtin.debug:
    msg: "{{ ['plain'] | fleetpatch.aws.baseline_sets(data, patch_groups=['web'], prefix='shop-') }}"
  vars:
    data:
      plain:
        baselines:
          - name: windows
            operating_system: WINDOWS
            approved_patches: [KB5000000]
"""

RETURN = r"""
_value:
  description: List of baselines, with the options of M(fleetpatch.aws.ssm_patch_baseline).
  type: list
  elements: dict
  sample:
    - name: shop-windows
      operating_system: WINDOWS
      global_filters: []
      approval_rules: []
      approved_patches: [KB5000000]
      approved_patches_compliance_level: UNSPECIFIED
      approved_patches_enable_non_security: false
      rejected_patches: []
      rejected_patches_action: ALLOW_AS_DEPENDENCY
      sources: []
      patch_groups: [web]
      default: false
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.baseline_sets import Common
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.baseline_sets import baselines_of
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("baseline_sets", "a set, copy or baseline")
def filter_baseline_sets(
    sets,
    shipped,
    operating_systems=(),
    patch_groups=(),
    default=False,
    prefix="",
    duplicates=(),
    provided=(),
    baselines=(),
):
    common = Common(tuple(operating_systems), tuple(patch_groups), bool(default), prefix)
    return baselines_of(sets, shipped, common, duplicates, provided, baselines)


class FilterModule:
    def filters(self) -> dict:
        return {"baseline_sets": filter_baseline_sets}
