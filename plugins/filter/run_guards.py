# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: run_guards
version_added: "1.0.0"
short_description: List the reasons why a patch run must not continue
description:
  - Checks for a stop request, for other operations on the hosts of the next wave, and whether the hosts that earlier waves left unpatched
    plus those of the next wave exceed the number that may be unavailable at once.
  - A stop request from before the start of the run is ignored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The current state, as returned by M(fleetpatch.aws.patch_gate_info).
    type: dict
    required: true
  first:
    description:
      - C(time), the first value that M(fleetpatch.aws.patch_gate_info) returned in this run, and C(age), the number of seconds between the
        start of the run and that call.
    type: dict
    required: true
  wave:
    description: The next wave of the plan, or the wave in progress.
    type: dict
    required: true
  plan:
    description: The plan, as returned by M(fleetpatch.aws.patch_plan).
    type: dict
    required: true
  records:
    description: Records of the waves so far, in the format of M(fleetpatch.aws.patch_report).
    type: list
    elements: dict
    default: []
  max_unavailable:
    description: Number or percentage of the hosts of a role in a zone that may be unavailable at once. Empty means no limit.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: List a stop request that was made during the run
  ansible.builtin.debug:
    msg: "{{ read | fleetpatch.aws.run_guards(first={'time': '2026-03-10T02:00:30Z', 'age': 30}, wave=wave, plan=plan) }}"
  vars:
    wave: {id: data.use1a, hosts: []}
    plan: {waves: [], summary: {}}
    read: {stop: {time: "2026-03-10T02:15:00Z", who: jane, why: the shop is slow}, busy: []}
"""

RETURN = r"""
_value:
  description: List of closed guards, V(stop), V(busy) or V(unavailable), with the reason. Empty when the run may continue.
  type: list
  elements: dict
  sample: [{gate: stop, closed: true, message: "jane asked for it at 2026-03-10 02:15 UTC: the shop is slow"}]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.guards import began
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.guards import guard_findings
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("run_guards", "the plan, a record or what was read")
def filter_run_guards(read, first, wave, plan, records=(), max_unavailable=""):
    known = [Record.from_dict(record) for record in records]
    return guard_findings(read, began(first), read_wave(wave), read_plan(plan), known, str(max_unavailable))


class FilterModule:
    def filters(self) -> dict:
        return {"run_guards": filter_run_guards}
