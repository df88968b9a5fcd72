#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_association_info
version_added: "1.0.0"
short_description: Read State Manager associations and the results of their last runs
description:
  - Returns the associations of an account and Region with their tags, including those created with the deprecated C(InstanceId), and
    optionally their last executions with the status of each target.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  association_ids:
    description:
      - Read only associations with these ids.
    type: list
    elements: str
  association_names:
    description:
      - Read only associations with these names.
    type: list
    elements: str
  document_name:
    description:
      - Read only associations that run this document.
    type: str
  instance_id:
    description:
      - Read only associations that apply to this managed node.
    type: str
  status:
    description:
      - Read only associations whose last run has this status.
    type: str
    choices: [Pending, Success, Failed]
  executions:
    description:
      - Number of the last executions to return for each association.
    type: int
    default: 0
  execution_targets:
    description:
      - Whether to return the targets of these executions, which takes one request per execution.
    type: bool
    default: false
notes:
  - Makes one request to list the associations, and two for each association that is returned.
seealso:
  - module: fleetpatch.aws.ssm_association
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read all associations
  fleetpatch.aws.ssm_association_info:
  register: associations

- name: Read which associations patch a node, with their last execution
  fleetpatch.aws.ssm_association_info:
    document_name: AWS-RunPatchBaseline
    instance_id: i-0123456789abcdef0
    executions: 1
    execution_targets: true
"""

RETURN = r"""
associations:
  description: The associations, sorted by name and id.
  returned: always
  type: list
  elements: dict
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
    executions:
      description: The last executions, newest first.
      returned: when O(executions) is not 0
      type: list
      elements: dict
      sample:
        - execution_id: 474925ef-1249-45a2-b93d-0123456789ab
          association_version: "1"
          status: Success
          detailed_status: Success
          created_time: "2026-03-15T02:00:00Z"
          last_execution_date: "2026-03-15T02:04:11Z"
          resource_count_by_status: "{Success=1}"
          targets:
            - resource_id: i-0123456789abcdef0
              resource_type: ManagedInstance
              status: Success
              detailed_status: Success
              last_execution_date: "2026-03-15T02:04:11Z"
              output_source_id: 3f9a2c1e-52a1-4d3b-8d35-0123456789ab
              output_source_type: RunCommand
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import read

SPEC = {
    "association_ids": {"type": "list", "elements": "str"},
    "association_names": {"type": "list", "elements": "str"},
    "document_name": {"type": "str"},
    "instance_id": {"type": "str"},
    "status": {"type": "str", "choices": ["Pending", "Success", "Failed"]},
    "executions": {"type": "int", "default": 0},
    "execution_targets": {"type": "bool", "default": False},
}
FILTERS = {"document_name": "Name", "instance_id": "InstanceId", "status": "AssociationStatusName"}


def work(module):
    params = module.params
    if params["executions"] < 0:
        raise errors.InvalidInput(f"executions: {params['executions']} must be at least 0")
    found = read.listed(
        connection.connect(module),
        association_ids=params["association_ids"],
        association_names=params["association_names"],
        filters={key: params[name] for name, key in FILTERS.items() if params[name] is not None},
        executions=params["executions"],
        execution_targets=params["execution_targets"],
    )
    return {"changed": False, "associations": found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
