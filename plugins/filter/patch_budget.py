# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: patch_budget
version_added: "1.0.0"
short_description: Turn numbers or percents into numbers of hosts
description:
  - Says how many hosts of a wave are worked on at once, and how many may stay unpatched before the run stops.
  - A percentage is rounded down, so the share is never exceeded; at least one host is worked on.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: Number of hosts.
    type: int
    required: true
  max_concurrency:
    description: Hosts at once, as number or percentage.
    type: str
    default: "10"
  max_errors:
    description: Hosts that may stay unpatched, as number or percentage.
    type: str
    default: "0"
"""

EXAMPLES = r"""
- name: One host of 19 may fail
  ansible.builtin.debug:
    msg: "{{ 19 | fleetpatch.aws.patch_budget(max_concurrency='25%', max_errors='10%') }}"
"""

RETURN = r"""
_value:
  description: The numbers of hosts.
  type: dict
  sample: {hosts: 19, max_concurrency: 4, max_errors: 1}
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import budget


def filter_patch_budget(hosts, max_concurrency="10", max_errors="0"):
    if isinstance(hosts, bool) or not isinstance(hosts, int) or hosts < 0:
        raise AnsibleFilterError(f"patch_budget: the input is {hosts!r}, not a number of hosts")
    try:
        at_once = budget.concurrency(max_concurrency, hosts)
        return {"hosts": hosts, "max_concurrency": at_once, "max_errors": budget.errors(max_errors, hosts)}
    except budget.BudgetError as error:
        raise AnsibleFilterError(f"patch_budget: {error}") from error


class FilterModule:
    def filters(self) -> dict:
        return {"patch_budget": filter_patch_budget}
