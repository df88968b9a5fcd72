#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

# The work is done by the action plugin of the same name, on the controller.

DOCUMENTATION = r"""
---
module: patch_rollback_report
version_added: "1.0.0"
short_description: Show the plan of a rollback, or write its report
description:
  - Without O(records), shows what the rollback will do, and writes nothing.
  - With O(records), writes the report of the rollback as a self-contained HTML page and as JSON, and shows a summary.
  - Runs on the controller.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  directory:
    description: Folder that contains a folder per run.
    type: path
    required: true
  plan:
    description: The plan, as returned by the filter P(fleetpatch.aws.rollback_plan#filter).
    type: dict
    required: true
  records:
    description:
      - Record of each wave, in order, with C(wave), the C(replacements) of M(fleetpatch.aws.ec2_root_volume_replacement), and C(away), the
        ids of instances whose agents did not reconnect.
    type: list
    elements: dict
  scan:
    description: The last result of M(fleetpatch.aws.ssm_command).
    type: dict
    default: {}
  states:
    description: The patch states after the scan, as returned by M(fleetpatch.aws.ssm_patch_state_info).
    type: list
    elements: dict
    default: []
  stop:
    description: What stopped the rollback, with C(task), C(message) and C(wave). Empty if it was not stopped.
    type: dict
    default: {}
  price:
    description: Price of a GiB of volume storage per month.
    type: float
    default: 0
attributes:
  check_mode:
    description: Can run in check mode. Returns the report without writing it.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
  action:
    description: Runs on the controller.
    support: full
seealso:
  - module: fleetpatch.aws.ec2_root_volume_replacement
"""

EXAMPLES = r"""
- name: Show the plan of a rollback
  fleetpatch.aws.patch_rollback_report:
    directory: ./fleetpatch-runs
    plan: "{{ choice | fleetpatch.aws.rollback_plan(run_id='20260310T020000Z', rollback_id='20260310T020000Z') }}"
  vars:
    choice: {instance_ids: [], waves: []}
"""

RETURN = r"""
outcome:
  description: Outcome of the rollback, V(completed), V(stopped) when hosts were not started, or V(failed).
  returned: with O(records)
  type: str
  sample: completed
message:
  description: The outcome in a sentence. It starts with the instances without a root volume, if there are any.
  returned: with O(records)
  type: str
  sample: 2 of 2 hosts run on the image from before the patches and were scanned
totals:
  description: Number of hosts by outcome, size and cost of the old root volumes, and the number of patches that are missing now.
  returned: success
  type: dict
  sample: {"hosts": 2, "rolled_back": 2, "kept_gib": 100, "monthly_cost": 8.0, "missing_now": 7}
without_root_volume:
  description: Ids of instances that have no root volume and do not run.
  returned: with O(records)
  type: list
  elements: str
  sample: []
hosts:
  description: The hosts in the format of M(fleetpatch.aws.patch_notice), with the outcome V(rolled_back), V(failed) or V(not_started).
  returned: with O(records)
  type: list
  elements: dict
  sample: [{instance_id: i-0123456789abcdef0, name: web-1, outcome: rolled_back, message: ""}]
text:
  description: The text that was shown.
  returned: success
  type: str
  sample: "Rollback of run spring: COMPLETED"
html_path:
  description: Path of the HTML page.
  returned: with O(records), not in check mode
  type: str
  sample: ./fleetpatch-runs/20260310T020000Z/rollback.html
json_path:
  description: Path of the JSON file.
  returned: with O(records), not in check mode
  type: str
  sample: ./fleetpatch-runs/20260310T020000Z/rollback.json
"""
