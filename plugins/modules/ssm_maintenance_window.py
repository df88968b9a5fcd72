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
  - Makes sure that a maintenance window exists with the wanted schedule, targets, tasks and tags, or that it does not exist.
  - What is omitted stays as it is, what is given is made so, and an empty list or text clears. This also holds for the fields of a target
    or task that exists.
  - A window is found by its name in the account and Region, or by its id. AWS lets several have the same name; that is an error here that
    lists them.
  - Everything that AWS can change is changed in place. Only a task whose type changes is registered anew.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  name:
    description:
      - Name of the window. With O(window_id), the name that it gets.
    type: str
  window_id:
    description:
      - Id (or ARN) of a window that exists. Needed to rename it, or where several have the same name.
    type: str
  state:
    description:
      - Whether the window must exist. With V(absent) its targets and tasks go with it.
    type: str
    choices: [present, absent]
    default: present
  description:
    description:
      - Description of the window, at most 128 characters.
    type: str
  schedule:
    description:
      - When the window opens, as C(cron(...)), C(rate(...)) or C(at(...)). Required to create the window.
    type: str
  schedule_timezone:
    description:
      - The time zone of O(schedule) by its IANA name, for example V(Europe/Rome). A new window has UTC.
    type: str
  schedule_offset:
    description:
      - How many days after the day of O(schedule) the window opens, 1 to 6; V(0) clears. For C(cron) only.
    type: int
  start_date:
    description:
      - The window does not open before this time, in ISO 8601. Without a zone it is in UTC; O(schedule_timezone) means nothing here.
      - With a C(rate) schedule AWS takes the time of the call instead of one that has passed; that is not reported as a change.
    type: str
  end_date:
    description:
      - The window does not open after this time, as O(start_date).
    type: str
  duration:
    description:
      - How many hours the window is open, 1 to 24. Required to create it.
    type: int
  cutoff:
    description:
      - How many hours before its end nothing more is started, 0 to 23 and less than O(duration). Required to create the window.
    type: int
  allow_unassociated_targets:
    description:
      - Whether tasks may run on nodes, given by their ids, that are in no target of the window. A new window has V(false).
    type: bool
  enabled:
    description:
      - Whether the window opens. A new one is V(true); one that is made with V(false) is disabled before it gets tasks, and one that
        becomes V(true) is enabled when its targets and tasks are complete.
    type: bool
  targets:
    description:
      - Targets of the window, at most 100. The order means nothing.
      - One with an id or a name is the target with it; names are not unique for AWS, and several of a name are an error here that lists
        their ids. One without both is the target without a name that selects the same.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the target, by which O(tasks[].targets) refers to it. With O(targets[].window_target_id), the name that it gets.
        type: str
      window_target_id:
        description:
          - Id of a target that the window has.
        type: str
      resource_type:
        description:
          - Follows from what is selected; given, it must agree with it.
        type: str
        choices: [INSTANCE, RESOURCE_GROUP]
      tags:
        description:
          - Nodes with all of these tags, at most 5. Each key has a list of values, of which any does; one value may stand alone. One key
            can have no values (V([])), which is any value.
          - Exactly one of this, O(targets[].instance_ids) and O(targets[].resource_groups) is needed for a new target. Given, it replaces
            all that was selected.
        type: dict
      instance_ids:
        description:
          - Ids of managed nodes, at most 50.
        type: list
        elements: str
      resource_groups:
        description:
          - Names of resource groups.
        type: list
        elements: str
      resource_type_filters:
        description:
          - Kinds of resources in O(targets[].resource_groups), for example V(AWS::EC2::INSTANCE).
        type: list
        elements: str
      owner_information:
        description:
          - Text for the events that AWS raises for the target, at most 128 characters. AWS calls it sensitive; results have a hash.
        type: str
      description:
        description:
          - Description of the target, at most 128 characters.
        type: str
  purge_targets:
    description:
      - Whether targets of the window that are not in O(targets) are deregistered, when O(targets) is given.
      - One that a task still uses is an error.
    type: bool
    default: true
  tasks:
    description:
      - Tasks of the window, at most 20. The order means nothing, see O(tasks[].priority).
      - One with an id or a name is the task with it, as for O(targets). One without both is the task without a name of the same
        O(tasks[].task_type) and O(tasks[].task_arn); where there are several, one that is wholly the same, else a new one.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the task. With O(tasks[].window_task_id), the name that it gets.
        type: str
      window_task_id:
        description:
          - Id of a task that the window has.
        type: str
      task_type:
        description:
          - What the task runs. Required for a new one. AWS cannot change it; a task whose type changes is deregistered and registered anew.
        type: str
        choices: [RUN_COMMAND, AUTOMATION, LAMBDA, STEP_FUNCTIONS]
      task_arn:
        description:
          - Name or ARN of the document, name or ARN of the function, or ARN of the state machine. Required for a new task.
        type: str
      targets:
        description:
          - Names of targets of the window, at most 10, also of those in O(targets). Ids are possible too.
          - The order means nothing. AWS goes through several targets one after the other; for all at once, give each its own task with
            the same O(tasks[].priority).
          - Given, this, O(tasks[].window_target_ids) and O(tasks[].instance_ids) replace all targets of the task. V(RUN_COMMAND) needs
            some, other types can do without.
        type: list
        elements: str
      window_target_ids:
        description:
          - Ids of targets of the window, beside O(tasks[].targets).
        type: list
        elements: str
      instance_ids:
        description:
          - Ids of managed nodes, at most 50, instead of targets of the window. See O(allow_unassociated_targets).
        type: list
        elements: str
      priority:
        description:
          - Tasks with a lower number go first, those with the same one run at the same time. A new task has V(1).
        type: int
      max_concurrency:
        description:
          - On how many targets the task runs at the same time, as a number or percentage. Required with targets, and not possible without.
        type: str
      max_errors:
        description:
          - After how many errors the task is not started on more targets, as a number or percentage. Required with targets, and not
            possible without.
        type: str
      service_role_arn:
        description:
          - ARN of the role with which Systems Manager runs the task. Without one (V("")) it uses its service-linked role, which AWS advises
            against.
        type: str
      cutoff_behavior:
        description:
          - What happens to a task that runs when the cutoff comes. V(CANCEL_TASK) tries to cancel commands, and starts nothing more of other
            types. A new task has V(CONTINUE_TASK).
        type: str
        choices: [CONTINUE_TASK, CANCEL_TASK]
      description:
        description:
          - Description of the task, at most 128 characters.
        type: str
      alarm_configuration:
        description:
          - A CloudWatch alarm that stops the task.
        type: dict
        suboptions:
          alarms:
            description:
              - Name of the alarm, at most one; V([]) clears.
            type: list
            elements: str
            required: true
          ignore_poll_alarm_failure:
            description:
              - Whether the task goes on when the state of the alarm cannot be read.
            type: bool
            default: false
      run_command:
        description:
          - How the command is run, for V(RUN_COMMAND). Given, it replaces all of it, as AWS has it; what is omitted in it is cleared.
          - In texts here and in the other three, C([[RESOURCE_ID]]) is the pseudo parameter that AWS writes with curly braces, which
            Ansible would take for a template. The same goes for TARGET_ID, WINDOW_ID, WINDOW_TASK_ID, WINDOW_EXECUTION_ID,
            TASK_EXECUTION_ID and INVOCATION_ID.
        type: dict
        suboptions:
          comment:
            description:
              - Comment of the command, at most 100 characters.
            type: str
          cloudwatch_output_config:
            description:
              - Output to CloudWatch Logs.
            type: dict
            suboptions:
              log_group_name:
                description:
                  - Name of the log group.
                type: str
              output_enabled:
                description:
                  - Whether output is sent there.
                type: bool
          document_hash:
            description:
              - The hash that the document must have.
            type: str
          document_hash_type:
            description:
              - The kind of O(tasks[].run_command.document_hash).
            type: str
            choices: [Sha256, Sha1]
          document_version:
            description:
              - Version of the document, V($LATEST) or V($DEFAULT), which is the same as none.
            type: str
          notification_config:
            description:
              - Notices by SNS.
            type: dict
            suboptions:
              arn:
                description:
                  - ARN of the topic.
                type: str
              events:
                description:
                  - What is told.
                type: list
                elements: str
                choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
              type:
                description:
                  - Whether the command as a whole is told of, or each invocation.
                type: str
                choices: [Command, Invocation]
          output_s3_bucket_name:
            description:
              - Bucket for the output.
            type: str
          output_s3_key_prefix:
            description:
              - Prefix for the output in the bucket.
            type: str
          parameters:
            description:
              - Parameters of the document, each a list of values; one value may stand alone.
              - AWS calls them sensitive. Results have a hash of each value, except for pseudo parameters and the words of the patch documents
                (V(Scan), V(Install), V(RebootIfNeeded), V(NoReboot)).
            type: dict
          service_role_arn:
            description:
              - ARN of the role that publishes the notices.
            type: str
          timeout_seconds:
            description:
              - Seconds after which a command that did not start is given up, 30 to 2592000.
            type: int
      automation:
        description:
          - How the runbook is run, for V(AUTOMATION), whole as O(tasks[].run_command).
        type: dict
        suboptions:
          document_version:
            description:
              - Version of the runbook, V($LATEST) or V($DEFAULT), which is the same as none.
            type: str
          parameters:
            description:
              - Parameters of the runbook, each a list of values; one value may stand alone. They are shown, and must hold no secrets.
            type: dict
      lambda:
        description:
          - How the function is invoked, for V(LAMBDA), whole as O(tasks[].run_command).
        type: dict
        suboptions:
          client_context:
            description:
              - Context for the function, JSON in base64, at most 8000 characters.
            type: str
          qualifier:
            description:
              - Version or alias of the function.
            type: str
          payload:
            description:
              - What the function gets, as a dict, list or text of JSON, at most 4096 bytes. Results have a hash.
            type: raw
      step_functions:
        description:
          - How the state machine is started, for V(STEP_FUNCTIONS), whole as O(tasks[].run_command).
        type: dict
        suboptions:
          input:
            description:
              - What the state machine gets, as a dict, list or text of JSON, at most 4096 characters. Results have a hash.
            type: raw
          name:
            description:
              - Name of its execution.
            type: str
  purge_tasks:
    description:
      - Whether tasks of the window that are not in O(tasks) are deregistered, when O(tasks) is given.
    type: bool
    default: true
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - AWS has quotas of 50 windows in an account and Region, and of 20 tasks and 100 targets for a window; at most 5 windows run at the same time.
  - Secrets belong into Parameter Store or Secrets Manager, not into payloads and parameters. They are hashed in results, but Ansible logs the
    options of modules on the host that runs them; use C(no_log) on the task where this cannot be avoided.
  - Where a value is cleared, AWS needs the whole window, target or task again; members that only a newer C(botocore) knows are sent along.
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
- name: Patch the web servers on the Sunday after the second Tuesday of a month
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

