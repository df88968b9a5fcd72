# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options as window_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire as window_wire
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window_info as info

SERVER = set(window_wire.ASSIGNED)
IDS = {"window_target_id", "window_task_id"}
ROLE = "arn:aws:iam::123456789012:role/maintenance-window"
TARGET = {
    "name": "web",
    "tags": {"role": "web", "environment": ["prod", "stage"]},
    "owner_information": "team of the shop",
}
COMMAND = {
    "comment": "Patch",
    "cloudwatch_output_config": {"log_group_name": "patches", "output_enabled": True},
    "document_hash": "0123456789abcdef",
    "document_hash_type": "Sha256",
    "document_version": "1",
    "notification_config": {
        "arn": "arn:aws:sns:us-east-1:123456789012:patches",
        "events": ["Failed"],
        "type": "Command",
    },
    "output_s3_bucket_name": "shop-logs",
    "output_s3_key_prefix": "patches",
    "parameters": {"Operation": "Install", "SnapshotId": "[[WINDOW_EXECUTION_ID]]"},
    "service_role_arn": "arn:aws:iam::123456789012:role/notices",
    "timeout_seconds": 600,
}
TASK = {
    "name": "patch",
    "task_type": "RUN_COMMAND",
    "task_arn": "AWS-RunPatchBaseline",
    "targets": ["web"],
    "priority": 2,
    "max_concurrency": "25%",
    "max_errors": "2",
    "service_role_arn": ROLE,
    "cutoff_behavior": "CANCEL_TASK",
    "description": "Patch the servers",
    "alarm_configuration": {"alarms": ["shop-down"], "ignore_poll_alarm_failure": True},
    "run_command": COMMAND,
}
BARE = {"name": "shop-bare", "schedule": "rate(7 days)", "duration": 2, "cutoff": 0}
FULL = {
    "name": "shop-web",
    "description": "Web servers of the shop",
    "schedule": "cron(0 2 ? * TUE#2 *)",
    "schedule_timezone": "Europe/Rome",
    "schedule_offset": 5,
    "start_date": "2030-04-01T00:00:00+02:00",
    "end_date": "2031-04-01T00:00:00Z",
    "duration": 4,
    "cutoff": 1,
    "allow_unassociated_targets": True,
    "enabled": False,
    "targets": [TARGET],
    "tasks": [TASK],
    "tags": {"team": "shop"},
}


# Where AWS's documentation leaves it open: the answers of the local AWS the other way round.
OTHERWISE = {
    "window_date_echo": "utc",
    "window_replace_enabled": "enable",
    "window_linked_role_shown": False,
    "window_cutoff_shown": True,
    "window_update_drops_parameters": True,
    "window_default_priority": 5,
}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def strip(window):
    """Without what AWS assigns."""
    result = {key: value for key, value in window.items() if key not in SERVER}
    for kind in ("targets", "tasks"):
        if kind in result:
            result[kind] = [{key: value for key, value in item.items() if key not in IDS} for item in result[kind]]
    return result


def written(aws):
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


def four(aws, run_module, **options):
    """check, real, check, real; the prediction must equal what is read back, and only the second may write."""
    steps = []
    for check in (True, False) * 2:
        aws.clear_calls()
        steps.append(run_module(module, check=check, **options))
        assert not steps[-1].get("failed"), steps[-1]["msg"]
        assert bool(written(aws)) is (len(steps) == 2)
        assert "unconfirmed" not in steps[-1]
    predicted, real, check, again = steps
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert strip(predicted["window"]) == strip(real["window"])
    assert {**real["window"], "next_execution_time": 0} == {**again["window"], "next_execution_time": 0}
    assert strip(check["window"]) == strip(again["window"])
    assert predicted["changes"] == real["changes"]
    return real


