# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every action against real operations: success, failure, time limit, cancellation."""

import json

import pytest

from ..conftest import ROLE

NAP = {"name": "after", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}


def one(action, more=None, **inputs):
    return [{"name": "it", "action": action, "inputs": inputs, **(more or {})}]


def first(execution):
    return execution["StepExecutions"][0]


def cancelled(lab, steps, seconds=5, **top):
    """Start, stop after some seconds; the execution at its end."""
    execution = lab.start(lab.document(steps, **top))
    lab.advance(seconds)
    assert first(lab.get(execution))["StepStatus"] in ("InProgress", "Waiting")
    lab.ssm.stop_automation_execution(AutomationExecutionId=execution)
    lab.settle()
    done = lab.get(execution)
    assert (done["AutomationExecutionStatus"], first(done)["StepStatus"]) == ("Cancelled", "Cancelled")
    return done


WAIT = {
    "Service": "ec2",
    "Api": "DescribeInstances",
    "PropertySelector": "$.Reservations[0].Instances[0].State.Name",
}


class TestApi:
    def test_success(self, lab):
        instance, *_ = lab.instances()
        step = one("aws:executeAwsApi", Service="ec2", Api="describe_instances", InstanceIds=[instance])
        step[0]["outputs"] = [
            {"Name": "Zone", "Selector": "$.Reservations[0].Instances[0].Placement.AvailabilityZone", "Type": "String"},
            {"Name": "All", "Selector": "$.Reservations..Instances..InstanceId", "Type": "StringList"},
            {"Name": "Missing", "Selector": "$.Reservations[0].Instances[0].KeyName", "Type": "String"},
            {"Name": "Tags", "Selector": "$.Reservations[0].Instances[0].Tags", "Type": "MapList"},
            {"Name": "Index", "Selector": "$.Reservations[0].Instances[0].AmiLaunchIndex", "Type": "Integer"},
        ]
        outputs = first(lab.run(step))["Outputs"]
        assert outputs["All"] == [instance]
        assert outputs["Index"] == ["0"]
        assert "Missing" not in outputs
        assert {"Key": "Tier", "Value": "web"} in [json.loads(tag) for tag in outputs["Tags"]]

    def test_inputs_are_shown(self, lab):
        step = one("aws:executeAwsApi", Service="ec2", Api="DescribeVpcs", Filters="{{ Filters }}")
        parameters = {"Filters": {"type": "MapList", "default": [{"Name": "state", "Values": ["available"]}]}}
        shown = first(lab.run(step, parameters=parameters))["Inputs"]
        assert json.loads(shown["Filters"]) == [{"Name": "state", "Values": ["available"]}]
        assert shown["Service"] == '"ec2"'

    def test_texts_become_numbers_and_booleans(self, lab):
        instance, *_ = lab.instances()
        step = one("aws:executeAwsApi", Service="ec2", Api="StopInstances", InstanceIds=[instance], Force="{{ Force }}")
        done = lab.run(step, parameters={"Force": {"type": "String", "default": "true"}})
        assert done["AutomationExecutionStatus"] == "Success"

    @pytest.mark.parametrize(
        ("inputs", "words"),
        [
            ({"Service": "nothing", "Api": "Do"}, "Unknown service"),
            ({"Service": "ec2", "Api": "DoNothing"}, "has no operation DoNothing"),
            ({"Service": "ec2", "Api": "StopInstances"}, "Missing required parameter"),
        ],
    )
    def test_wrong_inputs(self, lab, inputs, words):
        done = lab.run(one("aws:executeAwsApi", **inputs))
        assert words in first(done)["FailureMessage"]
        assert first(done)["FailureDetails"]["FailureStage"] == "InputValidation"

    def test_s3(self, lab):
        s3 = lab.served.client("s3")
        s3.create_bucket(Bucket="reports")
        s3.put_object(Bucket="reports", Key="a.json", Body=b'{"a": 1}')
        step = one("aws:executeAwsApi", Service="s3", Api="GetObject", Bucket="reports", Key="a.json")
        step[0]["outputs"] = [{"Name": "Body", "Selector": "$.Body", "Type": "String"}]
        assert first(lab.run(step))["Outputs"]["Body"] == ['{"a": 1}']

    @pytest.mark.parametrize(("desired", "status"), [("running", "Success"), ("stopped", "Failed")])
    def test_assert(self, lab, desired, status):
        ids = lab.instances()[:1]
        step = one("aws:assertAwsResourceProperty", **WAIT, InstanceIds=ids, DesiredValues=[desired])
        done = lab.run(step)
        assert done["AutomationExecutionStatus"] == status
        if status == "Failed":
            assert first(done)["FailureDetails"]["FailureType"] == "Verification"

    def test_wait(self, lab):
        instance, *_ = lab.instances()
        steps = one("aws:executeAwsApi", Service="ec2", Api="StopInstances", InstanceIds=[instance])
        steps += [
            {
                "name": "wait",
                "action": "aws:waitForAwsResourceProperty",
                "inputs": {**WAIT, "InstanceIds": [instance], "DesiredValues": ["stopped"]},
            }
        ]
        assert lab.run(steps)["AutomationExecutionStatus"] == "Success"

    def test_wait_has_an_hour(self, lab):
        step = one("aws:waitForAwsResourceProperty", **WAIT, InstanceIds=lab.instances()[:1], DesiredValues=["gone"])
        done = lab.run(step)
        assert done["AutomationExecutionStatus"] == "TimedOut"
        assert (done["ExecutionEndTime"] - done["ExecutionStartTime"]).total_seconds() == 3600
        cancelled(lab, step)


