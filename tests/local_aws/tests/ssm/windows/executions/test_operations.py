# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Windows that run: machines get patched at the scheduled virtual time; overlap, priorities, cutoff, alarms."""

import json
import time
from datetime import timedelta

import pytest

from ..helpers import DAILY
from ..helpers import FLEET
from ..helpers import INSTALL
from ..helpers import at
from ..helpers import ids
from ..helpers import invocations
from ..helpers import near
from ..helpers import refused
from ..helpers import runs
from ..helpers import scenario
from ..helpers import script
from ..helpers import shell
from ..helpers import target
from ..helpers import task
from ..helpers import task_runs
from ..helpers import window


def test_machines_are_patched_at_the_scheduled_time(server, ssm):
    number = window(ssm)
    task(ssm, number, target(ssm, number, OwnerInformation="team a"))
    server.clock(advance=3599)
    assert server.history(kind="install") == [] and runs(ssm, number) == []
    server.clock(advance=2)
    assert runs(ssm, number)[0]["Status"] == "IN_PROGRESS"
    server.clock(jump="idle")
    installed = server.history(kind="install")
    found = ids(server)
    assert {one["instance_id"] for one in installed} == {found[name] for name in found if name.startswith("lin")}
    assert near(installed[0]["start"], at(1), 10)
    (execution,) = runs(ssm, number)
    assert execution["Status"] == "SUCCESS" and near(execution["StartTime"], at(1))
    (run,) = task_runs(ssm, execution)
    assert (run["TaskArn"], run["TaskType"], run["Status"]) == ("AWS-RunPatchBaseline", "RUN_COMMAND", "SUCCESS")
    (invocation,) = invocations(ssm, run)
    assert invocation["OwnerInformation"] == "team a"
    command = ssm.list_commands(CommandId=invocation["ExecutionId"])["Commands"][0]
    assert command["Status"] == "Success" and command["TargetCount"] == 3
    assert json.loads(invocation["Parameters"])["documentName"] == "AWS-RunPatchBaseline"
    assert "NextExecutionTime" not in ssm.get_maintenance_window(WindowId=number)


def test_all_machines_of_an_execution_share_a_snapshot(server, ssm):
    number = window(ssm, Schedule=DAILY)
    task(ssm, number, target(ssm, number), target(ssm, number, values=["data"]))
    for _ in range(2):
        server.clock(jump="next")
        server.clock(jump="idle")
        execution = runs(ssm, number)[-1]["WindowExecutionId"]
        states = ssm.describe_instance_patch_states(InstanceIds=sorted(ids(server).values()))["InstancePatchStates"]
        assert {one["SnapshotId"] for one in states} == {execution} and len(states) == 5


def test_reads_of_an_execution_agree(server, ssm):
    number = window(ssm)
    first = sorted(ids(server).values())[0]
    aim = target(ssm, number, "InstanceIds", [first])
    task(ssm, number, aim, Priority=7)
    server.clock(advance=3601)
    server.clock(jump="idle")
    (listed,) = runs(ssm, number)
    execution = ssm.get_maintenance_window_execution(WindowExecutionId=listed["WindowExecutionId"])
    (run,) = task_runs(ssm, listed)
    assert execution["TaskIds"] == [run["TaskExecutionId"]] and execution["Status"] == listed["Status"]
    where = {"WindowExecutionId": listed["WindowExecutionId"], "TaskId": run["TaskExecutionId"]}
    one = ssm.get_maintenance_window_execution_task(**where)
    assert (one["Priority"], one["Type"], one["Status"]) == (7, "RUN_COMMAND", "SUCCESS")
    assert {"aws:InstanceId": {"Values": [first]}} in one["TaskParameters"]
    (invocation,) = invocations(ssm, run)
    read = ssm.get_maintenance_window_execution_task_invocation(**where, InvocationId=invocation["InvocationId"])
    read.pop("ResponseMetadata")
    assert read == invocation and read["WindowTargetId"] == aim
    assert json.loads(read["Parameters"])["instanceIds"] == [first]
    for wrong in where:
        other = {**where, wrong: "00000000" + where[wrong][8:]}
        with refused("DoesNotExistException"):
            ssm.get_maintenance_window_execution_task(**other)


