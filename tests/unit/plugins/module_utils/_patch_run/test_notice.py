# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What notices say, whatever hosts are called and machines answer."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import notice_forms
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import EVENTS
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import Occasion
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import notice
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import run_report
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan

NOW = datetime.datetime(2026, 3, 6, 2, tzinfo=datetime.timezone.utc)


def planned(count, name="web", run_id="spring"):
    hosts = [
        {
            "host": f"h{number}",
            "instance_id": f"i-{number:017x}",
            "name": f"{name}{number}",
            "tier": "app",
            "role": "web",
            "zone": "us-east-1a",
            "platform": "linux",
            "missing": 2,
        }
        for number in range(count)
    ]
    wave = {"number": 1, "id": "app.use1a", "tier": "app", "zones": ["us-east-1a"], "canary": False, "part": 1}
    wave |= {"parts": 1, "why": "", "max_errors": 0, "estimate": {"minutes": 30}, "hosts": hosts}
    summary = {"hosts": count, "waves": 1, "excluded": 2, "missing": 1200, "critical": 3, "estimated_minutes": 95}
    options = {"solutions": ["shop"], "environments": ["production"]}
    return {
        "run_id": run_id, "region": "us-east-1", "options": options, "summary": summary,
        "waves": [wave] if count else [], "exclusions": [],
    }  # fmt: skip


def reported(plan, failed=(), message="boom", final=True):
    """A run of one wave in which the hosts with these numbers failed."""
    rows = []
    for number, host in enumerate(host for wave in plan["waves"] for host in wave["hosts"]):
        bad = number in failed
        rows.append(
            {
                "instance_id": host["instance_id"], "outcome": "failed" if bad else "patched",
                "message": message if bad else "", "failed_step": "install" if bad else "", "attempts": 1,
                "image_id": "ami-1", "execution_id": f"e-{number}", "pending_reboot": False, "missing_before": 2,
                "missing_after": None if bad else 0, "start": "2026-03-10T02:10:00Z", "end": "2026-03-10T02:20:00Z",
            }  # fmt: skip
        )
    ids = [row["instance_id"] for row in rows if row["outcome"] == "failed"]
    verdict = {"hosts": rows, "spent": bool(ids), "failed": ids, "retry": [], "msg": f"{len(ids)} failed"}
    attempt = {"targets": [{"start_time": row["start"], "end_time": row["end"]} for row in rows]}
    records = [{"wave": "app.use1a", "verdict": verdict, "images": [], "attempts": [attempt]}] if rows else []
    return run_report(read_plan(plan), [Record.from_dict(one) for one in records], final=final).to_dict()


def occasion(event, count=3, failed=(), message="boom", name="web", **more):
    plan = planned(count, name)
    report = {} if event in ("announced", "started") else reported(plan, failed, message)
    hosts = [{"instance_id": "i-1", "outcome": "rolled_back", "name": name}] if event == "rolled_back" else []
    given_ = {"wave": "app.use1a", "attempt": 2, "retries": 3, "hosts": hosts, "prefix": "[fp]", "now": NOW}
    read = {"plan": read_plan(plan), "report": RunReport.from_dict(report) if report else None}
    return Occasion(event=event, **{**read, **given_, **more})


TELLING = [event for event in EVENTS if event != "rolled_back"]


@pytest.mark.parametrize("event", TELLING)
def test_nothing_is_said_of_an_empty_run(event):
    assert notice(occasion(event, count=0)) is None


def test_nothing_is_said_of_a_rollback_of_no_host():
    assert notice(occasion("rolled_back", hosts=[])) is None


