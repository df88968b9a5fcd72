# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A closed gate stops a run before anything of the wave happens, says why, and the same run goes on from there.

The clock of the local AWS begins at 2026-03-10T02:00Z.
"""

from __future__ import annotations

import collections
import contextlib
import datetime

import pytest
from driver import Operator
from driver import wait_until
from driver import warm
from several import failures

from local_aws import testing

LINES = ("BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0")
EVENT = ("BEGIN:VEVENT", "DTSTAMP:20200320T004207Z", "UID:1", "DTSTART:{}", "DTEND:{}", "SUMMARY:x", "END:VEVENT")
FREEZE = {"name": "Spring", "start": "2026-03-09", "end": "2026-03-31", "environments": ["Production"], "why": "fair"}


def calendar(name, *times):
    event = [line.format(times[0 if "START" in line else 1]) for line in EVENT] if times else []
    text = "\r\n".join([*LINES, "X-CALENDAR-TYPE:DEFAULT_OPEN", *event, "END:VCALENDAR", ""])
    return {"name": name, "type": "ChangeCalendar", "format": "TEXT", "content": text}


SCENARIO = {
    "clock": {"rate": 600},
    "documents": [calendar("company"), calendar("shop", "20260310T021500Z", "20260420T000000Z")],
    "fleet": [
        {
            "name": name,
            "platform": "rhel-9",
            "zones": ["us-east-1a"],
            "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
            "missing": 2,
            "patch_seconds": 120,
            "scan_seconds": 30,
            "reboot_seconds": 30,
            "agent_update_seconds": 20,
            "image_seconds": 60,
        }
        for name, role in (("sql", "SQL Server"), ("app", "Application Server"))
    ],
}
FROZEN = "freeze Spring (fair) holds until 2026-04-01 00:00 UTC"
ONCE = {(kind, name): 1 for kind in ("image", "install") for name in ("sql", "app")}
FIRST = {(kind, "sql"): 1 for kind in ("image", "install")}


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    with testing.serve(SCENARIO) as aws:
        yield Operator(tmp_path, aws, patch_run_id="gated", patch_run_retries=0)


def squeezed(output):
    return " ".join(output.split())


def work_done(operator):
    names = {one["instance_id"]: one["name"] for wave in operator.plan("gated")["waves"] for one in wave["hosts"]}
    history = operator.aws.control.history()
    return dict(
        collections.Counter(
            (entry["kind"], names[entry["instance_id"]]) for entry in history if entry["kind"] in ("image", "install")
        )
    )


def stopped(operator, gate, at, words, **variables):
    """Run it, and see that this gate stopped it there."""
    return told(operator, squeezed(operator.run(expect=2, **variables)), gate, at, words)


def told(operator, output, gate, at, words):
    """The report of a run that this gate stopped there."""
    assert words in output, output
    report = operator.report("gated")
    assert report["outcome"] == "stopped", report["message"]
    assert (report["stop"]["gate"], report["stop"]["at"]) == (gate, at), report["stop"]
    assert words in report["message"] and words in output, report["message"]
    return report


def outcomes(report):
    return [wave["outcome"] for wave in report["waves"]]


def mutating(operator):
    return [call["operation"] for call in operator.aws.control.calls(source="client") if call["mutating"]]


def alarm(operator, name, state):
    client = operator.aws.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name, MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="set by a test")


def test_each_gate_stops_the_run_before_it_begins(operator):
    alarm(operator, "errors", "ALARM")
    alarm(operator, "silent", "INSUFFICIENT_DATA")
    closed = [
        ("freeze", FROZEN, {"patch_run_freezes": [FREEZE]}),
        ("change_calendar", "change calendar shop ", {"patch_run_change_calendars": ["company", "shop"]}),
        ("deadline", "wave data.use1a takes about", {"patch_run_deadline": "2026-03-10T01:00:00Z"}),
        ("approval", "run token is not approved", {"patch_run_approval": "token", "patch_run_id": "token"}),
        (
            "approval",
            "nobody typed the name of run pause",
            {"patch_run_approval": "pause", "patch_run_id": "pause"},
        ),
        ("alarm", "alarm errors is in ALARM: set by a test", {"patch_run_alarms": ["errors"]}),
        (
            "alarm",
            "alarm silent has insufficient data",
            {"patch_run_alarms": ["silent"], "patch_run_alarms_without_data": "closed"},
        ),
    ]
    runs = [{"patch_run_id": f"run-{number}", **variables} for number, (_gate, _words, variables) in enumerate(closed)]
    for (gate, words, _variables), run, found in zip(closed, runs, failures(operator, runs), strict=True):
        report = operator.report(run["patch_run_id"])
        assert report["outcome"] == "stopped" and outcomes(report) == ["skipped", "skipped"], report
        assert report["message"].startswith("stopped before its start"), report
        assert (report["stop"]["gate"], report["stop"]["at"]) == (gate, "run"), report["stop"]
        assert words in report["message"] and words in found, (report["message"], found)
    assert any(FROZEN in one["message"] for one in operator.plan("run-0")["warnings"])
    assert "freeze Spring" in (operator.folder / "fleetpatch-runs/run-0/plan.html").read_text(encoding="utf-8")
    assert operator.aws.control.history() == []
    assert set(mutating(operator)) <= {"PutMetricAlarm", "SetAlarmState"}


def test_a_run_that_gates_stopped_before_it_and_between_its_waves_is_carried_out_when_they_are_open(operator):
    operator.run("plan")
    first = operator.plan("gated")["waves"][0]["estimate"]["minutes"]
    alarm(operator, "errors", "ALARM")
    # The clock hardly moves until the first wave has begun, which takes more than four minutes.
    operator.aws.clock(rate=1)
    deadline = datetime.datetime.fromtimestamp(operator.aws.clock()["timestamp"] + (first + 4) * 60, datetime.UTC)
    process = operator.start(modules=warm(), patch_run_deadline=deadline.isoformat())
    wait_until(lambda: any(one["kind"] == "image" for one in operator.aws.control.history()), 300, "image")
    operator.aws.clock(rate=600)
    output = squeezed(process.communicate(timeout=300)[0])
    assert process.returncode == 2, output
    report = told(operator, output, "deadline", "before", "wave application.use1a takes about")
    assert outcomes(report) == ["done", "skipped"] and work_done(operator) == FIRST
    assert report["message"].startswith("stopped before wave application.use1a by the gate deadline")
    made = mutating(operator)
    report = stopped(operator, "freeze", "run", FROZEN, patch_run_freezes=[FREEZE])
    assert outcomes(report) == ["done", "skipped"], "the report forgot the first wave"
    assert report["totals"]["patched"] == 1 and mutating(operator) == made
    freeze = {**FREEZE, "environments": ["nonproduction"]}
    operator.run(
        patch_run_deadline="2026-04-20",
        patch_run_timezone="Europe/Berlin",
        patch_run_freezes=[freeze],
        patch_run_approval="token",
        patch_run_approved_run_id="gated",
        patch_run_approved_digest=operator.plan("gated")["digest"],
    )
    assert work_done(operator) == ONCE and operator.report("gated")["totals"]["patched"] == 2
    assert operator.report("gated")["outcome"] == "completed"
    # What is finished needs no gate.
    output = operator.run(
        patch_run_freezes=[FREEZE], patch_run_alarms=["errors"], patch_run_health_command={"linux": "exit 3"}
    )
    assert "changed=0" in output and work_done(operator) == ONCE


OWN = """
- name: Keep the second wave back
  ansible.builtin.assert:
    that: patch_run_gate.at == 'run' or patch_run_gate.wave.number == 1
    fail_msg: not {{ patch_run_gate.at }} {{ patch_run_gate.wave.id | default('') }} of {{ patch_run_gate.run_id }}
  when: patch_run_gate.at != 'after'
