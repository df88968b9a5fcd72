# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The front of the calendar: files that change only when their content does, check mode, diff, and what it refuses."""

import datetime
import os
import types

import pytest

from ansible.errors import AnsibleActionFail
from ansible.errors import AnsibleError

from ansible_collections.fleetpatch.aws.plugins.action import patch_calendar
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_ics

WINDOW = {
    "name": "sunday",
    "window_id": "mw-1",
    "schedule": "cron(0 3 ? * SUN *)",
    "duration": 3,
    "cutoff": 1,
    "targets": [{"tags": {"Environment": ["Production"]}}],
    "tasks": [{"task_arn": "AWS-RunPatchBaseline"}],
    "account": "main",
    "region": "eu-central-1",
}
AT = {"generated_at": "2026-03-10", "show": False}


def run(check=False, diff=False, **options):
    task = types.SimpleNamespace(
        args={**AT, **options}, async_val=0, check_mode=check, diff=diff, no_log=False, delegate_to=None
    )
    plugin = patch_calendar.ActionModule(task, types.SimpleNamespace(), types.SimpleNamespace(), None, None, None)
    plugin._connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None), has_pipelining=True)
    return plugin.run(None, {})


def test_without_a_path_nothing_is_written_and_nothing_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(windows=[WINDOW])
    assert result["changed"] is False
    assert len(result["calendar"]["occurrences"]) == 6
    assert result["text"].startswith("Maintenance windows, 2026-03-09 to 2026-04-19")
    assert list(tmp_path.iterdir()) == []


def test_changed_is_true_when_a_file_changes_and_only_then(tmp_path):
    options = {"windows": [WINDOW], "directory": str(tmp_path / "new" / "folder"), "formats": ["html", "ics", "text"]}
    predicted = run(check=True, diff=True, **options)
    assert predicted["changed"] is True
    assert not (tmp_path / "new").exists()
    first = run(diff=True, **options)
    assert first == predicted
    assert sorted(os.listdir(tmp_path / "new" / "folder")) == ["calendar.html", "calendar.ics", "calendar.txt"]
    assert [first[f"{kind}_path"][-12:] for kind in ("html", "ics", "text")] == [
        "alendar.html",
        "calendar.ics",
        "calendar.txt",
    ]
    for check in (True, False):
        again = run(check=check, diff=True, **options)
        assert (again["changed"], again["diff"]) == (False, [])


def test_drift_is_shown_and_mended(tmp_path):
    path = tmp_path / "mine.txt"
    run(windows=[WINDOW], path_text=str(path))
    whole = path.read_text(encoding="utf-8")
    path.write_text("by hand\n", encoding="utf-8")
    path.chmod(0o640)
    result = run(diff=True, windows=[WINDOW], path_text=str(path))
    assert result["changed"] is True
    assert result["diff"] == [
        {"before_header": str(path), "after_header": str(path), "before": "by hand\n", "after": whole}
    ]
    assert path.read_text(encoding="utf-8") == whole
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_a_path_of_its_own_wins_over_the_directory(tmp_path):
    result = run(windows=[WINDOW], directory=str(tmp_path), path_html=str(tmp_path / "index.html"))
    assert sorted(os.listdir(tmp_path)) == ["calendar.txt", "index.html"]
    assert result["html_path"] == str(tmp_path / "index.html")


def test_a_page_is_a_digest_in_the_diff(tmp_path):
    (shown,) = run(diff=True, windows=[WINDOW], path_html=str(tmp_path / "x.html"))["diff"]
    assert shown["before"] == ""
    assert shown["after"].startswith("a page of ") and len(shown["after"]) < 120


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(AnsibleError, match="calendar .*file/below.txt: cannot be written"):
        run(windows=[WINDOW], path_text=str(tmp_path / "file" / "below.txt"))


def test_the_library_is_needed_only_for_what_needs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(_calendar_ics, "MISSING", ImportError("No module named 'icalendar'"))
    assert run(windows=[WINDOW], directory=str(tmp_path))["changed"] is True
    for options in ({"path_ics": str(tmp_path / "x.ics")}, {"change_calendars": [{"name": "c", "content": "x"}]}):
        with pytest.raises(AnsibleError, match="Failed to import the required Python library .icalendar"):
            run(windows=[WINDOW], **options)


def result_of(account, region, **more):
    return {"item": [account, region], "windows": [{**WINDOW, "account": None, "region": None}], **more}


def test_results_of_a_loop_get_their_account_and_region():
    results = [result_of({"name": "main"}, "us-east-1"), result_of("second", "eu-central-1")]
    windows = run(results=results)["calendar"]["windows"]
    assert [(one["account"], one["region"]) for one in windows] == [("main", "us-east-1"), ("second", "eu-central-1")]


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "one of the following is required: windows, results"),
        ({"windows": [WINDOW], "weekz": 3}, "weekz"),
        ({"windows": [WINDOW], "weeks": 0}, "patch_calendar: weeks is 0"),
        ({"windows": [WINDOW], "timezone": "Nowhere"}, "patch_calendar: timezone is 'Nowhere'"),
        ({"windows": [WINDOW], "start": "soon"}, "patch_calendar: start is 'soon'"),
        ({"windows": [WINDOW], "formats": ["pdf"]}, "value of formats must be one or more of: html, ics, text"),
        ({"windows": [WINDOW], "freezes": [{"name": "x", "start": "2026-01-01"}]}, "end found in freezes"),
        (
            {"windows": [WINDOW], "freezes": [{"name": "x", "start": "2026-01-02", "end": "2026-01-01"}]},
            "freeze x: end is 2026-01-01, which is not after start",
        ),
        ({"results": [{"windows": []}]}, r"results\[0\]: item must be \[account, region\], not None"),
        (
            {"results": [result_of("main", "us-east-1", failed=True, msg="AccessDeniedException")]},
            r"results\[0\] \(main, us-east-1\): AccessDeniedException",
        ),
        (
            {"results": [{"item": ["main", "us-east-1"]}]},
            r"results\[0\] \(main, us-east-1\): the result has no windows",
        ),
    ],
)
def test_what_is_refused_is_named(options, words):
    with pytest.raises(AnsibleActionFail, match=words):
        run(**options)


def test_the_default_is_the_present_day_so_that_a_second_run_changes_nothing(tmp_path):
    options = {"windows": [WINDOW], "timezone": "Asia/Tokyo", "directory": str(tmp_path), "generated_at": None}
    before = patch_calendar.today("Asia/Tokyo")
    first, second = run(**options), run(**options)
    moment = datetime.datetime.fromisoformat(first["calendar"]["generated_at"])
    assert (moment + datetime.timedelta(hours=9)).time() == datetime.time()
    assert before <= (moment + datetime.timedelta(hours=9)).date().isoformat() <= patch_calendar.today("Asia/Tokyo")
    assert (first["changed"], second["changed"]) == (True, False) or before != patch_calendar.today("Asia/Tokyo")


def test_a_change_calendar_becomes_a_freeze():
    content = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//AWS//Change Calendar 1.0//EN\r\nX-CALENDAR-TYPE:DEFAULT_OPEN\r\n"
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260315T000000Z\r\nDTEND:20260316T000000Z\r\n"
        "SUMMARY:Launch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    model = run(windows=[WINDOW], change_calendars=[{"name": "company", "content": content}])["calendar"]
    assert [(one["name"], one["source"]) for one in model["freezes"]] == [("Launch", "company")]
    assert [one["message"] for one in model["conflicts"]] == ["sunday runs during the freeze Launch"]
