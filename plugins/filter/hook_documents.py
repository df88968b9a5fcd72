# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: hook_documents
version_added: "1.0.0"
short_description: List the documents that hooks of a patch run name
description:
  - Returns the Command documents of all hooks, to be described by M(fleetpatch.aws.ssm_document_info).
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The hooks, as P(fleetpatch.aws.hook_problems#filter) takes them.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Describe the documents of hooks
  fleetpatch.aws.ssm_document_info:
    names: "{{ {'patch_run_pre_hook': {'document': 'shop-drain'}} | fleetpatch.aws.hook_documents }}"
"""

RETURN = r"""
_value:
  description: Names of the documents, each once.
  type: list
  elements: str
  sample: [shop-drain]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hook_documents import document_names
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("hook_documents", "the hooks")
def filter_hook_documents(hooks):
    return document_names(hooks)


class FilterModule:
    def filters(self) -> dict:
        return {"hook_documents": filter_hook_documents}
