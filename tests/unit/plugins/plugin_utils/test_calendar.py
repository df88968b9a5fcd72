# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar as page, text and iCalendar: whole, escaped, the same every time, and read back by another library."""

import base64
import datetime
import hashlib
import html.parser
import re

import pytest
import vobject
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible.errors import AnsibleError

from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar.window_calendar import window_calendar
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_ics
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_page
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_text
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_view

UTC = datetime.timezone.utc
EVIL = '<script>alert("x")</script>\'"&{{ 7*7 }}\x1b[31m,;\\\r\nEND:VEVENT\u202e'
VOID = {"meta", "input", "br", "hr", "img", "link"}
TASK = {"task_arn": "AWS-RunPatchBaseline", "run_command": {"parameters": {"Operation": ["Install"]}}}


def window(name="sunday", schedule="cron(0 3 ? * SUN *)", environment="Production", **more):
    return {
        "name": name,
        "window_id": f"mw-{name}",
        "schedule": schedule,
        "duration": 3,
        "cutoff": 1,
        "targets": [{"tags": {"Environment": [environment]}}],
        "tasks": [TASK],
        "tags": {"environment": environment},
        "account": "main",
        "region": "eu-central-1",
        **more,
    }


def made(*windows, **options):
    return window_calendar(windows, **{"generated_at": "2026-03-10T09:00:00Z", "timezone": "Europe/Berlin", **options})


FREEZE = {"name": "Close", "start": "2026-03-28", "end": "2026-04-02", "environments": ["Production"], "why": "Books"}
FULL = made(
    window(),
    window(region="us-east-1"),
    window("overlap", "cron(0 2 ? * SUN *)"),
    window("hourly", "cron(0 * ? * SAT *)", "Test", duration=1, cutoff=0),
    window("off", enabled=False),
    window("broken", "cron(1)"),
    window("idle", tasks=[]),
    freezes=[FREEZE],
)
HOSTILE = made(
    window(
        EVIL,
        environment=EVIL,
        window_id=EVIL,
        account=EVIL,
        region=EVIL,
        tasks=[{"name": EVIL, "task_arn": EVIL}],
        targets=[{"tags": {EVIL: [EVIL]}}],
    ),
    window(f"{EVIL}2", "cron(1)"),
    window("same", targets=[{"tags": {EVIL: [EVIL]}}], account=EVIL, region=EVIL),
    window("off", environment=EVIL, enabled=False),
    freezes=[{**FREEZE, "name": EVIL, "why": EVIL, "environments": [], "source": EVIL}],
)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.stack, self.problems, self.tags, self.ids, self.references = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("aria-labelledby", "for", "popovertarget") or (name == "href" and value.startswith("#")):
                self.references.append(value.removeprefix("#"))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.problems.append(tag)


@pytest.fixture(name="page", params=["full", "hostile", "empty"])
def fixture_page(request):
    model = {"full": FULL, "hostile": HOSTILE, "empty": made()}[request.param]
    return _calendar_page.render(model)


# ---------------------------------------------------------------- the page


def test_the_page_is_whole_and_every_reference_leads_somewhere(page):
    read = Page(page)
    assert read.problems == [] and read.stack == []
    assert len(read.ids) == len(set(read.ids))
    assert set(read.references) <= set(read.ids)


