# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The gate of a run: what it asks for at each place, and what it waits for."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import gate
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gate_error import GateError
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import PlannedRun
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import Settings
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record

WAVES = [
    {"id": name, "estimate": {"minutes": minutes}, "hosts": [{"instance_id": f"i-{name}", "name": name}]}
    for name, minutes in (("one", 10), ("two", 20), ("three", 40))
]
RUN = PlannedRun.from_dict({"run_id": "r1", "waves": WAVES, "done": ["one"]})
ALL = Settings.from_dict(
    {
        "freezes": [{"name": "x", "start": "2026-04-01", "end": "2026-04-02"}],
        "change_calendars": ["company"],
        "alarms": ["errors"],
        "healthy_targets": [{"group": "web", "min": "50%"}],
    }
)
OTHERS = {"run_id": "r1", "instance_ids": ["i-two"]}
GUARDS = {**OTHERS, "instances": ["i-two"]}
HEALTH = {"alarms": ["errors"], "target_groups": ["web"]}


@pytest.mark.parametrize(
    ("at", "settings", "asked"),
    [
        ("run", ALL, {}),
        ("before", ALL, {**GUARDS, **HEALTH, "calendars": ["company"], "minutes": 60}),
        ("in", ALL, OTHERS),
        ("after", ALL, HEALTH),
        ("before", Settings(), GUARDS),
        ("after", Settings(), {}),
    ],
)
def test_each_place_asks_for_what_its_gates_need(at, settings, asked):
    assert gate.to_read(RUN, settings, at, "two") == asked


def test_other_work_need_not_count():
    assert gate.to_read(RUN, ALL, "in", "two", check_busy=False) == {**OTHERS, "instance_ids": []}
    assert gate.to_read(RUN, Settings(), "before", "two", check_busy=False) == {**GUARDS, "instance_ids": []}


@pytest.mark.parametrize(
    ("closed", "waits"),
    [
        ([("busy", "before")], True),
        ([("busy", "in"), ("busy", "in")], True),
        ([("busy", "before"), ("alarm", "before")], False),
        ([("alarm", "after"), ("health_command", "after")], True),
        ([("freeze", "run")], False),
        ([("stop", "in")], False),
    ],
)
def test_what_waiting_can_open(closed, waits):
    assert gate.may_open([{"gate": name, "at": at} for name, at in closed]) is waits


def test_a_wave_or_a_place_that_is_not_there_is_named():
    with pytest.raises(GateError, match="wave 'four' is not in the plan; the waves of the plan are one, two, three"):
        gate.to_read(RUN, ALL, "before", "four")
    with pytest.raises(GateError, match="at is 'run'; must be one of before, in, after"):
        gate.closed_at(RUN, {}, Settings(), "run", "two")


def test_a_host_that_no_longer_exists_need_not_come_back_to_its_target_group():
    groups = [{"name": "web", "arn": "a", "target_type": "instance", "port": 80, "balanced": True, "targets": []}]
    waves = [{**WAVES[1], "hosts": [{"instance_id": "i-two", "name": "two", "target_groups": ["web"]}]}]
    run = PlannedRun.from_dict({"run_id": "r1", "waves": waves})
    settings = Settings.from_dict({"healthy_targets": [{"group": "web", "min": "0"}]})
    read = {"time": "2026-03-10T02:00:00Z", "target_groups": groups}
    record = Record.from_dict({"wave": "two", "verdict": {"hosts": [{"instance_id": "i-two", "outcome": "gone"}]}})
    assert gate.closed_at(run, read, settings, "after", "two")
    assert not gate.closed_at(run, read, settings, "after", "two", records=[record])
