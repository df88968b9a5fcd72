# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations of Automation: input rules, idempotency, quotas, filters, pages."""

import uuid

import pytest
from botocore.exceptions import ClientError

from ..conftest import ROLE

NAP = [{"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT10M"}}]
PARAMETERS = {
    "Id": {"type": "String"},
    "Size": {"type": "String", "default": "small", "allowedValues": ["small", "big"]},
    "Count": {"type": "Integer", "default": 1},
    "On": {"type": "Boolean", "default": False},
    "Map": {"type": "StringMap", "default": {}},
    "Ids": {"type": "StringList", "default": [], "maxItems": 2},
}
INVALID = "InvalidAutomationExecutionParametersException"
GOOD = {"Parameters": {"Id": ["x"]}}
TARGETS = [{"Key": "ParameterValues", "Values": ["a"]}]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, INVALID),  # Id is required
        ({"Parameters": {"Id": ["x"], "Nobody": ["y"]}}, INVALID),
        ({"Parameters": {"Id": ["x"], "id": ["y"]}}, INVALID),
        ({"Parameters": {"Id": ["x", "y"]}}, INVALID),
        ({"Parameters": {"Id": ["x"], "Size": ["huge"]}}, INVALID),
        ({"Parameters": {"Id": ["x"], "Count": ["many"]}}, INVALID),
        ({"Parameters": {"Id": ["x"], "On": ["yes"]}}, INVALID),
        ({"Parameters": {"Id": ["x"], "Map": ["no json"]}}, INVALID),
        ({"Parameters": {"Id": ["x"], "Ids": ["a", "b", "c"]}}, INVALID),
        ({"Targets": TARGETS}, INVALID),  # no TargetParameterName
        ({"Targets": TARGETS, "TargetParameterName": "id"}, INVALID),  # case sensitive
        ({"TargetParameterName": "Id"}, INVALID),
        ({"Targets": TARGETS, "TargetMaps": [{"Id": ["a"]}], "TargetParameterName": "Id"}, INVALID),
        ({"TargetMaps": [{"Nobody": ["a"]}], "TargetParameterName": "Id"}, INVALID),
        ({"Targets": [{"Key": "Name", "Values": ["a"]}], "TargetParameterName": "Id"}, "InvalidTarget"),
        ({"Targets": [{"Key": "ParameterValues", "Values": []}], "TargetParameterName": "Id"}, "InvalidTarget"),
        ({"Targets": TARGETS * 2, "TargetParameterName": "Id"}, "ValidationException"),
        ({"TargetMaps": [{"Id": ["a"]}] * 301, "TargetParameterName": "Id"}, "ValidationException"),
        (
            {"Targets": [{"Key": "ParameterValues", "Values": ["a"] * 51}], "TargetParameterName": "Id"},
            "ValidationException",
        ),
        ({**GOOD, "MaxConcurrency": "0"}, "ValidationException"),
        ({**GOOD, "MaxErrors": "101%"}, "ValidationException"),
        ({**GOOD, "ClientToken": "z" * 36}, "ValidationException"),
        ({**GOOD, "Mode": "Fast"}, "ValidationException"),
        ({**GOOD, "Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(6)]}, "ValidationException"),
        ({**GOOD, "Tags": [{"Key": "aws:x", "Value": "v"}]}, "ValidationException"),
        ({**GOOD, "DocumentVersion": "7"}, "AutomationDefinitionVersionNotFoundException"),
        ({**GOOD, "DocumentName": "nobody"}, "AutomationDefinitionNotFoundException"),
        ({**GOOD, "DocumentName": "AWS-RunShellScript"}, "AutomationDefinitionNotFoundException"),
        ({**GOOD, "TargetLocations": [{"Accounts": ["1"], "Regions": ["x"]}]}, "NotImplementedByEmulator"),
    ],
)
def test_input_of_start(lab, params, code):
    name = lab.document(NAP, parameters=PARAMETERS)
    assert lab.code(lab.ssm.start_automation_execution, **{"DocumentName": name, **params}) == code
    assert lab.ssm.describe_automation_executions()["AutomationExecutionMetadataList"] == []


def test_target_locations_are_501(lab):
    with pytest.raises(ClientError) as caught:
        lab.start(lab.document(NAP), TargetLocations=[{"Accounts": ["123456789012"], "Regions": ["us-east-1"]}])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_parameters_have_types(lab):
    given = {"Id": ["x"], "Count": ["5"], "On": ["true"], "Map": ['{"a": "b"}'], "Ids": ["a", "b"]}
    execution = lab.start(lab.document(NAP, parameters=PARAMETERS), Parameters=given)
    assert lab.get(execution)["Parameters"] == {**given, "Size": ["small"]}


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("arn:aws:iam::123456789012:role/other", "unable to be assumed"),  # trusts ec2 only
        ("arn:aws:iam::123456789012:role/nobody", "unable to be assumed"),
        ("arn:aws:iam::999999999999:role/automation", "unable to be assumed"),
        ("automation", "format of the supplied assume role ARN is invalid"),
    ],
)
def test_assume_role(lab, role, words):
    name = lab.document(NAP, assumeRole="{{ Role }}", parameters={"Role": {"type": "String", "default": ""}})
    with pytest.raises(lab.ssm.exceptions.InvalidAutomationExecutionParametersException, match=words):
        lab.start(name, Parameters={"Role": [role]})


