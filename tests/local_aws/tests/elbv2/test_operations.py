# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from local_aws.scenario import seed as scenario

from ..helpers import ids
from ..helpers import install
from ..helpers import refused

CHECKS = {"HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 3, "UnhealthyThresholdCount": 2}


@pytest.fixture
def elb(server):
    return server.client("elbv2")


@pytest.fixture
def group(server, ec2, elb):
    """A target group behind a load balancer of two zones, with both web machines."""
    subnets = ec2.describe_subnets()["Subnets"]
    chosen = [one["SubnetId"] for one in subnets if one["AvailabilityZone"] in ("us-east-1a", "us-east-1b")]
    arn = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], **CHECKS)
    arn = arn["TargetGroups"][0]["TargetGroupArn"]
    balancer = elb.create_load_balancer(Name="front", Subnets=chosen)["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": number} for number in web(server)])
    return arn


def web(server):
    return [number for name, number in ids(server).items() if name.startswith("web")]


def health(elb, group, *targets):
    """{instance id: (state, reason)}"""
    wanted = {"Targets": [{"Id": number} for number in targets]} if targets else {}
    found = elb.describe_target_health(TargetGroupArn=group, **wanted)["TargetHealthDescriptions"]
    return {one["Target"]["Id"]: (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found}


def test_initial_then_healthy(server, elb, group):
    assert set(health(elb, group).values()) == {("initial", "Elb.InitialHealthChecking")}
    server.clock(advance=11)
    assert set(health(elb, group).values()) == {("healthy", None)}


def test_a_reboot_is_seen_and_forgiven_after_the_thresholds(server, ec2, elb, group):
    one, two = web(server)
    server.clock(advance=11)
    ec2.reboot_instances(InstanceIds=[one])
    server.clock(advance=15)
    assert health(elb, group, one)[one][0] == "healthy"  # one failed check is not enough
    server.clock(advance=10)
    assert health(elb, group) == {one: ("unhealthy", "Target.FailedHealthChecks"), two: ("healthy", None)}
    server.clock(advance=45)  # up again since 10 seconds: three checks are needed
    assert health(elb, group, one)[one][0] == "unhealthy"
    server.clock(advance=25)
    assert health(elb, group, one)[one][0] == "healthy"


def test_stopped_and_started(server, ec2, elb, group):
    one, _ = web(server)
    server.clock(advance=11)
    ec2.stop_instances(InstanceIds=[one])
    assert health(elb, group, one)[one] == ("unused", "Target.InvalidState")
    server.clock(advance=60)
    ec2.start_instances(InstanceIds=[one])
    server.clock(advance=30)
    assert health(elb, group, one)[one][0] == "unhealthy"
    server.clock(jump="idle")
    server.clock(advance=31)
    assert health(elb, group, one)[one] == ("healthy", None)


def test_the_agent_alone_does_not_matter(server, elb, group):
    one, _ = web(server)
    server.set_machine(one, agent="lost")
    server.clock(advance=600)
    assert health(elb, group, one)[one] == ("healthy", None)
    server.set_machine(one, unhealthy=True)
    server.clock(advance=21)
    assert health(elb, group, one)[one] == ("unhealthy", "Target.FailedHealthChecks")
    server.set_machine(one, unhealthy=False)
    server.clock(advance=31)
    assert health(elb, group, one)[one] == ("healthy", None)


def test_patching_and_a_lost_root_volume_show(server, ec2, elb, group):
    one, _ = web(server)
    server.clock(advance=11)
    install(server, [one])
    assert health(elb, group, one)[one][0] == "unhealthy"  # it has just come back
    server.clock(advance=31)
    server.set_machine(one, root_replace_failed_detached=1)
    ec2.create_replace_root_volume_task(InstanceId=one)
    server.clock(jump="idle")
    server.clock(advance=60)
    assert health(elb, group, one)[one][0] == "unhealthy"


def test_draining_takes_the_delay(server, elb, group):
    one, two = web(server)
    elb.modify_target_group_attributes(
        TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "120"}]
    )
    server.clock(advance=11)
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one}])
    assert health(elb, group)[one] == ("draining", "Target.DeregistrationInProgress")
    server.clock(advance=119)
    assert health(elb, group)[one][0] == "draining"
    server.clock(advance=2)
    assert set(health(elb, group)) == {two}
    assert health(elb, group, one)[one] == ("unused", "Target.NotRegistered")
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one}])  # not there: no error
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": one}])
    assert health(elb, group)[one][0] == "initial"