def test_a_window_recurs_and_idle_does_not_wait_for_it(server, ssm):
    number = window(ssm, Schedule=DAILY)
    task(ssm, number, target(ssm, number), **shell("echo x"))
    before = server.clock(advance=0)  # the alarm clock is set
    assert before["background"] == 1
    assert server.clock(jump="idle")["timestamp"] == pytest.approx(before["timestamp"], abs=1)
    server.clock(advance=86400 * 3)
    server.clock(jump="idle")
    assert [near(one["StartTime"], at(1 + 24 * day)) for day, one in enumerate(runs(ssm, number))] == [True] * 3
    server.clock(jump="next")
    assert near(server.clock()["now"], at(1 + 24 * 3))


def test_a_disabled_changed_or_deleted_window_does_not_start(server, ssm):
    disabled, moved, deleted = (window(ssm, name) for name in ("disabled", "moved", "deleted"))
    for number in (disabled, moved, deleted):
        task(ssm, number, target(ssm, number))
    ssm.update_maintenance_window(WindowId=disabled, Enabled=False)
    ssm.update_maintenance_window(WindowId=moved, Schedule="at(2026-03-10T05:00:00)")
    ssm.delete_maintenance_window(WindowId=deleted)
    server.clock(advance=2 * 3600)
    assert [runs(ssm, number) for number in (disabled, moved, deleted)] == [[], [], []]
    server.clock(advance=2 * 3600)
    assert near(runs(ssm, moved)[0]["StartTime"], at(3)) and not runs(ssm, disabled)
    ssm.update_maintenance_window(WindowId=disabled, Enabled=True, Schedule=DAILY)
    server.clock(advance=24 * 3600)
    assert near(runs(ssm, disabled)[0]["StartTime"], at(25))


def test_a_window_starts_while_the_clock_runs(server, ssm):
    number = window(ssm)
    server.clock(rate=7200)
    deadline = time.monotonic() + 60
    while not runs(ssm, number) and time.monotonic() < deadline:
        time.sleep(0.05)
    server.clock(rate=0)
    assert near(runs(ssm, number)[0]["StartTime"], at(1))


@pytest.mark.parametrize("gone", [False, True])
def test_a_run_goes_on_when_its_window_is_disabled_or_deleted(server, ssm, gone):
    number = window(ssm)
    aim = target(ssm, number)
    for place in range(2):
        task(ssm, number, aim, Priority=place)
    server.clock(advance=3700)
    if gone:
        ssm.delete_maintenance_window(WindowId=number)
    else:
        ssm.update_maintenance_window(WindowId=number, Enabled=False)
    server.clock(jump="idle")
    (execution,) = runs(ssm, number)
    assert [execution["Status"]] + [one["Status"] for one in task_runs(ssm, execution)] == ["SUCCESS"] * 3


def test_an_empty_target_can_be_a_failure(server, ssm):
    server.switches(window_empty_target="failed")
    number = window(ssm)
    task(ssm, number, target(ssm, number, values=["none-such"]))
    server.clock(advance=3601)
    assert runs(ssm, number)[0]["Status"] == "FAILED"


def test_a_window_without_tasks_and_one_without_machines(server, ssm):
    empty, nobody = window(ssm, "empty"), window(ssm, "nobody")
    task(ssm, nobody, target(ssm, nobody, values=["none-such"]))
    server.clock(advance=3601)
    (execution,) = runs(ssm, empty)
    assert (execution["Status"], execution["StatusDetails"]) == ("SUCCESS", "No tasks to execute.")
    (run,) = task_runs(ssm, runs(ssm, nobody)[0])
    assert (run["Status"], run["StatusDetails"]) == ("SUCCESS", "No invocations to execute.")


def test_a_run_that_overlaps_is_skipped(server, ssm):
    number = window(ssm, Schedule="rate(30 minutes)")
    task(ssm, number, target(ssm, number, values=["data"]))  # two Windows machines: more than 50 minutes
    server.clock(advance=3601)
    assert [one["Status"] for one in runs(ssm, number)] == ["IN_PROGRESS", "SKIPPED_OVERLAPPING"]
    server.clock(jump="idle")
    first, *skipped = runs(ssm, number)
    assert first["Status"] == "SUCCESS" and {one["Status"] for one in skipped} == {"SKIPPED_OVERLAPPING"}


