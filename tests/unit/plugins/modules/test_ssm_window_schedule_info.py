# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from datetime import datetime
from datetime import timedelta

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ssm_maintenance_window as window
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_window_schedule_info as module

NODE = "i-0123456789abcdef0"


@pytest.fixture(name="aws")
def fixture_aws(serve, run_module):
    aws = serve({"clock": {"rate": 0, "start": "2026-03-01T00:00:00Z"}})
    common = {"duration": 2, "cutoff": 0}
    web = [{"name": "web", "tags": {"role": "web"}}]
    run_module(
        window, name="daily", schedule="cron(0 2 * * ? *)", schedule_timezone="Europe/Rome", targets=web, **common
    )
    node = [{"name": "node", "instance_ids": [NODE]}]
    run_module(window, name="often", schedule="cron(0/30 * * * ? *)", targets=node, **common)
    run_module(window, name="off", schedule="cron(0 2 * * ? *)", enabled=False, targets=web, **common)
    aws.clear_calls()
    return aws


def times(result, name):
    return [one["execution_time"] for one in result["executions"] if one["name"] == name]


def test_by_name_and_id(aws, run_module):
    result = run_module(module, names=["daily"])
    found = [datetime.fromisoformat(time) for time in times(result, "daily")]
    assert len(found) == 10 and {b - a for a, b in zip(found, found[1:], strict=False)} == {timedelta(days=1)}
    assert times(result, "daily")[0] == "2026-03-01T01:00:00Z"
    [daily] = result["windows"]
    assert daily["window_id"] == result["executions"][0]["window_id"] and result["changed"] is False
    assert run_module(module, window_ids=[daily["window_id"]])["executions"] == result["executions"]


def test_how_many_and_until_when(aws, run_module):
    assert len(run_module(module, names=["often"], max_executions=3)["executions"]) == 3
    [call] = aws.calls(operation="DescribeMaintenanceWindowSchedule")
    assert call["params"]["MaxResults"] == 3
    aws.clear_calls()
    result = run_module(module, names=["often"], max_executions=120)
    assert len(result["executions"]) == 120 == len(set(times(result, "often")))
    assert len(aws.calls(operation="DescribeMaintenanceWindowSchedule")) == 3
    result = run_module(module, names=["often"], until="2026-03-01T03:00:00+01:00")
    assert times(result, "often") == [f"2026-03-01T{time}:00Z" for time in ("00:30", "01:00", "01:30", "02:00")]
    aws.switches(page_size=1)
    assert len(run_module(module, names=["often"], max_executions=5)["executions"]) == 5


def test_all_windows(aws, run_module):
    result = run_module(module, max_executions=2)
    assert [one["name"] for one in result["windows"]] == ["daily", "off", "often"]
    assert [len(times(result, name)) for name in ("daily", "off", "often")] == [2, 0, 2]
    assert [one["execution_time"] for one in result["executions"]] == sorted(
        one["execution_time"] for one in result["executions"]
    )


def test_of_a_target(aws, run_module):
    result = run_module(module, target={"instance_ids": [NODE]}, max_executions=4)
    assert [one["name"] for one in result["windows"]] == ["often"] and len(times(result, "often")) == 4
    result = run_module(module, target={"tags": {"role": ["web"]}}, until="2026-03-03")
    assert [one["name"] for one in result["windows"]] == ["daily", "off"] and len(times(result, "daily")) == 2
    result = run_module(module, target={"resource_groups": ["none"]})
    assert result["windows"] == [] and result["executions"] == []


@pytest.mark.parametrize(
    "options, begin",
    [
        ({"names": ["none"]}, "names: "),
        ({"window_ids": ["mw-0123456789abcdef0"]}, "window_ids: "),
        ({"max_executions": 0}, "max_executions: "),
        ({"until": "soon"}, "until: "),
        ({"target": {}}, "target.tags: "),
        ({"target": {"instance_ids": ["server"]}}, "target.instance_ids: "),
        ({"target": {"instance_ids": [NODE], "tags": {"a": "b"}}}, "target.tags: "),
        ({"target": {"tags": {"a": "b"}}, "names": ["daily"]}, "parameters are mutually exclusive"),
    ],
)
def test_bad_input(aws, run_module, options, begin):
    result = run_module(module, **options)
    assert result["failed"] and result["msg"].startswith(begin)


@pytest.mark.parametrize("operation", ["DescribeMaintenanceWindowSchedule", "DescribeMaintenanceWindowsForTarget"])
def test_denied_is_not_nothing(aws, run_module, operation):
    aws.faults(service="ssm", operation=operation, code="AccessDeniedException")
    assert run_module(module, target={"instance_ids": [NODE]})["failure"]["code"] == "AccessDeniedException"
