# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a window cannot be is told with the option's name, before anything is made."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_windows as many

BARE = {"name": "bad", "schedule": "rate(7 days)", "duration": 2, "cutoff": 0}
CRON = "cron(0 2 ? * SUN *)"
NODE = "i-0123456789abcdef0"
UUID = "11111111-2222-3333-4444-555555555555"
WEB = {"name": "web", "tags": {"role": "web"}}
PATCH = {
    "name": "patch",
    "task_type": "RUN_COMMAND",
    "task_arn": "AWS-RunPatchBaseline",
    "targets": ["web"],
    "max_concurrency": "1",
    "max_errors": "0",
}
RUNBOOK = {"name": "job", "task_type": "AUTOMATION", "task_arn": "AWS-RestartEC2Instance"}


def target(**more):
    return {"targets": [{key: value for key, value in {**WEB, **more}.items() if value is not None}]}


def task(**more):
    items = {**PATCH, **more}
    return {"targets": [WEB], "tasks": [{key: value for key, value in items.items() if value is not None}]}


def command(**more):
    return task(run_command=more)


def automation(**more):
    return {"tasks": [{**RUNBOOK, "automation": more}]}


def function(**more):
    return {"tasks": [{"name": "job", "task_type": "LAMBDA", "task_arn": "SSM-notify", "lambda": more}]}


def machine(**more):
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:patch"
    return {"tasks": [{"name": "job", "task_type": "STEP_FUNCTIONS", "task_arn": arn, "step_functions": more}]}


