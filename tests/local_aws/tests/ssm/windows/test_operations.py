# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Windows, targets and tasks as they are kept: reads, Replace, errors, quotas, pages, tokens, tags."""

import pytest

from .helpers import DAILY
from .helpers import INSTALL
from .helpers import RATE
from .helpers import at
from .helpers import ids
from .helpers import near
from .helpers import refused
from .helpers import script
from .helpers import target
from .helpers import task
from .helpers import window

NEVER = "mw-00000000000000000"
NOBODY = "00000000-0000-4000-8000-000000000000"
FULL = {
    "Description": "words",
    "StartDate": "2026-04-01T00:00:00+02:00",
    "EndDate": "2027-04-01T00:00:00Z",
    "ScheduleTimezone": "Europe/Berlin",
    "ScheduleOffset": 2,
}


def read(ssm, number):
    found = ssm.get_maintenance_window(WindowId=number)
    found.pop("ResponseMetadata")
    return found


def only(ssm, number):
    """(target, task) of a window that has one of each."""
    (aim,) = ssm.describe_maintenance_window_targets(WindowId=number)["Targets"]
    (job,) = ssm.describe_maintenance_window_tasks(WindowId=number)["Tasks"]
    return aim, job


def test_a_window_is_read_as_it_was_created(server, ssm):
    number = window(ssm, Schedule="cron(30 23 ? * TUE#3 *)", **FULL)
    found = read(ssm, number)
    assert {name: found[name] for name in FULL} == FULL
    assert (found["Enabled"], found["Duration"], found["Cutoff"], found["AllowUnassociatedTargets"]) == (
        True, 4, 1, False
    )  # fmt: skip
    assert found["CreatedDate"] == found["ModifiedDate"] and near(found["CreatedDate"], at(0))
    assert found["NextExecutionTime"] == "2026-04-23T23:30:00+02:00"
    (listed,) = ssm.describe_maintenance_windows()["WindowIdentities"]
    assert listed == {name: found[name] for name in listed} and set(found) - set(listed) == {
        "AllowUnassociatedTargets",
        "CreatedDate",
        "ModifiedDate",
    }
    bare = read(ssm, window(ssm))
    assert not set(FULL) & set(bare)


def test_dates_may_be_read_back_in_another_form(server, ssm):
    server.switches(window_date_echo="utc", window_time_style="utc")
    found = read(ssm, window(ssm, Schedule=DAILY, **FULL))
    assert (found["StartDate"], found["EndDate"]) == ("2026-03-31T22:00:00Z", "2027-04-01T00:00:00Z")
    assert found["NextExecutionTime"].endswith("Z")


@pytest.mark.parametrize(
    "wrong",
    [
        {"Cutoff": 4},
        {"Duration": 25},
        {"Cutoff": 24, "Duration": 24},
        {"name": "ab"},
        {"name": "a b c"},
        {"ScheduleTimezone": "Europe/Nowhere"},
        {"ScheduleTimezone": "CET+1"},
        {"ScheduleOffset": 2},  # at()
        {"ScheduleOffset": 7, "Schedule": DAILY},
        {"ScheduleOffset": 1, "Schedule": "rate(1 day)"},
        {"StartDate": "tomorrow"},
        {"EndDate": "2026-02-30T00:00:00Z"},
        {"EndDate": ""},
        {"StartDate": "2026-05-01T00:00:00Z", "EndDate": "2026-05-01T02:00:00+02:00"},
        {"Tags": [{"Key": "aws:x", "Value": "y"}]},
        {"Description": ""},
        {"Description": "x" * 129},
    ],
)
def test_bad_windows_are_refused(ssm, wrong):
    with refused("ValidationException"):
        window(loose(ssm), **wrong)
    assert ssm.describe_maintenance_windows()["WindowIdentities"] == []


