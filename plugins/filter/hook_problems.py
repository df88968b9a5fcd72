# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: hook_problems
version_added: "1.0.0"
short_description: List the problems of documents used as hooks
description:
  - Compares hooks with the Command documents that they name, so that a document is reported before the run starts when it does not exist,
    is not a Command document, requires another parameter or does not support the platform of a host.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - Dictionary of hooks, in the format of P(fleetpatch.aws.hook_parameters#filter). The keys name the hooks in the result.
      - A string instead of a dictionary names a document for C(AWS-RunPatchBaselineWithHooks), which passes no parameters.
    type: dict
    required: true
  documents:
    description: The documents that exist, as returned by M(fleetpatch.aws.ssm_document_info).
    type: list
    elements: dict
    required: true
  hosts:
    description: Hosts of the plan, with C(name) and C(platform).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: List the problems of a hook
  ansible.builtin.debug:
    msg: "{{ {'pre hook': {'document': 'shop-drain'}} | fleetpatch.aws.hook_problems([]) }}"
"""

RETURN = r"""
_value:
  description: List of problems. Empty when there are none.
  type: list
  elements: str
  sample: ["pre hook: there is no document shop-drain"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hook_documents import document_problems
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("hook_problems", "a hook, document or host")
def filter_hook_problems(hooks: dict, documents: list, hosts: list | None = None) -> list:
    return document_problems(hooks, documents, map(read_host, hosts or ()))


class FilterModule:
    def filters(self) -> dict:
        return {"hook_problems": filter_hook_problems}
