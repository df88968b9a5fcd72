# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The runbooks by themselves, started as AWS would start them: whatever ends an execution, its host is left as it was."""

from __future__ import annotations

import pytest
from driver import ROOT

import permissions
from local_aws import testing

NAME = "fleetpatch-PatchHost"
SCENARIO = {
    "clock": {"rate": 0},
    # Our own runbooks keep rules that published ones of AWS break.
    "switches": {"request_rates": False, "reject_unreachable": True, "undeclared_outputs": "rejected"},
    "fleet": [
        {"name": "web", "count": 2, "platform": "rhel-9", "zones": ["us-east-1a"], "missing": 2, "patch_seconds": 600}
    ],
    "target_groups": [
        {"name": "web", "targets": ["web"], "interval": 10, "delay": 60},
        {"name": "api", "targets": ["web"], "port": 8080, "interval": 10, "delay": 30},
    ],
}
SNAPSHOT = "5a7ab3ce-0b3c-4c6d-9d0e-2f6f6f1c2a11"


class Account:
    """The runbooks published, two hosts in two target groups, and a clock that stands still until it is moved."""

    def __init__(self, aws):
        self.aws, self.ssm, self.elb, self.ec2 = aws, aws.client("ssm"), aws.client("elbv2"), aws.client("ec2")
        text = (ROOT / "roles" / "patch_run" / "files" / f"{NAME}.yaml").read_text(encoding="utf-8")
        self.ssm.create_document(Name=NAME, Content=text, DocumentType="Automation", DocumentFormat="YAML")
        found = self.ec2.describe_instances()["Reservations"]
        self.ids = sorted(one["InstanceId"] for reservation in found for one in reservation["Instances"])

    def start(self, host, **parameters):
        role = {"AutomationAssumeRole": [permissions.AUTOMATION]}
        given = {"InstanceId": [host], "SnapshotId": [SNAPSHOT], **role, **parameters}
        return self.ssm.start_automation_execution(DocumentName=NAME, Parameters=given)["AutomationExecutionId"]

    def read(self, execution):
        return self.ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"]

    def until(self, done, step=60, most=240):
        for _number in range(most):
            if done():
                return
            self.aws.clock(advance=step)
        raise AssertionError("the clock was moved for hours, and it did not come to that")

    def ended(self, execution):
        return self.read(execution)["AutomationExecutionStatus"] not in (
            "Pending",
            "InProgress",
            "Cancelling",
            "Waiting",
        )

    def running(self, execution, step):
        steps = {one["StepName"]: one["StepStatus"] for one in self.read(execution)["StepExecutions"]}
        return steps.get(step) == "InProgress"

    def health(self, host):
        """{target group: state of the host}"""
        made = {}
        for group in self.elb.describe_target_groups()["TargetGroups"]:
            rows = self.elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": host}])
            made[group["TargetGroupName"]] = rows["TargetHealthDescriptions"][0]["TargetHealth"]["State"]
        return made

    def state(self, host):
        found = self.ec2.describe_instances(InstanceIds=[host])["Reservations"]
        return found[0]["Instances"][0]["State"]["Name"]

    def done(self, host):
        return [entry["kind"] for entry in self.aws.history(instance=host)]


@pytest.fixture(name="account")
def fixture_account():
    with testing.serve(SCENARIO) as aws:
        yield Account(aws)


DRAINED = {"Drain": ["yes"], "TargetGroups": ["web", "api"]}


@pytest.mark.parametrize("step", ["drain", "install"])
def test_a_cancelled_host_is_registered_again(account, step):
    host, other = account.ids
    execution = account.start(host, **DRAINED)
    account.until(lambda: account.running(execution, step), step=5)
    assert "healthy" not in account.health(host).values()
    account.ssm.stop_automation_execution(AutomationExecutionId=execution, Type="Cancel")
    account.until(lambda: account.ended(execution), step=5)
    assert account.read(execution)["AutomationExecutionStatus"] == "Cancelled"
    account.aws.clock(advance=120)
    assert account.health(host) == account.health(other) == {"web": "healthy", "api": "healthy"}


def test_a_host_that_was_stopped_is_stopped_again_when_it_is_cancelled(account):
    host = account.ids[0]
    account.ec2.stop_instances(InstanceIds=[host])
    account.until(lambda: account.state(host) == "stopped")
    execution = account.start(host, FormerState=["stopped"])
    account.until(lambda: account.running(execution, "install"), step=5)
    account.ssm.stop_automation_execution(AutomationExecutionId=execution, Type="Cancel")
    account.until(lambda: account.ended(execution), step=5)
    account.until(lambda: account.state(host) == "stopped", step=5)


