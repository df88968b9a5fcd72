#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_command
version_added: "1.0.0"
short_description: Send a command with Systems Manager Run Command, once per run, and evaluate every node
description:
  - Sends a Command document to any number of nodes, or to nodes with given tags, waits, and evaluates the outcome of every node. Nodes that
    the command never reached count as failed, unlike in the status that AWS reports for the command.
  - A run is identified by O(run_id), O(step), O(attempt) and the document. AWS supports no client token for commands, so the module stores
    the identity in the comment of the command. Calling the module again with the same identity adopts it and sends nothing twice.
  - A request without a clear answer is not repeated. The module searches for the command for 30 seconds. If it does not appear, the
    module fails, and the next call searches again before it sends.
  - Interrupting the module does not stop the commands.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  state:
    description:
      - V(sent) sends the missing commands and waits for them. With O(command_ids), it only waits.
      - V(cancelled) cancels unfinished commands. AWS does not guarantee that the process on the node ends.
    type: str
    choices: [sent, cancelled]
    default: sent
  document_name:
    description:
      - Name or ARN of the document.
    type: str
  document_version:
    description:
      - Version of the document, a number, V($DEFAULT) or V($LATEST). If omitted, AWS uses the default version.
    type: str
  document_hash:
    description:
      - Hash that the content of the document must match.
    type: str
  document_hash_type:
    description:
      - Algorithm of O(document_hash).
    type: str
    choices: [Sha256, Sha1]
  parameters:
    description:
      - Parameters of the document. Values may be strings, lists or dictionaries. Dictionaries are sent as JSON.
      - Anyone who may list commands can read them. Pass the name of a secure parameter instead of a secret.
    type: dict
    default: {}
  instance_ids:
    description:
      - Ids of the nodes, any number. An empty list is an error unless O(allow_empty=true).
      - More than 50 nodes get several commands, because AWS accepts at most 50 and counts errors per command. They are sent one after
        another, each with the remaining number of O(max_errors). If O(max_errors) allows every node to fail, as many commands as
        O(max_concurrency) permits are in progress at the same time.
      - With O(wait=false), only the first commands are sent. A later call for the same run sends the next ones when they have ended.
      - If AWS rejects a command because of one node, the command is sent to the others, and that node has failed.
    type: list
    elements: str
  targets:
    description:
      - Selects the nodes instead of O(instance_ids). All conditions must match. AWS resolves the nodes when the command is sent.
    type: dict
    suboptions:
      tags:
        description:
          - Tags that a node must have, each with one of the values. An empty list matches any value.
        type: dict
      resource_group:
        description:
          - Name of a resource group.
        type: str
      resource_type_filters:
        description:
          - Types of resources in the group, for example V(AWS::EC2::Instance).
        type: list
        elements: str
  timeout_seconds:
    description:
      - Number of seconds within which an agent must fetch the command, 30 to 2592000. If omitted, AWS uses 3600.
      - The maximum run time is a parameter of most documents, for example C(executionTimeout).
    type: int
  max_concurrency:
    description:
      - Number or percentage of nodes to run on at the same time. For a list of ids, AWS limits a command to 50 nodes.
    type: str
    default: "50"
  max_errors:
    description:
      - Number or percentage (rounded down) of nodes on which the command may fail before it is started on no more nodes. With V(0), the first
        failure stops new starts.
      - AWS does not count nodes that the command never reached. Between the commands for O(instance_ids), the module counts them.
    type: str
    default: "0"
  comment:
    description:
      - Text to add to the comment of the command. The comment, including the identity, may have 100 characters.
    type: str
  output_s3_bucket_name:
    description:
      - Bucket for the complete output. AWS determines its Region.
    type: str
  output_s3_key_prefix:
    description:
      - Prefix of the object keys.
    type: str
  cloudwatch_output_config:
    description:
      - Sends the output to CloudWatch Logs.
    type: dict
    suboptions:
      log_group_name:
        description:
          - Name of the log group.
        type: str
      output_enabled:
        description:
          - Whether to send the output to CloudWatch Logs.
        type: bool
  notification_config:
    description:
      - Amazon SNS notifications about the command. Requires O(service_role_arn).
    type: dict
    suboptions:
      arn:
        description:
          - ARN of the SNS topic.
        type: str
      events:
        description:
          - Events that trigger a notification.
        type: list
        elements: str
        choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
      type:
        description:
          - Whether to notify about the command or about every node.
        type: str
        choices: [Command, Invocation]
  service_role_arn:
    description:
      - ARN of the role that AWS uses to send the notifications.
    type: str
  alarm_configuration:
    description:
      - CloudWatch alarm that stops the command.
    type: dict
    suboptions:
      alarms:
        description:
          - Name of the alarm. AWS allows at most one.
        type: list
        elements: str
        required: true
      ignore_poll_alarm_failure:
        description:
          - Whether the command continues if the state of the alarm cannot be read.
        type: bool
        default: false
  allow_empty:
    description:
      - Whether the module succeeds when there is no node to send the command to.
    type: bool
    default: false
  run_id:
    description:
      - Identity of the run, 1 to 48 letters, digits, C(_), C(.) and C(-). Required with O(state=sent), unless O(command_ids) is set. O(run_id),
        O(step) and O(attempt) may have 74 characters in total, because they are part of the comment.
    type: str
  step:
    description:
      - Step of the run, for example the gate of a wave. Allows the same characters as O(run_id). Calling the module with the same identity but
        other parameters or targets is an error; use another step.
    type: str
    default: main
  attempt:
    description:
      - Number of the attempt. A higher number sends the command again.
    type: int
    default: 1
  look_back:
    description:
      - Number of hours in the past to search for commands of the run. AWS keeps commands for 30 days.
      - V(0) searches all of them, 50 per request.
    type: int
    default: 72
  command_ids:
    description:
      - Commands to wait for or to cancel. If omitted with O(state=cancelled), the commands of O(run_id), O(step) and O(attempt) are used.
      - An empty list is an error, and so is a run without commands, so that a mistyped name does not look like success.
    type: list
    elements: str
  output_details:
    description:
      - Nodes whose output is returned. Each node takes a request.
      - V(auto) returns the output of all nodes if a command has 5 or fewer, or else of the first 20 that did not succeed. For other nodes,
        the beginning of the output is returned, which is part of the list of nodes.
    type: str
    choices: [auto, all, failed, none]
    default: auto
  wait_timeout:
    description:
      - Number of seconds to wait. When it expires, the module fails with the results so far. The commands are not stopped.
    type: int
    default: 14400