def test_a_drain_can_be_taken_back_and_can_hang(server, elb, group):
    one, two = web(server)
    server.clock(advance=11)
    server.set_machine(two, drain_hangs=True)
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": one}, {"Id": two}])
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": one}])
    server.clock(advance=3600)
    assert health(elb, group) == {one: ("healthy", None), two: ("draining", "Target.DeregistrationInProgress")}
    server.set_machine(two, drain_hangs=False)
    assert set(health(elb, group)) == {one}


def test_a_group_without_a_load_balancer_is_not_in_use(server, ec2, elb):
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    alone = elb.create_target_group(Name="alone", Protocol="TCP", Port=5432, VpcId=vpc)
    alone = alone["TargetGroups"][0]["TargetGroupArn"]
    one, _ = web(server)
    elb.register_targets(TargetGroupArn=alone, Targets=[{"Id": one}])
    assert health(elb, alone)[one] == ("unused", "Target.NotInUse")
    elb.deregister_targets(TargetGroupArn=alone, Targets=[{"Id": one}])
    assert health(elb, alone) == {}


def test_refusals(server, ec2, elb, group):
    one, _ = web(server)
    with refused("TargetGroupNotFound"):
        health(elb, group + "0")
    with refused("InvalidTarget"):
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "i-0123456789abcdef0"}])
    ec2.stop_instances(InstanceIds=[one])
    with refused("InvalidTarget", "running state"):
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": one, "Port": 8080}])


def test_alarms_are_what_somebody_sets_them_to(server):
    watch = server.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="orders-down", Namespace="Shop", MetricName="Orders", Statistic="Sum", Period=60, Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="LessThanThreshold",
    )  # fmt: skip

    def state():
        return watch.describe_alarms(AlarmNames=["orders-down"])["MetricAlarms"][0]["StateValue"]

    for value in ("ALARM", "OK", "INSUFFICIENT_DATA"):
        watch.set_alarm_state(AlarmName="orders-down", StateValue=value, StateReason="test")
        assert state() == value
    assert watch.describe_alarms(AlarmNames=["unknown"])["MetricAlarms"] == []
    with refused("ResourceNotFound"):
        watch.set_alarm_state(AlarmName="unknown", StateValue="OK", StateReason="test")


def test_target_groups_of_a_scenario_are_there_and_healthy_from_the_start(server):
    scene = {
        "fleet": [
            {"name": "web", "count": 2, "platform": "rhel-9"},
            {"name": "off", "platform": "rhel-9", "state": "stopped"},
        ],
        "target_groups": [
            {"name": "web", "targets": ["web", "off"], "delay": 60},
            {"name": "alone", "targets": ["off"], "balanced": False},
        ],
    }
    server.reset(scene)
    client, number = server.client("elbv2"), ids(server)
    arns = {one["TargetGroupName"]: one["TargetGroupArn"] for one in client.describe_target_groups()["TargetGroups"]}
    assert health(client, arns["web"]) == {
        number["web-1"]: ("healthy", None),
        number["web-2"]: ("healthy", None),
        number["off"]: ("unused", "Target.InvalidState"),
    }
    assert health(client, arns["alone"]) == {number["off"]: ("unused", "Target.NotInUse")}
    client.deregister_targets(TargetGroupArn=arns["web"], Targets=[{"Id": number["web-1"]}])
    server.clock(advance=61)
    assert set(health(client, arns["web"])) == {number["web-2"], number["off"]}


def test_a_target_group_with_an_unknown_key_is_refused():
    with pytest.raises(scenario.ScenarioError, match=r"unknown key 'target' in target_groups\[0\]"):
        scenario.load({"target_groups": [{"name": "web", "target": ["web"]}]})
