# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: request_problems
version_added: "1.0.0"
short_description: Find out what AWS would refuse of the requests of a patch run
description:
  - Checks the parameters of an Automation execution against the limits of C(StartAutomationExecution) and the declarations in the runbook, and
    tags against the limits of EC2, before anything is created.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Parameters of the runbook, each a value or a list of values.
    type: dict
    required: true
  declared:
    description: Section C(parameters) of the runbook. If omitted, only the limits of the API are checked.
    type: dict
  own:
    description: Names of parameters that every target gets by itself, such as its id.
    type: list
    elements: str
    default: []
  tags:
    description: Tags of images and snapshots.
    type: dict
    default: {}
  settings:
    description:
      - Variables of the role P(fleetpatch.aws.patch_run#role) that name resources, by name, for example C(patch_run_document).
      - If omitted, they are not checked.
    type: dict
"""

EXAMPLES = r"""
- name: Show that the runbook does not know the value
  ansible.builtin.debug:
    msg: "{{ {'RebootOption': 'Never'} | fleetpatch.aws.request_problems(declared={'RebootOption': {'allowedValues': ['NoReboot']}}) }}"
"""

RETURN = r"""
_value:
  description: What AWS would refuse, one sentence each. Empty when nothing is known.
  type: list
  elements: str
  sample: ["parameter RebootOption: 'Never' must be one of NoReboot"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.requests import parameter_problems
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.requests import setting_problems
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.requests import tag_problems
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("request_problems", "the parameters or tags")
def filter_request_problems(parameters, declared=None, own=(), tags=None, settings=None):
    found = [*parameter_problems(parameters, declared, own), *tag_problems(tags or {})]
    return found if settings is None else [*setting_problems(settings), *found]


class FilterModule:
    def filters(self) -> dict:
        return {"request_problems": filter_request_problems}
