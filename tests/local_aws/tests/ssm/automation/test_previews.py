# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json

import pytest

from ...helpers import ids
from ...helpers import refused
from ...helpers import scenario

API = {"action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "DescribeInstances"}}
STEPS = [
    {"name": "look", **API},
    {"name": "tag", "action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "create_tags"}},
    {"name": "image", "action": "aws:createImage", "inputs": {"InstanceId": "{{ InstanceId }}", "ImageName": "a"}},
    {
        "name": "patch",
        "action": "aws:runCommand",
        "inputs": {"DocumentName": "AWS-RunPatchBaseline", "InstanceIds": ["{{ InstanceId }}"]},
    },
    {"name": "rest", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}},
]
PARAMETERS = {"InstanceId": {"type": "String"}, "Note": {"type": "String", "default": ""}}


@pytest.fixture(scope="module")
def base():
    return scenario()


@pytest.fixture
def preview(server, ssm):
    content = {"schemaVersion": "0.3", "parameters": PARAMETERS, "mainSteps": STEPS}
    server.switches(request_rates=False)
    ssm.create_document(Name="patch-one", DocumentType="Automation", Content=json.dumps(content))

    def begin(**inputs):
        wanted = {"ExecutionInputs": {"Automation": inputs}} if inputs else {}
        return ssm.start_execution_preview(DocumentName="patch-one", **wanted)["ExecutionPreviewId"]

    return begin


def seen(server, ssm, number):
    server.clock(jump="idle")
    found = ssm.get_execution_preview(ExecutionPreviewId=number)
    assert found["Status"] == "Success", found
    return found["ExecutionPreview"]["Automation"]


def test_steps_by_what_they_would_do(server, ssm, preview):
    found = seen(server, ssm, preview(Parameters={"InstanceId": ["i-0123456789abcdef0"]}))
    assert found == {
        "StepPreviews": {"NonMutating": 2, "Mutating": 2, "Undetermined": 1},
        "Regions": ["us-east-1"],
        "TargetPreviews": [],
        "TotalAccounts": 1,
    }
    assert server.history() == [] and ssm.describe_automation_executions()["AutomationExecutionMetadataList"] == []


def test_the_states_in_order(server, ssm, preview):
    number = preview(Parameters={"InstanceId": ["i-0123456789abcdef0"]})
    states = []
    for seconds in (0, 2, 5):
        server.clock(advance=seconds + 0.01)
        found = ssm.get_execution_preview(ExecutionPreviewId=number)
        states.append((found["Status"], "EndedAt" in found, "ExecutionPreview" in found))
    assert states == [("Pending", False, False), ("InProgress", False, False), ("Success", True, True)]


def test_targets_are_counted(server, ssm, preview):
    by_tag = {"TargetParameterName": "InstanceId", "Targets": [{"Key": "tag:Role", "Values": ["web"]}]}
    two = [{"Count": 2, "TargetType": "AWS::EC2::Instance"}]
    assert seen(server, ssm, preview(**by_tag))["TargetPreviews"] == two
    values = [{"Key": "ParameterValues", "Values": list(ids(server).values())}]
    found = seen(server, ssm, preview(TargetParameterName="InstanceId", Targets=values))
    assert found["TargetPreviews"] == [{"Count": 3, "TargetType": "Parameter"}]
    maps = [{"InstanceId": [number]} for number in ids(server).values()]
    assert seen(server, ssm, preview(TargetMaps=maps))["TargetPreviews"][0]["Count"] == 3


def test_accounts_and_regions(server, ssm, preview):
    inputs = {
        "TargetParameterName": "InstanceId",
        "Targets": [{"Key": "tag:Role", "Values": ["web"]}],
        "TargetLocations": [{"Accounts": ["123456789012", "999999999999"], "Regions": ["us-east-1", "eu-west-1"]}],
    }
    found = seen(server, ssm, preview(**inputs))
    assert (found["Regions"], found["TotalAccounts"]) == (["us-east-1", "eu-west-1"], 2)
    assert found["TargetPreviews"] == [{"Count": 2, "TargetType": "AWS::EC2::Instance"}]


def test_a_runbook_of_amazon(server, ssm):
    one = ids(server)["sql"]
    inputs = {"Automation": {"Parameters": {"InstanceId": [one]}}}
    number = ssm.start_execution_preview(DocumentName="AWS-RestartEC2Instance", ExecutionInputs=inputs)
    found = seen(server, ssm, number["ExecutionPreviewId"])
    assert found["StepPreviews"]["Mutating"] >= 2


def test_refusals(server, ssm, preview):
    with refused("ValidationException", "not found"):
        ssm.start_execution_preview(DocumentName="never-made")
    with refused("ValidationException", "type Command"):
        ssm.start_execution_preview(DocumentName="AWS-RunShellScript")
    with refused("ValidationException", "InstanceId is required"):
        preview()
    with refused("ValidationException", "not defined"):
        preview(Parameters={"InstanceId": ["i-1"], "Unknown": ["x"]})
    with refused("ResourceNotFoundException"):
        ssm.get_execution_preview(ExecutionPreviewId="00000000-0000-4000-8000-000000000000")


def test_targets_that_cannot_be_resolved_fail_the_preview(server, ssm, preview):
    number = preview(TargetParameterName="InstanceId", Targets=[{"Key": "tag:Role", "Values": ["web"]}])
    server.faults(service="ec2", operation="DescribeInstances", source="automation", code="UnauthorizedOperation")
    server.clock(jump="idle")
    found = ssm.get_execution_preview(ExecutionPreviewId=number)
    assert found["Status"] == "Failed" and found["StatusMessage"]


def test_one_start_a_second(server, ssm, preview):
    server.switches(request_rates=True)
    with refused("ThrottlingException"):
        for _ in range(10):
            preview(Parameters={"InstanceId": ["i-0123456789abcdef0"]})
