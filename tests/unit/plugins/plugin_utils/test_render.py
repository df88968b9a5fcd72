# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The pages: whole, escaped, self-contained, accessible; the text fits a terminal; the CSV is safe in a spreadsheet."""

import base64
import copy
import csv
import datetime
import hashlib
import html.parser
import io
import json
import re

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import run_report
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import wave_verdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import waves
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.survey import survey
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _draw
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _render
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _report_text
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _words

NOW = datetime.datetime(2026, 3, 10, 2, tzinfo=datetime.timezone.utc)
EVIL = '<script>alert("x")</script>\'"&{{ 7*7 }}\x1b[31m'
VOID = {"meta", "input", "br", "hr", "img", "link", "rect", "path"}


def make_plan(name="web", role="Web Server", count=4, **options):
    facts = []
    for number in range(count):
        tags = {
            "Name": f"{name}-{number}",
            "instancedata": json.dumps({"solution": "s", "environment": "e", "instance": role}),
        }
        placement = {"availability_zone": f"us-east-1{'abc'[number % 3]}", "region": "us-east-1"}
        variables = {
            "instance_id": f"i-{number:017x}",
            "tags": tags,
            "placement": placement,
            "state": {"name": "running"},
        }
        facts.append((f"{name}-{number}", variables))
    facts.append(
        ("broken", {**facts[0][1], "instance_id": "i-broken", "tags": {"Name": name, "instancedata": f"{name}"}})
    )
    tiers = [{"name": "app", "roles": [role]}]
    chosen = PlanOptions.from_dict({"tiers": tiers, **options})
    return waves.plan(survey(facts, chosen), chosen, states={}, run_id="spring", now=NOW).to_dict()


def reported(plan, records, stop=None):
    return run_report(Plan.from_dict(plan), [Record.from_dict(one) for one in records], stop).to_dict()


def make_report(plan, outcome="failed", message="boom"):
    records = []
    for minute, wave in enumerate(plan["waves"]):
        ids = [host["instance_id"] for host in wave["hosts"]]
        time = {"start_time": f"2026-03-10T02:{10 + minute}:00Z", "end_time": f"2026-03-10T03:{10 + minute}:00Z"}
        targets = [
            {
                "target": i,
                "outcome": outcome,
                "execution_id": "e-1",
                "failure_message": message,
                "failed_step": "install",
                **time,
            }
            for i in ids
        ]
        images = [
            {"instance_id": i, "image_id": "ami-1", "outcome": "created", "creation_date": "2026-03-10T02:03:00Z"}
            for i in ids
        ]
        attempts = [{"targets": targets}, {"targets": targets}]
        records.append(
            {
                "wave": wave["id"],
                "verdict": wave_verdict(read_wave(wave), images, attempts, []).to_dict(),
                "images": images,
                "attempts": attempts,
            }
        )
    return reported(plan, records)


