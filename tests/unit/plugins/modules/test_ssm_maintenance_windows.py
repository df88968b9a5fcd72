# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from collections import Counter

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_wire
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window as one
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window_info as info
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_windows as module

SERVER = {*window_wire.ASSIGNED, "window_target_id", "window_task_id"}
COUNT = 8


def window(number, **more):
    return {
        "name": f"shop-{number}",
        "schedule": f"cron(0 {number} ? * SUN *)",
        "duration": 3,
        "cutoff": 1,
        "targets": [{"name": "all", "tags": {"wave": str(number)}}],
        "tasks": [
            {
                "name": "patch",
                "task_type": "RUN_COMMAND",
                "task_arn": "AWS-RunPatchBaseline",
                "targets": ["all"],
                "max_concurrency": "50%",
                "max_errors": "1",
                "run_command": {"parameters": {"Operation": "Install"}},
            }
        ],
        **more,
    }


MATRIX = [window(number) for number in range(COUNT)]


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def strip(value):
    """Without what AWS assigns."""
    if isinstance(value, list):
        return [strip(item) for item in value]
    if isinstance(value, dict):
        return {key: strip(item) for key, item in value.items() if key not in SERVER}
    return value


def calls(aws):
    return Counter(call["operation"] for call in aws.calls(source="client"))


def written(aws):
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


def names(aws):
    return sorted(found["Name"] for found in aws.client("ssm").describe_maintenance_windows()["WindowIdentities"])


def four(aws, run_module, **options):
    """check, real, check, real; the prediction must equal what is read, and only the second may write."""
    steps = []
    for check in (True, False) * 2:
        aws.clear_calls()
        steps.append(run_module(module, check=check, **options))
        assert not steps[-1].get("failed"), steps[-1]["msg"]
        assert bool(written(aws)) is (len(steps) == 2)
        assert not any("unconfirmed" in result for result in steps[-1]["results"])
    predicted, real, check, again = steps
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert strip(predicted["results"]) == strip(real["results"]) and strip(predicted["diff"]) == strip(real["diff"])
    assert strip(check["results"]) == strip(again["results"])
    for result in again["results"]:
        [same] = [made["window"] for made in real["results"] if made["name"] == result["name"]]
        # A listing does not tell allow_unassociated_targets.
        assert strip(result["window"]) == {key: value for key, value in strip(same).items() if key in result["window"]}
    return real


def test_the_matrix_costs_one_call_for_each_thing(aws, run_module):
    made = four(aws, run_module, windows=MATRIX, deployment="shop")
    assert made["summary"] == {"created": COUNT, "updated": 0, "removed": 0, "unchanged": 0, "failed": 0}
    run_module(module, windows=[], deployment="shop", purge=True)
    aws.clear_calls()
    run_module(module, windows=MATRIX, deployment="shop")
    assert calls(aws) == {
        "DescribeMaintenanceWindows": 2,
        "CreateMaintenanceWindow": COUNT,
        "RegisterTargetWithMaintenanceWindow": COUNT,
        "RegisterTaskWithMaintenanceWindow": COUNT,
    }
    aws.clear_calls()
    assert not run_module(module, windows=MATRIX, deployment="shop")["changed"]
    assert calls(aws) == {
        "DescribeMaintenanceWindows": 1,
        "DescribeMaintenanceWindowTargets": COUNT,
        "DescribeMaintenanceWindowTasks": COUNT,
        "GetMaintenanceWindowTask": COUNT,
        "ListTagsForResource": COUNT,
    }
    assert written(aws) == []
