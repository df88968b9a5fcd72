#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_document
version_added: "1.0.0"
short_description: Manage a Systems Manager document
description:
  - Creates, updates and removes Systems Manager documents with their content, default version, sharing and tags.
  - A new version is created only if the meaning of the content differs from the latest version. Comments, the order of keys and the format
    are ignored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  name:
    description:
      - Name of the document.
    type: str
    required: true
  state:
    description:
      - Whether the document must exist. V(absent) ends its sharing and removes all of its versions.
    type: str
    choices: [present, absent]
    default: present
  content:
    description:
      - Content of the document, a string or a dictionary. Required to create the document. If omitted, the content is not changed.
    type: raw
  document_type:
    description:
      - Type of the document. Required to create the document. It cannot be changed.
    type: str
    choices:
      - Command
      - Policy
      - Automation
      - Session
      - Package
      - ApplicationConfiguration
      - ApplicationConfigurationSchema
      - DeploymentStrategy
      - ChangeCalendar
      - Automation.ChangeTemplate
      - ProblemAnalysis
      - ProblemAnalysisTemplate
      - CloudFormation
      - ConformancePackTemplate
      - QuickSetup
      - ManualApprovalPolicy
      - AutoApprovalPolicy
  document_format:
    description:
      - Format of O(content) for a new version. If omitted, it is detected from the content.
    type: str
    choices: [JSON, YAML, TEXT]
  target_type:
    description:
      - Type of the resources that the document works on, for example V(/AWS::EC2::Instance). It is part of a version, so it can only be
        changed together with O(content).
    type: str
  version_name:
    description:
      - Name of a new version. AWS does not allow changing the name of a version.
    type: str
  default_version:
    description:
      - V(latest) makes the version with O(content) the default, and without O(content) the latest version. AWS rejects a content that a
        former version already has, so no new version is created then and that version becomes the default.
      - V(keep) does not change the default, so that a new version can be tested first. A number makes that version the default.
    type: str
    default: latest
  shared_account_ids:
    description:
      - Ids of accounts that may use the document, or V(all). If omitted, the sharing is not changed. An empty list ends the sharing.
    type: list
    elements: str
  purge_shared_account_ids:
    description:
      - Whether to end the sharing with accounts that are not in O(shared_account_ids).
    type: bool
    default: true
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Publish a runbook and share it with two accounts
  fleetpatch.aws.ssm_document:
    name: web-restart
    document_type: Automation
    content:
      schemaVersion: "0.3"
      description: Wait a minute
      mainSteps:
        - name: wait
          action: aws:sleep
          inputs:
            Duration: PT1M
    shared_account_ids:
      - "123456789012"
      - "210987654321"
    tags:
      team: web

- name: Publish a new version without making it the default
  fleetpatch.aws.ssm_document:
    name: web-restart
    content: "{{ lookup('ansible.builtin.file', 'web-restart.yaml') }}"
    default_version: keep

- name: Make the second version the default
  fleetpatch.aws.ssm_document:
    name: web-restart
    default_version: "2"

- name: Remove the document
  fleetpatch.aws.ssm_document:
    name: web-restart
    state: absent
