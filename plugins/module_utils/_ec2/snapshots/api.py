# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Snapshots: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..connection import FILTER_VALUES


@api_call("list snapshots")
def _snapshots_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_snapshots(OwnerIds=["self"], Filters=filters, MaxResults=1000, **next_token(token))


def list_snapshots(aws: Connection, snapshot_ids: list[str]) -> list[dict]:
    """DescribeSnapshots by a filter: those that do not exist are missing in the answer."""
    found: list[dict] = []
    for part in chunks(snapshot_ids, FILTER_VALUES):
        wire = [{"Name": "snapshot-id", "Values": part}]
        found += paged(partial(_snapshots_page, aws, filters=wire), "Snapshots")
    return found
