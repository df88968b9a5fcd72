#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_maintenance_window
version_added: "1.0.0"
short_description: Manage a maintenance window with its targets and tasks
description:
  - Creates, updates and removes maintenance windows with their schedule, targets, tasks and tags.
  - Omitted options keep their value. An empty list or string clears the value. The same applies to the fields of an existing target
    or task.
  - A window is identified by its name in the account and Region, or by its id. AWS allows several windows with the same name; the module
    then fails and lists them.
  - All changes are made in place if AWS supports it. Only a task whose type changes is registered again.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  name:
    description:
      - Name of the window. With O(window_id), its new name.
    type: str
  window_id:
    description:
      - Id or ARN of an existing window. Required to rename it, or if its name is not unique.
    type: str
  state:
    description:
      - Whether the window must exist. V(absent) removes it with its targets and tasks.
    type: str
    choices: [present, absent]
    default: present
  description:
    description:
      - Description of the window, at most 128 characters.
    type: str
  schedule:
    description:
      - Schedule of the window, C(cron(...)), C(rate(...)) or C(at(...)). Required to create the window.
    type: str
  schedule_timezone:
    description:
      - Time zone of O(schedule), an IANA name such as V(Europe/Rome). Defaults to UTC for a new window.
    type: str
  schedule_offset:
    description:
      - Number of days to wait after the day of O(schedule), 1 to 6. V(0) clears. Only for C(cron).
    type: int
  start_date:
    description:
      - The window does not run before this time, in ISO 8601. Without an offset it is UTC, regardless of O(schedule_timezone).
      - With a C(rate) schedule, AWS replaces a time in the past with the time of the call. This is not reported as a change.
    type: str
  end_date:
    description:
      - The window does not run after this time. Same format as O(start_date).
    type: str
  duration:
    description:
      - Length of the window in hours, 1 to 24. Required to create the window.
    type: int
  cutoff:
    description:
      - Number of hours before the end of the window after which no task is started, 0 to 23 and less than O(duration). Required to create the
        window.
    type: int
  allow_unassociated_targets:
    description:
      - Whether tasks may run on nodes, given by id, that are not targets of the window. Defaults to V(false) for a new window.
    type: bool
  enabled:
    description:
      - Whether the window is enabled. Defaults to V(true) for a new window. A window that is created with V(false) is disabled before it gets
        tasks. A window is enabled only after its targets and tasks are complete.
    type: bool
  targets:
    description:
      - Targets of the window, at most 100. The order is not significant.
      - A target is identified by its id or name. Names are not unique in AWS; if several targets have the name, the module fails and lists
        their ids. Without id and name, it is the target without a name that has the same selection.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the target, which O(tasks[].targets) refers to. With O(targets[].window_target_id), its new name.
        type: str
      window_target_id:
        description:
          - Id of an existing target of the window.
        type: str
      resource_type:
        description:
          - Type of the resources. It is derived from the selection, and must match it if given.
        type: str
        choices: [INSTANCE, RESOURCE_GROUP]
      tags:
        description:
          - Select nodes with all of these tags, at most 5. Each key has a list of values, of which one must match, or a single value. One key
            may have no values (V([])), which matches any value.
          - Exactly one of this option, O(targets[].instance_ids) and O(targets[].resource_groups) is required for a new target. It replaces
            the previous selection.
        type: dict
      instance_ids:
        description:
          - Select these managed nodes, at most 50 ids.
        type: list
        elements: str
      resource_groups:
        description:
          - Select these resource groups.
        type: list
        elements: str
      resource_type_filters:
        description:
          - Types of resources in O(targets[].resource_groups), for example V(AWS::EC2::INSTANCE).
        type: list
        elements: str
      owner_information:
        description:
          - Text for the events of the target, at most 128 characters. AWS marks it as sensitive, so results contain a hash.
        type: str
      description:
        description:
          - Description of the target, at most 128 characters.
        type: str
  purge_targets:
    description:
      - Whether to deregister targets of the window that are not in O(targets). Has no effect if O(targets) is omitted.
      - Deregistering a target that a task uses is an error.
    type: bool
    default: true
  tasks:
    description:
      - Tasks of the window, at most 20. The order is not significant, see O(tasks[].priority).
      - A task is identified by its id or name, like O(targets). Without id and name, it is the task without a name that has the same
        O(tasks[].task_type) and O(tasks[].task_arn). If there are several, it is one that is identical, or else a new task.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the task. With O(tasks[].window_task_id), its new name.
        type: str
      window_task_id:
        description:
          - Id of an existing task of the window.
        type: str
      task_type:
        description:
          - Type of the task. Required for a new task. AWS cannot change the type, so the task is deregistered and registered again.
        type: str
        choices: [RUN_COMMAND, AUTOMATION, LAMBDA, STEP_FUNCTIONS]
      task_arn:
        description:
          - Name or ARN of the document, name or ARN of the function, or ARN of the state machine. Required for a new task.
        type: str
      targets:
        description:
          - Names of targets of the window, at most 10, including those in O(targets). Ids are also accepted.
          - The order is not significant. AWS processes several targets one after the other. To process them at the same time, define a task
            with the same O(tasks[].priority) for each.
          - This option, O(tasks[].window_target_ids) and O(tasks[].instance_ids) replace all targets of the task. V(RUN_COMMAND) requires
            at least one target, other types do not.
        type: list
        elements: str
      window_target_ids:
        description:
          - Ids of targets of the window, in addition to O(tasks[].targets).
        type: list
        elements: str
      instance_ids:
        description:
          - Ids of managed nodes, at most 50, instead of targets of the window. See O(allow_unassociated_targets).
        type: list
        elements: str
      priority:
        description:
          - Priority of the task. Tasks with a lower number run first, tasks with the same number at the same time. Defaults to V(1) for a new
            task.
        type: int
      max_concurrency:
        description:
          - Number or percentage of targets to run on at the same time. Required with targets, and not allowed without.
        type: str
      max_errors:
        description:
          - Number or percentage of errors after which the task is not started on more targets. Required with targets, and not allowed
            without.
        type: str
      service_role_arn:
        description:
          - ARN of the role that Systems Manager uses to run the task. With V(""), it uses its service-linked role, which AWS does not
            recommend.
        type: str
      cutoff_behavior:
        description:
          - What happens at the cutoff to a task that is running. V(CANCEL_TASK) tries to cancel commands, and stops starting invocations of
            other types. Defaults to V(CONTINUE_TASK) for a new task.
        type: str
        choices: [CONTINUE_TASK, CANCEL_TASK]
      description:
        description:
          - Description of the task, at most 128 characters.
        type: str
      alarm_configuration:
        description:
          - CloudWatch alarm that stops the task.
        type: dict
        suboptions:
          alarms:
            description:
              - Name of the alarm, at most one. V([]) clears it.
            type: list
            elements: str
            required: true
          ignore_poll_alarm_failure:
            description:
              - Whether the task continues if the state of the alarm cannot be read.
            type: bool
            default: false
      run_command:
        description:
          - Parameters of a V(RUN_COMMAND) task. They replace the whole previous value, as in the API. Omitted keys are cleared.
          - In strings here and in the options for the other types, write pseudo parameters as C([[RESOURCE_ID]]). AWS uses curly braces, which
            Ansible would treat as a template. This applies to RESOURCE_ID, TARGET_ID, WINDOW_ID, WINDOW_TASK_ID, WINDOW_EXECUTION_ID,
            TASK_EXECUTION_ID and INVOCATION_ID.
        type: dict
        suboptions:
          comment:
            description:
              - Comment of the command, at most 100 characters.
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
          document_hash:
            description:
              - Hash that the document must match.
            type: str
          document_hash_type:
            description:
              - Algorithm of O(tasks[].run_command.document_hash).
            type: str
            choices: [Sha256, Sha1]
          document_version:
            description:
              - Version of the document, V($LATEST) or V($DEFAULT), which is equivalent to none.
            type: str
          notification_config:
            description:
              - Amazon SNS notifications about the command.
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
                  - Whether to notify about the command as a whole or about each invocation.
                type: str
                choices: [Command, Invocation]
          output_s3_bucket_name:
            description:
              - Bucket for the output.
            type: str
          output_s3_key_prefix:
            description:
              - Prefix of the object keys.
            type: str
          parameters:
            description:
              - Parameters of the document, each a list of values or a single value.
              - AWS marks them as sensitive. Results contain hashes of the values, except for pseudo parameters and the keywords of the patch
                documents (V(Scan), V(Install), V(RebootIfNeeded), V(NoReboot)).
            type: dict
          service_role_arn:
            description:
              - ARN of the role that publishes the notifications.
            type: str
          timeout_seconds:
            description:
              - Number of seconds within which the command must start, 30 to 2592000.
            type: int
      automation:
        description:
          - Parameters of an V(AUTOMATION) task. They replace the whole previous value, like O(tasks[].run_command).
        type: dict
        suboptions:
          document_version:
            description:
              - Version of the runbook, V($LATEST) or V($DEFAULT), which is equivalent to none.
            type: str
          parameters:
            description:
              - Parameters of the runbook, each a list of values or a single value. Results show them, so they must not contain secrets.
            type: dict
      lambda:
        description:
          - Parameters of a V(LAMBDA) task. They replace the whole previous value, like O(tasks[].run_command).
        type: dict
        suboptions:
          client_context:
            description:
              - Client context for the function, JSON in base64, at most 8000 characters.
            type: str
          qualifier:
            description:
              - Version or alias of the function.
            type: str
          payload:
            description:
              - Input of the function, a dictionary, a list or a JSON string, at most 4096 bytes. Results contain a hash.
            type: raw
      step_functions:
        description:
          - Parameters of a V(STEP_FUNCTIONS) task. They replace the whole previous value, like O(tasks[].run_command).
        type: dict
        suboptions:
          input:
            description:
              - Input of the state machine, a dictionary, a list or a JSON string, at most 4096 characters. Results contain a hash.
            type: raw
          name:
            description:
              - Name of the execution.
            type: str
  purge_tasks:
    description:
      - Whether to deregister tasks of the window that are not in O(tasks). Has no effect if O(tasks) is omitted.
    type: bool
    default: true
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - AWS has quotas of 50 windows per account and Region, and of 20 tasks and 100 targets per window. At most 5 windows run at the same time.
  - Store secrets in Parameter Store or Secrets Manager, not in payloads and parameters. Results contain hashes of them, but Ansible logs the
    options of modules on the host that runs them. Use C(no_log) on the task if this cannot be avoided.
  - To clear a value, AWS requires the complete window, target or task. The module includes members that only a newer C(botocore) knows.
