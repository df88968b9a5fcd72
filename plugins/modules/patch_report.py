#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

# The work is done by the action plugin of the same name, on the controller.

DOCUMENTATION = r"""
---
module: patch_report
version_added: "1.0.0"
short_description: Write the report of a patch run
description:
  - Writes the report of a patch run as a self-contained HTML page, as JSON and as CSV, and shows a summary.
  - Runs on the controller, and reads the plan that M(fleetpatch.aws.patch_plan) stored and the records of the waves.
    A wave without a record was not started.
  - Lists the notifications of the run that M(fleetpatch.aws.patch_notice) recorded as not delivered.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  run_id:
    description: Id of the run.
    type: str
    required: true
  directory:
    description: Folder that contains a folder per run.
    type: path
    required: true
  records:
    description:
      - Record of each wave, in order. A record contains the id of the wave, the verdict of the filter
        P(fleetpatch.aws.wave_verdict#filter), the images and the attempts.
    type: list
    elements: dict
    required: true
  stop:
    description: What stopped the run, with C(task), C(message), C(wave), and C(gate) and C(at) for a closed gate. Empty if it was not stopped.
    type: dict
    default: {}
  passed:
    description: Ids of the waves whose gates after the wave were open. A resumed run does not evaluate these gates again.
    type: list
    elements: str
    default: []
  reboots:
    description: The maintenance window that reboots hosts after the run, with C(at), C(window_id) and C(hosts) (instance ids). Empty if there is none.
    type: dict
    default: {}
  approved_by:
    description: Who approved this start of the run, with C(arn), C(user), C(how) and C(at). Empty if nobody did; then the earlier approval stays.
    type: dict
    default: {}
  final:
    description: Whether the run has ended. With V(false), the report is marked as in progress, and no summary is shown.
    type: bool
    default: true
  show:
    description: Whether to show the summary of a run that has ended.
    type: bool
    default: true
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
  - module: fleetpatch.aws.patch_plan
"""

EXAMPLES = r"""
- name: Write the report
  fleetpatch.aws.patch_report:
    run_id: "20260310T020000Z"
    directory: ./fleetpatch-runs
    records: []
"""

RETURN = r"""
outcome:
  description:
    - Outcome of the run, V(completed), V(stopped), V(failed), V(unknown) if AWS could not be asked what became of hosts, or V(running) with
      O(final=false).
  returned: success
  type: str
  sample: completed
message:
  description: The outcome in a sentence, with the first reason if it is not V(completed).
  returned: success
  type: str
  sample: 14 hosts in 4 waves are patched
totals:
  description: Number of hosts by outcome.
  returned: success
  type: dict
  sample: {"patched": 14, "failed": 0}
html_path:
  description: Path of the HTML page.
  returned: not in check mode
  type: str
  sample: ./fleetpatch-runs/20260310T020000Z/report.html
json_path:
  description: Path of the JSON file.
  returned: not in check mode
  type: str
  sample: ./fleetpatch-runs/20260310T020000Z/report.json
csv_path:
  description: Path of the CSV file.
  returned: not in check mode
  type: str
  sample: ./fleetpatch-runs/20260310T020000Z/report.csv
"""