def test_an_update_keeps_what_is_not_given(server, ssm):
    number = window(ssm, Schedule=DAILY, **FULL)
    before = read(ssm, number)
    server.clock(advance=60)
    answer = ssm.update_maintenance_window(WindowId=number, Duration=6, Enabled=False)
    after = read(ssm, number)
    assert answer["Duration"] == 6 and answer["Description"] == "words" and answer["Enabled"] is False
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed == {"Duration", "Enabled", "ModifiedDate", "NextExecutionTime"}
    assert "NextExecutionTime" not in after
    with refused("ValidationException"):
        ssm.update_maintenance_window(WindowId=number, Cutoff=6)
    assert read(ssm, number) == after
    with refused("DoesNotExistException"):
        ssm.update_maintenance_window(WindowId=NEVER, Duration=6)


def test_replace_sets_what_is_not_given_to_null(ssm):
    number = window(ssm, Schedule=DAILY, **FULL)
    needed = {"Name": "other", "Schedule": DAILY, "Duration": 2, "Cutoff": 0, "AllowUnassociatedTargets": True}
    for name in needed:
        with refused("ValidationException", name):
            rest = {key: value for key, value in needed.items() if key != name}
            ssm.update_maintenance_window(WindowId=number, Replace=True, **rest)
    ssm.update_maintenance_window(WindowId=number, Replace=True, **needed)
    found = read(ssm, number)
    assert not set(FULL) & set(found) and {name: found[name] for name in needed} == needed


@pytest.mark.parametrize(("switch", "enabled"), [("keep", False), ("enable", True)])
def test_replace_and_enabled(server, ssm, switch, enabled):
    server.switches(window_replace_enabled=switch)
    number = window(ssm)
    ssm.update_maintenance_window(WindowId=number, Enabled=False)
    needed = {"Name": "other", "Schedule": DAILY, "Duration": 2, "Cutoff": 0, "AllowUnassociatedTargets": True}
    ssm.update_maintenance_window(WindowId=number, Replace=True, **needed)
    assert read(ssm, number)["Enabled"] is enabled


def test_lists_are_filtered_and_paged(ssm):
    numbers = [window(ssm, f"window{place:02}") for place in range(25)]
    ssm.update_maintenance_window(WindowId=numbers[3], Enabled=False)
    pages = list(ssm.get_paginator("describe_maintenance_windows").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["WindowIdentities"]) for page in pages] == [10, 10, 5]
    assert [one["WindowId"] for page in pages for one in page["WindowIdentities"]] == numbers

    def listed(key, *values):
        found = ssm.describe_maintenance_windows(Filters=[{"Key": key, "Values": list(values)}])["WindowIdentities"]
        return [one["WindowId"] for one in found]

    assert listed("Name", "window01", "window07") == [numbers[1], numbers[7]] and listed("Name", "window") == []
    assert listed("Enabled", "False") == [numbers[3]] and len(listed("Enabled", "true")) == 24
    for key, value in (("Tag", "x"), ("Enabled", "maybe")):
        with refused("ValidationException"):
            listed(key, value)


def test_quotas(server, ssm):
    server.switches(window_quotas={"windows": 2, "targets": 3, "tasks": 2, "targets_per_task": 2})
    number = window(ssm)
    window(ssm)
    with refused("ResourceLimitExceededException"):
        window(ssm)
    aims = [target(ssm, number) for _ in range(3)]
    with refused("ResourceLimitExceededException"):
        target(ssm, number)
    with refused("ResourceLimitExceededException"):
        task(ssm, number, *aims)
    jobs = [task(ssm, number, aims[0]) for _ in range(2)]
    with refused("ResourceLimitExceededException"):
        task(ssm, number, aims[0])
    ssm.deregister_task_from_maintenance_window(WindowId=number, WindowTaskId=jobs[0])
    task(ssm, number, aims[0])
    ssm.delete_maintenance_window(WindowId=number)
    window(ssm)


