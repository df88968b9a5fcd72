# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags: any value as the text that AWS keeps, a dict as the API's list of Key and Value, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from . import limits
from .errors import InvalidInput

MOST = 50  # user tags of a resource of EC2


def text(value: Any) -> str:
    """The text of one value: true and false as in YAML and JSON, nothing (None) for no value, JSON for a list or a dict."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list, tuple)) else str(value)


def all_texts(values: Any) -> list[str]:
    """The texts of a list of values, or of one value for a list of it: what the parameters of documents are made of."""
    return [text(value) for value in (values if isinstance(values, list) else [values])]


def value_of(option: str, value: Any) -> str:
    """The text of one value of a tag. Raises InvalidInput, with the option's name, for a list or a dict: no tag has such a value."""
    if isinstance(value, (dict, list, tuple, set)):
        raise InvalidInput(
            f"{option}: {value!r} must be one value (a string, a number or a boolean), not a list or a dictionary",
            details={"option": option},
        )
    return text(value)


def values_of(option: str, values: Any) -> list[str]:
    """The texts of values that are looked for: a list, or one value for a list of it. Raises InvalidInput like value_of."""
    listed = values if isinstance(values, (list, tuple)) else [values]
    return [value_of(option, value) for value in listed]


def texts(tags: Mapping[Any, Any] | None, option: str = "tags") -> dict[str, str] | None:
    """Tags as AWS keeps them, {str: str}; None (no tags were given) stays None, which is not the same as {}.

    Raises InvalidInput for a value that is a list or a dict.
    """
    return (
        None if tags is None else {text(key): value_of(f"{option}.{text(key)}", value) for key, value in tags.items()}
    )


def ec2_problems(tags: Mapping[Any, Any] | None, option: str, own: Iterable[str] = ()) -> list[str]:
    """Why EC2 would refuse these tags beside those that we add, in words that begin with the option; own: keys of the latter.

    EC2 user guide, "Tag your Amazon EC2 resources": 50 tags, keys of 1-128 and values of at most 256 characters, the prefix aws: reserved.
    """
    try:
        made = texts(tags, option) or {}
    except InvalidInput as error:
        return [error.message]
    found = [f"{option}: {key!r} must not begin with aws:" for key in made if key.casefold().startswith("aws:")]
    few = limits.wrong_count(made, 0, MOST - len(set(own) - set(made)))
    found += [f"{option}: {few}"] if few else []
    for key, value in made.items():
        wrong = (limits.wrong_length(key, 1, 128), limits.wrong_length(value, 0, 256))
        found += [f"{option}.{key}: {words}" for words in wrong if words]
    return found


def to_wire(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """[{"Key": ..., "Value": ...}], the form of most operations of AWS."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_wire(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """{key: value} of [{"Key": ..., "Value": ...}]; {} of None, because answers leave out an empty list."""
    return {tag["Key"]: tag["Value"] for tag in listed or ()}
