# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Managed nodes: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from typing import Iterator

from ..._core.calls import Connection
from ..._core.calls import answered_at
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.errors import ServiceError


@api_call("list managed nodes")
def _nodes_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_instance_information(Filters=filters, MaxResults=50, **next_token(token))


def list_nodes(aws: Connection, filters: dict[str, list[str]] | None = None) -> Iterator[dict]:
    """DescribeInstanceInformation; filters as {Key: [Values]}, 50 values a call for InstanceIds."""
    filters = dict(filters or {})
    ids = filters.pop("InstanceIds", None)
    rest = [{"Key": key, "Values": values} for key, values in filters.items()]
    if ids is None:
        yield from paged(partial(_nodes_page, aws, filters=rest), "InstanceInformationList")
        return
    for part in chunks(ids, 50):
        yield from _known_nodes(aws, part, rest)


def _known_nodes(aws: Connection, ids: list[str], rest: list[dict]) -> list[dict]:
    """The nodes with these ids; one that the service does not know fails the whole request, so the others are asked apart."""
    wire = [{"Key": "InstanceIds", "Values": ids}, *rest]
    try:
        return list(paged(partial(_nodes_page, aws, filters=wire), "InstanceInformationList"))
    except ServiceError as error:
        if error.code != "InvalidInstanceId":
            raise
    middle = len(ids) // 2
    return [*_known_nodes(aws, ids[:middle], rest), *_known_nodes(aws, ids[middle:], rest)] if middle else []


@api_call("read the time of Systems Manager")
def service_time(client: Any) -> datetime:
    """The time by the service's own clock (the Date header of DescribeInstanceInformation), aware and in UTC.

    Ages of AWS's time stamps are counted from it, so that a controller whose clock is wrong calls nothing stale.
    """
    return answered_at(client.describe_instance_information(MaxResults=5))
