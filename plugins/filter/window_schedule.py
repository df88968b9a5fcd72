# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_schedule
version_added: "1.0.0"
short_description: Describe the schedule of a maintenance window
description:
  - Describes the schedule of a maintenance window in plain language and lists when the window starts next.
  - Warns of settings that AWS accepts silently, such as an hour range that was meant as a duration.
  - A local time that does not exist because clocks go forward is skipped. One that exists twice counts once, the first time.
    Systems Manager does not document this; the rule is the one that EventBridge Scheduler documents for its schedules.
  - A schedule that Systems Manager would refuse is an error that names the field.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The schedule, C(cron(...)), C(rate(...)) or C(at(...)), as accepted by Systems Manager for maintenance windows.
    type: str
    required: true
  after:
    description: List starts after this time, in ISO-8601. A time without an offset is UTC.
    type: str
    required: true
  count:
    description: Number of starts to list.
    type: int
    default: 5
  timezone:
    description: Time zone of the schedule, an IANA name.
    type: str
    default: UTC
  offset:
    description: Number of days that the window starts after the day of a cron expression, V(1) to V(6). V(0) means no offset.
    type: int
    default: 0
  start:
    description: Time from which the window is active, in ISO-8601.
    type: str
  end:
    description: Time until which the window is active, in ISO-8601.
    type: str
  duration:
    description: Length of the window, in hours.
    type: int
  cutoff:
    description: Number of hours before the end of the window after which no task is started.
    type: int
    default: 0
  hosts:
    description: Number of hosts to patch in one execution of the window. If omitted, the length of the window is not checked.
    type: int
  max_concurrency:
    description: Number or percentage of hosts to patch at once.
    type: str
    default: "10"
"""

EXAMPLES = r"""
- name: Show the second Tuesday of the month plus two days, in New York
  ansible.builtin.debug:
    msg: >-
      {{ 'cron(0 3 ? * TUE#2 *)' | fleetpatch.aws.window_schedule(
           after='2026-03-01T00:00:00Z', count=2, timezone='America/New_York', offset=2, duration=4, cutoff=1) }}
"""

RETURN = r"""
_value:
  description:
    - C(description) is the schedule in plain language.
    - C(occurrences) lists the next starts in UTC.
    - C(warnings) is a list of dictionaries with C(code) and C(message).
  type: dict
  sample:
    description: at 03:00 on the second Tuesday of every month, 2 days later (America/New_York)
    occurrences: ["2026-03-12T07:00:00Z", "2026-04-16T07:00:00Z"]
    warnings: []
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_checks import Window
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_checks import outlook
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("window_schedule", "the schedule")
def filter_window_schedule(
    schedule,
    after,
    count=5,
    timezone="UTC",
    offset=0,
    start=None,
    end=None,
    duration=None,
    cutoff=0,
    hosts=None,
    max_concurrency="10",
):
    window = Window("", schedule, duration, cutoff, timezone, offset, start, end, (), hosts, max_concurrency)
    return outlook(window, after, count)


class FilterModule:
    def filters(self) -> dict:
        return {"window_schedule": filter_window_schedule}
