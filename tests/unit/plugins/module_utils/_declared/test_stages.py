# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Stages whose windows change their order in some months."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar import window_calendar
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import set_warnings
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import stages

AFTER = "2026-03-01T00:00:00Z"


def window(group, days, key="Patch Group", operation="Install", **more):
    task = {
        "task_type": "RUN_COMMAND",
        "task_arn": "AWS-RunPatchBaseline",
        "run_command": {"parameters": {"Operation": operation}},
    }
    return {
        "name": group.replace(" ", "-"),
        "schedule": f"cron(0 2 ? * {days} *)",
        "duration": 4,
        "cutoff": 1,
        "targets": [{"tags": {key: [group]}}],
        "tasks": [task],
        **more,
    }


def orders(*windows):
    found = set_warnings.warnings_of(windows, AFTER)
    return [one for one in found if one["code"] == "stage_order"]


@pytest.mark.parametrize(
    "test, production, warned",
    [
        ("TUE#2", "WED#2", True),  # in April 2026, which begins on a Wednesday, the 8th comes before the 14th
        ("TUE#2", "TUE#3", False),
        ("TUE#2", "TUE#1", False),  # always a month of tests before
        ("MON-FRI", "SAT", False),
        ("TUE#2", "L", False),
    ],
)
def test_a_month_in_which_production_comes_first(test, production, warned):
    last = window("Production", production)
    if production == "L":
        last["schedule"] = "cron(0 2 L * ? *)"
    found = orders(window("Test", test), last)
    assert bool(found) is warned
    if warned:
        assert found[0]["windows"] == ["Test", "Production"]
        assert found[0]["message"].startswith("Production (Production) runs before Test (Test) in ")
        assert "first at 2026-04-08T02:00:00Z" in found[0]["message"]


@pytest.mark.parametrize(
    "first, second, warned",
    [
        ("Shop Test", "Shop Production", True),
        ("shop-dev", "shop-prod", True),
        ("Shop Test", "Crm Production", False),
        ("Web", "Database", False),
        ("Test", "qa", False),
    ],
)
def test_only_stages_of_the_same_thing_have_an_order(first, second, warned):
    assert bool(orders(window(first, "TUE#2"), window(second, "WED#2"))) is warned


def test_scans_and_offsets():
    assert not orders(window("Test", "TUE#2", operation="Scan"), window("Production", "WED#2"))
    assert not orders(window("Test", "TUE#2"), window("Production", "TUE#2", schedule_offset=1))
    assert orders(window("test", "TUE#2", key="stage"), window("production", "WED#2", key="stage"))


def test_stages_of_texts():
    assert stages.stages_of(["Shop Test", "Shop", "test production"]) == (stages.Stage(("shop",), 2, "Shop Test"),)


def test_the_calendar_says_it_too():
    windows = [window("Test", "TUE#2"), window("Production", "WED#2")]
    made = window_calendar.window_calendar(windows, generated_at=AFTER, weeks=10)
    assert [one["code"] for one in made["notices"]] == ["stage_order"] and "2026-04-08" in made["notices"][0]["message"]
