# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pages of list operations."""

import base64
import binascii
import hashlib
import json
from typing import Any

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES


def page(
    items: list[Any],
    params: dict,
    *,
    token: str = "NextToken",
    size: str = "MaxResults",
    default: int = 50,
    maximum: int = 50,
) -> tuple[list[Any], str | None]:
    """Cut the page that params ask for out of items; returns (page, next token or None).

    A token is bound to the request that gave it: with other parameters, or made up, it is InvalidNextToken.
    """
    start = 0
    if params.get(token):
        start = _position(params[token], _digest(params, token, size))
    wanted = min(params.get(size) or default, maximum)
    if SWITCHES["page_size"]:
        wanted = min(wanted, SWITCHES["page_size"])
    end = start + wanted
    following = None
    if end < len(items):
        text = json.dumps([end, _digest(params, token, size)])
        following = base64.urlsafe_b64encode(text.encode()).decode()
    return items[start:end], following


def _digest(params: dict, token: str, size: str) -> str:
    rest = {key: value for key, value in params.items() if key not in (token, size)}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _position(text: str, digest: str) -> int:
    try:
        start, made_for = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, TypeError, binascii.Error, UnicodeError):
        raise AwsError("InvalidNextToken", "The specified NextToken is not valid.") from None
    if made_for != digest or not isinstance(start, int):
        raise AwsError("InvalidNextToken", "The specified NextToken is not valid.")
    return start
