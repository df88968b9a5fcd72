# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_schedule
version_added: "1.0.0"
short_description: Say when a maintenance window opens
description:
  - Reads the schedule of a maintenance window, says in plain language what it means, when the window opens next,
    and warns of what AWS takes without a word, such as an hour range that was meant as a duration.
  - A local time that does not exist because the clock is put forward is left out; one that exists twice counts once, the first time.
    Systems Manager does not document this; it is what EventBridge Scheduler documents of its own schedules.
  - A schedule that Systems Manager would refuse is an error that names the field.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The schedule, C(cron(...)), C(rate(...)) or C(at(...)), as Systems Manager takes it for maintenance windows.
    type: str
    required: true
  after:
    description: The moment from which on the window is looked at, in ISO-8601. Text without an offset is UTC.
    type: str
    required: true
  count:
    description: How many openings are listed.
    type: int
    default: 5
  timezone:
    description: Time zone of the schedule, as the IANA database names it.
    type: str
    default: UTC
  offset:
    description: Days from 1 to 6 that the window waits after the day of a cron expression; V(0) for none.
    type: int
    default: 0
  start:
    description: From when on the window is active, in ISO-8601.
    type: str
  end:
    description: When the window stops to be active, in ISO-8601.
    type: str
  duration:
    description: Hours that the window stays open.
    type: int
  cutoff:
    description: Hours before the end in which nothing is started any more.
    type: int
    default: 0
  hosts:
    description: Hosts that are to be patched in one opening. Without it, nobody asks whether the time is enough.
    type: int
  max_concurrency:
    description: Hosts at once, as number or percentage.
    type: str
    default: "10"
"""

EXAMPLES = r"""
- name: The second Tuesday of the month plus two days, in New York
  ansible.builtin.debug:
    msg: >-
      {{ 'cron(0 3 ? * TUE#2 *)' | fleetpatch.aws.window_schedule(
           after='2026-03-01T00:00:00Z', count=2, timezone='America/New_York', offset=2, duration=4, cutoff=1) }}
"""

RETURN = r"""
_value:
  description:
    - C(description) is the schedule in plain language.
    - C(occurrences) are the next openings in UTC.
    - C(warnings) are dictionaries with C(code) and C(message).
  type: dict
  sample:
    description: at 03:00 on the second Tuesday of every month, 2 days later (America/New_York)
    occurrences: ["2026-03-12T07:00:00Z", "2026-04-16T07:00:00Z"]
    warnings: []
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.schedule import ScheduleError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.windows import Window
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.windows import outlook


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
    try:
        window = Window("", schedule, duration, cutoff, timezone, offset, start, end, (), hosts, max_concurrency)
        return outlook(window, after, count)
    except ScheduleError as error:
        raise AnsibleFilterError(f"window_schedule: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"window_schedule": filter_window_schedule}
