# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The report of a run."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import report as reports
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.advice import short
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import wave_verdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._report_text import render_report_text


def run_report(plan, records, stop=None, final=True, earlier=None, **more):
    """The report as JSON values, which give the equal report back."""
    known = RunReport.from_dict(earlier) if earlier else None
    read = [reports.Record.from_dict(one) for one in records]
    made = reports.run_report(read_plan(plan), read, stop, final, known, **more)
    assert RunReport.from_dict(made.to_dict()) == made
    return made.to_dict()


def progress(plan, report):
    return reports.progress(read_plan(plan), RunReport.from_dict(report) if report else None)


def at(minute):
    return f"2026-03-10T02:{minute:02d}:00Z"


@pytest.fixture(name="planned")
def fixture_planned(facts, make):
    hosts = [facts(1, "SQL Server"), facts(2, "Web Server"), facts(3, "Web Server"), facts(4, state="stopped")]
    return make(hosts, {"max_errors": "50%"}).to_dict()


def record(wave, outcomes, began=10, message=None):
    """A record of a wave whose hosts ended as `outcomes`, by instance id."""
    ids = [host["instance_id"] for host in wave["hosts"]]
    images = [
        {"instance_id": i, "image_id": f"ami-{i}", "outcome": "created", "creation_date": at(began - 5)} for i in ids
    ]
    targets = [
        {
            "target": i,
            "outcome": outcome,
            "execution_id": "e",
            "start_time": at(began),
            "end_time": at(began + 9),
            "failure_message": message,
        }
        for i, outcome in zip(ids, outcomes, strict=True)
    ]
    states = [
        {
            "instance_id": i,
            "status": "compliant",
            "missing_count": 0,
            "operation": "Scan",
            "operation_start_time": at(began + 7),
            "operation_end_time": at(began + 8),
        }
        for i in ids
    ]
    attempts = [{"targets": targets}]
    return {
        "wave": wave["id"],
        "verdict": wave_verdict(read_wave(wave), images, attempts, states).to_dict(),
        "images": images,
        "attempts": attempts,
    }


def test_completed(planned):
    first, second = planned["waves"]
    report = run_report(planned, [record(first, ["succeeded"]), record(second, ["succeeded", "succeeded"], 30)])
    assert report["outcome"] == "completed" and report["message"] == "3 of 3 hosts in 2 waves patched"
    assert (report["started"], report["ended"]) == (at(5), at(39))
    assert [phase["name"] for phase in report["waves"][0]["phases"]] == ["image", "patch", "verify"]
    assert report["totals"]["patched"] == 3 and report["totals"]["images"] == 3 and report["totals"]["excluded"] == 1
    assert report["failures"] == [] and [wave["outcome"] for wave in report["waves"]] == ["done", "done"]


def test_a_failure_within_the_budget_is_told(planned):
    first, second = planned["waves"]
    report = run_report(
        planned, [record(first, ["succeeded"]), record(second, ["failed", "succeeded"], 30, "exit status 156")]
    )
    assert report["outcome"] == "completed" and "1 failed within the error budget: host-2" in report["message"]
    assert report["failures"][0]["message"] == "exit status 156" and "Amazon S3" in report["failures"][0]["next_step"]
    assert report["failures"][0]["cause_code"] == "no_s3" and "buckets of AWS" in report["failures"][0]["cause"]
    assert [host["cause_code"] for host in report["waves"][1]["hosts"]] == ["no_s3", ""]


def test_stopped_by_a_spent_budget(planned):
    first = planned["waves"][0]
    got = record(first, ["failed"], message="boom")
    report = run_report(planned, [got], {"task": "Decide", "message": got["verdict"]["msg"], "wave": first["id"]})
    assert report["outcome"] == "stopped" and "boom" in report["message"] and first["id"] in report["message"]
    assert [wave["outcome"] for wave in report["waves"]] == ["failed", "skipped"]
    assert (report["totals"]["failed"], report["totals"]["not_started"]) == (1, 2)
    assert report["totals"]["unscanned"] == 2, "what nobody scanned is not taken for patched"


