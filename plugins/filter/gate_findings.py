# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: gate_findings
version_added: "1.0.0"
short_description: Say which gates of a patch run are closed
description:
  - Looks at freezes, change calendars, the deadline, alarms and target groups before a wave, and at alarms and target groups after it.
  - A freeze or a calendar has to leave all of the time free that the waves to come still take by the estimate of the plan.
    The deadline counts for the next wave only.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: What M(fleetpatch.aws.patch_plan) returned.
    type: dict
    required: true
  read:
    description: What M(fleetpatch.aws.patch_gate_info) returned just now.
    type: dict
    required: true
  settings:
    description: The gates, as the option O(fleetpatch.aws.patch_plan#module:gates) of M(fleetpatch.aws.patch_plan) takes them.
    type: dict
    required: true
  place:
    description: Where the run stands.
    type: str
    choices: [before, after]
    required: true
  wave:
    description: Id of the wave that is next, or that is over.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Which gates are closed before the wave?
  ansible.builtin.set_fact:
    closed: "{{ plan | fleetpatch.aws.gate_findings(read=gates, settings={'alarms': ['shop-errors']}, place='before', wave='data.use1a') }}"
"""

RETURN = r"""
_value:
  description: The closed gates and why; none when all are open.
  type: list
  elements: dict
  sample: [{gate: freeze, closed: true, message: "freeze Year end holds until 2027-01-02 00:00 UTC"}]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.gates import closed_gates


def filter_gate_findings(plan, read, settings, place, wave):
    try:
        return closed_gates(plan, read, settings, place, wave)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"gate_findings: {type(error).__name__}: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"gate_findings": filter_gate_findings}
