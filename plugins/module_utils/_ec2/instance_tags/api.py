# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags of instances: one function is one API operation."""

from __future__ import annotations

from typing import Any

from ..._core.calls import api_call
from ..._core.retry import PROTECTED
from ..._core.tags import to_wire as tags_to_wire
from ..instances.api import NO_INSTANCE

# CreateTags takes 1000 and recommends smaller batches.
TAGGED_AT_ONCE = 200


@api_call("tag {instance_ids}", PROTECTED, missing=NO_INSTANCE)
def create_tags(client: Any, instance_ids: list[str], tags: dict[str, str]) -> None:
    """CreateTags: adds or overwrites these tags on at most TAGGED_AT_ONCE instances."""
    client.create_tags(Resources=instance_ids, Tags=tags_to_wire(tags))
