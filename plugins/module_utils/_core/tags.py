# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags: any value as the text that AWS keeps, a dict as the API's list of Key and Value, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any


def text(value: Any) -> str:
    """The text of one value: true and false as in YAML and JSON, nothing (None) for no value, JSON for a list or a dict."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list, tuple)) else str(value)


def texts(tags: Mapping[Any, Any] | None) -> dict[str, str] | None:
    """Tags as AWS keeps them, {str: str}; None (no tags were given) stays None, which is not the same as {}."""
    return None if tags is None else {str(key): text(value) for key, value in tags.items()}


def to_wire(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """[{"Key": ..., "Value": ...}], the form of most operations of AWS."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_wire(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """{key: value} of [{"Key": ..., "Value": ...}]; {} of None, because answers leave out an empty list."""
    return {tag["Key"]: tag["Value"] for tag in listed or ()}
