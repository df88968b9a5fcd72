# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Composite alarms follow the alarms of their rule; the examples are those of API PutCompositeAlarm."""

import pytest

from local_aws.cloudwatch import rules as alarm_rules
from local_aws.framework.registry import AwsError

from ..helpers import refused

CHILDREN = ("cpu", "disk", "network", "deploying")
BOTH = ["MetricAlarm", "CompositeAlarm"]


@pytest.fixture(name="watch")
def fixture_watch(server):
    client = server.client("cloudwatch")
    for name in CHILDREN:
        client.put_metric_alarm(
            AlarmName=name, Namespace="Shop", MetricName="Orders", Statistic="Sum", Period=60, Threshold=1,
            EvaluationPeriods=1, ComparisonOperator="LessThanThreshold", AlarmActions=["arn:aws:sns:us-east-1:1:x"],
        )  # fmt: skip
    return client


def is_now(watch, **states):
    for name, state in states.items():
        watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def composite(watch, name="shop"):
    (found,) = watch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return found


@pytest.mark.parametrize(
    ("rule", "states", "expected"),
    [
        ("ALARM(cpu) AND ALARM(disk)", {"cpu": "ALARM"}, "OK"),
        ("ALARM(cpu) AND ALARM(disk)", {"cpu": "ALARM", "disk": "ALARM"}, "ALARM"),
        ("ALARM(cpu) AND NOT ALARM(deploying)", {"cpu": "ALARM"}, "ALARM"),
        ("ALARM(cpu) AND NOT ALARM(deploying)", {"cpu": "ALARM", "deploying": "ALARM"}, "OK"),
        ('(ALARM("cpu") OR ALARM( disk )) AND OK(network)', {"disk": "ALARM"}, "ALARM"),
        ("(ALARM(cpu) OR ALARM(disk)) AND OK(network)", {"disk": "ALARM", "network": "ALARM"}, "OK"),
        ("INSUFFICIENT_DATA(cpu) OR FALSE", {"cpu": "INSUFFICIENT_DATA"}, "ALARM"),
        ("NOT (OK(cpu) OR OK(disk))", {"cpu": "ALARM"}, "OK"),
        ("ALARM(cpu) OR ALARM(disk) AND FALSE", {"cpu": "ALARM"}, "ALARM"),
        ("false", {}, "OK"),
        ("TRUE", {}, "ALARM"),
    ],
)
def test_the_state_is_what_the_rule_says_of_the_children(watch, rule, states, expected):
    watch.put_composite_alarm(AlarmName="shop", AlarmRule=rule)
    is_now(watch, **states)
    assert composite(watch)["StateValue"] == expected
    assert composite(watch)["AlarmRule"] == rule


def test_it_follows_later_changes_and_says_which_alarm_changed(watch):
    arn = watch.describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]["AlarmArn"]
    watch.put_composite_alarm(AlarmName="shop", AlarmRule=f"ALARM({arn}) OR ALARM(disk)", AlarmDescription="orders")
    watch.put_composite_alarm(AlarmName="company", AlarmRule="ALARM(shop)")
    assert "rule evaluates to OK" in composite(watch)["StateReason"]
    is_now(watch, cpu="ALARM")
    found = composite(watch, "company")
    assert (found["StateValue"], composite(watch)["StateValue"]) == ("ALARM", "ALARM")
    assert ":alarm:shop transitioned to ALARM at " in found["StateReason"]
    is_now(watch, cpu="OK")
    assert composite(watch, "company")["StateValue"] == "OK"
    assert composite(watch)["AlarmDescription"] == "orders"


def test_a_state_that_was_set_holds_until_a_child_changes(watch):
    watch.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(cpu)")
    is_now(watch, shop="ALARM")
    assert composite(watch)["StateValue"] == "ALARM" and composite(watch)["StateReason"] == "test"
    is_now(watch, cpu="INSUFFICIENT_DATA")
    assert composite(watch)["StateValue"] == "OK"
    is_now(watch, shop="ALARM")
    watch.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(disk)")
    assert composite(watch)["StateValue"] == "OK", "an update evaluates again"


