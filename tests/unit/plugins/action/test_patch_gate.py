# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The gate of a run against the local AWS: what it reads with how many module starts, what it waits for, and how it fails."""

import types

import pytest

from ansible.errors import AnsibleActionFail

from ansible_collections.fleetpatch.aws.plugins.action import patch_gate
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.wait import Clock
from ansible_collections.fleetpatch.aws.plugins.modules import patch_gate_info

EVENT = ("BEGIN:VEVENT", "DTSTAMP:20200320T004207Z", "UID:1", "DTSTART:{}", "DTEND:{}", "SUMMARY:x", "END:VEVENT")
LINES = ("BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0", "X-CALENDAR-TYPE:DEFAULT_OPEN")


def calendar(name, start, end):
    event = [line.format(start if "START" in line else end) for line in EVENT]
    text = "\r\n".join([*LINES, *event, "END:VCALENDAR", ""])
    return {"name": name, "type": "ChangeCalendar", "format": "TEXT", "content": text}


SCENARIO = {
    "clock": {"rate": 0},
    "switches": {"request_rates": False},
    "documents": [calendar("company", "20260310T021500Z", "20260420T000000Z")],
    "fleet": [{"name": "web", "count": 2, "platform": "rhel-9", "missing": 1, "scan_seconds": 600}],
}


class Caller:
    """Calls the action; each start of a module is counted and runs it here, against the local AWS."""

    def __init__(self, aws, run_module):
        self.aws = aws
        self.run_module = run_module
        self.starts = []
        self.slept = []
        self.between = lambda: None
        found = aws.client("ec2").describe_instances()["Reservations"]
        self.ids = sorted(one["InstanceId"] for group in found for one in group["Instances"])
        hosts = [{"instance_id": one, "name": "web", "role": "Web", "zone": "a"} for one in self.ids]
        waves = [
            {"id": name, "number": number, "estimate": {"minutes": 30}, "hosts": hosts[number - 1 : number]}
            for number, name in ((1, "one"), (2, "two"))
        ]
        summary = {"environments": ["production"]}
        self.plan = {"run_id": "r1", "region": "us-east-1", "waves": waves, "summary": summary, "gates": [], "done": []}

    def execute(self, module_name, module_args, task_vars=None):
        self.starts.append(module_name)
        assert module_name == "fleetpatch.aws.patch_gate_info"
        return self.run_module(patch_gate_info, **module_args)

    def __call__(self, **options):
        given = {"at": "before", "wave": "one", "plan": self.plan, "wait_timeout": 0, "wait_interval": 1, **options}
        task = types.SimpleNamespace(
            args=given, async_val=0, check_mode=False, diff=False, no_log=False, delegate_to=None
        )
        plugin = patch_gate.ActionModule(task, types.SimpleNamespace(), types.SimpleNamespace(), None, None, None)
        plugin._connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None), has_pipelining=True)
        plugin._execute_module = self.execute
        self.starts.clear()
        self.slept.clear()
        return plugin.run(None, {})

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.between()

    def alarm(self, state):
        client = self.aws.client("cloudwatch")
        client.put_metric_alarm(
            AlarmName="errors", MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="a test")

    def stop(self):
        self.aws.client("ssm").put_parameter(
            Name="/fleetpatch/stop/r1", Type="String", Value='{"who": "jane", "why": "slow"}', Overwrite=True
        )

    def scan(self, *ids):
        self.aws.client("ssm").send_command(
            DocumentName="AWS-RunPatchBaseline", InstanceIds=list(ids), Parameters={"Operation": ["Scan"]}
        )


@pytest.fixture(name="gate")
def fixture_gate(serve, run_module, monkeypatch):
    caller = Caller(serve(SCENARIO), run_module)
    monkeypatch.setattr(patch_gate, "Clock", lambda: Clock(now=lambda: float(sum(caller.slept)), sleep=caller.sleep))
    return caller


def gates(result):
    return [(one["gate"], one["at"]) for one in result["closed"]]


def test_before_a_wave_everything_is_read_by_one_module_and_every_closed_gate_is_named(gate):
    gate.alarm("ALARM")
    gate.stop()
    gate.scan(gate.ids[0])
    freeze = {"name": "Spring", "start": "2026-03-09", "end": "2026-03-31"}
    declared = {"freezes": [freeze], "change_calendars": ["company"], "alarms": ["errors"]}
    result = gate(gates=declared, began="2026-03-10T01:00:00Z")
    assert len(gate.starts) == 1 and result["failed"] is True
    assert gates(result) == [
        (name, "before") for name in ("stop", "busy", "freeze", "change_calendar", "alarm")
    ], result["closed"]
    assert result["msg"] == "; ".join(one["message"] for one in result["closed"])
    assert "jane requested to stop the run" in result["msg"] and "alarm errors is in ALARM: a test" in result["msg"]


