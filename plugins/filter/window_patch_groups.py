# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_patch_groups
version_added: "1.0.0"
short_description: List the patch groups of maintenance windows
description:
  - Lists the values of the tags C(Patch Group) and C(PatchGroup) that maintenance windows target, so that baselines can be registered for them.
  - Windows with C(state=absent) are ignored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: List of sets of windows, in the format of P(fleetpatch.aws.window_sets#filter), of declarations of windows, or of both.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: List the patch groups of two windows a month
  ansible.builtin.debug:
    msg: "{{ [{'set': 'matrix', 'weeks': [1], 'days': [2]}] | fleetpatch.aws.window_patch_groups }}"
"""

RETURN = r"""
_value:
  description: The patch groups, sorted, without duplicates.
  type: list
  elements: str
  sample: ["Week 1 Day 2 - Unattended - 03:00", "Week 1 Day 2 - Unattended - 04:00"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_sets import patch_groups
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("window_patch_groups", "a set or window")
def filter_window_patch_groups(items):
    return patch_groups(items)


class FilterModule:
    def filters(self) -> dict:
        return {"window_patch_groups": filter_window_patch_groups}
