# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from collections import Counter

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window as one
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window_info as info
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_windows as module

SERVER = {*wire.ASSIGNED, "window_target_id", "window_task_id"}
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


def test_budget_with_the_own_tags_and_purge(aws, run_module):
    """No more than one call for each thing and five; what is purged costs the reading of tags of what is not in the list."""
    run_module(one, name="foreign", schedule="rate(1 day)", duration=2, cutoff=0)
    aws.clear_calls()
    run_module(module, windows=MATRIX, deployment="shop", purge=True, tags={"team": "shop"})
    assert sum(calls(aws).values()) <= 3 * COUNT + 5
    assert calls(aws)["ListTagsForResource"] == 1


def test_changes_in_the_list(aws, run_module):
    run_module(module, windows=MATRIX[:3], deployment="shop")
    changed = [
        window(
            0, duration=4, targets=[{"name": "all", "tags": {"wave": "x"}}, {"name": "more", "tags": {"wave": "y"}}]
        ),
        {"name": "shop-1", "state": "absent"},
        window(2),
        window(3, enabled=False, start_date="2030-01-01T00:00:00+01:00"),
    ]
    result = four(aws, run_module, windows=changed, deployment="shop")
    assert [one["action"] for one in result["results"]] == ["updated", "removed", "unchanged", "created"]
    assert result["summary"] == {"created": 1, "updated": 1, "removed": 1, "unchanged": 1, "failed": 0}
    assert [one["before_header"] for one in result["diff"]] == ["window shop-0", "window shop-1", "window shop-3"]
    assert all(one["window_target_id"] for one in result["results"][0]["window"]["targets"])
    assert result["results"][3]["window"]["enabled"] is False and result["results"][1]["window"] == {}
    assert names(aws) == ["shop-0", "shop-2", "shop-3"]


@pytest.mark.parametrize("option, value", [("description", ""), ("allow_unassociated_targets", True), ("end_date", "")])
def test_what_a_listing_does_not_tell_survives(aws, run_module, option, value):
    full = window(
        0, description="Shop", end_date="2031-01-01T00:00:00Z", allow_unassociated_targets=option == "end_date"
    )
    made = run_module(one, **full)["window"]
    result = four(aws, run_module, windows=[{"name": "shop-0", option: value}])
    assert [change["field"] for change in result["results"][0]["changes"]] == [option]
    found = run_module(info, names=["shop-0"])["windows"][0]
    same = {key: item for key, item in made.items() if key not in (option, *SERVER)}
    assert {key: found[key] for key in same} == same and found[option] == (value or None)


def test_purge_takes_only_what_the_deployment_has(aws, run_module):
    run_module(module, windows=MATRIX[:2], deployment="shop")
    run_module(module, windows=[window(2)], deployment="shop-two")
    run_module(one, **window(3), tags={"fleetpatch:deployment": "shop"})
    run_module(one, **window(4))
    result = four(aws, run_module, windows=MATRIX[:1], deployment="shop", purge=True)
    assert [(one["name"], one["action"]) for one in result["results"]] == [
        ("shop-0", "unchanged"),
        ("shop-1", "removed"),
    ]
    assert names(aws) == ["shop-0", "shop-2", "shop-3", "shop-4"]
    four(aws, run_module, windows=[], deployment="shop", purge=True)
    assert names(aws) == ["shop-2", "shop-3", "shop-4"]


def test_tags_of_all_and_of_one(aws, run_module):
    windows = [window(0, tags={"team": "web", "cost": 1}), window(1)]
    result = four(aws, run_module, windows=windows, tags={"team": "shop"}, deployment="shop")
    owned = {"fleetpatch:owner": "fleetpatch", "fleetpatch:deployment": "shop"}
    tags = [one["window"]["tags"] for one in result["results"]]
    assert tags == [{**owned, "team": "web", "cost": "1"}, {**owned, "team": "shop"}]
    aws.client("ssm").add_tags_to_resource(
        ResourceType="MaintenanceWindow",
        ResourceId=result["results"][1]["window"]["window_id"],
        Tags=[{"Key": "hand", "Value": "made"}],
    )
    assert not run_module(module, windows=windows[1:], deployment="shop")["changed"]
    kept = run_module(
        module, windows=[{"name": "shop-1", "purge_tags": False, "tags": {"new": "x"}}], deployment="shop"
    )
    assert set(kept["results"][0]["window"]["tags"]) == {*owned, "team", "hand", "new"}
    result = run_module(module, windows=windows, tags={"team": "shop"}, deployment="shop")
    assert result["results"][1]["changes"][0]["before"]["hand"] == "made"
    assert set(result["results"][1]["window"]["tags"]) == {*owned, "team"}


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    "operation", ["CreateMaintenanceWindow", "RegisterTargetWithMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"]
)
def test_a_failure_is_a_value_of_its_window(aws, run_module, operation, phase):
    aws.faults(service="ssm", operation=operation, phase=phase, code="AccessDeniedException")
    result = run_module(module, windows=MATRIX, deployment="shop")
    assert result["failed"] and result["failure"]["code"] == "AccessDeniedException"
    assert result["summary"] == {"created": COUNT - 1, "updated": 0, "removed": 0, "unchanged": 0, "failed": 1}
    [failed] = [one for one in result["results"] if one["action"] == "failed"]
    assert failed["failure"]["name"] == failed["name"] and failed["name"] in result["msg"]
    assert len(result["diff"]) == COUNT - 1
    again = run_module(module, windows=MATRIX, deployment="shop")
    assert again["summary"]["failed"] == 0 and again["summary"]["unchanged"] >= COUNT - 1
    assert not run_module(module, windows=MATRIX, deployment="shop")["changed"] and len(names(aws)) == COUNT


