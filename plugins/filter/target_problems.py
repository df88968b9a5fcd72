# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: target_problems
version_added: "1.0.0"
short_description: Find out which hosts AWS would refuse to start the patch runbook for
description:
  - Checks what each host of a plan gets by P(fleetpatch.aws.target_parameters#filter), against the limits of C(TargetMaps) and the
    declarations in the runbook, before anything is created.
  - With O(documents), also whether a runbook that the run does not publish exists and accepts the parameters of the run.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Hosts of a plan, with C(instance_id), C(name), C(former_state) and C(target_groups).
    type: list
    elements: dict
    required: true
  declared:
    description: Section C(parameters) of the runbook that the run publishes.
    type: dict
    default: {}
  documents:
    description: The documents that exist, as returned by M(fleetpatch.aws.ssm_document_info). Only for a runbook that is not published.
    type: list
    elements: dict
    default: []
  needed:
    description: Names of the documents that have to exist, the runbook first. Empty when the run publishes them.
    type: list
    elements: str
    default: []
  parameters:
    description: Parameters of the runbook for all hosts. Only for a runbook that is not published.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show that the runbook cannot be started for a host
  ansible.builtin.debug:
    msg: "{{ [{'instance_id': 'web-1'}] | fleetpatch.aws.target_problems(declared={'InstanceId': {'allowedPattern': '^m?i-'}}) }}"
"""

RETURN = r"""
_value:
  description: What AWS would refuse, one sentence each. Empty when nothing is known.
  type: list
  elements: str
  sample: ["web-1: parameter InstanceId: 'web-1' does not match the pattern ^m?i-"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.requests import declared_by
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.requests import runbook_problems
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.requests import target_problems
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("target_problems", "a host or document")
def filter_target_problems(hosts, declared=None, documents=(), needed=(), parameters=None):
    planned = [read_host(host) for host in hosts]
    if not needed:
        return target_problems(planned, declared or {})
    found = runbook_problems(needed[0], documents, needed, parameters or {})
    runbook = next((one for one in documents if one["name"] == needed[0]), {})
    return found or target_problems(planned, declared_by(runbook))


class FilterModule:
    def filters(self) -> dict:
        return {"target_problems": filter_target_problems}