notes:
  - Lists of commands lag behind by a few seconds. Do not call the module for the same run twice within that time.
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Requires the permissions C(ssm:SendCommand), C(ssm:ListCommands), C(ssm:ListCommandInvocations), C(ssm:GetCommandInvocation),
    C(ssm:DescribeInstanceInformation), C(ssm:CancelCommand) to cancel, and C(ssm:DescribeDocument) in check mode.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - fleetpatch.aws.waiting
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Check the health of a wave before it is patched
  fleetpatch.aws.ssm_command:
    document_name: AWS-RunShellScript
    parameters:
      commands:
        - systemctl is-system-running
      executionTimeout: 120
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    timeout_seconds: 300
    run_id: 20260310T020000Z
    step: gate.data.use1a

- name: Update the agent of all web servers of Test, ten at a time
  fleetpatch.aws.ssm_command:
    document_name: AWS-UpdateSSMAgent
    targets:
      tags:
        Environment: [Test]
        Role: [web]
    max_concurrency: "10"
    max_errors: 5%
    run_id: agents-2026-03

- name: Cancel the commands of a run
  fleetpatch.aws.ssm_command:
    state: cancelled
    run_id: agents-2026-03
"""

RETURN = r"""
commands:
  description: The commands of the run, adopted or sent. Also returned when the module fails.
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
    adopted:
      description: Whether the command was adopted instead of sent by this call.
      type: bool
      sample: false
targets:
  description: The outcome of each node. Also returned when the module fails.
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
outcome:
  description: The worst outcome of all nodes, or V(running) if the module stopped waiting.
  returned: always
  type: str
  sample: failed
polls:
  description: Number of polls.
  returned: always
  type: int
  sample: 4
would_send:
  description: The commands that would be sent, in check mode. The number of nodes is not known for a resource group.
  returned: in check mode
  type: list
  elements: dict
  sample: [{document_name: AWS-RunShellScript, targets: 2, unmanaged: [], max_concurrency: "50", max_errors: "0"}]
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable error code, for example V(run_failed), V(no_targets), V(deadline_exceeded) or the error code of AWS.
      type: str
      sample: run_failed
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "command gate.data.use1a attempt 1: 2 nodes: 1 succeeded, 1 failed"
    details:
      description: Details of the failure.
      type: dict
      sample: {outcome: failed, targets: {i-0123456789abcdef0: failed}}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: "command gate.data.use1a attempt 1: 2 nodes: 2 succeeded"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.progress import teller
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import parameters_to_wire