def test_at_most_five_windows_run_at_once(server, ssm):
    server.reset(scenario([{**FLEET[0], "count": 7}]))
    numbers = [window(ssm, f"window{place}") for place in range(7)]
    found = sorted(ids(server).values())
    for place, number in enumerate(numbers):
        task(ssm, number, target(ssm, number, "InstanceIds", [found[place]]))
    server.clock(advance=3601)
    states = [runs(ssm, number)[0]["Status"] for number in numbers]
    assert (states.count("IN_PROGRESS"), states.count("PENDING")) == (5, 2)
    server.clock(jump="idle")
    found = [runs(ssm, number)[0] for number in numbers]
    assert {one["Status"] for one in found} == {"SUCCESS"}
    tasks = [task_runs(ssm, one)[0] for one in found]
    assert all(one["StartTime"] >= min(run["EndTime"] for run in tasks[:5]) for one in tasks[5:])


def test_the_sixth_window_can_fail(server, ssm):
    server.switches(window_over_running="fail", window_quotas={"running": 1})
    first, second = window(ssm, "first"), window(ssm, "second")
    task(ssm, first, target(ssm, first))
    server.clock(advance=3601)
    assert runs(ssm, first)[0]["Status"] == "IN_PROGRESS" and runs(ssm, second)[0]["Status"] == "FAILED"


def test_lower_numbers_run_first_and_equal_ones_together(server, ssm):
    number = window(ssm)
    linux, data = target(ssm, number), target(ssm, number, values=["data"])
    late = task(ssm, number, linux, Priority=5)
    early = [task(ssm, number, one, Priority=1) for one in (linux, data)]
    server.clock(advance=3601)
    server.clock(jump="idle")
    found = task_runs(ssm, runs(ssm, number)[0])
    assert [one["Status"] for one in found] == ["SUCCESS"] * 3 and late not in early
    first, second, third = found
    assert near(first["StartTime"], second["StartTime"], 0.01)
    assert near(third["StartTime"], max(first["EndTime"], second["EndTime"]), 0.01)


def test_targets_of_one_task_run_one_after_another(server, ssm):
    number = window(ssm)
    task(ssm, number, target(ssm, number), target(ssm, number, values=["data"]))
    server.clock(advance=3601)
    server.clock(jump="idle")
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    first, second = invocations(ssm, run)
    assert first["EndTime"] <= second["StartTime"] and near(second["StartTime"], first["EndTime"], 0.01)
    assert len(server.history(kind="install")) == 5


def test_targets_are_what_they_are_at_the_start(server, ssm):
    number = window(ssm)
    task(ssm, number, target(ssm, number, "tag:Role", ["late"]))
    chosen = sorted(ids(server).values())[0]
    server.client("ec2").create_tags(Resources=[chosen], Tags=[{"Key": "Role", "Value": "late"}])
    server.clock(advance=3601)
    server.clock(jump="idle")
    assert [one["instance_id"] for one in server.history(kind="install")] == [chosen]


def test_all_tags_of_a_target_must_fit(server, ssm):
    number = window(ssm)
    aim = ssm.register_target_with_maintenance_window(
        WindowId=number,
        ResourceType="INSTANCE",
        Targets=[{"Key": "tag:Env", "Values": ["prod", "test"]}, {"Key": "tag:Role", "Values": ["data"]}],
    )["WindowTargetId"]
    task(ssm, number, aim)
    server.clock(advance=3601)
    server.clock(jump="idle")
    found = ids(server)
    assert {one["instance_id"] for one in server.history(kind="install")} == {
        found[name] for name in found if name.startswith("win")
    }


