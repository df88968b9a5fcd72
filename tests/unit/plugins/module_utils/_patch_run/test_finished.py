# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is done stays done: by the state in AWS, by the report, and never by today's patch states."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import finished
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import run_report
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import WaveVerdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import wave_verdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave

COMPLETED = {"run_id": "r", "outcome": "completed", "message": "2 of 2 hosts patched", "ended": "2026-03-10T05:00:00Z"}


@pytest.mark.parametrize(
    ("kept", "report", "state", "said"),
    [
        ({}, None, None, ""),
        ({"state": "running"}, {**COMPLETED, "outcome": "failed"}, None, ""),
        # The controller died between the state and its report, which a resume completes.
        ({"state": "completed"}, {**COMPLETED, "outcome": "running"}, None, ""),
        (
            {"state": "completed", "message": "2 of 2", "time": "T"},
            None,
            "completed",
            "Run r is finished: 2 of 2 (T). ",
        ),
        (
            {"state": "completed", "message": "short"},
            COMPLETED,
            "completed",
            "finished: 2 of 2 hosts patched (2026-03-10T05:",
        ),
        ({}, COMPLETED, "completed", "another patch_run_id"),
        (
            {"state": "rolled_back", "message": "hosts rolled back"},
            COMPLETED,
            "rolled_back",
            "finished: hosts rolled back",
        ),
        ({"state": "rolled_back"}, {**COMPLETED, "outcome": "failed"}, "rolled_back", "Nothing was changed"),
        ({"state": "closed"}, None, "rolled_back", "finished: "),  # of a later version
    ],
)
def test_whether_a_run_is_over(kept, report, state, said):
    found = finished.over("r", kept, RunReport.from_dict(report) if report else None)
    assert found.get("state") == state and said in found.get("message", "")


@pytest.fixture(name="plan")
def fixture_plan(facts, make):
    hosts = [facts(1, "SQL Server"), facts(2, "SQL Server"), facts(3, "Web Server")]
    return make(hosts, {"max_errors": "1"}).to_dict()


def judged(wave, outcomes, **more):
    """A record by executions that ended so, and without patch states."""
    ids = [host["instance_id"] for host in wave["hosts"]]
    images = [{"instance_id": one, "image_id": "ami-1", "outcome": "reused"} for one in ids]
    targets = [
        {"target": one, "outcome": outcome, "execution_id": "e", "start_time": "2026-03-10T02:00:00Z"}
        for one, outcome in zip(ids, outcomes, strict=True)
        if outcome
    ]
    verdict = wave_verdict(read_wave(wave), images, [{"targets": targets}], [], **more)
    return Record(wave["id"], verdict, images, [{"targets": targets}])


def test_a_wave_that_another_controller_left_is_judged_by_its_executions(plan):
    record = judged(plan["waves"][0], ["succeeded", None], done=True)
    assert [row.outcome for row in record.verdict.hosts] == ["patched", "not_started"]
    assert record.verdict.hosts[1].message == "no part of the wave when it was patched"
    assert not record.verdict.spent and not record.verdict.retry
    assert judged(plan["waves"][0], ["succeeded", "failed"]).verdict.retry, "without done, nothing verifies the first"


def test_a_wave_that_is_done_stays_as_its_report_says(plan):
    known = read_plan(plan)
    first = judged(plan["waves"][0], ["succeeded", "failed"], done=True)
    under_way = run_report(known, [first], final=False, passed=[first.wave])
    assert [wave.outcome for wave in under_way.waves] == ["done", "waiting"]

    (again,) = map(Record.from_dict, finished.records(known, under_way))
    assert again.verdict.hosts == first.verdict.hosts
    assert (again.verdict.succeeded, again.verdict.failed) == (first.verdict.succeeded, first.verdict.failed)
    assert (again.verdict.retry, again.verdict.spent) == ((), False)
    # Whatever somebody finds out about it later.
    worse = Record(first.wave, WaveVerdict.from_dict({"hosts": [], "spent": True}))
    for records in ([again], [worse], []):
        assert run_report(known, records, earlier=under_way).waves[0] == under_way.waves[0]


def test_the_waves_up_to_the_one_that_the_state_names_are_done(plan):
    known = read_plan(plan)
    ids = [wave.id for wave in known.waves]
    assert finished.waves_passed(known, {"wave": ids[0]}) == ids[:1]
    assert finished.waves_passed(known, {"wave": ids[-1]}) == ids
    assert finished.waves_passed(known, {"wave": "other"}) == finished.waves_passed(known, {}) == []