TARGETS = {
    "tags": {"type": "dict"},
    "resource_group": {"type": "str"},
    "resource_type_filters": {"type": "list", "elements": "str"},
}
LOGS = {"log_group_name": {"type": "str"}, "output_enabled": {"type": "bool"}}
NOTICES = {
    "arn": {"type": "str"},
    "events": {
        "type": "list",
        "elements": "str",
        "choices": ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"],
    },
    "type": {"type": "str", "choices": ["Command", "Invocation"]},
}
ALARMS = {
    "alarms": {"type": "list", "elements": "str", "required": True},
    "ignore_poll_alarm_failure": {"type": "bool", "default": False},
}
SPEC = {
    "state": {"type": "str", "choices": ["sent", "cancelled"], "default": "sent"},
    "document_name": {"type": "str"},
    "document_version": {"type": "str"},
    "document_hash": {"type": "str"},
    "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
    "parameters": {"type": "dict", "default": {}},
    "instance_ids": {"type": "list", "elements": "str"},
    "targets": {"type": "dict", "options": TARGETS},
    "timeout_seconds": {"type": "int"},
    "max_concurrency": {"type": "str", "default": "50"},
    "max_errors": {"type": "str", "default": "0"},
    "comment": {"type": "str"},
    "output_s3_bucket_name": {"type": "str"},
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "cloudwatch_output_config": {"type": "dict", "options": LOGS},
    "notification_config": {"type": "dict", "options": NOTICES},
    "service_role_arn": {"type": "str"},
    "alarm_configuration": {"type": "dict", "options": ALARMS},
    "allow_empty": {"type": "bool", "default": False},
    "run_id": {"type": "str"},
    "step": {"type": "str", "default": "main"},
    "attempt": {"type": "int", "default": 1},
    "look_back": {"type": "int", "default": 72},
    "command_ids": {"type": "list", "elements": "str"},
    "output_details": {"type": "str", "choices": ["auto", "all", "failed", "none"], "default": "auto"},
    **argspec.waiting(timeout=14400, interval=15),
}


def request_of(params):
    """What the options ask to send."""
    ids, targets = params["instance_ids"], params["targets"]
    return wire.Request(
        document_name=params["document_name"],
        run_id=params["run_id"],
        step=params["step"],
        attempt=params["attempt"],
        parameters=parameters_to_wire(params["parameters"]),
        instance_ids=None if ids is None else tuple(ids),
        targets=None if targets is None else tuple(wire.targets_to_wire(targets)),
        max_concurrency=params["max_concurrency"],
        max_errors=params["max_errors"],
        comment=params["comment"],
        optional=wire.optional_wire(params),
        allow_empty=params["allow_empty"],
        look_back=params["look_back"],
    )


def following_of(params):
    """How the options ask to wait."""
    return Following(
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        details=params["output_details"],
        say=teller(params["progress_path"]),
    )


def ids_of(aws, params):
    """The commands that are named, or those of the run."""
    if params["command_ids"] is not None:
        return params["command_ids"]
    return run.find_ids(aws, params["run_id"], params["step"], params["attempt"], params["look_back"])


def work(module):
    params, following = module.params, following_of(module.params)
    if params["command_ids"] == []:
        raise errors.InvalidInput("command_ids: must not be an empty list", code="no_commands")
    aws = connection.connect(module)
    if params["state"] == "cancelled":
        return control.cancel(aws, ids_of(aws, params), following, module.check_mode)
    if params["command_ids"] is not None:
        return control.follow_ids(aws, params["command_ids"], following)
    if module.check_mode:
        return control.preview(aws, request_of(params), following)
    return run.execute(aws, request_of(params), following)


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("document_name", "command_ids"), ("instance_ids", "targets")],
        required_one_of=[("run_id", "command_ids")],
        required_by={"document_name": "run_id", "instance_ids": "document_name", "targets": "document_name"},
        required_if=[("state", "sent", ("document_name", "command_ids"), True)],
    )
    if module.params["document_name"] and module.params["state"] == "sent":
        if module.params["instance_ids"] is None and module.params["targets"] is None:
            module.fail_json(msg="one of the following is required with document_name: instance_ids, targets")
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
