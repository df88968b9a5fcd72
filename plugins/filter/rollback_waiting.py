# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: rollback_waiting
version_added: "1.0.0"
short_description: List the instances that have not reported since their root volume was replaced
description:
  - The status of an agent may date from before the restart. Only data that AWS received after the replacement ended counts.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Replacements, as returned by M(fleetpatch.aws.ec2_root_volume_replacement). Failed ones are ignored.
    type: list
    elements: dict
    required: true
  nodes:
    description: Managed nodes, as returned by M(fleetpatch.aws.ssm_managed_node_info). The agent must be online.
    type: list
    elements: dict
  states:
    description: Patch states, as returned by M(fleetpatch.aws.ssm_patch_state_info). Used instead of O(nodes).
    type: list
    elements: dict
"""

EXAMPLES = r"""
- name: List instances whose agent last reported before the root volume was replaced
  ansible.builtin.debug:
    msg: "{{ done | fleetpatch.aws.rollback_waiting(nodes=nodes) }}"
  vars:
    done: [{instance_id: i-0a1b2c3d4e5f60718, outcome: replaced, complete_time: "2026-03-10T04:02:40Z"}]
    nodes: [{instance_id: i-0a1b2c3d4e5f60718, ping_status: Online, last_ping_time: "2026-03-10T04:00:01Z"}]
"""

RETURN = r"""
_value:
  description: Ids of the instances.
  type: list
  elements: str
  sample: [i-0a1b2c3d4e5f60718]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback import waiting
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("rollback_waiting", "a replacement, node or patch state")
def filter_rollback_waiting(replacements, nodes=None, states=None):
    if (nodes is None) == (states is None):
        raise AnsibleFilterError("rollback_waiting: one of nodes and states is required")
    return waiting(replacements, nodes=nodes, states=states)


class FilterModule:
    def filters(self) -> dict:
        return {"rollback_waiting": filter_rollback_waiting}
