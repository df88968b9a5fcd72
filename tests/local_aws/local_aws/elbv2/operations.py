# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Targets of target groups: registered, drained, and as healthy as the machines behind them.

moto holds load balancers, listeners and target groups. Source: Elastic Load Balancing API DescribeTargetHealth,
TargetHealth, RegisterTargets, DeregisterTargets; user guides "Target group health checks", "Deregistration delay".
"""

from dataclasses import dataclass
from typing import Any

from local_aws.fleet import machine as machines
from local_aws.framework import clock
from local_aws.framework import perf
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume

INITIAL = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
FAILED = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
GONE = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
UNUSED = ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
NO_ZONE = ("unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer")
STOPPED = ("unused", "Target.InvalidState", "Target is in the stopped state")
DISABLED = ("unavailable", "Target.HealthCheckDisabled", "Health checks are disabled for this target")
HEALTHY = ("healthy", None, None)

assume(
    "target-first-check",
    "A new target is healthy after one interval in which its machine served, unhealthy after UnhealthyThresholdCount"
    " intervals in which it did not; later HealthyThresholdCount and UnhealthyThresholdCount count. Timeouts add nothing.",
    "Application Load Balancer guide, health checks: thresholds are of consecutive checks",
)
assume(
    "target-serves",
    "A machine serves while its operating system runs, the agent does not matter; the behaviour unhealthy stops it.",
    "an invention of the local AWS",
)
assume(
    "target-drain-hangs",
    "With the machine's behaviour drain_hangs a target stays draining beyond the deregistration delay.",
    "an invention of the local AWS: AWS always ends a drain at the delay",
)


@dataclass
class Target:
    """One registration. drained: when deregistration was asked for."""

    id: str
    port: int
    since: float
    drained: float | None = None


def _backend(ctx: Context) -> Any:
    from moto.elbv2.models import elbv2_backends

    return elbv2_backends[ctx.account][ctx.region]


def _group(ctx: Context, arn: str) -> Any:
    found = _backend(ctx).target_groups.get(arn)
    if found is None:
        raise AwsError("TargetGroupNotFoundException", f"Target groups '{arn}' not found")
    return found


def _targets(ctx: Context, group: Any) -> dict[tuple[str, int], Target]:
    """The targets of a group, without those whose drain has ended."""
    kept = state.store(ctx.account, ctx.region, "targets").setdefault(group.arn, {})
    for key, target in list(kept.items()):
        if target.drained is not None and not _drains(ctx, group, target):
            del kept[key]
    return kept


def _drains(ctx: Context, group: Any, target: Target) -> bool:
    machine = _machine(ctx, target.id)
    if machine is not None and machine.behaviours["drain_hangs"]:
        return True
    delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
    return clock.timestamp() < (target.drained or 0) + delay


def _machine(ctx: Context, target: str) -> Any:
    instance = _instance(ctx, target)
    return machines.machine(ctx.account, ctx.region, instance.id) if instance is not None else None


def _instance(ctx: Context, target: str) -> Any:
    known = perf.index(_ec2(ctx))
    if target.startswith("i-"):
        return known.get(target)
    return next((one for one in known.values() if one.private_ip == target), None)


def _ec2(ctx: Context) -> Any:
    from moto.ec2.models import ec2_backends

    return ec2_backends[ctx.account][ctx.region]


def _wanted(group: Any, params: dict) -> list[tuple[str, int]]:
    return [(one["Id"], int(one.get("Port") or group.port or 0)) for one in params.get("Targets") or []]


@op("elbv2", "RegisterTargets")
def register_targets(ctx: Context, params: dict) -> dict:
    """A target that is draining is taken back."""
    group = _group(ctx, params["TargetGroupArn"])
    wanted = _wanted(group, params)
    if group.target_type == "instance":
        states = {number: getattr(_instance(ctx, number), "state", None) for number, _ in wanted}
        unknown = sorted(number for number, found in states.items() if found is None)
        if unknown:
            raise AwsError("InvalidTargetException", f"The following targets do not exist: '{', '.join(unknown)}'")
        stopped = sorted(number for number, found in states.items() if found != "running")
        if stopped:
            text = "The following targets are not in a running state and cannot be registered:"
            raise AwsError("InvalidTargetException", f"{text} '{', '.join(stopped)}'")
    kept = _targets(ctx, group)
    for number, port in wanted:
        if (number, port) not in kept or kept[number, port].drained is not None:
            kept[number, port] = Target(number, port, clock.timestamp())
    return {}


@op("elbv2", "DeregisterTargets")
def deregister_targets(ctx: Context, params: dict) -> dict:
    """Targets that are not registered are passed over; without a port all registrations of the id go."""
    group = _group(ctx, params["TargetGroupArn"])
    kept = _targets(ctx, group)
    for one in params["Targets"]:
        for key, target in list(kept.items()):
            if key[0] != one["Id"] or one.get("Port") not in (None, key[1]) or target.drained is not None:
                continue
            if _health(ctx, group, target)[0] == "unused":
                del kept[key]
            else:
                target.drained = clock.timestamp()
    return {}


@op("elbv2", "DescribeTargetHealth")
def describe_target_health(ctx: Context, params: dict) -> dict:
    group = _group(ctx, params["TargetGroupArn"])
    kept = _targets(ctx, group)
    wanted = _wanted(group, params) or list(kept)
    found = []
    for number, port in wanted:
        target = kept.get((number, port))
        health = _health(ctx, group, target) if target else GONE
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


def _health(ctx: Context, group: Any, target: Target) -> tuple[str, str | None, str | None]:
    if target.drained is not None:
        return DRAINING
    zones = _zones(ctx, group.arn)
    if zones is None:
        return UNUSED
    instance = _instance(ctx, target.id)
    if instance is not None and instance.state in ("stopped", "terminated"):
        return STOPPED
    if instance is not None and instance.placement.zone not in zones:
        return NO_ZONE
    if not group.health_check_enabled:
        return DISABLED
    machine = _machine(ctx, target.id)
    return HEALTHY if machine is None else judge(machine.serving_changes, target.since, _rules(group))


def _zones(ctx: Context, arn: str) -> set[str] | None:
    """Zones of the load balancers that send traffic to a group; None when there is none."""
    found = None
    for balancer in _backend(ctx).load_balancers.values():
        rules = [rule for listener in balancer.listeners.values() for rule in listener.rules.values()]
        if any(arn in str(action.data) for rule in rules for action in rule.actions):
            found = (found or set()) | {subnet.availability_zone for subnet in balancer.subnets}
    return found


def _rules(group: Any) -> tuple[float, float, float]:
    """Seconds of serving until a new target is healthy, until one that failed is; of silence until it is unhealthy."""
    every = float(group.health_check_interval_seconds)
    return every, every * int(group.healthy_threshold_count), every * int(group.unhealthy_threshold_count)


def judge(
    changes: list[tuple[float, bool]], since: float, rules: tuple[float, float, float]
) -> tuple[str, str | None, str | None]:
    """The health now of a target registered then. changes: when its machine began and ceased to serve, oldest first."""
    first, again, silence = rules
    now, verdict = clock.timestamp(), INITIAL
    for number, (moment, serves) in enumerate(changes):
        until = changes[number + 1][0] if number + 1 < len(changes) else now
        lasted = until - max(moment, since)
        if lasted < 0:
            continue
        if serves and lasted >= (first if verdict is INITIAL else again):
            verdict = HEALTHY
        elif not serves and lasted >= silence:
            verdict = FAILED
    return verdict
