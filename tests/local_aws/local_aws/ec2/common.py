# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the EC2 operations share: filters, ids, pages, tags, dry run (EC2 API reference, "Common parameters")."""

import re
from collections.abc import Callable
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.fleet import public_images
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume

MAX_FILTER_VALUES = 200

assume(
    "ec2-filters",
    "A filter name that the local AWS does not implement is rejected like an unknown one: InvalidParameterValue.",
    "DescribeInstances and other Describe operations list more filters than are carried out here",
)

Getter = Callable[[Any], Any]  # object -> None, a text, or an iterable of texts

METADATA_KEY = re.compile(r"[0-9a-zA-Z\-_+=,.@:]{1,255}")


def backend(ctx: Any) -> Any:
    """moto's EC2 of the caller's account and Region."""
    from moto.ec2.models import ec2_backends

    public_images.ensure_public_images(ctx.account, ctx.region)
    return ec2_backends[ctx.account][ctx.region]


def dry_run(params: dict) -> None:
    """DryRun answers an error also when all is well."""
    if params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def tags_of(found: Any) -> dict[str, str]:
    """Tags of a moto EC2 resource."""
    return found.ec2_backend.tags.get(found.id) or {}


def tag_list(found: Any) -> list[dict[str, str]]:
    """The same in the form of the API."""
    return [{"Key": key, "Value": value} for key, value in tags_of(found).items()]


def select(objects: Iterable[Any], params: dict, getters: dict[str, Getter]) -> list[Any]:
    """The objects that pass params["Filters"]: all filters must match, any value of a filter (wildcards * and ?)."""
    tests = [_test(entry, getters) for entry in params.get("Filters") or []]
    if sum(len(entry.get("Values") or []) for entry in params.get("Filters") or []) > MAX_FILTER_VALUES:
        raise AwsError("FilterLimitExceeded", f"The maximum number of filter values ({MAX_FILTER_VALUES}) is exceeded.")
    if not tests:
        return list(objects)
    return [found for found in objects if all(test(found) for test in tests)]


def _test(entry: dict, getters: dict[str, Getter]) -> Callable[[Any], bool]:
    name, values = entry.get("Name"), entry.get("Values") or []
    if not name:
        raise AwsError("InvalidParameterValue", "A filter needs a name.")
    getter = _getter(name, getters)
    exact = {_plain(value) for value in values if not _wild(value)}
    patterns = [_pattern(value) for value in values if _wild(value)]

    def test(found: Any) -> bool:
        value = getter(found)
        if value is None:
            return False
        if isinstance(value, str):
            return value in exact or any(pattern.fullmatch(value) for pattern in patterns)
        return any(one in exact or any(pattern.fullmatch(one) for pattern in patterns) for one in value)

    return test


def _getter(name: str, getters: dict[str, Getter]) -> Getter:
    if name.startswith("tag:"):
        key = name[4:]
        return lambda found: tags_of(found).get(key)
    if name == "tag-key":
        return lambda found: list(tags_of(found))
    if name not in getters:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return getters[name]


def _wild(value: str) -> bool:
    return bool(re.search(r"(?<!\\)[*?]", value))


def _plain(value: str) -> str:
    return re.sub(r"\\([*?\\])", r"\1", value)


def _pattern(value: str) -> re.Pattern:
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    text = ""
    for part in parts:
        if part == "*":
            text += ".*"
        elif part == "?":
            text += "."
        else:
            text += re.escape(part[1:] if len(part) == 2 else part)
    return re.compile(text, re.DOTALL)