# What can be said of the options alone: no call at all.
ALONE = [
    ({"name": "ab"}, "name"),
    ({"name": "a b c"}, "name"),
    ({"name": None, "window_id": "mw-1"}, "window_id"),
    ({"description": "x" * 129}, "description"),
    ({"schedule": "every day"}, "schedule"),
    ({"schedule": ""}, "schedule"),
    ({"schedule": "cron(0 23 ? * *)"}, "schedule"),
    ({"schedule": "rate(1 days)"}, "schedule"),
    ({"schedule": "cron(0 26 ? * SUN *)"}, "schedule"),
    ({"schedule_timezone": "GMT+2"}, "schedule_timezone"),
    ({"schedule_timezone": "europe/berlin"}, "schedule_timezone"),
    ({"schedule": f"cron({'1,' * 130} 2 ? * SUN *)"}, "schedule"),
    ({"schedule_timezone": "Central European"}, "schedule_timezone"),
    ({"schedule": CRON, "schedule_offset": 7}, "schedule_offset"),
    ({"schedule_offset": 1}, "schedule_offset"),
    ({"start_date": "tomorrow"}, "start_date"),
    ({"end_date": "2026-02-30"}, "end_date"),
    ({"start_date": "2030-01-02", "end_date": "2030-01-01T12:00:00Z"}, "end_date"),
    ({"duration": 0}, "duration"),
    ({"duration": 25}, "duration"),
    ({"cutoff": -1}, "cutoff"),
    ({"duration": 4, "cutoff": 4}, "cutoff"),
    ({"tags": {"what?": "x"}}, "tags"),
    ({"tags": {"long": "x" * 257}}, "tags"),
    (target(name="ab"), "targets[0].name"),
    (target(window_target_id="one"), "targets[0].window_target_id"),
    (target(tags={}), "targets[0].tags"),
    (target(instance_ids=[NODE]), "targets[0].tags"),
    (target(tags={f"tag-{number}": "x" for number in range(6)}), "targets[0].tags"),
    (target(tags={"one": [], "two": []}), "targets[0].tags"),
    (target(tags={"x" * 160: "y"}), "targets[0].tags"),
    (target(tags={"many": [str(number) for number in range(51)]}), "targets[0].tags[many]"),
    (target(tags=None, instance_ids=["server"]), "targets[0].instance_ids"),
    (target(tags=None, instance_ids=[f"i-{number:017}" for number in range(51)]), "targets[0].instance_ids"),
    (target(tags=None, resource_groups=["one", "two"]), "targets[0].resource_groups"),
    (
        target(tags=None, resource_groups=["one"], resource_type_filters=[f"AWS::{number}" for number in range(6)]),
        "targets[0].resource_type_filters",
    ),
    (target(resource_type="RESOURCE_GROUP"), "targets[0].resource_type"),
    (target(owner_information="x" * 129), "targets[0].owner_information"),
    (target(description="x" * 129), "targets[0].description"),
    ({"targets": [WEB, WEB]}, "targets[0].name"),
    (task(name="ab"), "tasks[0].name"),
    (task(window_task_id="one"), "tasks[0].window_task_id"),
    (task(task_arn=""), "tasks[0].task_arn"),
    (task(task_arn="x" * 1601), "tasks[0].task_arn"),
    (task(priority=-1), "tasks[0].priority"),
    (task(max_concurrency="0"), "tasks[0].max_concurrency"),
    (task(max_concurrency="101%"), "tasks[0].max_concurrency"),
    (task(max_errors="some"), "tasks[0].max_errors"),
    (task(service_role_arn="admin"), "tasks[0].service_role_arn"),
    (task(description="x" * 129), "tasks[0].description"),
    (task(alarm_configuration={"alarms": ["one", "two"]}), "tasks[0].alarm_configuration.alarms"),
    (task(alarm_configuration={"alarms": [" "]}), "tasks[0].alarm_configuration.alarms"),
    (task(targets=[f"web-{number}" for number in range(11)]), "tasks[0].targets"),
    (task(instance_ids=[NODE]), "tasks[0].instance_ids"),
    (task(targets=None, instance_ids=["server"]), "tasks[0].instance_ids"),
    (command(comment="x" * 101), "tasks[0].run_command.comment"),
    (command(document_hash="x" * 257), "tasks[0].run_command.document_hash"),
    (command(document_version="latest"), "tasks[0].run_command.document_version"),
    (command(output_s3_bucket_name="ab"), "tasks[0].run_command.output_s3_bucket_name"),
    (command(output_s3_key_prefix="x" * 501), "tasks[0].run_command.output_s3_key_prefix"),
    (command(timeout_seconds=29), "tasks[0].run_command.timeout_seconds"),
    (command(timeout_seconds=2592001), "tasks[0].run_command.timeout_seconds"),
    (
        command(cloudwatch_output_config={"log_group_name": "x" * 513}),
        "tasks[0].run_command.cloudwatch_output_config.log_group_name",
    ),
    (automation(document_version="0"), "tasks[0].automation.document_version"),
    (automation(parameters={f"p{number}": "x" for number in range(201)}), "tasks[0].automation.parameters"),
    (automation(parameters={"x" * 51: "y"}), "tasks[0].automation.parameters"),
    (automation(parameters={"Id": "x" * 513}), "tasks[0].automation.parameters.Id"),
    (automation(parameters={"Id": ["x"] * 51}), "tasks[0].automation.parameters.Id"),
    (function(payload="ä" * 2049), "tasks[0].lambda.payload"),
    (function(client_context="x" * 8001), "tasks[0].lambda.client_context"),
    (function(qualifier="x" * 129), "tasks[0].lambda.qualifier"),
    (machine(input={"text": "x" * 4096}), "tasks[0].step_functions.input"),
    (machine(name="x" * 81), "tasks[0].step_functions.name"),
]
# What depends on what is there: reads only.
TOGETHER = [
    ({"schedule": None}, "schedule"),
    ({"duration": None}, "duration"),
    ({"cutoff": None}, "cutoff"),
    ({"name": None, "window_id": "mw-0123456789abcdef0"}, "window_id"),
    ({"targets": [{"name": "web"}]}, "targets[0].tags"),
    (target(window_target_id=UUID), "targets[0].window_target_id"),
    ({"targets": [{"name": f"web-{number}", "tags": {"a": "b"}} for number in range(101)]}, "targets"),
    (task(window_task_id=UUID), "tasks[0].window_task_id"),
    (task(task_type=None), "tasks[0].task_type"),
    (task(task_arn=None), "tasks[0].task_arn"),
    (task(targets=["other"]), "tasks[0].targets"),
    (task(targets=[]), "tasks[0].targets"),
    (task(targets=None), "tasks[0].targets"),
    (task(max_concurrency=None), "tasks[0].max_concurrency"),
    (task(max_errors=None), "tasks[0].max_errors"),
    (task(automation={}), "tasks[0].automation"),
    (task(targets=None, instance_ids=[NODE]), "tasks[0].instance_ids"),
    ({"tasks": [{**RUNBOOK, "max_errors": "1"}]}, "tasks[0].max_errors"),
    ({"tasks": [{**RUNBOOK, "task_type": "STEP_FUNCTIONS"}]}, "tasks[0].task_arn"),
    ({"tasks": [{**RUNBOOK, "name": f"job-{number}"} for number in range(21)]}, "tasks"),
]


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def given(options):
    return {key: value for key, value in {**BARE, **options}.items() if value is not None}


