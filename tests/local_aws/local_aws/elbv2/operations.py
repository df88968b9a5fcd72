# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Targets of target groups: registered, drained, and as healthy as the machines behind them.

moto holds load balancers, listeners and target groups. Source: Elastic Load Balancing API DescribeTargetHealth,
TargetHealth, RegisterTargets, DeregisterTargets; user guides "Target group health checks", "Deregistration delay".
"""

from typing import Any

from local_aws.elbv2.model import GONE
from local_aws.elbv2.model import Target
from local_aws.elbv2.model import group_of
from local_aws.elbv2.model import health_of
from local_aws.elbv2.model import instance_of
from local_aws.elbv2.model import targets_of
from local_aws.framework import clock
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op


def _wanted(group: Any, params: dict) -> list[tuple[str, int]]:
    return [(one["Id"], int(one.get("Port") or group.port or 0)) for one in params.get("Targets") or []]


@op("elbv2", "RegisterTargets")
def register_targets(ctx: Context, params: dict) -> dict:
    """A target that is draining is taken back."""
    group = group_of(ctx, params["TargetGroupArn"])
    wanted = _wanted(group, params)
    if group.target_type == "instance":
        states = {number: getattr(instance_of(ctx, number), "state", None) for number, _ in wanted}
        unknown = sorted(number for number, found in states.items() if found is None)
        if unknown:
            raise AwsError("InvalidTargetException", f"The following targets do not exist: '{', '.join(unknown)}'")
        stopped = sorted(number for number, found in states.items() if found != "running")
        if stopped:
            text = "The following targets are not in a running state and cannot be registered:"
            raise AwsError("InvalidTargetException", f"{text} '{', '.join(stopped)}'")
    kept = targets_of(ctx, group)
    for number, port in wanted:
        if (number, port) not in kept or kept[number, port].drained is not None:
            kept[number, port] = Target(number, port, clock.timestamp())
    return {}


@op("elbv2", "DeregisterTargets")
def deregister_targets(ctx: Context, params: dict) -> dict:
    """Targets that are not registered are passed over; without a port all registrations of the id go."""
    group = group_of(ctx, params["TargetGroupArn"])
    kept = targets_of(ctx, group)
    for one in params["Targets"]:
        for key, target in list(kept.items()):
            if key[0] != one["Id"] or one.get("Port") not in (None, key[1]) or target.drained is not None:
                continue
            if health_of(ctx, group, target)[0] == "unused":
                del kept[key]
            else:
                target.drained = clock.timestamp()
    return {}


@op("elbv2", "DescribeTargetHealth")
def describe_target_health(ctx: Context, params: dict) -> dict:
    group = group_of(ctx, params["TargetGroupArn"])
    kept = targets_of(ctx, group)
    wanted = _wanted(group, params) or list(kept)
    found = []
    for number, port in wanted:
        target = kept.get((number, port))
        health = health_of(ctx, group, target) if target else GONE
        names = ("State", "Reason", "Description")
        found.append(
            {
                "Target": {"Id": number, "Port": port},
                "HealthCheckPort": _check_port(group, port),
                "TargetHealth": {name: text for name, text in zip(names, health, strict=True) if text},
            }
        )
    return {"TargetHealthDescriptions": found}


def _check_port(group: Any, port: int) -> str:
    given = str(group.health_check_port or "traffic-port")
    return str(port) if given == "traffic-port" else given
