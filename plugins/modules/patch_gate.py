#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

# The work is done by the action plugin of the same name, on the controller.

DOCUMENTATION = r"""
---
module: patch_gate
version_added: "1.0.0"
short_description: Stop a patch run while a gate is closed
description:
  - Checks all gates of a patch run at one place of the run, and fails with the reasons when one is closed.
  - Before the run it judges what M(fleetpatch.aws.patch_plan) returned. Before a wave, in it, and after it, it reads what all gates need with
    one start of M(fleetpatch.aws.patch_gate_info), or with none when no gate needs anything.
  - Before a wave and in it, it waits while other work on the hosts of the wave is the only reason. After a wave it waits for every gate,
    because alarms and the health of targets lag behind by some minutes.
  - Changes nothing.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  at:
    description:
      - Where the run is. V(run) is before the run, V(before) before the wave, V(in) before an attempt at it, V(after) after the wave.
      - V(before) checks every gate. V(in) checks only for a request to stop and for other work on the hosts. V(after) checks alarms and
        target groups.
    type: str
    choices: [run, before, in, after]
    required: true
  plan:
    description: What M(fleetpatch.aws.patch_plan) returned. Required unless O(closed) is given.
    type: dict
    default: {}
  wave:
    description: Id of the next wave, or with O(at=after) of the last one. Required unless O(at=run) or O(closed) is given.
    type: str
    default: ""
  records:
    description: Results of the waves so far, as M(fleetpatch.aws.patch_report) takes them.
    type: list
    elements: dict
    default: []
  max_unavailable:
    description: Number or percentage of the hosts of a role in a zone that may be out at once. Empty is no limit.
    type: str
    default: ""
  check_busy:
    description: Whether other work on the hosts of the wave closes the gate.
    type: bool
    default: true
  document_name:
    description: Name of the runbook that patches one host. Other executions of it on the hosts of the wave close the gate.
    type: str
    default: fleetpatch-PatchHost
  began:
    description:
      - When the run began by the clock of AWS, as an earlier call for the same run returned it. Requests to stop from before that are
        ignored. Empty takes the time of AWS minus O(age).
    type: str
    default: ""
  left_out:
    description: Hosts that earlier calls for the same run left out, by instance id, with the reason. They are returned again.
    type: dict
    default: {}
  age:
    description: Seconds since the run began, when O(began) is empty.
    type: float
    default: 0
  closed:
    description:
      - Gates that your own tasks found closed, each with C(gate) and C(message). Nothing else is checked then, and an empty list succeeds.
    type: list
    elements: dict
  wait_timeout:
    description: Seconds to wait at most for gates to open.
    type: int
    default: 300
  wait_interval:
    description: Seconds between two checks while waiting.
    type: int
    default: 15
notes:
  - An action plugin of the same name does the work on the controller, which keeps the plan.
attributes:
  check_mode:
    description: Only reads, in check mode too.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: N/A
  action:
    description: Runs on the controller, which keeps the plan.
    support: full
extends_documentation_fragment:
  - fleetpatch.aws.gate_settings
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fleetpatch.aws.patch_gate_info
  - module: fleetpatch.aws.patch_plan
"""

EXAMPLES = r"""
- name: Stop before the wave when an alarm is active or somebody asked the run to stop
  fleetpatch.aws.patch_gate:
    at: before
    plan: "{{ plan }}"
    wave: data.use1a
    gates:
      alarms: [shop-errors]

- name: Stop when the shop does not answer
  fleetpatch.aws.patch_gate:
    at: after
    closed: "{{ [] if shop.status == 200 else [{'gate': 'shop', 'message': 'the shop does not answer'}] }}"
"""

RETURN = r"""
closed:
  description: The closed gates, in the order in which they count. Empty when all are open; otherwise the task fails.
  returned: always
  type: list
  elements: dict
  contains:
    gate:
      description: Name of the gate.
      type: str
      sample: freeze
    at:
      description: Place of the run, as O(at).
      type: str
      sample: before
    message:
      description: Why it is closed.
      type: str
      sample: freeze Year end holds until 2027-01-02 00:00 UTC
began:
  description: When the run began by the clock of AWS, for the next call. Empty when nothing was read.
  returned: always
  type: str
  sample: "2026-03-10T02:00:00+00:00"
left_out:
  description:
    - Why hosts may no longer be patched, by instance id. Before a wave, state and tags of its instances are read again, and the plan would
      exclude these hosts today. They do not close a gate. Tags of hybrid nodes are not read again.
  returned: always
  type: dict
  sample: {i-0123456789abcdef0: tag install_patch is no}
gone:
  description: Ids of the instances of the wave that were terminated, read before a wave.
  returned: always
  type: list
  elements: str
  sample: [i-0123456789abcdef1]
"""