def test_a_window_that_cannot_be_read_does_not_stop_the_others(aws, run_module):
    run_module(module, windows=MATRIX[:2])
    aws.faults(service="ssm", operation="GetMaintenanceWindowTask", code="AccessDeniedException")
    result = run_module(module, windows=[window(number, duration=5) for number in range(3)])
    assert result["summary"] == {"created": 1, "updated": 1, "removed": 0, "unchanged": 0, "failed": 1}


def test_two_of_a_name_stop_everything(aws, run_module):
    ssm = aws.client("ssm")
    more = {"Schedule": "rate(1 day)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False}
    ids = [ssm.create_maintenance_window(Name="shop-1", **more)["WindowId"] for _number in range(2)]
    aws.clear_calls()
    result = run_module(module, windows=MATRIX)
    assert result["failure"]["code"] == "ambiguous_name" and all(one in result["msg"] for one in ids)
    assert written(aws) == []
    windows = [
        window(0),
        {**window(1), "window_id": ids[0], "name": "shop-one"},
        {"window_id": ids[1], "state": "absent"},
    ]
    four(aws, run_module, windows=windows)
    assert names(aws) == ["shop-0", "shop-one"]


def test_tiny_pages(aws, run_module):
    aws.switches(page_size=1)
    run_module(module, windows=MATRIX[:3], deployment="shop")
    assert not run_module(module, windows=MATRIX[:3], deployment="shop")["changed"]
    assert len(run_module(info)["windows"]) == 3


def test_secrets_are_not_shown(aws, run_module):
    job = {"name": "job", "task_type": "LAMBDA", "task_arn": "SSM-notify", "lambda": {"payload": {"key": "pa55word"}}}
    windows = [window(0, tasks=[job]), window(1, targets=[{"name": "web", "instance_ids": [], "tags": {"a": "b"}}])]
    shown = [run_module(module, check=check, windows=windows[:1]) for check in (True, False)]
    aws.faults(service="ssm", operation="UpdateMaintenanceWindow", code="AccessDeniedException")
    shown.append(run_module(module, windows=[window(0, tasks=[job], duration=9)]))
    assert shown[-1]["failed"] and not any("pa55word" in repr(result) for result in shown)


def test_info(aws, run_module):
    made = run_module(one, **window(0), tags={"team": "web"})["window"]
    run_module(module, windows=[window(1), window(2)], deployment="shop")

    def found(**options):
        result = run_module(info, **options)
        assert result["changed"] is False
        return [one["name"] for one in result["windows"]]

    assert run_module(info, names=["shop-0"])["windows"] == [made]
    assert found() == ["shop-0", "shop-1", "shop-2"] and found(name_prefix="shop-") == found()
    assert found(name_prefix="other") == [] and found(names=["shop"]) == [] and found(names=[]) == []
    assert found(window_ids=[made["window_id"]]) == ["shop-0"]
    assert found(window_ids=[f"arn:aws:ssm:us-east-1:123456789012:maintenancewindow/{made['window_id']}"]) == ["shop-0"]
    assert found(deployment="shop") == ["shop-1", "shop-2"] and found(deployment="sho") == []
    assert found(tags={"team": "web"}) == ["shop-0"] and found(tags={"team": None}) == ["shop-0"]
    assert found(tags={"team": "shop"}) == [] and found(tags={"team": "web"}, names=["shop-1"]) == []
    aws.faults(service="ssm", operation="ListTagsForResource", code="AccessDeniedException")
    assert run_module(info)["failure"]["code"] == "AccessDeniedException"
