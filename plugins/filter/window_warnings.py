# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: window_warnings
version_added: "1.0.0"
short_description: Warn of maintenance windows that AWS accepts silently
description:
  - Checks declarations of maintenance windows over the next 400 days.
  - Ignores windows that are absent or disabled, and windows without a schedule.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: List of windows, with the options of M(fleetpatch.aws.ssm_maintenance_window).
    type: list
    elements: dict
    required: true
  after:
    description: Check the windows from this time on, in ISO-8601. A time without an offset is UTC.
    type: str
    required: true
  hosts:
    description: Number of hosts of each patch group. If omitted, the length of the windows is not checked.
    type: dict
"""

EXAMPLES = r"""
- name: Show the warning that most months have no fifth Friday
  ansible.builtin.debug:
    msg: >-
      {{ [{'set': 'matrix', 'weeks': [5], 'days': [5], 'hours': [3]}] | fleetpatch.aws.window_sets
         | fleetpatch.aws.window_warnings('2026-03-01T00:00:00Z') }}
"""

RETURN = r"""
_value:
  description:
    - List of warnings. C(code) is one of V(never_fires), V(hour_range), V(cutoff), V(own_overlap), V(too_short), V(missing_day),
      V(at_time_zone), V(clock_change), V(windows_overlap), V(stage_order) and V(quota). C(windows) lists the names of the windows concerned.
  type: list
  elements: dict
  sample:
    - code: missing_day
      message: "Week5Day5Unattended0300: most months have no fifth Friday; it does not run in those. 'L' is the last Friday of every month"
      windows: [Week5Day5Unattended0300]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.set_warnings import warnings_of
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("window_warnings", "a window")
def filter_window_warnings(windows, after, hosts=None):
    if not isinstance(windows, list) or not all(isinstance(window, dict) for window in windows):
        raise AnsibleFilterError(f"window_warnings: the input must be a list of dictionaries, not {windows!r}")
    return warnings_of(windows, after, hosts)


class FilterModule:
    def filters(self) -> dict:
        return {"window_warnings": filter_window_warnings}
