# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
version_added: "1.0.0"
short_description: Find misspelt variables of the roles
description:
  - Returns a message for each variable that starts with C(patch_) and that no role of this collection knows, with the nearest known name.
  - The roles reject such variables, because a misspelt selection or limit would otherwise silently have no effect.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Names of variables. Names that do not start with C(patch_) are ignored.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Reject misspelt variables
  ansible.builtin.assert:
    that: misspelt | length == 0
    fail_msg: "{{ misspelt | join('; ') }}"
  vars:
    misspelt: "{{ query('ansible.builtin.varnames', '^patch_') | fleetpatch.aws.unknown_variables }}"
"""

RETURN = r"""
_value:
  description: A message for each unknown name, sorted by name.
  type: list
  elements: str
  sample: ["patch_run_enviroments is not a variable of this collection; did you mean patch_run_environments?"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import variables
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("unknown_variables", "the names")
def filter_unknown_variables(names):
    return variables.unknown(names)


class FilterModule:
    def filters(self) -> dict:
        return {"unknown_variables": filter_unknown_variables}
