# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The controller dies at the moments of a run that matter, one after the other; the machines' own record shows that nothing was done twice.

Kills at random moments, of fleets and options of all kinds, are what `make chaos` makes, with the same judgements.
"""

from __future__ import annotations

import os
import signal

import pytest
from driver import Operator
from driver import wait_until
from driver import warm

from local_aws import testing
from local_aws.framework import history
from local_aws.framework import recorder

RUN = "killed"
HOSTS_A_WAVE = 2
SCENARIO = {
    "clock": {"rate": 300},
    "fleet": [
        {
            "name": name,
            "count": HOSTS_A_WAVE,
            "platform": platform,
            "zones": ["us-east-1a"],
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


def calls(operation):
    return [call for call in recorder.calls(operation=operation) if call["source"] == "client"]


def between_waves(entry):
    """Somebody asked for the patch states after the first wave was scanned; this is the call after that."""
    installed = {done["instance_id"]: done["end"] for done in history.ENTRIES if done["kind"] == "install"}
    scans = [done for done in history.ENTRIES if done["kind"] == "scan" and done["instance_id"] in installed]
    ends = {done["instance_id"]: done["end"] for done in scans}
    if len(installed) < HOSTS_A_WAVE or set(ends) != set(installed) or not all(ends.values()):
        return False
    read = [call for call in calls("DescribeInstancePatchStates") if call["time"] >= max(ends.values())]
    return bool(read) and entry not in read


# In the order of a run. Each is asked with every call of the run when it was carried out, and its answer is still to leave.
MOMENTS = {
    "before an image": lambda entry: entry["operation"] == "CreateDocument",
    "while images are made": lambda entry: len(calls("CreateImage")) == HOSTS_A_WAVE,
    "after a start, before its answer": lambda entry: entry["operation"] == "StartAutomationExecution",
    "between waves": between_waves,
}


def kill(process, whole_machine: bool) -> None:
    """The machine of the controller dies, or only ansible-playbook does and its orphans work on for a while."""
    if whole_machine:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("whole_machine", [True, False], ids=["the machine dies", "only the controller process dies"])
def test_nothing_is_done_twice_and_the_order_holds(tmp_path, whole_machine):
    with testing.serve(SCENARIO) as aws:
        operator = Operator(tmp_path, aws, patch_run_id=RUN)
        killed = [killed_at(operator, moment, whole_machine) for moment in MOMENTS]
        killed.append(killed_while_it_reports(operator, whole_machine))
        output = operator.run()
        for process in killed:
            with_group_gone(process)
        assert_done_once_and_in_order(aws, operator, RUN, output)


def start(operator, whole_machine):
    """A warm module outlives the controller, as an orphan does; nothing outlives its machine, so there modules are ordinary processes."""
    return operator.start() if whole_machine else operator.start(modules=warm())


def killed_at(operator, moment, whole_machine):
    """The process of a run that was killed at the moment."""
    came = []

    def seen(entry):
        if entry["source"] == "client" and not came and MOMENTS[moment](entry):
            came.append(entry)
            kill(process, whole_machine)

    process = start(operator, whole_machine)
    recorder.LISTENERS.append(seen)
    try:
        process.wait(240)
    finally:
        recorder.LISTENERS.remove(seen)
    assert came, f"the run ended without the moment {moment}:\n{process.stdout.read()}"
    assert process.returncode == -signal.SIGKILL
    return process


def killed_while_it_reports(operator, whole_machine):
    """The process of a run that was killed when its report said for the first time that it is over."""
    process = start(operator, whole_machine)
    wait_until(lambda: operator.report(RUN)["outcome"] == "completed", 240, "report of a run that is over")
    kill(process, whole_machine)
    process.wait()
    assert process.returncode == -signal.SIGKILL, process.stdout.read()
    return process


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
