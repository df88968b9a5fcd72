# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The clock stands at 2026-03-10T02:00Z, a Tuesday."""

import json
import random
from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest

from local_aws.ssm.calendars import model as calendars_model

from ...helpers import refused
from ...helpers import scenario

EMPTY = """BEGIN:VTODO
DTSTAMP:20200320T004207Z
UID:3b5af39a-d0b3-4049-a839-d7bb8af01f92
SUMMARY:Add events to this calendar.
END:VTODO"""


@pytest.fixture(scope="module")
def base():
    return scenario()


def content(*events, kind="DEFAULT_OPEN"):
    head = ["BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0", f"X-CALENDAR-TYPE:{kind}"]
    lines = "\n".join([*head, "X-WR-CALDESC:test", EMPTY, *events, "END:VCALENDAR", ""])
    return lines.replace("\n", "\r\n")


def event(start, end, *more, uid="one"):
    return "\n".join(
        ["BEGIN:VEVENT", "DTSTAMP:20200320T004207Z", f"UID:{uid}", f"DTSTART{start}", f"DTEND{end}", *more]
        + ["SUMMARY:freeze", "END:VEVENT"]
    )


def add(ssm, name, text, kind="ChangeCalendar", form="TEXT"):
    ssm.create_document(Name=name, DocumentType=kind, DocumentFormat=form, Content=text)
    return name


CENTRAL = {
    "name": "central", "type": "ChangeCalendar", "format": "TEXT", "shared_with": ["123456789012"],
    "content": content(event(":20260310T010000Z", ":20260310T050000Z")),
}  # fmt: skip


def state(ssm, *names, at=None):
    found = ssm.get_calendar_state(CalendarNames=list(names), **({"AtTime": at} if at else {}))
    return found["State"], found.get("NextTransitionTime")


def test_an_empty_calendar_never_changes(ssm):
    add(ssm, "open", content())
    add(ssm, "shut", content(kind="DEFAULT_CLOSED"))
    found = ssm.get_calendar_state(CalendarNames=["open"])
    assert (found["State"], found["AtTime"]) == ("OPEN", "2026-03-10T02:00:00Z")
    assert "NextTransitionTime" not in found
    assert state(ssm, "shut") == ("CLOSED", None)
    assert state(ssm, "open", "shut") == ("CLOSED", None)


def test_events_turn_the_default_round(ssm):
    freeze = event(":20260310T030000Z", ":20260310T050000Z")
    add(ssm, "open", content(freeze))
    add(ssm, "shut", content(freeze, kind="DEFAULT_CLOSED"))
    assert state(ssm, "open") == ("OPEN", "2026-03-10T03:00:00Z")
    assert state(ssm, "open", at="2026-03-10T03:00:00Z") == ("CLOSED", "2026-03-10T05:00:00Z")
    assert state(ssm, "open", at="2026-03-10T00:59:59-0400") == ("CLOSED", "2026-03-10T05:00:00Z")
    assert state(ssm, "open", at="2026-03-10T05:00:00Z") == ("OPEN", None)
    assert state(ssm, "shut") == ("CLOSED", "2026-03-10T03:00:00Z")
    assert state(ssm, "shut", at="2026-03-10T04:00:00+00:00") == ("OPEN", "2026-03-10T05:00:00Z")
    assert state(ssm, "open", "shut", at="2026-03-10T04:00:00Z") == ("CLOSED", None)


def test_the_clock_moves_the_state(server, ssm):
    add(ssm, "open", content(event(":20260310T030000Z", ":20260310T050000Z")))
    server.clock(advance=3601)
    assert state(ssm, "open") == ("CLOSED", "2026-03-10T05:00:00Z")


def test_recurring_events_in_a_zone_across_daylight_saving(ssm):
    nights = event(";TZID=Europe/Berlin:20260101T220000", ";TZID=Europe/Berlin:20260102T060000", "RRULE:FREQ=DAILY")
    add(ssm, "nights", content(nights))
    assert state(ssm, "nights") == ("CLOSED", "2026-03-10T05:00:00Z")  # 06:00 in winter
    assert state(ssm, "nights", at="2026-07-01T03:59:59Z") == ("CLOSED", "2026-07-01T04:00:00Z")  # in summer