def cut(
    items: list[Any], params: dict, ids: str, *, least: int = 5, most: int = 1000, clamp: bool = True
) -> tuple[list[Any], str | None]:
    """A page of an EC2 list. MaxResults least..most, never together with ids (InvalidParameterCombination)."""
    wanted = params.get("MaxResults")
    if wanted is not None and params.get(ids):
        raise AwsError(
            "InvalidParameterCombination",
            f"The parameter {_set_name(ids)} cannot be used with the parameter maxResults",
        )
    if wanted is not None and (wanted < least or (wanted > most and not clamp)):
        relation = f"greater than {least}" if wanted < least else f"less than {most}"
        raise AwsError(
            "InvalidParameterValue",
            f"Value ( {wanted} ) for parameter maxResults is invalid. Expecting a value {relation}.",
        )
    if params.get(ids) and not params.get("NextToken"):
        return items, None
    return page(items, params, default=most, maximum=most)


def _set_name(ids: str) -> str:
    return {"InstanceIds": "instancesSet"}.get(ids, ids[0].lower() + ids[1:].replace("Ids", "Set"))


def by_ids(ids: list[str], known: dict[str, Any], prefix: str, code: str, noun: str) -> list[Any]:
    """The objects with these ids, in this order. Raises <code>.Malformed or <code>.NotFound that names the ids."""
    for one in ids:
        if not re.fullmatch(prefix + r"-([0-9a-f]{8}|[0-9a-f]{17})", one):
            raise AwsError(f"{code}.Malformed", f'Invalid id: "{one}" (expecting "{prefix}-...")')
    unknown = [one for one in ids if one not in known]
    if unknown:
        text = f"The {noun} ID '{unknown[0]}' does not exist"
        if len(unknown) > 1:
            text = f"The {noun} IDs '{', '.join(unknown)}' do not exist"
        raise AwsError(f"{code}.NotFound", text)
    return [known[one] for one in dict.fromkeys(ids)]


def tag_specifications(params: dict, allowed: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """TagSpecifications as {resource type: {key: value}}; checks types, keys and the limit of 50."""
    found: dict[str, dict[str, str]] = {}
    for entry in params.get("TagSpecifications") or []:
        kind = entry.get("ResourceType")
        if kind not in allowed:
            raise AwsError(
                "InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation."
            )
        if kind in found:
            raise AwsError("InvalidParameter", f"Tag specification resource type '{kind}' is given twice.")
        found[kind] = checked_tags(entry.get("Tags") or [])
    return found


def checked_tags(tags: list[dict]) -> dict[str, str]:
    made: dict[str, str] = {}
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        value = value or ""
        if not key or len(key) > 128 or len(value) > 256:
            raise AwsError("InvalidParameterValue", f"Tag key or value has a wrong length: {key[:40]!r}")
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
        if key in made:
            raise AwsError("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")
        made[key] = value
    if len(made) > 50:
        raise AwsError("TagLimitExceeded", "The maximum number of tags (50) has been reached.")
    return made


def check_metadata_keys(keys: Iterable[str]) -> None:
    """Keys of an instance that allows access to tags in its metadata; the message is AWS's
    (https://github.com/seek-oss/aec/pull/411). Source: EC2 user guide, "Access to tags in instance metadata"."""
    for key in keys:
        if not METADATA_KEY.fullmatch(key) or key in (".", "..", "_index"):
            raise AwsError(
                "InvalidParameterValue",
                f"'{key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{{1,255}}), and must"
                " not be a reserved name ('.', '..', '_index')",
            )


def hide_new(hidden: dict[str, int], ids: Iterable[str]) -> set[str]:
    """Ids that this read does not find yet (switch eventual_reads); counts the read."""
    found = set()
    for one in ids:
        if hidden.get(one, 0) > 0:
            hidden[one] -= 1
            found.add(one)
    return found


def note_new(hidden: dict[str, int], one: str) -> None:
    """A new object: the first reads do not find it when the switch says so."""
    if SWITCHES["eventual_reads"]:
        hidden[one] = SWITCHES["eventual_reads"]


def utc(value: datetime | None) -> datetime | None:
    """moto's naive times are UTC."""
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=UTC)


def iso_date(value: datetime) -> str:
    return utc(value).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
