# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: run_guards
version_added: "1.0.0"
short_description: Say why a patch run must not go on now
description:
  - Looks whether somebody asked the run to stop, whether somebody else works on the hosts of the next wave, and whether hosts that earlier
    waves left unpatched and those of the next one are more than may be out at once.
  - A request that is older than the run is not meant for it.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: What M(fleetpatch.aws.patch_gate_info) returned just now.
    type: dict
    required: true
  first:
    description:
      - The C(time) that M(fleetpatch.aws.patch_gate_info) gave when the run looked for the first time, and its C(age), the seconds for which
        the run was under way then.
    type: dict
    required: true
  wave:
    description: The next wave of the plan, or the one that is under way.
    type: dict
    required: true
  plan:
    description: What M(fleetpatch.aws.patch_plan) returned.
    type: dict
    required: true
  records:
    description: What the waves did so far, as M(fleetpatch.aws.patch_report) takes it.
    type: list
    elements: dict
    default: []
  max_unavailable:
    description: How many hosts of a role in a zone may be out at once, a number or a percentage. Empty is no cap.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Somebody asked for it while the run was under way
  ansible.builtin.debug:
    msg: "{{ read | fleetpatch.aws.run_guards(first={'time': '2026-03-10T02:00:30Z', 'age': 30}, wave=wave, plan=plan) }}"
  vars:
    wave: {id: data.use1a, hosts: []}
    plan: {waves: [], summary: {}}
    read: {stop: {time: "2026-03-10T02:15:00Z", who: jane, why: the shop is slow}, busy: []}
"""

RETURN = r"""
_value:
  description: The guards that are closed, V(stop), V(busy) or V(unavailable), and why; none when the run may go on.
  type: list
  elements: dict
  sample: [{gate: stop, closed: true, message: "jane asked for it at 2026-03-10 02:15 UTC: the shop is slow"}]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.guards import guard_findings


def filter_run_guards(read, first, wave, plan, records=(), max_unavailable=""):
    try:
        return guard_findings(read, first, wave, plan, records, str(max_unavailable))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"run_guards: {type(error).__name__}: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"run_guards": filter_run_guards}
