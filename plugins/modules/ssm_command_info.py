#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_command_info
version_added: "1.0.0"
short_description: Read Systems Manager commands with their outcome on every node
description:
  - Reads commands by id, or those that M(fleetpatch.aws.ssm_command) sent for a run, with the outcome and the output of every node.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  command_ids:
    description:
      - Ids of the commands. A command that does not exist is an error.
    type: list
    elements: str
  run_id:
    description:
      - Id of the run whose commands are read, with O(step) and O(attempt) and any document. A run without commands is an error.
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
      - Number of hours in the past to search for commands of the run. V(0) searches all commands that AWS keeps.
    type: int
    default: 72
  output_details:
    description:
      - Nodes whose output is returned. Each node takes a request.
      - V(auto) returns the output of all nodes if a command has 5 or fewer, or else of the first 20 that did not succeed. For other nodes,
        the beginning of the output is returned, which is part of the list of nodes.
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
- name: Read the commands of the gate of a wave
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
      description: Detailed status of the command itself, as reported by AWS, without blanks.
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
      description: Time at which the command was sent, in UTC.
      type: str
      sample: "2026-03-10T02:00:05Z"
    expires_after:
      description: Time after which no node starts the command, in UTC.
      type: str
      sample: "2026-03-10T04:00:05Z"
    targets:
      description: Number of nodes.
      type: int
      sample: 2
targets:
  description: The outcome of each node.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: Id of the node.
      type: str
      sample: i-0123456789abcdef0
    name:
      description: Name of the node, if it has one.
      type: str
      sample: sql-1
    command_id:
      description: Id of the command that was sent to the node.
      type: str
      sample: 7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e
    status:
      description: Detailed status of the command on the node, as reported by AWS, without blanks.
      type: str
      sample: Failed
    outcome:
      description:
        - One of V(succeeded), V(failed), V(timed_out), V(cancelled), V(not_started), V(running), V(unknown).
        - V(failed) includes nodes to which the command could not be delivered. V(timed_out) includes nodes whose agent did not fetch it in time.
        - V(not_started) means that the command was not started on the node and will not be.
        - V(unknown) means an unknown status, or that AWS did not confirm whether the command was sent.
      type: str
      sample: failed
    exit_code:
      description: Exit code of the failed step, or else of the first step with an exit code. V(null) if no step ran.
      type: int
      sample: 3
    failed_plugin:
      description: Name of the failed step.
      type: str
      sample: aws:runShellScript
    message:
      description: Why the command did not succeed, in one line.
      type: str
      sample: "aws:runShellScript: exit code 3: failed to run commands: exit status 3"
    stdout:
      description: End of the standard output of the failed step, or else of the last step. See O(output_details).
      type: str
      sample: degraded
    stderr:
      description: End of the standard error of the same step.
      type: str
      sample: "failed to run commands: exit status 3"
    plugins:
      description: The steps of the document.
      type: list
      elements: dict
      sample: [{name: "aws:runShellScript", status: Failed, exit_code: 3}]
    start_time:
      description: Start time of the first step, in UTC.
      type: str
      sample: "2026-03-10T02:00:07Z"
    end_time:
      description: End time of the last step, in UTC.
      type: str
      sample: "2026-03-10T02:00:09Z"
summary:
  description: Number of nodes by outcome.
  returned: always
  type: dict
  sample: {total: 2, succeeded: 1, failed: 1, timed_out: 0, cancelled: 0, not_started: 0, running: 0, unknown: 0}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import read
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import run

SPEC = {
    "command_ids": {"type": "list", "elements": "str"},
    "run_id": {"type": "str"},
    "step": {"type": "str", "default": "main"},
    "attempt": {"type": "int", "default": 1},
    "look_back": {"type": "int", "default": 72},
    "output_details": {"type": "str", "choices": ["auto", "all", "failed", "none"], "default": "auto"},
}


def work(module):
    aws, params = connection.connect(module), module.params
    ids = params["command_ids"]
    if ids is None:
        ids = run.find_ids(aws, params["run_id"], params["step"], params["attempt"], params["look_back"])
    return read.read(aws, ids, params["output_details"])


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