seealso:
  - module: fleetpatch.aws.ssm_maintenance_window_info
  - module: fleetpatch.aws.ssm_maintenance_windows
  - module: fleetpatch.aws.ssm_window_schedule_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Patch the web servers on the Sunday after the second Tuesday of the month
  fleetpatch.aws.ssm_maintenance_window:
    name: shop-web
    description: Web servers of the shop
    schedule: cron(0 2 ? * TUE#2 *)
    schedule_timezone: Europe/Rome
    schedule_offset: 5
    duration: 4
    cutoff: 1
    targets:
      - name: web
        tags:
          role: web
          environment: [prod, stage]
    tasks:
      - name: patch
        task_type: RUN_COMMAND
        task_arn: AWS-RunPatchBaseline
        targets: [web]
        max_concurrency: 25%
        max_errors: "2"
        service_role_arn: arn:aws:iam::123456789012:role/maintenance-window
        run_command:
          parameters:
            Operation: Install
            RebootOption: RebootIfNeeded
          output_s3_bucket_name: shop-patch-logs
    tags:
      team: shop

- name: Restart nodes through a runbook, one after the other
  fleetpatch.aws.ssm_maintenance_window:
    name: shop-web
    purge_tasks: false
    tasks:
      - name: restart
        task_type: AUTOMATION
        task_arn: AWS-RestartEC2Instance
        priority: 2
        targets: [web]
        max_concurrency: "1"
        max_errors: "0"
        automation:
          parameters:
            InstanceId: "[[RESOURCE_ID]]"

- name: Disable the window for now
  fleetpatch.aws.ssm_maintenance_window:
    name: shop-web
    enabled: false

- name: Remove the window with its targets and tasks
  fleetpatch.aws.ssm_maintenance_window:
    name: shop-web
    state: absent
"""

RETURN = r"""
window:
  description: The window after the change, as predicted in check mode. Empty if it does not exist.
  returned: always
  type: dict
  contains:
    window_id:
      description: Id of the window. V(null) when it is predicted.
      type: str
      sample: mw-0123456789abcdef0
    name:
      description: Name of the window.
      type: str
      sample: shop-web
    description:
      description: Description of the window.
      type: str
      sample: Web servers of the shop
    schedule:
      description: Schedule of the window.
      type: str
      sample: cron(0 2 ? * TUE#2 *)
    schedule_timezone:
      description: Time zone of the schedule. V(null) means UTC.
      type: str
      sample: Europe/Rome
    schedule_offset:
      description: Offset of the schedule in days.
      type: int
      sample: 5
    start_date:
      description: The window does not run before this time, in UTC.
      type: str
      sample: "2026-04-01T00:00:00Z"
    end_date:
      description: The window does not run after this time, in UTC.
      type: str
      sample: "2027-04-01T00:00:00Z"
    duration:
      description: Length of the window in hours.
      type: int
      sample: 4
    cutoff:
      description: Number of hours before the end of the window after which no task is started.
      type: int
      sample: 1
    allow_unassociated_targets:
      description: Whether tasks may run on nodes that are not targets of the window.
      type: bool
      sample: false
    enabled:
      description: Whether the window is enabled.
      type: bool
      sample: true
    next_execution_time:
      description: Time of the next run, in UTC.
      type: str
      sample: "2026-04-19T00:00:00Z"
    created_date:
      description: Creation time of the window, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    modified_date:
      description: Time of the last change of the window, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    targets:
      description:
        - Targets of the window, sorted by name, with the fields of O(targets). The owner information is a hash.
        - C(other) contains selections that were made outside of Ansible and that the options cannot express.
      type: list
      elements: dict
      sample:
        - name: web
          window_target_id: 11111111-2222-3333-4444-555555555555
          resource_type: INSTANCE
          tags: {environment: [prod, stage], role: [web]}
          instance_ids: []
          resource_groups: []
          resource_type_filters: []
          owner_information: null
          description: null
    tasks:
      description:
        - Tasks of the window, sorted by priority and name, with the fields of O(tasks). Targets with a unique name are referred to by name. The role is
          V(null) for the service-linked role.
        - Parameters of commands, payloads and inputs are hashes, as documented for the options.
      type: list
      elements: dict
      sample:
        - name: patch
          window_task_id: 66666666-7777-8888-9999-000000000000
          task_type: RUN_COMMAND
          task_arn: AWS-RunPatchBaseline
          targets: [web]
          instance_ids: []
          priority: 1
          max_concurrency: 25%
          max_errors: "2"
          service_role_arn: arn:aws:iam::123456789012:role/maintenance-window
          cutoff_behavior: CONTINUE_TASK
          description: null
          alarm_configuration: null
          run_command:
            output_s3_bucket_name: shop-patch-logs
            parameters: {Operation: [Install], RebootOption: [RebootIfNeeded]}
          automation: null
          lambda: null
          step_functions: null
    tags:
      description: Tags of the window.
      type: dict
      sample: {team: shop}
changes:
  description: The fields that changed.
  returned: always
  type: list
  elements: dict
  sample: [{field: duration, before: 3, after: 4}]
unconfirmed:
  description: Fields that still had another value some seconds after the change.
  returned: when there are some
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.redact import quiet
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import resource
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire

SPEC = {**options.WINDOW, **argspec.TAGS}


def work(module):
    params, desired = module.params, options.desired_of(module.params)
    tags = tag_texts(params["tags"])
    limits.tags("tags", tags)
    for doubt in limits.doubts(params):
        module.warn(doubt)
    return resource.make(
        connection.connect(module),
        desired,
        tags=tags,
        purge_tags=params["purge_tags"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True, required_one_of=[("name", "window_id")])
    errors.run(module, lambda: quiet(wire.redacted(module.params), lambda: work(module)))


if __name__ == "__main__":
    main()
