#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_command
version_added: "1.0.0"
short_description: Send a command with Systems Manager Run Command, once, and judge every node
description:
  - Sends a document of type Command to any number of nodes, or to those with given tags, waits, and judges by what happened on every
    single node. Nodes that the command never reached count as failed, other than in the status that AWS gives the command.
  - A run has an identity, made of O(run_id), O(step), O(attempt) and the document. AWS knows no client token for commands, so the
    identity stands in the comment of the command. Calling the module again with the same identity finds it and sends nothing twice.
  - A request that got no clear answer is not sent again. The module looks for the command for half a minute; when it does not appear the
    module fails, and the next call looks again before it sends.
  - Stopping the module stops nothing at AWS.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  state:
    description:
      - V(sent) sends what is not sent yet and follows it; with O(command_ids) it only follows.
      - V(cancelled) cancels commands that are not over. AWS does not promise that the process on the node ends.
    type: str
    choices: [sent, cancelled]
    default: sent
  document_name:
    description:
      - Name or ARN of the document.
    type: str
  document_version:
    description:
      - Version of the document, a number, V($DEFAULT) or V($LATEST). AWS takes the default version when it is omitted.
    type: str
  document_hash:
    description:
      - Hash that the content of the document must have.
    type: str
  document_hash_type:
    description:
      - How O(document_hash) was computed.
    type: str
    choices: [Sha256, Sha1]
  parameters:
    description:
      - Parameters of the document. Values may be strings, lists or dictionaries; the latter are sent as JSON.
      - Anybody who may list commands can read them. Pass the name of a secure parameter instead of a secret.
    type: dict
    default: {}
  instance_ids:
    description:
      - The nodes, any number of them. An empty list is an error unless O(allow_empty) is set.
      - More than 50 are sent in pieces, because AWS takes 50 at most and counts errors for each command. The pieces go out one after
        another, each with what is left of O(max_errors). When O(max_errors) allows every node to fail, as many pieces go out side by
        side as O(max_concurrency) has room for.
      - With O(wait=false) only the first pieces are sent; a call for the same run sends the next ones when they are over.
      - When AWS refuses a piece because of one node, the others get it nevertheless, and that node has failed.
    type: list
    elements: str
  targets:
    description:
      - Which nodes instead of O(instance_ids). All conditions must hold. AWS chooses the nodes when the command is sent.
    type: dict
    suboptions:
      tags:
        description:
          - Tags that a node must have, all of them, each with one of the values. An empty list takes any value.
        type: dict
      resource_group:
        description:
          - Name of a resource group.
        type: str
      resource_type_filters:
        description:
          - Types of the group's resources, for example V(AWS::EC2::Instance).
        type: list
        elements: str
  timeout_seconds:
    description:
      - How many seconds an agent may take to fetch the command, 30 to 2592000. AWS takes 3600 when it is omitted.
      - How long the command may run is a parameter of most documents, for example C(executionTimeout).
    type: int
  max_concurrency:
    description:
      - On how many nodes it runs at the same time, a number or a percentage. AWS lets no command run on more than 50 ids.
    type: str
    default: "50"
  max_errors:
    description:
      - On how many nodes it may fail before it is started on no more, a number or a percentage (rounded down). With V(0) the first
        failure stops new starts.
      - AWS does not count nodes that the command never reached. Between the pieces of O(instance_ids) the module counts them.
    type: str
    default: "0"
  comment:
    description:
      - Text that is added to the comment of the command. Comment and identity have 100 characters together.
    type: str
  output_s3_bucket_name:
    description:
      - Bucket for the whole outputs. AWS finds its Region by itself.
    type: str
  output_s3_key_prefix:
    description:
      - What the keys of the outputs begin with.
    type: str
  cloudwatch_output_config:
    description:
      - Outputs in CloudWatch Logs.
    type: dict
    suboptions:
      log_group_name:
        description:
          - Name of the log group.
        type: str
      output_enabled:
        description:
          - Whether the outputs are sent there.
        type: bool
  notification_config:
    description:
      - Notices of AWS about the command. They need O(service_role_arn).
    type: dict
    suboptions:
      arn:
        description:
          - ARN of the SNS topic.
        type: str
      events:
        description:
          - What is told.
        type: list
        elements: str
        choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
      type:
        description:
          - Whether it is told of the command or of every node.
        type: str
        choices: [Command, Invocation]
  service_role_arn:
    description:
      - Role with which AWS sends the notices.
    type: str
  alarm_configuration:
    description:
      - A CloudWatch alarm that stops the command.
    type: dict
    suboptions:
      alarms:
        description:
          - Name of the alarm, one.
        type: list
        elements: str
        required: true
      ignore_poll_alarm_failure:
        description:
          - Whether the command goes on when AWS cannot read the alarm.
        type: bool
        default: false
  allow_empty:
    description:
      - Whether it is fine when there is no node to send to.
    type: bool
    default: false
  run_id:
    description:
      - Identity of the run, 1 to 48 letters, digits, C(_), C(.) and C(-). Required to send. O(run_id), O(step) and O(attempt) have 74
        characters together, because they stand in the comment.
    type: str
  step:
    description:
      - What of the run this is, for example the gate of a wave. Same characters as O(run_id). Other parameters or targets with the same
        identity are an error; give them another step.
    type: str
    default: main
  attempt:
    description:
      - Number of the attempt. A higher number sends again.
    type: int
    default: 1
  look_back:
    description:
      - How many hours back commands of the run are looked for. AWS keeps commands for 30 days.
      - V(0) looks through all of them, 50 a request.
    type: int
    default: 72
  command_ids:
    description:
      - Commands to follow or to cancel. For O(state=cancelled) the commands of O(run_id), O(step) and O(attempt) are taken when this is
        omitted.
      - An empty list is an error, and so is a run without commands, because a mistyped name must not look like success.
    type: list
    elements: str
  output_details:
    description:
      - Of which nodes the outputs are returned. Every node costs a request.
      - V(auto) reads them of all nodes when a command has 5 or fewer, else of the first 20 that did not succeed. Of further ones there is
        the beginning that the list of nodes has anyway.
    type: str
    choices: [auto, all, failed, none]
    default: auto
  wait_timeout:
    description:
      - How many seconds to wait. When they are over the module fails with everything seen so far; nothing is stopped at AWS.
    type: int
    default: 14400
