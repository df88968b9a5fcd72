# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: wave_verdict
version_added: "1.0.0"
short_description: Evaluate the hosts of a wave
description:
  - Returns the outcome of every host of a wave, the hosts that may be retried, and whether the error budget is spent.
  - A host is patched when its execution succeeded and a scan that ended after the start of that execution reports nothing missing.
    The status of the execution as a whole is ignored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: A wave of a plan, with C(id), C(hosts) and C(max_errors).
    type: dict
    required: true
  images:
    description:
      - The images, as returned by M(fleetpatch.aws.ec2_instance_image). A host without a usable image is not patched.
      - If omitted, images are not required.
    type: list
    elements: dict
  attempts:
    description:
      - Results of M(fleetpatch.aws.ssm_automation_execution) for this wave, in order. In place of a result that was lost, C(unread) lists the ids
        of the hosts that may have been started, and C(why) is the reason.
    type: list
    elements: dict
    default: []
  states:
    description:
      - The patch states after the last attempt, as returned by M(fleetpatch.aws.ssm_patch_state_info).
      - If V(none), they could not be read, and hosts whose execution succeeded are V(unknown).
    type: list
    elements: dict
    default: []
  reboot_option:
    description: The reboot option of the installation. With V(NoReboot) a pending reboot is not a failure.
    type: str
    choices: [RebootIfNeeded, NoReboot]
    default: RebootIfNeeded
  override:
    description:
      - The patches that the run installs instead of those approved by the baselines, as returned by P(fleetpatch.aws.patch_override#filter).
      - Patch states are computed from the baselines even so, therefore only patches of the override count as missing. For a list, the states
        must include the missing patches (O(fleetpatch.aws.ssm_patch_state_info#module:details=missing)).
    type: dict
    default: {}
  gone:
    description:
      - Ids of instances that no longer exist, as returned by M(fleetpatch.aws.patch_gate_info). They are not errors and are not retried.
    type: list
    elements: str
    default: []
  done:
    description:
      - Whether the wave was evaluated and left by another controller. Then the executions alone are the record of what happened, patch states
        are ignored, and no host is retried.
    type: bool
    default: false
  left_out:
    description:
      - Why hosts may no longer be patched, by instance id, as returned by M(fleetpatch.aws.patch_gate). It counts for hosts on which nothing was
        started.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: List the hosts that may be tried before anything was started
  ansible.builtin.debug:
    msg: "{{ (wave | fleetpatch.aws.wave_verdict).retry }}"
  vars:
    wave: {id: data.use1a, max_errors: 0, hosts: [{instance_id: i-0a1b2c3d4e5f60718, host: sql-1}]}
"""

RETURN = r"""
_value:
  description:
    - C(hosts) lists the C(outcome) of every host, V(patched), V(failed), V(not_started), V(image_failed),
      V(running), V(gone) (the instance no longer exists), V(left_out) (it changed after the plan) or V(unknown) (AWS could not be asked), with the reason.
    - C(succeeded), C(failed), C(running), C(unknown) and C(retry) are lists of instance ids.
    - C(spent) is true when more hosts are unpatched than C(budget) allows, or a host is still running or unknown. C(errors_left) is the number of errors that
      the next attempt may have.
  type: dict
  sample: {succeeded: [], failed: [], running: [], retry: [i-0a1b2c3d4e5f60718], budget: 0, errors: 0, errors_left: 0, spent: false}
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import wave_verdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("wave_verdict", "a host, image, target or patch state")
def filter_wave_verdict(
    wave,
    images=None,
    attempts=(),
    states=(),
    reboot_option="RebootIfNeeded",
    override=None,
    gone=(),
    done=False,
    left_out=None,
):
    if not isinstance(wave, dict) or "hosts" not in wave:
        raise AnsibleFilterError("wave_verdict: the input must be a wave of a plan; it has no 'hosts'")
    told = (images, attempts, states, reboot_option, override, gone, done, left_out)
    return wave_verdict(read_wave(wave), *told).to_dict()


class FilterModule:
    def filters(self) -> dict:
        return {"wave_verdict": filter_wave_verdict}