def test_a_cycle_stops_the_evaluation_and_cannot_be_deleted(watch):
    watch.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(cpu)")
    watch.put_composite_alarm(AlarmName="company", AlarmRule="ALARM(shop)")
    watch.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(company) OR ALARM(cpu)")
    is_now(watch, cpu="ALARM")
    assert composite(watch)["StateValue"] in ("OK", "ALARM")
    for name in ("shop", "company"):
        with refused("ValidationError", "depending on it"):
            watch.delete_alarms(AlarmNames=[name])
    watch.put_composite_alarm(AlarmName="shop", AlarmRule="false")
    watch.delete_alarms(AlarmNames=["company"])
    watch.delete_alarms(AlarmNames=["shop", "cpu"])


def test_it_is_listed_only_when_asked_for(watch):
    watch.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(cpu) OR ALARM(disk)")
    names = ["cpu", "shop", "gone"]
    plain = watch.describe_alarms(AlarmNames=names)
    assert [one["AlarmName"] for one in plain["MetricAlarms"]] == ["cpu"] and plain["CompositeAlarms"] == []
    metric = plain["MetricAlarms"][0]
    assert (metric["Threshold"], metric["Period"], metric["AlarmActions"]) == (1, 60, ["arn:aws:sns:us-east-1:1:x"])
    both = watch.describe_alarms(AlarmNames=names, AlarmTypes=BOTH)
    assert len(both["MetricAlarms"]) == len(both["CompositeAlarms"]) == 1
    pages = list(watch.get_paginator("describe_alarms").paginate(AlarmTypes=BOTH, PaginationConfig={"PageSize": 2}))
    assert [len(page["MetricAlarms"] + page["CompositeAlarms"]) for page in pages] == [2, 2, 1]
    assert len(watch.describe_alarms(StateValue="ALARM", AlarmTypes=BOTH)["MetricAlarms"]) == 0
    children = watch.describe_alarms(ChildrenOfAlarmName="shop")
    assert [one["AlarmName"] for one in children["MetricAlarms"]] == ["cpu", "disk"]
    parents = watch.describe_alarms(ParentsOfAlarmName="cpu")
    assert [one["AlarmName"] for one in parents["CompositeAlarms"]] == ["shop"]
    with refused("ValidationError"):
        watch.describe_alarms(ChildrenOfAlarmName="shop", AlarmTypes=BOTH)


def test_what_is_refused(watch):
    for rule in ("ALARM(cpu) AND", "ALARM(cpu", "cpu", "ALARM(cpu) ALARM(disk)", "(ALARM(cpu)", "NOT"):
        with refused("ValidationError", "invalid syntax"):
            watch.put_composite_alarm(AlarmName="shop", AlarmRule=rule)
    with refused("ValidationError", "alarms [gone] in the alarm rule do not exist"):
        watch.put_composite_alarm(AlarmName="shop", AlarmRule="ALARM(cpu) OR OK(gone)")
    with refused("ValidationError", "another type"):
        watch.put_composite_alarm(AlarmName="cpu", AlarmRule="TRUE")
    for name in ("shop", "stock"):
        watch.put_composite_alarm(AlarmName=name, AlarmRule="ALARM(cpu) OR ALARM(disk)")
    with refused("ValidationError", "Cannot delete cpu,disk as there are composite alarm(s) depending on them."):
        watch.delete_alarms(AlarmNames=["cpu", "disk", "network"])
    with refused("ValidationError", "one composite"):
        watch.delete_alarms(AlarmNames=["shop", "stock"])
    assert len(watch.describe_alarms()["MetricAlarms"]) == len(CHILDREN)


def test_a_rule_has_limits():
    assert len(alarm_rules.read(" OR ".join(f"ALARM(a{number})" for number in range(100))).names) == 100
    for rule in (" OR ".join(f"ALARM(a{number})" for number in range(101)), " OR ".join(["TRUE"] * 501)):
        with pytest.raises(AwsError, match="LimitExceeded"):
            alarm_rules.read(rule)
