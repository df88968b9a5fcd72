# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EC2 tags: moto keeps them, but would also tag what does not exist."""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import check_metadata_keys
from local_aws.ec2.common import checked_tags
from local_aws.ec2.common import dry_run
from local_aws.framework import perf
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume

MAX_RESOURCES = 1000  # API CreateTags: "up to 1000 resource IDs"
MAX_TAGS = 50

assume(
    "tags-of-other-resources",
    "CreateTags checks that instances, volumes, images and snapshots exist; other resources are tagged without a check.",
    "API CreateTags",
)

# prefix: (objects of a moto backend, code, noun)
KINDS = {
    "i": (perf.index, "InvalidInstanceID", "instance"),
    "vol": (lambda ec2: ec2.volumes, "InvalidVolume", "volume"),
    "ami": (lambda ec2: ec2.amis, "InvalidAMIID", "image"),
    "snap": (lambda ec2: ec2.snapshots, "InvalidSnapshot", "snapshot"),
}


def _resources(ec2: Any, params: dict) -> list[str]:
    numbers = params.get("Resources") or []
    if not numbers:
        raise AwsError("MissingParameter", "The request must contain the parameter resourceIdSet")
    if len(numbers) > MAX_RESOURCES:
        raise AwsError("InvalidParameterValue", f"At most {MAX_RESOURCES} resources can be tagged in one request.")
    groups: dict[str, list[str]] = {}
    for number in numbers:
        prefix = number.rsplit("-", 1)[0]
        if "-" not in number:
            raise AwsError("InvalidID", f"The ID '{number}' is not valid")
        groups.setdefault(prefix, []).append(number)
    for prefix, members in groups.items():
        if prefix in KINDS:
            known, code, noun = KINDS[prefix]
            by_ids(members, known(ec2), prefix, code, noun)
    return numbers


@op("ec2", "CreateTags")
def create_tags(ctx: Context, params: dict) -> dict:
    """Add or overwrite tags; all resources or none."""
    dry_run(params)
    ec2 = backend(ctx)
    numbers = _resources(ec2, params)
    tags = checked_tags(params.get("Tags") or [])
    if not tags:
        raise AwsError("MissingParameter", "The request must contain the parameter tagSet")
    for number in numbers:
        mine = {key for key in {**ec2.tags.get(number, {}), **tags} if not key.startswith("aws:")}
        if len(mine) > MAX_TAGS:
            raise AwsError("TagLimitExceeded", f"The maximum number of tags ({MAX_TAGS}) of {number} is exceeded.")
        instance = perf.index(ec2).get(number)
        if instance is not None and instance.metadata_options.instance_metadata_tags == "enabled":
            check_metadata_keys(tags)
    for number in numbers:
        ec2.tags[number].update(tags)
    return {}


@op("ec2", "DeleteTags")
def delete_tags(ctx: Context, params: dict) -> dict:
    """Without a value: the key with any value; with one: only when it is the same; without tags: all but aws: ones."""
    dry_run(params)
    ec2 = backend(ctx)
    for number in _resources(ec2, params):
        mine = ec2.tags.get(number) or {}
        wanted = params.get("Tags") or [{"Key": key} for key in mine if not key.startswith("aws:")]
        for tag in wanted:
            key, value = tag.get("Key"), tag.get("Value")
            if key in mine and (value is None or mine[key] == value):
                del mine[key]
    return {}
