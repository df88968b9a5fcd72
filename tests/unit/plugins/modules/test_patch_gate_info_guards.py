# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the guards of a run look at: requests to stop, executions and commands that are not over."""

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import patch_gate_info as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_automation_execution
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_automation_execution_info

DOCUMENT = {
    "schemaVersion": "0.3",
    "parameters": {"InstanceId": {"type": "String"}},
    "mainSteps": [{"name": "hour", "action": "aws:sleep", "inputs": {"Duration": "PT1H"}, "isEnd": True}],
}
RUN = {
    "document_name": "patch-host",
    "target_parameter_name": "InstanceId",
    "run_id": "r1",
    "step": "one",
    "wait": False,
}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    document = {"name": "patch-host", "type": "Automation", "content": json.dumps(DOCUMENT), "format": "JSON"}
    fleet = [
        {"name": "web", "count": 3, "platform": "rhel-9", "missing": 1, "scan_seconds": 600, "tags": {"team": "shop"}}
    ]
    return serve({"clock": {"rate": 0}, "switches": {"request_rates": False}, "documents": [document], "fleet": fleet})


@pytest.fixture(name="ids")
def fixture_ids(aws):
    found = aws.client("ec2").describe_instances()["Reservations"]
    return sorted(one["InstanceId"] for group in found for one in group["Instances"])


def operations(aws):
    return [call["operation"] for call in aws.control.calls(source="client")]


def busy(run_module, ids, **options):
    answer = run_module(module, instance_ids=ids, document_name="patch-host", **options)
    assert not answer.get("failed"), answer
    return [(one["kind"], one["run_id"], one["instance_ids"]) for one in answer["busy"]]


def test_the_request_to_stop_is_one_call_and_brings_the_time(aws, run_module):
    assert run_module(module, run_id="r1")["stop"] == {}
    put = aws.client("ssm").put_parameter
    put(Name="/fleetpatch/stop/r1", Type="String", Value='{"who": "jane", "why": "slow", "force": true}')
    aws.control.clear_calls()
    found = run_module(module, run_id="r1")
    assert found["stop"] == {"time": found["time"], "who": "jane", "why": "slow", "force": True}
    assert operations(aws) == ["GetParameters"] and not found["busy"]
    put(Name="/fleetpatch/stop/r1", Type="String", Value="manually", Overwrite=True)
    assert run_module(module, run_id="r1")["stop"]["why"] == "manually"
    assert run_module(module, run_id="r")["stop"] == {}


def test_executions_of_other_runs_and_of_nobody_are_found_and_its_own_are_not(aws, ids, run_module):
    assert busy(run_module, ids) == []
    run_module(ssm_automation_execution, targets=ids[:2], max_concurrency="1", **RUN)
    # The second one waits for its turn; it is as good as begun.
    assert busy(run_module, ids, run_id="r2") == [("execution", "r1", ids[:2])]
    assert busy(run_module, ids[1:], run_id="r2") == [("execution", "r1", ids[1:2])]
    assert busy(run_module, ids, run_id="r1") == [] == busy(run_module, ids[2:], run_id="r2")
    aws.client("ssm").start_automation_execution(DocumentName="patch-host", Parameters={"InstanceId": [ids[2]]})
    assert busy(run_module, ids, run_id="r1") == [("execution", "", ids[2:])]
    aws.clock(advance=3 * 3600)
    assert busy(run_module, ids, run_id="r2") == []


def test_patch_commands_are_found_while_a_node_is_not_done(aws, ids, run_module):
    send = aws.client("ssm").send_command
    scan = {"DocumentName": "AWS-RunPatchBaseline", "Parameters": {"Operation": ["Scan"]}}
    send(Targets=[{"Key": "tag:team", "Values": ["shop"]}], **scan)
    send(InstanceIds=ids, DocumentName="AWS-RunShellScript", Parameters={"commands": ["sleep 3000"]})
    assert busy(run_module, ids[:1]) == [("command", "", ids[:1])]
    # The commands on nodes that its own execution works on are its own.
    run_module(ssm_automation_execution, targets=ids[:2], **RUN)
    assert busy(run_module, ids, run_id="r1") == [("command", "", ids[2:])]
    aws.clock(advance=1200)
    assert busy(run_module, ids[2:]) == []


def test_a_large_other_run_costs_no_call_a_node(aws, ids, run_module):
    run_module(
        ssm_automation_execution,
        targets=[*ids, *(f"i-{number:017x}" for number in range(200))],
        max_concurrency="40",
        **RUN,
    )
    aws.clock(advance=1)
    aws.control.clear_calls()
    assert busy(run_module, ids, run_id="r2") == [("execution", "r1", ids)]
    assert set(operations(aws)) == {"GetParameters", "DescribeAutomationExecutions", "ListTagsForResource"}
    assert operations(aws).count("ListTagsForResource") == 1


def test_what_is_not_over_is_found_without_knowing_the_steps(aws, ids, run_module):
    run_module(ssm_automation_execution, targets=ids[:1], **RUN)
    run_module(ssm_automation_execution, targets=ids[1:2], **{**RUN, "step": "two", "attempt": 3})
    run_module(ssm_automation_execution, targets=ids[2:], **{**RUN, "run_id": "r10"})
    found = run_module(ssm_automation_execution_info, run_id="r1", unfinished=True, document_name="patch-host")
    assert [(one["step"], one["attempt"]) for one in found["executions"]] == [("one", 1), ("two", 3)]
    assert {one["target"]: one["outcome"] for one in found["targets"]} == dict.fromkeys(ids[:2], "running")
    assert (
        run_module(ssm_automation_execution_info, run_id="r1", unfinished=True, document_name="other")["executions"]
        == []
    )
    aws.clock(advance=7200)
    assert run_module(ssm_automation_execution_info, run_id="r1", unfinished=True)["executions"] == []
