# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Associations run: at their creation, by their schedules, when asked to, with rate control and to their statuses."""

import pytest

from .conftest import WEB

ALL = [{"Key": "InstanceIds", "Values": ["*"]}]
SCAN = {"Name": "AWS-RunPatchBaseline", "Parameters": {"Operation": ["Scan"]}}


def test_at_the_creation_and_by_the_schedule(lab):
    made = lab.make(**SCAN, ScheduleExpression="cron(0 4 ? * * *)")
    assert lab.get(made)["Overview"]["Status"] == "Pending"
    lab.settle()
    found = lab.get(made)
    assert found["Overview"] == {
        "Status": "Success",
        "DetailedStatus": "Success",
        "AssociationStatusAggregatedCount": {"Success": 3},
    }
    lab.days(2)
    assert lab.times(made) == ["03-10 02:00", "03-10 04:00", "03-11 04:00"]
    assert lab.get(made)["LastSuccessfulExecutionDate"] == lab.runs(made)[-1]["CreatedTime"]
    assert len(lab.served.history(kind="scan")) == 9


def test_by_the_schedule_only(lab):
    made = lab.make(ScheduleExpression="cron(30 23 ? * TUE#2 *)", ScheduleOffset=3, ApplyOnlyAtCronInterval=True)
    lab.settle()
    assert lab.runs(made) == [] and lab.get(made)["Overview"]["Status"] == "Pending"
    lab.days(40)
    assert lab.times(made) == ["03-13 23:30", "04-17 23:30"]


def test_once_and_never_again(lab):
    once = lab.make(ScheduleExpression="at(2026-03-11T06:00:00)", ApplyOnlyAtCronInterval=True)
    plain = lab.make()
    lab.days(10)
    assert lab.times(once) == ["03-11 06:00"] and lab.times(plain) == ["03-10 02:00"]


def test_the_clock_becomes_idle_though_associations_recur(lab):
    made = lab.make(ScheduleExpression="rate(30 minutes)")
    state = lab.served.clock(jump="idle")
    assert state["settled"] and state["pending"] == 0 and len(lab.runs(made)) == 1
    lab.served.clock(jump="next")
    lab.settle()
    assert lab.times(made) == ["03-10 02:00", "03-10 02:30"]
    lab.ssm.delete_association(AssociationId=made)
    lab.settle()
    assert not lab.served.clock()["background"] or lab.served.health()["ok"]
    lab.days(1)
    assert len(lab.served.history(kind="script")) == 6


def test_an_update_runs_it_and_restarts_the_schedule(lab):
    made = lab.make(ScheduleExpression="rate(2 days)")
    lab.days(1)
    lab.ssm.update_association(AssociationId=made, ScheduleExpression="rate(2 days)", MaxErrors="1")
    lab.days(3)
    assert lab.times(made) == ["03-10 02:00", "03-11 02:00", "03-13 02:00"]
    assert [run["AssociationVersion"] for run in lab.runs(made)] == ["1", "2", "2"]
    cron = {"ScheduleExpression": "cron(0 12 ? * SUN *)", "ApplyOnlyAtCronInterval": True}
    lab.ssm.update_association(AssociationId=made, **cron)
    lab.days(5)
    assert lab.times(made)[3:] == ["03-15 12:00"]


def test_start_once(lab):
    later = {"ScheduleExpression": "cron(0 12 ? * SUN *)", "ApplyOnlyAtCronInterval": True}
    made = [lab.make(**later) for _number in range(2)]
    lab.ssm.start_associations_once(AssociationIds=made)
    lab.settle()
    assert [lab.times(one) for one in made] == [["03-10 02:00"]] * 2
    start = lab.ssm.start_associations_once
    assert lab.code(start, AssociationIds=[made[0], made[0]]) == "InvalidAssociation"
    unknown = "8dfe3659-4309-493a-8755-0123456789ab"
    assert lab.code(start, AssociationIds=[made[0], unknown]) == "AssociationDoesNotExist"
    assert len(lab.runs(made[0])) == 1


