#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: patch_host_info
version_added: "1.0.0"
short_description: Read the state of hosts to patch
description:
  - Reads the data that a plan needs, which is whether Systems Manager can reach the hosts, their patch states, their effective patch
    baselines, and the sizes of their volumes.
  - Used by M(fleetpatch.aws.patch_plan). It returns few fields in dictionaries by id, so that results for ten thousand hosts stay small.
    M(fleetpatch.aws.ssm_managed_node_info) and M(fleetpatch.aws.ssm_patch_state_info) return more details.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  instance_ids:
    description:
      - Instance ids of the hosts.
    type: list
    elements: str
    required: true
  patch_groups:
    description:
      - Patch groups by instance id, from the tags of the hosts. Only used for hosts that were never scanned.
        For the others, the patch group of their last scan is used.
    type: dict
    default: {}
  target_groups:
    description:
      - Names or ARNs of target groups of load balancers, to find out which hosts are their targets. One that does not exist is an error.
      - An empty list reads all target groups of the Region with instance targets and a load balancer.
        If omitted, no target groups are read.
    type: list
    elements: str
  unlisted:
    description:
      - Which instances to look for that the inventory misses. If omitted, none are looked for.
    type: dict
    suboptions:
      tags:
        description: Tags that the instances have, each with a list of values of which one must match. An empty list is any value.
        type: dict
        required: true
      states:
        description: States of the instances.
        type: list
        elements: str
        required: true
      known_ids:
        description: Ids of the instances in the inventory.
        type: list
        elements: str
        required: true
      names:
        description: Values of the tag C(Name), of which one must match. If omitted, any name matches.
        type: list
        elements: str
notes:
  - Requires the permission C(ec2:DescribeInstances) for O(unlisted).
  - Requires the permission C(ssm:DescribeAutomationExecutions).
  - Requires the permissions C(elasticloadbalancing:DescribeTargetGroups) and C(elasticloadbalancing:DescribeTargetHealth) for O(target_groups).
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fleetpatch.aws.patch_plan
"""

EXAMPLES = r"""
- name: Read the state of two hosts
  fleetpatch.aws.patch_host_info:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    patch_groups:
      i-0123456789abcdef0: production
"""

RETURN = r"""
time:
  description: The time by the clock of Systems Manager, in UTC.
  returned: success
  type: str
  sample: "2026-03-10T02:00:00Z"
nodes:
  description: The nodes as known to Systems Manager, by instance id.
  returned: success
  type: dict
  sample: {i-0123456789abcdef0: {ping_status: Online, operating_system: WINDOWS, agent_version: 3.3.1611.0}}
patch_states:
  description: Patch states by instance id. Hosts that were never scanned are omitted.
  returned: success
  type: dict
  sample: {i-0123456789abcdef0: {status: non_compliant, missing_count: 5, operation_end_time: "2026-03-09T22:10:00Z"}}
baselines:
  description: The effective baseline of each combination of patch group and operating system, and the default baseline of the latter.
  returned: success
  type: list
  elements: dict
  sample: [{patch_group: production, operating_system: WINDOWS, baseline_id: pb-0123456789abcdef0, baseline_name: shop, default: false}]
volumes:
  description: Total size of the volumes of a host in GiB, by instance id.
  returned: success
  type: dict
  sample: {i-0123456789abcdef0: 580}
automations:
  description: Number of automations of the account and Region that run or wait, those of others included. AWS limits how many run at once.
  returned: success
  type: int
  sample: 3
target_groups:
  description: The target groups with their targets among O(instance_ids), and the number of healthy targets in total.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop-web
      arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-web/0123456789abcdef
      target_type: instance
      port: 80
      protocol: HTTP
      balanced: true
      healthy: 3
      targets: [{id: i-0123456789abcdef0, port: 80, state: healthy, reason: ""}]
unlisted:
  description: Instances of O(unlisted) that are not in the inventory, with the variables that a plan needs.
  returned: success
  type: list
  elements: dict
  sample:
    - instance_id: i-0123456789abcdef0
      tags: {Name: web}
      placement: {availability_zone: us-east-1a}
      state: {name: running}
      platform_details: Linux/UNIX
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import from_wire as tags_from_wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2 import connection as ec2
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.instance_tags.many import is_node
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.instances import api as instance_api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.volumes import api as volume_api
from ansible_collections.fleetpatch.aws.plugins.module_utils._elbv2 import connection as elbv2
from ansible_collections.fleetpatch.aws.plugins.module_utils._elbv2.target_groups import read as target_groups
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection as ssm
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.activity import read as activity
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import api as node_api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import wire as node_wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.patch_states import api as patch_state_api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.patch_states import read as patch_states
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.patch_states import wire as patch_state_wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import iso