def test_a_resource_group_is_a_target(server, ssm):
    query = {"ResourceTypeFilters": ["AWS::EC2::Instance"], "TagFilters": [{"Key": "Role", "Values": ["app"]}]}
    server.client("resource-groups").create_group(
        Name="apps", ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)}
    )
    number = window(ssm)
    group = target(ssm, number, "resource-groups:Name", ["apps"], "RESOURCE_GROUP")
    gone = target(ssm, number, "resource-groups:Name", ["none"], "RESOURCE_GROUP")
    task(ssm, number, group)
    task(ssm, number, gone)
    payload = {"Lambda": {"Payload": b'{"a": "{{TARGET_ID}}", "b": "{{ RESOURCE_ID }}", "c": "{{TARGET_TYPE}}"}'}}
    task(ssm, number, group, arn="tell", kind="LAMBDA", TaskInvocationParameters=payload)
    server.clock(advance=3601)
    server.clock(jump="idle")
    by_group, by_nothing, told = task_runs(ssm, runs(ssm, number)[0])
    assert (by_group["Status"], by_nothing["Status"]) == ("SUCCESS", "FAILED")
    assert len(server.history(kind="install")) == 3
    first = json.loads(json.loads(invocations(ssm, told)[0]["Parameters"])["payload"])
    assert first["a"] == f"arn:aws:ec2:us-east-1:123456789012:instance/{first['b']}"
    assert first["b"] in ids(server).values() and first["c"] == "RESOURCE_GROUP"