@pytest.mark.parametrize(
    "event, failed, tone, subject",
    [
        ("announced", (), "idle", "[fp] Patching announced: 3 hosts (run spring)"),
        ("started", (), "idle", "[fp] Patching started: 3 hosts in 1 wave (run spring)"),
        ("retry", (1,), "warn", "[fp] Patching retried: 1 host of app.use1a, retry 1 of 3 (run spring)"),
        ("wave_done", (), "good", "[fp] Wave done: app.use1a, 3 of 3 hosts patched, wave 1 of 1 (run spring)"),
        ("wave_done", (1,), "warn", "[fp] Wave done: app.use1a, 2 of 3 hosts patched, wave 1 of 1 (run spring)"),
        ("failed", (1,), "bad", "[fp] Patching stopped: 2 of 3 hosts patched, wave app.use1a (run spring)"),
        ("completed", (), "good", "[fp] Patching completed: 3 of 3 hosts patched (run spring)"),
        ("rolled_back", (), "good", "[fp] Rolled back: 1 of 1 host (run spring)"),
    ],
)
def test_subjects(event, failed, tone, subject):
    made = notice(occasion(event, failed=failed))
    assert (made["tone"], made["subject"]) == (tone, subject)


@pytest.mark.parametrize("attempt, words", [(2, "retry 1 of 3"), (4, "retry 3 of 3"), (5, "retry 4, after a resume")])
def test_retries_are_counted_from_one_and_never_beyond_their_number(attempt, words):
    assert f"{words} (run spring)" in notice(occasion("retry", failed=(0,), attempt=attempt))["subject"]


@pytest.mark.parametrize("event", ["retry", "failed", "completed", "wave_done"])
def test_a_failure_has_instance_execution_reason_and_times(event):
    made = notice(occasion(event, failed=(1,), message="no space left on device", report_at="https://r.example.com/x"))
    assert [row["instance_id"] for row in made["failures"]] == ["i-00000000000000001"]
    for form in (made["text"], made["slack"], json.dumps(made["facts"])):
        for fact in ("i-00000000000000001", "e-1", "no space left on device", "https://r.example.com/x"):
            assert fact in form
    assert "2026-03-10 02:10 UTC to 02:20 UTC" in made["text"] and "2026-03-10 02:10 UTC" in made["slack"]
    failure = made["facts"]["failures"][0]
    assert (failure["start"], failure["end"]) == ("2026-03-10T02:10:00Z", "2026-03-10T02:20:00Z")
    # What to do next is for a run that is over: nobody has to do anything before a retry.
    assert bool(failure["next_step"]) == (event != "retry")


def test_a_failed_run_says_how_to_resume():
    assert "-e patch_run_id=spring" in notice(occasion("failed", failed=(0,)))["text"]
    assert "-e patch_run_id" not in notice(occasion("completed"))["text"]


@pytest.mark.parametrize(
    "starts_at, words",
    [
        ("2026-03-10T02:00:00Z", "2026-03-10 02:00 UTC (in 4 days)"),
        ("2026-03-10T04:00:00+02:00", "2026-03-10 02:00 UTC (in 4 days)"),
        ("2026-03-10T02:00:00", "2026-03-10 02:00 UTC (in 4 days)"),
        ("2026-03-06T05:10:00Z", "2026-03-06 05:10 UTC (in 3 hours)"),
        ("2026-03-06T02:01:00Z", "2026-03-06 02:01 UTC (in 1 minute)"),
        ("2026-03-07T13:59:00Z", "2026-03-07 13:59 UTC (in 36 hours)"),
        ("2026-03-01T02:00:00Z", "2026-03-01 02:00 UTC (run"),
    ],
)
def test_how_long_before(starts_at, words):
    assert words in notice(occasion("announced", starts_at=starts_at))["subject"]


@pytest.mark.parametrize(
    "event, more, words",
    [
        ("finished", {}, "event: 'finished' is unknown; use one of announced, "),
        ("retry", {"wave": "gone"}, "the run has no wave 'gone'"),
        ("announced", {"starts_at": "tomorrow"}, "starts_at 'tomorrow' is not a time"),
    ],
)
def test_what_is_not_known_is_named(event, more, words):
    with pytest.raises(InvalidInput, match=words):
        report = RunReport.from_dict(reported(planned(1)))
        notice(Occasion(event=event, plan=read_plan(planned(1)), report=report, **more))