def test_failed_by_something_else(planned):
    first, second = planned["waves"]
    stop = {"task": "Image every instance", "message": "UnauthorizedOperation", "wave": second["id"]}
    report = run_report(planned, [record(first, ["succeeded"])], stop)
    assert report["outcome"] == "failed"
    for words in ("UnauthorizedOperation", "Image every instance", second["id"]):
        assert words in report["message"]


def test_a_run_that_ended_early_without_a_word_has_not_completed(planned):
    report = run_report(planned, [record(planned["waves"][0], ["succeeded"])])
    assert report["outcome"] == "failed" and "before its last wave" in report["message"]


def test_under_way(planned):
    report = run_report(planned, [record(planned["waves"][0], ["succeeded"])], final=False)
    assert report["outcome"] == "running" and report["ended"] is None
    assert [wave["outcome"] for wave in report["waves"]] == ["done", "waiting"]


def test_a_wave_whose_judgement_never_came_is_not_done(planned):
    first, second = planned["waves"]
    unjudged = {
        "wave": second["id"],
        "verdict": wave_verdict(read_wave(second), None, [], []).to_dict(),
        "images": [],
        "attempts": [],
    }
    report = run_report(planned, [record(first, ["succeeded"]), unjudged], {"message": "killed"})
    assert report["waves"][1]["outcome"] == "failed" and report["outcome"] == "failed" and "killed" in report["message"]


def test_what_interrupted_a_wave_is_told_rather_than_its_budget(planned):
    first = planned["waves"][0]
    stop = {"task": "Run the runbook", "message": "ExpiredToken", "wave": first["id"]}
    report = run_report(planned, [record(first, ["failed"], message="boom")], stop)
    assert report["outcome"] == "failed" and "ExpiredToken" in report["message"]
    assert [failure["message"] for failure in report["failures"]] == ["boom"]


def test_a_record_of_an_unknown_wave_is_an_error(planned):
    with pytest.raises(InvalidInput, match="waves other.wave are not in the plan"):
        run_report(planned, [{"wave": "other.wave", "verdict": {}}])


def test_an_empty_plan_is_reported_as_such(facts, make):
    plan = make([facts(1, state="stopped")], {"allow_empty": True}).to_dict()
    report = run_report(plan, [])
    assert report["outcome"] == "completed" and "nothing to patch" in report["message"]


def test_a_sentence_holds_the_heart_of_a_long_message():
    long = (
        "Step fails when it is Poll action status for completion. {Status=[Failed], Output=[Step execution skipped due to "
        "unsatisfied preconditions.\n\n----------ERROR-------\nFailed to install: disk quota\n\nStep execution skipped due to "
        "unsatisfied preconditions. ], CommandId=[x]}"
    )
    assert short(long) == "Failed to install: disk quota"
    assert short("plain\n text") == "plain text"
    assert len(short("word " * 100)) <= 200


@pytest.mark.parametrize(
    "error",
    [
        "Errors during downloading metadata for repository 'base': [Errno 256] No more mirrors to try.",
        "E: [a] conflicts with [b]] {'x': ['y']}, retried",
        "]",
    ],
)
@pytest.mark.parametrize(
    "rest",
    [
        "], StatusDetails=[Failed], CommandId=[0f3a]}. Please refer to the guide.",
        "\n], CommandId=[0f3a]}",
        "\n\nStep execution skipped due to unsatisfied preconditions. Step name: PatchMacOS\n], StatusDetails=[Failed]}",
        " Step execution skipped. Step name: PatchMacOS ], CommandId=[0f3a]}",
        "",
    ],
)
def test_an_error_with_brackets_is_not_cut(error, rest):
    assert (
        short("{Status=[Failed], ResponseCode=[1], Output=[begun\n----------ERROR-------\n" + error + rest, 300)
        == error
    )


