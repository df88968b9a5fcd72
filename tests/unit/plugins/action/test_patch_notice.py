# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which notice is made of the files of a run, for which channels, and what is kept of it."""

import datetime
import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.action import patch_notice
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _notices
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._rundir import RunDirectory

NOW = datetime.datetime(2026, 3, 10, tzinfo=datetime.timezone.utc)
HOST = {"host": "h", "instance_id": "i-1", "name": "web", "outcome": "patched", "attempts": 1}
WAVE = {"number": 1, "id": "app", "zones": ["a"], "canary": False, "outcome": "done", "hosts": [HOST]}
PLAN = {"run_id": "spring", "region": "us-east-1", "summary": {}, "options": {}, "waves": [WAVE]}
REPORT = {
    "outcome": "completed",
    "message": "all is well",
    "waves": [WAVE],
    "totals": {"patched": 1, "hosts": 1},
    "failures": [],
}
DEFAULTS = {name: spec.get("default") for name, spec in patch_notice.SPEC.items()}


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    folder = RunDirectory(str(tmp_path), "spring")
    folder.write("plan.json", json.dumps(PLAN))
    folder.write("plan.html", "")
    return folder


def make(folder, event, **more):
    given = {**DEFAULTS, "event": event, "run_id": "spring", "channels": ["ses", "webhook"], "wave": "app", **more}
    return patch_notice.make(folder, given, NOW)


def delivered(folder, event, sent=True, channel="ses", **more):
    given = {**DEFAULTS, "event": event, "wave": "app", "deliveries": [{"channel": channel, "sent": sent}], **more}
    return patch_notice.keep(folder, given, False)


def finished(folder):
    folder.write("report.json", json.dumps(REPORT))
    folder.write("report.html", "")


@pytest.mark.parametrize("event", ["completed", "wave_done"])
def test_what_happens_once_is_told_once_and_again_only_where_it_failed(folder, event):
    finished(folder)
    assert make(folder, event)["channels"] == ["ses", "webhook"]
    delivered(folder, event)
    delivered(folder, event, sent=False, channel="webhook")
    assert make(folder, event)["channels"] == ["webhook"]
    delivered(folder, event, channel="webhook")
    again = make(folder, event)
    assert (again["send"], again["channels"]) == (False, [])


def test_a_failure_is_told_each_time(folder):
    folder.write("report.json", json.dumps({**REPORT, "outcome": "failed"}))
    delivered(folder, "failed")
    assert make(folder, "failed")["channels"] == ["ses", "webhook"]


def test_a_start_is_a_resumption_when_there_was_one_before(folder):
    assert make(folder, "started")["title"] == "Patching started"
    delivered(folder, "started")
    assert make(folder, "started")["title"] == "Patching resumed"


def test_a_run_that_had_completed_does_not_start(folder):
    finished(folder)
    assert make(folder, "started")["send"] is False


def test_an_empty_run_is_no_news(folder):
    folder.write("plan.json", json.dumps({**PLAN, "waves": []}))
    assert make(folder, "started") == {"send": False, "channels": [], "msg": "the run has no hosts; nothing is sent"}


def test_the_page_is_a_link_or_a_path_with_its_machine(folder):
    made = make(folder, "started")
    assert made["facts"]["report"] == str(folder.path / "plan.html") and "Controller:" in made["text"]
    made = make(folder, "started", report_url="https://r.example.com/runs/")
    assert (
        made["facts"]["report"] == "https://r.example.com/runs/spring/plan.html" and "Controller:" not in made["text"]
    )
    finished(folder)
    assert make(folder, "completed")["facts"]["report"] == str(folder.path / "report.html")
    folder.write("rollback.html", "")
    hosts = [{"instance_id": "i-1", "outcome": "rolled_back"}]
    made = make(folder, "rolled_back", page="rollback.html", hosts=hosts)
    assert made["facts"]["report"] == str(folder.path / "rollback.html")


def test_the_report_is_attached_where_it_is_wanted(folder):
    finished(folder)
    assert make(folder, "completed")["attachments"] == []
    assert make(folder, "completed", attach_report=True)["attachments"] == [str(folder.path / "report.html")]
    assert make(folder, "wave_done", attach_report=True)["attachments"] == []


@pytest.mark.parametrize("run, title", [(REPORT, "Patching completed"), (PLAN, "Patching started")])
def test_a_run_can_be_handed_over(run, title):
    event = "completed" if run is REPORT else "started"
    given = {**DEFAULTS, "event": event, "run": run, "channels": ["ses"]}
    assert patch_notice.make(None, given, NOW)["title"] == title


def test_what_was_not_sent_is_warned_about_and_kept(folder, monkeypatch):
    said = []
    monkeypatch.setattr(patch_notice.Display, "warning", lambda _self, text, **_more: said.append(text))
    delivered(folder, "retry", sent=False, channel="smtp", attempt=2)
    assert len(said) == 1 and "'retry' was not sent through smtp" in said[0]
    entry = _notices.read(folder)[0]
    assert (entry["event"], entry["attempt"], entry["channel"], entry["sent"]) == ("retry", 2, "smtp", False)
    delivered(folder, "retry", attempt=2)
    assert len(said) == 1


def test_check_mode_keeps_nothing(folder):
    patch_notice.keep(folder, {**DEFAULTS, "event": "failed", "deliveries": [{"channel": "ses", "sent": False}]}, True)
    assert _notices.read(folder) == []