class TestApiNames:
    @pytest.mark.parametrize(
        ("service", "name"), [("EC2", "DescribeVpcs"), ("ec2", "describeVpcs"), ("Ec2", "describe_vpcs")]
    )
    def test_spelling(self, lab, service, name):
        assert lab.run(one("aws:executeAwsApi", Service=service, Api=name))["AutomationExecutionStatus"] == "Success"

    @pytest.mark.parametrize(("service", "name"), [("ec3", "DescribeVpcs"), ("ec2", "DescribeVpc")])
    def test_unknown(self, lab, service, name):
        done = lab.run(one("aws:executeAwsApi", Service=service, Api=name))
        assert first(done)["FailureDetails"]["FailureStage"] == "InputValidation"


class TestControl:
    def test_sleep_until(self, lab):
        done = lab.run(one("aws:sleep", Timestamp="2026-03-10T02:30:00Z"))
        assert done["ExecutionEndTime"].isoformat() == "2026-03-10T02:30:00+00:00"
        done = lab.run(one("aws:sleep", Timestamp="2020-01-01T00:00:00Z"))
        assert done["ExecutionEndTime"] == done["ExecutionStartTime"]

    @pytest.mark.parametrize("pause", ["P8D", "-PT1S", "soon"])
    def test_sleep_that_is_wrong(self, lab, pause):
        done = lab.run(one("aws:sleep", Duration=pause))
        assert done["AutomationExecutionStatus"] == "Failed"
        assert first(done)["FailureDetails"]["FailureStage"] == "InputValidation"

    def test_sleep_is_cancelled(self, lab):
        done = cancelled(lab, one("aws:sleep", Duration="PT1H"))
        assert (done["ExecutionEndTime"] - done["ExecutionStartTime"]).total_seconds() == 5

    @pytest.mark.parametrize(
        ("action", "inputs"),
        [
            ("aws:invokeLambdaFunction", {"FunctionName": "f"}),
            ("aws:createStack", {"StackName": "s", "TemplateBody": "{}", "Parameters": [{"ParameterKey": "a"}]}),
            ("aws:executeStateMachine", {"stateMachineArn": "arn"}),
        ],
    )
    def test_what_is_not_carried_out_fails(self, lab, action, inputs):
        done = lab.run(one(action, **inputs))
        assert done["AutomationExecutionStatus"] == "Failed"
        assert "is not simulated by the local AWS" in first(done)["FailureMessage"]

    def test_pause_is_cancelled(self, lab):
        cancelled(lab, one("aws:pause"))

    def test_approve_is_cancelled_and_has_seven_days(self, lab):
        cancelled(lab, one("aws:approve", Approvers=["a"]))
        done = lab.run(one("aws:approve", Approvers=["a"]))
        assert done["AutomationExecutionStatus"] == "TimedOut"
        assert (done["ExecutionEndTime"] - done["ExecutionStartTime"]).total_seconds() == 7 * 86400

    def test_approve_notifies(self, lab):
        arn = lab.served.client("sns").create_topic(Name="Automation-approvals")["TopicArn"]
        lab.start(lab.document(one("aws:approve", Approvers=["a"], NotificationArn=arn, Message="please look")))
        lab.advance(5)
        assert "please look" in json.dumps(lab.served.messages()["sns"])