def test_only_what_was_scanned_again_counts_as_gone():
    hosts = [
        {
            "instance_id": "i-1",
            "host": "a",
            "name": "a",
            "missing": 4,
            "zone": "z",
            "role": "r",
            "tier": "t",
            "platform": "p",
        },
        {
            "instance_id": "i-2",
            "host": "b",
            "name": "b",
            "missing": 9,
            "zone": "z",
            "role": "r",
            "tier": "t",
            "platform": "p",
        },
    ]
    wave = {"id": "w", "number": 1, "tier": "t", "zones": ["z"], "canary": False, "part": 1, "parts": 1}
    wave.update({"max_errors": 1, "why": "", "hosts": hosts})
    time = {"start_time": "2026-03-10T02:00:00Z", "end_time": "2026-03-10T02:30:00Z"}
    attempts = [
        {"targets": [{"target": "i-1", "outcome": "succeeded", **time}, {"target": "i-2", "outcome": "failed", **time}]}
    ]
    scan = {"instance_id": "i-1", "status": "compliant", "operation": "Scan", "missing_count": 0}
    states = [{**scan, "operation_start_time": "2026-03-10T02:28:00Z", "operation_end_time": "2026-03-10T02:29:00Z"}]
    verdict = wave_verdict(read_wave(wave), None, attempts, states).to_dict()
    plan = {"run_id": "r", "region": "", "summary": {}, "waves": [wave], "exclusions": []}
    totals = run_report(plan, [{"wave": "w", "verdict": verdict, "images": [], "attempts": attempts}])["totals"]
    assert (totals["missing_before"], totals["missing_after"]) == (4, 0)


GATE = {"task": "Gate", "message": "freeze Spring holds", "wave": "application.use1a", "gate": "freeze", "at": "before"}


def test_a_closed_gate_stops_a_run_and_is_no_failure_of_a_host(planned):
    first = planned["waves"][0]
    report = run_report(planned, [record(first, ["succeeded"])], GATE, passed=[first["id"]])
    assert report["outcome"] == "stopped" and not report["failures"]
    assert report["message"] == "stopped before wave application.use1a by the gate freeze: freeze Spring holds"
    early = run_report(planned, [], {**GATE, "wave": "", "at": "run"})
    assert early["message"] == "stopped before its start by the gate freeze: freeze Spring holds"
    assert progress(planned, report) == ([first["id"]], [first["id"]]) and progress(planned, None) == ([], [])


def test_a_wave_that_was_not_come_to_again_is_told_as_it_was(planned):
    first, second = planned["waves"]
    earlier = run_report(planned, [record(first, ["succeeded"]), record(second, ["failed", "failed"], 30)])
    assert [wave["outcome"] for wave in earlier["waves"]] == ["done", "failed"]
    report = run_report(planned, [], {**GATE, "at": "run"}, earlier=earlier)
    assert [wave["outcome"] for wave in report["waves"]] == ["done", "failed"] and report["outcome"] == "stopped"
    assert report["totals"]["patched"] == 1 and report["started"] == earlier["started"]
    again = run_report(planned, [record(first, ["succeeded"]), record(second, ["succeeded"] * 2, 30)], earlier=earlier)
    assert again["outcome"] == "completed"
    assert progress(planned, earlier) == ([first["id"]], [])


def test_a_wave_in_which_the_controller_died_is_told_as_interrupted(planned):
    first = planned["waves"][0]
    begun = record(first, ["failed"])
    earlier = run_report(planned, [begun], final=False)
    assert earlier["waves"][0]["outcome"] == "running"
    report = run_report(planned, [], {**GATE, "at": "run"}, earlier=earlier)
    assert report["waves"][0]["outcome"] == "failed" and report["waves"][0]["message"]


def test_a_report_of_other_hosts_says_nothing_of_this_plan(planned):
    earlier = run_report(planned, [record(planned["waves"][0], ["succeeded"])])
    earlier["waves"][0]["hosts"][0]["instance_id"] = "i-other"
    assert progress(planned, earlier) == ([], [])
    assert run_report(planned, [], {**GATE, "at": "run"}, earlier=earlier)["waves"][0]["outcome"] == "skipped"


