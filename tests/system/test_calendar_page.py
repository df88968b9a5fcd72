# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The playbook of the calendar against the local AWS, and its page in a real browser: light and dark, wide and narrow.

The page needs a Chromium that is on the machine already; without one those tests are skipped, and say so.
"""

from __future__ import annotations

import re

import pytest
from driver import ROOT
from driver import Operator
from test_pages import fixture_browser  # noqa: F401  the fixture "browser"
from test_pages import nothing_sticks_out_and_the_colours_follow_the_reader

from local_aws import testing

EVIL = 'evil "<b>bold</b>" & sons'
REGIONS = ("eu-central-1", "us-east-1")
NOW = "2026-03-10T09:00:00Z"
CHANGES = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "PRODID:-//AWS//Change Calendar 1.0//EN",
        "VERSION:2.0",
        "X-CALENDAR-TYPE:DEFAULT_OPEN",
        "BEGIN:VEVENT",
        "UID:launch",
        "DTSTAMP:20260101T000000Z",
        "DTSTART:20260321T000000Z",
        "DTEND:20260322T120000Z",
        "SUMMARY:Launch of the shop",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
)
DATA = {
    "name": EVIL,
    "schedule": "cron(0 4 ? * WED *)",
    "duration": 2,
    "cutoff": 0,
    "account": "elsewhere",
    "region": "us-east-1",
    "targets": [{"tags": {"environment": [EVIL]}}],
    "tasks": [{"task_arn": "AWS-RunPatchBaseline", "run_command": {"parameters": {"Operation": ["Scan"]}}}],
}


SCHEDULES = {"Production": "cron(0 3 ? * SUN *)", "Test": "cron(0 23 ? * WED *)"}
OTHER = "111122223333"
ROLE = f"arn:aws:iam::{OTHER}:role/fleetpatch-calendar"  # with the policy of the playbook
MAKER = {
    "name": "maker",
    "accounts": ["123456789012"],
    "policies": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}],
}
READER = {
    "name": "fleetpatch-calendar",
    "accounts": ["123456789012"],
    "policies": [str(ROOT / "playbooks" / "files" / "policies" / "calendar.json")],
}
SCENARIO = {
    "clock": {"start": NOW},
    "accounts": [{"account": OTHER, "roles": [READER, MAKER]}],
}


def make_windows(client, *environments):
    for environment in environments:
        window = client.create_maintenance_window(
            Name=f"patch-{environment.lower()}",
            Schedule=SCHEDULES[environment],
            ScheduleTimezone="Europe/Berlin",
            Duration=4,
            Cutoff=1,
            AllowUnassociatedTargets=False,
            Tags=[{"Key": "environment", "Value": environment}],
        )["WindowId"]
        target = client.register_target_with_maintenance_window(
            WindowId=window,
            ResourceType="INSTANCE",
            Targets=[{"Key": "tag:environment", "Values": [environment]}],
            Name="all",
        )["WindowTargetId"]
        client.register_task_with_maintenance_window(
            WindowId=window,
            Targets=[{"Key": "WindowTargetIds", "Values": [target]}],
            TaskArn="AWS-RunPatchBaseline",
            TaskType="RUN_COMMAND",
            MaxConcurrency="10",
            MaxErrors="1",
            TaskInvocationParameters={"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
        )


@pytest.fixture(name="made", scope="module")
def fixture_made(tmp_path_factory):
    """(folder of the calendar, output of the first run, output of the second, the calls of both) of the playbook."""
    folder = tmp_path_factory.mktemp("calendar")
    with testing.serve(SCENARIO) as aws:
        keys = aws.client("sts").assume_role(
            RoleArn=ROLE.replace("fleetpatch-calendar", "maker"), RoleSessionName="test"
        )["Credentials"]
        assumed = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        for region in REGIONS:
            make_windows(aws.client("ssm", region, **assumed), "Production")
            ssm = aws.client("ssm", region)
            make_windows(ssm, "Production", "Test")
        ssm.create_document(Name="company", Content=CHANGES, DocumentType="ChangeCalendar", DocumentFormat="TEXT")
        aws.control.clear_calls()
        operator = Operator(folder, aws)
        chosen = {
            "calendar_accounts": [
                {"name": "home"},
                {"name": "assumed", "role_arn": ROLE},
            ],
            "calendar_regions": list(REGIONS),
            "calendar_windows": [DATA],
            "calendar_change_calendars": ["company"],
            "calendar_change_calendar_region": REGIONS[-1],
            "calendar_timezone": "Europe/Berlin",
            "calendar_generated_at": NOW,
            "calendar_freezes": [
                {"name": "Quarter close", "start": "2026-03-28", "end": "2026-04-02", "environments": ["Production"]}
            ],
        }
        outputs = [operator.run("calendar", **chosen) for _time in range(2)]
        calls = aws.control.calls()
    return folder / "fleetpatch-calendar", *outputs, calls


def test_the_playbook_reads_every_account_and_region_and_writes_once(made):
    folder, first, second, calls = made
    assert sorted(path.name for path in folder.iterdir()) == ["calendar.html", "calendar.ics", "calendar.txt"]
    assert "changed=1" in first and "changed=0" in second
    names = {call["operation"] for call in calls}
    assert "AssumeRole" in names
    assert all(re.match("Describe|Get|List|AssumeRole", name) for name in names), names
    text = (folder / "calendar.txt").read_text(encoding="utf-8")
    assert text in first.replace("\r", "")
    assert text.splitlines()[1].strip().startswith("42 runs of 7 windows")
    assert "AWS reports its next start as" not in text


@pytest.fixture(name="opened")
def fixture_opened(browser, made):  # noqa: F811
    """A function that opens the page; at the end it must have asked for nothing and complained about nothing."""
    contexts, asked, complaints = [], [], []

    def opened(width=1400, scheme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda one: asked.append(one.url))
        page.on("console", lambda one: complaints.append(one.text))
        page.on("pageerror", lambda one: complaints.append(str(one)))
        page.goto((made[0] / "calendar.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not [url for url in asked if not url.startswith("file:")]
    assert not complaints


def test_the_page_as_its_readers_see_it(opened):
    page = opened()
    nothing_sticks_out_and_the_colours_follow_the_reader(page, [390, 1024, 1400])
    the_month_is_for_wide_screens_and_the_agenda_for_all(page)
    today_conflicts_and_freezes_are_marked_in_words(page)
    assert page.locator(".entry .title", has_text=EVIL).first.is_visible()
    assert page.locator("b", has_text="bold").count() == 0
    a_card_opens_and_closes_by_keyboard(page)
    printed_pages_have_the_months(page)


def the_month_is_for_wide_screens_and_the_agenda_for_all(page):
    """Ends on a wide screen."""
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.get_by_role("table", name="March 2026").is_visible() == (width == 1400)
        assert page.locator("#d-2026-03-15 .entry", has_text="patch-production").is_visible()


def today_conflicts_and_freezes_are_marked_in_words(page):
    assert page.locator("td[aria-current=date]").inner_text().splitlines()[0] == "10 today"
    march = page.get_by_role("table", name="March 2026")
    assert (
        march.get_by_role("button", name=re.compile("^03:00–07:00, patch-production, Production, installs")).count()
        == 3
    )
    assert march.get_by_role("button", name=re.compile("patch-production.*conflict, in a freeze$")).count() == 2
    assert march.get_by_role("link", name="Freeze: Launch of the shop").count() == 2


def a_card_opens_and_closes_by_keyboard(page):
    page.locator("td button", has_text="patch-production").first.focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog")
    card.wait_for()
    words = card.inner_text()
    for expected in (
        "Production",
        "Sunday, 15 March 2026, 03:00–07:00",
        "Sun 15 Mar 02:00",
        "cutoff 1 h",
        "assumed / us-east-1",
        "mw-",
    ):
        assert expected in words, words
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")


def test_a_card_leads_to_the_agenda_and_the_filter_narrows_it(opened):
    page = opened()
    a_card_leads_to_the_agenda(page)
    page.goto(page.url.partition("#")[0])
    the_filter(page)


def a_card_leads_to_the_agenda(page):
    page.locator("td button", has_text="patch-test").first.click()
    page.get_by_role("link", name="In the agenda").click()
    entry = page.locator(".entry:target")
    assert entry.locator("dl").is_visible()
    assert page.get_by_role("dialog").count() == 0


def the_filter(page):
    page.get_by_label("Environment").select_option("Test")
    page.get_by_role("status").get_by_text("6 of 18 lines", exact=True).wait_for()
    shown = page.locator("td .open:visible, .entry:visible")
    assert shown.count() == 12
    assert {"patch-test"} == set(shown.locator(".nm, .title").all_inner_texts())
    page.get_by_label("Account").select_option("elsewhere")
    page.get_by_role("status").get_by_text("0 of 18 lines", exact=True).wait_for()
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Region").select_option("eu-central-1")
    page.get_by_role("status").get_by_text("12 of 18 lines", exact=True).wait_for()


def test_everything_is_there_without_scripts(opened):
    page = opened(java_script_enabled=False)
    assert page.get_by_role("table", name="March 2026").is_visible()
    assert page.locator(".entry").first.is_visible()
    assert not page.get_by_label("Environment").is_visible()
    page.locator("td button", has_text="patch-production").first.click()
    assert page.locator(".pop:popover-open").count() == 1


def printed_pages_have_the_months(page):
    """Also from a narrow screen."""
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(media="print")
    assert page.get_by_role("table", name="March 2026").is_visible()
    assert not page.locator("#choose").is_visible()
