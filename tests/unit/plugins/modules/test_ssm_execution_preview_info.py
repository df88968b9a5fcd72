# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import calls
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.previews import read
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_execution_preview_info as module

RUNBOOK = {
    "schemaVersion": "0.3",
    "parameters": {
        "InstanceId": {"type": "String"},
        "Note": {"type": "String", "default": "none"},
        "Fleet": {"type": "String", "default": "none"},
    },
    "mainSteps": [
        {
            "name": "look",
            "action": "aws:executeAwsApi",
            "inputs": {"Service": "ec2", "Api": "DescribeInstances", "InstanceIds": ["{{ InstanceId }}"]},
        },
        {
            "name": "stop",
            "action": "aws:changeInstanceState",
            "inputs": {"InstanceIds": ["{{ InstanceId }}"], "DesiredState": "stopped"},
        },
    ],
}
HOSTS = {"targets": ["i-0123456789abcdef0", "i-0123456789abcdef1"], "target_parameter_name": "InstanceId"}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    documents = [{"name": "stop-one", "type": "Automation", "format": "JSON", "content": json.dumps(RUNBOOK)}]
    return serve({"clock": {"rate": 600}, "switches": {"request_rates": False}, "documents": documents})


@pytest.fixture(name="preview")
def fixture_preview(aws, run_module):
    return lambda **options: run_module(module, document_name="stop-one", wait_interval=0.05, **options)


def operations(aws):
    return [call["operation"] for call in aws.control.calls(source="client")]


def test_steps_and_targets_are_counted_and_nothing_is_run(aws, preview):
    found = preview(
        **HOSTS, parameters={"Note": "x"}, target_parameters={"i-0123456789abcdef0": {"Fleet": "a"}}, check=True
    )
    assert found["status"] == "Success" and found["changed"] is False
    assert found["step_previews"] == {"mutating": 1, "non_mutating": 1, "undetermined": 0}
    assert [one["count"] for one in found["target_previews"]] == [2]
    assert found["regions"] == ["us-east-1"] and found["total_accounts"] == 1
    assert "on 2 " in found["msg"] and "1 change something" in found["msg"]
    assert set(operations(aws)) == {"DescribeDocument", "StartExecutionPreview", "GetExecutionPreview"}
    sent = next(call["params"] for call in aws.control.calls() if call["operation"] == "StartExecutionPreview")
    inputs = sent["ExecutionInputs"]["Automation"]
    assert inputs["TargetMaps"] == [
        {"InstanceId": ["i-0123456789abcdef0"], "Fleet": ["a"]},
        {"InstanceId": ["i-0123456789abcdef1"]},
    ]
    assert inputs["Parameters"] == {"Note": ["x"]}


def test_more_targets_than_aws_takes_at_once(aws, preview):
    many = [f"i-{number:017x}" for number in range(301)]
    found = preview(targets=many, target_parameter_name="InstanceId")
    assert operations(aws).count("StartExecutionPreview") == 2 and len(found["execution_preview_ids"]) == 2
    assert sum(one["count"] for one in found["target_previews"]) == 301
    assert found["step_previews"]["mutating"] == 1


def test_without_targets(preview):
    found = preview(parameters={"InstanceId": "i-0123456789abcdef0"})
    assert found["target_previews"] == [] and "on no targets" in found["msg"]


@pytest.mark.parametrize(
    "given, code, words",
    [
        ({"document_name": "never-made"}, "no_document", "no such runbook: never-made"),
        ({"document_name": "AWS-RunShellScript"}, "not_a_runbook", "is of type Command"),
        ({"parameters": {"Other": "x"}}, "unknown_parameter", "has no parameter Other"),
        ({"targets": []}, "no_targets", "targets: must not be an empty list"),
        ({"wait_timeout": 0}, "deadline_exceeded", "was not ready"),
        ({"target_parameters": {"i-0123456789abcdef0": ["x"]}}, "invalid_input", "must be a dictionary"),
    ],
)
def test_what_is_wrong_is_named(aws, run_module, given, code, words):
    options = {"document_name": "stop-one", **HOSTS, **given}
    aws.clock(rate=0)
    failed = run_module(module, **options)
    assert failed["failed"] and failed["failure"]["code"] == code and words in failed["msg"]
    assert code in ("deadline_exceeded", "invalid_input") or "StartExecutionPreview" not in operations(aws)


def test_what_was_seen_is_returned_when_time_is_over(aws, run_module):
    aws.clock(rate=0)
    failed = run_module(module, document_name="stop-one", **HOSTS, wait_timeout=0)
    assert failed["status"] == "Pending" and failed["step_previews"]["mutating"] == 0


def test_a_refused_preview_is_an_error_with_what_aws_said(aws, preview):
    aws.faults(service="ssm", operation="StartExecutionPreview", code="AccessDeniedException", message="not yours")
    failed = preview(**HOSTS)
    assert failed["failure"]["code"] == "AccessDeniedException" and "not yours" in failed["msg"]


def test_a_look_that_is_throttled_is_repeated(aws, preview):
    aws.faults(service="ssm", operation="GetExecutionPreview", code="throttle")
    assert preview(**HOSTS)["status"] == "Success"


def test_a_preview_that_aws_could_not_make_says_why():
    class Client:
        """Answers as AWS does; the local AWS makes no preview of target maps fail."""

        def describe_document(self, **request):
            return {
                "Document": {"Name": "stop-one", "DocumentType": "Automation", "Parameters": [{"Name": "InstanceId"}]}
            }

        def start_execution_preview(self, **request):
            return {"ExecutionPreviewId": "2f27d6e5-9676-4708-b8bd-aef0ab47bb26"}

        def get_execution_preview(self, **request):
            return {**request, "Status": "Failed", "StatusMessage": "the role cannot be assumed"}

    request = run.Request("stop-one", "preview", "preview", targets=("i-1",), target_parameter_name="InstanceId")
    with pytest.raises(errors.RunFailed, match="the role cannot be assumed") as failed:
        read.preview(calls.Connection(Client()), request, 1, 0.1)
    assert failed.value.results["status"] == "Failed" and failed.value.results["regions"] == []


def test_an_sdk_that_is_too_old_is_named(aws, preview, monkeypatch):
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    monkeypatch.setattr(AnsibleAWSModule, "client", lambda self, *args, **kwargs: object())
    assert "does not support StartExecutionPreview" in preview(**HOSTS)["msg"]
