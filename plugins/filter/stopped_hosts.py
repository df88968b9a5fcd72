# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: stopped_hosts
version_added: "1.0.0"
short_description: List the hosts of a wave that were stopped and are not started yet
description:
  - Returns the hosts that were stopped when the plan was created and that the run has not started yet.
  - If one of them is running, somebody else started it; then it is patched and not stopped again.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: A wave of the plan.
    type: dict
    required: true
  verdict:
    description: The verdict on the wave so far, from P(fleetpatch.aws.wave_verdict#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show hosts that were stopped
  ansible.builtin.debug:
    msg: "{{ wave | fleetpatch.aws.stopped_hosts(verdict) }}"
  vars:
    wave: {hosts: [{instance_id: i-0a1b2c3d4e5f60718, former_state: stopped}]}
    verdict: {retry: [i-0a1b2c3d4e5f60718], hosts: []}
"""

RETURN = r"""
_value:
  description: Ids of the hosts.
  type: list
  elements: str
  sample: [i-0a1b2c3d4e5f60718]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.attempts import stopped_hosts
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import WaveVerdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("stopped_hosts", "the wave or its verdict")
def filter_stopped_hosts(wave, verdict):
    return stopped_hosts(read_wave(wave), WaveVerdict.from_dict(verdict))


class FilterModule:
    def filters(self) -> dict:
        return {"stopped_hosts": filter_stopped_hosts}
