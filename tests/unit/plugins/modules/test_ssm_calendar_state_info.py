# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The clock of the local AWS stands at 2026-03-10T02:00Z."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import patch_gate_info
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_calendar_state_info as module


def calendar(name, *events, kind="DEFAULT_OPEN"):
    """A calendar whose events are (start, end) as 20260310T020000Z."""
    lines = ["BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0", f"X-CALENDAR-TYPE:{kind}"]
    for number, (start, end) in enumerate(events):
        lines += ["BEGIN:VEVENT", "DTSTAMP:20200320T004207Z", f"UID:{number}", f"DTSTART:{start}", f"DTEND:{end}"]
        lines += ["SUMMARY:freeze", "END:VEVENT"]
    text = "\r\n".join([*lines, "END:VCALENDAR", ""])
    return {"name": name, "type": "ChangeCalendar", "format": "TEXT", "content": text}


DOCUMENTS = [
    calendar("always"),
    calendar("frozen", ("20260310T010000Z", "20260310T050000Z")),
    calendar("soon", ("20260310T040000Z", "20260310T050000Z")),
    calendar("short", ("20260310T024500Z", "20260310T025000Z")),
    calendar("shut", kind="DEFAULT_CLOSED"),
]


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 0}, "documents": DOCUMENTS})


@pytest.mark.parametrize(
    ("names", "minutes", "state", "throughout", "change"),
    [
        (["always"], 600, "OPEN", True, None),
        (["frozen"], 10, "CLOSED", False, "2026-03-10T05:00:00Z"),
        (["soon"], 60, "OPEN", True, "2026-03-10T04:00:00Z"),
        (["soon"], 121, "OPEN", False, "2026-03-10T04:00:00Z"),
        (["short"], 600, "OPEN", False, "2026-03-10T02:45:00Z"),
        (["shut"], 0, "CLOSED", False, None),
        (["always", "soon"], 121, "OPEN", False, "2026-03-10T04:00:00Z"),
        (["always", "frozen"], 1, "CLOSED", False, "2026-03-10T05:00:00Z"),
        (["always", "soon"], 0, "OPEN", True, "2026-03-10T04:00:00Z"),
    ],
)
def test_open_now_is_not_open_throughout(aws, run_module, names, minutes, state, throughout, change):
    found = run_module(module, names=names, minutes=minutes)
    assert found["time"] == "2026-03-10T02:00:00Z" and found["changed"] is False
    assert (found["state"], found["open_throughout"], found["next_transition"]) == (state, throughout, change)
    assert [one["name"] for one in found["calendars"]] == names
    assert ("CLOSED" in {one["state"] for one in found["calendars"]}) == (state == "CLOSED")


def test_at_another_time_and_without_a_length(aws, run_module):
    found = run_module(module, names=["soon"], at_time="2026-03-10T06:30:00+02:00")
    assert (found["time"], found["state"], found["until"]) == ("2026-03-10T04:30:00Z", "CLOSED", None)
    assert found["open_throughout"] is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"names": ["soon", "none"]}, "names: no such change calendar: none"),
        ({"names": []}, "names: must contain at least one name"),
        ({"names": ["soon"], "minutes": -1}, "minutes: -1 must be at least 0"),
        ({"names": ["soon"], "at_time": "tomorrow"}, "at_time: tomorrow must be a time"),
    ],
)
def test_what_is_wrong_is_named(aws, run_module, given, words):
    assert words in run_module(module, **given)["msg"]


def test_a_document_that_is_no_calendar(serve, run_module):
    content = (
        '{"schemaVersion": "0.3", "mainSteps": [{"name": "a", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}}]}'
    )
    serve({"documents": [{"name": "book", "type": "Automation", "format": "JSON", "content": content}]})
    assert "InvalidDocumentType" in run_module(module, names=["book"])["msg"]


def test_few_calls(aws, run_module):
    run_module(module, names=["always", "soon"], minutes=60)
    calls = [call["operation"] for call in aws.control.calls(source="client")]
    assert calls == ["GetCalendarState"] * 4


# What the gates read


def alarms(aws, **states):
    client = aws.client("cloudwatch")
    for name, state in states.items():
        client.put_metric_alarm(
            AlarmName=name, MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"set to {state}")


def test_the_gates_read_time_calendars_and_alarms(aws, run_module):
    alarms(aws, errors="ALARM", disk="INSUFFICIENT_DATA", load="OK")
    found = run_module(patch_gate_info, calendars=["soon"], minutes=150, alarms=["load", "errors", "disk", "load"])
    assert found["time"] == "2026-03-10T02:00:00Z"
    assert (found["calendars"]["state"], found["calendars"]["open_throughout"]) == ("OPEN", False)
    assert [(one["name"], one["state"]) for one in found["alarms"]] == [
        ("load", "OK"),
        ("errors", "ALARM"),
        ("disk", "INSUFFICIENT_DATA"),
    ]
    assert found["alarms"][1]["reason"] == "set to ALARM"


def test_without_anything_only_the_time_is_read(aws, run_module):
    found = run_module(patch_gate_info)
    assert found["time"] == "2026-03-10T02:00:00Z" and found["calendars"] == {} and found["alarms"] == []
    assert len(aws.control.calls(source="client")) == 1


def test_an_alarm_that_does_not_exist_is_an_error(aws, run_module):
    alarms(aws, load="OK")
    failed = run_module(patch_gate_info, alarms=["load", "gone", "lost"])
    assert "no such alarm: gone, lost" in failed["msg"] and failed["failure"]["code"] == "no_alarm"


def test_more_alarms_than_one_call_takes(aws, run_module):
    names = [f"alarm-{number}" for number in range(130)]
    alarms(aws, **dict.fromkeys(names, "OK"))
    mark = len(aws.control.calls(source="client"))
    found = run_module(patch_gate_info, alarms=names)
    assert [one["name"] for one in found["alarms"]] == names
    reads = [call for call in aws.control.calls(source="client")[mark:] if call["operation"] == "DescribeAlarms"]
    assert len(reads) == 2
