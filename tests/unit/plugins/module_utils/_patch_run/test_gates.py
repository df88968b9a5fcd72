# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The gates of a run, and its health command."""

import datetime
import re

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import gates
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.health import HealthError
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.health import health_commands
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave

NOW = datetime.datetime(2026, 3, 10, 2, tzinfo=datetime.timezone.utc)
WAVES = [
    read_wave({"id": name, "number": number, "estimate": {"minutes": minutes}})
    for number, (name, minutes) in enumerate((("one", 30), ("two", 60), ("three", 90)), 1)
]


def found(place="before", waves=WAVES, now=NOW, environments=("production",), given=None, **settings):
    made = gates.Settings.from_dict(settings)
    deadline = made.deadline_after(NOW)
    return gates.findings(made, place, waves, now=now, environments=environments, deadline=deadline, **(given or {}))


def freeze(start, end, **more):
    return {"name": "f", "start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("start", "end", "more", "words"),
    [
        ("2026-03-10T01:00:00Z", "2026-03-10T02:00:00Z", {}, None),
        ("2026-03-10T01:00:00Z", "2026-03-10T02:00:01Z", {}, "holds until 2026-03-10 02:00 UTC"),
        ("2026-03-10T02:00:00Z", "2026-03-10T02:01:00Z", {}, "holds until"),
        ("2026-03-10T04:59:00Z", "2026-03-11", {}, "starts at 2026-03-10 04:59 UTC"),
        ("2026-03-10T05:00:00Z", "2026-03-11", {}, None),
        ("2026-03-10", "2026-03-10", {"environments": ["Production"]}, "holds until 2026-03-11 00:00 UTC"),
        ("2026-03-10", "2026-03-10", {"environments": ["prod"]}, None),
        ("2026-03-10", "2026-03-10", {"environments": ["nonproduction"]}, None),
        ("2026-03-10", "2026-03-10", {"why": "fair"}, "freeze f (fair)"),
        ("2026-03-10T03:30:00", "2026-03-10T04:30:00", {"timezone": "Europe/Berlin"}, "starts at 2026-03-10 02:30 UTC"),
    ],
)
def test_a_freeze_counts_for_all_of_the_time_that_is_left(start, end, more, words):
    said = found(freezes=[freeze(start, end, **more)])
    assert [one["gate"] for one in said] == (["freeze"] if words else [])
    assert words is None or words in said[0]["message"] and said[0]["closed"]


def test_a_run_whose_environments_are_not_known_is_taken_to_touch_all():
    frozen = [freeze("2026-03-10", "2026-03-10", environments=["test"])]
    assert not found(freezes=frozen) and found(environments=(), freezes=frozen)


def test_only_what_is_left_counts():
    frozen = [freeze("2026-03-10T03:00:00Z", "2026-03-11")]
    assert found(freezes=frozen) and not found(waves=WAVES[:1], freezes=frozen)
    assert gates.minutes_of(gates.left(WAVES, ["two"])) == 120
    assert [wave.id for wave in gates.left(WAVES, ["one"], "two")] == ["two", "three"]
    assert gates.left(WAVES, ["one", "two", "three"]) == []


