#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: patch_run_state
version_added: "1.0.0"
short_description: Keep the state of a patch run in AWS
description:
  - Keeps which waves of a patch run are done, and that the run is finished, in a parameter of Parameter Store named C(/fleetpatch/run/) plus the id
    of the run. A controller without the directory of the run finds it there, also after 30 days, when AWS has removed the executions.
  - A state that is kept already is not written again. A run that was rolled back stays rolled back, and any other state of it is an error. A
    completed run stays completed until it is rolled back.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  run_id:
    description: Id of the run.
    type: str
    required: true
  state:
    description: State of the run. With V(completed) and V(rolled_back) the run is finished.
    type: str
    choices: [running, completed, rolled_back]
    required: true
  summary:
    description: The state in a sentence, returned as C(message). Characters beyond 500 are not kept.
    type: str
    default: ""
  wave:
    description: Id of the last wave that is done. All waves before it are done, too.
    type: str
    default: ""
  attempts:
    description: Highest number of attempts at a wave so far.
    type: int
    default: 0
notes:
  - Requires the permissions C(ssm:GetParameters), C(ssm:PutParameter) and C(ssm:AddTagsToResource).
  - M(community.aws.ssm_parameter) also requires C(ssm:DescribeParameters), C(ssm:GetParameter) and C(ssm:ListTagsForResource).
seealso:
  - module: fleetpatch.aws.patch_gate_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep that the run is finished
  fleetpatch.aws.patch_run_state:
    run_id: 20260310T020000Z
    state: completed
    summary: 14 of 14 hosts patched
"""

RETURN = r"""
run:
  description: The state that is kept, with the C(time) at which it was written by the clock of AWS, C(state), C(message), C(wave) and C(attempts).
  returned: success, and for a run that was rolled back
  type: dict
  sample: {time: "2026-03-10T05:00:00Z", state: completed, message: 14 of 14 hosts patched, wave: application.rest, attempts: 2}
failure:
  description: Details of the failure, with C(code), C(message) and C(details).
  returned: failure
  type: dict
  sample: {code: run_finished, message: "Run 20260310T020000Z is finished", details: {}}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.run_parameters import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.run_parameters import wire

SPEC = {
    "run_id": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(wire.STATES), "required": True},
    "summary": {"type": "str", "default": ""},
    "wave": {"type": "str", "default": ""},
    "attempts": {"type": "int", "default": 0},
}


def work(module):
    options = {name: module.params[name] for name in SPEC if name != "summary"}
    kept = control.keep(
        connection.connect(module), **options, message=module.params["summary"], check=module.check_mode
    )
    before = kept.pop("before")
    return {**kept, "diff": {"before": before, "after": kept["run"]}}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
