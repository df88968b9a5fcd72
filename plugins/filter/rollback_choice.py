# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: rollback_choice
version_added: "1.0.0"
short_description: Select the instances of a rollback, in order
description:
  - Selects instances with images of a run, by name, by wave, or all of them. The last wave of the run comes first, so that the
    application tier is rolled back before its data tier.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Images of the run, as returned by M(fleetpatch.aws.ec2_instance_image_info).
    type: list
    elements: dict
    required: true
  hosts:
    description: Inventory names or instance ids to select.
    type: list
    elements: str
    default: []
  inventory:
    description: Instance ids by inventory name.
    type: dict
    default: {}
  waves:
    description: Ids of waves to select when O(hosts) is empty.
    type: list
    elements: str
    default: []
  everything:
    description: Whether to select all instances with an image when O(hosts) is empty.
    type: bool
    default: false
  plan:
    description: The stored plan of the run, for host names and the order of waves. Without it, the order follows the creation times of the images.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Select one wave
  ansible.builtin.debug:
    msg: "{{ images | fleetpatch.aws.rollback_choice(waves=['application.use1a']) }}"
  vars:
    images:
      - {instance_id: i-0a1b2c3d4e5f60718, step: application.use1a, creation_date: "2026-03-10T02:00:10Z"}
"""

RETURN = r"""
_value:
  description: The instances, and the waves in the order of the rollback.
  type: dict
  sample: {instance_ids: [i-0a1b2c3d4e5f60718], waves: [{id: application.use1a, instance_ids: [i-0a1b2c3d4e5f60718]}]}
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback import choose
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("rollback_choice", "an image or wave")
def filter_rollback_choice(images, plan=None, **options):
    return choose(images, planned_waves=read_plan(plan or {}).waves, **options).to_dict()


class FilterModule:
    def filters(self) -> dict:
        return {"rollback_choice": filter_rollback_choice}