@pytest.mark.parametrize("switches", [{}, OTHERWISE])
@pytest.mark.parametrize("options", [BARE, FULL])
def test_life(aws, run_module, options, switches):
    aws.switches(**switches)
    made = four(aws, run_module, **options)
    assert made["diff"]["before"] == {} and made["diff"]["after"]["name"] == options["name"]
    assert made["window"]["window_id"].startswith("mw-") and made["window"]["created_date"].endswith("Z")
    gone = four(aws, run_module, name=options["name"], state="absent")
    assert gone["window"] == {} and gone["diff"]["after"] == {}
    assert listed(aws) == []


def listed(aws):
    return sorted(one["Name"] for one in aws.client("ssm").describe_maintenance_windows()["WindowIdentities"])


def task(**more):
    return {"tasks": [{**TASK, **more}]}


def target(**more):
    return {"targets": [{**TARGET, **more}]}


def command(**more):
    return task(run_command={**COMMAND, **more})


STACK = "arn:aws:states:us-east-1:123456789012:stateMachine:patch"
CHANGES = [
    {"description": "Another one"},
    {"schedule": "cron(0 3 ? * TUE#2 *)"},
    {"schedule_timezone": "America/New_York"},
    {"schedule_offset": 2},
    {"start_date": "2030-05-01T00:00:00Z"},
    {"end_date": "2032-04-01"},
    {"duration": 5},
    {"cutoff": 0},
    {"allow_unassociated_targets": False},
    {"enabled": True},
    {"tags": {"team": "web"}},
    target(tags={"role": "web"}),
    target(tags={"role": []}),
    {"targets": [{"name": "web", "instance_ids": ["i-0123456789abcdef0", "mi-0123456789abcdef0"]}]},
    {"targets": [{"name": "web", "resource_groups": ["shop"], "resource_type_filters": ["AWS::EC2::INSTANCE"]}]},
    {"targets": [{"name": "web", "resource_type": "RESOURCE_GROUP", "resource_groups": ["shop"]}]},
    target(owner_information="others"),
    target(description="Web servers"),
    {"targets": [TARGET, {"name": "data", "tags": {"role": "data"}}]},
    task(task_arn="AWS-RunShellScript"),
    {"tasks": [{"name": "patch", "targets": [], "instance_ids": ["i-0123456789abcdef0"]}]},
    task(priority=0),
    task(max_concurrency="100%"),
    task(max_errors="0"),
    task(service_role_arn="arn:aws:iam::123456789012:role/other"),
    task(cutoff_behavior="CONTINUE_TASK"),
    task(description="Patch"),
    task(alarm_configuration={"alarms": ["shop-slow"]}),
    command(comment="Other"),
    command(cloudwatch_output_config={"log_group_name": "patches"}),
    command(document_hash="fedcba9876543210"),
    command(document_hash_type="Sha1"),
    command(document_version="$LATEST"),
    command(notification_config={"arn": "arn:aws:sns:us-east-1:123456789012:other", "events": ["All"]}),
    command(output_s3_bucket_name="other-logs"),
    command(output_s3_key_prefix="other"),
    command(parameters={"Operation": "Scan"}),
    command(service_role_arn="arn:aws:iam::123456789012:role/other"),
    command(timeout_seconds=30),
    task(run_command={"parameters": {"Operation": ["Install"]}}),
    task(run_command={}),
    {"tasks": [TASK, {**TASK, "name": "again"}]},
]


@pytest.mark.parametrize("options", CHANGES)
def test_every_option_alone(aws, run_module, options):
    made = run_module(module, **FULL)["window"]
    result = four(aws, run_module, name=FULL["name"], **options)
    assert [change["field"] for change in result["changes"]] == list(options)
    for kind, name in (("targets", "window_target_id"), ("tasks", "window_task_id")):
        ids = [
            [one[name] for one in window[kind] if one["name"] in ("web", "patch")]
            for window in (made, result["window"])
        ]
        assert ids[0] == ids[1]
    rest = [{key: one[key] for key in one if key not in options} for one in map(strip, (made, result["window"]))]
    assert rest[0] == rest[1]