def test_a_target_group_that_vanished_leaves_the_host_unpatched_and_in_the_others(account):
    host = account.ids[0]
    execution = account.start(host, Drain=["yes"], TargetGroups=["web", "gone"])
    account.until(lambda: account.ended(execution))
    read = account.read(execution)
    steps = {one["StepName"]: one["StepStatus"] for one in read["StepExecutions"]}
    assert read["AutomationExecutionStatus"] == "Failed" and steps["findGroupToLeave"] == "Failed"
    assert (steps["drain"], steps["install"], steps["end"]) == ("Pending", "Pending", "Success")
    assert "install" not in account.done(host)
    account.aws.clock(advance=120)
    assert account.health(host)["web"] == "healthy"


def test_a_target_group_that_vanishes_while_a_host_is_patched_keeps_it_out_of_no_other(account):
    host = account.ids[0]
    execution = account.start(host, Drain=["yes"], TargetGroups=["api", "web"])
    account.until(lambda: account.running(execution, "install"), step=5)
    (api,) = account.elb.describe_target_groups(Names=["api"])["TargetGroups"]
    for balancer in api["LoadBalancerArns"]:
        for listener in account.elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
            if any(action.get("TargetGroupArn") == api["TargetGroupArn"] for action in listener["DefaultActions"]):
                account.elb.delete_listener(ListenerArn=listener["ListenerArn"])
    account.elb.delete_target_group(TargetGroupArn=api["TargetGroupArn"])
    account.until(lambda: account.ended(execution))
    read = account.read(execution)
    steps = {one["StepName"]: one["StepStatus"] for one in read["StepExecutions"]}
    assert read["AutomationExecutionStatus"] == "Failed"
    assert (steps["scan"], steps["joinGroup"], steps["end"]) == ("Success", "Success", "Success")
    assert [one["StepStatus"] for one in read["StepExecutions"] if one["StepName"] == "findGroupToJoin"] == [
        "Failed",
        "Success",
    ]
    account.aws.clock(advance=120)
    assert account.health(host) == {"web": "healthy"}


def test_an_exit_hook_that_fails_keeps_nobody_out(account):
    host = account.ids[0]
    execution = account.start(host, ExitHook=["script"], ExitHookLinux=["exit 3"], **DRAINED)
    account.until(lambda: account.ended(execution))
    read = account.read(execution)
    steps = {one["StepName"]: one["StepStatus"] for one in read["StepExecutions"]}
    assert read["AutomationExecutionStatus"] == "Failed"
    assert (steps["install"], steps["scan"], steps["exitHookLinux"], steps["awaitHealthy"]) == (
        "Success", "Success", "Failed", "Success",
    )  # fmt: skip
    assert set(account.health(host).values()) == {"healthy"}


OTHERS = """schemaVersion: "0.3"
mainSteps:
  - {name: work, action: "aws:sleep", inputs: {Duration: PT45M}, isEnd: true}
"""
QUOTAS = {"concurrent": 4, "adaptive": 500, "queue": 1000, "rate_concurrent": 25, "rate_queue": 1000, "nesting": 5}


def test_two_runs_beside_automations_of_others_at_a_full_quota_are_slower_and_never_stuck():
    """Each of the four places is taken by a host that is drained, a parent or somebody else: nothing may wait for a further place."""
    switches = {"request_rates": False, "automation_quotas": QUOTAS}
    fleet = [{**SCENARIO["fleet"][0], "count": 6}]
    with testing.serve({**SCENARIO, "switches": switches, "fleet": fleet}) as aws:
        account = Account(aws)
        account.ssm.create_document(Name="others", Content=OTHERS, DocumentType="Automation", DocumentFormat="YAML")
        account.ssm.start_automation_execution(DocumentName="others")
        runs = [
            account.ssm.start_automation_execution(
                DocumentName=NAME,
                TargetParameterName="InstanceId",
                TargetMaps=[{"InstanceId": [host]} for host in hosts],
                Parameters={"SnapshotId": [SNAPSHOT], **DRAINED},
                MaxConcurrency="3",
                MaxErrors="0",
            )["AutomationExecutionId"]
            for hosts in (account.ids[:3], account.ids[3:])
        ]
        others = account.ssm.start_automation_execution(DocumentName="others")["AutomationExecutionId"]
        assert account.read(others)["AutomationExecutionStatus"] == "Pending"
        account.until(lambda: all(map(account.ended, [*runs, others])))
        assert {account.read(one)["AutomationExecutionStatus"] for one in [*runs, others]} == {"Success"}
        account.aws.clock(advance=120)
        for host in account.ids:
            assert account.done(host).count("install") == 1
            assert account.health(host) == {"web": "healthy", "api": "healthy"}


def test_a_host_that_is_not_online_at_its_turn_fails_before_it_is_drained(account):
    host = account.ids[0]
    account.aws.set_machine(host, agent="lost")
    account.aws.clock(advance=600)
    execution = account.start(host, **DRAINED)
    account.until(lambda: account.ended(execution), step=30, most=20)
    steps = {one["StepName"]: one["StepStatus"] for one in account.read(execution)["StepExecutions"]}
    assert (steps["assertOnline"], steps["deregister"], steps["end"]) == ("Failed", "Pending", "Success")
    assert account.health(host) == {"web": "healthy", "api": "healthy"} and account.done(host) == []