def test_options_that_are_wrong_alone(aws, run_module):
    for options, option in ALONE:
        result = run_module(module, **given(options))
        assert result.get("failed") and result["msg"].startswith(f"{option}: "), (option, result.get("msg"))
        assert result["failure"]["code"] == "invalid_input"
    assert aws.calls(source="client") == []


@pytest.mark.parametrize("check", [True, False])
def test_options_that_are_wrong_together(aws, run_module, check):
    for options, option in TOGETHER:
        result = run_module(module, check=check, **given(options))
        assert result.get("failed") and result["msg"].startswith(f"{option}: "), (option, result.get("msg"))
    assert not any(call["mutating"] for call in aws.calls(source="client"))


def test_in_a_list_the_item_is_named(aws, run_module):
    good = {**BARE, "name": "good"}
    for options, option in ALONE[::5]:
        result = run_module(many, windows=[good, given(options)])
        label = options.get("name", "bad") or options.get("window_id")
        assert result["msg"].startswith(f"windows[1] ({label}): {option}: "), result["msg"]
    assert aws.calls(source="client") == []
    for options, option in TOGETHER:
        result = run_module(many, windows=[good, given(options)])
        assert result.get("failed") and f"{option}: " in result["msg"], (option, result.get("msg"))
    for wrong in ({"durations": 3}, {"duration": "long"}, {"name": None}, {"tasks": [{"kind": "x"}]}):
        assert run_module(many, windows=[good, given(wrong)])["msg"].startswith("windows[1] (")
    assert run_module(many, windows=[good, good])["msg"].startswith("windows[1] (good): name: ")
    assert run_module(many, windows=[good], deployment="a b")["msg"].startswith("deployment: ")
    assert run_module(many, windows=[good], purge=True)["failed"]
    assert not any(call["mutating"] for call in aws.calls(source="client"))


def test_of_one_that_exists(aws, run_module):
    run_module(module, **given({"schedule": CRON, **task()}))
    aws.clear_calls()
    for options, option in (
        ({"cutoff": 2}, "cutoff"),
        ({"schedule": "rate(1 day)", "schedule_offset": 2}, "schedule_offset"),
        ({"tasks": [{"name": "patch", "targets": []}]}, "tasks[0].targets"),
        ({"tasks": [{"name": "patch", "lambda": {}}]}, "tasks[0].lambda"),
        ({"targets": [{"name": "web", "resource_type": "RESOURCE_GROUP"}]}, "targets[0].resource_type"),
    ):
        assert run_module(module, name="bad", **options)["msg"].startswith(f"{option}: ")
    assert not any(call["mutating"] for call in aws.calls(source="client"))
