#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_command_info
version_added: "1.0.0"
short_description: Read commands of Systems Manager Run Command with what happened on every node
description:
  - Reads commands by their ids, or those that M(fleetpatch.aws.ssm_command) sent for a run, with the outcome and the outputs of every node.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  command_ids:
    description:
      - The commands. One that does not exist is an error.
    type: list
    elements: str
  run_id:
    description:
      - Instead of ids, the commands of this run, O(step) and O(attempt), whatever document they have. None is an error.
    type: str
  step:
    description:
      - Step of the run.
    type: str
    default: main
  attempt:
    description:
      - Attempt of the step.
    type: int
    default: 1
  look_back:
    description:
      - How many hours back commands of the run are looked for. V(0) looks through all that AWS has kept.
    type: int
    default: 72
  output_details:
    description:
      - Of which nodes the outputs are returned. Every node costs a request.
      - V(auto) reads them of all nodes when a command has 5 or fewer, else of the first 20 that did not succeed. Of further ones there is
        the beginning that the list of nodes has anyway.
    type: str
    choices: [auto, all, failed, none]
    default: auto
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What became of the gate of a wave
  fleetpatch.aws.ssm_command_info:
    run_id: 20260310T020000Z
    step: gate.data.use1a
    output_details: all

- name: Read a command
  fleetpatch.aws.ssm_command_info:
    command_ids:
      - 7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e
"""

RETURN = r"""
commands:
  description: The commands.
  returned: always
  type: list
  elements: dict
  contains:
    command_id:
      description: Id of the command.
      type: str
      sample: 7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e
    status:
      description: Detailed status that AWS gives the command itself, without blanks.
      type: str
      sample: Failed
    document_name:
      description: Name of the document.
      type: str
      sample: AWS-RunShellScript
    document_version:
      description: Version of the document.
      type: str
      sample: $DEFAULT
    comment:
      description: The comment, with the identity.
      type: str
      sample: "fleetpatch:run:20260310T020000Z:gate.data.use1a:1#3f9a2c1d"
    requested_time:
      description: When it was sent, in UTC.
      type: str
      sample: "2026-03-10T02:00:05Z"
    expires_after:
      description: After what time no node begins with it any more, in UTC.
      type: str
      sample: "2026-03-10T04:00:05Z"
    targets:
      description: How many nodes it has.
      type: int
      sample: 2
targets:
  description: Every node and what happened on it.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Id of the node.
      type: str
      sample: i-0123456789abcdef0
    name:
      description: Name of the node, when it has one.
      type: str
      sample: sql-1
    command_id:
      description: Id of the command that it got.
      type: str
      sample: 7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e
    status:
      description: Detailed status in the words of AWS, without blanks.
      type: str
      sample: Failed
    outcome:
      description:
        - One of V(succeeded), V(failed), V(timed_out), V(cancelled), V(not_started), V(running), V(unknown).
        - V(failed) is also what the command could not be delivered to, V(timed_out) also what no agent took in time.
        - V(not_started) means that the command was not started there and will not be.
        - V(unknown) means a status that nobody knows, or that AWS did not say whether the command was sent.
      type: str
      sample: failed
    exit_code:
      description: Exit code of the step that failed, else of the first step that has one; none when nothing ran.
      type: int
      sample: 3
    failed_plugin:
      description: Name of the step that failed.
      type: str
      sample: aws:runShellScript
    message:
      description: Why it did not succeed, in a line.
      type: str
      sample: "aws:runShellScript: exit code 3: failed to run commands: exit status 3"
    stdout:
      description: The end of what the step that failed (else the last one) wrote, see O(output_details).
      type: str
      sample: degraded
    stderr:
      description: The end of its error output.
      type: str
      sample: "failed to run commands: exit status 3"
    plugins:
      description: The steps of the document.
      type: list
      elements: dict
      sample: [{name: "aws:runShellScript", status: Failed, exit_code: 3}]
    start_time:
      description: When the first step began, in UTC.
      type: str
      sample: "2026-03-10T02:00:07Z"
    end_time:
      description: When the last step ended, in UTC.
      type: str
      sample: "2026-03-10T02:00:09Z"
summary:
  description: How many nodes have which outcome.
  returned: always
  type: dict
  sample: {total: 2, succeeded: 1, failed: 1, timed_out: 0, cancelled: 0, not_started: 0, running: 0, unknown: 0}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import command_orders
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import commands

SPEC = {
    "command_ids": {"type": "list", "elements": "str"},
    "run_id": {"type": "str"},
    "step": {"type": "str", "default": "main"},
    "attempt": {"type": "int", "default": 1},
    "look_back": {"type": "int", "default": 72},
    "output_details": {"type": "str", "choices": ["auto", "all", "failed", "none"], "default": "auto"},
}


def work(module):
    aws, params = api.connect(module), module.params
    ids = params["command_ids"]
    if ids is None:
        ids = commands.find_ids(aws, params["run_id"], params["step"], params["attempt"], params["look_back"])
    return command_orders.read(aws, ids, params["output_details"])


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("command_ids", "run_id")],
        required_one_of=[("command_ids", "run_id")],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
