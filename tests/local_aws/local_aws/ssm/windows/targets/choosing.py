# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which machines the targets of a window mean, at the time of asking."""

import json

from moto.resourcegroups.models import resourcegroups_backends

from local_aws.fleet import nodes
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.ssm.commands import rules as commands_rules
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window

assume(
    "windows.groups",
    "A resource group means the managed nodes that its tag query finds; groups of stacks and members of other types "
    "are not carried out",
    "RegisterTargetWithMaintenanceWindow: resource-groups",
)
assume(
    "windows.for_target",
    "A node belongs to a window whose targets it fits now, or whose tasks name its id; a tag or group as target finds "
    "the windows whose targets have the same key and one of the values. Disabled windows are listed, not scheduled",
    "DescribeMaintenanceWindowsForTarget",
)


def resolve(account: str, region: str, targets: list[Values]) -> list[str]:
    """Ids of the managed nodes that fit all targets. Raises AwsError for a resource group that cannot be resolved."""
    for target in targets:
        if target["Key"] == "resource-groups:Name":
            _check_group(account, region, target["Values"][0])
    return commands_rules.by_targets(Context(account, region), targets)


def _check_group(account: str, region: str, name: str) -> None:
    group = resourcegroups_backends[account][region].groups.by_name.get(name)
    if group is None:
        raise AwsError("InvalidTarget", f"The resource group {name} does not exist.")
    query = group.resource_query or {}
    if query.get("Type") != "TAG_FILTERS_1_0":
        text = f"The resource group {name} is not made by tags; such groups are not implemented in the local AWS."
        raise AwsError("NotImplementedByEmulator", text, status=501)
    types = json.loads(query["Query"]).get("ResourceTypeFilters", [])
    if types and not {"AWS::AllSupported", "AWS::EC2::Instance"} & set(types):
        raise AwsError("NotImplementedByEmulator", f"The group {name} has no EC2 instances.", status=501)


def windows_of(windows: list[Window], asked: list[Values]) -> list[Window]:
    """Those of the windows that the targets asked for belong to."""
    return [window for window in windows if all(_belongs(window, target) for target in asked)]


def _belongs(window: Window, asked: Values) -> bool:
    key, values = asked.get("Key", ""), asked.get("Values") or []
    if key.lower() == "instanceids":
        return any(_has_node(window, number) for number in values)
    return any(
        target["Key"] == key and set(target["Values"]) & set(values)
        for one in window.targets.values()
        for target in one["Targets"]
    )


def _has_node(window: Window, instance_id: str) -> bool:
    named = (target for task in window.tasks.values() for target in task.get("Targets", []))
    if any(target["Key"] == "InstanceIds" and instance_id in target["Values"] for target in named):
        return True
    return any(_fits(window, one["Targets"], instance_id) for one in window.targets.values())


def _fits(window: Window, targets: list[Values], instance_id: str) -> bool:
    if targets[0]["Key"] == "InstanceIds":
        return instance_id in targets[0]["Values"]
    if targets[0]["Key"].startswith("resource-groups:"):
        try:
            return instance_id in resolve(window.account, window.region, targets)
        except AwsError:
            return False
    found = nodes.instance(window.account, window.region, instance_id)
    if found is None or nodes.state_of(found) in nodes.GONE:
        return False
    tags = nodes.tags_of(found)
    return all(nodes.matches_tag(tags, target["Key"], target["Values"]) for target in targets)