class TestInstances:
    @pytest.mark.parametrize(("state", "expected"), [("stopped", "stopped"), ("terminated", "terminated")])
    def test_change(self, lab, state, expected):
        ids = lab.instances()[:2]
        done = lab.run(one("aws:changeInstanceState", InstanceIds=ids, DesiredState=state))
        assert done["AutomationExecutionStatus"] == "Success"
        assert self.state(lab, ids[0]) == expected

    def state(self, lab, instance):
        return lab.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]

    def test_start_again(self, lab):
        ids = lab.instances()[:1]
        lab.ec2.stop_instances(InstanceIds=ids)
        lab.settle()
        assert lab.run(one("aws:changeInstanceState", InstanceIds=ids, DesiredState="running"))
        assert self.state(lab, ids[0]) == "running"

    def test_check_only_polls(self, lab):
        ids = lab.instances()[:1]
        more = {"timeoutSeconds": 60}
        step = one("aws:changeInstanceState", more, InstanceIds=ids, DesiredState="stopped", CheckStateOnly=True)
        assert lab.run(step)["AutomationExecutionStatus"] == "TimedOut"
        assert self.state(lab, ids[0]) == "running"

    def test_failure(self, lab):
        ids = lab.instances()[:1]
        lab.ec2.terminate_instances(InstanceIds=ids)
        lab.settle()
        done = lab.run(one("aws:changeInstanceState", InstanceIds=ids, DesiredState="running"))
        assert done["AutomationExecutionStatus"] == "Failed"

    def test_run(self, lab):
        image = lab.ec2.describe_instances()["Reservations"][0]["Instances"][0]["ImageId"]
        step = one("aws:runInstances", ImageId=image, InstanceType="t3.micro", MinInstanceCount=2, MaxInstanceCount=2)
        before = set(lab.instances())
        outputs = first(lab.run(step))["Outputs"]
        assert set(outputs["InstanceIds"]) == set(lab.instances()) - before
        assert outputs["InstanceStates"] == ["running", "running"]

    def test_run_with_an_unknown_image(self, lab):
        done = lab.run(one("aws:runInstances", ImageId="ami-0123456789abcdef0", InstanceType="t3.micro"))
        message = first(done)["FailureMessage"]
        assert message.startswith("Automation Step Execution fails when it is launching the instance(s). Get Exception")
        assert "InvalidAMIID.NotFound" in message


class TestImages:
    def test_create(self, lab):
        instance, *_ = lab.instances()
        done = lab.run(one("aws:createImage", InstanceId=instance, ImageName="image-1", NoReboot=True))
        outputs = first(done)["Outputs"]
        assert outputs["ImageState"] == ["available"]
        assert [entry["instance_id"] for entry in lab.served.history(kind="image")] == [instance]
        again = lab.run(one("aws:createImage", InstanceId=instance, ImageName="image-1", NoReboot=True))
        assert first(again)["FailureDetails"]["Details"]["ErrorCode"] == ["InvalidAMIName.Duplicate"]

    def test_create_times_out_and_is_cancelled(self, lab):
        instance, *_ = lab.instances()
        step = one("aws:createImage", {"timeoutSeconds": 3}, InstanceId=instance, ImageName="image-1", NoReboot=True)
        assert lab.run(step)["AutomationExecutionStatus"] == "TimedOut"
        cancelled(lab, one("aws:createImage", InstanceId=instance, ImageName="image-2", NoReboot=True), 3)

    def test_create_that_fails(self, lab):
        instance, *_ = lab.instances()
        lab.served.set_machine(instance, image_fails=1)
        done = lab.run(one("aws:createImage", InstanceId=instance, ImageName="image-1", NoReboot=True))
        assert "entered unexpected state: failed" in first(done)["FailureMessage"]

    def test_copy_and_delete(self, lab):
        instance, *_ = lab.instances()
        steps = [
            {"name": "make", "action": "aws:createImage", "inputs": {"InstanceId": instance, "ImageName": "image-1"}},
            {
                "name": "copy",
                "action": "aws:copyImage",
                "inputs": {
                    "SourceImageId": "{{ make.ImageId }}", "SourceRegion": "us-east-1", "ImageName": "image-2",
                },
            },
            {"name": "drop", "action": "aws:deleteImage", "inputs": {"ImageId": "{{ make.ImageId }}"}},
        ]  # fmt: skip
        done = lab.run(steps)
        assert done["AutomationExecutionStatus"] == "Success", done.get("FailureMessage")
        names = [image["Name"] for image in lab.ec2.describe_images(Owners=["self"])["Images"]]
        assert names == ["image-2"]

    def test_delete_of_nothing(self, lab):
        assert lab.run(one("aws:deleteImage", ImageId="ami-0123456789abcdef0"))["AutomationExecutionStatus"] == "Failed"


