# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: rollback_plan
version_added: "1.0.0"
short_description: Plan a rollback
description:
  - Returns for every selected instance the image to restore and its age, the data volumes that are not rolled back, the cost of the old root
    volume, what an earlier call of the same rollback did, and which instances are refused with the reason.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The selection, as returned by the filter P(fleetpatch.aws.rollback_choice#filter).
    type: dict
    required: true
  run_id:
    description: Id of the run whose images are restored.
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
    description: The instances, as returned by M(amazon.aws.ec2_instance_info).
    type: list
    elements: dict
    default: []
  replacements:
    description: The result of M(fleetpatch.aws.ec2_root_volume_replacement) in check mode.
    type: list
    elements: dict
    default: []
  tasks:
    description: The tasks of this rollback, as returned by M(fleetpatch.aws.ec2_root_volume_replacement_info).
    type: list
    elements: dict
    default: []
  known:
    description: The result of M(fleetpatch.aws.patch_host_info).
    type: dict
    default: {}
  price:
    description: Price of a GiB of volume storage per month.
    type: float
    default: 0
  delete_old:
    description: Whether the rollback deletes the old root volumes.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Plan a rollback of no instances
  ansible.builtin.debug:
    msg: "{{ choice | fleetpatch.aws.rollback_plan(run_id='spring', rollback_id='spring') }}"
  vars:
    choice: {instance_ids: [], waves: []}
"""

RETURN = r"""
_value:
  description: The C(waves) in order, with C(hosts) and C(calls); the C(refused) instances; and C(totals).
  type: dict
  sample: {run_id: spring, rollback_id: spring, waves: [], refused: [], totals: {hosts: 0, kept_gib: 0, monthly_cost: 0.0}}
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback import Choice
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback import rollback_plan
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("rollback_plan", "the choice or what was read")
def filter_rollback_plan(choice, *, run_id, rollback_id, **options):
    planned = rollback_plan(Choice.from_dict(choice), run_id=run_id, rollback_id=rollback_id, **options)
    return planned.to_dict()


class FilterModule:
    def filters(self) -> dict:
        return {"rollback_plan": filter_rollback_plan}