def test_the_page_needs_nothing_from_outside_and_runs_only_its_own_script(page):
    assert "://" not in page
    policy = re.search(r"script-src '(sha256-[^']+)'", page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = ["sha256-" + base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert digests == [policy]
    assert not [attrs for _tag, attrs in Page(page).tags if any(name.startswith("on") for name in attrs)]


def test_names_never_become_markup():
    page = _calendar_page.render(HOSTILE)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)" in page
    assert "\x1b" not in page and "\u202e" not in page
    assert "{{ 7*7 }}" in page


def test_the_page_is_the_same_every_time():
    assert _calendar_page.render(FULL) == _calendar_page.render(FULL)


def test_a_table_for_each_month_with_headings():
    tags = Page(_calendar_page.render(FULL)).tags
    named = [attrs for tag, attrs in tags if tag == "table" and attrs.get("aria-labelledby", "").startswith("m-")]
    assert [attrs["aria-labelledby"] for attrs in named] == ["m-2026-3", "m-2026-4"]
    assert sum(tag == "td" and attrs.get("aria-current") == "date" for tag, attrs in tags) == 1
    assert sum(tag == "th" and attrs.get("scope") == "col" for tag, attrs in tags) >= 16


def test_everything_is_said_in_words():
    page = _calendar_page.render(FULL)
    for words in ("overlap and sunday run at the same time", "is invalid", "disabled", "Freeze: Close"):
        assert words in page
    assert 'aria-label="04:00–07:00, sunday, Production, installs patches, conflict"' in page
    assert 'aria-label="05:00–08:00, sunday, Production, installs patches, conflict, in a freeze"' in page


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_can_be_read(scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1. The badge on its tone; text, soft text and tone on the tint."""
    blocks = re.findall(r":root\{(.*?)\}", _calendar_page.render(FULL), re.DOTALL)
    # light, dark and print of all pages, then light, dark and print of this one
    colour = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", blocks[scheme] + ";" + blocks[3 + scheme]))
    tones = ("prod", "acc", "test", "dev", "box", "none", "x1", "x2", "x3", "x4")
    for tone in tones:
        assert contrast(colour["on-bar"], colour[tone]) >= 4.5, tone
        for text in (colour["ink"], colour["soft"], colour[tone], colour["bad"], colour["ice"]):
            assert contrast(text, colour[f"{tone}-bg"]) >= 4.5, (tone, text)
    assert contrast(colour["ice"], colour["ice-bg"]) >= 4.5


def contrast(one, other):
    lights = sorted((luminance(one), luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def luminance(colour):
    text = colour[1:] if len(colour) == 7 else "".join(char * 2 for char in colour[1:])
    parts = [int(text[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ---------------------------------------------------------------- days, weeks, months


@settings(deadline=None, max_examples=25)
@given(st.dates(datetime.date(2024, 1, 1), datetime.date(2028, 12, 31)), st.integers(1, 12))
def test_every_day_stands_in_one_cell_and_every_opening_in_one_line(start, weeks):
    windows = [window(), window("daily", "cron(30 22 * * ? *)", schedule_timezone="America/New_York")]
    view = _calendar_view.View(made(*windows, start=start.isoformat(), weeks=weeks))
    expected = [start + datetime.timedelta(days=number) for number in range(weeks * 7)]
    cells = [cell for month in view.months() for week in month["weeks"] for cell in week["cells"]]
    assert [cell.date for cell in cells if cell and cell.inside] == expected
    assert [day.date for week in view.weeks() for day in week] == expected
    assert all(len(week["cells"]) == 7 for month in view.months() for week in month["weeks"])
    ids = [member["id"] for day in view.days.values() for item in day.items for member in item.members]
    assert sorted(ids) == sorted(one["id"] for one in view.model["occurrences"])


def test_the_same_window_in_two_regions_is_one_line():
    view = _calendar_view.View(made(window(), window(region="us-east-1")))
    (item,) = view.days[datetime.date(2026, 3, 15)].items
    assert [site["region"] for site in item.sites] == ["eu-central-1", "us-east-1"]
    assert item.when == "04:00–07:00"


def test_a_window_that_opens_often_is_one_line_a_day():
    view = _calendar_view.View(FULL)
    (item,) = view.days[datetime.date(2026, 3, 21)].items
    assert (item.when, len(item.starts)) == ("01:00–23:00", 23)


def test_over_midnight():
    view = _calendar_view.View(made(window(schedule="cron(0 22 ? * SUN *)"), start="2026-03-16", weeks=1))
    before, after = view.days[datetime.date(2026, 3, 16)].items, view.days[datetime.date(2026, 3, 22)].items
    assert [item.when for item in before] == ["…23:00–02:00"]
    assert [item.when for item in after] == ["23:00–02:00 +1"]


@pytest.mark.parametrize(
    "name, tone",
    [
        ("Production", "prod"),
        ("web-prod", "prod"),
        ("nonprod", ""),
        ("non-production", ""),
        ("pre-prod", "acc"),
        ("Acceptance", "acc"),
        ("TEST_2", "test"),
        ("Sandbox", "box"),
        ("other", "none"),
        ("latest", ""),
        ("", ""),
    ],
)
def test_tones(name, tone):
    assert _calendar_view.tone_of(name) == tone


def test_letters_are_not_given_twice():
    names = ["Production", "Prelude", "Prodigy", "other", "!!", "Projects"]
    view = _calendar_view.View(made(*(window(f"w{n}", environment=name) for n, name in enumerate(names))))
    letters = [one["letters"] for one in view.environments]
    assert len(set(letters)) == len(names)
    assert [one["name"] for one in view.environments][0] == "Production"


# ---------------------------------------------------------------- the text


@pytest.mark.parametrize("model", [FULL, HOSTILE, made()])
def test_the_text_fits_a_terminal(model):
    text = _calendar_text.render(model)
    assert all(len(line) <= 120 for line in text.splitlines())
    assert text.replace("\n", "").isprintable()


def test_the_agenda():
    lines = _calendar_text.render(FULL).splitlines()
    assert lines[0] == "Maintenance windows, 2026-03-09 to 2026-04-19, times in Europe/Berlin"
    place = lines.index("Week 13, 23 March to 29 March 2026")
    week = lines[place + 1 : lines.index("Week 14, 30 March to 05 April 2026")]
    assert week[0] == "  Sat 28 Mar  * freeze Close (Production)"
    assert week[1].split() == ["01:00–23:00", "23x", "Test", "hourly", "Install", "main", "/", "eu-central-1"]
    assert week[2] == "  Sun 29 Mar  * freeze Close (Production)"
    assert week[3].split()[:3] == ["00:00–01:00", "Test", "hourly"]  # 23:00 of Saturday in UTC
    assert [line.split()[1] for line in week[4:7]] == ["!*", "*", "!*"]
    columns = {line.index("Production") for line in week[4:7]}
    assert len(columns) == 1
    assert "  - off [main / eu-central-1]: at 03:00 on every Sunday (UTC)" in lines
    assert any(line.startswith("  - broken [main / eu-central-1]: cron(1): ") for line in lines)


@pytest.mark.parametrize(
    "value, width, expected",
    [("abc", 5, "abc  "), ("abcdef", 5, "abcd…"), ("日本語", 5, "日本…"), ("日本", 5, "日本 "), ("a\nb", 3, "a b")],
)
def test_columns_of_a_terminal(value, width, expected):
    assert _calendar_text.fit(value, width) == expected


# ---------------------------------------------------------------- iCalendar


def events(model):
    return list(vobject.readOne(_calendar_ics.render(model)).contents.get("vevent", []))


def test_another_library_reads_what_was_written():
    read = events(FULL)
    assert len(read) == len(FULL["occurrences"]) + 1
    for event, one in zip(read, FULL["occurrences"], strict=False):
        assert event.dtstart.value == datetime.datetime.fromisoformat(one["start"])
        assert event.dtend.value == datetime.datetime.fromisoformat(one["end"])
        assert event.dtstamp.value == datetime.datetime(2026, 3, 10, 9, tzinfo=UTC)
        assert event.summary.value.endswith(one["name"])
        assert event.location.value == f"main / {one['region']}"
        assert event.categories.value == [one["environment"]]
        assert event.transp.value == "TRANSPARENT"
    assert len({event.uid.value for event in read}) == len(read)
    assert (read[-1].summary.value, read[-1].categories.value) == ("Freeze: Close", ["Freeze"])
    assert read[-1].description.value == "Freeze for Production\nBooks"


def test_the_description_says_what_and_for_whom():
    event = next(one for one in events(FULL) if one.summary.value == "[conflict] [freeze] overlap")
    assert event.description.value.splitlines() == [
        "Production: installs patches",
        "installs patches (AWS-RunPatchBaseline)",
        "Targets: tag Environment = Production",
        "Window mw-overlap, 3 h, cutoff 1 h: no task starts after 04:00 UTC",
        "Conflict: overlap and sunday run at the same time for tag Environment = Production, 6 times",
        "Conflict: overlap runs during the freeze Close",
        "Freeze: Close",
    ]


def test_hostile_names_stay_in_their_property():
    text = _calendar_ics.render(HOSTILE)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "") and "\x1b" not in text
    read = events(HOSTILE)
    assert len(read) == len(HOSTILE["occurrences"]) + 1
    evil = [event for event in read if "<script>" in event.summary.value and "Freeze" not in event.summary.value]
    assert evil and all("END:VEVENT" in event.summary.value for event in evil)
    assert evil[0].categories.value == [event_text(EVIL)]


def event_text(value):
    return value.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd").replace("\r", " ").replace("\n", " ")


def test_uids_stay_and_tell_apart():
    first = {event.uid.value for event in events(made(window(), window(region="us-east-1")))}
    later = {event.uid.value for event in events(made(window(), generated_at="2026-03-17", weeks=2))}
    assert len(first) == 12
    assert len(later) == 2 and later < first


def change_calendar(kind, *lines):
    body = "\r\n".join(lines)
    return {
        "name": "company",
        "content": "BEGIN:VCALENDAR\r\nPRODID:-//AWS//Change Calendar 1.0//EN\r\nVERSION:2.0\r\n"
        f"X-CALENDAR-TYPE:{kind}\r\nX-WR-CALDESC:test\r\nBEGIN:VTODO\r\nDTSTAMP:20200320T004207Z\r\n"
        "UID:3b5af39a-d0b3-4049-a839-d7bb8af01f92\r\nSUMMARY:Add events to this calendar.\r\nEND:VTODO\r\n"
        f"{body}\r\nEND:VCALENDAR\r\n",
    }


def event(uid, start, end, *more):
    lines = (
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20200320T004207Z",
        start,
        end,
        f"SUMMARY:{uid}",
        *more,
        "END:VEVENT",
    )
    return [line for line in lines if line]


OFFICE = event(
    "office",
    "DTSTART;TZID=Europe/Berlin:20260323T080000",
    "DTEND;TZID=Europe/Berlin:20260323T180000",
    "RRULE:FREQ=WEEKLY",
)
BEGIN, END = datetime.datetime(2026, 3, 23, tzinfo=UTC), datetime.datetime(2026, 4, 1, tzinfo=UTC)


def freezes(document):
    return _calendar_ics.freezes_of(document, BEGIN, END, "Asia/Tokyo")


def spans(document):
    return [(one["start"][:16], one["end"][:16]) for one in freezes(document)]


def test_events_of_an_open_calendar_are_freezes_over_the_clock_change():
    found = freezes(change_calendar("DEFAULT_OPEN", *OFFICE))
    assert [(one["name"], one["source"], one["start"]) for one in found] == [
        ("office", "company", "2026-03-23T07:00:00+00:00"),
        ("office", "company", "2026-03-30T06:00:00+00:00"),
    ]


def test_all_but_the_events_of_a_closed_calendar_is_frozen():
    assert spans(change_calendar("DEFAULT_CLOSED", *OFFICE)) == [
        ("2026-03-23T00:00", "2026-03-23T07:00"),
        ("2026-03-23T17:00", "2026-03-30T06:00"),
        ("2026-03-30T16:00", "2026-04-01T00:00"),
    ]
    assert spans(change_calendar("DEFAULT_CLOSED")) == [("2026-03-23T00:00", "2026-04-01T00:00")]
    assert spans(change_calendar("DEFAULT_OPEN")) == []


def test_times_without_a_zone_are_local_to_the_calendar():
    day = event("day", "DTSTART;VALUE=DATE:20260325", "DTEND;VALUE=DATE:20260326")
    assert spans(change_calendar("DEFAULT_OPEN", *day)) == [("2026-03-24T15:00", "2026-03-25T15:00")]
    in_berlin = change_calendar("DEFAULT_OPEN", "X-WR-TIMEZONE:Europe/Berlin", *day)
    assert spans(in_berlin) == [("2026-03-24T23:00", "2026-03-25T23:00")]


@pytest.mark.parametrize(
    "start, end, expected",
    [
        ("DTSTART:20260325T000000Z", "DURATION:PT90M", [("2026-03-25T00:00", "2026-03-25T01:30")]),
        ("DTSTART;VALUE=DATE:20260325", "", [("2026-03-24T15:00", "2026-03-25T15:00")]),
        ("DTSTART:20260325T000000Z", "", []),
    ],
)
def test_the_end_of_an_event_may_be_said_in_other_ways(start, end, expected):
    assert spans(change_calendar("DEFAULT_OPEN", *event("x", start, end))) == expected


def test_a_cancelled_event_is_none():
    gone = event("gone", "DTSTART:20260325T000000Z", "DTEND:20260326T000000Z", "STATUS:CANCELLED")
    assert spans(change_calendar("DEFAULT_OPEN", *gone)) == []


@pytest.mark.parametrize(
    "document, words",
    [
        (change_calendar("ADVISORY"), "change calendar company: X-CALENDAR-TYPE is 'ADVISORY'"),
        ({"name": "c", "content": "schemaVersion: '0.3'"}, "change calendar c: not valid iCalendar"),
        ({"name": "c", "content": ""}, "change calendar c: not valid iCalendar"),
        (
            change_calendar("DEFAULT_OPEN", *event("x", "DTSTART:20260325T000000Z", "", "RRULE:FREQ=SOMETIMES")),
            "change calendar company: not valid iCalendar",
        ),
    ],
)
def test_a_change_calendar_that_cannot_be_read(document, words):
    with pytest.raises(AnsibleError, match=words):
        freezes(document)


def test_without_the_library_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(_calendar_ics, "MISSING", ImportError("No module named 'icalendar'"))
    with pytest.raises(AnsibleError, match="Failed to import the required Python library .icalendar and recurring"):
        _calendar_ics.render(FULL)
