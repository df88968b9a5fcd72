# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hosts are taken out of their target groups while they are patched, and put back whatever happens.

The clock of the local AWS begins at 2026-03-10T02:00Z.
"""

from __future__ import annotations

import collections

import pytest
from driver import Operator
from driver import kill_group
from driver import wait_until
from driver import warm

from local_aws import testing

SCENARIO = {
    "clock": {"rate": 900},
    "fleet": [
        {
            "name": "web",
            "count": 2,
            "platform": "rhel-9",
            "zones": ["us-east-1a"],
            "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": "Web Server"}},
            "missing": 2,
            "patch_seconds": 60,
            "scan_seconds": 20,
            "reboot_seconds": 30,
            "agent_update_seconds": 10,
        }
    ],
    "target_groups": [
        {"name": "web", "targets": ["web"], "interval": 10, "delay": 60},
        {"name": "api", "targets": ["web"], "port": 8080, "interval": 10, "delay": 30},
    ],
}
OWNED = [{"Key": "fleetpatch:owner", "Value": "fleetpatch"}]
EARLIER = """
schemaVersion: "0.3"
mainSteps:
  - {name: wait, action: "aws:sleep", inputs: {Duration: PT1S}}
"""
CHOICES = {"patch_run_id": "drained", "patch_run_drain": True, "patch_run_retries": 0, "patch_run_image": False}


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    with testing.serve(SCENARIO) as aws:
        # An earlier version of the collection published its runbooks.
        for name in ("fleetpatch-PatchHost", "fleetpatch-TargetGroups"):
            aws.client("ssm").create_document(
                Name=name, Content=EARLIER, DocumentType="Automation", DocumentFormat="YAML", Tags=OWNED
            )
        yield Operator(tmp_path, aws, **CHOICES)


def squeezed(output):
    return " ".join(output.split())


def planned(operator):
    """Ids of the hosts in the order of the plan, which is that of the ids."""
    found = operator.aws.client("ec2").describe_instances()["Reservations"]
    return sorted(one["InstanceId"] for reservation in found for one in reservation["Instances"])


def health(operator):
    """{group: {instance id: state}}"""
    client = operator.aws.client("elbv2")
    return {
        group["TargetGroupName"]: {
            one["Target"]["Id"]: one["TargetHealth"]["State"]
            for one in client.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        }
        for group in client.describe_target_groups()["TargetGroups"]
    }


def moves(operator):
    """(operation, instance id, time) of what Automation did with targets, in order."""
    calls = operator.aws.control.calls(service="elbv2", source="automation")
    return [
        (call["operation"].removesuffix("Targets"), call["params"]["Targets"][0]["Id"], call["time"])
        for call in calls
        if call["mutating"]
    ]


def installs(operator):
    return collections.Counter(entry["instance_id"] for entry in operator.aws.control.history(kind="install"))


def test_each_host_is_out_while_it_is_patched_and_enough_others_stay(operator):
    kept = {"patch_run_max_concurrency": "2"}
    words = "target group web keeps 0 of 2 targets healthy while 2 hosts of wave application.use1a are deregistered at once; the minimum is 1"
    output = squeezed(operator.run(expect=2, patch_run_healthy_targets=[{"group": "web", "min": "50%"}], **kept))
    assert words in output and operator.report("drained")["stop"]["gate"] == "target_group"
    assert "2 hosts deregistered from api, web during patching" in output
    assert "deregistered from api, web" in (operator.folder / "fleetpatch-runs/drained/plan.html").read_text(
        encoding="utf-8"
    )
    assert not moves(operator) and not operator.aws.control.history()
    operator.run(
        patch_run_id="second", patch_run_healthy_targets=[{"group": "web", "min": 1}], patch_run_max_concurrency="1"
    )
    order = planned(operator)
    done = moves(operator)
    assert [(name, number) for name, number, _time in done] == [
        (name, number) for number in order for name in ("Deregister", "Deregister", "Register", "Register")
    ]
    work = operator.aws.control.history()
    for place, number in enumerate(order):
        own = [entry for entry in work if entry["instance_id"] == number]
        out, back = done[place * 4 + 1][2], done[place * 4 + 2][2]
        # Drained first: the longer delay is 60 seconds, and both groups drain side by side.
        assert out < min(entry["start"] for entry in own) and max(entry["end"] for entry in own) <= back
    assert {state for states in health(operator).values() for state in states.values()} == {"healthy"}
    assert operator.report("second")["totals"]["patched"] == 2
    reads = collections.Counter(
        call["operation"] for call in operator.aws.control.calls(service="elbv2", source="client")
    )
    # Per run: both groups for the plan, and one for each look of the gate (run, before, after); not one call a host.
    assert reads["DescribeTargetHealth"] <= 2 * 2 + 4 + 2


def test_a_drain_that_hangs_and_a_host_that_stays_unhealthy_fail_in_their_steps_and_are_registered(operator):
    hangs, sick = planned(operator)
    operator.aws.set_machine(hangs, drain_hangs=True)
    operator.aws.set_machine(sick, unhealthy=True)
    output = squeezed(operator.run(expect=2, patch_run_max_concurrency="2", patch_run_max_errors="1"))
    report = operator.report("drained")
    assert report["outcome"] == "stopped" and "in step drain" in output
    rows = {host["instance_id"]: host for host in report["waves"][0]["hosts"]}
    assert {number: (row["failed_step"], row["cause_code"]) for number, row in rows.items()} == {
        hangs: ("drain", "drain"),
        sick: ("awaitHealthy", "register"),
    }
    # The one is not patched, the other is, and the report says so.
    assert "nothing was installed" in rows[hangs]["cause"] and "is patched" in rows[sick]["cause"]
    assert installs(operator) == {sick: 1}
    assert [set(states) for states in health(operator).values()] == [{hangs, sick}, {hangs, sick}]
    operator.aws.set_machine(hangs, drain_hangs=False)
    operator.aws.set_machine(sick, unhealthy=False)
    operator.run()
    report = operator.report("drained")
    assert report["outcome"] == "completed" and report["totals"]["patched"] == 2


def test_the_gate_after_a_wave_waits_for_its_targets(operator):
    operator.variables["patch_run_drain"] = False
    gate = {"patch_run_healthy_targets": [{"group": "api", "min": 0}]}
    process = operator.start(modules=warm(), **gate)
    wait_until(lambda: bool(operator.aws.control.history(kind="install")), 300, "install")
    [first, second] = planned(operator)
    operator.aws.set_machine(second, unhealthy=True)
    output = squeezed(process.communicate(timeout=300)[0])
    report = operator.report("drained")
    assert process.returncode == 2 and (report["stop"]["gate"], report["stop"]["at"]) == (
        "target_group",
        "after",
    ), output
    assert f"({second}) is unhealthy (Target.FailedHealthChecks) after wave application.use1a" in report["message"]
    assert installs(operator) == {first: 1, second: 1} and not moves(operator)
    mark = len(operator.aws.control.calls(service="elbv2", source="client"))
    process = operator.start(modules=warm(), patch_run_gate_wait=60, **gate)
    looks = lambda: operator.aws.control.calls(service="elbv2", source="client")[mark:]  # noqa: E731
    wait_until(lambda: sum(call["operation"] == "DescribeTargetHealth" for call in looks()) >= 2, 300, "second look")
    operator.aws.set_machine(second, unhealthy=False)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0 and "  waiting: target group api: " in output, output
    assert f"({second}) is unhealthy (Target.FailedHealthChecks) after wave application.use1a" in squeezed(output)
    assert installs(operator) == {first: 1, second: 1} and operator.report("drained")["outcome"] == "completed"


def test_a_host_is_put_back_when_the_controller_is_gone(operator):
    process = operator.start()
    wait_until(lambda: bool(moves(operator)), 300, "host that is drained")
    kill_group(process)
    first, second = planned(operator)
    operator.aws.clock(jump="idle")
    operator.aws.clock(advance=60)
    assert [set(states.values()) for states in health(operator).values()] == [{"healthy"}, {"healthy"}]
    done = moves(operator)
    assert collections.Counter(name for name, _number, _time in done) == {"Deregister": 4, "Register": 4}
    operator.run()
    assert moves(operator) == done and installs(operator) == {first: 1, second: 1}
    assert operator.report("drained")["outcome"] == "completed"
