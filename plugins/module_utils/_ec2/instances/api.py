# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Instances: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..connection import FILTER_VALUES

NO_INSTANCE = ("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed")


@api_call("list instances")
def _instances_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_instances(Filters=filters, MaxResults=1000, **next_token(token))


def _list_pages(aws: Connection, filters: list[dict]) -> list[dict]:
    reservations = paged(partial(_instances_page, aws, filters=filters), "Reservations")
    return [instance for reservation in reservations for instance in reservation.get("Instances") or []]


def _list_filtered(aws: Connection, key: str, values: list[str]) -> list[dict]:
    found: list[dict] = []
    for part in chunks(values, FILTER_VALUES):
        found += _list_pages(aws, [{"Name": key, "Values": part}])
    return found


def list_instances(aws: Connection, instance_ids: list[str]) -> list[dict]:
    """DescribeInstances by a filter: those that do not exist are missing in the answer."""
    return _list_filtered(aws, "instance-id", instance_ids)


def list_tagged_instances(aws: Connection, tags: dict[str, list[str]], states: list[str]) -> list[dict]:
    """DescribeInstances in these states with all of the tags, one of the values of each; no values = any.

    * and ? in values stand for anything, as in all filters of EC2.
    """
    wire = [{"Name": "instance-state-name", "Values": states}]
    for key, values in tags.items():
        wire.append({"Name": f"tag:{key}", "Values": values} if values else {"Name": "tag-key", "Values": [key]})
    return _list_pages(aws, wire)


def list_instances_of(aws: Connection, image_ids: list[str]) -> list[dict]:
    """DescribeInstances: those that were launched from the images."""
    return _list_filtered(aws, "image-id", image_ids)
