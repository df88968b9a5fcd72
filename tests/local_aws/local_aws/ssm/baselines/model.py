# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines of an account and Region: which is the default, which belongs to which patch group. State only."""

from typing import Any

from local_aws.fleet import nodes
from local_aws.framework import state
from local_aws.ssm.baselines import defaults


class Book:
    """own: {id: baseline}; default: {operating system: id or ARN}; groups: {(group, operating system): id or ARN}."""

    def __init__(self) -> None:
        self.own: dict[str, dict] = {}
        self.default: dict[str, str] = {}
        self.groups: dict[tuple[str, str], str] = {}
        self.tokens: dict[str, tuple[Any, str]] = {}


def book(account: str, region: str) -> Book:
    return state.store(account, region, "patch_baselines", Book)


def find(account: str, region: str, baseline_id: str) -> dict | None:
    """The baseline of an id of this account, or of an ARN of this account or of AWS; None when there is none."""
    known = book(account, region)
    if baseline_id in known.own:
        return known.own[baseline_id]
    if not baseline_id.startswith("arn:"):
        return None
    owned = defaults.owned(region)
    if baseline_id in owned:
        return owned[baseline_id]
    prefix = f"arn:aws:ssm:{region}:{account}:patchbaseline/"
    return known.own.get(baseline_id.removeprefix(prefix)) if baseline_id.startswith(prefix) else None


def default_id(account: str, region: str, system: str) -> str:
    """Id or ARN of the default baseline of an operating system."""
    return book(account, region).default.get(system) or defaults.default_arn(region, system)


def baseline_of(account: str, region: str, system: str, group: str) -> tuple[dict, bool]:
    """(baseline, whether the patch group is registered with it): group -> its baseline, else the system's default.

    A group that is registered with no baseline uses the default, silently (user guide "Patch groups").
    """
    known = book(account, region)
    registered = known.groups.get((group, system)) if group else None
    found = find(account, region, registered or default_id(account, region, system))
    return found, registered is not None


def short_id(baseline: dict) -> str:
    """pb-... also for an AWS-owned baseline."""
    return baseline["BaselineId"].rpartition("/")[2]


def groups_of(account: str, region: str, baseline_id: str) -> list[str]:
    """Patch groups registered with a baseline, sorted."""
    return sorted(group for (group, _), found in book(account, region).groups.items() if found == baseline_id)


def members(account: str, region: str, group: str) -> list[str]:
    """Ids of instances whose tags name the patch group, terminated ones aside."""
    return [
        instance_id
        for instance_id, found in nodes.instances(account, region).items()
        if nodes.state_of(found) not in nodes.GONE and nodes.patch_group(nodes.tags_of(found)) == group
    ]
