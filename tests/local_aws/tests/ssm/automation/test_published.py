# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Forms that runbooks published by AWS have and no page describes: accepted, and what they do. Texts are our own."""

import pytest

from .test_flow import BAD
from .test_flow import NAP
from .test_flow import named
from .test_flow import states

WHO = {"action": "aws:executeAwsApi", "inputs": {"Service": "sts", "Api": "GetCallerIdentity"}}
SCRIPT = {
    "action": "aws:executeScript",
    "inputs": {
        "Runtime": "python3.11",
        "Handler": "main",
        "Script": "def main(events, context):\n    return {'a': 1}\n",
    },
}
CHOICE = {"Variable": "a", "StringEquals": "b", "NextStep": "wait"}


def output(selector, kind="String", name="Found"):
    return {"outputs": [{"Name": name, "Selector": selector, "Type": kind}]}


ACCEPTED = {
    "timeout of a call above 25 s": named("work", WHO, timeoutSeconds=600),
    "timeout of a script above 600 s": named("work", SCRIPT, timeoutSeconds=3600),
    "nextStep on a branch": {
        "name": "work", "action": "aws:branch", "inputs": {"Choices": [CHOICE], "Default": "wait"}, "nextStep": "wait",
    },
    "booleans as texts": named("work", NAP, isEnd="true", isCritical="False"),
    "outputs of a command": {
        "name": "work", "action": "aws:runCommand", **output("$.Output"),
        "inputs": {"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"], "Targets": []},
    },
    "outputs of a nested automation": {
        "name": "work", "action": "aws:executeAutomation", "inputs": {"DocumentName": "x"}, **output("$.ExecutionId"),
    },
    "OnFailure of a stack": {
        "name": "work", "action": "aws:createStack", "inputs": {"StackName": "s", "OnFailure": "DELETE"},
        **output("$.StackId"),
    },
    "message of a pause": {"name": "work", "action": "aws:pause", "inputs": {"Message": "look at the page"}},
    "metadata options": {
        "name": "work", "action": "aws:runInstances", **output("InstanceIds[0]"),
        "inputs": {"ImageId": "ami-1", "MetadataOptions": {"HttpTokens": "required"}},
    },
    "unexpected stop": {
        "name": "work", "action": "aws:changeInstanceState",
        "inputs": {"InstanceIds": ["i-1"], "DesiredState": "running", "FailOnUnexpectedStopped": True},
    },
    "onCancel of a variable": {
        "name": "work", "action": "aws:updateVariable", "inputs": {"Name": "variable:seen", "Value": "x"},
        "onCancel": "step:last",
    },
    "an action without a page": {"name": "work", "action": "aws:putServerUpgradeMetrics", "inputs": {"MetricName": "m"}},
}  # fmt: skip


