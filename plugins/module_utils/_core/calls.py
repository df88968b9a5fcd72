# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the functions of a service's api.py are made of: one connection, one decorator, one way to page."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any
from typing import Callable
from typing import Iterator

from . import retry
from .errors import ServiceError
from .errors import from_sdk
from .errors import is_sdk_error
from .wait import Clock
from .wait import Pace

# The SDK's own retries are off: _core/retry.py is the only place that repeats a call. What a user writes into
# aws_config is merged later and wins.
SDK_CONFIG = {"retries": {"total_max_attempts": 1}}


@dataclass(frozen=True)
class Connection:
    """A client, the clock, the retry policy and the paces (by name) that its calls keep to."""

    client: Any
    clock: Clock = field(default_factory=Clock)
    policy: retry.Policy = field(default_factory=retry.Policy)
    paces: dict[str, Pace] = field(default_factory=dict)


def api_call(doing: str, safety: str = retry.READ, *, pace: str | None = None, missing: tuple = ()) -> Callable:
    """Make `f(client, **named)` into `f(connection, **named)`: paced, retried by the policy, errors typed.

    doing is a phrase with the names of the arguments in braces; it becomes part of the error's message.
    missing are the codes that mean "not found" here.
    """

    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapped(connection: Connection, **named: Any) -> Any:
            def send() -> Any:
                if pace in connection.paces:
                    connection.paces[pace].wait(connection.clock)
                try:
                    return function(connection.client, **named)
                except Exception as error:
                    if not is_sdk_error(error):
                        raise
                    raise from_sdk(error, doing.format(**named), frozenset(missing)) from error

            return retry.call(send, safety=safety, clock=connection.clock, policy=connection.policy)

        return wrapped

    return decorate


def paged(fetch: Callable[..., dict], key: str) -> Iterator[Any]:
    """All items under `key` of all pages; fetch takes `token` (None for the first page)."""
    token = None
    while True:
        answer = fetch(token=token)
        yield from answer.get(key) or []
        following = answer.get("NextToken")
        if not following:
            return
        if following == token:
            raise ServiceError(f"The service returned the same page of {key} twice", code="repeated_page")
        token = following


def next_token(token: str | None) -> dict:
    """The request member for a page; absent for the first one, because an empty token is refused."""
    return {"NextToken": token} if token else {}


def chunks(items: list, size: int) -> Iterator[list]:
    """Pieces of at most `size`, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def answered_at(answer: dict) -> datetime:
    """The time at which the service answered, by its own clock (the Date header), aware and in UTC."""
    header = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(header).astimezone(timezone.utc) if header else datetime.now(timezone.utc)


def enumeration(aws: Connection, shape: str) -> tuple[str, ...]:
    """The values of an enum as the installed SDK knows them; no call is sent."""
    return tuple(aws.client.meta.service_model.shape_for(shape).enum)


def chunk_sizes(count: int, most: int) -> list[int]:
    """Sizes of the fewest equal pieces of at most `most`, larger ones first.

    Cutting off the first piece leaves the sizes of the others as they are, so that a resumed run cuts the same pieces.
    """
    if not count:
        return []
    pieces = math.ceil(count / most)
    return [count // pieces + (1 if number < count % pieces else 0) for number in range(pieces)]


def members(aws: Connection, operation: str) -> frozenset[str]:
    """The members of a request as the installed SDK knows them; no call is sent."""
    return frozenset(aws.client.meta.service_model.operation_model(operation).input_shape.members)
