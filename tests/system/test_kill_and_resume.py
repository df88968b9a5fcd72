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

KILLS = 10  # of each kind; a run that ends before its share of kills is followed by another one
KILLS_A_RUN = 5
SCENARIO = {
    "clock": {"rate": 300},
    "fleet": [
        {
            "name": name,
            "count": 3,
            "platform": platform,
            "zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
            "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
            "missing": 3,
            "patch_seconds": 300,
            "scan_seconds": 60,
            "reboot_seconds": 60,
            "agent_update_seconds": 30,
            "image_seconds": 240,
        }
        for name, platform, role in (("sql", "windows-2022", "SQL Server"), ("app", "rhel-9", "Application Server"))
    ],
}


def kill(process, whole_machine: bool) -> None:
    """The machine of the controller dies, or only ansible-playbook does and its orphans work on for a while."""
    if whole_machine:
        kill_group(process)
    else:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("whole_machine", [True, False], ids=["the machine dies", "only the controller process dies"])
def test_nothing_is_done_twice_and_the_order_holds(tmp_path, whole_machine):
    dice = random.Random(f"kill {whole_machine}")
    kills = runs = 0
    while kills < KILLS:
        runs += 1
        folder = tmp_path / str(runs)
        folder.mkdir()
        with testing.serve(SCENARIO) as aws:
            kills += killed_run(Operator(folder, aws), aws, f"killed-{runs}", dice, whole_machine)
    print(f"{kills} kills in {runs} runs")


def killed_run(operator, aws, run_id, dice, whole_machine):
    """Start a run, kill it a few times, let it end; gives the number of kills."""
    orphans = []
    while len(orphans) < KILLS_A_RUN:
        process = operator.start(patch_run_id=run_id)
        time.sleep(dice.uniform(2.0, 12.0))
        if process.poll() is not None:
            assert process.returncode == 0, process.stdout.read()
            break
        kill(process, whole_machine)
        orphans.append(process)
    output = operator.run(patch_run_id=run_id)
    for process in orphans:
        with_group_gone(process)
    assert_done_once_and_in_order(aws, operator, run_id, output)
    return len(orphans)


def with_group_gone(process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def times_by_instance(aws, kind):
    times = {}
    for entry in aws.control.history(kind=kind):
        times.setdefault(entry["instance_id"], []).append((entry["start"], entry["end"]))
    return times


def assert_done_once_and_in_order(aws, operator, run_id, output):
    planned = [[host["instance_id"] for host in wave["hosts"]] for wave in operator.plan(run_id)["waves"]]
    images = times_by_instance(aws, "image")
    installs = times_by_instance(aws, "install")
    scans = times_by_instance(aws, "scan")
    everyone = {instance for wave in planned for instance in wave}
    assert set(images) == set(installs) == set(scans) == everyone, output
    assert {len(entries) for entries in images.values()} == {1}, images
    assert {len(entries) for entries in installs.values()} == {1}, installs
    for earlier, later in zip(planned, planned[1:], strict=False):
        done = max(max(end for _start, end in scans[instance]) for instance in earlier)
        begun = min(images[instance][0][0] for instance in later)
        assert begun >= done, (earlier, later)
    assert operator.report(run_id)["outcome"] == "completed", output
