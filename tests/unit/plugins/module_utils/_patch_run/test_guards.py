# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The guards of a run: a request to stop, somebody else on the hosts."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.guards import began
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.guards import guard_findings as judged_typed
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave

FIRST = {"time": "2026-03-10T02:00:30Z", "age": 30}
HOSTS = [{"instance_id": "i-1", "name": "sql"}, {"instance_id": "i-2", "name": ""}]


def judged(read, first, given, plan, records=(), value=""):
    known = [Record.from_dict(one) for one in records]
    return judged_typed(read, began(first), read_wave(given), read_plan(plan), known, value)


def guard_findings(read, first, hosts=()):
    return judged(read, first, {"id": "one", "hosts": hosts}, {"waves": [], "summary": {}})


@pytest.mark.parametrize(
    ("time", "closed"),
    [("2026-03-10T01:59:59Z", False), ("2026-03-10T02:00:00Z", True), ("2026-03-11T00:00:00+02:00", True)],
)
def test_a_request_counts_for_runs_that_were_under_way(time, closed):
    request = {"time": time, "who": "jane", "why": "slow", "force": False}
    found = guard_findings({"stop": request, "busy": []}, FIRST)
    assert [one["gate"] for one in found] == (["stop"] if closed else [])
    assert not closed or found[0]["message"].endswith("UTC: slow") and found[0]["message"].startswith("jane requested")


def test_a_request_written_by_hand_may_say_little():
    found = guard_findings({"stop": {"time": "2026-03-10T02:15:00Z"}}, FIRST)
    assert found == [
        {"gate": "stop", "closed": True, "message": "somebody requested to stop the run at 2026-03-10 02:15 UTC"}
    ]


def test_whoever_else_is_there_is_named_with_the_hosts():
    execution = {"kind": "execution", "id": "e-1", "run_id": "spring", "document": "D", "instance_ids": ["i-1", "i-2"]}
    command = {"kind": "command", "id": "c-1", "run_id": "", "document": "AWS-RunPatchBaseline"}
    many = [f"i-{number}" for number in range(10, 17)]
    found = guard_findings({"stop": {}, "busy": [execution, {**command, "instance_ids": many}]}, FIRST, HOSTS)
    assert [one["gate"] for one in found] == ["busy", "busy"] and all(one["closed"] for one in found)
    assert found[0]["message"].startswith("run spring (execution e-1 (D)) works on sql (i-1), i-2;")
    assert (
        found[1]["message"].startswith("command c-1 (AWS-RunPatchBaseline) works on i-10, ")
        and "i-14 and 2 more" in found[1]["message"]
    )


def test_without_the_time_of_the_first_look_nothing_can_be_said():
    with pytest.raises(KeyError):
        guard_findings({"stop": {}}, {})


def wave(name, *numbers, zone="a"):
    hosts = [{"instance_id": f"i-{n}", "name": f"web-{n}", "role": "Web", "zone": zone} for n in numbers]
    return {"id": name, "hosts": hosts}


@pytest.mark.parametrize(
    ("value", "outcomes", "zone", "closed"),
    [
        ("", ["failed", "failed"], "a", False),
        ("2", ["patched", "patched"], "a", False),
        ("2", ["failed", "patched"], "a", False),
        ("2", ["failed", "running"], "a", True),
        ("1", ["failed", "patched"], "a", True),
        ("1", ["image_failed", "not_started"], "a", False),
        ("25%", ["failed", "patched"], "a", False),
        ("1", ["failed", "failed"], "b", False),
    ],
)
def test_hosts_that_were_left_unpatched_count_as_out(value, outcomes, zone, closed):
    waves = [wave("one", 1, 2), wave("two", 3, zone=zone)]
    rows = [{"instance_id": f"i-{number}", "outcome": outcome} for number, outcome in enumerate(outcomes, 1)]
    records = [{"wave": "one", "verdict": {"hosts": rows}}, {"wave": "two", "verdict": {}}]
    capacity = [{"role": "Web", "zone": name, "hosts": 8, "most": 2} for name in ("a", "b")]
    plan = {"waves": waves, "summary": {"capacity": capacity}}
    found = judged({}, FIRST, waves[1], plan, records, value)
    assert [one["gate"] for one in found] == (["unavailable"] if closed else [])
    assert not closed or "Web in a: " in found[0]["message"] and "web-1" in found[0]["message"]
    # The hosts of the wave itself are not out because of it.
    assert judged({}, FIRST, waves[0], plan, records[:1], "2") == []
