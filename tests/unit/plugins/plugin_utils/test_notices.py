# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The mail: whole, escaped, without anything from a network; and the book of what was sent."""

import html.parser
import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import EVENTS
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import Occasion
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import notice
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _notices
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._rundir import RunDirectory

EVIL = '<script>alert("x")</script>\'"&{{ 7*7 }}{% endraw %}<img src=//evil.example>'
HOST = {
    "host": "h1", "instance_id": "i-1", "name": EVIL, "zone": "us-east-1a", "outcome": "failed", "message": EVIL,
    "failed_step": "install", "attempts": 1, "execution_id": "e-1", "image_id": "ami-1", "next_step": EVIL,
    "start": "2026-03-10T02:00:00Z", "end": "2026-03-11T02:00:00Z", "cause": EVIL,
}  # fmt: skip
GOOD = {**HOST, "instance_id": "i-2", "outcome": "patched", "message": ""}
WAVE = {"number": 1, "id": EVIL, "zones": [EVIL], "canary": True, "outcome": "failed", "hosts": [HOST, GOOD]}
TOTALS = {"patched": 1, "hosts": 2}
REPORT = {
    "outcome": "stopped",
    "message": EVIL,
    "waves": [WAVE],
    "totals": TOTALS,
    "failures": [{}],
    "started": "2026-03-10T02:00:00Z",
}
PLAN = {"run_id": "spring", "region": EVIL, "summary": {}, "options": {"solutions": [EVIL]}, "waves": [WAVE]}


def mail(event, text=EVIL, **more):
    def put(value):
        return json.loads(json.dumps(value).replace(json.dumps(EVIL)[1:-1], json.dumps(text)[1:-1]))

    made = notice(
        Occasion(
            event=event, plan=read_plan(put(PLAN)), report=RunReport.from_dict(put(REPORT)), wave=text, attempt=2,
            retries=3, hosts=[put(HOST)], message=text, prefix=text, **more,
        )  # fmt: skip
    )
    return _notices.render_mail(made)


class Elements(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.words = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("event", EVENTS)
def test_a_hostile_name_adds_no_element(event):
    hostile, harmless = Elements(mail(event)), Elements(mail(event, "web"))
    assert hostile.found == harmless.found
    assert any(EVIL in words for words in hostile.words), "and it is shown as it is"


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("report_at", ["", "/srv/runs/spring/report.html", "https://reports.example.com/spring"])
def test_a_mail_needs_no_network_and_no_script(event, report_at):
    found = Elements(mail(event, "web", report_at=report_at)).found
    assert not {tag for tag, _attributes in found} & {"script", "link", "img", "iframe", "form", "object", "svg"}
    assert not [attributes for _tag, attributes in found if "src" in attributes or "background" in attributes]
    links = [attributes["href"] for _tag, attributes in found if "href" in attributes]
    assert links == ([report_at] if report_at.startswith("https://") else [])


@pytest.mark.parametrize("report_at", ["javascript:alert(1)", "data:text/html,x", ' https://x"><b>'])
def test_only_a_web_address_becomes_a_link(report_at):
    found = Elements(mail("failed", "web", report_at=report_at)).found
    assert not [tag for tag, _attributes in found if tag == "b" and tag == report_at]
    assert all(attributes["href"].startswith("https://") for tag, attributes in found if tag == "a")


def test_every_style_that_matters_is_inline():
    """Mail programs may drop the style element: every cell with words still has its font and its colour."""
    cells = [attributes for tag, attributes in Elements(mail("completed", "web")).found if tag in ("h1", "h2", "p")]
    assert cells and all("font-family" in cell["style"] for cell in cells)


def test_the_book_of_what_was_sent(tmp_path):
    folder = RunDirectory(str(tmp_path), "spring")
    assert _notices.read(folder) == []
    entry = {
        "event": "retry",
        "wave": "w",
        "attempt": 2,
        "channel": "ses",
        "sent": True,
        "reason": "",
        "id": "1",
        "time": "",
    }
    _notices.add(folder, [entry])
    _notices.add(folder, [{**entry, "channel": "sns", "sent": False}])
    told = _notices.read(folder)
    assert [one["channel"] for one in told] == ["ses", "sns"]
    assert _notices.is_told(told, "retry", "w", 2, "ses")
    assert not _notices.is_told(told, "retry", "w", 2, "sns"), "what failed is not told"
    assert not _notices.is_told(told, "retry", "w", 3, "ses")
    assert not _notices.is_told(told, "retry", "v", 2, "ses")


@pytest.mark.parametrize("content", ["", "{", "{}", "[7]", '["a"]', "null"])
def test_a_broken_book_stops_nothing(tmp_path, content):
    folder = RunDirectory(str(tmp_path), "spring")
    folder.write(_notices.FILE, content)
    assert _notices.read(folder) == []


def test_what_did_not_arrive_is_text_for_a_terminal():
    entry = {
        "event": "retry",
        "wave": "w",
        "attempt": 2,
        "channel": "ses",
        "sent": False,
        "reason": "\x1b[31mno",
        "id": "",
        "time": "",
    }
    text = _notices.undelivered_text([entry] * 12 + [{**entry, "sent": True}])
    assert "(12)" in text and "... and 2 more" in text and "\x1b" not in text
    assert _notices.undelivered_text([{**entry, "sent": True}]) == ""
