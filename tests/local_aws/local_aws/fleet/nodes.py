# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How the fleet sees moto's EC2 instances, and the hybrid nodes beside them."""

from typing import Any

from moto.ec2.models import ec2_backends

from local_aws.framework import perf
from local_aws.framework import state

GONE = ("shutting-down", "terminated")


def instances(account: str, region: str) -> dict[str, Any]:
    """All EC2 instances of an account and Region by id, in the order of their start, and its hybrid nodes."""
    found, others = perf.index(ec2_backends[account][region]), hybrids(account, region)
    return {**found, **others} if others else found


def hybrids(account: str, region: str) -> dict[str, Any]:
    """The hybrid nodes of an account and Region by id (see hybrid.Node)."""
    return state.store(account, region, "hybrid_nodes")


def is_hybrid(found: Any) -> bool:
    return found.id.startswith("mi-")


def instance(account: str, region: str, instance_id: str) -> Any | None:
    """The moto instance (or hybrid node), None when there never was one."""
    if instance_id.startswith("mi-"):
        return hybrids(account, region).get(instance_id)
    return perf.index(ec2_backends[account][region]).get(instance_id)


def state_of(found: Any) -> str:
    """running, stopped, terminated, ..."""
    return found._state.name


def tags_of(found: Any) -> dict[str, str]:
    """The tags of an instance (of EC2), or of a hybrid node (of Systems Manager)."""
    if is_hybrid(found):
        return found.tags
    return found.ec2_backend.tags.get(found.id) or {}


def patch_group(tags: dict[str, str]) -> str:
    """The patch group that a node's tags name, empty when none (keys exactly "Patch Group" or "PatchGroup")."""
    return tags.get("Patch Group") or tags.get("PatchGroup") or ""


def matches_tag(tags: dict[str, str], key: str, values: list[str]) -> bool:
    """Whether tags fit a filter with key tag:NAME or tag-key (values = names of keys)."""
    if key == "tag-key":
        return any(value in tags for value in values)
    name = key[len("tag:") :]
    return name in tags and tags[name] in values