UNLISTED = {
    "tags": {"type": "dict", "required": True},
    "states": {"type": "list", "elements": "str", "required": True},
    "known_ids": {"type": "list", "elements": "str", "required": True},
    "names": {"type": "list", "elements": "str"},
}
NODE_FIELDS = (
    "ping_status",
    "last_ping_time",
    "operating_system",
    "platform_name",
    "platform_version",
    "agent_version",
)
STATE_FIELDS = (
    "status",
    "operation",
    "operation_end_time",
    "patch_group",
    "missing_count",
    "failed_count",
    "installed_pending_reboot_count",
    "critical_non_compliant_count",
    "security_non_compliant_count",
)


def only(model, fields):
    return {field: model[field] for field in fields}


def pairs_of(nodes, states, groups):
    """Every (patch group, operating system) that occurs, and every operating system without a group."""
    pairs = set()
    for instance_id, node in nodes.items():
        system = node["operating_system"]
        if system:
            reported = states.get(instance_id, {}).get("patch_group")
            pairs.update({(reported or groups.get(instance_id) or "", system), ("", system)})
    return sorted(pairs)


def volumes_of(aws, instance_ids):
    wanted, sizes = set(instance_ids), {}
    for volume in volume_api.list_volumes(aws, instance_ids):
        for attachment in volume.get("Attachments", []):
            owner = attachment.get("InstanceId")
            if owner in wanted:
                sizes[owner] = sizes.get(owner, 0) + volume["Size"]
    return sizes


def groups_of(module, wanted, instance_ids):
    """The target groups with only the targets that matter: a plan of few hosts is not to carry a whole fleet."""
    if wanted is None:
        return []
    planned = set(instance_ids)
    groups = target_groups.read(elbv2.connect(module), wanted)
    return [
        {
            **group,
            "healthy": sum(one["state"] == "healthy" for one in group["targets"]),
            "targets": [one for one in group["targets"] if one["id"] in planned],
        }
        for group in groups
    ]


def unlisted_of(aws, wanted):
    """Instances with the tags that the inventory does not have; one call for 1,000."""
    if wanted is None:
        return []
    known, names = set(wanted["known_ids"]), wanted["names"] and set(wanted["names"])
    found = []
    for one in instance_api.list_tagged_instances(aws, wanted["tags"], wanted["states"]):
        tags = tags_from_wire(one.get("Tags"))
        if one["InstanceId"] not in known and (wanted["names"] is None or tags.get("Name") in names):
            found.append(
                {
                    "instance_id": one["InstanceId"],
                    "tags": tags,
                    "placement": {"availability_zone": one["Placement"]["AvailabilityZone"]},
                    "state": {"name": one["State"]["Name"]},
                    "platform_details": one.get("PlatformDetails"),
                }
            )
    return found


def work(module):
    ids, groups = module.params["instance_ids"], module.params["patch_groups"]
    # Each client reads the model of its service again, and EC2's is the largest.
    aws, machines = ssm.connect(module), ec2.connect(module)
    now = node_api.service_time(aws)
    models = (node_wire.node_to_model(node) for node in node_api.list_nodes(aws, {"InstanceIds": ids}))
    nodes = {model["instance_id"]: only(model, NODE_FIELDS) for model in models}
    found = (
        patch_state_wire.patch_state_to_model(state, now=now, stale_after_hours=None)
        for state in patch_state_api.list_patch_states(aws, ids)
    )
    states = {model["instance_id"]: only(model, STATE_FIELDS) for model in found}
    return {
        "changed": False,
        "time": iso(now),
        "nodes": nodes,
        "patch_states": states,
        "baselines": [
            patch_states.effective_baseline(aws, group, system) for group, system in pairs_of(nodes, states, groups)
        ],
        # Hybrid nodes have no volumes that EC2 knows.
        "volumes": volumes_of(machines, [one for one in ids if not is_node(one)]),
        "automations": activity.automations(aws),
        "target_groups": groups_of(module, module.params["target_groups"], ids),
        "unlisted": unlisted_of(machines, module.params["unlisted"]),
    }


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "instance_ids": {"type": "list", "elements": "str", "required": True},
            "patch_groups": {"type": "dict", "default": {}},
            "target_groups": {"type": "list", "elements": "str"},
            "unlisted": {"type": "dict", "options": UNLISTED},
        },
        supports_check_mode=True,
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