def test_every_option_is_in_the_tests():
    tried = {name for options in CHANGES for name in options}
    assert tried == set(module.SPEC) - {"name", "window_id", "state", "purge_targets", "purge_tasks", "purge_tags"}
    inner = {name for options in CHANGES for one in options.get("targets", []) for name in one}
    assert inner == set(window_options.TARGET) - {"window_target_id"}
    inner = {name for options in CHANGES for one in options.get("tasks", []) for name in one}
    others = {"automation", "lambda", "step_functions"}
    assert inner == set(window_options.TASK) - {"window_task_id", "window_target_ids"} - others
    assert set(COMMAND) == set(window_options.RUN_COMMAND)


EMPTY = [
    ("description", "", None),
    ("schedule_timezone", "", None),
    ("schedule_offset", 0, None),
    ("start_date", "", None),
    ("end_date", "", None),
    ("tasks", [], []),
    ("tags", {}, {}),
]


@pytest.mark.parametrize("switches", [{}, OTHERWISE])
@pytest.mark.parametrize("option, value, cleared", EMPTY)
def test_empty_clears_and_omitted_leaves(aws, run_module, option, value, cleared, switches):
    aws.switches(**switches)
    made = run_module(module, **FULL)
    same = run_module(module, name=FULL["name"])
    assert not same["changed"] and same["window"] == made["window"]
    result = four(aws, run_module, name=FULL["name"], **{option: value})
    assert result["window"][option] == cleared
    rest = [{key: one[key] for key in one if key != option} for one in map(strip, (made["window"], result["window"]))]
    assert rest[0] == rest[1]


@pytest.mark.parametrize(
    "kind, option, value, cleared",
    [
        ("targets", "owner_information", "", None),
        ("targets", "description", "", None),
        ("tasks", "service_role_arn", "", None),
        ("tasks", "description", "", None),
        ("tasks", "alarm_configuration", {"alarms": []}, None),
        ("tasks", "run_command", {}, {}),
    ],
)
@pytest.mark.parametrize("switches", [{}, OTHERWISE])
def test_empty_clears_in_targets_and_tasks(aws, run_module, kind, option, value, cleared, switches):
    aws.switches(**switches)
    made = run_module(module, **{**FULL, **target(description="Web servers")})["window"]
    name = made[kind][0]["name"]
    assert not run_module(module, name=FULL["name"], **{kind: [{"name": name}]})["changed"]
    result = four(aws, run_module, name=FULL["name"], **{kind: [{"name": name, option: value}]})["window"]
    assert result[kind][0] == {**made[kind][0], option: cleared}
    assert strip({**result, kind: []}) == strip({**made, kind: []})


def test_replace_only_where_something_is_cleared(aws, run_module):
    run_module(module, **FULL)
    aws.clear_calls()
    run_module(module, name=FULL["name"], duration=5)
    [call] = aws.calls(operation="UpdateMaintenanceWindow")
    assert set(call["params"]) == {"WindowId", "Duration"}
    aws.clear_calls()
    run_module(module, name=FULL["name"], end_date="")
    [call] = aws.calls(operation="UpdateMaintenanceWindow")
    assert call["params"]["Replace"] is True and call["params"]["Enabled"] is False
    assert call["params"]["Description"] == FULL["description"]


def test_invocation_parameters_are_sent_whole(aws, run_module):
    run_module(module, **FULL)
    aws.clear_calls()
    run_module(module, name=FULL["name"], tasks=[{"name": "patch", "priority": 7}])
    [call] = aws.calls(operation="UpdateMaintenanceWindowTask")
    assert "Replace" not in call["params"] and len(call["params"]["TaskInvocationParameters"]["RunCommand"]) == 11


def test_dates_are_compared_as_instants(aws, run_module):
    run_module(module, **FULL)
    for same in ("2030-03-31T22:00:00Z", "2030-03-31T22:00:00", "2030-03-31T18:00:00-04:00"):
        assert not run_module(module, name=FULL["name"], start_date=same)["changed"]