def test_overlapping_and_adjoining_events_are_one_closed_time(ssm):
    one = event(":20260310T030000Z", ":20260310T050000Z", uid="a")
    two = event(":20260310T040000Z", ":20260310T060000Z", uid="b")
    add(ssm, "first", content(one, two))
    add(ssm, "second", content(event(":20260310T060000Z", ":20260310T070000Z")))
    assert state(ssm, "first", at="2026-03-10T03:30:00Z") == ("CLOSED", "2026-03-10T06:00:00Z")
    assert state(ssm, "first", "second", at="2026-03-10T03:30:00Z") == ("CLOSED", "2026-03-10T07:00:00Z")


def test_month_end_exceptions_and_whole_days(ssm):
    last = event(
        ";VALUE=DATE:20260131", ";VALUE=DATE:20260201", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1", "EXDATE;VALUE=DATE:20260331"
    )
    add(ssm, "months", content(last))
    assert state(ssm, "months") == ("OPEN", "2026-04-30T00:00:00Z")
    assert state(ssm, "months", at="2026-03-31T12:00:00Z")[0] == "OPEN"
    assert state(ssm, "months", at="2026-04-30T12:00:00Z") == ("CLOSED", "2026-05-01T00:00:00Z")


def test_times_without_a_zone_are_in_that_of_the_calendar(ssm):
    whole = event(";VALUE=DATE:20260311", ";VALUE=DATE:20260312", uid="a")
    floating = event(":20260315T080000", ":20260315T180000", uid="b")
    tokyo = content("X-WR-TIMEZONE:Asia/Tokyo", whole, floating)
    add(ssm, "tokyo", tokyo)
    assert state(ssm, "tokyo") == ("OPEN", "2026-03-10T15:00:00Z")
    assert state(ssm, "tokyo", at="2026-03-10T15:00:00Z") == ("CLOSED", "2026-03-11T15:00:00Z")
    assert state(ssm, "tokyo", at="2026-03-11T15:00:00Z") == ("OPEN", "2026-03-14T23:00:00Z")
    assert state(ssm, "tokyo", at="2026-03-14T23:00:00Z") == ("CLOSED", "2026-03-15T09:00:00Z")
    add(ssm, "nowhere", content("X-WR-TIMEZONE:Moon/Tranquility"))
    with refused("UnsupportedCalendarException"):
        state(ssm, "nowhere")


def test_a_far_event_is_found_behind_many_of_another_calendar(ssm):
    daily = event(":20260101T000000Z", ":20260101T010000Z", "RRULE:FREQ=DAILY")
    far = event(":20271224T000000Z", ":20271227T000000Z")
    add(ssm, "daily", content(daily, kind="DEFAULT_CLOSED"))
    add(ssm, "far", content(far))
    assert state(ssm, "far") == ("OPEN", "2027-12-24T00:00:00Z")
    assert state(ssm, "daily", "far") == ("CLOSED", "2026-03-11T00:00:00Z")
    assert state(ssm, "daily", "far", at="2027-12-23T00:30:00Z") == ("OPEN", "2027-12-23T01:00:00Z")
    assert state(ssm, "daily", "far", at="2027-12-23T02:00:00Z") == ("CLOSED", "2027-12-27T00:00:00Z")


def test_a_calendar_shared_by_another_account(server, ssm):
    server.reset(scenario(accounts=[{"account": "999999999999", "documents": [CENTRAL]}]))
    arn = "arn:aws:ssm:us-east-1:999999999999:document/central"
    assert state(ssm, arn) == ("CLOSED", "2026-03-10T05:00:00Z")
    with refused("InvalidDocument"):
        state(ssm, "central")


