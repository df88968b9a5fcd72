# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Target groups of a scenario: each behind a load balancer of its own, its machines registered for as long as they run."""

from typing import Any

from local_aws.elbv2 import model as elbv2_model
from local_aws.framework import inproc
from local_aws.framework import state

# targets: names of fleet entries. interval, delay: seconds of a health check and of draining. balanced: behind a load balancer.
TARGET_GROUP = {"name", "targets", "port", "interval", "delay", "balanced"}


def seed(account: str, region: str, groups: list[dict], machines: list[dict], registered: float) -> None:
    """registered: when the targets were, so that they are healthy from the start."""
    for spec in groups:
        arn = _group(inproc.client("elbv2", account, region, source="scenario"), account, region, spec)
        port = int(spec.get("port", 80))
        known = state.store(account, region, "targets").setdefault(arn, {})
        for number in _chosen(machines, spec.get("targets") or []):
            known[number, port] = elbv2_model.Target(number, port, registered)


def _group(client: Any, account: str, region: str, spec: dict) -> str:
    ec2 = inproc.client("ec2", account, region, source="scenario")
    subnets = [one for one in ec2.describe_subnets()["Subnets"] if one["DefaultForAz"]]
    made = client.create_target_group(
        Name=spec["name"],
        Protocol="HTTP",
        Port=int(spec.get("port", 80)),
        VpcId=subnets[0]["VpcId"],
        HealthCheckIntervalSeconds=int(spec.get("interval", 30)),
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(spec.get("delay", 300))}
    client.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    if spec.get("balanced", True):
        chosen = [one["SubnetId"] for one in subnets]
        balancer = client.create_load_balancer(Name=spec["name"], Subnets=chosen)["LoadBalancers"][0]["LoadBalancerArn"]
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        client.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    return arn


def _chosen(machines: list[dict], names: list[str]) -> list[str]:
    """Ids of the machines of these fleet entries: `web` is also web-1, web-2."""
    return [one["instance_id"] for one in machines if one["name"] in names or _entry(one["name"]) in names]


def _entry(name: str) -> str:
    front, _dash, number = name.rpartition("-")
    return front if number.isdigit() else name
