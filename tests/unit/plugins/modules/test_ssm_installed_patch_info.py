# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What was installed in some time, and nothing of what was installed before or after it."""

from datetime import datetime
from datetime import timedelta
from datetime import timezone

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.installed_patches import read
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_installed_patch_info as module

START = "2026-03-10T02:00:00Z"
FLEET = [
    {"name": "sql", "platform": "windows-2022", "missing": 3},
    {"name": "app", "platform": "amazon-linux-2023", "missing": 4},
    {"name": "new", "platform": "windows-2022", "scanned": False},
]


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 0, "start": START}, "fleet": FLEET})


def nodes(aws):
    found = [one for group in aws.client("ec2").describe_instances()["Reservations"] for one in group["Instances"]]
    return {next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name"): one["InstanceId"] for one in found}


def install(aws, *instance_ids):
    aws.client("ssm").send_command(
        DocumentName="AWS-RunPatchBaseline",
        InstanceIds=list(instance_ids),
        Parameters={"Operation": ["Install"]},
    )
    aws.clock(jump="idle")


def test_what_was_installed_in_the_time(aws, run_module):
    ids = nodes(aws)
    expected = {ids[name]: aws.machine(ids[name])["missing"] for name in ("sql", "app")}
    install(aws, *expected)
    given = {"instance_ids": [*ids.values(), "i-00000000000000000"], "since": START}
    result = run_module(module, **given)
    found = {node["instance_id"]: node for node in result["nodes"]}
    assert {one: [patch["kb_id"] for patch in found[one]["patches"]] for one in expected} == {
        one: sorted(patches) for one, patches in expected.items()
    }
    assert found[ids["new"]]["status"] == "no_data" and found["i-00000000000000000"]["status"] == "unknown"
    assert result["summary"] == {"nodes": 4, "known": 2, "no_data": 1, "unknown": 1, "patches": 7}
    later = run_module(module, **{**given, "since": aws.clock()["now"], "until": "2026-03-20"})
    assert later["summary"]["patches"] == 0
    aws.switches(page_size=2)
    assert run_module(module, **given)["nodes"] == result["nodes"]


def test_a_day_without_a_time_counts_by_the_day():
    since, until = (datetime(2026, 3, 10, hour, 30, tzinfo=timezone.utc) for hour in (2, 5))
    days = [datetime(2026, 3, day, tzinfo=timezone.utc) for day in (9, 10, 11)]
    assert [read._is_inside(day, since, until) for day in days] == [False, True, False]
    assert read._is_inside(since + timedelta(hours=1), since, until)
    assert not read._is_inside(datetime.fromtimestamp(0, timezone.utc), since, until)
    assert not read._is_inside(None, since, until)


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [("yesterday", START, "must be a time in ISO 8601"), (START, "2026-03-09", "before since")],
)
def test_times_that_make_no_sense(aws, run_module, since, until, text):
    result = run_module(module, instance_ids=[], since=since, until=until)
    assert result["failed"] and text in result["msg"]