def test_steps_act_as_the_assume_role(lab):
    who = {"name": "who", "action": "aws:executeAwsApi", "inputs": {"Service": "sts", "Api": "GetCallerIdentity"}}
    who["outputs"] = [{"Name": "Arn", "Selector": "$.Arn", "Type": "String"}]
    done = lab.run([who], assumeRole=ROLE, outputs=["who.Arn"])
    assert done["Outputs"] == {"who.Arn": ["arn:aws:sts::123456789012:assumed-role/automation/automation"]}
    assert done["ExecutedBy"] == "arn:aws:iam::123456789012:user/operator"


def test_defaults_from_parameter_store(lab):
    lab.ssm.put_parameter(Name="/pause", Value="PT3S", Type="String")
    parameters = {"Pause": {"type": "String", "default": "{{ssm:/pause}}"}}
    steps = [{"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "{{ Pause }}"}}]
    name = lab.document(steps, parameters=parameters)
    assert lab.get(lab.start(name))["Parameters"] == {"Pause": ["PT3S"]}
    lab.ssm.delete_parameter(Name="/pause")
    assert lab.code(lab.ssm.start_automation_execution, DocumentName=name) == INVALID
    lab.ssm.put_parameter(Name="/pause", Value="PT3S", Type="SecureString")
    assert lab.code(lab.ssm.start_automation_execution, DocumentName=name) == INVALID


def test_client_token(lab):
    token = str(uuid.UUID(int=7, version=4))
    name = lab.document(NAP)
    first = lab.start(name, ClientToken=token)
    assert lab.start(name, ClientToken=token.upper()) == first
    with pytest.raises(lab.ssm.exceptions.IdempotentParameterMismatch):
        lab.start(name, ClientToken=token, Mode="Interactive")
    lab.settle()
    assert lab.start(name, ClientToken=token) == first
    assert len(lab.ssm.describe_automation_executions()["AutomationExecutionMetadataList"]) == 1


def test_quota_of_executions(lab):
    lab.served.switches(automation_quotas={"concurrent": 2, "queue": 3})
    name = lab.document(NAP)
    ids = [lab.start(name) for _ in range(5)]
    with pytest.raises(lab.ssm.exceptions.AutomationExecutionLimitExceededException):
        lab.start(name)
    statuses = [lab.get(one)["AutomationExecutionStatus"] for one in ids]
    assert statuses == ["InProgress"] * 2 + ["Pending"] * 3
    assert "ExecutionStartTime" not in lab.get(ids[2])
    lab.ssm.stop_automation_execution(AutomationExecutionId=ids[3])
    assert lab.get(ids[3])["AutomationExecutionStatus"] == "Cancelled"
    lab.settle()
    ended = {one: lab.get(one) for one in ids}
    assert [ended[one]["AutomationExecutionStatus"] for one in ids] == ["Success"] * 3 + ["Cancelled", "Success"]
    assert ended[ids[2]]["ExecutionStartTime"] == ended[ids[0]]["ExecutionEndTime"]  # first in, first out


def test_adaptive_concurrency(lab):
    lab.served.switches(automation_quotas={"concurrent": 1, "adaptive": 2}, adaptive_concurrency=True)
    name = lab.document(NAP)
    ids = [lab.start(name) for _ in range(3)]
    statuses = [lab.get(one)["AutomationExecutionStatus"] for one in ids]
    assert statuses == ["InProgress", "InProgress", "Pending"]


def test_quota_of_rate_control(lab):
    lab.served.switches(automation_quotas={"rate_concurrent": 1, "rate_queue": 1})
    name = lab.document(NAP, parameters=PARAMETERS)
    targets = {"Targets": TARGETS, "TargetParameterName": "Id"}
    ids = [lab.start(name, **targets) for _ in range(2)]
    with pytest.raises(lab.ssm.exceptions.AutomationExecutionLimitExceededException):
        lab.start(name, **targets)
    plain = lab.start(name, **GOOD)  # the other queue is free
    statuses = [lab.get(one)["AutomationExecutionStatus"] for one in [*ids, plain]]
    assert statuses == ["InProgress", "Pending", "InProgress"]
    lab.settle()
    assert {lab.get(one)["AutomationExecutionStatus"] for one in [*ids, plain]} == {"Success"}


def rows(lab, **filters):
    wanted = [{"Key": key, "Values": values} for key, values in filters.items()]
    found = lab.ssm.describe_automation_executions(Filters=wanted)["AutomationExecutionMetadataList"]
    return [row["AutomationExecutionId"] for row in found]


def test_filters_of_executions(lab):
    first = lab.start(lab.document(NAP, "alpha"), Tags=[{"Key": "run:1", "Value": "0"}])
    lab.settle()
    second = lab.start(lab.document(NAP, "beta"))
    lab.advance(60)
    start = lab.get(second)["ExecutionStartTime"].isoformat()
    assert rows(lab, ExecutionId=[first, second]) == [second, first]
    assert rows(lab, DocumentNamePrefix=["al"]) == [first]
    assert rows(lab, ExecutionStatus=["Success", "Failed"]) == [first]
    assert rows(lab, CurrentAction=["aws:sleep"]) == [second]
    assert rows(lab, TagKey=["run:1"]) == [first]
    assert rows(lab, TagKey=["run:2"]) == []
    assert rows(lab, StartTimeBefore=[start]) == [first]
    assert rows(lab, StartTimeAfter=["2026-03-10T02:00:30Z"]) == [second]
    assert rows(lab, AutomationType=["Local"]) == [second, first]
    assert rows(lab, AutomationType=["CrossAccount"]) == []
    assert rows(lab, DocumentNamePrefix=["al"], ExecutionStatus=["InProgress"]) == []
    describe = lab.ssm.describe_automation_executions
    for key, value, code in [
        ("ExecutionStatus", "Done", "InvalidFilterValue"),
        ("StartTimeBefore", "yesterday", "InvalidFilterValue"),
        ("Colour", "red", "ValidationException"),
    ]:
        assert lab.code(describe, Filters=[{"Key": key, "Values": [value]}]) == code


def test_children_may_be_hidden(lab):
    name = lab.document(NAP, parameters=PARAMETERS)
    parent = lab.start(name, Targets=TARGETS, TargetParameterName="Id")
    lab.settle()
    assert len(rows_all(lab)) == 2
    lab.served.switches(children_listed=False)
    assert rows_all(lab) == [parent]
    assert len(rows(lab, ParentExecutionId=[parent])) == 1


def rows_all(lab):
    found = lab.ssm.describe_automation_executions()["AutomationExecutionMetadataList"]
    return [row["AutomationExecutionId"] for row in found]


def test_pages(lab):
    name = lab.document(NAP)
    ids = [lab.start(name) for _ in range(5)]
    page = lab.ssm.describe_automation_executions(MaxResults=2)
    found = [row["AutomationExecutionId"] for row in page["AutomationExecutionMetadataList"]]
    while page.get("NextToken"):
        page = lab.ssm.describe_automation_executions(MaxResults=2, NextToken=page["NextToken"])
        found += [row["AutomationExecutionId"] for row in page["AutomationExecutionMetadataList"]]
    assert found == ids[::-1]
    assert lab.code(lab.ssm.describe_automation_executions, MaxResults=51) == "ValidationException"
    assert lab.code(lab.ssm.describe_automation_executions, NextToken="x") == "InvalidNextToken"


def test_steps_are_bounded_and_paged(lab):
    lab.served.switches(steps_bound=3)
    steps = [{"name": f"s{n}", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}} for n in range(5)]
    done = lab.run(steps)
    assert len(done["StepExecutions"]) == 3 and done["StepExecutionsTruncated"] is True
    call = {"AutomationExecutionId": done["AutomationExecutionId"]}
    pages = lab.ssm.get_paginator("describe_automation_step_executions")
    found = [row["StepName"] for page in pages.paginate(**call, MaxResults=2) for row in page["StepExecutions"]]
    assert found == [f"s{n}" for n in range(5)]
    found = lab.ssm.describe_automation_step_executions(**call, ReverseOrder=True)["StepExecutions"]
    assert [row["StepName"] for row in found] == [f"s{n}" for n in range(4, -1, -1)]
    for key, value, count in [
        ("StepName", "s1", 1),
        ("Action", "aws:sleep", 5),
        ("StepExecutionStatus", "Failed", 0),
        ("StepExecutionId", found[0]["StepExecutionId"], 1),
        ("StartTimeAfter", "2026-03-10T02:00:02Z", 2),
    ]:
        wanted = [{"Key": key, "Values": [value]}]
        assert len(lab.ssm.describe_automation_step_executions(**call, Filters=wanted)["StepExecutions"]) == count


@pytest.mark.parametrize(
    "operation",
    [
        "get_automation_execution", "stop_automation_execution", "describe_automation_step_executions",
    ],
)  # fmt: skip
def test_unknown_executions(lab, operation):
    call = getattr(lab.ssm, operation)
    assert lab.code(call, AutomationExecutionId=str(uuid.UUID(int=1))) == "AutomationExecutionNotFoundException"


def test_signal_to_nobody(lab):
    code = lab.code(lab.ssm.send_automation_signal, AutomationExecutionId=str(uuid.UUID(int=1)), SignalType="Approve")
    assert code == "AutomationExecutionNotFoundException"
    execution = lab.start(lab.document(NAP))
    for word in ("Approve", "Revoke"):
        code = lab.code(lab.ssm.send_automation_signal, AutomationExecutionId=execution, SignalType=word)
        assert code == "InvalidAutomationSignalException"


def test_two_runs_give_the_same_ids_and_times(served, lab):
    seen = []
    for _ in range(2):
        served.reset()
        done = lab.run(NAP, {})
        seen.append((done["AutomationExecutionId"], done["ExecutionEndTime"]))
        lab.count = 0
    assert seen[0] == seen[1]