def test_targets_of_a_run(lab):
    made = lab.make(Targets=ALL)
    lab.settle()
    [run] = lab.runs(made)
    # Shell scripts do not run on Windows.
    assert (run["Status"], run["ResourceCountByStatus"]) == ("Failed", "{Failed=2, Success=3}")
    assert lab.get(made)["Overview"]["Status"] == "Failed" and "LastSuccessfulExecutionDate" not in lab.get(made)
    found = lab.targets(made)
    assert {one["ResourceId"] for one in found} == {*lab.nodes("web"), *lab.nodes("db")}
    assert {(one["Status"], one["DetailedStatus"]) for one in found} == {
        ("Success", "Success"),
        ("Failed", "InvalidPlatform"),
    }
    command = lab.ssm.list_commands()["Commands"][0]
    assert {one["OutputSource"]["OutputSourceId"] for one in found} == {command["CommandId"]}
    failed = lab.targets(made, Filters=[{"Key": "Status", "Value": "Failed"}])
    assert {one["ResourceId"] for one in failed} == set(lab.nodes("db"))
    node = lab.nodes("web")[0]
    assert len(lab.targets(made, Filters=[{"Key": "ResourceId", "Value": node}])) == 1
    assert lab.targets(made, Filters=[{"Key": "ResourceType", "Value": "Automation"}]) == []
    unknown = {"AssociationId": made, "ExecutionId": "8dfe3659-4309-493a-8755-0123456789ab"}
    code = lab.code(lab.ssm.describe_association_execution_targets, **unknown)
    assert code == "AssociationExecutionDoesNotExist"


def test_several_targets_are_alternatives(lab):
    """Unlike those of a command, which must all match."""
    made = lab.make(**SCAN, Targets=[*WEB, {"Key": "tag:Tier", "Values": ["db"]}])
    lab.settle()
    assert len(lab.targets(made)) == 5 and lab.get(made)["Overview"]["Status"] == "Success"


def test_nodes_are_found_anew_at_each_run(lab):
    made = lab.make(ScheduleExpression="rate(1 day)")
    lab.settle()
    db = lab.nodes("db")[0]
    lab.served.client("ec2").create_tags(Resources=[db], Tags=[{"Key": "Tier", "Value": "web"}])
    lab.days(1)
    assert [len(lab.targets(made, number)) for number in (0, 1)] == [3, 4]


@pytest.mark.parametrize("status", ["Pending", "Success", "Failed"])
def test_no_targets(lab, status):
    lab.served.switches(association_no_targets=status)
    made = lab.make(Targets=[{"Key": "tag:Tier", "Values": ["none"]}])
    lab.settle()
    assert lab.get(made)["Overview"] == {"Status": status, "DetailedStatus": "NoTargets"}


def test_rate_control(lab):
    lab.served.switches(command_ramp="never")
    for node in lab.nodes("web"):
        lab.served.set_machine(node, script_fails=1)
    made = lab.make(MaxConcurrency="1", MaxErrors="1")
    lab.settle()
    details = sorted(one["DetailedStatus"] for one in lab.targets(made))
    assert details == ["Failed", "Failed", "Terminated"]
    [run] = lab.runs(made)
    assert (run["Status"], run["ResourceCountByStatus"]) == ("Failed", "{Failed=3}")


@pytest.mark.parametrize("concurrency", ["100%", "50"])
def test_without_rate_control(lab, concurrency):
    lab.served.switches(association_concurrency=concurrency)
    lab.make()
    lab.settle()
    [command] = lab.ssm.list_commands()["Commands"]
    assert (command["MaxConcurrency"], command["MaxErrors"]) == (concurrency, "100%")


def test_members_reach_the_command(lab):
    lab.served.client("s3").create_bucket(Bucket="logs")
    output = {"OutputS3BucketName": "logs", "OutputS3KeyPrefix": "runs"}
    lab.make(Parameters={"Word": ["hello"]}, DocumentVersion="1", OutputLocation={"S3Location": output})
    lab.settle()
    [command] = lab.ssm.list_commands()["Commands"]
    assert command["Parameters"] == {"Word": ["hello"]} and command["DocumentVersion"] == "1"
    keys = [one["Key"] for one in lab.served.client("s3").list_objects_v2(Bucket="logs")["Contents"]]
    assert len(keys) == 3 and all(key.startswith("runs/") for key in keys)


def test_duration_cancels_what_still_runs(lab):
    by_cron = {"ScheduleExpression": "cron(0 4 ? * TUE *)", "ApplyOnlyAtCronInterval": True}
    made = lab.make(Name="rest", Duration=1, **by_cron)
    lab.served.clock(advance=2.5 * 3600)
    [run] = lab.runs(made)
    assert run["Status"] == "InProgress" and lab.get(made)["Overview"]["Status"] == "Pending"
    lab.settle()
    [run] = lab.runs(made)
    assert (run["Status"], run["DetailedStatus"]) == ("Failed", "TimedOut")
    assert (run["LastExecutionDate"] - run["CreatedTime"]).total_seconds() < 3720
    assert {one["DetailedStatus"] for one in lab.targets(made)} == {"Cancelled"}
    free = lab.make(Name="rest", Duration=1)
    lab.settle()
    assert lab.runs(free)[0]["Status"] == "Success"