@pytest.mark.parametrize("echo", ["given", "utc"])
def test_a_rate_that_began_in_the_past(aws, run_module, echo):
    aws.switches(window_date_echo=echo)
    four(aws, run_module, **BARE, start_date="2020-01-01T00:00:00Z")


# What is there is found


def test_four_types_of_tasks_and_their_change(aws, run_module):
    kinds = [
        {
            "task_type": "AUTOMATION",
            "task_arn": "AWS-RestartEC2Instance",
            "automation": {"parameters": {"InstanceId": "[[RESOURCE_ID]]"}, "document_version": "3"},
        },
        {
            "task_type": "LAMBDA",
            "task_arn": "SSM-notify",
            "lambda": {
                "payload": {"host": "[[RESOURCE_ID]]", "deep": [1, {"on": True}]},
                "qualifier": "live",
                "client_context": "e30=",
            },
        },
        {
            "task_type": "STEP_FUNCTIONS",
            "task_arn": STACK,
            "step_functions": {"input": '{"b": 2, "a": 1}', "name": "[[INVOCATION_ID]]"},
        },
        {"task_type": "RUN_COMMAND", "task_arn": "AWS-RunPatchBaseline", "run_command": {}},
    ]
    rate = {"targets": ["web"], "max_concurrency": "1", "max_errors": "0"}
    ids = set()
    for kind in kinds:
        result = four(aws, run_module, **BARE, targets=[TARGET], tasks=[{"name": "job", **kind, **rate}])
        [job] = result["window"]["tasks"]
        assert (job["task_type"], job["task_arn"]) == (kind["task_type"], kind["task_arn"])
        ids.add(job["window_task_id"])
    assert len(ids) == len(kinds)
    options = {"name": "job", **kinds[1]}
    options["lambda"] = {**kinds[1]["lambda"], "payload": '{"deep":[1,{"on":true}],"host":"{{RESOURCE_ID}}"}'}
    run_module(module, name=BARE["name"], tasks=[{"name": "job", **kinds[1], **rate}])
    assert not run_module(module, name=BARE["name"], tasks=[options])["changed"]
    [wire] = aws.client("ssm").describe_maintenance_window_tasks(WindowId=result["window"]["window_id"])["Tasks"]
    found = aws.client("ssm").get_maintenance_window_task(
        WindowId=result["window"]["window_id"], WindowTaskId=wire["WindowTaskId"]
    )
    assert b'"host": "{{RESOURCE_ID}}"' in found["TaskInvocationParameters"]["Lambda"]["Payload"]


def test_tasks_without_targets(aws, run_module):
    job = {"name": "job", "task_type": "LAMBDA", "task_arn": "SSM-notify", "lambda": {"payload": "plain text"}}
    made = four(aws, run_module, **BARE, targets=[TARGET], tasks=[job])["window"]["tasks"][0]
    assert made["max_concurrency"] is None and made["max_errors"] is None
    rate = {"targets": ["web"], "max_concurrency": "10", "max_errors": "1"}
    assert four(aws, run_module, name=BARE["name"], tasks=[{**job, **rate}])["window"]["tasks"][0]["targets"] == ["web"]
    again = four(aws, run_module, name=BARE["name"], tasks=[{**job, "targets": []}])["window"]["tasks"][0]
    assert again == made


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"targets": [{"name": "data", "tags": {"role": "data"}}], "tasks": []}, ["data"]),
        ({"targets": [{"name": "data", "tags": {"role": "data"}}], "purge_targets": False}, ["data", "web"]),
        ({"targets": [], "purge_targets": False}, ["web"]),
        ({"targets": [], "tasks": []}, []),
        ({"purge_targets": True}, ["web"]),
    ],
)
def test_purge_targets(aws, run_module, options, expected):
    run_module(module, **FULL)
    result = run_module(module, name=FULL["name"], **options)
    assert [one["name"] for one in result["window"]["targets"]] == expected
    assert not run_module(module, name=FULL["name"], **options)["changed"]


