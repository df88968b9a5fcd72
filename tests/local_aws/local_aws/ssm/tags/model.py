# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tags of Systems Manager resources: one store, with a check of existence for each resource type."""

from collections.abc import Callable

from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume

Exists = Callable[[str, str, str], bool]

LIMIT = 50
TYPES: dict[str, Exists] = {}

assume("tags.limit", "more than 50 tags on a resource: TooManyTagsError", "AddTagsToResource")
assume("tags.reserved", "keys that start with aws: are refused with ValidationException", "AddTagsToResource")
assume("tags.repeated", "a key given twice in one request is refused with ValidationException", "AddTagsToResource")


def register(resource_type: str, exists: Exists) -> None:
    """Keep tags of a resource type here. exists(account, region, resource_id) -> bool."""
    TYPES[resource_type] = exists


def of(account: str, region: str, resource_type: str, resource_id: str) -> dict[str, str]:
    """The tags of a resource (a live dict)."""
    return state.store(account, region, "ssm.tags").setdefault((resource_type, resource_id), {})


def put(account: str, region: str, resource_type: str, resource_id: str, tags: list[dict] | None) -> None:
    """Add tags given as [{Key, Value}]. Raises TooManyTagsError, ValidationException."""
    check(tags or [])
    have = of(account, region, resource_type, resource_id)
    new = {tag["Key"]: tag["Value"] for tag in tags or []}
    if len({**have, **new}) > LIMIT:
        raise AwsError("TooManyTagsError", f"The resource would have more than {LIMIT} tags.")
    have.update(new)


def check(tags: list[dict]) -> None:
    """Rules that hold for every list of tags. Raises ValidationException."""
    keys = [tag["Key"] for tag in tags]
    reserved = [key for key in keys if key.lower().startswith("aws:")]
    if reserved:
        raise AwsError("ValidationException", f"aws: prefixed tag key names are not allowed: {reserved[0]}")
    if len(set(keys)) != len(keys):
        raise AwsError("ValidationException", "A tag key appears more than once.")


def drop(account: str, region: str, resource_type: str, resource_id: str) -> None:
    """Forget the tags of a deleted resource."""
    state.store(account, region, "ssm.tags").pop((resource_type, resource_id), None)


def listed(account: str, region: str, resource_type: str, resource_id: str) -> list[dict]:
    """Tags as [{Key, Value}], sorted by key."""
    have = state.store(account, region, "ssm.tags").get((resource_type, resource_id), {})
    return [{"Key": key, "Value": value} for key, value in sorted(have.items())]
