# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: association_schedule
version_added: "1.0.0"
short_description: Say when a State Manager association runs
description:
  - Reads the schedule of an association, says in plain language what it means, and when the association runs next.
  - Associations take fewer expressions than maintenance windows, and always in UTC. One that Systems Manager does not name among those that
    it supports is an error that names the field.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The schedule, C(cron(...)), C(rate(...)) or C(at(...)), as M(fleetpatch.aws.ssm_association) takes it.
    type: str
    required: true
  after:
    description: The moment from which on the association is looked at, in ISO-8601. Text without an offset is UTC.
    type: str
    required: true
  count:
    description: How many runs are listed.
    type: int
    default: 5
  offset:
    description: Days from 1 to 6 after the nth or last weekday of a cron expression; V(0) for none.
    type: int
    default: 0
  apply_only_at_cron_interval:
    description: Whether the association does not run when it is made or changed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: The second Tuesday of the month plus three days
  ansible.builtin.debug:
    msg: >-
      {{ 'cron(0 2 ? * TUE#2 *)' | fleetpatch.aws.association_schedule(
           after='2026-03-01T00:00:00Z', count=2, offset=3, apply_only_at_cron_interval=true) }}
"""

RETURN = r"""
_value:
  description:
    - C(description) is the schedule in plain language.
    - C(occurrences) are the next runs in UTC, without the one at the creation.
  type: dict
  sample:
    description: at 02:00 on the second Tuesday of every month, 3 days later (UTC)
    occurrences: ["2026-03-13T02:00:00Z", "2026-04-17T02:00:00Z"]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import association_schedule
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.schedule import ScheduleError


def filter_association_schedule(schedule, after, count=5, offset=0, apply_only_at_cron_interval=False):
    try:
        runs = association_schedule.next_occurrences(schedule, after, count, offset, apply_only_at_cron_interval)
        return {
            "description": association_schedule.describe(schedule, offset, apply_only_at_cron_interval),
            "occurrences": [run.strftime("%Y-%m-%dT%H:%M:%SZ") for run in runs],
        }
    except ScheduleError as error:
        raise AnsibleFilterError(f"association_schedule: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"association_schedule": filter_association_schedule}