def test_a_run_that_is_due_ends_the_former_one(lab):
    made = lab.make(Name="rest", ScheduleExpression="rate(1 hour)")
    lab.served.clock(advance=3700)
    first, second = lab.runs(made)
    assert (first["Status"], first["DetailedStatus"]) == ("Failed", "TimedOut")
    assert second["Status"] == "InProgress"
    assert {one["DetailedStatus"] for one in lab.targets(made, 0)} == {"Cancelled"}


def test_a_document_that_is_gone(lab):
    made = lab.make(ScheduleExpression="rate(1 day)")
    lab.settle()
    lab.ssm.delete_document(Name="say")
    lab.days(1)
    run = lab.runs(made)[-1]
    assert (run["Status"], run["DetailedStatus"]) == ("Failed", "InvalidDocument")
    assert lab.get(made)["Overview"]["Status"] == "Failed"


def test_filters_of_executions(lab):
    made = lab.make(ScheduleExpression="rate(1 day)")
    lab.days(2)
    second = lab.runs(made)[1]
    middle = second["CreatedTime"].isoformat()
    for key, value, how, number in (
        ("Status", "Success", "EQUAL", 3),
        ("Status", "Failed", "EQUAL", 0),
        ("ExecutionId", second["ExecutionId"], "EQUAL", 1),
        ("CreatedTime", middle, "EQUAL", 1),
        ("CreatedTime", middle, "LESS_THAN", 1),
        ("CreatedTime", middle, "GREATER_THAN", 1),
    ):
        assert len(lab.runs(made, Filters=[{"Key": key, "Value": value, "Type": how}])) == number
    pages = lab.ssm.get_paginator("describe_association_executions").paginate(
        AssociationId=made, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["AssociationExecutions"]) for page in pages] == [2, 1]


def test_the_calls_go_through_the_front(lab):
    """So that faults reach them, and the recorder knows who sent them."""
    lab.served.faults(service="ssm", operation="SendCommand", source="automation", code="AccessDeniedException")
    made = lab.make(ScheduleExpression="rate(1 day)")
    lab.settle()
    assert lab.runs(made)[0]["DetailedStatus"] == "AccessDeniedException"
    lab.days(1)
    assert lab.runs(made)[1]["Status"] == "Success"
    assert [call["source"] for call in lab.served.calls(operation="SendCommand")] == ["automation"] * 2


def test_patching_of_an_association(lab):
    made = lab.make(
        Name="AWS-RunPatchBaselineAssociation", Parameters={"Operation": ["Install"]}, SyncCompliance="MANUAL"
    )
    lab.settle()
    assert lab.get(made)["Overview"]["Status"] == "Success" and lab.served.history(kind="install")
    [command] = lab.ssm.list_commands()["Commands"]
    assert command["Parameters"]["AssociationId"] == [made]
    assert lab.get(made)["Parameters"] == {"Operation": ["Install"]}
    lab.served.switches(association_id_parameter="shown")
    assert lab.get(made)["Parameters"]["AssociationId"] == [made]


def alarm(lab, state):
    cloudwatch = lab.served.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, MetricName="Errors",
        Namespace="shop", Period=60, Statistic="Sum", Threshold=1.0,
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")


@pytest.mark.parametrize("ignore", [True, False])
def test_an_alarm_that_is_unknown(lab, ignore):
    made = lab.make(AlarmConfiguration={"Alarms": [{"Name": "errors"}], "IgnorePollAlarmFailure": ignore})
    lab.settle()
    assert lab.runs(made)[0]["Status"] == ("Success" if ignore else "Failed")
    assert len(lab.served.history(kind="script")) == (3 if ignore else 0)


def test_an_alarm_stops_a_run(lab):
    configuration = {"Alarms": [{"Name": "errors"}], "IgnorePollAlarmFailure": False}
    alarm(lab, "ALARM")
    first = lab.make(Name="rest", AlarmConfiguration=configuration)
    lab.settle()
    assert lab.get(first)["TriggeredAlarms"] == [{"Name": "errors", "State": "ALARM"}]
    assert lab.targets(first) == []
    alarm(lab, "OK")
    second = lab.make(Name="rest", AlarmConfiguration=configuration)
    lab.served.clock(advance=600)
    assert lab.runs(second)[0]["Status"] == "InProgress"
    alarm(lab, "ALARM")
    lab.settle()
    [run] = lab.runs(second)
    assert (run["DetailedStatus"], run["TriggeredAlarms"][0]["State"]) == ("AlarmTriggered", "ALARM")
    assert {one["DetailedStatus"] for one in lab.targets(second)} == {"Cancelled"}