@pytest.mark.parametrize("purge, expected", [(True, ["other"]), (False, ["other", "patch"])])
def test_purge_tasks(aws, run_module, purge, expected):
    run_module(module, **FULL)
    result = run_module(module, name=FULL["name"], tasks=[{**TASK, "name": "other"}], purge_tasks=purge)
    assert [one["name"] for one in result["window"]["tasks"]] == expected


def test_rename_by_id(aws, run_module):
    made = run_module(module, **FULL)["window"]
    result = four(aws, run_module, window_id=made["window_id"], name="shop-new")
    assert result["window"]["name"] == "shop-new" and listed(aws) == ["shop-new"]
    one, job = result["window"]["targets"][0], result["window"]["tasks"][0]
    options = {
        "targets": [{"window_target_id": one["window_target_id"], "name": "servers"}],
        "tasks": [
            {"window_task_id": job["window_task_id"], "name": "apply", "window_target_ids": [one["window_target_id"]]}
        ],
    }
    result = four(aws, run_module, name="shop-new", **options)["window"]
    assert result["targets"] == [{**one, "name": "servers"}]
    assert result["tasks"] == [{**job, "name": "apply", "targets": ["servers"]}]
    run_module(module, **BARE)
    refused = run_module(module, window_id=made["window_id"], name=BARE["name"])
    assert refused["failed"] and refused["msg"].startswith("name: ")


def test_two_of_the_same_name_are_never_guessed(aws, run_module):
    first = run_module(module, **BARE)["window"]["window_id"]
    ssm = aws.client("ssm")
    second = ssm.create_maintenance_window(
        Name=BARE["name"], Schedule="rate(1 day)", Duration=2, Cutoff=1, AllowUnassociatedTargets=False
    )["WindowId"]
    aws.clear_calls()
    for options in ({"duration": 3}, {"state": "absent"}):
        result = run_module(module, name=BARE["name"], **options)
        assert result["failure"]["code"] == "ambiguous_name" and first in result["msg"] and second in result["msg"]
    assert written(aws) == []
    assert run_module(module, window_id=second, duration=3)["window"]["duration"] == 3
    assert run_module(module, window_id=first, state="absent")["changed"]
    assert not run_module(module, name=BARE["name"], duration=3)["changed"]


def test_items_of_the_same_name(aws, run_module):
    window_id = run_module(module, **BARE)["window"]["window_id"]
    ssm = aws.client("ssm")
    ids = []
    for role in ("web", "data"):
        targets = [{"Key": "tag:role", "Values": [role]}]
        found = ssm.register_target_with_maintenance_window(
            WindowId=window_id, ResourceType="INSTANCE", Targets=targets, Name="same"
        )
        ids.append(found["WindowTargetId"])
    result = run_module(module, name=BARE["name"], targets=[{"name": "same", "tags": {"role": "web"}}])
    assert result["failure"]["code"] == "ambiguous_name" and all(one in result["msg"] for one in ids)
    job = {**TASK, "targets": ids}
    made = run_module(module, name=BARE["name"], tasks=[job])["window"]
    assert made["tasks"][0]["targets"] == ids
    options = {"targets": [{"window_target_id": one, "name": f"own-{number}"} for number, one in enumerate(ids)]}
    assert four(aws, run_module, name=BARE["name"], **options)["window"]["tasks"][0]["targets"] == ["own-0", "own-1"]


def test_items_without_names_are_found_by_what_they_are(aws, run_module):
    job = {"task_type": "AUTOMATION", "task_arn": "AWS-RestartEC2Instance", "description": "one"}
    targets = [{"tags": {"role": "web"}}, {"tags": {"role": "data"}, "description": "databases"}]
    made = four(aws, run_module, **BARE, targets=targets, tasks=[job])["window"]
    options = {"targets": [targets[1], {**targets[0], "description": "web"}], "tasks": [{**job, "description": "two"}]}
    result = four(aws, run_module, name=BARE["name"], **options)["window"]
    ids = [sorted(one["window_target_id"] for one in window["targets"]) for window in (made, result)]
    assert ids[0] == ids[1] and made["tasks"][0]["window_task_id"] == result["tasks"][0]["window_task_id"]
    more = {"tasks": [{**job, "description": "two"}, {**job, "description": "three"}]}
    assert len(four(aws, run_module, name=BARE["name"], **more)["window"]["tasks"]) == 2