def test_a_task_left_without_its_target_fails(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    task(ssm, number, aim)
    with refused("TargetInUseException"):
        ssm.deregister_target_from_maintenance_window(WindowId=number, WindowTargetId=aim, Safe=True)
    ssm.deregister_target_from_maintenance_window(WindowId=number, WindowTargetId=aim)
    server.clock(advance=3601)
    assert [one["Status"] for one in runs(ssm, number)] == ["FAILED"]
    assert server.history(kind="install") == []


def test_a_command_that_cannot_be_sent_fails_its_task_only(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    task(ssm, number, aim, arn="No-Such-Document", TaskInvocationParameters={}, Priority=0)
    task(ssm, number, aim, Priority=1)
    server.clock(advance=3601)
    server.clock(jump="idle")
    (execution,) = runs(ssm, number)
    bad, good = task_runs(ssm, execution)
    assert (execution["Status"], bad["Status"], good["Status"]) == ("FAILED", "FAILED", "SUCCESS")
    assert "InvalidDocument" in invocations(ssm, bad)[0]["StatusDetails"]


def test_a_throttled_window_tries_again(server, ssm):
    number = window(ssm)
    task(ssm, number, target(ssm, number))
    server.faults(service="ssm", operation="SendCommand", source="window", phase="before", code="throttle", count=2)
    server.clock(advance=3601)
    server.clock(jump="idle")
    assert runs(ssm, number)[0]["Status"] == "SUCCESS" and len(server.history(kind="install")) == 3


def test_the_role_of_a_task_must_be_assumable(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    task(ssm, number, aim, ServiceRoleArn="arn:aws:iam::123456789012:role/none")
    server.clock(advance=3601)
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    assert run["Status"] == "FAILED" and "role/none" in run["StatusDetails"]


def _long(server, ssm, behaviour):
    """A window of two hours, cutoff one, whose task on the Windows machines one by one takes longer than an hour."""
    number = window(ssm, Duration=2, Cutoff=1)
    data = target(ssm, number, values=["data"])
    task(ssm, number, data, MaxConcurrency="1", CutoffBehavior=behaviour, Priority=1)
    task(ssm, number, data, Priority=2)
    server.clock(advance=3601)
    server.clock(jump="idle")
    (execution,) = runs(ssm, number)
    return execution, task_runs(ssm, execution)


def test_continue_task_goes_on_after_the_cutoff(server, ssm):
    execution, (first, second) = _long(server, ssm, "CONTINUE_TASK")
    assert first["Status"] == "SUCCESS" and first["EndTime"] > at(2) and len(server.history(kind="install")) == 2
    assert (second["Status"], execution["Status"]) == ("TIMED_OUT", "TIMED_OUT") and "StartTime" not in second


def test_cancel_task_cancels_the_command_at_the_cutoff(server, ssm):
    execution, (first, second) = _long(server, ssm, "CANCEL_TASK")
    assert (first["Status"], second["Status"], execution["Status"]) == ("TIMED_OUT", "TIMED_OUT", "TIMED_OUT")
    assert near(first["EndTime"], at(2), 10)
    (invocation,) = invocations(ssm, first)
    assert invocation["Status"] == "TIMED_OUT"
    command = ssm.list_commands(CommandId=invocation["ExecutionId"])["Commands"][0]
    assert command["Status"] == "Cancelled" and command["CompletedCount"] == 2


def test_an_alarm_stops_a_task(server, ssm):
    cloudwatch = server.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        MetricName="m",
        Namespace="n",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    number = window(ssm)
    task(ssm, number, target(ssm, number), AlarmConfiguration={"Alarms": [{"Name": "errors"}]})
    server.clock(advance=3700)
    assert runs(ssm, number)[0]["Status"] == "IN_PROGRESS"
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    server.clock(jump="idle")
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    assert run["Status"] == "CANCELLED" and run["TriggeredAlarms"] == [{"Name": "errors", "State": "ALARM"}]
    assert near(run["EndTime"], at(1, seconds=100), 40)


@pytest.mark.parametrize(("ignore", "status"), [(True, "SUCCESS"), (False, "CANCELLED")])
def test_an_alarm_that_cannot_be_read(server, ssm, ignore, status):
    number = window(ssm)
    alarm = {"Alarms": [{"Name": "none"}], "IgnorePollAlarmFailure": ignore}
    task(ssm, number, target(ssm, number), AlarmConfiguration=alarm)
    server.clock(advance=3601)
    server.clock(jump="idle")
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    assert run["Status"] == status and run.get("TriggeredAlarms", []) == (
        [] if ignore else [{"Name": "none", "State": "UNKNOWN"}]
    )
    assert bool(server.history(kind="install")) == ignore


def test_cancelling_lets_running_tasks_end(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    for place in range(2):
        task(ssm, number, aim, Priority=place)
    server.clock(advance=3700)
    (execution,) = runs(ssm, number)
    ssm.cancel_maintenance_window_execution(WindowExecutionId=execution["WindowExecutionId"])
    (execution,) = runs(ssm, number)
    assert [execution["Status"]] + [one["Status"] for one in task_runs(ssm, execution)] == [
        "CANCELLING",
        "IN_PROGRESS",
        "CANCELLED",
    ]
    server.clock(jump="idle")
    (execution,) = runs(ssm, number)
    assert [execution["Status"]] + [one["Status"] for one in task_runs(ssm, execution)] == [
        "CANCELLED",
        "SUCCESS",
        "CANCELLED",
    ]
    assert len(server.history(kind="install")) == 3
    with refused("DoesNotExistException"):
        ssm.cancel_maintenance_window_execution(WindowExecutionId="00000000-0000-4000-8000-000000000000")


def test_an_automation_runs_for_each_machine(server, ssm):
    number = window(ssm)
    parameters = {"Automation": {"Parameters": {"InstanceId": ["{{RESOURCE_ID}}"]}}}
    aim = target(ssm, number)
    task(
        ssm,
        number,
        aim,
        arn="AWS-RestartEC2Instance",
        kind="AUTOMATION",
        TaskInvocationParameters=parameters,
        MaxConcurrency="2",
    )
    server.clock(advance=3601)
    server.clock(jump="idle")
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    found = invocations(ssm, run)
    assert run["Status"] == "SUCCESS" and len(found) == 3
    started = [ssm.get_automation_execution(AutomationExecutionId=one["ExecutionId"]) for one in found]
    given = [one["AutomationExecution"]["Parameters"]["InstanceId"][0] for one in started]
    known = ids(server)
    assert sorted(given) == sorted(known[name] for name in known if name.startswith("lin"))
    assert near(found[0]["StartTime"], found[1]["StartTime"], 0.01)
    assert found[2]["StartTime"] >= min(found[0]["EndTime"], found[1]["EndTime"])


def test_targetless_tasks_run_once_with_their_words_filled_in(server, ssm):
    number = window(ssm)
    chosen = sorted(ids(server).values())[0]
    restart = {"Automation": {"Parameters": {"InstanceId": [chosen]}}}
    task(ssm, number, arn="AWS-RestartEC2Instance", kind="AUTOMATION", TaskInvocationParameters=restart)
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:report"
    words = {"StepFunctions": {"Input": '{"w": "{{WINDOW_ID}}", "x": "{{NONE}}"}', "Name": "n-{{INVOCATION_ID}}"}}
    task(ssm, number, arn=machine, kind="STEP_FUNCTIONS", TaskInvocationParameters=words)
    server.clock(advance=3601)
    server.clock(jump="idle")
    restarted, told = task_runs(ssm, runs(ssm, number)[0])
    assert (restarted["Status"], told["Status"]) == ("SUCCESS", "SUCCESS")
    (invocation,) = invocations(ssm, told)
    sent = json.loads(invocation["Parameters"])
    assert json.loads(sent["input"]) == {"w": number, "x": "{{NONE}}"}
    assert sent["name"] == f"n-{invocation['InvocationId']}" and sent["stateMachineArn"] == machine


def test_errors_stop_the_invocations_of_a_function(server, ssm):
    server.switches(window_failing_invocations=["tell"])
    number = window(ssm)
    aim = target(ssm, number)
    task(ssm, number, aim, arn="tell", kind="LAMBDA", MaxConcurrency="1", MaxErrors="1")
    server.clock(advance=3601)
    server.clock(jump="idle")
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    assert run["Status"] == "FAILED" and [one["Status"] for one in invocations(ssm, run)] == ["FAILED"] * 2


def test_pseudo_parameters_of_a_command(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    text = "echo {{WINDOW_ID}} {{WINDOW_TARGET_ID}} {{RESOURCE_ID}}"
    task(ssm, number, aim, arn="AWS-RunShellScript", TaskInvocationParameters=script(text))
    server.clock(advance=3601)
    server.clock(jump="idle")
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    sent = json.loads(invocations(ssm, run)[0]["Parameters"])["parameters"]["commands"]
    assert sent == [f"echo {number} {aim} {{{{RESOURCE_ID}}}}"]


def test_what_a_command_gets_from_its_task(server, ssm):
    number = window(ssm)
    given = {
        "Comment": "from a window",
        "TimeoutSeconds": 600,
        "OutputS3BucketName": "logs",
        "OutputS3KeyPrefix": "p",
        **INSTALL["RunCommand"],
    }
    invoke = {"TaskInvocationParameters": {"RunCommand": given}, "MaxConcurrency": "2", "MaxErrors": "10%"}
    task(ssm, number, target(ssm, number), **invoke)
    server.clock(advance=3601)
    (run,) = task_runs(ssm, runs(ssm, number)[0])
    command = ssm.list_commands(CommandId=invocations(ssm, run)[0]["ExecutionId"])["Commands"][0]
    sent = {**command["Parameters"]}
    assert sent.pop("SnapshotId") == [run["WindowExecutionId"]] and sent == given.pop("Parameters")
    assert {name: command[name] for name in given} == given
    assert (command["MaxConcurrency"], command["MaxErrors"]) == ("2", "10%")
    assert command["Targets"] == [{"Key": "tag:Role", "Values": ["app"]}]


def test_lists_of_executions_are_filtered_and_paged(server, ssm):
    number = window(ssm, Schedule=DAILY)
    server.clock(advance=86400 * 40)
    pages = ssm.get_paginator("describe_maintenance_window_executions").paginate(
        WindowId=number, PaginationConfig={"PageSize": 10}
    )
    found = [one for page in pages for one in page["WindowExecutions"]]
    assert len(found) == 30  # kept for 30 days
    assert found == sorted(found, key=lambda one: one["StartTime"], reverse=True)
    middle = found[10]["StartTime"] + timedelta(hours=1)
    wanted = [{"Key": "ExecutedAfter", "Values": [middle.isoformat()]}]
    assert len(runs(ssm, number, Filters=wanted)) == 10
    wanted = [{"Key": "ExecutedBefore", "Values": [middle.isoformat()]}]
    assert len(runs(ssm, number, Filters=wanted)) == 20
    for wrong in ({"Key": "Status", "Values": ["x"]}, {"Key": "ExecutedBefore", "Values": ["soon"]}):
        with refused("ValidationException"):
            runs(ssm, number, Filters=[wrong])


def test_tasks_are_filtered_by_status(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    task(ssm, number, aim, Priority=0)
    task(ssm, number, aim, Priority=1)
    server.clock(advance=3700)
    (execution,) = runs(ssm, number)
    where = {"WindowExecutionId": execution["WindowExecutionId"]}

    def of(status):
        wanted = [{"Key": "STATUS", "Values": [status]}]
        return ssm.describe_maintenance_window_execution_tasks(**where, Filters=wanted)["WindowExecutionTaskIdentities"]

    assert [len(of(status)) for status in ("PENDING", "IN_PROGRESS", "SUCCESS")] == [1, 1, 0]
    with refused("ValidationException"):
        of("Success")
