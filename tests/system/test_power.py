# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Stopped hosts are started, patched and stopped again, whatever happens to them; the machines' own record tells."""

from __future__ import annotations

import pytest
from driver import Operator
from driver import kill_group
from driver import wait_until

from local_aws import testing


def host(name, state="stopped", **more):
    return {
        "name": name,
        "platform": "rhel-9",
        "zones": ["us-east-1a"],
        "state": state,
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": "SQL Server"}},
        "missing": 2,
        "patch_seconds": 120,
        "scan_seconds": 30,
        "reboot_seconds": 60,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


@pytest.fixture(name="serve")
def fixture_serve(tmp_path):
    def serve(*fleet, rate=600):
        return testing.serve({"clock": {"rate": rate}, "fleet": list(fleet)})

    return serve


def operator_of(folder, aws, **variables):
    return Operator(
        folder, aws, patch_run_id="power", patch_run_start_stopped=True, patch_run_update_agent=False, **variables
    )


def ids(aws):
    found = [one for page in aws.client("ec2").describe_instances()["Reservations"] for one in page["Instances"]]
    return {next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name"): one["InstanceId"] for one in found}


def states(aws):
    found = [one for page in aws.client("ec2").describe_instances()["Reservations"] for one in page["Instances"]]
    return {one["InstanceId"]: one["State"]["Name"] for one in found}


def kinds(aws, instance_id):
    return [entry["kind"] for entry in aws.control.history(instance=instance_id)]


def rows(operator):
    return {one["name"]: one for wave in operator.report("power")["waves"] for one in wave["hosts"]}


def test_a_stopped_host_is_imaged_started_patched_and_stopped_and_one_that_somebody_started_stays_up(tmp_path, serve):
    with serve(host("asleep"), host("woken"), host("awake", "running")) as aws:
        operator, known = operator_of(tmp_path, aws), ids(aws)
        output = operator.run("plan")
        assert "2 hosts not running: started for patching and stopped again" in " ".join(output.split())
        aws.client("ec2").start_instances(InstanceIds=[known["woken"]])
        output = operator.run()
        assert f"they are patched and stay running: {known['woken']}" in output
        assert kinds(aws, known["asleep"]) == ["image", "start", "install", "reboot", "scan", "stop"], output
        assert "stop" not in kinds(aws, known["woken"]) + kinds(aws, known["awake"])
        assert states(aws) == {known["asleep"]: "stopped", known["woken"]: "running", known["awake"]: "running"}
        assert {row["outcome"] for row in rows(operator).values()} == {"patched"}
        page = (tmp_path / "fleetpatch-runs" / "power" / "plan.html").read_text(encoding="utf-8")
        assert page.count("⇅ started and stopped again") == 2


def test_hosts_that_do_not_come_up_are_stopped_again_and_a_rerun_patches_them(tmp_path, serve):
    broken = {
        "unbootable": {"behaviours": {"no_boot": True}},
        "mute": {"agent": "lost", "scanned": True},
        "gone": {"behaviours": {"no_return": True}},
        "stuck": {},
    }
    with serve(*(host(name, **more) for name, more in broken.items()), rate=7200) as aws:
        operator, known = operator_of(tmp_path, aws, patch_run_retries=0, patch_run_max_errors="3"), ids(aws)
        denied = {"service": "ec2", "operation": "StopInstances", "instance": known["stuck"], "source": "automation"}
        aws.faults(**denied, code="UnauthorizedOperation", message="You are not authorized to perform this operation.")
        output = operator.run(expect=2)
        assert [number for number, state in states(aws).items() if state == "running"] == [known["stuck"]], output
        found = {name: (row["outcome"], row["failed_step"], row["cause_code"]) for name, row in rows(operator).items()}
        assert found == {
            "unbootable": ("failed", "start", "no_start"),
            "mute": ("failed", "awaitAgent", "no_agent"),
            "gone": ("failed", "install", "timed_out"),
            "stuck": ("failed", "stop", "not_stopped"),
        }
        assert kinds(aws, known["mute"]) == ["image", "start", "stop"]
        aws.control.set_machine(known["unbootable"], no_boot=False)
        aws.control.set_machine(known["gone"], no_return=False, agent="online")
        aws.control.set_machine(known["mute"], agent="online")
        operator.run()
        assert operator.report("power")["outcome"] == "completed"
        assert set(states(aws).values()) == {"stopped"}
        assert [kinds(aws, one).count("image") for one in known.values()] == [1, 1, 1, 1]


def test_a_host_is_stopped_again_without_its_controller_and_when_it_is_cancelled(tmp_path, serve):
    with serve(host("asleep", patch_seconds=1800), rate=1200) as aws:
        operator, (number,) = operator_of(tmp_path, aws), ids(aws).values()
        process = operator.start()
        wait_until(lambda: "install" in kinds(aws, number), 300, "installation")
        kill_group(process)
        ssm = aws.client("ssm")
        filters = [{"Key": "ExecutionStatus", "Values": ["InProgress"]}]
        for one in ssm.describe_automation_executions(Filters=filters)["AutomationExecutionMetadataList"]:
            if one.get("ParentAutomationExecutionId"):
                ssm.stop_automation_execution(AutomationExecutionId=one["AutomationExecutionId"], Type="Cancel")
        wait_until(lambda: states(aws)[number] == "stopped", 300, "stop")
        operator.run()
        assert rows(operator)["asleep"]["outcome"] == "patched"
        assert kinds(aws, number).count("image") == 1
        assert states(aws)[number] == "stopped"