class TestTags:
    def test_ec2(self, lab):
        ids = lab.instances()[:1]
        done = lab.run(one("aws:createTags", ResourceIds=ids, Tags=[{"Key": "seen", "Value": "yes"}]))
        assert done["AutomationExecutionStatus"] == "Success"
        found = lab.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": ids}])["Tags"]
        assert ("seen", "yes") in [(tag["Key"], tag["Value"]) for tag in found]

    def test_parameter(self, lab):
        lab.ssm.put_parameter(Name="/a", Value="b", Type="String")
        tags = [{"Key": "seen", "Value": "yes"}]
        assert lab.run(one("aws:createTags", ResourceType="Parameter", ResourceIds=["/a"], Tags=tags))
        assert lab.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a")["TagList"] == tags

    @pytest.mark.parametrize("kind", ["Castle", "MaintenanceWindow"])
    def test_failure(self, lab, kind):
        tags = [{"Key": "a", "Value": "b"}]
        steps = one("aws:createTags", ResourceType="{{ Kind }}", ResourceIds=["x"], Tags=tags)
        done = lab.run(steps, {"Parameters": {"Kind": [kind]}}, parameters={"Kind": {"type": "String"}})
        assert done["AutomationExecutionStatus"] == "Failed"


class TestCommand:
    def command(self, ids, words, more=None, **inputs):
        inputs = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": words}, **inputs}
        return one("aws:runCommand", more, InstanceIds=ids, **inputs)

    def test_success(self, lab):
        ids = lab.instances()[:2]
        outputs = first(lab.run(self.command(ids, ["echo hello"])))["Outputs"]
        assert (outputs["Status"], outputs["ResponseCode"]) == (["Success"], ["0"])
        command = lab.ssm.list_commands(CommandId=outputs["CommandId"][0])["Commands"][0]
        assert sorted(command["InstanceIds"]) == sorted(ids)

    def test_patch(self, lab):
        ids = lab.instances()[:1]
        step = self.command(ids, [])
        step[0]["inputs"].update(DocumentName="AWS-RunPatchBaseline", Parameters={"Operation": "Scan"})
        assert lab.run(step)["AutomationExecutionStatus"] == "Success"
        assert [entry["instance_id"] for entry in lab.served.history(kind="scan")][-1] == ids[0]

    def test_failure(self, lab):
        ids = lab.instances()[:1]
        lab.served.set_machine(ids[0], script_fails=1)
        done = lab.run(self.command(ids, ["echo hello"]))
        step = first(done)
        assert step["StepStatus"] == "Failed"
        assert "returns unexpected invocation result: {Status=[Failed]" in step["FailureMessage"]
        assert step["Outputs"]["Status"] == ["Failed"]
        assert step["FailureDetails"]["Details"]["Status"] == ["Failed"]

    def test_a_refused_command(self, lab):
        done = lab.run(self.command(["i-0123456789abcdef0"], ["echo hello"]))
        assert first(done)["FailureDetails"]["Details"]["ErrorCode"] == ["InvalidInstanceId"]

    def test_time_limit_cancels_the_command(self, lab):
        instance, *_ = lab.instances()
        step = self.command([instance], [], {"timeoutSeconds": 4})
        step[0]["inputs"].update(DocumentName="AWS-RunPatchBaseline", Parameters={"Operation": ["Install"]})
        assert lab.run(step)["AutomationExecutionStatus"] == "TimedOut"
        assert lab.ssm.list_commands()["Commands"][0]["Status"] in ("Cancelled", "Cancelling")

    def test_cancel(self, lab):
        instance, *_ = lab.instances()
        step = self.command([instance], [])
        step[0]["inputs"].update(DocumentName="AWS-RunPatchBaseline", Parameters={"Operation": ["Install"]})
        cancelled(lab, step)
        assert lab.ssm.list_commands()["Commands"][0]["Status"] == "Cancelled"

    def test_a_command_may_outlive_its_step(self, lab):
        """Undocumented, so both ways exist: what ends the step does not end the command."""
        lab.served.switches(timeout_cancels=False, stop_cancels=False)
        instance, *_ = lab.instances()
        late = self.command([instance], ["sleep 60"], {"timeoutSeconds": 4})
        assert lab.run(late)["AutomationExecutionStatus"] == "TimedOut"
        cancelled(lab, self.command([instance], ["sleep 60"]))
        assert [one["Status"] for one in lab.ssm.list_commands()["Commands"]] == ["Success", "Success"]