# Automation


def test_a_runbook_without_targets(lab):
    made = lab.make(Name="runbook", Targets=None, Parameters={"Host": ["one"]})
    lab.settle()
    [target] = lab.targets(made)
    assert (target["Status"], target["ResourceType"]) == ("Success", "Automation")
    assert target["OutputSource"] == {"OutputSourceId": target["ResourceId"], "OutputSourceType": "Automation"}
    started = lab.ssm.get_automation_execution(AutomationExecutionId=target["ResourceId"])["AutomationExecution"]
    assert started["Parameters"] == {"Host": ["one"], "Note": ["none"]}


def test_a_runbook_with_targets(lab):
    made = lab.make(
        Name="runbook",
        Targets=[{"Key": "ParameterValues", "Values": ["a", "bad", "c"]}],
        AutomationTargetParameterName="Host",
        MaxConcurrency="1",
        MaxErrors="3",
    )
    lab.settle()
    assert lab.get(made)["Overview"]["AssociationStatusAggregatedCount"] == {"Failed": 1, "Success": 2}
    assert {one["ResourceId"]: one["Status"] for one in lab.targets(made)} == {
        "a": "Success",
        "bad": "Failed",
        "c": "Success",
    }
    nodes = lab.make(Name="runbook", Targets=WEB, AutomationTargetParameterName="Host")
    lab.settle()
    assert {one["ResourceType"] for one in lab.targets(nodes)} == {"ManagedInstance"}
    assert {one["ResourceId"] for one in lab.targets(nodes)} == set(lab.nodes("web"))


def test_a_runbook_with_maps(lab):
    maps = [{"Host": ["a"], "Note": ["x"]}, {"Host": ["b"], "Note": ["y"]}]
    made = lab.make(Name="runbook", Targets=None, TargetMaps=maps)
    lab.settle()
    assert lab.get(made)["TargetMaps"] == maps
    assert lab.get(made)["Overview"]["AssociationStatusAggregatedCount"] == {"Success": 2}


def test_locations_are_kept_but_not_run(lab):
    where = [{"Accounts": ["123456789012"], "Regions": ["us-east-1"]}]
    made = lab.make(Name="runbook", Targets=None, Parameters={"Host": ["a"]}, TargetLocations=where)
    lab.settle()
    assert lab.get(made)["TargetLocations"] == where and lab.runs(made) == []


# Compliance


def items(lab, node):
    wanted = [{"Key": "ComplianceType", "Values": ["Association"], "Type": "EQUAL"}]
    found = lab.ssm.list_compliance_items(ResourceIds=[node], Filters=wanted)["ComplianceItems"]
    return [(one["Title"], one["Status"], one["Severity"]) for one in found]


def test_compliance(lab):
    good, bad, _third = lab.nodes("web")
    lab.served.set_machine(bad, script_fails=1)
    made = lab.make(AssociationName="say", ComplianceSeverity="HIGH", ScheduleExpression="rate(1 day)")
    assert items(lab, good) == []
    lab.settle()
    assert items(lab, good) == [("say", "COMPLIANT", "HIGH")]
    assert items(lab, bad) == [("say", "NON_COMPLIANT", "HIGH")] and items(lab, lab.nodes("db")[0]) == []
    lab.days(1)
    assert items(lab, bad) == [("say", "COMPLIANT", "HIGH")]
    lab.ssm.delete_association(AssociationId=made)
    assert items(lab, good) == []


def test_compliance_of_patching(lab):
    """With MANUAL the document tells it, not the status of its run."""
    node = lab.nodes("web")[0]
    patch = {"Name": "AWS-RunPatchBaselineAssociation", "AssociationName": "patch", "SyncCompliance": "MANUAL"}
    made = lab.make(**patch, Parameters={"Operation": ["Scan"]})
    lab.settle()
    assert lab.get(made)["Overview"]["Status"] == "Success"
    assert items(lab, node) == [("patch", "NON_COMPLIANT", "UNSPECIFIED")]
    lab.ssm.update_association(AssociationId=made, **patch, Parameters={"Operation": ["Install"]})
    lab.settle()
    assert items(lab, node) == [("patch", "COMPLIANT", "UNSPECIFIED")]
