# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The windows of every kind of set, through the module and the local AWS: predicted, made, unchanged, mended."""

import datetime

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import window_sets
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window_info as info
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_windows as module

ROLE = "arn:aws:iam::123456789012:role/window"
SETS = [
    {"set": "matrix", "weeks": [1, 2, 5], "timezone": "Europe/Berlin"},
    {"set": "environments", "max_concurrency": "25%", "service_role_arn": ROLE, "cutoff_behavior": "CANCEL_TASK"},
    {"set": "roles", "name_prefix": "shop-"},
    {"set": "daily", "sns": {"arn": "arn:aws:sns:us-east-1:123456789012:t", "role": ROLE, "events": ["Failed"]}},
    {"set": "zones", "zones": ["us-east-1a", "us-east-1b"], "patch_groups": ["Win"], "tag_key": "PatchGroup"},
    {"set": "patch_tuesday", "rings": {"Pilot": 1, "Broad": 6, "Late": 9}, "tags": {"ring": "yes"}},
    {"set": "scan", "resource_groups": ["web"], "alarm": "stop", "output_s3_bucket": "logs", "output_s3_prefix": "a/b"},
    {"set": "self_service", "environment": "Dev", "patching_frequency": 28, "operation_post_patching": "NoReboot"},
    {"set": "default", "enabled": False, "owner_information": "somebody", "end_date": "2030-01-01T00:00:00Z"},
]
SERVER = ("window_id", "next_execution_time", "created_date", "modified_date", "targets", "tasks")


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 0}})


def made(sets, run_module, later=0, **options):
    """What the role does, some days later than today: the module takes a start before today for one that AWS has passed."""
    existing = run_module(info)["windows"]
    today = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=later)
    windows = window_sets.windows_of(sets, today, existing)
    result = run_module(module, windows=windows, deployment="shop", **options)
    assert not result.get("failed"), result["msg"]
    assert not [one for one in result["results"] if "unconfirmed" in one]
    return result


def writes(aws):
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


@pytest.mark.parametrize("given", SETS, ids=[given["set"] for given in SETS])
def test_four_steps(aws, run_module, given):
    steps = []
    for check in (True, False, True, False):
        aws.clear_calls()
        steps.append(made([given], run_module, later=3 * len(steps), check=check))
        assert bool(writes(aws)) is (len(steps) == 2)
    assert [step["changed"] for step in steps] == [True, True, False, False]
    predicted, real = (
        [{key: value for key, value in one["window"].items() if key not in SERVER} for one in step["results"]]
        for step in steps[:2]
    )
    # the check ran three days earlier, so a window that begins on a weekday may begin later; from then on it must not wander
    for one in (*predicted, *real) if given["set"] == "self_service" else ():
        del one["start_date"]
    assert predicted == real


def test_what_somebody_added_by_hand_is_cleared(aws, run_module):
    sets = [{"set": "default"}]
    made(sets, run_module)
    ssm = aws.client("ssm")
    (window,) = ssm.describe_maintenance_windows()["WindowIdentities"]
    window_id = window["WindowId"]
    (target,) = ssm.describe_maintenance_window_targets(WindowId=window_id)["Targets"]
    (task,) = ssm.describe_maintenance_window_tasks(WindowId=window_id)["Tasks"]
    ssm.update_maintenance_window(
        WindowId=window_id, Enabled=False, ScheduleOffset=2, EndDate="2030-01-01T00:00:00Z", Description="mine"
    )
    ssm.update_maintenance_window_target(
        WindowId=window_id, WindowTargetId=target["WindowTargetId"], OwnerInformation="me"
    )
    ssm.update_maintenance_window_task(
        WindowId=window_id,
        WindowTaskId=task["WindowTaskId"],
        Priority=9,
        CutoffBehavior="CANCEL_TASK",
        AlarmConfiguration={"Alarms": [{"Name": "stop"}]},
        TaskInvocationParameters={
            "RunCommand": {"OutputS3BucketName": "theirs", "Parameters": {"Operation": ["Scan"]}}
        },
    )
    assert made(sets, run_module)["summary"]["updated"] == 1
    found = ssm.get_maintenance_window(WindowId=window_id)
    assert (found["Enabled"], found["Description"][:14]) == (True, "Default window")
    assert not {"ScheduleOffset", "EndDate"} & set(found)
    assert "OwnerInformation" not in ssm.describe_maintenance_window_targets(WindowId=window_id)["Targets"][0]
    now = ssm.get_maintenance_window_task(WindowId=window_id, WindowTaskId=task["WindowTaskId"])
    assert (now["Priority"], now["CutoffBehavior"]) == (1, "CONTINUE_TASK")
    assert not (now.get("AlarmConfiguration") or {}).get("Alarms")
    assert now["TaskInvocationParameters"]["RunCommand"] == {"Parameters": {"Operation": ["Install"]}}
    assert made(sets, run_module)["changed"] is False


@pytest.mark.usefixtures("aws")
def test_a_self_service_window_is_changed_in_place(run_module):
    given = {"set": "self_service", "environment": "Prod"}
    (first,) = made([given], run_module)["results"]
    (second,) = made([{**given, "patching_window_duration": 6}], run_module)["results"]
    assert second["window"]["window_id"] == first["window"]["window_id"]
    assert second["window"]["start_date"] == first["window"]["start_date"]
    (third,) = made([{**given, "patching_window_weekday": "Sunday"}], run_module)["results"]
    assert third["window"]["window_id"] == first["window"]["window_id"]
    assert datetime.datetime.fromisoformat(third["window"]["start_date"]).weekday() == 6
    (gone,) = made([{**given, "state": "absent"}], run_module)["results"]
    assert gone["action"] == "removed"
    assert run_module(info)["windows"] == []
