#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_managed_node_info
version_added: "1.0.0"
short_description: List the managed nodes of Systems Manager
description:
  - Lists managed nodes with the status of their agents, both EC2 instances and hybrid nodes (C(mi-*)).
  - AWS does not return nodes that are stopped or terminated. Those of O(instance_ids) are in RV(unmanaged).
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - Ids of the nodes to read, any number.
    type: list
    elements: str
  filters:
    description:
      - Filters of the API operation C(DescribeInstanceInformation), for example C(PingStatus), C(PlatformTypes) or C(tag:Environment).
      - Values are strings or lists. AWS does not allow combining filters by tag with other filters.
    type: dict
    default: {}
  tags:
    description:
      - Whether to read the tags of hybrid nodes, which takes one request per node.
      - The tags of an instance are stored in EC2 and are not read.
    type: bool
    default: false
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: List all managed nodes
  fleetpatch.aws.ssm_managed_node_info:
  register: all_nodes

- name: Read two nodes
  fleetpatch.aws.ssm_managed_node_info:
    instance_ids:
      - i-0123456789abcdef0
      - mi-0123456789abcdef0

- name: List the hybrid nodes with their tags
  fleetpatch.aws.ssm_managed_node_info:
    filters:
      ResourceType: ManagedInstance
    tags: true

- name: List Windows nodes whose agent is online
  fleetpatch.aws.ssm_managed_node_info:
    filters:
      PlatformTypes: Windows
      PingStatus: Online
"""

RETURN = r"""
nodes:
  description: The managed nodes, sorted by id.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: Id of the node.
      type: str
      sample: i-0123456789abcdef0
    ping_status:
      description: Status of the agent, V(Online), V(ConnectionLost) or V(Inactive).
      type: str
      sample: Online
    last_ping_time:
      description: Time of the last ping of the agent, in UTC.
      type: str
      sample: "2026-03-10T01:59:12Z"
    agent_version:
      description: Version of the agent.
      type: str
      sample: 3.3.987.0
    is_latest_version:
      description: Whether the agent has the latest version.
      type: bool
      sample: true
    platform_type:
      description: V(Windows), V(Linux) or V(MacOS).
      type: str
      sample: Linux
    platform_name:
      description: Name of the platform, as reported by the agent.
      type: str
      sample: Amazon Linux
    platform_version:
      description: Version of the platform, as reported by the agent.
      type: str
      sample: "2023"
    operating_system:
      description: Name of the operating system in patch baselines, or V(null) if it is not known.
      type: str
      sample: AMAZON_LINUX_2023
    resource_type:
      description: V(EC2Instance) or V(ManagedInstance).
      type: str
      sample: EC2Instance
    name:
      description: Name of a hybrid node.
      type: str
      sample: null
    computer_name:
      description: Host name.
      type: str
      sample: web-1.example.com
    ip_address:
      description: IP address of the node.
      type: str
      sample: 192.0.2.10
    iam_role:
      description: IAM role of a hybrid node.
      type: str
      sample: null
    activation_id:
      description: Id of the activation of a hybrid node.
      type: str
      sample: null
    registration_date:
      description: Registration time of a hybrid node, in UTC.
      type: str
      sample: null
    association_status:
      description: Status of the associations of the node.
      type: str
      sample: Success
    source_id:
      description: Id of the resource that is the node.
      type: str
      sample: i-0123456789abcdef0
    source_type:
      description: Type of the resource that is the node.
      type: str
      sample: AWS::EC2::Instance
    tags:
      description: Tags of a hybrid node.
      returned: with O(tags), of hybrid nodes
      type: dict
      sample: {Patch Group: production}
region:
  description: The Region that was read.
  returned: success
  type: str
  sample: us-east-1
unmanaged:
  description: Those of O(instance_ids) that Systems Manager does not know, that it refuses to show, or that are stopped.
  returned: success
  type: list
  elements: str
  sample: [i-0123456789abcdef1]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import values_of as tag_values
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import api as node_api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.tags import api as tag_api

HYBRID = "ManagedInstance"
SPEC = {
    "instance_ids": {"type": "list", "elements": "str"},
    "filters": {"type": "dict", "default": {}},
    "tags": {"type": "bool", "default": False},
}


def filters_of(params):
    """The filters on the wire; an empty list of ids asks for nothing, which is not the same as for everything."""
    filters = {key: tag_values(f"filters.{key}", value) for key, value in params["filters"].items()}
    if params["instance_ids"] is not None:
        filters["InstanceIds"] = sorted(set(params["instance_ids"]))
    return filters


def work(module):
    aws, params = connection.connect(module), module.params
    nodes = [wire.node_to_model(node) for node in node_api.list_nodes(aws, filters_of(params))]
    nodes.sort(key=lambda node: node["instance_id"])
    for node in nodes:
        if params["tags"] and node["resource_type"] == HYBRID:
            node["tags"] = tag_api.list_tags(aws, kind=HYBRID, resource_id=node["instance_id"])
    known = {node["instance_id"] for node in nodes}
    unmanaged = sorted(set(params["instance_ids"] or []) - known)
    return {"changed": False, "nodes": nodes, "region": aws.client.meta.region_name, "unmanaged": unmanaged}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