"""

RETURN = r"""
document:
  description: The document after the change, as predicted in check mode. Empty if it does not exist.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the document.
      type: str
      sample: web-restart
    document_type:
      description: Type of the document.
      type: str
      sample: Automation
    document_format:
      description: Format of the latest version.
      type: str
      sample: YAML
    document_version:
      description: The version that the result describes, which is the latest one.
      type: str
      sample: "2"
    latest_version:
      description: The latest version.
      type: str
      sample: "2"
    default_version:
      description: The default version.
      type: str
      sample: "2"
    version_name:
      description: Name of the latest version.
      type: str
      sample: null
    target_type:
      description: Type of the resources that the document works on.
      type: str
      sample: /AWS::EC2::Instance
    status:
      description: Status of the latest version.
      type: str
      sample: Active
    status_information:
      description: Details of the status, if it is not V(Active).
      type: str
      sample: null
    hash:
      description: Hash of the latest version.
      type: str
      sample: 8c1ee60a8a3dc4f52a7a0b9d7cb1e6d2a1a6b2e3f4c5d6e7f8a9b0c1d2e3f4a5
    hash_type:
      description: Algorithm of the hash.
      type: str
      sample: Sha256
    owner:
      description: Account that owns the document.
      type: str
      sample: "123456789012"
    schema_version:
      description: Version of the schema of the content.
      type: str
      sample: "0.3"
    platform_types:
      description: Platforms that the document works on.
      type: list
      elements: str
      sample: [Linux, Windows]
    created_date:
      description: Creation time of the version, in UTC.
      type: str
      sample: "2026-03-10T01:00:00Z"
    description:
      description: Description in the content.
      type: str
      sample: Wait a minute
    shared_account_ids:
      description: Accounts that may use the document.
      type: list
      elements: str
      sample: ["123456789012"]
    tags:
      description: Tags of the document.
      type: dict
      sample: {team: web}
changes:
  description: The fields that changed. The content is only in RV(ignore:diff).
  returned: always
  type: list
  elements: dict
  sample: [{field: default_version, before: "1", after: "2"}]
"""

import re

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import argspec
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.converge import converge
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import texts as tag_texts
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.documents import resource
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.documents import wire

NAME = re.compile(r"[a-zA-Z0-9_.\-]{3,128}")
ACCOUNT = re.compile(r"\d{12}|[Aa]ll")
TYPES = [
    "Command",
    "Policy",
    "Automation",
    "Session",
    "Package",
    "ApplicationConfiguration",
    "ApplicationConfigurationSchema",
    "DeploymentStrategy",
    "ChangeCalendar",
    "Automation.ChangeTemplate",
    "ProblemAnalysis",
    "ProblemAnalysisTemplate",
    "CloudFormation",
    "ConformancePackTemplate",
    "QuickSetup",
    "ManualApprovalPolicy",
    "AutoApprovalPolicy",
]

SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "content": {"type": "raw"},
    "document_type": {"type": "str", "choices": TYPES},
    "document_format": {"type": "str", "choices": ["JSON", "YAML", "TEXT"]},
    "target_type": {"type": "str"},
    "version_name": {"type": "str"},
    "default_version": {"type": "str", "default": "latest"},
    "shared_account_ids": {"type": "list", "elements": "str"},
    "purge_shared_account_ids": {"type": "bool", "default": True},
    **argspec.TAGS,
}


def desired_of(params):
    """What the options ask for; None when the document must not exist."""
    default = params["default_version"]
    if default not in ("latest", "keep") and not default.isdigit():
        raise errors.InvalidInput(f"default_version: {default!r} must be latest, keep or a number")
    if not NAME.fullmatch(params["name"]):
        text = f"{params['name']!r} must be 3–128 letters, digits and _.-, not an ARN; only documents of this account can be changed"
        raise errors.InvalidInput(f"name: {text}")
    if params["state"] == "absent":
        return None
    for account in params["shared_account_ids"] or []:
        if not ACCOUNT.fullmatch(account):
            raise errors.InvalidInput(f"shared_account_ids: {account!r} must be an account id of 12 digits, or all")
    return resource.Desired(
        name=params["name"],
        content=resource.content_text(params["content"], params["document_format"]),
        document_type=params["document_type"],
        document_format=params["document_format"],
        target_type=params["target_type"],
        version_name=params["version_name"],
        default_version=default,
        shared_account_ids=wire.shared(params["shared_account_ids"]),
        purge_shared=params["purge_shared_account_ids"],
    )


def work(module):
    aws, params = connection.connect(module), module.params
    desired = desired_of(params)
    return converge(
        resource.resource(aws, params["name"], desired),
        desired,
        tags=tag_texts(params["tags"]),
        purge_tags=params["purge_tags"],
        check_mode=module.check_mode,
    )


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
