# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """The option gates of the modules that check the gates of a run."""

    DOCUMENTATION = r"""
options:
  gates:
    description:
      - Gates of the run. They must be open before the run, before and after each wave.
    type: dict
    default: {}
    suboptions:
      freezes:
        description:
          - Periods in which nothing is patched, each with C(name), C(start), C(end), and optionally C(environments), C(why) and
            C(timezone). A date means the whole day.
        type: list
        elements: dict
        default: []
      timezone:
        description: Time zone of times without an offset.
        type: str
        default: UTC
      deadline:
        description: Time in ISO 8601, or V(HH:MM) for the next such time. Every wave must end before it.
        type: str
        default: ""
      change_calendars:
        description: Names or ARNs of change calendars. A calendar that does not exist is an error.
        type: list
        elements: str
        default: []
      alarms:
        description: Names of CloudWatch alarms. An alarm that does not exist is an error.
        type: list
        elements: str
        default: []
      alarms_without_data:
        description: Whether an alarm in the state C(INSUFFICIENT_DATA) counts as open or closed.
        type: str
        choices: [open, closed]
        default: open
      healthy_targets:
        description:
          - Minimum number of targets of a target group that must stay healthy while a wave is patched, each with C(group) (name or ARN) and
            C(min) (a number, or a percentage of the targets of the group). A target group that does not exist is an error.
        type: list
        elements: dict
        default: []
      approval:
        description:
          - How the run is approved. V(token) requires the id of the run in O(gates.approved_run_id), and the digest of its plan in
            O(gates.approved_digest).
        type: str
        choices: [none, pause, token]
        default: none
      approved_run_id:
        description: Id of the approved run.
        type: str
        default: ""
      approved_digest:
        description: Digest of the approved plan. If it is not the digest of the plan, the gate is closed.
        type: str
        default: ""
      plan_max_age:
        description: Number of days after which no wave of a plan starts any more. V(0) is no limit.
        type: int
        default: 0
"""