def test_a_calendar_by_its_arn_and_a_new_version(ssm):
    add(ssm, "team", content())
    arn = "arn:aws:ssm:us-east-1:123456789012:document/team"
    assert state(ssm, arn) == ("OPEN", None)
    freeze = content(event(":20260310T010000Z", ":20260310T050000Z"))
    ssm.update_document(Name="team", Content=freeze, DocumentFormat="TEXT", DocumentVersion="$LATEST")
    ssm.update_document_default_version(Name="team", DocumentVersion="2")
    assert state(ssm, arn) == ("CLOSED", "2026-03-10T05:00:00Z")
    assert ssm.get_document(Name="team", DocumentFormat="TEXT")["Content"] == freeze
    assert ssm.describe_document(Name="team")["Document"]["DocumentType"] == "ChangeCalendar"


def test_refusals(ssm):
    add(ssm, "open", content())
    with refused("InvalidDocument"):
        state(ssm, "open", "missing")
    with refused("InvalidDocumentType"):
        state(ssm, "AWS-RunShellScript")
    with refused("ValidationException"):
        state(ssm, "open", at="tomorrow")
    often = add(ssm, "often", content(event(":20260310T030000Z", ":20260310T030030Z", "RRULE:FREQ=MINUTELY")))
    with refused("UnsupportedCalendarException"):
        state(ssm, often)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("no calendar at all", "TEXT"),
        (content(kind="DEFAULT_AJAR"), "TEXT"),
        (content().replace("VERSION:2.0", "VERSION:1.0"), "TEXT"),
        (content() + content(), "TEXT"),
        ('{"a": 1}', "JSON"),
    ],
)
def test_a_document_that_is_no_calendar_is_refused(ssm, text, form):
    with refused("InvalidDocumentContent"):
        add(ssm, "wrong", text, form=form)


@pytest.mark.parametrize("seed", range(8))
def test_the_next_transition_is_the_first_change(seed):
    dice = random.Random(seed)
    found = []
    for kind in ("DEFAULT_OPEN", "DEFAULT_OPEN", "DEFAULT_CLOSED"):
        events = []
        for number in range(dice.randint(1, 3)):
            begin = datetime(2026, 3, dice.randint(1, 28), dice.randint(0, 23), dice.choice((0, 30)), tzinfo=UTC)
            end = begin + timedelta(minutes=30 * dice.randint(1, 100))
            rule = dice.choice(("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH", "RRULE:FREQ=MONTHLY;BYDAY=-1FR"))
            events.append(event(f":{begin:%Y%m%dT%H%M%SZ}", f":{end:%Y%m%dT%H%M%SZ}", rule, uid=str(number)))
        found.append(calendars_model.read(content(*events, kind=kind)))
    at = datetime(2026, 4, dice.randint(1, 28), dice.randint(0, 23), 15, tzinfo=UTC)
    now, change = calendars_model.state_of(found, at), calendars_model.next_transition(found, at)
    steps = [at + timedelta(minutes=15 + 30 * number) for number in range(48 * 12)]
    first = next((step for step in steps if calendars_model.state_of(found, step) != now), None)
    if first is not None:
        assert change == first
    else:
        assert change is None or change > steps[-1]


def test_an_automation_asks_the_calendar(server, ssm):
    inputs = {"Service": "ssm", "Api": "GetCalendarState", "CalendarNames": ["gate"], "PropertySelector": "$.State"}
    step = {"name": "gate", "action": "aws:assertAwsResourceProperty", "inputs": {**inputs, "DesiredValues": ["OPEN"]}}
    runbook = json.dumps({"schemaVersion": "0.3", "mainSteps": [step]})
    ssm.create_document(Name="gated", DocumentType="Automation", Content=runbook)
    add(ssm, "gate", content(event(":20260310T030000Z", ":20260310T050000Z")))
    ended = []
    for _ in range(2):
        number = ssm.start_automation_execution(DocumentName="gated")["AutomationExecutionId"]
        server.clock(jump="idle")
        found = ssm.get_automation_execution(AutomationExecutionId=number)["AutomationExecution"]
        ended.append(found["AutomationExecutionStatus"])
        server.clock(advance=3600)
    assert ended == ["Success", "Failed"]
