# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: stop_status
version_added: "1.0.0"
short_description: Show the status of the hosts of a stopped patch run
description:
  - Returns what to show after a run was asked to stop, or was stopped by force.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Targets of the executions of the run that were not over, from M(fleetpatch.aws.ssm_automation_execution).
    type: list
    elements: dict
    required: true
  run_id:
    description: Id of the run.
    type: str
    required: true
  forced:
    description: Whether the executions were cancelled.
    type: bool
    default: false
  waves:
    description: Waves of the stored plan, for the names of hosts.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show the status
  ansible.builtin.debug:
    msg: "{{ targets | fleetpatch.aws.stop_status(run_id='spring', forced=true) }}"
  vars:
    targets: [{target: i-0a1b2c3d4e5f60718, outcome: cancelled, failed_step: install}]
"""

RETURN = r"""
_value:
  description: Lines to show.
  type: list
  elements: str
  sample: ["Run spring was stopped by force.", "web-1 (i-0a1b2c3d4e5f60718): cancelled in step install"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.stop_status import stop_status
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("stop_status", "a target or a wave")
def filter_stop_status(targets, run_id, forced=False, waves=()):
    return stop_status(targets, run_id, forced, [read_wave(wave) for wave in waves])


class FilterModule:
    def filters(self) -> dict:
        return {"stop_status": filter_stop_status}
