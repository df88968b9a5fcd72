# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags of what Systems Manager keeps (documents, baselines, windows, ...): one function is one API operation."""

from __future__ import annotations

from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.retry import PROTECTED
from ..._core.tags import from_wire as tags_from_wire
from ..._core.tags import to_wire as tags_to_wire

NO_RESOURCE = ("InvalidResourceId",)


@api_call("read the tags of {kind} {resource_id}", missing=NO_RESOURCE)
def list_tags(client: Any, kind: str, resource_id: str) -> dict[str, str]:
    """ListTagsForResource; kind is the API's word (Document, Automation, ...)."""
    answer = client.list_tags_for_resource(ResourceType=kind, ResourceId=resource_id)
    return tags_from_wire(answer.get("TagList"))


@api_call("tag {kind} {resource_id}", PROTECTED, missing=NO_RESOURCE)
def add_tags(client: Any, kind: str, resource_id: str, tags: dict[str, str]) -> None:
    """AddTagsToResource."""
    client.add_tags_to_resource(ResourceType=kind, ResourceId=resource_id, Tags=tags_to_wire(tags))


@api_call("untag {kind} {resource_id}", PROTECTED, missing=NO_RESOURCE)
def remove_tags(client: Any, kind: str, resource_id: str, keys: list[str]) -> None:
    """RemoveTagsFromResource."""
    client.remove_tags_from_resource(ResourceType=kind, ResourceId=resource_id, TagKeys=keys)


def change_tags(aws: Connection, kind: str, resource_id: str, to_set: dict[str, str], to_remove: list[str]) -> None:
    """AddTagsToResource and RemoveTagsFromResource, each only when there is something for it to do."""
    if to_set:
        add_tags(aws, kind=kind, resource_id=resource_id, tags=to_set)
    if to_remove:
        remove_tags(aws, kind=kind, resource_id=resource_id, keys=to_remove)