"""


def test_gates_after_a_wave_are_asked_again_until_they_are_open_and_own_tasks_see_where_the_run_stands(operator):
    (operator.folder / "own.yml").write_text(OWN, encoding="utf-8")
    # The own tasks let the run and its first wave pass.
    own = {"patch_run_gate_tasks": "own.yml"}
    an_alarm_that_goes_off_while_a_wave_is_patched_stops_the_run_after_it(operator, **own)
    # Somebody deploys: the rule holds no longer, though the alarm below it is still in ALARM.
    operator.aws.client("cloudwatch").set_alarm_state(AlarmName="deploying", StateValue="ALARM", StateReason="test")
    alarm(operator, "silent", "INSUFFICIENT_DATA")
    alarms = {"patch_run_alarms": ["shop-down", "silent"]}
    sick = {"patch_run_health_command": {"linux": "exit 3"}, **alarms}
    report = stopped(operator, "health_command", "after", "did not succeed on every host", **sick, **own)
    assert "exit code 3" in report["message"]
    assert outcomes(report) == ["done", "skipped"] and work_done(operator) == FIRST
    assert report["message"].startswith("stopped after wave data.use1a by the gate health_command")
    healthy = {"patch_run_health_command": {"linux": "exit 0"}, **alarms}
    with asked(operator) as calls:
        report = stopped(operator, "tasks", "before", "not before application.use1a of gated", **healthy, **own)
    assert outcomes(report) == ["done", "skipped"] and work_done(operator) == FIRST
    # After the first wave; alarms also before the run and before the second wave.
    assert (calls["SendCommand"], calls["DescribeAlarms"]) == (1, 3)
    with asked(operator) as calls:
        operator.run(**healthy)
    assert work_done(operator) == ONCE and operator.report("gated")["outcome"] == "completed"
    # After the second wave; alarms also before it and before the run.
    assert (calls["SendCommand"], calls["DescribeAlarms"]) == (1, 3)


@contextlib.contextmanager
def asked(operator):
    """At the end: how often each operation was called meanwhile."""
    mark, calls = len(operator.aws.control.calls(source="client")), collections.Counter()
    yield calls
    calls.update(call["operation"] for call in operator.aws.control.calls(source="client")[mark:])


def an_alarm_that_goes_off_while_a_wave_is_patched_stops_the_run_after_it(operator, **own):
    alarm(operator, "errors", "OK")
    alarm(operator, "deploying", "OK")
    composite = {"AlarmName": "shop-down", "AlarmRule": "ALARM(errors) AND NOT ALARM(deploying)"}
    operator.aws.client("cloudwatch").put_composite_alarm(**composite)
    process = operator.start(modules=warm(), patch_run_alarms=["shop-down"], **own)
    wait_until(lambda: any(one["kind"] == "image" for one in operator.aws.control.history()), 300, "image")
    alarm(operator, "errors", "ALARM")
    output = squeezed(process.communicate(timeout=300)[0])
    report = operator.report("gated")
    assert process.returncode == 2 and "alarm shop-down is in ALARM" in output
    assert "alarm:errors transitioned to ALARM" in report["message"]
    assert (report["stop"]["gate"], report["stop"]["at"], report["stop"]["wave"]) == ("alarm", "after", "data.use1a")
    assert work_done(operator) == FIRST


def test_in_check_mode_a_closed_gate_is_a_warning(operator):
    output = squeezed(
        operator.run(
            "patch",
            "--check",
            patch_run_freezes=[FREEZE],
            patch_run_deadline="2026-03-10T02:30:00Z",
            patch_run_change_calendars=["shop"],
            patch_run_approval="token",
        )
    )
    assert "2 hosts in 2 waves" in output and "changed=0" in output
    for words in (
        "freeze Spring (fair)",
        "change calendar shop",
        "after the deadline 2026-03-10 02:30 UTC",
        "not approved",
    ):
        assert words in output, output
    assert not mutating(operator) and operator.aws.control.history() == []


def test_a_gate_that_cannot_be_understood_stops_before_anything(operator):
    cases = [
        ({"patch_run_change_calendars": ["company", "gone"]}, "no such change calendar: gone"),
        ({"patch_run_alarms": ["gone"]}, "no such alarm: gone"),
        ({"patch_run_drain": True, "patch_run_target_groups": ["gone"]}, "no such target group: gone"),
        (
            {"patch_run_freezes": [{"name": "x", "start": "2026-03-11", "end": "2026-03-01"}]},
            "freeze x: end is 2026-03-01",
        ),
        ({"patch_run_deadline": "soon"}, "deadline is 'soon'"),
        (
            {"patch_run_enviroments": ["production"]},
            "patch_run_enviroments is not a variable of this collection; did you mean patch_run_environments?",
        ),
        ({"patch_run_timezone": "Mars"}, "Mars"),
        ({"patch_run_gate_tasks": "gone.yml"}, 'patch_run_gate_tasks is "gone.yml"; there is no such file'),
        ({"patch_run_health_command": {"macos": "true"}}, "the health command has unknown keys macos"),
    ]
    for found, (variables, words) in zip(failures(operator, [case[0] for case in cases]), cases, strict=True):
        assert words in found, variables
    assert not mutating(operator) and operator.aws.control.history() == []
