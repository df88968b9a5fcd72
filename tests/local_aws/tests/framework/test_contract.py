# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Requests and answers against the botocore model."""

import json

import botocore.loaders
import pytest

from local_aws.framework import contract
from local_aws.framework import ec2_xml
from local_aws.framework import front
from local_aws.framework.registry import AwsError

# Examples that botocore ships and that break the model they come with.
BROKEN_EXAMPLES = {
    "to-create-an-ami-from-an-amazon-ebs-backed-instance-1529023150636": "a number is written as text",
    "ec2-modify-spot-fleet-request-2": "'NoTermination ' is no value of the enum",
}


def examples(service):
    shipped = botocore.loaders.Loader().load_service_model(service, "examples-1")
    for operation, entries in shipped["examples"].items():
        for entry in entries:
            yield operation, entry


# botocore ships an empty list of examples for ssm, hence the others.
@pytest.mark.parametrize(("service", "least"), [("ssm", 0), ("ec2", 100), ("sts", 5), ("iam", 50), ("autoscaling", 30)])
def test_the_examples_of_the_model_pass(service, least):
    rejected = {}
    count = 0
    for operation, entry in examples(service):
        count += 1
        try:
            contract.validate(contract.operation_model(service, operation), entry.get("input") or {})
        except AwsError as error:
            rejected[entry["id"]] = str(error)
    assert count >= least
    assert {number: text for number, text in rejected.items() if number not in BROKEN_EXAMPLES} == {}


def reject(service, operation, params):
    with pytest.raises(AwsError) as caught:
        contract.validate(contract.operation_model(service, operation), params)
    return caught.value


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "text"),
    [
        ("ssm", "DescribeDocument", {"Name": "a b"}, "ValidationException", "regular expression pattern"),
        ("ssm", "DescribeDocument", {}, "ValidationException", "Value null at 'name'"),
        ("ssm", "StartAutomationExecution", {"DocumentName": "abc", "MaxConcurrency": "0"}, "ValidationException", "maxConc"),
        ("ssm", "StartAutomationExecution", {"DocumentName": "abc", "MaxErrors": "101%"}, "ValidationException", "maxErr"),
        ("ssm", "StartAutomationExecution", {"DocumentName": "abc", "ClientToken": "short"}, "ValidationException", "36"),
        ("ssm", "SendCommand", {"DocumentName": "abc", "InstanceIds": ["i-0"] * 51}, "ValidationException", "less than or equal"),
        ("ssm", "SendCommand", {"DocumentName": "abc", "TimeoutSeconds": 29}, "ValidationException", "greater than or equal to 30"),
        ("ssm", "CreatePatchBaseline", {"Name": "abc", "OperatingSystem": "BEOS"}, "ValidationException", "enum value set"),
        ("ssm", "DescribeInstancePatchStates", {"InstanceIds": ["x"]}, "ValidationException", "instanceIds.1.member"),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "a b"}, "ValidationError", "roleSessionName"),
        ("ec2", "CreateImage", {"Name": "abc"}, "MissingParameter", "instanceId"),
        ("ec2", "CreateImage", {"InstanceId": "i-1", "Name": "x", "TagSpecifications": [{"ResourceType": "house"}]}, "InvalidParameterValue", "resourceType"),
        ("sns", "Publish", {}, "InvalidParameter", "message"),
    ],
)  # fmt: skip
def test_what_the_model_forbids_is_refused(service, operation, params, code, text):
    error = reject(service, operation, params)
    assert error.code == code
    assert text in error.message


def test_several_mistakes_are_told_at_once():
    error = reject("ssm", "StartAutomationExecution", {"DocumentName": "abc", "MaxErrors": "-1", "MaxConcurrency": "0"})
    assert error.message.startswith("2 validation errors detected: ")


@pytest.mark.parametrize(("service", "least"), [("ssm", 60), ("glue", 60), ("quicksight", 70), ("iam", 30)])
def test_every_pattern_of_the_model_can_be_read(service, least):
    shipped = botocore.loaders.Loader().load_service_model(service, "service-2")
    patterns = {shape["pattern"] for shape in shipped["shapes"].values() if "pattern" in shape}
    assert len(patterns) >= least
    assert [pattern for pattern in patterns if contract.compiled(pattern) is None] == []


def test_answers_that_do_not_fit_are_found():
    operation = contract.operation_model("ec2", "DescribeInstances")
    good = {"Reservations": [{"Instances": [{"InstanceId": "i-1", "Platform": "Windows"}]}]}
    assert contract.answer_problems(operation, good) == []
    bad = {"Reservations": [{"Instances": [{"InstanceID": "i-1", "Platform": "BeOS", "AmiLaunchIndex": "0"}]}]}
    problems = contract.answer_problems(operation, bad)
    assert len(problems) == 3
    assert any("InstanceID: not in the model" in text for text in problems)
    needed = contract.answer_problems(contract.operation_model("sts", "AssumeRole"), {"Credentials": {}})
    assert any("AccessKeyId: required" in text for text in needed)


def test_the_fast_ec2_writer_says_the_same_as_botocore_reads():
    import datetime

    from botocore.parsers import EC2QueryParser

    operation = contract.operation_model("ec2", "DescribeInstances")
    moment = datetime.datetime(2026, 3, 10, 2, 0, tzinfo=datetime.UTC)
    answer = {
        "Reservations": [
            {
                "ReservationId": "r-1",
                "Instances": [
                    {"InstanceId": "i-1", "EbsOptimized": True, "LaunchTime": moment, "AmiLaunchIndex": 0,
                     "Tags": [{"Key": "a<&>", "Value": json.dumps({"x": ["é", '"']})}, {"Key": "b", "Value": ""}]},
                    {"InstanceId": "i-2", "Tags": []},
                ],
            }
        ],
        "NextToken": "t",
    }  # fmt: skip
    body = ec2_xml.serialize(operation, answer, "id")
    parsed = EC2QueryParser().parse({"status_code": 200, "headers": {}, "body": body}, operation.output_shape)
    parsed.pop("ResponseMetadata")
    assert parsed == answer


def test_own_members_are_taken_exactly():
    assert front.fast_value({"Id": 1}, "Id", None) == 1
    assert front.fast_value({"InstanceId": 1}, "Id", None) is None
