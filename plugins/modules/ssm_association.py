#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_association
version_added: "1.0.0"
short_description: Manage a State Manager association
description:
  - Creates, updates and removes State Manager associations. An association runs a document on its targets on a schedule, and when it is
    created or changed.
  - Omitted options keep their value. An empty list, dictionary or string, or V(0) for a number, clears the value.
  - An association is identified by its name or its id. AWS allows several associations with the same name; the module then fails and
    lists them.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  association_name:
    description:
      - Name of the association. With O(association_id), its new name.
    type: str
  association_id:
    description:
      - Id of an existing association. Required to rename it, or if its name is missing or not unique.
    type: str
  state:
    description:
      - Whether the association must exist. Changes that it made on its targets are not reverted.
    type: str
    choices: [present, absent]
    default: present
  document_name:
    description:
      - The Command document or Automation runbook to run, C(Name) in the API. A document that another account shares is referred to by
        its ARN.
      - Required to create the association. It cannot be changed, see O(recreate).
    type: str
  recreate:
    description:
      - Whether to replace the association if O(document_name) differs. The new association keeps the values of omitted options and gets a new
        id. The old one is removed after the new one is created.
    type: bool
    default: false
  document_version:
    description:
      - Version of the document, V($DEFAULT), V($LATEST) or a number. For documents owned by AWS, numbers are not allowed.
    type: str
  targets:
    description:
      - Targets of the association, at most 5. A node matches if it matches one of them, unlike the targets of a command.
      - AWS validates which keys the type of the document supports.
    type: list
    elements: dict
    suboptions: &target
      key:
        description:
          - V(InstanceIds), V(tag:NAME), V(tag-key), V(resource-groups:Name), V(resource-groups:ResourceTypeFilters), or, for a runbook,
            V(ParameterValues).
        type: str
        required: true
      values:
        description:
          - Values of which one must match, at most 50. V(*) with V(InstanceIds) selects all managed nodes.
        type: list
        elements: raw
        required: true
  target_maps:
    description:
      - A dictionary of parameters (lists of values) for each target of a runbook, at most 300. Mutually exclusive with O(targets).
    type: list
    elements: dict
  target_locations:
    description:
      - Accounts and Regions in which to run a runbook. Omitted keys of an entry get the AWS default.
      - An alarm per location is not available because State Manager does not support it.
    type: list
    elements: dict
    suboptions:
      accounts:
        description: Accounts or organizational units, at most 50.
        type: list
        elements: str
      regions:
        description: Regions, at most 50.
        type: list
        elements: str
      execution_role_name:
        description: Name of the role in these accounts. Defaults to V(AWS-SystemsManager-AutomationExecutionRole).
        type: str
      target_location_max_concurrency:
        description: Number or percentage of accounts and Regions to run in at the same time. Defaults to V(1).
        type: str
      target_location_max_errors:
        description: Number or percentage of errors that are allowed. Defaults to V(0).
        type: str
      include_child_organization_units:
        description: Whether to include the child units of the organizational units.
        type: bool
        default: false
      exclude_accounts:
        description: Accounts or organizational units to exclude.
        type: list
        elements: str
      targets:
        description: Targets to use instead of O(targets), at most one.
        type: list
        elements: dict
        suboptions: *target
      targets_max_concurrency:
        description: Like O(max_concurrency), for this location.
        type: str
      targets_max_errors:
        description: Like O(max_errors), for this location.
        type: str
  automation_target_parameter_name:
    description:
      - The runbook parameter that receives the target. Required for a runbook with targets.
    type: str
  parameters:
    description:
      - Parameters of the document. Each value is a string or a list of strings. The dictionary replaces all parameters.
      - The API marks the values as sensitive, so results contain hashes. Store secrets in Parameter Store and refer to them with V({{ssm:NAME}}).
    type: dict
  schedule_expression:
    description:
      - Schedule in UTC, V(cron(...\)), V(rate(...\)) or V(at(...\)). Without a schedule, the association runs when it is created or changed.
      - Associations support fewer cron expressions than maintenance windows, for example no months. AWS validates them. A rate must be at least
        30 minutes and less than 31 days.
    type: str
  schedule_offset:
    description:
      - Number of days to wait after the day of a cron expression, 1 to 6. Requires O(apply_only_at_cron_interval=true). AWS accepts it only for
        an nth weekday of the month (V(cron(0 2 ? * TUE#2 *\))).
    type: int
  apply_only_at_cron_interval:
    description:
      - Whether to run on the schedule only, and not when the association is created or changed. Not allowed for rates, required for V(at(...\)).
    type: bool
  calendar_names:
    description:
      - Names or ARNs of change calendars. The association only runs while all of them are open.
    type: list
    elements: str
  duration:
    description:
      - Maximum duration of a run in hours, 1 to 24. AWS respects it only with O(apply_only_at_cron_interval=true).
    type: int
  max_concurrency:
    description:
      - Number or percentage of targets to run on at the same time.
    type: str
  max_errors:
    description:
      - Number or percentage of errors after which the association is not started on more targets.
    type: str
  output_location:
    description:
      - S3 location for the output of commands. It replaces the whole previous value.
    type: dict
    suboptions:
      s3_bucket_name:
        description: Name of the bucket.
        type: str
      s3_key_prefix:
        description: Prefix of the object keys.
        type: str
      s3_region:
        description: Region of the bucket.
        type: str
  compliance_severity:
    description:
      - Severity of a non-compliant association.
    type: str
    choices: [CRITICAL, HIGH, MEDIUM, LOW, UNSPECIFIED]
  sync_compliance:
    description:
      - Whether State Manager sets the compliance status from the status of the runs (V(AUTO)), or the document sets it (V(MANUAL)).
      - The document C(AWS-RunPatchBaselineAssociation) requires V(MANUAL). AWS sets its parameter C(AssociationId).
    type: str
    choices: [AUTO, MANUAL]
  alarm_configuration:
    description:
      - CloudWatch alarm that stops a run.
    type: dict
    suboptions:
      alarms:
        description: Name of the alarm. AWS allows at most one.
        type: list
        elements: str
      ignore_poll_alarm_failure:
        description: Whether a run continues if the state of the alarm cannot be read.
        type: bool
        default: false
  association_dispatch_assume_role:
    description:
      - ARN of the role that State Manager assumes to run the association. AWS recommends setting one.
    type: str
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - B(A change runs the association) on all its targets immediately, unless O(apply_only_at_cron_interval) is V(true). Changes of tags do not.
  - An update clears everything that it does not repeat. The module therefore sends the complete association that it read, and AWS rejects
    the update if the association was changed in the meantime.
  - A call that changes nothing makes two requests, and one more to find the association by name.
  - The deprecated option C(InstanceId) of the API is not supported. M(fleetpatch.aws.ssm_association_info) returns associations that use it,
    and they can be removed by id.
seealso:
  - module: fleetpatch.aws.ssm_association_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Scan all test nodes each Sunday, a tenth at a time
  fleetpatch.aws.ssm_association:
    association_name: shop-scan
    document_name: AWS-RunPatchBaseline
    parameters:
      Operation: Scan
    targets:
      - key: tag:Environment
        values: [test]
    schedule_expression: cron(0 2 ? * SUN *)
    apply_only_at_cron_interval: true
    max_concurrency: 10%
    max_errors: "1"
    output_location:
      s3_bucket_name: shop-logs
      s3_key_prefix: scan
    compliance_severity: HIGH
    tags:
      team: shop

- name: Run three days after Patch Tuesday
  fleetpatch.aws.ssm_association:
    association_name: shop-scan
    schedule_expression: cron(0 2 ? * TUE#2 *)
    schedule_offset: 3

- name: Keep the agents up to date
  fleetpatch.aws.ssm_association:
    association_name: agents
    document_name: AWS-UpdateSSMAgent
    targets:
      - key: InstanceIds
        values: ["*"]
    schedule_expression: rate(14 days)

- name: Remove an association
  fleetpatch.aws.ssm_association:
    association_name: agents
    state: absent
"""

RETURN = r"""
association:
  description: The association after the change, as predicted in check mode. Empty if it does not exist. Lists without an order are sorted.
  returned: always
  type: dict
  contains:
    association_id:
      description: Id of the association. V(null) when it is predicted.
      type: str
      sample: 8dfe3659-4309-493a-8755-0123456789ab
    association_name:
      description: Name of the association.
      type: str
      sample: shop-scan
    association_version:
      description: The latest version. V(null) when it is predicted.
      type: str
      sample: "1"
    document_name:
      description: The document or runbook to run.
      type: str
      sample: AWS-RunPatchBaseline
    document_version:
      description: Version of the document.
      type: str
      sample: $DEFAULT
    instance_id:
      description: Id of the node, for associations created with the deprecated C(InstanceId).
      type: str
      sample: null
    targets:
      description: Targets of the association.
      type: list
      elements: dict
      sample: [{key: "tag:Environment", values: [test]}]
    target_maps:
      description: Parameters of the runbook for each target.
      type: list
      elements: dict
      sample: []
    target_locations:
      description: Accounts and Regions, including AWS defaults.
      type: list
      elements: dict
      sample: []
    automation_target_parameter_name:
      description: The runbook parameter that receives the target.
      type: str
      sample: null
    parameters:
      description: Parameters of the document. Values are hashes because the API marks them as sensitive.
      type: dict
      sample: {Operation: ["sha256:4f1b0b6b1b7a5b1c"]}
    schedule_expression:
      description: Schedule of the association.
      type: str
      sample: cron(0 2 ? * SUN *)
    schedule_offset:
      description: Offset of the schedule in days.
      type: int
      sample: null
    apply_only_at_cron_interval:
      description: Whether the association runs on its schedule only.
      type: bool
      sample: true
    calendar_names:
      description: Change calendars that must be open for a run.
      type: list
      elements: str
      sample: []
    duration:
      description: Maximum duration of a run in hours.
      type: int
      sample: null
    max_concurrency:
      description: Number or percentage of targets that run at the same time.
      type: str
      sample: 10%
    max_errors:
      description: Number or percentage of errors that are allowed.
      type: str
      sample: "1"
    output_location:
      description: S3 location of the output.
      type: dict
      sample: {s3_bucket_name: shop-logs, s3_key_prefix: scan}
    compliance_severity:
      description: Severity of a non-compliant association.
      type: str
      sample: HIGH
    sync_compliance:
      description: Whether State Manager (V(AUTO)) or the document (V(MANUAL)) sets the compliance status.
      type: str
      sample: AUTO
    alarm_configuration:
      description: CloudWatch alarm that stops a run.
      type: dict
      sample: {alarms: [shop-errors], ignore_poll_alarm_failure: false}
    association_dispatch_assume_role:
      description: ARN of the role that State Manager assumes.
      type: str
      sample: null
    overview:
      description: Status and detailed status of the last run, and number of targets by status.
      type: dict
      sample: {status: Success, detailed_status: Success, counts: {Success: 12}}
    triggered_alarms:
      description: Names of the alarms that stopped the last run.
      type: list
      elements: str
      sample: []
    created_date:
      description: Creation time of the association, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    last_update_date:
      description: Time of the last change of the association, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    last_execution_date:
      description: Time of the last run, in UTC.
      type: str
      sample: "2026-03-15T02:00:00Z"
    last_successful_execution_date:
      description: Time of the last successful run, in UTC.
      type: str
      sample: "2026-03-15T02:00:00Z"
    tags:
      description: Tags of the association.
      type: dict
      sample: {team: shop}
changes:
  description: The fields that changed.
  returned: always
  type: list
  elements: dict
  sample: [{field: max_errors, before: "1", after: "5%"}]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import resource
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import wire

SPEC = {**options.ASSOCIATION, **argspec.TAGS}


def desired_of(params):
    """What the options ask for. Raises InvalidInput for an id that is none, and for an alarm that is not named."""
    association_id = params["association_id"]
    if association_id is not None and not limits.ASSOCIATION_ID.fullmatch(association_id):
        text = f"{association_id!r} must be an id such as 8dfe3659-4309-493a-8755-0123456789ab"
        raise errors.InvalidInput(f"association_id: {text}")
    alarms = params["alarm_configuration"] or {}
    if alarms.get("ignore_poll_alarm_failure") and not alarms["alarms"]:
        raise errors.InvalidInput("alarm_configuration.alarms: is required with ignore_poll_alarm_failure")
    return resource.Desired(
        association_name=params["association_name"],
        association_id=association_id and association_id.lower(),
        content={name: params[name] for name in options.CONTENT},
        recreate=params["recreate"],
        absent=params["state"] == "absent",
    )


def work(module):
    params, desired = module.params, desired_of(module.params)
    # What a module was called with is part of its result too.
    params["parameters"] = wire.hashed(params["parameters"])
    for doubt in limits.doubts(params):
        module.warn(doubt)
    return resource.make(
        connection.connect(module),
        desired,
        tags=tag_texts(params["tags"]),
        purge_tags=params["purge_tags"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, required_one_of=[("association_name", "association_id")]
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
