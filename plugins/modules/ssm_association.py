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
  - Makes sure that an association exists, which runs a document on its targets when it is made and by a schedule, or that it does not
    exist.
  - What is omitted stays as it is, what is given is made so, and an empty list, dictionary or text, or V(0) for a number, clears.
  - An association is found by its name or by its id. AWS lets several have the same name; that is an error here that lists them.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  association_name:
    description:
      - Name of the association. With O(association_id), the name that it gets.
    type: str
  association_id:
    description:
      - Id of an association that exists. Needed to rename it, or where several have the same name or none.
    type: str
  state:
    description:
      - Whether the association must exist. What it has done to its targets is not undone.
    type: str
    choices: [present, absent]
    default: present
  document_name:
    description:
      - The Command document or Automation runbook that is run. The API calls it C(Name). A document that somebody else shares is named
        by its ARN.
      - Required to create the association. It cannot be changed, see O(recreate).
    type: str
  recreate:
    description:
      - Whether an association for another O(document_name) is replaced. The new one takes over what is not given and gets another id. The
        former one is removed when the new one exists.
    type: bool
    default: false
  document_version:
    description:
      - The version of an own document, V($DEFAULT), V($LATEST) or a number. AWS refuses numbers for documents that it owns.
    type: str
  targets:
    description:
      - What the document is run on, at most 5 targets. A node must fit one of them only, unlike targets of a command.
      - AWS itself judges which keys the kind of the document can have.
    type: list
    elements: dict
    suboptions: &target
      key:
        description:
          - V(InstanceIds), V(tag:NAME), V(tag-key), V(resource-groups:Name), V(resource-groups:ResourceTypeFilters), or for a runbook also
            V(ParameterValues).
        type: str
        required: true
      values:
        description:
          - The values of which one must match, at most 50. V(*) with V(InstanceIds) is for all managed nodes.
        type: list
        elements: str
        required: true
  target_maps:
    description:
      - A dictionary of parameters (lists of values) for each target of a runbook, at most 300. Not together with O(targets).
    type: list
    elements: dict
  target_locations:
    description:
      - Accounts and Regions in which a runbook is run. What is left out in an entry has the default of AWS.
      - An alarm for each location is not offered, because State Manager does not support it.
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
        description: The role in these accounts; the default is V(AWS-SystemsManager-AutomationExecutionRole).
        type: str
      target_location_max_concurrency:
        description: In how many accounts and Regions at the same time; the default is V(1).
        type: str
      target_location_max_errors:
        description: How many errors are allowed; the default is V(0).
        type: str
      include_child_organization_units:
        description: Whether the units below the organizational units are meant too.
        type: bool
        default: false
      exclude_accounts:
        description: Accounts or organizational units that are left out.
        type: list
        elements: str
      targets:
        description: Targets that are used instead of O(targets), at most one.
        type: list
        elements: dict
        suboptions: *target
      targets_max_concurrency:
        description: As O(max_concurrency), for this location.
        type: str
      targets_max_errors:
        description: As O(max_errors), for this location.
        type: str
  automation_target_parameter_name:
    description:
      - The parameter of the runbook that gets the target. Required for a runbook with targets.
    type: str
  parameters:
    description:
      - Parameters of the document; a value is a text or a list of texts. The dictionary replaces all of them.
      - The API calls the values sensitive, so results have hashes instead. A secret belongs into Parameter Store, as V({{ssm:NAME}}).
    type: dict
  schedule_expression:
    description:
      - When the association is run, in UTC. V(cron(...\)), V(rate(...\)) or V(at(...\)); without it, it is run when it is made or changed.
      - Associations take fewer cron expressions than maintenance windows, for example no months; AWS checks them. A rate is from 30 minutes
        to less than 31 days.
    type: str
  schedule_offset:
    description:
      - Days to wait after the day of a cron expression, 1 to 6. Needs O(apply_only_at_cron_interval=true), and AWS takes it for a day of the
        week in the month only (V(cron(0 2 ? * TUE#2 *\))).
    type: int
  apply_only_at_cron_interval:
    description:
      - Whether the association is run by its schedule only, and not when it is made or changed. Not for rates, required for V(at(...\)).
    type: bool
  calendar_names:
    description:
      - Names or ARNs of change calendars. The association is run only while all are open.
    type: list
    elements: str
  duration:
    description:
      - Hours after which a run is cancelled, 1 to 24. AWS heeds it with O(apply_only_at_cron_interval=true) only.
    type: int
  max_concurrency:
    description:
      - How many targets are run at the same time, a number or a percentage.
    type: str
  max_errors:
    description:
      - How many errors are allowed before no more targets are run, a number or a percentage.
    type: str
  output_location:
    description:
      - Where the output of commands is stored. Given, it replaces all of it.
    type: dict
    suboptions:
      s3_bucket_name:
        description: The bucket.
        type: str
      s3_key_prefix:
        description: What the keys begin with.
        type: str
      s3_region:
        description: The Region of the bucket.
        type: str
  compliance_severity:
    description:
      - How severe it is when the association is not compliant.
    type: str
    choices: [CRITICAL, HIGH, MEDIUM, LOW, UNSPECIFIED]
  sync_compliance:
    description:
      - Whether State Manager writes the compliance from the status of the runs (V(AUTO)), or the document does it (V(MANUAL)).
      - The document C(AWS-RunPatchBaselineAssociation) needs V(MANUAL); its parameter C(AssociationId) is filled in by AWS.
    type: str
    choices: [AUTO, MANUAL]
  alarm_configuration:
    description:
      - A CloudWatch alarm that ends a run.
    type: dict
    suboptions:
      alarms:
        description: The name of the alarm; AWS takes at most one.
        type: list
        elements: str
      ignore_poll_alarm_failure:
        description: Whether a run goes on when the alarm cannot be read.
        type: bool
        default: false
  association_dispatch_assume_role:
    description:
      - ARN of the role that State Manager assumes to run the association. AWS advises to name one.
    type: str
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - B(A change runs the association) at once on all its targets, unless O(apply_only_at_cron_interval) is true. Changes of tags do not.
  - AWS removes from an association what an update does not repeat. The module sends the whole association as it read it, and is refused
    when somebody else has changed it meanwhile.
  - A run that changes nothing makes two calls, and one more to find the association by its name.
  - The deprecated option C(InstanceId) of the API is not offered. Associations that were made with it are shown by
    M(fleetpatch.aws.ssm_association_info) and can be removed by their id.
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

- name: Three days after Patch Tuesday
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

- name: Remove it
  fleetpatch.aws.ssm_association:
    association_name: agents
    state: absent
"""

RETURN = r"""
association:
  description: The association after the run, as predicted in check mode; empty when it does not exist. Lists without an order are sorted.
  returned: always
  type: dict
  contains:
    association_id:
      description: Id of the association; V(null) when it is predicted.
      type: str
      sample: 8dfe3659-4309-493a-8755-0123456789ab
    association_name:
      description: Name of the association.
      type: str
      sample: shop-scan
    association_version:
      description: The latest version; V(null) when it is predicted.
      type: str
      sample: "1"
    document_name:
      description: The document or runbook that is run.
      type: str
      sample: AWS-RunPatchBaseline
    document_version:
      description: Version of the document.
      type: str
      sample: $DEFAULT
    instance_id:
      description: The node of an association that was made with the deprecated C(InstanceId).
      type: str
      sample: null
    targets:
      description: What it is run on.
      type: list
      elements: dict
      sample: [{key: "tag:Environment", values: [test]}]
    target_maps:
      description: Parameters of the runbook for each target.
      type: list
      elements: dict
      sample: []
    target_locations:
      description: Accounts and Regions, with the defaults of AWS filled in.
      type: list
      elements: dict
      sample: []
    automation_target_parameter_name:
      description: The parameter of the runbook that gets the target.
      type: str
      sample: null
    parameters:
      description: Parameters of the document, each value as a hash, because the API calls them sensitive.
      type: dict
      sample: {Operation: ["sha256:4f1b0b6b1b7a5b1c"]}
    schedule_expression:
      description: When it is run.
      type: str
      sample: cron(0 2 ? * SUN *)
    schedule_offset:
      description: Days to wait after the day of the schedule.
      type: int
      sample: null
    apply_only_at_cron_interval:
      description: Whether it is run by the schedule only.
      type: bool
      sample: true
    calendar_names:
      description: Change calendars that gate it.
      type: list
      elements: str
      sample: []
    duration:
      description: Hours after which a run is cancelled.
      type: int
      sample: null
    max_concurrency:
      description: How many targets are run at the same time.
      type: str
      sample: 10%
    max_errors:
      description: How many errors are allowed.
      type: str
      sample: "1"
    output_location:
      description: Where the output is stored.
      type: dict
      sample: {s3_bucket_name: shop-logs, s3_key_prefix: scan}
    compliance_severity:
      description: How severe it is when the association is not compliant.
      type: str
      sample: HIGH
    sync_compliance:
      description: Whether State Manager writes the compliance.
      type: str
      sample: AUTO
    alarm_configuration:
      description: The alarm that ends a run.
      type: dict
      sample: {alarms: [shop-errors], ignore_poll_alarm_failure: false}
    association_dispatch_assume_role:
      description: The role that State Manager assumes.
      type: str
      sample: null
    overview:
      description: Status of the last run, its detailed status, and how many targets have which status.
      type: dict
      sample: {status: Success, detailed_status: Success, counts: {Success: 12}}
    triggered_alarms:
      description: Names of the alarms that were triggered.
      type: list
      elements: str
      sample: []
    created_date:
      description: When the association was made, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    last_update_date:
      description: When the association was changed last, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    last_execution_date:
      description: When it was run last, in UTC.
      type: str
      sample: "2026-03-15T02:00:00Z"
    last_successful_execution_date:
      description: When it was run last with success, in UTC.
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
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import association_limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import association_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import association_wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import associations

SPEC = {**association_options.ASSOCIATION, **argspec.TAGS}


def desired_of(params):
    """What the options ask for. Raises InvalidInput for an id that is none, and for an alarm that is not named."""
    association_id = params["association_id"]
    if association_id is not None and not association_limits.ASSOCIATION_ID.fullmatch(association_id):
        text = f"{association_id!r} is not like 8dfe3659-4309-493a-8755-0123456789ab"
        raise errors.InvalidInput(f"association_id: {text}")
    alarms = params["alarm_configuration"] or {}
    if alarms.get("ignore_poll_alarm_failure") and not alarms["alarms"]:
        raise errors.InvalidInput("alarm_configuration.alarms: is needed with ignore_poll_alarm_failure")
    return associations.Desired(
        association_name=params["association_name"],
        association_id=association_id and association_id.lower(),
        content={name: params[name] for name in association_options.CONTENT},
        recreate=params["recreate"],
        absent=params["state"] == "absent",
    )


def work(module):
    params, desired = module.params, desired_of(module.params)
    # What a module was called with is part of its result too.
    params["parameters"] = association_wire.hashed(params["parameters"])
    return associations.make(
        api.connect(module),
        desired,
        tags=None if params["tags"] is None else {key: str(value) for key, value in params["tags"].items()},
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
