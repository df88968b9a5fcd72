# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: preview_status
version_added: "1.0.0"
short_description: Show the execution preview of a patch run
description:
  - Returns one sentence about the preview, also when AWS refused it or the runbook is not published yet.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Result of M(fleetpatch.aws.ssm_execution_preview_info), also a failed one.
    type: dict
    required: true
  document:
    description: Name of the runbook.
    type: str
    required: true
  published:
    description: Whether a run publishes the runbook first.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Show the preview
  ansible.builtin.debug:
    msg: "{{ preview | fleetpatch.aws.preview_status(document='fleetpatch-PatchHost') }}"
  vars:
    preview: {status: Success, msg: 12 steps on 3 targets would change something}
"""

RETURN = r"""
_value:
  description: The sentence.
  type: str
  sample: 12 steps on 3 targets would change something.
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.preview_status import preview_status
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("preview_status", "the preview")
def filter_preview_status(preview, document, published=True):
    return preview_status(preview, document, published)


class FilterModule:
    def filters(self) -> dict:
        return {"preview_status": filter_preview_status}
