# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: wave_verdict
version_added: "1.0.0"
short_description: Judge the hosts of a wave
description:
  - Says what became of every host of a wave, which hosts may be tried again, and whether the error budget is spent.
  - A host is patched when its execution succeeded and a scan that ended after that execution began misses nothing.
    The status of the execution as a whole counts for nothing.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: A wave of a plan, with C(id), C(hosts) and C(max_errors).
    type: dict
    required: true
  images:
    description:
      - The images that M(fleetpatch.aws.ec2_instance_image) returned. A host without a usable image is not patched.
      - Without this option no image is asked for.
    type: list
    elements: dict
  attempts:
    description: Results of M(fleetpatch.aws.ssm_automation_execution) for this wave, in order.
    type: list
    elements: dict
    default: []
  states:
    description: The patch states that M(fleetpatch.aws.ssm_patch_state_info) returned after the last attempt.
    type: list
    elements: dict
    default: []
  reboot_option:
    description: What the installation did about reboots. With V(NoReboot) a pending reboot is no failure.
    type: str
    choices: [RebootIfNeeded, NoReboot]
    default: RebootIfNeeded
  override:
    description:
      - What P(fleetpatch.aws.patch_override#filter) says the run installs instead of what the baselines approve.
      - Patch states follow the baselines all the same, so only what the override names counts as missing. For a list the states need
        their missing patches, O(fleetpatch.aws.ssm_patch_state_info#module:details=missing).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Nothing was started yet, so every host may be
  ansible.builtin.debug:
    msg: "{{ (wave | fleetpatch.aws.wave_verdict).retry }}"
  vars:
    wave: {id: data.use1a, max_errors: 0, hosts: [{instance_id: i-0a1b2c3d4e5f60718, host: sql-1}]}
"""

RETURN = r"""
_value:
  description:
    - The verdict. C(hosts) says of every host its C(outcome), V(patched), V(failed), V(not_started), V(image_failed) or V(running), and why.
    - C(succeeded), C(failed), C(running) and C(retry) are lists of instance ids.
    - C(spent) is true when more hosts are unpatched than C(budget) allows, or one still runs. C(errors_left) is what a next attempt may use.
  type: dict
  sample: {succeeded: [], failed: [], running: [], retry: [i-0a1b2c3d4e5f60718], budget: 0, errors: 0, errors_left: 0, spent: false}
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.verdict import wave_verdict


def filter_wave_verdict(wave, images=None, attempts=(), states=(), reboot_option="RebootIfNeeded", override=None):
    if not isinstance(wave, dict) or "hosts" not in wave:
        raise AnsibleFilterError("wave_verdict: the input is no wave of a plan; it has no 'hosts'")
    if reboot_option not in ("RebootIfNeeded", "NoReboot"):
        raise AnsibleFilterError(f"wave_verdict: reboot_option is {reboot_option!r}, not RebootIfNeeded or NoReboot")
    try:
        return wave_verdict(wave, images, attempts, states, reboot_option, override)
    except KeyError as error:
        raise AnsibleFilterError(f"wave_verdict: a host, image, target or patch state has no {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise AnsibleFilterError(f"wave_verdict: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"wave_verdict": filter_wave_verdict}
