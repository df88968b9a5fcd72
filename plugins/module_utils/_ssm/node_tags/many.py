# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags of hybrid nodes, which Systems Manager keeps: one request for each node, there is no batch."""

from __future__ import annotations

from typing import Iterable

from ..._core.calls import Connection
from ..._core.errors import NotFound
from ..._core.errors import ServiceError
from ..tags import api as tag_api

KIND = "ManagedInstance"


def read(aws: Connection, node_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """{node id: tags}, without the nodes that do not exist."""
    found = {}
    for node_id in node_ids:
        try:
            found[node_id] = tag_api.list_tags(aws, kind=KIND, resource_id=node_id)
        except NotFound:
            continue
    return found


def write(aws: Connection, node_ids: Iterable[str], tags: dict[str, str]) -> dict[str, dict]:
    """Add or overwrite tags; {node id: failure} of the nodes that were refused, which does not stop the others."""
    failures = {}
    for node_id in node_ids:
        try:
            tag_api.add_tags(aws, kind=KIND, resource_id=node_id, tags=tags)
        except ServiceError as error:
            failures[node_id] = {"code": error.code, "message": error.message, "details": error.details}
    return failures
