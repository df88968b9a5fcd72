# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Reboots at a later time, and what a plan says of the installation."""

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.filter.reboot_window import filter_reboot_window
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import reboots
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan

NOW, LATER = "2026-03-10T05:00:00Z", "2026-03-10T22:00:00Z"


def plan(*sizes):
    """A plan with a wave of (linux, windows) hosts for each pair."""
    waves, count = [], 0
    for number, pair in enumerate(sizes, 1):
        platforms = [
            word for word, size in zip(("Amazon Linux", "Windows Server"), pair, strict=True) for _number in range(size)
        ]
        hosts = [{"instance_id": f"i-{count + n:04}", "platform": word} for n, word in enumerate(platforms)]
        count += len(hosts)
        limits = {"max_concurrency": "3", "max_errors": 1, "estimate": {"minutes": 90}}
        waves.append({"number": number, "hosts": hosts, **limits})
    return {"run_id": "march", "waves": waves}


def every(made):
    return [host["instance_id"] for wave in made["waves"] for host in wave["hosts"]]


def window(made, waiting=None, at=LATER, timezone="UTC"):
    ids = every(made) if waiting is None else waiting
    return reboots.reboot_window(made["run_id"], read_plan(made).waves, ids, at, NOW, timezone)


def test_waves_go_one_after_the_other_and_each_is_scanned():
    made = window(plan((2, 1), (0, 2)))
    assert [
        (task["priority"], task["name"], task["task_arn"])
        for task in sorted(made["tasks"], key=lambda one: one["priority"])
    ] == [
        (1, "01-reboot-linux", "AWS-RunShellScript"),
        (1, "01-reboot-windows", "AWS-RunPowerShellScript"),
        (2, "01-scan", "AWS-RunPatchBaseline"),
        (3, "02-reboot-windows", "AWS-RunPowerShellScript"),
        (4, "02-scan", "AWS-RunPatchBaseline"),
    ]
    assert made["schedule"] == "at(2026-03-10T22:00:00)" and made["duration"] == 5
    assert {"fleetpatch:owner", "fleetpatch:deployment"} <= set(made["tags"])
    assert made["tasks"][0]["max_concurrency"] == "3" and made["tasks"][0]["max_errors"] == "1"
    scripts = [task["run_command"]["parameters"]["commands"] for task in made["tasks"] if "reboot" in task["name"]]
    assert {script[-1] for script in scripts} == {"exit 194", "exit 3010"}
    assert all("fleetpatch-reboot-march" in script[0] for script in scripts)


def test_only_hosts_that_wait_are_rebooted():
    made = window(plan((2, 1), (0, 2)), ["i-0001"])
    assert [target["instance_ids"] for target in made["targets"]] == [["i-0001"]]
    assert [task["name"] for task in made["tasks"]] == ["01-reboot-linux", "01-scan"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 600)), max_size=5))
def test_everybody_is_in_one_target_and_limits_hold(sizes):
    made = plan(*sizes)
    problem = reboots.problem(read_plan(made).waves)
    got = reboots._contents("march", read_plan(made).waves, None)
    assert sorted(one for target in got["targets"] for one in target["instance_ids"]) == sorted(every(made))
    names = [target["name"] for target in got["targets"]]
    assert len(set(names)) == len(names) and all(0 < len(one["instance_ids"]) <= 50 for one in got["targets"])
    assert all(0 < len(task["targets"]) <= 10 for task in got["tasks"])
    for word in ("reboot", "scan"):
        assert sorted(one for task in got["tasks"] if word in task["name"] for one in task["targets"]) == sorted(names)
    assert bool(problem) == (len(got["tasks"]) > 20 or len(names) > 100)


def test_a_time_without_an_offset_is_in_the_time_zone():
    assert window(plan((1, 0)), at="2026-03-10 22:00", timezone="Europe/Rome")["at"] == "2026-03-10T21:00:00Z"


@pytest.mark.parametrize(("at", "text"), [(NOW, "has passed"), ("tomorrow", "HH:MM")])
def test_what_is_no_time_to_come(at, text):
    from ansible.errors import AnsibleFilterError

    with pytest.raises(AnsibleFilterError, match=f"reboot_window: .*{text}"):
        filter_reboot_window(plan((1, 0)), ["i-0000"], at, NOW)


def codes(made):
    return {warning.code: warning.message for warning in made.warnings}


def test_a_plan_fixes_the_time_and_tells_of_it(facts, make):
    made = make([facts(1)], {"reboot_at": "22:00", "timezone": "Europe/Rome"})
    assert made.summary["reboot_at"] == "2026-03-10T21:00:00Z" and "21:00" in codes(made)["reboot_at"]
    assert make([facts(1)]).summary["reboot_at"] == ""
    assert "before the estimated end of the run" in codes(make([facts(1)], {"reboot_at": "02:01"}))["reboot_early"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"reboot_at": "2026-03-09T22:00:00Z"}, "has passed"),
        ({"reboot_at": "tonight"}, "reboot_at"),
        ({"reboot_at": "22:00", "wave_size": 1}, "takes a maintenance window of 24 tasks"),
        ({"only": {"kbs": ["KB5034123"]}}, "no Windows host is planned"),
        ({"only": {"kb": []}}, "unknown keys"),
        (
            {"only": {"kbs": ["KB5034123"]}, "baseline_override": "x"},
            "patch_run_baseline_override and patch_run_only are set; only one of them can decide",
        ),
    ],
)
def test_what_a_plan_refuses(facts, make, options, text):
    with pytest.raises(PlanError, match=text):
        make([facts(number) for number in range(1, 13)], options)


def test_a_plan_tells_what_is_installed(facts, make):
    name, windows = facts(1)
    hosts = [(name, {**windows, "platform_details": "Windows"}), facts(2)]
    only = {"classifications": ["SecurityUpdates"], "released_until": "2026-03-10", "exclude_kbs": ["KB5034123"]}
    told = codes(make(hosts, {"only": only}))["override"]
    assert "SecurityUpdates; released until 2026-03-10; without KB5034123" in told and "others: 1" in told
    assert "s3://a/b" in codes(make(hosts, {"install_override_list": "s3://a/b"}))["override"]
    assert "here.json" in codes(make(hosts, {"baseline_override": "here.json"}))["override"]
