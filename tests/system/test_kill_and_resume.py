# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The controller dies at random points of a run, again and again; the machines' own record shows that nothing was done twice."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from driver import Operator
from driver import kill_group
from local_aws import testing

RUNS = 4
KILLS_A_RUN = 6
SCENARIO = {
    "clock": {"rate": 400},
    "fleet": [
        {
            "name": name,
            "count": 3,
            "platform": platform,
            "zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
            "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
            "missing": 3,
            "patch_seconds": 500,
            "scan_seconds": 60,
            "reboot_seconds": 60,
            "image_seconds": 300,
        }
        for name, platform, role in (("sql", "windows-2022", "SQL Server"), ("app", "rhel-9", "Application Server"))
    ],
}


def kill(process, whole_machine: bool) -> None:
    """The machine of the controller dies, or only ansible-playbook does and its orphans work on for a while."""
    if whole_machine:
        kill_group(process)
        return
    process.send_signal(signal.SIGKILL)
    process.wait()


def times_by_instance(aws, kind):
    times = {}
    for entry in aws.control.history(kind=kind):
        times.setdefault(entry["instance_id"], []).append((entry["start"], entry["end"]))
    return times


@pytest.mark.parametrize("seed", range(RUNS))
def test_nothing_is_done_twice_and_the_order_holds(tmp_path, seed):
    dice = random.Random(seed)
    run_id = f"killed-{seed}"
    kills = 0
    with testing.serve(SCENARIO) as aws:
        operator = Operator(tmp_path, aws)
        while kills < KILLS_A_RUN:
            process = operator.start(patch_run_id=run_id)
            time.sleep(dice.uniform(2.0, 11.0))
            if process.poll() is not None:
                break
            kill(process, whole_machine=dice.random() < 0.7)
            kills += 1
        output = operator.run(patch_run_id=run_id)
        leave_no_orphans(process)
        assert kills > 0
        print(f"run {run_id}: killed {kills} times")
        assert_done_once_and_in_order(aws, operator, run_id, output)


def leave_no_orphans(process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def assert_done_once_and_in_order(aws, operator, run_id, output):
    plan = operator.plan(run_id)
    planned = [[host["instance_id"] for host in wave["hosts"]] for wave in plan["waves"]]
    images = times_by_instance(aws, "image")
    installs = times_by_instance(aws, "install")
    everyone = {instance for wave in planned for instance in wave}
    assert set(images) == set(installs) == everyone, output
    assert {len(entries) for entries in images.values()} == {1}, images
    assert {len(entries) for entries in installs.values()} == {1}, installs
    scans = times_by_instance(aws, "scan")
    for earlier, later in zip(planned, planned[1:]):
        done = max(max(end for _start, end in scans[instance]) for instance in earlier)
        begun = min(images[instance][0][0] for instance in later)
        assert begun >= done, (earlier, later)
    assert operator.report(run_id)["outcome"] == "completed"