def test_drift_is_mended_and_the_deleted_made_again(aws, run_module):
    made = run_module(module, **FULL)["window"]
    window, ssm = {"WindowId": made["window_id"]}, aws.client("ssm")
    one, job = made["targets"][0]["window_target_id"], made["tasks"][0]["window_task_id"]
    ssm.update_maintenance_window(
        **window,
        Schedule="rate(1 day)",
        Replace=True,
        Name=FULL["name"],
        Duration=3,
        Cutoff=2,
        AllowUnassociatedTargets=True,
    )
    ssm.update_maintenance_window_target(
        **window, WindowTargetId=one, Targets=[{"Key": "tag-key", "Values": ["a", "b"]}]
    )
    ssm.update_maintenance_window_task(**window, WindowTaskId=job, MaxErrors="9", MaxConcurrency="9")
    result = four(aws, run_module, **FULL)
    before = {change["field"]: change["before"] for change in result["changes"]}
    assert before["schedule"] == "rate(1 day)" and before["description"] is None
    assert before["targets"][0]["other"] == [{"key": "tag-key", "values": ["a", "b"]}]
    assert before["tasks"][0]["max_errors"] == "9" and strip(result["window"]) == strip(made)
    ssm.deregister_target_from_maintenance_window(**window, WindowTargetId=one)
    again = four(aws, run_module, **FULL)["window"]
    assert strip(again) == strip(made) and again["targets"][0]["window_target_id"] != one
    assert again["tasks"][0]["window_task_id"] == job
    ssm.deregister_task_from_maintenance_window(**window, WindowTaskId=job)
    assert [change["field"] for change in four(aws, run_module, **FULL)["changes"]] == ["tasks"]
    ssm.delete_maintenance_window(**window)
    assert four(aws, run_module, **FULL)["window"]["window_id"] != made["window_id"]
    assert not run_module(module, window_id=made["window_id"], state="absent")["changed"]
    gone = run_module(module, window_id=made["window_id"], duration=3)
    assert gone["failed"] and gone["msg"].startswith("window_id: ")
    assert not run_module(module, name="never-was", state="absent")["changed"]


# In which order


def test_order_of_creation(aws, run_module):
    run_module(module, **FULL)
    assert written(aws) == [
        "CreateMaintenanceWindow",
        "UpdateMaintenanceWindow",
        "RegisterTargetWithMaintenanceWindow",
        "RegisterTaskWithMaintenanceWindow",
    ]


def test_order_of_a_change(aws, run_module):
    run_module(module, **FULL)
    aws.clear_calls()
    job = {
        **TASK,
        "task_type": "AUTOMATION",
        "task_arn": "AWS-RestartEC2Instance",
        "run_command": None,
        "targets": ["data"],
    }
    options = {
        "enabled": True,
        "duration": 5,
        "targets": [{"name": "data", "tags": {"role": "data"}}],
        "tasks": [
            {key: value for key, value in job.items() if value is not None},
            {**TASK, "name": "more", "targets": ["data"]},
        ],
    }
    result = run_module(module, name=FULL["name"], **options)
    assert "unconfirmed" not in result and result["window"]["enabled"]
    assert written(aws) == [
        "UpdateMaintenanceWindow",
        "RegisterTargetWithMaintenanceWindow",
        "DeregisterTaskFromMaintenanceWindow",
        "RegisterTaskWithMaintenanceWindow",
        "RegisterTaskWithMaintenanceWindow",
        "DeregisterTargetFromMaintenanceWindow",
        "UpdateMaintenanceWindow",
    ]
    calls = aws.calls(operation="DeregisterTargetFromMaintenanceWindow")
    assert [call["params"]["Safe"] for call in calls] == [True]
    assert aws.calls(operation="UpdateMaintenanceWindow")[-1]["params"]["Enabled"] is True