def test_a_wave_in_which_the_run_was_stopped_is_not_done_even_within_its_budget(planned):
    first, second = planned["waves"]
    records = [record(first, ["succeeded"]), record(second, ["cancelled", "succeeded"], 30)]
    stop = {"task": "Guard", "message": "jane asked for it", "wave": second["id"], "gate": "stop", "at": "in"}
    report = run_report(planned, records, stop)
    assert report["outcome"] == "stopped" and [wave["outcome"] for wave in report["waves"]] == ["done", "failed"]
    assert report["message"] == "stopped in wave application.use1a by the gate stop: jane asked for it"
    assert progress(planned, report)[0] == [first["id"]]
    assert "may still work on the host" in report["failures"][0]["cause"]
    assert progress(planned, run_report(planned, records))[0] == [first["id"], second["id"]]


def test_hosts_that_no_longer_exist_are_no_failures(planned):
    first, second = planned["waves"]
    gone = second["hosts"][0]["instance_id"]
    late = record(second, ["failed", "succeeded"], 30, "x")
    states = [
        {
            "instance_id": second["hosts"][1]["instance_id"],
            "operation": "Scan",
            "operation_end_time": at(38),
            "missing_count": 0,
        }
    ]
    late["verdict"] = wave_verdict(read_wave(second), late["images"], late["attempts"], states, gone=[gone]).to_dict()
    report = run_report(planned, [record(first, ["succeeded"]), late])
    assert (report["outcome"], report["failures"]) == ("completed", [])
    assert report["message"] == "2 of 3 hosts in 2 waves patched; 1 host no longer exists"
    assert (report["totals"]["gone"], report["totals"]["failed"], report["waves"][1]["outcome"]) == (1, 0, "done")
    (row,) = [host for host in report["waves"][1]["hosts"] if host["instance_id"] == gone]
    assert row["image_id"] in row["message"] and row["cause"] == ""
    assert reports.gone(read_plan(planned), RunReport.from_dict(report)) == [gone]
    assert "1 host no longer there" in render_report_text(report)


def test_a_run_without_reboots_says_how_many_hosts_wait_for_one(planned):
    first, second = planned["waves"]
    made = record(first, ["succeeded"])
    for row in made["verdict"]["hosts"]:
        row["pending_reboot"] = True
    records = [made, record(second, ["succeeded", "succeeded"], 30)]
    report = run_report(planned, records)
    assert report["message"] == "3 of 3 hosts in 2 waves patched; 1 host still requires a reboot"
    assert "1 host still waiting for a reboot" in render_report_text(report)
    assert report["totals"]["pending_reboot"] == 1
    later = {"at": "02:00", "window_id": "mw-1", "hosts": [{}]}
    assert run_report(planned, records, reboots=later)["message"].endswith(
        "rebooted at 02:00 by maintenance window mw-1"
    )


def test_hosts_that_could_not_be_read_are_unknown_and_keep_what_was_known(planned):
    first, later = planned["waves"][0], planned["waves"][-1]
    done = record(first, ["succeeded"] * len(first["hosts"]))
    ids = [host["instance_id"] for host in later["hosts"]]
    begun = record(later, ["succeeded"] + ["running"] * (len(ids) - 1))
    under_way = run_report(planned, [done, begun], final=False)
    unread = [{"targets": [], "unread": ids, "why": "ExpiredToken"}]
    verdict = wave_verdict(read_wave(later), None, unread, None).to_dict()
    dark = {"wave": later["id"], "verdict": verdict, "attempts": unread}
    stop = {"task": "Attempt", "message": "ExpiredToken: it expired", "wave": later["id"]}
    report = run_report(planned, [done, dark], stop, earlier=under_way)
    assert (report["outcome"], report["waves"][-1]["outcome"]) == ("unknown", "unknown")
    assert report["message"].startswith(f"unknown in wave {later['id']}: 1 host may be patched or not: ExpiredToken")
    rows = report["waves"][-1]["hosts"]
    assert [row["outcome"] for row in rows] == ["patched"] + ["unknown"] * (len(ids) - 1), "what was patched still is"
    assert all(row["execution_id"] == "e" and row["image_id"] and row["attempts"] == 1 for row in rows)
    assert {one["cause_code"] for one in report["failures"]} == {"unread"}
    text = render_report_text(report)
    assert "UNKNOWN" in text and "1 host unknown, which may be patched" in text and "Failures" not in text