@pytest.mark.parametrize(
    ("deadline", "closed", "words"),
    [
        ("2026-03-10T02:30:00Z", False, "wave two takes about 60 minutes"),
        ("2026-03-10T02:29:00Z", True, "wave one takes about 30 minutes"),
        ("2026-03-10T01:00:00Z", True, "wave one"),
        ("2026-03-10T05:00:00Z", None, ""),
        ("02:29", True, "after the deadline 2026-03-10 02:29 UTC"),
        ("02:00", None, ""),
        ("01:59", None, ""),
    ],
)
def test_the_deadline_closes_for_the_next_wave_and_warns_of_later_ones(deadline, closed, words):
    said = found(deadline=deadline)
    assert [one["closed"] for one in said] == ([] if closed is None else [closed])
    assert words in "".join(one["message"] for one in said)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("04:00", "UTC", "2026-03-10T04:00:00+00:00"),
        ("04:00", "Europe/Berlin", "2026-03-10T03:00:00+00:00"),
        ("02:00", "Europe/Berlin", "2026-03-11T01:00:00+00:00"),
        ("2026-03-10T04:00", "Europe/Berlin", "2026-03-10T03:00:00+00:00"),
        ("2026-03-11", "UTC", "2026-03-11T00:00:00+00:00"),
    ],
)
def test_when_the_deadline_is(text, zone, expected):
    made = gates.Settings.from_dict({"deadline": text, "timezone": zone})
    assert made.deadline_after(NOW).isoformat() == expected


def calendars(state, throughout, *own, change=None):
    return {
        "state": state,
        "open_throughout": throughout,
        "next_transition": change,
        "until": "2026-03-10T05:00:00Z",
        "calendars": [{"name": name, "state": s, "next_transition": c} for name, s, c in own],
    }


def test_calendars_are_named_when_they_are_closed_or_close():
    later = "2026-03-10T03:00:00Z"
    shut = calendars("CLOSED", False, ("a", "OPEN", None), ("b", "CLOSED", later), change=later)
    assert found(given={"calendars": shut})[0]["message"] == "change calendar b is closed until 2026-03-10 03:00 UTC"
    soon = calendars("OPEN", False, ("a", "OPEN", None), ("b", "OPEN", later), change=later)
    said = found(given={"calendars": soon})[0]
    assert said["gate"] == "change_calendar" and "change calendar b closes at 2026-03-10 03:00 UTC" in said["message"]
    assert (
        "change calendar a closes, but"
        in found(given={"calendars": calendars("OPEN", False, ("a", "OPEN", None))})[0]["message"]
    )
    assert not found(given={"calendars": calendars("OPEN", True, ("a", "OPEN", None))})


@pytest.mark.parametrize("place", ["run", "before", "after"])
def test_alarms_are_looked_at_everywhere(place):
    states = [{"name": s.lower(), "state": s, "reason": "because"} for s in ("OK", "ALARM", "INSUFFICIENT_DATA")]
    said = found(place, given={"alarms": states})
    assert [one["message"] for one in said] == ["alarm alarm is in ALARM: because"]
    assert len(found(place, given={"alarms": states}, alarms_without_data="closed")) == 2


def test_after_a_wave_time_does_not_matter():
    assert not found("after", freezes=[freeze("2026-03-10", "2026-03-10")], deadline="2026-03-10T01:00:00Z")


DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"approval": "token"}, f"run spring is not approved; .*patch_run_approved_digest={DIGEST}"),
        ({"approval": "token", "approved_run_id": "spring"}, "run spring is not approved; "),
        ({"approval": "token", "approved_run_id": "winter", "approved_digest": DIGEST}, "winter was approved"),
        ({"approval": "token", "approved_digest": DIGEST}, "run spring is not approved; "),
        (
            {"approval": "token", "approved_run_id": "spring", "approved_digest": OTHER},
            f"has the digest {DIGEST}, and {OTHER} was",
        ),
        ({"approved_digest": OTHER}, f"has the digest {DIGEST}, and {OTHER} was"),
        ({"approval": "token", "approved_run_id": "spring", "approved_digest": DIGEST}, ""),
        ({"approved_digest": DIGEST}, ""),
        ({"approval": "pause"}, ""),
        ({}, ""),
    ],
)
def test_an_approval_names_the_run_and_the_digest_of_its_plan(settings, words):
    said = gates.approval(gates.Settings.from_dict(settings), "spring", DIGEST)
    assert [one["gate"] for one in said] == (["approval"] if words else [])
    assert not words or re.search(words, said[0]["message"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"freeze": []}, "unknown gates freeze"),
        ({"freezes": ["x"]}, "not a dictionary"),
        ({"freezes": [freeze("2026-03-10", "2026-03-10", until=1)]}, "unknown keys until"),
        ({"freezes": [freeze("2026-03-10", "2026-03-10", environments="test")]}, "environments must be a list"),
        ({"freezes": [freeze("soon", "2026-03-10")]}, "freeze f: start is 'soon'"),
        ({"deadline": "25:00"}, "deadline is '25:00'"),
        ({"deadline": "120"}, "or HH:MM"),
        ({"timezone": "Mars"}, "Mars"),
        ({"approval": "maybe"}, "approval is 'maybe'"),
        ({"alarms_without_data": "x"}, "not one of open, closed"),
    ],
)
def test_what_cannot_be_understood_is_named(settings, words):
    with pytest.raises(gates.GateError, match=words):
        gates.Settings.from_dict(settings)


