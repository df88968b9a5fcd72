# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: target_parameters
version_added: "1.0.0"
short_description: Build the parameters of the patch runbook for single hosts
description:
  - Builds O(fleetpatch.aws.ssm_automation_execution#module:target_parameters) of the runbook C(fleetpatch-PatchHost) for the hosts of a wave.
  - A stopped host is started for patching and stopped afterwards. A host in target groups is deregistered from them while it is patched.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Hosts of a wave of a plan, with C(instance_id), C(former_state) and C(target_groups).
    type: list
    elements: dict
    required: true
  started:
    description: Instance ids of hosts that were stopped when the plan was made and were started by someone else since. They are not stopped.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Build the parameters of a host that was stopped when the plan was made
  ansible.builtin.debug:
    msg: "{{ [{'instance_id': 'i-0a1b2c3d4e5f60718', 'former_state': 'stopped'}] | fleetpatch.aws.target_parameters }}"
"""

RETURN = r"""
_value:
  description: Parameters by instance id. Hosts without parameters of their own are omitted.
  type: dict
  sample: {i-0a1b2c3d4e5f60718: {FormerState: [stopped]}}
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.target_parameters import target_parameters
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("target_parameters", "a host")
def filter_target_parameters(hosts: list, started: list = ()) -> dict:
    if not isinstance(hosts, list) or not all(isinstance(host, dict) and host.get("instance_id") for host in hosts):
        raise AnsibleFilterError("target_parameters: the input must be a list of hosts with an instance_id")
    return target_parameters(map(read_host, hosts), started)


class FilterModule:
    def filters(self) -> dict:
        return {"target_parameters": filter_target_parameters}