@pytest.mark.parametrize("step", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(lab, step):
    steps = [step, named("wait", NAP), named("last", WHO)]
    assert lab.document(steps, variables={"seen": {"type": "String"}})  # a variable without a default


def test_steps_that_nothing_leads_to(lab):
    done = lab.run([named("first", NAP, isEnd=True), named("never", NAP)])
    assert states(done) == {"first": "Success", "never": "Pending"}


def test_a_failure_goes_to_its_step_although_it_is_the_end(lab):
    steps = [named("bad", BAD, isEnd=True, isCritical="false", onFailure="step:tidy"), named("tidy", NAP)]
    done = lab.run(steps)
    assert (done["AutomationExecutionStatus"], states(done)["tidy"]) == ("Success", "Success")
    assert done["StepExecutions"][0]["IsCritical"] is False
    done = lab.run([named("good", NAP, isEnd="true", onFailure="step:tidy"), named("tidy", NAP)])
    assert states(done)["tidy"] == "Pending"


def test_defaults_with_references(lab):
    parameters = {
        "Source": {"type": "String", "default": "web"},
        "Name": {"type": "String", "default": "{{ Source }}-in-{{global:REGION}}-{{automation:EXECUTION_ID}}"},
        "Role": {"type": "AWS::IAM::Role::Arn", "default": None, "allowedPattern": "^$|^arn:.+"},
        "Other": {"type": "String", "default": "$NONE", "allowedPattern": "^[a-z]+$"},
    }
    done = lab.run([named("wait", NAP)], parameters=parameters, assumeRole="{{ Role }}")
    execution = done["AutomationExecutionId"]
    assert done["Parameters"]["Name"] == [f"web-in-us-east-1-{execution}"]
    assert done["Parameters"]["Other"] == ["$NONE"]
    assert "Role" not in done["Parameters"]
    assert lab.code(
        lab.ssm.start_automation_execution, DocumentName=done["DocumentName"], Parameters={"Other": ["A1"]}
    ) == ("InvalidAutomationExecutionParametersException")


def test_the_whole_answer(lab):
    again = {
        "name": "again", "action": "aws:executeScript",
        "inputs": {**SCRIPT["inputs"], "InputPayload": {"seen": "{{ who.OutputPayload }}"}},
    }  # fmt: skip
    again["inputs"]["Script"] = "def main(events, context):\n    return events['seen']['Account']\n"
    done = lab.run([named("who", WHO), again], outputs=["again.Payload", "who.OutputPayload"])
    assert done["Outputs"]["again.Payload"] == ["123456789012"]
    assert '"Account": "123456789012"' in done["Outputs"]["who.OutputPayload"][0]


def test_declared_outputs_of_an_action_with_outputs(lab):
    machine = lab.instances()[0]
    command = {
        "name": "say", "action": "aws:runCommand", **output("$.CommandId", name="Id"),
        "inputs": {
            "DocumentName": "AWS-RunShellScript", "InstanceIds": [machine], "Parameters": {"commands": ["echo hi"]},
        },
    }  # fmt: skip
    first = lab.run([command])["StepExecutions"][0]
    assert first["Outputs"]["Id"] == first["Outputs"]["CommandId"]


def test_an_undeclared_output_stays_as_text(lab):
    named_after = {"name": "look", **WHO}
    tag = {"name": "tag", "action": "aws:createTags", "inputs": {"ResourceIds": lab.instances()[:1]}}
    tag["inputs"]["Tags"] = [{"Key": "note", "Value": "{{ look.Nothing }}"}]
    assert lab.run([named_after, tag])["AutomationExecutionStatus"] == "Success"
    found = lab.ec2.describe_tags(Filters=[{"Name": "key", "Values": ["note"]}])["Tags"]
    assert [one["Value"] for one in found] == ["{{ look.Nothing }}"]


def loop(*steps):
    return {"name": "around", "action": "aws:loop", "inputs": {"Iterators": ["a", "b"], "Steps": list(steps)}}


@pytest.mark.parametrize(
    "inner", [named("in", NAP, nextStep="last"), named("in", BAD, onFailure="step:last", isCritical=False)]
)
def test_a_loop_is_left_for_a_step_outside(lab, inner):
    done = lab.run([loop(inner), named("mid", NAP), named("last", NAP)])
    assert done["AutomationExecutionStatus"] == "Success"
    found = [(step["StepName"], step["StepStatus"]) for step in done["StepExecutions"]]
    assert ("around", "Exited") in found
    assert ("mid", "Pending") in found and ("last", "Success") in found
    assert len([name for name, _ in found if name == "in"]) == 1


def test_a_cancelled_loop_tidies_up_outside(lab):
    execution = lab.start(lab.document([loop(named("in", NAP, onCancel="step:last")), named("last", WHO)]))
    lab.advance(1)
    lab.ssm.stop_automation_execution(AutomationExecutionId=execution)
    lab.settle()
    done = lab.get(execution)
    assert (done["AutomationExecutionStatus"], states(done)["last"]) == ("Cancelled", "Success")


def test_a_circle_through_a_loop(lab):
    steps = [named("first", NAP), loop(named("in", NAP, nextStep="first"))]
    assert lab.code(lab.document, steps=steps) == "InvalidDocumentContent"


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("aws:createStack", {"StackName": "s", "OnFailure": "DELETE"}),
        ("aws:putServerUpgradeMetrics", {"MetricName": "m"}),
        ("aws:shareSQLMedia", {"InstanceId": "i"}),
        ("aws:installDistributorPackageOnAzure", {"Action": "Install"}),
        ("aws:approve", {"EnhancedApprovals": {"Approvers": []}}),
    ],
)
def test_what_is_not_simulated_fails_and_says_so(lab, action, inputs):
    done = lab.run([{"name": "work", "action": action, "inputs": inputs}])
    assert done["AutomationExecutionStatus"] == "Failed"
    assert f"{action} is not simulated by the local AWS" in done["StepExecutions"][0]["FailureMessage"]


def test_a_file_that_is_not_attached(lab):
    files = {"tool.zip": {"checksums": {"SHA256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}}
    assert lab.code(lab.document, steps=[named("wait", NAP)], files=files) == "InvalidDocumentContent"