- name: Restart through a runbook, one node after the other
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
  description: The window after the run, as predicted in check mode; empty when it does not exist.
  returned: always
  type: dict
  contains:
    window_id:
      description: Id of the window; V(null) when it is predicted.
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
      description: When the window opens.
      type: str
      sample: cron(0 2 ? * TUE#2 *)
    schedule_timezone:
      description: The time zone of the schedule; V(null) is UTC.
      type: str
      sample: Europe/Rome
    schedule_offset:
      description: How many days later it opens.
      type: int
      sample: 5
    start_date:
      description: The window does not open before this time, in UTC.
      type: str
      sample: "2026-04-01T00:00:00Z"
    end_date:
      description: The window does not open after this time, in UTC.
      type: str
      sample: "2027-04-01T00:00:00Z"
    duration:
      description: How many hours it is open.
      type: int
      sample: 4
    cutoff:
      description: How many hours before its end nothing more is started.
      type: int
      sample: 1
    allow_unassociated_targets:
      description: Whether tasks may run on nodes that are in no target.
      type: bool
      sample: false
    enabled:
      description: Whether it opens.
      type: bool
      sample: true
    next_execution_time:
      description: When it opens next, in UTC.
      type: str
      sample: "2026-04-19T00:00:00Z"
    created_date:
      description: When the window was made, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    modified_date:
      description: When the window was changed last, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    targets:
      description:
        - Its targets, sorted by name, with the fields of O(targets); the information for the owner as a hash.
        - C(other) holds what was selected by hand and cannot be said with the options.
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
        - Its tasks, sorted by priority and name, with the fields of O(tasks). Targets are named where they have a unique name, and the role is
          V(null) where it is the service-linked one.
        - Parameters of commands, payloads and inputs are hashes, see there.
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
  description: Fields that still read otherwise some seconds after they were written.
  returned: when there are some
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_predict
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_shown
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import windows

SPEC = {**window_options.WINDOW, **argspec.TAGS}


def work(module):
    params, desired = module.params, window_predict.desired_of(module.params)
    tags = window_predict.tags_of(params["tags"])
    window_limits.tags("tags", tags)
    return windows.make(
        api.connect(module),
        desired,
        tags=tags,
        purge_tags=params["purge_tags"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True, required_one_of=[("name", "window_id")])
    errors.run(module, lambda: window_shown.quiet(module.params, lambda: work(module)))


if __name__ == "__main__":
    main()