def test_published_quotas(server):
    published = {"windows": 50, "tasks": 20, "targets": 100, "targets_per_task": 10, "running": 5}
    assert server.switches()["window_quotas"] == published


def test_a_token_makes_a_request_happen_once(ssm):
    number = window(ssm, ClientToken="t1")
    assert window(ssm, ClientToken="t1") == number
    aim = target(ssm, number, ClientToken="t1")  # tokens of different operations do not meet
    assert target(ssm, number, ClientToken="t1") == aim
    job = task(ssm, number, aim, ClientToken="t1")
    assert task(ssm, number, aim, ClientToken="t1") == job
    assert only(ssm, number)[1]["WindowTaskId"] == job
    with refused("IdempotentParameterMismatch"):
        window(ssm, ClientToken="t1", Duration=5)
    with refused("IdempotentParameterMismatch"):
        target(ssm, number, values=["x"], ClientToken="t1")
    with refused("IdempotentParameterMismatch"):
        task(ssm, number, aim, ClientToken="t1", Priority=3)


def test_tags_and_deletion(ssm):
    number = window(ssm, Tags=[{"Key": "a", "Value": "b"}])
    task(ssm, number, target(ssm, number))
    where = {"ResourceType": "MaintenanceWindow", "ResourceId": number}
    ssm.add_tags_to_resource(**where, Tags=[{"Key": "c", "Value": "d"}])
    assert ssm.list_tags_for_resource(**where)["TagList"] == [
        {"Key": "a", "Value": "b"},
        {"Key": "c", "Value": "d"},
    ]
    assert ssm.delete_maintenance_window(WindowId=number)["WindowId"] == number
    ssm.delete_maintenance_window(WindowId=number)  # no error is declared
    with refused("InvalidResourceId"):
        ssm.list_tags_for_resource(**where)
    for call in (
        lambda: ssm.get_maintenance_window(WindowId=number),
        lambda: ssm.describe_maintenance_window_targets(WindowId=number),
        lambda: ssm.describe_maintenance_window_tasks(WindowId=number),
        lambda: target(ssm, number),
        lambda: task(ssm, number),
    ):
        with refused("DoesNotExistException"):
            call()
    assert ssm.describe_maintenance_window_executions(WindowId=number)["WindowExecutions"] == []


@pytest.mark.parametrize(
    ("kind", "targets"),
    [
        ("INSTANCE", []),
        ("INSTANCE", [{"Key": "tag:a", "Values": []}]),
        ("INSTANCE", [{"Key": "tag:", "Values": ["x"]}]),
        ("INSTANCE", [{"Key": "Role", "Values": ["x"]}]),
        ("INSTANCE", [{"Key": "instanceids", "Values": ["i-0123456789abcdef0"]}]),
        ("INSTANCE", [{"Key": "InstanceIds", "Values": ["web"]}]),
        ("INSTANCE", [{"Key": "tag-key", "Values": ["1", "2", "3", "4", "5", "6"]}]),
        ("INSTANCE", [{"Key": "resource-groups:Name", "Values": ["x"]}]),
        ("INSTANCE", [{"Key": "tag:a", "Values": ["1"]}, {"Key": "tag:a", "Values": ["2"]}]),
        ("INSTANCE", [{"Key": f"tag:{place}", "Values": ["1"]} for place in range(6)]),
        ("RESOURCE_GROUP", [{"Key": "tag:a", "Values": ["1"]}]),
        ("RESOURCE_GROUP", [{"Key": "resource-groups:Name", "Values": ["x", "y"]}]),
    ],
)
def test_bad_targets_are_refused(ssm, kind, targets):
    number = window(ssm)
    with refused("ValidationException"):
        ssm.register_target_with_maintenance_window(WindowId=number, ResourceType=kind, Targets=targets)


