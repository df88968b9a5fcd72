# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Targets as they are kept, and how healthy they are."""

from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from local_aws.fleet import machine as machines
from local_aws.framework import clock
from local_aws.framework import perf
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
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


def elb_backend(ctx: Context) -> Any:
    return elbv2_backends[ctx.account][ctx.region]


def group_of(ctx: Context, arn: str) -> Any:
    found = elb_backend(ctx).target_groups.get(arn)
    if found is None:
        raise AwsError("TargetGroupNotFoundException", f"Target groups '{arn}' not found")
    return found


def targets_of(ctx: Context, group: Any) -> dict[tuple[str, int], Target]:
    """The targets of a group, without those whose drain has ended."""
    kept = state.store(ctx.account, ctx.region, "targets").setdefault(group.arn, {})
    for key, target in list(kept.items()):
        if target.drained is not None and not drains(ctx, group, target):
            del kept[key]
    return kept


def drains(ctx: Context, group: Any, target: Target) -> bool:
    machine = machine_of(ctx, target.id)
    if machine is not None and machine.behaviours["drain_hangs"]:
        return True
    delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
    return clock.timestamp() < (target.drained or 0) + delay


def machine_of(ctx: Context, target: str) -> Any:
    instance = instance_of(ctx, target)
    return machines.machine(ctx.account, ctx.region, instance.id) if instance is not None else None


def instance_of(ctx: Context, target: str) -> Any:
    known = perf.index(ec2_backends[ctx.account][ctx.region])
    if target.startswith("i-"):
        return known.get(target)
    return next((one for one in known.values() if one.private_ip == target), None)


def health_of(ctx: Context, group: Any, target: Target) -> tuple[str, str | None, str | None]:
    if target.drained is not None:
        return DRAINING
    zones = _zones(ctx, group.arn)
    if zones is None:
        return UNUSED
    instance = instance_of(ctx, target.id)
    if instance is not None and instance.state in ("stopped", "terminated"):
        return STOPPED
    if instance is not None and instance.placement.zone not in zones:
        return NO_ZONE
    if not group.health_check_enabled:
        return DISABLED
    machine = machine_of(ctx, target.id)
    return HEALTHY if machine is None else judge(machine.serving_changes, target.since, _rules(group))


def _zones(ctx: Context, arn: str) -> set[str] | None:
    """Zones of the load balancers that send traffic to a group; None when there is none."""
    found = None
    for balancer in elb_backend(ctx).load_balancers.values():
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
