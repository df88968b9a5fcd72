# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A run is stopped: between waves, or by force in the middle, also when its controller is gone; and two runs keep apart."""

from __future__ import annotations

import collections
import re

import pytest
from driver import Operator
from driver import kill_group
from driver import wait_until
from driver import warm

from local_aws import testing

RUN = "halted"
# An installation lasts 50 seconds, long enough for a playbook to come between, or one.
SLOW, FAST = 60, 3000

ROLLBACK = {"patch_rollback_run_id": RUN, "patch_rollback_confirm": RUN, "patch_rollback_everything": True}


def host(name, role, **more):
    return {
        "name": name,
        "platform": "rhel-9",
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 2,
        "patch_seconds": 3000,
        "scan_seconds": 30,
        "reboot_seconds": 30,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


FLEET = [host("sql", "SQL Server"), host("app", "Application Server"), host("web", "Web Server")]


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    with testing.serve({"clock": {"rate": SLOW}, "fleet": FLEET}) as aws:
        yield Operator(tmp_path, aws, patch_run_id=RUN, patch_run_retries=0)


def squeezed(output):
    return " ".join(output.split())


def names(operator):
    return {one["instance_id"]: one["name"] for wave in operator.plan(RUN)["waves"] for one in wave["hosts"]}


def done(operator, kind):
    known = names(operator)
    return dict(collections.Counter(known[entry["instance_id"]] for entry in operator.aws.control.history(kind=kind)))


def executions(operator):
    found = operator.aws.client("ssm").describe_automation_executions()["AutomationExecutionMetadataList"]
    return collections.Counter(one["AutomationExecutionStatus"] for one in found)


def installations(operator):
    """How often the runbook has begun to install on a host."""
    sent = operator.aws.control.calls(service="ssm", operation="SendCommand", source="automation")
    baselines = [call["params"] for call in sent if call["params"]["DocumentName"] == "AWS-RunPatchBaseline"]
    return sum(params["Parameters"]["Operation"] == ["Install"] for params in baselines)


def test_two_runs_keep_apart_and_the_one_that_is_asked_to_stop_ends_its_wave_and_begins_no_other(operator):
    first = operator.start(modules=warm())
    wait_until(lambda: installations(operator), 300, "installation")
    operator.aws.clock(rate=1)  # the installation goes on while others try
    two_runs_never_work_on_one_host_at_once(operator)
    told = squeezed(operator.run("stop", patch_run_stop_reason="the shop is slow"))
    assert "was asked to stop; executions that are under way run to their end" in told, told
    operator.aws.clock(rate=FAST)
    output = squeezed(first.communicate(timeout=300)[0])
    report = operator.report(RUN)
    assert first.returncode == 2 and report["outcome"] == "stopped", output
    assert (report["stop"]["gate"], report["stop"]["wave"]) == ("stop", "application.use1a")
    assert report["message"].startswith("stopped before wave application.use1a by the gate stop: arn:aws:")
    assert report["message"].endswith("the shop is slow") and report["message"] in output
    assert [wave["outcome"] for wave in report["waves"]] == ["done", "skipped"]
    assert done(operator, "install") == {"sql": 1} and set(executions(operator)) == {"Success"}
    # The request was for the run that is over, not for the next start. Whose runbook it is that is not published again, somebody approves.
    refused = operator.run(expect=2, patch_run_publish_document=False)
    digest = re.search(r"patch_run_approved_digest=(sha256:[0-9a-f]{64})", refused)[1]
    operator.run(patch_run_publish_document=False, patch_run_approved_digest=digest)
    assert done(operator, "image") == done(operator, "install") == {"sql": 1, "app": 1, "web": 1}
    assert operator.report(RUN)["outcome"] == "completed"


def two_runs_never_work_on_one_host_at_once(operator):
    output = squeezed(operator.run(expect=2, patch_run_id="second"))
    refused = squeezed(operator.run("rollback", expect=2, **ROLLBACK))
    assert f"the rollback was not started: run {RUN}, execution " in refused and not done(
        operator, "root_replaced"
    ), refused
    report = operator.report("second")
    assert (report["outcome"], report["stop"]["gate"], report["stop"]["at"]) == ("stopped", "busy", "before"), report
    assert f"run {RUN} (execution " in report["message"] and "works on sql (i-" in report["message"], report["message"]
    assert "only one can work on a host at a time" in output


def test_force_cancels_what_runs_also_when_the_controller_is_gone_and_the_same_run_completes(operator):
    process = operator.start(modules=warm(), patch_run_max_errors="1")
    wait_until(lambda: installations(operator), 300, "installation")
    told = squeezed(operator.run("stop", patch_run_force_stop=True))
    assert (
        "was stopped by force" in told and "cancelled in step" in told and "may still be working on its host" in told
    ), told
    output = squeezed(process.communicate(timeout=300)[0])
    report = operator.report(RUN)
    assert process.returncode == 2 and report["outcome"] == "stopped", output
    assert report["message"].startswith("stopped in wave data.use1a by the gate stop: arn:aws:"), report["message"]
    host = report["waves"][0]["hosts"][0]
    assert (host["outcome"], host["cause_code"]) == ("failed", "cancelled") and "may still work on the host" in host[
        "cause"
    ], host
    assert not executions(operator)["InProgress"] and executions(operator)["Cancelled"] == 2
    operator.aws.clock(advance=3600)  # what may still work on the host ends
    force_ends_a_run_whose_controller_is_gone_and_reports_for_it(operator)
    operator.aws.clock(rate=FAST)
    operator.run()
    assert operator.report(RUN)["outcome"] == "completed" and operator.report(RUN)["totals"]["patched"] == 3
    assert done(operator, "image") == {"sql": 1, "app": 1, "web": 1}


def force_ends_a_run_whose_controller_is_gone_and_reports_for_it(operator):
    begun = installations(operator)
    process = operator.start()
    wait_until(lambda: installations(operator) > begun, 300, "installation")
    kill_group(process)
    assert operator.report(RUN)["outcome"] == "running"
    # More than the 4,096 characters of a parameter, as JSON.
    output = squeezed(operator.run("stop", patch_run_force_stop=True, patch_run_stop_reason="gone" + "…" * 1000))
    report = operator.report(RUN)
    assert report["outcome"] == "stopped" and report["stop"]["gate"] == "stop", report
    assert "stopped it by force while no controller reported on it: gone" in report["message"]
    first = report["waves"][0]
    assert (
        first["outcome"] == "failed"
        and first["hosts"][0]["cause_code"] == "cancelled"
        and first["hosts"][0]["image_id"]
    )
    assert f"Run {RUN}: STOPPED" in output and not executions(operator)["InProgress"]


def test_a_scan_of_somebody_else_is_waited_for(operator):
    client = operator.aws.client("ssm")
    nodes = [one["InstanceId"] for one in client.describe_instance_information()["InstanceInformationList"]]
    operator.aws.clock(rate=1)
    client.send_command(DocumentName="AWS-RunPatchBaseline", InstanceIds=nodes, Parameters={"Operation": ["Scan"]})
    process = operator.start(modules=warm(), patch_run_hosts=nodes[0], patch_run_gate_wait=60)
    looks = {"service": "ssm", "operation": "ListCommands", "source": "client"}
    wait_until(lambda: len(operator.aws.control.calls(**looks)) > 1, 300, "second look")
    assert not operator.aws.control.history(kind="image")
    operator.aws.clock(rate=FAST)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0 and operator.report(RUN)["totals"]["patched"] == 1, output
