# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Forms of documents published by AWS that no page describes: Command documents, packages, patterns. Texts are our own."""

import json

import pytest

from local_aws.ssm.documents import rules as document_rules

from ..helpers import command
from ..helpers import ids
from ..helpers import send

SCRIPT = {"name": "say", "action": "aws:runShellScript", "inputs": {"RunCommand": ["echo hi"], "TimeoutSeconds": "60"}}


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[\w-.]{1,255}$",  # a hyphen beside a class of characters is a hyphen
        r"^[\w-\/+=,.@]+$",
        r"^[\p{L}\p{N}_.:/=+\-@]{1,64}$",
        r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
        r"^(?i)(yes|no)$",
        r"^(?<id>i-[a-z0-9]+)$",
    ],
)
def test_patterns_of_java(pattern):
    content = {"schemaVersion": "2.2", "mainSteps": [SCRIPT]}
    content["parameters"] = {"Word": {"type": "String", "allowedPattern": pattern}}
    assert document_rules.check(json.dumps(content), "JSON", "Command")


def test_a_hyphen_in_a_pattern_is_a_hyphen(lab):
    content = {"schemaVersion": "0.3", "parameters": {"Name": {"type": "String", "allowedPattern": r"^[\w-.]+$"}}}
    content["mainSteps"] = [{"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]
    lab.ssm.create_document(Name="named", Content=json.dumps(content), DocumentType="Automation")
    assert lab.start("named", Parameters={"Name": ["a-b.c"]})
    code = lab.code(lab.ssm.start_automation_execution, DocumentName="named", Parameters={"Name": ["a b"]})
    assert code == "InvalidAutomationExecutionParametersException"


@pytest.mark.parametrize(("allowed", "default"), [(["true", "false"], True), ([1, 2], 2)])
def test_allowed_values_as_texts(allowed, default):
    kind = "Boolean" if default is True else "Integer"
    content = {"schemaVersion": "0.3", "mainSteps": [{"name": "hold", "action": "aws:pause"}]}
    content["parameters"] = {"It": {"type": kind, "allowedValues": allowed, "default": default}}
    assert document_rules.check(json.dumps(content), "JSON", "Automation")


@pytest.mark.parametrize("schema", ["2.0", "2.2"])
def test_inputs_of_plugins_in_another_case(lab, schema):
    content = {"schemaVersion": schema, "description": "says hi", "mainSteps": [SCRIPT]}
    lab.ssm.create_document(Name="say-hi", Content=json.dumps(content), DocumentType="Command")
    machine = next(iter(ids(lab.served).values()))
    command_id = send(lab.ssm, "say-hi", [machine])
    lab.settle()
    assert command(lab.ssm, command_id)["Status"] == "Success"
    assert lab.served.history(kind="script")[0]["lines"] == ["echo hi"]


def test_a_plugin_that_is_not_simulated_fails(lab):
    content = {"schemaVersion": "2.2", "mainSteps": [{"name": "list", "action": "aws:softwareInventory", "inputs": {}}]}
    lab.ssm.create_document(Name="list", Content=json.dumps(content), DocumentType="Command")
    command_id = send(lab.ssm, "list", [next(iter(ids(lab.served).values()))])
    lab.settle()
    assert command(lab.ssm, command_id)["Status"] == "Failed"


def test_manifest_of_a_package():
    content = {"schemaVersion": "2.0", "version": "1.0", "packages": {"ubuntu": {"_any": {"_any": {"file": "a.zip"}}}}}
    content["files"] = {"a.zip": {"checksums": {"sha256": "0" * 64}}}
    assert document_rules.check(json.dumps(content), "JSON", "Package")


def test_change_template():
    approvers = [{"approver": "admin", "type": "IamUser", "minRequiredApprovals": 1}]
    ask = {"name": "ask", "action": "aws:approve", "inputs": {"EnhancedApprovals": {"Approvers": approvers}}}
    content = {"schemaVersion": "0.3", "emergencyChange": False, "executableRunBooks": [{"name": "x", "version": "1"}]}
    assert document_rules.check(json.dumps({**content, "mainSteps": [ask]}), "JSON", "Automation.ChangeTemplate")