def test_closed_gates_of_a_wave_by_what_the_plan_returned():
    waves = [{"id": wave.id, "estimate": {"minutes": wave.estimate.minutes}} for wave in WAVES]
    plan = {"waves": waves, "done": ["one"], "deadline": "2026-03-10T03:30:00Z", "summary": {"environments": ["test"]}}
    run, nothing = gates.PlannedRun.from_dict(plan), gates.Settings()
    read = {"time": "2026-03-10T02:00:00Z", "calendars": {}, "alarms": []}
    assert gates.closed_gates(run, read, nothing, "before", "two") == []
    assert gates.closed_gates(run, read, nothing, "before", "three") == []
    late = gates.closed_gates(run, {**read, "time": "2026-03-10T02:31:00Z"}, nothing, "before", "two")
    assert [one["gate"] for one in late] == ["deadline"]
    with pytest.raises(gates.GateError):
        gates.closed_gates(run, read, nothing, "run", "two")


HOSTS = [
    {"instance_id": "i-1", "platform": "Microsoft Windows Server 2022 Datacenter"},
    {"instance_id": "i-2", "platform": "Red Hat Enterprise Linux 9"},
    {"instance_id": "i-3", "platform": ""},
]
WAVE = read_wave({"number": 3, "hosts": HOSTS})


def test_each_platform_gets_its_script():
    made = health_commands({"linux": "a\nb", "windows": ["c"], "timeout": "060"}, WAVE, ["i-1", "i-2", "i-3"])
    assert [(one["step"], one["document_name"], one["instance_ids"]) for one in made] == [
        ("gate.3.linux", "AWS-RunShellScript", ["i-2", "i-3"]),
        ("gate.3.windows", "AWS-RunPowerShellScript", ["i-1"]),
    ]
    assert made[0]["parameters"] == {"commands": ["a", "b"], "executionTimeout": ["60"]}


def test_only_hosts_that_were_patched_are_asked():
    assert health_commands({"windows": "x"}, WAVE, ["i-2"]) == [] == health_commands({}, WAVE, ["i-1"])
    made = health_commands({"document": "Check", "parameters": {"a": ["b"]}}, WAVE, ["i-1", "i-3"])
    assert [one["instance_ids"] for one in made] == [["i-1", "i-3"]] and made[0]["parameters"] == {"a": ["b"]}


@pytest.mark.parametrize(
    "command",
    [
        "true",
        {"macos": "x"},
        {"document": "x", "linux": "y"},
        {"parameters": {"a": "b"}},
        {"document": "x", "timeout": 3},
        {"document": "x", "parameters": ["a"]},
        {"linux": "x", "parameters": {"a": "b"}},
        {"linux": 3},
        {"linux": [3]},
        {"linux": "x", "timeout": 0},
        {"linux": "x", "timeout": "soon"},
    ],
)
def test_a_health_command_that_cannot_be_sent_is_refused(command):
    with pytest.raises(HealthError, match="health command"):
        health_commands(command, WAVE, ["i-1"])
