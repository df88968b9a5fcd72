#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_execution_preview_info
version_added: "1.0.0"
short_description: Preview the effect of an Automation runbook
description:
  - Starts an execution preview of a runbook, waits for it, and returns how many of its steps would change something and the targets
    that they would affect. The runbook is not run.
  - The preview uses the published version of the runbook.
  - The preview is also started in check mode.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  document_name:
    description:
      - Name of the runbook. AWS does not accept an ARN here. A runbook that does not exist is an error with the code C(no_document).
    type: str
    required: true
  document_version:
    description:
      - Version of the runbook, a number, V($DEFAULT) or V($LATEST). If omitted, AWS uses the default version.
    type: str
  parameters:
    description:
      - Parameters of the runbook. Values may be strings, lists or dictionaries. Dictionaries are sent as JSON.
    type: dict
    default: {}
  targets:
    description:
      - Values to preview the runbook on, for example instance ids. If omitted, the preview is for one run without targets.
      - More than 300 targets take several previews, because AWS accepts at most 300.
    type: list
    elements: str
  target_parameter_name:
    description:
      - Name of the runbook parameter that receives the target. It is case-sensitive.
    type: str
  target_parameters:
    description:
      - Additional parameters by target, which take precedence over O(parameters). Entries for values that are not in O(targets) are ignored.
    type: dict
    default: {}
  wait_timeout:
    description:
      - Number of seconds to wait for the preview. When it expires, the module fails with the code C(deadline_exceeded).
    type: int
    default: 120
  wait_interval:
    description:
      - Number of seconds between two polls.
    type: float
    default: 2
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Requires the permissions C(ssm:StartExecutionPreview), C(ssm:GetExecutionPreview) and C(ssm:DescribeDocument).
  - Requires a version of botocore with C(StartExecutionPreview), which AWS added at the end of 2024.
seealso:
  - module: fleetpatch.aws.ssm_automation_execution
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Preview a restart of two instances
  fleetpatch.aws.ssm_execution_preview_info:
    document_name: AWS-RestartEC2Instance
    targets: [i-0123456789abcdef0, i-0123456789abcdef1]
    target_parameter_name: InstanceId
"""

RETURN = r"""
status:
  description: Status of the preview. With several previews, the worst one.
  returned: when a preview was started
  type: str
  sample: Success
document_name:
  description: The runbook.
  returned: when a preview was started
  type: str
  sample: AWS-RestartEC2Instance
step_previews:
  description: Number of steps of the runbook that would change something, that would not, and for which AWS cannot determine it.
  returned: when a preview was started
  type: dict
  sample: {mutating: 2, non_mutating: 1, undetermined: 0}
target_previews:
  description: Number of targets by type.
  returned: when a preview was started
  type: list
  elements: dict
  sample: [{target_type: "AWS::EC2::Instance", count: 2}]
regions:
  description: The Regions in which the runbook would run.
  returned: when a preview was started
  type: list
  elements: str
  sample: [us-east-1]
total_accounts:
  description: Number of accounts in which the runbook would run.
  returned: when a preview was started
  type: int
  sample: 1
execution_preview_ids:
  description: Ids of the previews.
  returned: when a preview was started
  type: list
  elements: str
  sample: [2f27d6e5-9676-4708-b8bd-aef0ab47bb26]
msg:
  description: The preview in one sentence.
  returned: always
  type: str
  sample: >-
    AWS previews AWS-RestartEC2Instance on 2 AWS::EC2::Instance in us-east-1: of its steps 2 change something, 1 only read or decide, and of
    0 AWS cannot tell
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.previews import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.previews import read
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import parameters_to_wire

SPEC = {
    "document_name": {"type": "str", "required": True},
    "document_version": {"type": "str"},
    "parameters": {"type": "dict", "default": {}},
    "targets": {"type": "list", "elements": "str"},
    "target_parameter_name": {"type": "str"},
    "target_parameters": {"type": "dict", "default": {}},
    "wait_timeout": {"type": "int", "default": 120},
    "wait_interval": {"type": "float", "default": 2},
}


def request_of(params):
    """What to preview. A preview has no identity: it is never found again."""
    targets = None if params["targets"] is None else tuple(params["targets"])
    own = {target: given for target, given in params["target_parameters"].items() if target in (targets or ())}
    return wire.Request(
        document_name=params["document_name"],
        document_version=params["document_version"],
        parameters=parameters_to_wire(params["parameters"]),
        target_parameter_name=params["target_parameter_name"],
        targets=targets,
        target_parameters=wire.target_parameters_to_wire(own),
        run_id="preview",
        step="preview",
    )


def work(module):
    aws, params = api.connect(module), module.params
    return read.preview(aws, request_of(params), params["wait_timeout"], params["wait_interval"])


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_by={"targets": ("target_parameter_name",)},
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
