# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What targets a window and a task may have. Source: RegisterTargetWithMaintenanceWindow, RegisterTaskWith…: Targets."""

import re

from local_aws.framework.switches import assume
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import invalid

INSTANCE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")
GROUP_KEYS = ("resource-groups:Name", "resource-groups:ResourceTypeFilters")

assume("windows.target_ids", "InstanceIds stand alone in a window target; ids need not exist", "Targets")
assume("windows.target_keys", "keys are spelled exactly: InstanceIds, tag:<key>, tag-key, resource-groups:…", "Targets")
assume("windows.target_empty", "a window target without targets or values is refused", "Targets (the model allows 0)")
assume("windows.target_group", "one resource group a target, named once; up to 5 resource types", "Targets, user guide")
assume("windows.target_many", "more than 5 keys for tag-key are refused", "user guide, examples of targets")
assume("windows.target_repeated", "the same key twice is refused, except tag-key", "Targets")


def check(values: Values) -> None:
    """The targets of a window target {ResourceType, Targets, ...}. Raises ValidationException."""
    targets = values["Targets"]
    if not targets:
        raise invalid("At least one target must be specified.")
    keys = [target.get("Key", "") for target in targets]
    named = [key for key in keys if key != "tag-key"]
    if len(set(named)) != len(named):
        raise invalid("A target key appears more than once.")
    for target in targets:
        if not target.get("Values"):
            raise invalid(f"The target {target.get('Key')} has no values.")
    if values["ResourceType"] == "RESOURCE_GROUP":
        _check_groups(targets)
    else:
        _check_instances(targets, keys)


def _check_instances(targets: list[Values], keys: list[str]) -> None:
    for target in targets:
        key = target.get("Key", "")
        if key == "InstanceIds":
            check_ids(target["Values"])
        elif key != "tag-key" and not (key.startswith("tag:") and len(key) > 4):
            raise invalid(f"The target key {key} is not valid for the resource type INSTANCE.")
    if sum(len(target["Values"]) for target in targets if target["Key"] == "tag-key") > 5:
        raise invalid("At most 5 tag keys can be given.")
    if "InstanceIds" in keys and len(keys) > 1:
        raise invalid("InstanceIds can't be combined with other targets.")


def _check_groups(targets: list[Values]) -> None:
    for target in targets:
        if target.get("Key") not in GROUP_KEYS:
            raise invalid(f"The target key {target.get('Key')} is not valid for the resource type RESOURCE_GROUP.")
        most = 1 if target["Key"] == GROUP_KEYS[0] else 5
        if len(target["Values"]) > most:
            raise invalid(f"The target {target['Key']} takes at most {most} values.")


def check_ids(ids: list[str]) -> None:
    """Ids of managed nodes. Raises ValidationException."""
    for number in ids:
        if not INSTANCE_ID.fullmatch(number):
            raise invalid(f"{number} is not the id of a managed node.")