def test_a_rollback_that_failed_somewhere_shouts():
    hosts = [
        {"instance_id": "i-1", "outcome": "rolled_back"},
        {
            "instance_id": "i-2",
            "outcome": "failed_detached",
            "message": "the task failed",
            "task_id": "replacevol-1",
            "wave": "w",
        },
    ]
    made = notice(occasion("rolled_back", hosts=hosts))
    assert (made["tone"], made["title"]) == ("bad", "Rollback failed")
    assert "1 of 2 hosts" in made["subject"] and "Data volumes are unchanged" in made["lead"]
    assert "i-2: without a root volume, wave w" in made["text"] and "the task failed" in made["text"]
    assert "replacevol-1" in made["text"] and made["facts"]["totals"] == {"hosts": 2, "rolled_back": 1}
    assert "Started" not in made["text"], "the times of the report are those of the run that was rolled back"


def test_the_way_of_the_run_is_told_before_it():
    text = notice(occasion("announced"))["text"]
    assert "1. app.use1a: 3 hosts in us-east-1a, about 30 min" in text
    assert "1200, 3 of them critical" in text and "about 1 h 35 min" in text and "shop" in text


HOSTILE = st.one_of(
    st.text(max_size=400),
    st.sampled_from(
        [
            "%s %(x)d 50%", "{{ 7*7 }}", "{% raw %}", "a\r\nBcc: x@example.com", "\x1b[31mred", "\u202eevil", "<!channel>",
            "<https://x|y>", "&amp;", "\x00", "\ud800", "🙂" * 300, "a" * 5000, " ", "\u2028", "'; rm -rf /",
        ]  # fmt: skip
    ),
)


@settings(max_examples=150, deadline=None)
@given(event=st.sampled_from(EVENTS), name=HOSTILE, message=HOSTILE, prefix=HOSTILE, note=HOSTILE)
def test_no_name_and_no_message_breaks_a_form(event, name, message, prefix, note):
    made = notice(occasion(event, count=2, failed=(0,), name=name, message=message, prefix=prefix, report_at=note))
    assert made["subject"].isprintable() and made["subject"].endswith("(run spring)")
    assert made["subject_ascii"].isascii() and made["subject_ascii"].isprintable()
    assert 0 < len(made["subject_ascii"]) < 100 and made["subject_ascii"][0] != " "
    assert all(text.isprintable() for text in made["text"].split("\n"))
    assert not set(made["slack"]) & set("<>") and len(made["slack"]) <= notice_forms.SLACK
    made["text"].encode("utf-8")
    json.dumps(made["facts"]).encode("utf-8")


def test_text_is_never_evaluated_nor_formatted():
    words = "100% {{ 7*7 }} {% raw %} %(body)s ${HOME} `id`"
    made = notice(occasion("failed", failed=(0,), message=words, name=words))
    for form in (made["text"].replace("\n    ", " "), made["slack"], made["facts"]["failures"][0]["reason"]):
        assert words in form
    assert made["facts"]["failures"][0]["name"] == words + "0"


@pytest.mark.parametrize("letter", ["x", "🙂", '"', "\\", "\u0001"])
def test_a_fleet_that_failed_still_fits_everywhere(letter):
    made = notice(occasion("failed", count=1000, failed=range(900), message=letter * 5000, name=letter * 250))
    assert (len(made["failures"]), len(made["hosts"]), made["more"]) == (20, 40, 880 + 60)
    assert (made["facts"]["failures_total"], made["facts"]["hosts_total"]) == (900, 100)
    assert "940 more hosts in the report." in made["text"] or "Truncated" in made["text"]
    facts = json.dumps(made["facts"])
    # SNS takes 262 144 bytes: text, and the facts for three kinds of subscriptions, as the module of SNS wraps them.
    forms = {"default": made["text"], "sqs": facts, "lambda": facts, "https": facts, "sms": made["subject_ascii"]}
    assert len(json.dumps(forms)) < 262_144
    assert len(made["slack"]) <= 4000


def test_a_long_subject_keeps_its_run():
    subject = notice_forms.subject_line("[fp]", "Patching stopped", "x" * 500, "r" * 40)
    assert len(subject) <= notice_forms.SUBJECT and subject.endswith(f"(run {'r' * 40})")


def test_subjects_for_sns_are_ascii():
    assert notice_forms.ascii_subject("Zürich … ✓") == "Zurich ... ?"
