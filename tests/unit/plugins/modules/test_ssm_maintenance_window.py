# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_wire
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window as module

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


@pytest.mark.parametrize("options", [BARE, FULL])
def test_life(aws, run_module, options):
    made = four(aws, run_module, **options)
    assert made["diff"]["before"] == {} and made["diff"]["after"]["name"] == options["name"]
    assert made["window"]["window_id"].startswith("mw-") and made["window"]["created_date"].endswith("Z")
    gone = four(aws, run_module, name=options["name"], state="absent")
    assert gone["window"] == {} and gone["diff"]["after"] == {}
    assert aws.client("ssm").describe_maintenance_windows()["WindowIdentities"] == []