class Page(html.parser.HTMLParser):
    """Elements of a page, and whether every one of them is closed in the right order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def pages(plan=None):
    plan = plan or make_plan()
    return {"plan": _render.render_plan_html(plan), "report": _render.render_report_html(make_report(plan), plan)}


@pytest.fixture(name="page", params=["plan", "report"])
def fixture_page(request):
    return pages()[request.param]


def test_landmarks_headings_and_names(page):
    parsed = Page(page)
    for landmark in ("main", "header", "footer", "title", "h1"):
        assert len(parsed.of(landmark)) >= 1
    assert len(parsed.of("main")) == len(parsed.of("h1")) == 1
    assert parsed.of("html")[0]["lang"] == "en"
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in parsed.of("meta")
    levels = [int(tag[1]) for tag, _attributes in parsed.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), "no level is skipped"


def test_ids_are_unique_and_references_exist(page):
    parsed = Page(page)
    ids = [attributes["id"] for _tag, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids)) > 5
    for _tag, attributes in parsed.elements:
        wanted = attributes.get("aria-labelledby", "").split() + ([attributes["for"]] if "for" in attributes else [])
        wanted += [attributes["href"][1:]] if attributes.get("href", "").startswith("#") else []
        assert set(wanted) <= set(ids)


def test_tables_have_captions_and_header_cells_with_scope(page):
    parsed = Page(page)
    assert len(parsed.of("table")) == len(parsed.of("caption")) > 0
    assert all(attributes.get("scope") in ("col", "row") for attributes in parsed.of("th"))


def test_every_drawing_has_a_title(page):
    parsed = Page(page)
    (drawing,) = parsed.of("svg")
    assert "aria-labelledby" in drawing and any(inside == "title" and text for inside, text in parsed.texts)


def test_nothing_is_loaded_from_anywhere(page):
    parsed = Page(page)
    for tag, attributes in parsed.elements:
        assert not {"src", "srcset", "action", "data"} & set(attributes), tag
        assert attributes.get("href", "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?://|//[a-z]|@import|url\((?!#)", page)


def test_only_our_script_may_run(page):
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = [meta["content"] for meta in Page(page).of("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == [f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"]


def test_the_page_is_whole_without_the_script(page):
    assert page.count("<script>") == 1
    assert [
        attributes for attributes in Page(page).of("p") if "hidden" in attributes
    ], "the search field waits for the script"


@pytest.mark.parametrize("kind", ["plan", "report"])
def test_hostile_names_are_text(kind):
    plan = make_plan(name=EVIL, role=EVIL.strip())
    plan["run_id"], plan["region"] = EVIL, EVIL
    plan["warnings"].append({"code": EVIL, "message": EVIL, "hosts": [EVIL]})
    report = make_report(plan, message=EVIL)
    page = {"plan": _render.render_plan_html(plan), "report": _render.render_report_html(report, plan)}[kind]
    parsed = Page(page)
    assert len(parsed.of("script")) == 1 and "alert" not in "".join(
        t for inside, t in parsed.texts if inside == "script"
    )
    assert any(EVIL.replace("\x1b", "\ufffd") in text for _tag, text in parsed.texts), "shown as it is, not evaluated"
    assert "49" not in {text.strip() for _tag, text in parsed.texts}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(scheme):
    # WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text
    style = re.search(r"<style>(.*?)</style>", pages()["plan"], re.DOTALL).group(1)
    blocks = re.findall(r":root\{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", blocks[0 if scheme == "light" else 1]))
    pairs = [(ink, ground) for ink in ("ink", "soft", "accent", "good", "warn", "bad") for ground in ("paper", "card")]
    pairs += [(name, f"{name}-bg") for name in ("good", "warn", "bad", "idle", "accent")]
    pairs += [("ink", f"{name}-bg") for name in ("good", "warn", "bad", "idle", "accent")]
    pairs += [("on-bar", name) for name in ("accent", "image", "patch", "verify", "good", "bad", "warn", "idle")]
    assert {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    } == {}


def contrast(one, other):
    def light(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
        parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_every_host_and_wave_and_exclusion_is_on_the_plan_page():
    plan = make_plan(count=7, wave_size=2, canary=1)
    page = _render.render_plan_html(plan)
    for wave in plan["waves"]:
        assert f"<h3>{wave['id']}</h3>" in page and f'id="wave-{wave["number"]}"' in page
        assert all(host["instance_id"] in page for host in wave["hosts"])
    assert "i-broken" in page and "Malformed tags" in page
    assert page.index("Needs attention") < page.index("Summary") < page.index("Waves")


def test_an_empty_plan_and_an_empty_report_render():
    options = PlanOptions.from_dict({"allow_empty": True})
    plan = waves.plan(survey([], options), options, run_id="x", now=NOW).to_dict()
    assert "No hosts to patch" in _render.render_plan_html(plan)
    assert "No waves are planned" in _render.render_report_html(reported(plan, []), plan)
    assert "0 hosts in 0 waves" in _render.render_plan_text(plan)


def test_a_report_before_the_first_wave_renders_without_a_time_line():
    plan = make_plan()
    page = _render.render_report_html(reported(plan, [], {"task": "Publish", "message": "denied"}), plan)
    assert "Timeline" not in page and "denied" in page and "not started" in page


def test_the_report_tells_failures_with_their_next_step():
    plan = make_plan()
    page = _render.render_report_html(make_report(plan), plan)
    assert "Failures" in page and "<b>Next:</b>" in page and "boom" in page
    assert "<b>Cause:</b> The installation failed" in page


def test_the_cause_of_a_failure_is_told_in_every_form():
    plan = make_plan()
    report = make_report(plan, message="Unable to download payload: x.failed to run commands: exit status 156")
    cause = "the node cannot download the files required for patching from the S3 buckets of AWS"
    assert "<b>Cause:</b> T" + cause[1:] in _render.render_report_html(report, plan)
    assert f"cause: {cause}" in " ".join(_report_text.render_report_text(report).split())
    assert cause in _render.report_csv(report)


def test_the_same_plan_gives_the_same_page():
    plan = make_plan()
    assert _render.render_plan_html(plan) == _render.render_plan_html(copy.deepcopy(plan))


def test_the_diagram_has_a_box_per_tier_and_group_and_arrows_between_them():
    drawing = _draw.plan_diagram(make_plan(count=9, wave_size=2))
    assert [box["number"] for box in drawing["boxes"]] == ["1–2", "3–5"] and len(drawing["arrows"]) == 1
    assert sum(int(box["hosts"].split()[0]) for box in drawing["boxes"]) == 9
    assert all(
        box["x"] + box["w"] <= drawing["width"] and box["y"] + box["h"] <= drawing["height"] for box in drawing["boxes"]
    )


def test_the_time_line_keeps_bars_inside_and_in_order():
    plan = make_plan()
    drawing = _draw.timeline(make_report(plan))
    assert len(drawing["rows"]) == len(plan["waves"])
    for row in drawing["rows"]:
        assert [one["name"] for one in row["bars"]] == ["image", "patch", "patch"]
        assert all(drawing["left"] <= one["x"] and one["x"] + one["w"] <= drawing["width"] for one in row["bars"])
    assert all(re.fullmatch(r"\d\d:(00|10|20|30|40|50)", tick["label"]) for tick in drawing["ticks"])


def test_the_text_fits_a_terminal_and_cannot_move_its_cursor():
    plan = make_plan(name="a-very-long-name-" * 5 + "\x1b[2J\x9b\u202e\r", count=30)
    text = _render.render_plan_text(plan)
    assert max(len(line) for line in text.splitlines()) <= 120
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "… and 8 more" in text


def test_the_csv_has_a_line_per_host_and_no_formulas():
    plan = make_plan(name='=HYPERLINK("x")', count=5)
    rows = list(csv.DictReader(io.StringIO(_render.report_csv(make_report(plan, message="-1, and\n2\x1b[31m")))))
    assert len(rows) == 5
    assert rows[0]["name"].startswith("'=HYPERLINK") and rows[0]["message"] == "'-1, and\n2�[31m"
    assert rows[0]["outcome"] == "failed" and rows[0]["attempts"] == "2" and rows[0]["pending_reboot"] == "no"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h 00 min"), (125, "2 h 05 min"), (3000, "2 d 2 h"), (None, "–")],
)
def test_duration(minutes, text):
    assert _words.duration(minutes) == text


@pytest.mark.parametrize(
    ("gib", "text"),
    [(None, "– GiB"), (0, "0 GiB"), (3680, "3\u202f680 GiB"), (10_240, "10.0 TiB"), (2_576_000, "2\u202f515.6 TiB")],
)
def test_size(gib, text):
    assert _words.size(gib) == text


@pytest.mark.parametrize(("amount", "text"), [(0.0, "0.00"), (184.0, "184.00"), (128_800.4, "128\u202f800")])
def test_money(amount, text):
    assert _words.money(amount) == text


def test_ten_thousand_hosts_are_collapsed_and_the_page_stays_small():
    plan = make_plan(count=10_000, wave_size=500)
    page = _render.render_plan_html(plan)
    assert len(page) < 8_000_000
    assert not [attributes for attributes in Page(page).of("details") if "id" in attributes and "open" in attributes]


def test_the_report_as_text_fits_a_terminal_and_cannot_colour_it():
    text = _report_text.render_report_text(make_report(make_plan(name=EVIL), message=f"one\ntwo {EVIL * 5}"))
    assert "Run spring: STOPPED" in text and "0 of 4 hosts patched, 4 images, " in text and "Failures (4):" in text
    assert "one two" in text and "\x1b" not in text
    assert all(len(line) <= 150 for line in text.splitlines())


def test_a_name_cannot_read_as_another_name(page):
    spoofed = pages(make_plan(name="web\u202egnp.exe\u2066"))
    for text in spoofed.values():
        assert "web\ufffdgnp.exe" in text and not set("\u202e\u2066") & set(text)
    assert "\ufffd" not in page


def test_a_plan_says_that_waves_are_cut_to_keep_hosts_of_a_role_up():
    plan = make_plan(count=6, max_unavailable="50%")
    words = "at most 50% of a role in a zone unavailable at once"
    assert words in _render.render_plan_text(plan) and words in _render.render_plan_html(plan)
    assert "unavailable at once" not in _render.render_plan_text(make_plan())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "all solutions; all environments"),
        (
            {"solutions": ["shop"], "environments": ["test", "production"]},
            "solution shop; environments test, production",
        ),
        ({"only_tiers": ["data"]}, "all solutions; all environments; tier data"),
    ],
)
def test_what_a_plan_selects(options, words):
    assert _words.selection(options) == words
