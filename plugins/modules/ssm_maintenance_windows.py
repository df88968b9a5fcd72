#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_maintenance_windows
version_added: "1.0.0"
short_description: Manage many maintenance windows with their targets and tasks
description:
  - Manages a list of maintenance windows like M(fleetpatch.aws.ssm_maintenance_window) manages one, with a single listing of the windows of
    the account and Region, several windows at the same time.
  - All windows are compared before the first one is changed. Invalid options of any window fail the module before any change. If reading or
    changing a window fails, the others are still processed, and the module fails at the end with the results of all.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  windows:
    description:
      - The windows, each with the options of M(fleetpatch.aws.ssm_maintenance_window), including C(state), C(tags) and C(purge_tags).
      - Names and ids must be unique in the list.
    type: list
    elements: dict
    required: true
  tags:
    description:
      - Tags for all windows. Tags of a window take precedence.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove other tags of a window, if O(tags) or the tags of the window are given. Can be overridden by C(purge_tags) of a
        window.
    type: bool
    default: true
  deployment:
    description:
      - Name of the deployment that the windows belong to, 1 to 64 letters, digits, underscores, dots and hyphens.
      - Adds the tags C(fleetpatch:owner) and C(fleetpatch:deployment) to all windows. Required with O(purge).
    type: str
  purge:
    description:
      - Whether to remove windows with the tags of O(deployment) that are not in O(windows). Other windows are never changed.
    type: bool
    default: false
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - After changes, the windows are listed again to confirm them. Unlike in the module for a single window, targets and tasks are not read again.
  - AWS has a quota of 50 windows per account and Region.
  - Store secrets in Parameter Store or Secrets Manager, see M(fleetpatch.aws.ssm_maintenance_window).
seealso:
  - module: fleetpatch.aws.ssm_maintenance_window
  - module: fleetpatch.aws.ssm_maintenance_window_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Manage two windows of a deployment, and remove others of it
  fleetpatch.aws.ssm_maintenance_windows:
    deployment: shop
    purge: true
    tags:
      team: shop
    windows:
      - name: shop-test
        schedule: cron(0 2 ? * MON *)
        duration: 3
        cutoff: 1
        targets:
          - name: all
            tags: {environment: test}
        tasks: &tasks
          - name: patch
            task_type: RUN_COMMAND
            task_arn: AWS-RunPatchBaseline
            targets: [all]
            max_concurrency: 50%
            max_errors: "1"
            run_command:
              parameters: {Operation: Install}
      - name: shop-prod
        schedule: cron(0 2 ? * SUN#3 *)
        duration: 3
        cutoff: 1
        targets:
          - name: all
            tags: {environment: prod}
        tasks: *tasks
"""

RETURN = r"""
results:
  description: One result per window of O(windows), in the same order, followed by one per purged window.
  returned: when the windows could be looked at
  type: list
  elements: dict
  contains:
    name:
      description: Name of the window, or its id if no name was given.
      type: str
      sample: shop-test
    action:
      description: Action on the window, V(created), V(updated), V(removed), V(unchanged) or V(failed). In check mode, the predicted action.
      type: str
      sample: created
    changed:
      description: Whether the window was changed, or would be in check mode.
      type: bool
      sample: true
    window:
      description:
        - The window after the change, as predicted in check mode. Empty if it does not exist.
        - RV(results[].window.created_date), RV(results[].window.modified_date) and, if it was not needed,
          RV(results[].window.allow_unassociated_targets) are missing, because listings do not contain them.
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
            - Targets of the window, sorted by name, with the fields of the options. The owner information is a hash.
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
            - Tasks of the window, sorted by priority and name, with the fields of the options. Targets with a unique name are referred to by name. The role is
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
      type: list
      elements: dict
      sample: [{field: duration, before: 3, after: 4}]
    failure:
      description: Details of the failure, with C(code), C(message) and C(details).
      returned: when the action is V(failed)
      type: dict
      sample: {}
    unconfirmed:
      description: Fields that still had another value some seconds after the change.
      returned: when there are some
      type: list
      elements: dict
      sample: []
summary:
  description: Number of windows that were created, updated, removed, unchanged and failed.
  returned: when the windows could be looked at
  type: dict
  sample: {created: 2, updated: 0, removed: 0, unchanged: 0, failed: 0}
"""

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import ownership
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.redact import quiet
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import many
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire

SPEC = {
    "windows": {"type": "list", "elements": "dict", "required": True},
    "deployment": {"type": "str"},
    "purge": {"type": "bool", "default": False},
    **argspec.TAGS,
}
ITEM = {**options.WINDOW, "tags": argspec.TAGS["tags"], "purge_tags": {"type": "bool"}}


def items_of(windows):
    """The list with every option of its type. Raises InvalidInput."""
    validator = ArgumentSpecValidator(ITEM, required_one_of=[("name", "window_id")])
    result = []
    for number, window in enumerate(windows):
        checked = validator.validate(window)
        if checked.error_messages:
            label = window.get("name") or window.get("window_id")
            raise errors.InvalidInput(
                f"windows[{number}] ({label}): {'; '.join(checked.error_messages)}", details={"item": number}
            )
        result.append(checked.validated_parameters)
    return result


def work(module):
    params, tags = module.params, tag_texts(module.params["tags"])
    limits.tags("tags", tags)
    if params["deployment"] is not None:
        ownership.check_deployment(params["deployment"])
    items = items_of(params["windows"])
    for item in items:
        for doubt in limits.doubts(item):
            module.warn(f"{item['name'] or item['window_id']}: {doubt}")
    wanted = many.wanted_of(items, tags=tags, purge_tags=params["purge_tags"], deployment=params["deployment"])
    return many.make_many(
        connection.connect(module),
        wanted,
        deployment=params["deployment"],
        purge=params["purge"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, required_if=[("purge", True, ("deployment",))]
    )
    errors.run(module, lambda: quiet(wire.redacted(module.params), lambda: work(module)))


if __name__ == "__main__":
    main()