def test_targets_are_read_filtered_and_updated(ssm):
    number = window(ssm)
    first = target(ssm, number, Name="first", Description="d", OwnerInformation="team a")
    second = target(ssm, number, "resource-groups:Name", ["g"], "RESOURCE_GROUP", OwnerInformation="team b")

    def listed(key, value):
        found = ssm.describe_maintenance_window_targets(WindowId=number, Filters=[{"Key": key, "Values": [value]}])
        return [one["WindowTargetId"] for one in found["Targets"]]

    assert listed("Type", "INSTANCE") == [first] and listed("OwnerInformation", "team b") == [second]
    assert listed("WindowTargetId", first) == [first]
    with refused("ValidationException"):
        listed("Name", "first")
    where = {"WindowId": number, "WindowTargetId": first}
    answer = ssm.update_maintenance_window_target(**where, Targets=[{"Key": "tag-key", "Values": ["Env"]}])
    assert (answer["Name"], answer["Targets"][0]["Key"]) == ("first", "tag-key")
    with refused("ValidationException"):
        ssm.update_maintenance_window_target(**where, Replace=True, Name="other")
    group = [{"Key": "resource-groups:Name", "Values": ["x"]}]
    ssm.update_maintenance_window_target(**where, Replace=True, Targets=group)
    found = ssm.describe_maintenance_window_targets(WindowId=number)["Targets"][0]
    assert found == {**where, "ResourceType": "RESOURCE_GROUP", "Targets": group}
    with refused("DoesNotExistException"):
        ssm.update_maintenance_window_target(WindowId=number, WindowTargetId=NOBODY, Name="abc")
    with refused("DoesNotExistException"):
        ssm.deregister_target_from_maintenance_window(WindowId=number, WindowTargetId=NOBODY)


def test_tasks_are_read_in_full_and_in_summary(ssm):
    number = window(ssm)
    aim = target(ssm, number)
    given = {"Name": "patch", "Priority": 4, "CutoffBehavior": "CANCEL_TASK", "Description": "d"}
    job = task(ssm, number, aim, **given)
    found = ssm.get_maintenance_window_task(WindowId=number, WindowTaskId=job)
    assert {name: found[name] for name in given} == given and found["TaskInvocationParameters"] == INSTALL
    assert found["ServiceRoleArn"].endswith("ssm.amazonaws.com/AWSServiceRoleForAmazonSSM")
    listed = only(ssm, number)[1]
    assert "TaskInvocationParameters" not in listed and listed["Type"] == found["TaskType"] == "RUN_COMMAND"
    assert {name: listed[name] for name in given} == given

    def filtered(key, value):
        wanted = [{"Key": key, "Values": [value]}]
        return len(ssm.describe_maintenance_window_tasks(WindowId=number, Filters=wanted)["Tasks"])

    for key, value in (("WindowTaskId", job), ("TaskArn", "AWS-RunPatchBaseline"), ("Priority", "4")):
        assert filtered(key, value) == 1 and filtered(key, "7") == 0
    assert (filtered("TaskType", "RUN_COMMAND"), filtered("TaskType", "LAMBDA")) == (1, 0)
    with refused("ValidationException"):
        filtered("Name", "patch")
    with refused("DoesNotExistException"):
        ssm.get_maintenance_window_task(WindowId=number, WindowTaskId=NOBODY)
    ssm.deregister_task_from_maintenance_window(WindowId=number, WindowTaskId=job)
    with refused("DoesNotExistException"):
        ssm.deregister_task_from_maintenance_window(WindowId=number, WindowTaskId=job)