def test_without_declared_gates_one_module_looks_for_a_stop_and_other_work(gate):
    result = gate()
    assert len(gate.starts) == 1 and result["closed"] == [] and "failed" not in result
    operations = [call["operation"] for call in gate.aws.control.calls(source="client")]
    assert "GetParameters" in operations and "ListCommands" in operations
    assert not {"GetCalendarState", "DescribeAlarms", "DescribeTargetGroups"} & set(operations)
    gate.scan(gate.ids[1])
    assert gate()["closed"] == [], "the scan is on a host of another wave"
    assert gates(gate(wave="two")) == [("busy", "before")]
    assert gate(wave="two", check_busy=False)["closed"] == []


def test_in_a_wave_only_a_stop_and_other_work_count(gate):
    gate.alarm("ALARM")
    assert gate(at="in", gates={"alarms": ["errors"]})["closed"] == [] and len(gate.starts) == 1
    gate.stop()
    assert gates(gate(at="in", check_busy=False, began="2026-03-10T01:00:00Z")) == [("stop", "in")]


def test_after_a_wave_nothing_is_read_unless_a_gate_needs_it(gate):
    gate.stop()
    assert gate(at="after", began="2026-03-10T01:00:00Z")["closed"] == [] and gate.starts == []
    gate.alarm("ALARM")
    assert gates(gate(at="after", gates={"alarms": ["errors"]})) == [("alarm", "after")] and len(gate.starts) == 1


def test_before_the_run_the_findings_of_the_plan_count(gate):
    gate.plan["gates"] = [
        {"gate": "freeze", "closed": True, "message": "frozen"},
        {"gate": "deadline", "closed": False, "message": "later"},
    ]
    result = gate(at="run", wave="")
    assert (result["closed"], result["msg"]) == ([{"gate": "freeze", "at": "run", "message": "frozen"}], "frozen")
    assert gate.starts == []


def test_a_request_from_before_the_run_is_not_for_it(gate):
    gate.stop()
    gate.aws.clock(advance=60)
    first = gate(age=30)
    assert first["closed"] == [] and first["began"] == "2026-03-10T02:00:30+00:00"
    gate.stop()
    assert gates(gate(began=first["began"], age=10_000)) == [("stop", "before")]


def test_other_work_on_the_hosts_is_waited_for_before_a_wave(gate):
    gate.scan(gate.ids[0])
    gate.between = lambda: gate.aws.clock(advance=1200)
    result = gate(wait_timeout=60, wait_interval=15)
    assert result["closed"] == [] and len(gate.starts) == 2 and gate.slept == [15]
    gate.scan(gate.ids[0])
    gate.alarm("ALARM")
    result = gate(wait_timeout=60, gates={"alarms": ["errors"]})
    assert gates(result) == [("busy", "before"), ("alarm", "before")], "nothing opens an alarm before the wave"
    assert len(gate.starts) == 1 and gate.slept == []


def test_alarms_are_waited_for_after_a_wave(gate):
    gate.alarm("ALARM")
    gate.between = lambda: gate.alarm("OK")
    assert gate(at="after", wait_timeout=60, gates={"alarms": ["errors"]})["closed"] == []
    assert len(gate.starts) == 2
    gate.alarm("ALARM")
    gate.between = lambda: None
    given = {"wait_timeout": 70, "wait_interval": 30, "gates": {"alarms": ["errors"]}}
    assert gates(gate(at="after", **given)) == [("alarm", "after")]
    assert len(gate.starts) == 4 and gate.slept == [30, 30, 10]


def test_what_other_tasks_found_closes_the_gate_in_the_same_form(gate):
    result = gate(at="after", closed=[{"gate": "shop", "message": "slow"}, {"gate": "tasks", "message": "no"}])
    assert result["failed"] and result["msg"] == "slow; no" and gates(result) == [("shop", "after"), ("tasks", "after")]
    assert "failed" not in gate(at="after", closed=[]) and gate.starts == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"at": "later"}, "value of at must be one of: run, before, in, after, got: later"),
        ({"wavee": "one"}, "wavee"),
        ({"plan": {}}, "plan is required unless closed is given"),
        ({"wave": ""}, "wave is required at before"),
        ({"wave": "three"}, "wave 'three' is not in the plan; the waves of the plan are one, two"),
        ({"gates": {"alarm": ["errors"]}}, "alarm"),
        ({"gates": {"timezone": "Mars"}}, "The gates cannot be understood: .*Mars"),
        ({"gates": {"alarms": ["gone"]}}, "could not be read: .*no such alarm: gone"),
        (
            {"plan": {"waves": [{"id": "one", "hosts": [{}]}]}},
            "The gates cannot be checked: the plan, .* has no 'instance_id'",
        ),
        ({"plan": {"waves": []}, "at": "run"}, "The gates cannot be checked: the plan, .* has no 'gates'"),
        ({"closed": [{"gate": "shop"}]}, "The gates cannot be checked: .* a closed gate has no 'message'"),
    ],
)
def test_what_cannot_be_checked_is_refused(gate, options, words):
    with pytest.raises(AnsibleActionFail, match=words):
        gate(**options)
