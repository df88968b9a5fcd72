# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: association_schedule
version_added: "1.0.0"
short_description: Describe the schedule of a State Manager association
description:
  - Describes the schedule of an association in plain language and lists its next runs.
  - Associations support fewer expressions than maintenance windows, and always in UTC. An expression that Systems Manager does not list as
    supported is an error that names the field.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The schedule, C(cron(...)), C(rate(...)) or C(at(...)), as in M(fleetpatch.aws.ssm_association).
    type: str
    required: true
  after:
    description: List runs after this time, in ISO-8601. A time without an offset is UTC.
    type: str
    required: true
  count:
    description: Number of runs to list.
    type: int
    default: 5
  offset:
    description: Number of days after the nth or last weekday of a cron expression, V(1) to V(6). V(0) means no offset.
    type: int
    default: 0
  apply_only_at_cron_interval:
    description: Whether the association skips the run that otherwise follows its creation or update.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show the runs on the second Tuesday of the month plus three days
  ansible.builtin.debug:
    msg: >-
      {{ 'cron(0 2 ? * TUE#2 *)' | fleetpatch.aws.association_schedule(
           after='2026-03-01T00:00:00Z', count=2, offset=3, apply_only_at_cron_interval=true) }}
"""

RETURN = r"""
_value:
  description:
    - C(description) is the schedule in plain language.
    - C(occurrences) lists the next runs in UTC, without the run at creation.
  type: dict
  sample:
    description: at 02:00 on the second Tuesday of every month, 3 days later (UTC)
    occurrences: ["2026-03-13T02:00:00Z", "2026-04-17T02:00:00Z"]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import associations
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("association_schedule", "the schedule")
def filter_association_schedule(schedule, after, count=5, offset=0, apply_only_at_cron_interval=False):
    runs = associations.next_occurrences(schedule, after, count, offset, apply_only_at_cron_interval)
    return {
        "description": associations.describe(schedule, offset, apply_only_at_cron_interval),
        "occurrences": [run.strftime("%Y-%m-%dT%H:%M:%SZ") for run in runs],
    }


class FilterModule:
    def filters(self) -> dict:
        return {"association_schedule": filter_association_schedule}