def test_calls_of_a_run_without_changes(aws, run_module):
    run_module(module, **FULL)
    aws.clear_calls()
    assert not run_module(module, **FULL)["changed"]
    assert [call["operation"] for call in aws.calls(source="client")] == [
        "DescribeMaintenanceWindows",
        "GetMaintenanceWindow",
        "DescribeMaintenanceWindowTargets",
        "DescribeMaintenanceWindowTasks",
        "GetMaintenanceWindowTask",
        "ListTagsForResource",
    ]


def test_tiny_pages(aws, run_module):
    aws.switches(page_size=1)
    targets = [{"name": f"wave-{number}", "tags": {"wave": str(number)}} for number in range(3)]
    tasks = [{**TASK, "name": f"patch-{number}", "targets": [f"wave-{number}"]} for number in range(3)]
    run_module(module, **BARE)
    four(aws, run_module, **{**FULL, "targets": targets, "tasks": tasks})


# What goes wrong

STEPS = [
    "CreateMaintenanceWindow",
    "UpdateMaintenanceWindow",
    "RegisterTargetWithMaintenanceWindow",
    "RegisterTaskWithMaintenanceWindow",
]
OTHER = {
    **FULL,
    "duration": 5,
    "enabled": True,
    "targets": [{**TARGET, "description": "changed"}, {"name": "data", "tags": {"role": "data"}}],
    "tasks": [{**TASK, "priority": 9, "targets": ["web", "data"]}, {**TASK, "name": "more"}],
    "tags": {"owner": "us"},
}
CHANGING = [
    "UpdateMaintenanceWindow",
    "UpdateMaintenanceWindowTarget",
    "RegisterTargetWithMaintenanceWindow",
    "UpdateMaintenanceWindowTask",
    "RegisterTaskWithMaintenanceWindow",
    "AddTagsToResource",
    "RemoveTagsFromResource",
]
REMOVING = ["DeregisterTaskFromMaintenanceWindow", "DeregisterTargetFromMaintenanceWindow"]


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    "first, then, operation",
    [
        *((None, FULL, operation) for operation in STEPS),
        *((FULL, OTHER, operation) for operation in CHANGING),
        *((OTHER, FULL, operation) for operation in REMOVING),
        (FULL, {"name": FULL["name"], "state": "absent"}, "DeleteMaintenanceWindow"),
    ],
)
def test_a_step_that_fails_is_made_by_the_next_run(aws, run_module, first, then, operation, phase):
    if first:
        run_module(module, **first)
    aws.faults(service="ssm", operation=operation, phase=phase, code="AccessDeniedException")
    result = run_module(module, **then)
    assert result["failed"] and result["failure"]["code"] == "AccessDeniedException"
    result = run_module(module, **then)
    assert not result.get("failed"), result["msg"]
    assert not run_module(module, **then)["changed"]
    absent = then.get("state") == "absent"
    assert listed(aws) == ([] if absent else [FULL["name"]])
    if not absent:
        kinds = [[one["name"] for one in some] for some in (result["window"]["targets"], result["window"]["tasks"])]
        assert kinds == [sorted(one["name"] for one in then[kind]) for kind in ("targets", "tasks")] or kinds[1] == [
            "more",
            "patch",
        ]


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("operation", [*STEPS, *CHANGING[1:]])
def test_a_lost_answer_is_not_an_error(aws, run_module, operation, phase):
    if operation not in STEPS:
        run_module(module, **FULL)
    aws.faults(service="ssm", operation=operation, phase=phase, code="InternalServerError")
    options = FULL if operation in STEPS else OTHER
    result = run_module(module, **options)
    assert result["changed"] and not result.get("failed"), result["msg"]
    assert listed(aws) == ["shop-web"] and not run_module(module, **options)["changed"]
    assert len(result["window"]["targets"]) == len(options["targets"])


