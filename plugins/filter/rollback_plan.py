# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: rollback_plan
version_added: "1.0.0"
short_description: Say what a rollback will do
description:
  - Says of every chosen instance from which image it will run, how old that is, which data volumes are not rolled back, what the old root
    volume costs, what an earlier call of the same rollback already did, and which instances are refused and why.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: What the filter P(fleetpatch.aws.rollback_choice#filter) returned.
    type: dict
    required: true
  run_id:
    description: The run whose images are taken.
    type: str
    required: true
  rollback_id:
    description: Identity of the rollback.
    type: str
    required: true
  region:
    description: Region of the instances.
    type: str
    default: ""
  images:
    description: Images of the run.
    type: list
    elements: dict
    default: []
  machines:
    description: The instances, as M(amazon.aws.ec2_instance_info) returns them.
    type: list
    elements: dict
    default: []
  replacements:
    description: What M(fleetpatch.aws.ec2_root_volume_replacement) returned in check mode.
    type: list
    elements: dict
    default: []
  tasks:
    description: The tasks of this rollback, as M(fleetpatch.aws.ec2_root_volume_replacement_info) returns them.
    type: list
    elements: dict
    default: []
  known:
    description: What M(fleetpatch.aws.patch_host_info) returned.
    type: dict
    default: {}
  price:
    description: Price of one GiB of a volume for a month.
    type: float
    default: 0
  delete_old:
    description: Whether old root volumes are deleted.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say what would be done to no instance
  ansible.builtin.debug:
    msg: "{{ choice | fleetpatch.aws.rollback_plan(run_id='spring', rollback_id='spring') }}"
  vars:
    choice: {instance_ids: [], waves: []}
"""

RETURN = r"""
_value:
  description: C(waves) in order with their C(hosts) and C(calls), instances that are C(refused), and C(totals).
  type: dict
  sample: {run_id: spring, rollback_id: spring, waves: [], refused: [], totals: {hosts: 0, kept_gib: 0, monthly_cost: 0.0}}
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.rollback import rollback_plan


def filter_rollback_plan(choice, **options):
    try:
        return rollback_plan(choice, **options)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        words = f"something has no {error}" if isinstance(error, KeyError) else str(error)
        raise AnsibleFilterError(f"rollback_plan: {words}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"rollback_plan": filter_rollback_plan}
