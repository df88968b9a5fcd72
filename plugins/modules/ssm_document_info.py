#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_document_info
version_added: "1.0.0"
short_description: Read Systems Manager documents
description:
  - Reads a document with its content, versions, sharing and tags, or lists the documents that match filters.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  name:
    description:
      - Name or ARN of the document. If it does not exist, RV(documents) is empty.
      - Sharing and tags are only read for documents of the own account.
    type: str
  document_version:
    description:
      - Version to read, a number, V($DEFAULT) or V($LATEST).
    type: str
    default: $DEFAULT
  names:
    description:
      - Names or ARNs of documents to describe with their parameters, without content, sharing and tags. Each takes one request, or two
        if it has parameters.
      - Documents that do not exist are omitted from RV(documents). RV(documents[].name) is the name or ARN as given.
    type: list
    elements: str
  filters:
    description:
      - Filters of the API operation C(ListDocuments), for example C(Owner), C(DocumentType) or C(tag:team).
      - If O(name), O(names) and O(filters) are omitted, the documents of the own account are listed.
    type: dict
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read a runbook
  fleetpatch.aws.ssm_document_info:
    name: fleetpatch-PatchHost
  register: runbook

- name: Read the parameters of two documents
  fleetpatch.aws.ssm_document_info:
    names: [AWS-RunShellScript, shop-drain]

- name: List the runbooks of the own account
  fleetpatch.aws.ssm_document_info:
    filters:
      Owner: Self
      DocumentType: Automation
"""

RETURN = r"""
documents:
  description:
    - The documents, sorted by name, with the keys that M(fleetpatch.aws.ssm_document) returns.
    - Content, versions, sharing and tags are only returned with O(name).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the document.
      type: str
      sample: fleetpatch-PatchHost
    document_type:
      description: Type of the document.
      type: str
      sample: Automation
    document_version:
      description: The version that the result describes.
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
    content:
      description: The content as a string, in the format of the version.
      returned: when O(name) is given
      type: str
      sample: "schemaVersion: '0.3'"
    versions:
      description: All versions, newest first.
      returned: when O(name) is given
      type: list
      elements: dict
      sample: [{document_version: "2", version_name: null, is_default: true, status: Active, created_date: "2026-03-10T01:00:00Z"}]
    parameters:
      description:
        - The parameters of the document. A parameter without a default value is required. C(declaration) is the parameter as in the content, with
          its C(allowedValues) and C(allowedPattern), and empty if the content cannot be read.
      returned: when O(names) is given
      type: list
      elements: dict
      sample: [{name: executionTimeout, type: String, default_value: "3600", description: The time in seconds for a command to complete.}]
    shared_account_ids:
      description: Accounts that may use the document.
      returned: when O(name) is given
      type: list
      elements: str
      sample: []
    tags:
      description: Tags of the document.
      returned: when O(name) is given
      type: dict
      sample: {team: web}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import values_of as tag_values
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.documents import read

SPEC = {
    "name": {"type": "str"},
    "document_version": {"type": "str", "default": "$DEFAULT"},
    "names": {"type": "list", "elements": "str"},
    "filters": {"type": "dict"},
}


def work(module):
    aws, params = connection.connect(module), module.params
    if params["name"]:
        found = read.read_with_versions(aws, params["name"], params["document_version"])
        return {"changed": False, "documents": [found] if found else []}
    if params["names"] is not None:
        return {"changed": False, "documents": read.described(aws, params["names"])}
    filters = params["filters"] or {"Owner": "Self"}
    wire = {key: tag_values(f"filters.{key}", value) for key, value in filters.items()}
    return {"changed": False, "documents": read.listed(aws, wire)}


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC, supports_check_mode=True, mutually_exclusive=[("name", "names", "filters")]
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
