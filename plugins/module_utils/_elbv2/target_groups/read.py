# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Target groups with their targets and the health of each."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import UnknownStatus
from . import api

# Source: Elastic Load Balancing API reference, TargetHealth.
STATES = ("initial", "healthy", "unhealthy", "unhealthy.draining", "unused", "draining", "unavailable")


def read(aws: Connection, wanted: list[str]) -> list[dict]:
    """{name, arn, target_type, port, protocol, balanced, targets: [{id, port, state, reason}]} of the groups, in their order.

    wanted: names or ARNs; empty takes every group for instances that has a load balancer. balanced: whether it has one. A target of
    type instance is an instance id. Calls: one for 400 groups of the Region, and one for each group.

    Raises InvalidInput for an empty name, NotFound naming every group that does not exist, UnknownStatus.
    """
    if not all(name.strip() for name in wanted):
        raise InvalidInput("target_groups: names must not be empty")
    known = api.list_target_groups(aws)
    return [_model(aws, group) for group in (_named(known, wanted) if wanted else _in_use(known))]


def _in_use(known: list[dict]) -> list[dict]:
    used = [group for group in known if group.get("LoadBalancerArns") and group.get("TargetType") == "instance"]
    return sorted(used, key=lambda group: group["TargetGroupName"])


def _named(known: list[dict], wanted: list[str]) -> list[dict]:
    by_name = {group[key]: group for group in known for key in ("TargetGroupName", "TargetGroupArn")}
    missing = [name for name in wanted if name not in by_name]
    if missing:
        raise NotFound(
            f"target_groups: no such target group: {', '.join(missing)}",
            code="no_target_group",
            details={"missing": missing},
        )
    return list({by_name[name]["TargetGroupArn"]: by_name[name] for name in wanted}.values())


def _model(aws: Connection, group: dict) -> dict:
    name = group["TargetGroupName"]
    return {
        "name": name,
        "arn": group["TargetGroupArn"],
        "target_type": group.get("TargetType") or "",
        "port": group.get("Port") or 0,  # a function has none
        "protocol": group.get("Protocol") or "",
        "balanced": bool(group.get("LoadBalancerArns")),
        "targets": [_target(name, one) for one in api.target_health(aws, arn=group["TargetGroupArn"])],
    }


def _target(name: str, described: dict) -> dict:
    target, health = described["Target"], described["TargetHealth"]
    if health.get("State") not in STATES:
        raise UnknownStatus(f"target {target['Id']} of {name} has the state {health.get('State')!r}")
    return {
        "id": target["Id"],
        "port": target.get("Port") or 0,
        "state": health["State"],
        "reason": health.get("Reason") or "",
    }
