# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of DescribeInstanceInformation, and what is refused of them."""

from local_aws.fleet import nodes
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume

SMALLEST, DEFAULT, LARGEST = 5, 10, 50
VALUES = {
    "PingStatus": ("Online", "ConnectionLost", "Inactive"),
    "PlatformTypes": ("Windows", "Linux", "MacOS"),
    "ResourceType": (
        "EC2Instance",
        "ManagedInstance",
        "AWS::EC2::Instance",
        "AWS::IoT::Thing",
        "AWS::SSM::ManagedInstance",
    ),
    "AssociationStatus": ("Success", "Pending", "Failed"),
}
KEYS = (
    "ActivationIds",
    "AgentVersion",
    "AssociationStatus",
    "IamRole",
    "InstanceIds",
    "PingStatus",
    "PlatformTypes",
    "ResourceType",
    "SourceIds",
    "SourceTypes",
)

assume(
    "instance-information-errors",
    "An id in the filter InstanceIds that is no EC2 instance of the account is an InvalidInstanceId; one that is no "
    "managed node, or is stopped, is left out. Both filter styles at once, and tag filters beside others, are "
    "InvalidFilterKey.",
    "API DescribeInstanceInformation",
)


def read_filters(params: dict) -> list[tuple[str, list[str]]]:
    old, new = params.get("InstanceInformationFilterList") or [], params.get("Filters") or []
    if old and new:
        raise AwsError("InvalidFilterKey", "InstanceInformationFilterList and Filters cannot be used together.")
    found = [(one["key"], one["valueSet"]) for one in old] + [(one["Key"], one["Values"]) for one in new]
    tags = [key for key, _ in found if key == "tag-key" or key.startswith("tag:")]
    if tags and len(tags) != len(found):
        raise AwsError("InvalidFilterKey", "Tag filters cannot be combined with other filter types.")
    for key, values in found:
        if key in tags:
            continue
        if key not in KEYS:
            raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid.")
        wrong = [value for value in values if value not in VALUES.get(key, values)]
        if wrong:
            raise AwsError("InvalidInstanceInformationFilterValue", f"The value {wrong[0]} is not valid for {key}.")
    return found


def check_ids(ctx: Context, ids: list[str]) -> None:
    bad = [instance_id for instance_id in ids if nodes.instance(ctx.account, ctx.region, instance_id) is None]
    if bad:
        raise AwsError("InvalidInstanceId", f"Instance {bad[0]} does not exist in account {ctx.account}.")
