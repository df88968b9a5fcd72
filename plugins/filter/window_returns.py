# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_returns
version_added: "1.0.0"
short_description: Find the hosts of self-service windows that are removed
description:
  - Returns which hosts get the tags of the default window when a self-service window is removed, for M(fleetpatch.aws.ec2_patch_tags).
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: List of sets of windows, in the format of P(fleetpatch.aws.window_sets#filter).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Find the hosts of the window of Dev, which is removed
  ansible.builtin.debug:
    msg: "{{ [{'set': 'self_service', 'environment': 'Dev', 'state': 'absent'}] | fleetpatch.aws.window_returns }}"
"""

RETURN = r"""
_value:
  description: For each removed set, the name of its window, the tags that select its hosts (C(where)), and the tags to set on them.
  type: list
  elements: dict
  sample:
    - window: Dev_maintenance_window
      where: {Patch Group: [Dev]}
      tags: {Patch Group: Default, maintenance_window: Default_maintenance_window}
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_sets import returns_of
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("window_returns", "a set")
def filter_window_returns(sets):
    return returns_of(sets)


class FilterModule:
    def filters(self) -> dict:
        return {"window_returns": filter_window_returns}
