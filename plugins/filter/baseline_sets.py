# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: baseline_sets
version_added: "1.0.0"
short_description: Make patch baselines from sets
description:
  - Makes declarations of patch baselines, as M(fleetpatch.aws.ssm_patch_baselines) takes them, from sets of them, from copies of AWS's own
    baselines, and from declarations as they are.
  - A baseline of a set or a copy is whole; what the set does not say is what a new baseline has, so that additions by hand are drift.
  - Two baselines of one name and system, of one patch group and system, or two defaults for one system are an error that names both.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - The sets, each a name, or a dictionary with C(set) and the options C(operating_systems), C(patch_groups), C(default) and C(prefix),
        which mean the same as here, and C(overrides), a dictionary of options by operating system.
    type: list
    elements: raw
    required: true
  shipped:
    description: The data of the sets by name, each with C(baselines).
    type: dict
    required: true
  operating_systems:
    description: Only baselines of the sets for these operating systems, in the words of the API; empty takes all.
    type: list
    elements: str
    default: []
  patch_groups:
    description: Patch groups of all baselines of the sets; empty takes those that the sets name.
    type: list
    elements: str
    default: []
  default:
    description: Whether the baselines of the sets are the defaults of their operating systems.
    type: bool
    default: false
  prefix:
    description: Stands before the names of the sets' baselines and of copies.
    type: str
    default: ""
  duplicates:
    description:
      - Copies of AWS's own baselines, each with C(operating_system), C(source) (name of AWS's baseline, omitted the default one), and options
        of M(fleetpatch.aws.ssm_patch_baseline) that differ from it. A copy is the default of its system unless C(default) says otherwise.
    type: list
    elements: dict
    default: []
  provided:
    description: AWS's own baselines, as M(fleetpatch.aws.ssm_patch_baseline_info) returns them.
    type: list
    elements: dict
    default: []
  baselines:
    description: Declarations as they are, with the options of M(fleetpatch.aws.ssm_patch_baseline).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: The baselines of a set, for the patch groups of the shop
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
  description: The baselines, each with options of M(fleetpatch.aws.ssm_patch_baseline).
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

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.baseline_sets import Common
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.baseline_sets import SetError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.baseline_sets import baselines_of


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
    try:
        return baselines_of(sets, shipped, common, duplicates, provided, baselines)
    except SetError as error:
        raise AnsibleFilterError(f"baseline_sets: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"baseline_sets: a set, copy or baseline is malformed: {error!r}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"baseline_sets": filter_baseline_sets}
