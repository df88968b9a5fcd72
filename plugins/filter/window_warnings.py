# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_warnings
version_added: "1.0.0"
short_description: Warn of maintenance windows that AWS takes without a word
description:
  - Looks at declarations of maintenance windows over the next 400 days and says what a person should know of them.
  - Windows that are to be absent or disabled, and windows without a schedule, are left out.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The windows, each with the options of M(fleetpatch.aws.ssm_maintenance_window).
    type: list
    elements: dict
    required: true
  after:
    description: The moment from which on the windows are looked at, in ISO-8601. Text without an offset is UTC.
    type: str
    required: true
  hosts:
    description: How many hosts each patch group has. Without it, nobody asks whether the time of a window is enough.
    type: dict
"""

EXAMPLES = r"""
- name: Most months have no fifth Friday
  ansible.builtin.debug:
    msg: >-
      {{ [{'set': 'matrix', 'weeks': [5], 'days': [5], 'hours': [3]}] | fleetpatch.aws.window_sets
         | fleetpatch.aws.window_warnings('2026-03-01T00:00:00Z') }}
"""

RETURN = r"""
_value:
  description:
    - The warnings. C(code) is one of V(never_fires), V(hour_range), V(cutoff), V(own_overlap), V(too_short), V(missing_day), V(at_time_zone),
      V(clock_change), V(windows_overlap) and V(quota). C(windows) are the names of the windows it is about.
  type: list
  elements: dict
  sample:
    - code: missing_day
      message: "Week5Day5Unattended0300: most months have no fifth Friday; it does not open in those. 'L' is the last Friday of every month"
      windows: [Week5Day5Unattended0300]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.window_set_values import SetError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.window_set_warnings import warnings_of


def filter_window_warnings(windows, after, hosts=None):
    if not isinstance(windows, list) or not all(isinstance(window, dict) for window in windows):
        raise AnsibleFilterError(f"window_warnings: the windows are a list of dictionaries, not {windows!r}")
    try:
        return warnings_of(windows, after, hosts)
    except SetError as error:
        raise AnsibleFilterError(f"window_warnings: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"window_warnings": filter_window_warnings}