notes:
  - A list of commands lags a few seconds behind. Do not call the module for the same run twice within the same few seconds.
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

- name: Cancel it
  fleetpatch.aws.ssm_command:
    state: cancelled
    run_id: agents-2026-03
"""

RETURN = r"""
commands:
  description: The commands of this run, found or sent now. Returned also when the module fails.
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
    adopted:
      description: Whether it was found instead of sent by this call.
      type: bool
      sample: false
targets:
  description: Every node and what happened on it. Returned also when the module fails.
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
outcome:
  description: The worst outcome of all nodes, or V(running) when the module no longer waited.
  returned: always
  type: str
  sample: failed
polls:
  description: How many times the commands were looked at.
  returned: always
  type: int
  sample: 4
would_send:
  description: The commands that would be sent. The number of nodes is missing for a resource group.
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
      description: Facts about the failure.
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
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import automation
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import command_orders
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import command_wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import commands
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import transform

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
    return commands.Request(
        document_name=params["document_name"],
        run_id=params["run_id"],
        step=params["step"],
        attempt=params["attempt"],
        parameters=transform.parameters_to_wire(params["parameters"]),
        instance_ids=None if ids is None else tuple(ids),
        targets=None if targets is None else tuple(command_wire.targets_to_wire(targets)),
        max_concurrency=params["max_concurrency"],
        max_errors=params["max_errors"],
        comment=params["comment"],
        optional=command_wire.optional_wire(params),
        allow_empty=params["allow_empty"],
        look_back=params["look_back"],
    )


def following_of(params):
    """How the options ask to wait."""
    return automation.Following(
        wait=params["wait"],
        timeout=params["wait_timeout"],
        interval=params["wait_interval"],
        step_details=params["output_details"],
        say=teller(params["progress_path"]),
    )


def ids_of(aws, params):
    """The commands that are named, or those of the run."""
    if params["command_ids"] is not None:
        return params["command_ids"]
    return commands.find_ids(aws, params["run_id"], params["step"], params["attempt"], params["look_back"])


def work(module):
    params, following = module.params, following_of(module.params)
    if params["command_ids"] == []:
        raise errors.InvalidInput("command_ids: is an empty list: there is no command", code="no_commands")
    aws = api.connect(module)
    if params["state"] == "cancelled":
        return command_orders.cancel(aws, ids_of(aws, params), following, module.check_mode)
    if params["command_ids"] is not None:
        return command_orders.follow_ids(aws, params["command_ids"], following)
    if module.check_mode:
        return command_orders.preview(aws, request_of(params), following)
    return commands.execute(aws, request_of(params), following)


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