class TestNested:
    def test_success(self, lab):
        who = one("aws:executeAwsApi", Service="sts", Api="GetCallerIdentity")
        who[0]["outputs"] = [{"Name": "Account", "Selector": "$.Account", "Type": "String"}]
        parameters = {"Word": {"type": "String"}}
        inner = lab.document(who, outputs=["it.Account"], parameters=parameters)
        done = lab.run(one("aws:executeAutomation", DocumentName=inner, RuntimeParameters={"Word": "x"}))
        outputs = first(done)["Outputs"]
        assert (outputs["Status"], outputs["Output"]) == (["Success"], ["123456789012"])
        child = lab.get(outputs["ExecutionId"][0])
        assert child["ParentAutomationExecutionId"] == done["AutomationExecutionId"]
        assert child["Parameters"] == {"Word": ["x"]}

    def test_failure(self, lab):
        inner = lab.document(one("aws:sleep", Duration="soon"))
        done = lab.run(one("aws:executeAutomation", DocumentName=inner))
        assert done["AutomationExecutionStatus"] == "Failed"
        assert first(done)["Outputs"]["Status"] == ["Failed"]
        done = lab.run(one("aws:executeAutomation", DocumentName="nobody"))
        details = first(done)["FailureDetails"]["Details"]
        assert details["ErrorCode"] == ["AutomationDefinitionNotFoundException"]

    def test_time_limit_and_cancel_reach_the_child(self, lab):
        inner = lab.document(one("aws:sleep", Duration="PT1H"))
        done = lab.run(one("aws:executeAutomation", {"timeoutSeconds": 60}, DocumentName=inner))
        assert done["AutomationExecutionStatus"] == "TimedOut"
        (child,) = lab.children(done["AutomationExecutionId"])
        assert child["AutomationExecutionStatus"] == "Cancelled"
        done = cancelled(lab, one("aws:executeAutomation", DocumentName=inner))
        (child,) = lab.children(done["AutomationExecutionId"])
        assert child["AutomationExecutionStatus"] == "Cancelled"

    def test_a_child_may_outlive_its_step(self, lab):
        lab.served.switches(timeout_cancels=False, stop_cancels=False)
        inner = lab.document(one("aws:sleep", Duration="PT1H"))
        late = lab.run(one("aws:executeAutomation", {"timeoutSeconds": 60}, DocumentName=inner))
        assert late["AutomationExecutionStatus"] == "TimedOut"
        stopped = cancelled(lab, one("aws:executeAutomation", DocumentName=inner))
        for done in (late, stopped):
            (child,) = lab.children(done["AutomationExecutionId"])
            assert child["AutomationExecutionStatus"] == "Success"

    @pytest.mark.parametrize(
        "inputs",
        [
            {"DocumentVersion": "first"},
            {"RuntimeParameters": {"Word": "x" * 513}},
            {"RuntimeParameters": {"Word": [f"{number}" for number in range(51)]}},
            {"MaxConcurrency": "many"},
            {"Tags": [{"Key": "", "Value": "x"}]},
        ],
    )
    def test_the_contract_holds_for_a_nested_start(self, lab, inputs):
        inner = lab.document([NAP], parameters={"Word": {"type": "StringList", "default": []}})
        done = lab.run(one("aws:executeAutomation", DocumentName=inner, **inputs))
        assert first(done)["FailureDetails"]["Details"]["ErrorCode"] == ["ValidationException"]

    def test_an_empty_parameter_is_handed_on(self, lab):
        parameters = {"Word": {"type": "String", "default": ""}}
        inner = lab.document([NAP], parameters=parameters)
        words = {"Word": ["{{ Word }}"]}
        done = lab.run(one("aws:executeAutomation", DocumentName=inner, RuntimeParameters=words), parameters=parameters)
        assert done["AutomationExecutionStatus"] == "Success"

    @pytest.mark.parametrize(("switch", "status"), [("text", "Success"), ("list", "Failed")])
    def test_one_output_is_a_text(self, lab, switch, status):
        lab.served.switches(nested_output=switch)
        who = one("aws:executeAwsApi", Service="sts", Api="GetCallerIdentity")
        who[0]["outputs"] = [{"Name": "Account", "Selector": "$.Account", "Type": "String"}]
        inner = lab.document(who, outputs=["it.Account"])
        value = {"Name": "variable:seen", "Value": "{{ it.Output }}"}
        steps = one("aws:executeAutomation", DocumentName=inner)
        steps[0]["outputs"] = [{"Name": "Account", "Selector": "$.ExecutionId", "Type": "String"}]
        steps.append({"name": "keep", "action": "aws:updateVariable", "inputs": value})
        done = lab.run(steps, variables={"seen": {"type": "String", "default": ""}})
        assert done["AutomationExecutionStatus"] == status

    def test_with_targets(self, lab):
        inner = lab.document([NAP], parameters={"Id": {"type": "String"}})
        targets = [{"Key": "ParameterValues", "Values": ["a", "b"]}]
        step = one("aws:executeAutomation", DocumentName=inner, Targets=targets, TargetParameterName="Id")
        done = lab.run(step)
        assert done["AutomationExecutionStatus"] == "Success"
        (parent,) = lab.children(done["AutomationExecutionId"])
        assert len(lab.children(parent["AutomationExecutionId"])) == 2

    def test_nesting_has_a_limit(self, lab):
        name = "chain"
        lab.document(one("aws:executeAutomation", DocumentName=name), name)
        done = lab.run(one("aws:executeAutomation", DocumentName=name))
        assert done["AutomationExecutionStatus"] == "Failed"
        everything = lab.ssm.describe_automation_executions()["AutomationExecutionMetadataList"]
        assert len(everything) == 6
        assert "Too many levels" in everything[0]["FailureMessage"]