def test_a_task_of_another_type_that_fails_half_way(aws, run_module):
    run_module(module, **FULL)
    job = {key: TASK[key] for key in ("name", "targets", "max_concurrency", "max_errors")}
    job = {**job, "task_type": "AUTOMATION", "task_arn": "AWS-RestartEC2Instance"}
    for operation in ("DeregisterTaskFromMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"):
        aws.faults(service="ssm", operation=operation, code="AccessDeniedException")
        assert run_module(module, name=FULL["name"], tasks=[job])["failed"]
    result = run_module(module, name=FULL["name"], tasks=[job])
    assert [one["task_type"] for one in result["window"]["tasks"]] == ["AUTOMATION"]
    assert not run_module(module, name=FULL["name"], tasks=[job])["changed"]


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeMaintenanceWindows",
        "GetMaintenanceWindow",
        "DescribeMaintenanceWindowTargets",
        "DescribeMaintenanceWindowTasks",
        "GetMaintenanceWindowTask",
        "ListTagsForResource",
    ],
)
def test_denied_is_not_absent(aws, run_module, operation):
    run_module(module, **FULL)
    aws.faults(service="ssm", operation=operation, code="AccessDeniedException", count=-1)
    aws.clear_calls()
    for options in (FULL, {"name": FULL["name"], "state": "absent"}):
        assert run_module(module, **options)["failure"]["code"] == "AccessDeniedException"
    assert written(aws) == []


def test_a_target_that_is_used_is_not_removed(aws, run_module):
    run_module(module, **FULL)
    aws.clear_calls()
    result = run_module(module, name=FULL["name"], targets=[])
    assert result["msg"].startswith("targets: ") and "task patch uses it" in result["msg"] and written(aws) == []


def test_secrets_are_not_shown(aws, run_module):
    jobs = [
        {"name": "one", "task_type": "LAMBDA", "task_arn": "SSM-notify", "lambda": {"payload": {"key": "pa55word"}}},
        {"name": "two", "task_type": "STEP_FUNCTIONS", "task_arn": STACK, "step_functions": {"input": "pa55word"}},
        {
            **TASK,
            "run_command": {
                "parameters": {"commands": ["echo pa55word"], "Operation": ["Install"], "Id": "[[WINDOW_ID]]"}
            },
        },
    ]
    options = {**FULL, "targets": [{**TARGET, "owner_information": "pa55word"}], "tasks": jobs}
    shown = [run_module(module, check=check, **options) for check in (True, False)]
    shown += [run_module(module, name=FULL["name"], tasks=jobs[:1]), run_module(info)]
    assert not any("pa55word" in repr(result) for result in shown)
    parameters = shown[1]["window"]["tasks"][2]["run_command"]["parameters"]
    assert parameters["Operation"] == ["Install"] and parameters["Id"] == ["{{WINDOW_ID}}"]
    assert (
        parameters["commands"][0].startswith("sha256:") and shown[1]["invocation"]["module_args"]["name"] == "shop-web"
    )
    aws.faults(service="ssm", operation="UpdateMaintenanceWindow", code="AccessDeniedException")
    assert "pa55word" not in repr(run_module(module, **{**options, "duration": 6}))


def test_members_of_newer_sdks_survive(aws, run_module):
    """LoggingInfo and TaskParameters stand for what this code does not know: Replace would drop them."""
    made = run_module(module, **FULL)["window"]
    ssm, ids = aws.client("ssm"), {"WindowId": made["window_id"], "WindowTaskId": made["tasks"][0]["window_task_id"]}
    logging = {"S3BucketName": "old-logs", "S3Region": "us-east-1"}
    ssm.update_maintenance_window_task(
        **ids,
        LoggingInfo=logging,
        MaxConcurrency="1",
        MaxErrors="1",
        TaskInvocationParameters={"RunCommand": {"Comment": "x"}},
    )
    four(aws, run_module, name=FULL["name"], tasks=[{"name": "patch", "description": "", "priority": 4}])
    assert ssm.get_maintenance_window_task(**ids)["LoggingInfo"] == logging
