# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: gate_findings
version_added: "1.0.0"
short_description: List the closed gates of a patch run
description:
  - Checks freezes, change calendars, the deadline, alarms and target groups before a wave, and alarms and target groups after it.
  - A freeze or change calendar closes the gate if it applies at any time until the remaining waves end, as estimated by the plan.
    The deadline is compared with the next wave only.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The plan, as returned by M(fleetpatch.aws.patch_plan).
    type: dict
    required: true
  read:
    description: The current state, as returned by M(fleetpatch.aws.patch_gate_info).
    type: dict
    required: true
  settings:
    description: The gates, in the format of the option O(fleetpatch.aws.patch_plan#module:gates) of M(fleetpatch.aws.patch_plan).
    type: dict
    required: true
  place:
    description: Whether the gates are evaluated before or after the wave.
    type: str
    choices: [before, after]
    required: true
  wave:
    description: Id of the next wave (O(place=before)) or of the wave that just ended (O(place=after)).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: List the gates that are closed before the wave
  ansible.builtin.set_fact:
    closed: "{{ plan | fleetpatch.aws.gate_findings(read=gates, settings={'alarms': ['shop-errors']}, place='before', wave='data.use1a') }}"
"""

RETURN = r"""
_value:
  description: List of closed gates with the reason. Empty when all gates are open.
  type: list
  elements: dict
  sample: [{gate: freeze, closed: true, message: "freeze Year end holds until 2027-01-02 00:00 UTC"}]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import PlannedRun
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import Settings
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import closed_gates
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("gate_findings", "the plan, its gates or what was read")
def filter_gate_findings(plan, read, settings, place, wave):
    return closed_gates(PlannedRun.from_dict(plan), read, Settings.from_dict(settings), place, wave)


class FilterModule:
    def filters(self) -> dict:
        return {"gate_findings": filter_gate_findings}
