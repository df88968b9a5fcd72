# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: attempt_decision
version_added: "1.0.0"
short_description: Decide whether a wave of a patch run is attempted again
description:
  - After an attempt at a wave, returns whether the attempt was cancelled and whether the hosts that failed are retried.
  - A run that is resumed after its last retry gets one more attempt.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The verdict on the wave after the attempt, from P(fleetpatch.aws.wave_verdict#filter).
    type: dict
    required: true
  execution:
    description: Result of M(fleetpatch.aws.ssm_automation_execution) for the attempt.
    type: dict
    required: true
  attempt:
    description: Number of the attempt, from 1 on.
    type: int
    required: true
  retries:
    description: Number of attempts that may follow the first one.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Retry the hosts that failed
  ansible.builtin.include_tasks: attempt.yml
  when: (verdict | fleetpatch.aws.attempt_decision(execution, attempt=1, retries=3)).again
"""

RETURN = r"""
_value:
  description: Whether the attempt was C(cancelled), and whether there is another one C(again).
  type: dict
  sample: {cancelled: false, again: true}
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.attempts import attempt_decision
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import WaveVerdict
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("attempt_decision", "the verdict or the execution")
def filter_attempt_decision(verdict, execution, attempt, retries):
    return attempt_decision(WaveVerdict.from_dict(verdict), execution, attempt, retries)


class FilterModule:
    def filters(self) -> dict:
        return {"attempt_decision": filter_attempt_decision}