def test_a_targetless_task_has_a_placeholder(ssm):
    number = window(ssm)
    job = task(ssm, number, arn="tell", kind="LAMBDA", TaskInvocationParameters={"Lambda": {"Payload": b"{}"}})
    found = ssm.get_maintenance_window_task(WindowId=number, WindowTaskId=job)
    assert (found["MaxConcurrency"], found["MaxErrors"], found["Targets"]) == ("1", "1", [])
    assert found["TaskInvocationParameters"]["Lambda"]["Payload"] == b"{}"
    for name in RATE:
        with refused("ValidationException", f"without targets do not support {name} values"):
            task(ssm, number, arn="tell", kind="LAMBDA", **{name: "1"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"MaxErrors": None},
        {"MaxConcurrency": None},
        {"MaxConcurrency": "0"},
        {"Targets": []},
        {"Targets": None},
        {"Targets": [{"Key": "tag:Role", "Values": ["app"]}]},
        {"Targets": [{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}]},  # not registered in the window
        {"TaskInvocationParameters": {"Automation": {"Parameters": {"a": ["b"]}}}},
        {"TaskInvocationParameters": {"RunCommand": {"TimeoutSeconds": 29}}},
        {"ServiceRoleArn": "role"},
        {"AlarmConfiguration": {"Alarms": [{"Name": "a"}, {"Name": "b"}]}},
        {"AlarmConfiguration": {"Alarms": []}},
        {"CutoffBehavior": "STOP"},
        {"TaskType": "LAMBDA", "TaskArn": "arn:aws:s3:::x", "TaskInvocationParameters": None},
        {"TaskType": "STEP_FUNCTIONS", "TaskArn": "report", "TaskInvocationParameters": None},
        {"TaskType": "LAMBDA", "TaskArn": "f", "TaskInvocationParameters": {"Lambda": {"Payload": b"x" * 4097}}},
    ],
)
def test_bad_tasks_are_refused(ssm, wrong):
    number = window(ssm)
    good = {
        "TaskType": "RUN_COMMAND",
        "TaskArn": "AWS-RunPatchBaseline",
        "TaskInvocationParameters": INSTALL,
        "Targets": [{"Key": "WindowTargetIds", "Values": [target(ssm, number)]}],
        **RATE,
    }
    given = {name: value for name, value in {**good, **wrong}.items() if value is not None}
    client = loose(ssm)
    with refused("ValidationException"):
        client.register_task_with_maintenance_window(WindowId=number, **given)
    ssm.register_task_with_maintenance_window(WindowId=number, **good)


