# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: hook_parameters
version_added: "1.0.0"
short_description: Convert a hook to parameters of the patch runbook
description:
  - Converts a hook of a role variable to the parameters of the runbook C(fleetpatch-PatchHost).
  - Fails when the hook exceeds the limits of Automation parameters, lists of at most 50 items of at most 512 characters each,
    so that a script that is too long is reported before the run starts.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - The hook. An empty dictionary means no hook.
      - Either C(document) (name of a Command document) with C(parameters),
        or C(linux) and C(windows) (a script as a string or a list of lines; a platform without a script does nothing).
      - C(timeout) limits the hook in seconds, at most four hours. For a document it is passed as the parameter C(executionTimeout).
    type: dict
    required: true
  which:
    description: Type of the hook.
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

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hooks import hook_parameters
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("hook_parameters", "the hook")
def filter_hook_parameters(hook: dict, which: str) -> dict:
    return hook_parameters(hook, which)


class FilterModule:
    def filters(self) -> dict:
        return {"hook_parameters": filter_hook_parameters}
