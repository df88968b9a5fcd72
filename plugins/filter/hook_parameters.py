# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: hook_parameters
version_added: "1.0.0"
short_description: Turn a hook into parameters of the patch runbook
description:
  - Turns what a role variable says of a hook into the parameters of the runbook C(fleetpatch-PatchHost).
  - Checks the limits of Automation parameters, a list of at most 50 items of at most 512 characters,
    so that a script that is too long is found before anything starts.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - The hook. An empty dictionary is no hook.
      - Either C(document) (name of a Command document) with C(parameters),
        or C(linux) and C(windows) (a script as text or list of lines; a platform without one does nothing).
      - With C(timeout), seconds that it may take, at most four hours. Of a document it becomes the parameter C(executionTimeout).
    type: dict
    required: true
  which:
    description: Which hook it is.
    type: str
    choices: [Pre, Post, Exit]
    required: true
"""

EXAMPLES = r"""
- name: Stop a service before patching, on Linux only
  ansible.builtin.debug:
    msg: "{{ {'linux': ['systemctl stop shop']} | fleetpatch.aws.hook_parameters('Pre') }}"
"""

RETURN = r"""
_value:
  description: Parameters of the runbook.
  type: dict
  sample: {PreHook: none}
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.hooks import HookError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.hooks import hook_parameters


def filter_hook_parameters(hook: dict, which: str) -> dict:
    try:
        return hook_parameters(hook, which)
    except HookError as error:
        raise AnsibleFilterError(f"hook_parameters: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"hook_parameters": filter_hook_parameters}