def loose(ssm):
    """A client that lets the server check."""
    import boto3
    from botocore.config import Config

    keys = ssm._request_signer._credentials
    return boto3.client(
        "ssm",
        endpoint_url=ssm.meta.endpoint_url,
        region_name=ssm.meta.region_name,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


def test_instance_ids_of_a_task(server, ssm):
    chosen, other = sorted(ids(server).values())[:2]
    direct = {"Targets": [{"Key": "InstanceIds", "Values": [chosen]}], **RATE}
    closed, open_ = window(ssm), window(ssm, AllowUnassociatedTargets=True)
    task(ssm, open_, **direct)
    target(ssm, closed, "InstanceIds", [other])
    with refused("ValidationException", chosen):
        task(ssm, closed, **direct)
    target(ssm, closed, "InstanceIds", [chosen])
    task(ssm, closed, **direct)


def test_a_task_of_a_target_that_is_not_there(ssm):
    number, other = window(ssm), window(ssm)
    with refused("DoesNotExistException"):
        task(ssm, number, target(ssm, other))


def test_documents_can_be_checked_at_registration(server, ssm):
    number = window(ssm)
    aim = target(ssm, number)
    task(ssm, number, aim, arn="None-Such")
    server.switches(window_task_documents="checked")
    for arn in ("None-Such", "AWS-RestartEC2Instance"):
        with refused("ValidationException"):
            task(ssm, number, aim, arn=arn)
    task(ssm, number, aim)


def test_a_service_that_is_not_in_the_region(server, ssm):
    server.switches(unavailable_task_types=["STEP_FUNCTIONS"])
    with refused("FeatureNotAvailableException"):
        task(ssm, window(ssm), arn="arn:aws:states:us-east-1:123456789012:stateMachine:x", kind="STEP_FUNCTIONS")


def test_invocation_parameters_are_never_merged(ssm):
    number = window(ssm)
    full = {"RunCommand": {**INSTALL["RunCommand"], "Comment": "c", "OutputS3BucketName": "logs"}}
    job = task(ssm, number, target(ssm, number), Description="d", TaskInvocationParameters=full)
    where = {"WindowId": number, "WindowTaskId": job}
    ssm.update_maintenance_window_task(**where, Priority=9)
    found = ssm.get_maintenance_window_task(**where)
    assert (found["Priority"], found["Description"], found["TaskInvocationParameters"]) == (9, "d", full)
    ssm.update_maintenance_window_task(**where, TaskInvocationParameters={"RunCommand": {"OutputS3BucketName": "new"}})
    found = ssm.get_maintenance_window_task(**where)
    assert found["TaskInvocationParameters"] == {"RunCommand": {"OutputS3BucketName": "new"}}
    assert found["Description"] == "d"


def test_an_update_may_drop_the_parameters(server, ssm):
    server.switches(window_update_drops_parameters=True)
    number = window(ssm)
    where = {"WindowId": number, "WindowTaskId": task(ssm, number, target(ssm, number))}
    ssm.update_maintenance_window_task(**where, Priority=9)
    assert ssm.get_maintenance_window_task(**where)["TaskInvocationParameters"] == {}


def test_replace_of_a_task(ssm):
    number = window(ssm)
    aim = target(ssm, number)
    where = {"WindowId": number, "WindowTaskId": task(ssm, number, aim, Name="patch", CutoffBehavior="CANCEL_TASK")}
    targets = {"Targets": [{"Key": "WindowTargetIds", "Values": [aim]}], **RATE}
    with refused("ValidationException"):
        ssm.update_maintenance_window_task(**where, Replace=True, **targets)  # TaskArn
    with refused("ValidationException"):
        ssm.update_maintenance_window_task(**where, Replace=True, TaskArn="AWS-RunShellScript")  # targets
    ssm.update_maintenance_window_task(**where, Replace=True, TaskArn="AWS-RunShellScript", **targets)
    found = ssm.get_maintenance_window_task(**where)
    assert not {"Name", "CutoffBehavior"} & set(found) and found["TaskInvocationParameters"] == {}
    assert found["TaskType"] == "RUN_COMMAND"  # which no update can change
    with refused("ValidationException"):
        ssm.update_maintenance_window_task(**where, TaskInvocationParameters={"Lambda": {"Qualifier": "1"}})
    ssm.update_maintenance_window_task(**where, TaskInvocationParameters=script("true"))


def test_a_task_becomes_targetless_and_gets_targets_again(ssm):
    number = window(ssm)
    aim = target(ssm, number)
    where = {"WindowId": number, "WindowTaskId": task(ssm, number, aim, arn="tell", kind="LAMBDA")}
    ssm.update_maintenance_window_task(**where, Targets=[])
    found = ssm.get_maintenance_window_task(**where)
    assert (found["Targets"], found["MaxConcurrency"]) == ([], "1")
    targets = [{"Key": "WindowTargetIds", "Values": [aim]}]
    with refused("ValidationException", "MaxConcurrency is required"):
        ssm.update_maintenance_window_task(**where, Targets=targets)
    ssm.update_maintenance_window_task(**where, Targets=targets, **RATE)
    assert ssm.get_maintenance_window_task(**where)["MaxConcurrency"] == "100%"


def test_optional_defaults_of_reads(server, ssm):
    number = window(ssm)
    where = {"WindowId": number, "WindowTaskId": task(ssm, number, target(ssm, number))}
    assert "CutoffBehavior" not in ssm.get_maintenance_window_task(**where)
    server.switches(window_cutoff_shown=True, window_linked_role_shown=False, window_default_priority=5)
    found = ssm.get_maintenance_window_task(**where)
    assert (found["CutoffBehavior"], found["Priority"]) == ("CONTINUE_TASK", 5) and "ServiceRoleArn" not in found
