# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: hook_problems
version_added: "1.0.0"
short_description: Say why the documents that hooks name cannot be hooks
description:
  - Compares hooks with what Systems Manager says of the Command documents that they name, so that a document that does not exist,
    is no Command document, needs another parameter or does not run on a host is found before anything starts.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - Hooks by what they are called in the answer, as P(fleetpatch.aws.hook_parameters#filter) takes them.
      - A name instead of a dictionary is a hook of C(AWS-RunPatchBaselineWithHooks), which is given no parameters.
    type: dict
    required: true
  documents:
    description: The documents that exist, as M(fleetpatch.aws.ssm_document_info) returns them.
    type: list
    elements: dict
    required: true
  hosts:
    description: Hosts of a plan, with C(name) and C(platform).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Look for what is wrong with a hook
  ansible.builtin.debug:
    msg: "{{ {'pre hook': {'document': 'shop-drain'}} | fleetpatch.aws.hook_problems([]) }}"
"""

RETURN = r"""
_value:
  description: What is wrong, in words; empty when nothing is.
  type: list
  elements: str
  sample: ["pre hook: there is no document shop-drain"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.hook_documents import document_problems


def filter_hook_problems(hooks: dict, documents: list, hosts: list | None = None) -> list:
    return document_problems(hooks, documents, hosts or [])


class FilterModule:
    def filters(self) -> dict:
        return {"hook_problems": filter_hook_problems}
