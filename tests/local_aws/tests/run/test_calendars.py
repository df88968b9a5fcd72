# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The clock stands at 2026-03-10T02:00Z, a Tuesday."""

import pytest

from .helpers import refused

EMPTY = """BEGIN:VTODO
DTSTAMP:20200320T004207Z
UID:3b5af39a-d0b3-4049-a839-d7bb8af01f92
SUMMARY:Add events to this calendar.
END:VTODO"""


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
