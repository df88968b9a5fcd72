# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_sets
version_added: "1.0.0"
short_description: Build maintenance windows from sets
description:
  - Builds declarations of maintenance windows for M(fleetpatch.aws.ssm_maintenance_windows) from sets.
  - Every option of a set is checked. An unknown option or an invalid value is an error that names the set and the option.
  - The kinds of sets and their options are documented in the role C(fleetpatch.aws.patch_windows).
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - List of sets, each a dictionary with C(set), its kind, and options.
      - Kinds are C(matrix), C(environments), C(roles), C(daily), C(zones), C(patch_tuesday), C(scan), C(self_service), C(default),
        and C(windows), which holds complete declarations.
    type: list
    elements: dict
    required: true
  today:
    description: The current date in UTC, as YYYY-MM-DD. A self-service window starts on its next weekday after it. Other kinds do not use it.
    type: str
  existing:
    description:
      - Existing windows, as returned by M(fleetpatch.aws.ssm_maintenance_window_info).
      - A self-service window that already runs on the requested weekday and hour keeps its start date.
    type: list
    elements: dict
"""

EXAMPLES = r"""
- name: Show a window on the second Tuesday of the month plus two days
  ansible.builtin.debug:
    msg: >-
      {{ ([{'set': 'patch_tuesday', 'patch_groups': ['Web'], 'timezone': 'Europe/Berlin'}] | fleetpatch.aws.window_sets)[0].description }}
"""

RETURN = r"""
_value:
  description: List of windows, with the options of M(fleetpatch.aws.ssm_maintenance_window).
  type: list
  elements: dict
  sample:
    - name: PatchTuesdayPlus2
      description: "Patch Tuesday plus 2 days: at 03:00 on the second Tuesday of every month, 2 days later (Europe/Berlin)"
      schedule: "cron(0 3 ? * TUE#2 *)"
      schedule_timezone: Europe/Berlin
      schedule_offset: 2
      duration: 4
      cutoff: 1
"""

import datetime

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_sets import windows_of
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("window_sets", "a set")
def filter_window_sets(sets, today=None, existing=None):
    try:
        day = datetime.date.fromisoformat(today) if today is not None else None
    except (TypeError, ValueError) as error:
        raise AnsibleFilterError(f"window_sets: today must be a date (YYYY-MM-DD), not {today!r}") from error
    return windows_of(sets, day, existing or ())


class FilterModule:
    def filters(self) -> dict:
        return {"window_sets": filter_window_sets}
