# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One case for every rule of automation and command documents."""

import copy
import json

import pytest

from local_aws.framework import switches
from local_aws.framework.registry import AwsError
from local_aws.ssm.documents import rules as document_rules

API = {"Service": "ec2", "Api": "DescribeInstances"}
GOOD = {
    "schemaVersion": "0.3",
    "description": "all that is allowed",
    "assumeRole": "{{ Role }}",
    "parameters": {
        "Role": {"type": "String", "default": ""},
        "Ids": {"type": "List<AWS::EC2::Instance::Id>", "default": []},
        "Stored": {"type": "String", "default": "{{ssm:/a/b}}"},
        "Size": {"type": "String", "default": "small", "allowedValues": ["small", "big"]},
    },
    "variables": {"seen": {"type": "StringList", "default": []}},
    "mainSteps": [
        {
            "name": "look",
            "action": "aws:executeAwsApi",
            "maxAttempts": 2,
            "onFailure": "step:tidy",
            "onCancel": "step:tidy",
            "inputs": {**API, "InstanceIds": ["{{ Ids }}"]},
            "outputs": [{"Name": "State", "Selector": "$..State.Name", "Type": "StringList"}],
        },
        {
            "name": "choose",
            "action": "aws:branch",
            "inputs": {"Choices": [{"Variable": "{{ Size }}", "StringEquals": "big", "NextStep": "tidy"}]},
        },
        {"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}, "isEnd": True},
        {"name": "tidy", "action": "aws:deleteImage", "inputs": {"ImageId": "ami-1"}},
    ],
    "outputs": ["look.State"],
}


def check(content, kind="Automation"):
    return document_rules.check(json.dumps(content), "JSON", kind)


def problem(content, kind="Automation"):
    with pytest.raises(AwsError) as caught:
        check(content, kind)
    return caught.value


def changed(change):
    content = copy.deepcopy(GOOD)
    change(content)
    return content


def put(*path_and_value):
    *path, key, value = path_and_value

    def change(content):
        place = content
        for part in path:
            place = place[part]
        place[key] = value

    return change


def step(action, **inputs):
    return put("mainSteps", 2, {"name": "nap", "action": action, "isEnd": True, "inputs": inputs})


def test_the_good_one_is_good():
    assert check(GOOD) == GOOD


def step_with_output(action, name):
    inputs = {"Runtime": "python3.11", "Handler": "main", "Script": "x"}
    output = {"Name": name, "Selector": "$.Payload", "Type": "String"}
    return put(
        "mainSteps", 2, {"name": "nap", "action": action, "isEnd": True, "inputs": inputs, "outputs": [output]}
    )  # fmt: skip


LOOP_STEP = [{"name": "inner", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]
CASES = [
    ("unknown top key", put("steps", []), "unknown element 'steps'"),
    ("description", put("description", 3), "description must be a string"),
    ("no steps", put("mainSteps", []), "at least one step"),
    ("parameter type", put("parameters", "Size", "type", "Text"), "unknown type 'Text'"),
    ("parameter key", put("parameters", "Size", "defaultValue", "x"), "unknown element 'defaultValue'"),
    ("default not allowed", put("parameters", "Size", "default", "huge"), "not one of the allowed values"),
    ("default type", put("parameters", "Size", {"type": "Boolean", "default": "yes"}), "not of type Boolean"),
    ("default integer", put("parameters", "Size", {"type": "Integer", "default": "5"}), "not of type Integer"),
    ("default list", put("parameters", "Ids", "default", "i-1"), "not of type"),
    ("bad pattern", put("parameters", "Size", "allowedPattern", "("), "not a regular expression"),
    ("max chars", put("parameters", "Size", {"type": "String", "default": "abc", "maxChars": 2}), "more than 2"),
    ("min items", put("parameters", "Ids", {"type": "StringList", "default": ["a"], "minItems": 2}), "fewer than 2"),
    ("default of a step", put("parameters", "Size", {"type": "String", "default": "{{ look.State }}"}), "cannot refer"),
    ("ssm default type", put("parameters", "Size", {"type": "Integer", "default": "{{ssm:a}}"}), "ssm default"),
    ("unknown role parameter", put("assumeRole", "{{ Nobody }}"), "undefined parameter 'Nobody'"),
    ("variable type", put("variables", "seen", "type", "Text"), "unknown type"),
    ("variable default", put("variables", "seen", "default", "x"), "not of type StringList"),
    ("files", put("files", {"a.py": {}}), "needs checksums"),
    ("step name", put("mainSteps", 2, "name", "my-step"), "must match [a-zA-Z0-9_]+"),
    ("step name twice", put("mainSteps", 2, "name", "choose"), "not unique"),
    ("step key", put("mainSteps", 2, "retries", 3), "unknown element 'retries'"),
    ("action pattern", put("mainSteps", 2, "action", "sleep"), "must match ^aws:"),
    ("unknown action", put("mainSteps", 2, "action", "aws:dance"), "unknown action"),
    ("missing input", step("aws:executeAwsApi", Service="ec2"), "missing required input 'Api'"),
    ("unknown input", step("aws:sleep", Duration="PT1S", Time=1), "unknown input 'Time'"),
    ("one of", step("aws:sleep"), "Duration, Timestamp is required"),
    ("command targets", step("aws:runCommand", DocumentName="x"), "InstanceIds, Targets is required"),
    ("command ids", step("aws:runCommand", DocumentName="x", InstanceIds=["i"] * 51), "more than 50"),
    ("timeout", put("mainSteps", 2, "timeoutSeconds", 0), "timeoutSeconds must be a positive integer"),
    ("attempts", put("mainSteps", 0, "maxAttempts", "many"), "maxAttempts must be a positive integer"),
    ("isEnd type", put("mainSteps", 2, "isEnd", "yes"), "isEnd must be true or false"),
    ("isEnd and nextStep", put("mainSteps", 2, "nextStep", "tidy"), "exclude each other"),
    ("onFailure", put("mainSteps", 0, "onFailure", "Retry"), "onFailure must be"),
    ("onFailure target", put("mainSteps", 0, "onFailure", "step:nobody"), "unknown step 'nobody'"),
    ("onCancel", put("mainSteps", 0, "onCancel", "Continue"), "onCancel must be"),
    ("nextStep target", put("mainSteps", 0, "nextStep", "nobody"), "unknown step 'nobody'"),
    ("branch target", put("mainSteps", 1, "inputs", "Choices", 0, "NextStep", "nobody"), "unknown step 'nobody'"),
    ("branch default", put("mainSteps", 1, "inputs", "Default", "nobody"), "unknown step 'nobody'"),
    ("branch operator", put("mainSteps", 1, "inputs", "Choices", 0, "StringIs", "x"), "unsupported operation StringIs"),
    ("loop of steps", put("mainSteps", 3, "nextStep", "look"), "circle trace: look -> choose -> tidy -> look"),
    ("ssm in a step", step("aws:sleep", Duration="{{ssm:/pause}}"), "Parameter Store parameter"),
    ("unknown parameter", step("aws:sleep", Duration="{{ Pause }}"), "undefined parameter 'Pause'"),
    ("unknown step", step("aws:sleep", Duration="{{ peek.Out }}"), "unknown step 'peek'"),
    ("unknown variable", step("aws:sleep", Duration="{{ global:NOW }}"), "unknown variable 'global:NOW'"),
    ("selector", put("mainSteps", 0, "outputs", 0, "Selector", "$.a[*]"), "is not supported from '[*]' on"),
    ("reserved output", step_with_output("aws:executeScript", "Payload"), "output Payload is reserved"),
    ("reserved payload", step_with_output("aws:executeScript", "OutputPayload"), "output OutputPayload is reserved"),
    ("output type", put("mainSteps", 0, "outputs", 0, "Type", "Text"), "unknown type 'Text'"),
    ("outputs of a sleep", put("mainSteps", 2, "outputs", GOOD["mainSteps"][0]["outputs"]), "cannot declare outputs"),
    ("outputs without step", put("outputs", ["Size"]), "is not an output of a step"),
    ("state", step("aws:changeInstanceState", InstanceIds=["i"], DesiredState="paused"), "DesiredState must be"),
    ("runtime", step("aws:executeScript", Runtime="ruby", Script="x"), "unknown Runtime"),
    ("handler", step("aws:executeScript", Runtime="python3.11", Script="x"), "Handler is required"),
    ("property", step("aws:waitForAwsResourceProperty", **API, PropertySelector="$.", DesiredValues=[]), "supported"),
    ("approvers", step("aws:approve", Approvers=[f"u{n}" for n in range(11)]), "1 to 10 entries"),
    ("approvals", step("aws:approve", Approvers=["a"], MinRequiredApprovals=2), "exceeds the number"),
    ("message", step("aws:approve", Approvers=["a"], Message="x" * 4097), "4096"),
    ("topic", step("aws:approve", Approvers=["a"], NotificationArn="arn:aws:sns:r:1:x"), "must start with Automation"),
    ("update", step("aws:updateVariable", Name="seen", Value=[]), "Name must be variable:"),
    ("loop both", step("aws:loop", Iterators=["a"], LoopCondition={}, Steps=LOOP_STEP), "exclude each other"),
    ("loop neither", step("aws:loop", Steps=LOOP_STEP), "Iterators, LoopCondition is required"),
    ("loop too long", step("aws:loop", Iterators=["a"], Steps=LOOP_STEP, MaxIterations=101), "1 to 100"),
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_rules_of_automation(change, expected):
    error = problem(changed(change))
    assert error.code == "InvalidDocumentContent"
    assert expected in error.message


def test_cancel_may_not_go_to_a_sleep():
    content = changed(put("mainSteps", 0, "onCancel", "step:nap"))
    assert "onCancel cannot go to aws:sleep" in problem(content).message


def test_cancel_of_a_loop():
    loop = {"name": "nap", "action": "aws:loop", "isEnd": True, "onCancel": "Abort"}
    content = changed(put("mainSteps", 2, {**loop, "inputs": {"Iterators": ["a"], "Steps": LOOP_STEP}}))
    assert "aws:loop does not support onCancel" in problem(content).message


@pytest.mark.parametrize(
    ("switch", "change", "expected"),
    [
        ({"reject_unreachable": True}, put("mainSteps", 0, "nextStep", "tidy"), "choose cannot be reached"),
        (
            {"undeclared_outputs": "rejected"},
            step("aws:sleep", Duration="{{ look.Out }}"),
            "step 'look' has no output 'Out'",
        ),
        ({"undeclared_outputs": "rejected"}, put("outputs", ["look.Nothing"]), "has no output 'Nothing'"),
    ],
    ids=["unreachable", "undeclared output", "undeclared output of the document"],
)
def test_what_published_runbooks_do_may_be_rejected(switch, change, expected):
    assert check(changed(change))
    switches.set_switches(switch)
    try:
        assert expected in problem(changed(change)).message
    finally:
        switches.reset()


@pytest.mark.parametrize(
    ("schema", "kind", "code"),
    [
        ("0.2", "Automation", "InvalidDocumentSchemaVersion"),
        ("0.3", "Command", "InvalidDocumentSchemaVersion"),
        (0.3, "Automation", "InvalidDocumentContent"),
        (None, "Automation", "InvalidDocumentContent"),
    ],
)
def test_schema_version(schema, kind, code):
    assert problem(changed(put("schemaVersion", schema)), kind).code == code


def test_size():
    with pytest.raises(AwsError) as caught:
        document_rules.check(json.dumps(changed(put("description", "x" * 65536))), "JSON", "Automation")
    assert caught.value.code == "MaxDocumentSizeExceeded"


@pytest.mark.parametrize(("content", "form"), [("{", "JSON"), ("[]", "JSON"), ("a: [", "YAML"), ("a: 1\na: 2", "YAML")])
def test_malformed(content, form):
    with pytest.raises(AwsError) as caught:
        document_rules.check(content, form, "Automation")
    assert caught.value.code == "InvalidDocumentContent"


COMMAND = {
    "schemaVersion": "2.2",
    "parameters": {"Words": {"type": "String", "default": "hi"}},
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "say",
            "precondition": {"StringEquals": ["platformType", "Linux"]},
            "inputs": {"runCommand": ["echo {{ Words }}"]},
        }
    ],
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("mainSteps", 0, "action", "aws:runRuby"), "unknown plugin"),
        (put("mainSteps", 0, "inputs", {}), "missing required input 'runCommand'"),
        (put("mainSteps", 0, "inputs", "runCommand", ["{{ Other }}"]), "undefined parameter 'Other'"),
        (put("mainSteps", 0, "precondition", {"Equals": []}), "StringEquals only"),
        (put("mainSteps", 0, "precondition", {"StringEquals": ["platformType", "Amiga"]}), "platformType must be"),
        (put("mainSteps", 0, "name", ""), "needs a name"),
        (put("mainSteps", [COMMAND["mainSteps"][0]] * 2), "not unique"),
        (put("runtime", {}), "unknown element 'runtime'"),
    ],
)
def test_rules_of_commands(change, expected):
    content = copy.deepcopy(COMMAND)
    change(content)
    error = problem(content, "Command")
    assert error.code == "InvalidDocumentContent"
    assert expected in error.message


def test_platforms_of_commands():
    assert document_rules.platforms(check(COMMAND, "Command"), "Command") == ["Linux"]
    old = {"schemaVersion": "1.2", "runtimeConfig": {"aws:psModule": {"properties": [{"runCommand": ["x"]}]}}}
    assert document_rules.platforms(check(old, "Command"), "Command") == ["Windows"]


def test_times_in_yaml_stay_text():
    written = "schemaVersion: '0.3'\nmainSteps:\n- name: a\n  action: aws:sleep\n  inputs: {Timestamp: 2026-01-01T00:00:00Z}\n"
    parsed = document_rules.check(written, "YAML", "Automation")
    assert parsed["mainSteps"][0]["inputs"]["Timestamp"] == "2026-01-01T00:00:00Z"