SCRIPT = """
def handle(events, context):
    import boto3
    print("noise")
    return {"account": boto3.client("sts").get_caller_identity()["Arn"], "sum": events["a"] + events["b"]}
"""


class TestScript:
    def script(self, words, more=None, **inputs):
        return one("aws:executeScript", more, Runtime="python3.11", Handler="handle", Script=words, **inputs)

    def test_success(self, lab):
        step = self.script(SCRIPT, InputPayload={"a": "{{ A }}", "b": 2})
        step[0]["outputs"] = [{"Name": "Sum", "Selector": "$.Payload.sum", "Type": "Integer"}]
        done = lab.run(step, assumeRole=ROLE, parameters={"A": {"type": "Integer", "default": 1}})
        assert done["AutomationExecutionStatus"] == "Success", done.get("FailureMessage")
        outputs = first(done)["Outputs"]
        assert outputs["Sum"] == ["3"]
        assert "assumed-role/automation/automation" in outputs["Payload"][0]

    def test_without_a_role_there_are_no_credentials(self, lab):
        done = lab.run(self.script(SCRIPT, InputPayload={"a": 1, "b": 2}))
        assert "NoCredentialsError" in first(done)["FailureMessage"]

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("def handle(events, context):\n    raise ValueError('no luck')\n", "ValueError: no luck"),
            ("def other(events, context):\n    pass\n", "KeyError: 'handle'"),
            ("def handle(events, context):\n    return 'x' * 200000\n", "exceeds 100 KB"),
        ],
    )
    def test_failure(self, lab, words, expected):
        done = lab.run(self.script(words))
        assert done["AutomationExecutionStatus"] == "Failed"
        assert expected in first(done)["FailureMessage"]

    def test_time_limit(self, lab):
        words = "def handle(events, context):\n    import time\n    time.sleep(30)\n"
        done = lab.run(self.script(words, {"timeoutSeconds": 1}))
        assert done["AutomationExecutionStatus"] == "TimedOut"

    def test_cancel(self, lab):
        cancelled(lab, self.script("def handle(events, context):\n    import time\n    time.sleep(30)\n"))

    def test_powershell_is_not_run(self, lab):
        done = lab.run(one("aws:executeScript", Runtime="PowerShell 7.0", Script="Get-Date"))
        assert "not run by the local AWS" in first(done)["FailureMessage"]
