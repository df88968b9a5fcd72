# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: reboot_window
version_added: "1.0.0"
short_description: Build the maintenance window that reboots hosts after a patch run
description:
  - Builds the options of M(fleetpatch.aws.ssm_maintenance_window) for a window that reboots and scans the waiting hosts, wave by wave in the
    order of the plan.
  - Fails when the time has passed.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The plan, as returned by M(fleetpatch.aws.patch_plan), with C(run_id) and C(waves).
    type: dict
    required: true
  waiting:
    description: Instance ids of the hosts that wait for a reboot.
    type: list
    elements: str
    required: true
  at:
    description: Time of the reboot, in ISO 8601.
    type: str
    required: true
  now:
    description: The current time of AWS, in ISO 8601.
    type: str
    required: true
  timezone:
    description: Time zone of O(at) when it has no offset.
    type: str
    default: UTC
"""

EXAMPLES = r"""
- name: Show the window
  ansible.builtin.debug:
    msg: "{{ plan | fleetpatch.aws.reboot_window(['i-0a1b2c3d4e5f60718'], '2026-03-10T22:00:00Z', '2026-03-10T05:00:00Z') }}"
"""

RETURN = r"""
_value:
  description: Options of the module, and C(at), the time in UTC.
  type: dict
  sample: {at: "2026-03-10T22:00:00Z", name: fleetpatch-reboot-2026-03, schedule: "at(2026-03-10T22:00:00)", schedule_timezone: UTC, duration: 2, cutoff: 0}
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.reboots import reboot_window
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("reboot_window", "the plan or a time")
def filter_reboot_window(plan: dict, waiting: list, at: str, now: str, timezone: str = "UTC") -> dict:
    return reboot_window(plan["run_id"], read_plan(plan).waves, waiting, at, now, timezone)


class FilterModule:
    def filters(self) -> dict:
        return {"reboot_window": filter_reboot_window}
