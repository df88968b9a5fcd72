# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How an execution walks through its steps: failures, time limits, attempts, cancellation, loops, interaction."""

import pytest

NAP = {"action": "aws:sleep", "inputs": {"Duration": "PT10S"}}
BAD = {"action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "DescribeInstances", "InstanceIds": ["i-1"]}}
NEVER = {
    "action": "aws:waitForAwsResourceProperty",
    "inputs": {
        "Service": "sts", "Api": "GetCallerIdentity", "PropertySelector": "$.Account", "DesiredValues": ["never"],
    },
}  # fmt: skip


def named(name, step, **more):
    return {"name": name, **step, **more}


def states(execution):
    return {step["StepName"]: step["StepStatus"] for step in execution["StepExecutions"]}


def test_success_takes_the_steps_in_order(lab):
    done = lab.run([named("a", NAP), named("b", NAP)])
    assert done["AutomationExecutionStatus"] == "Success"
    first, second = done["StepExecutions"]
    assert (first["ExecutionEndTime"] - first["ExecutionStartTime"]).total_seconds() == 10
    assert second["ExecutionStartTime"] == first["ExecutionEndTime"]
    assert done["ExecutionEndTime"] == second["ExecutionEndTime"]
    assert done["StepExecutionsTruncated"] is False
    assert "CurrentStepName" not in done


FAILURES = [
    # (properties of the failing step, status of the execution, status of the next step)
    ({}, "Failed", "Pending"),
    ({"onFailure": "Abort"}, "Failed", "Pending"),
    ({"onFailure": "Continue"}, "Success", "Success"),
    ({"onFailure": "Continue", "isCritical": True}, "Failed", "Success"),
    ({"onFailure": "Continue", "isEnd": True}, "Success", "Pending"),
    ({"isCritical": False}, "Success", "Pending"),
    ({"isEnd": True}, "Failed", "Pending"),
]


@pytest.mark.parametrize(("properties", "status", "after"), FAILURES)
def test_failure(lab, properties, status, after):
    steps = [named("bad", BAD, **properties), named("next", NAP)]
    done = lab.run(steps)
    assert done["AutomationExecutionStatus"] == status
    assert states(done) == {"bad": "Failed", "next": after}
    if after == "Pending":
        assert "ExecutionStartTime" not in done["StepExecutions"][1]


@pytest.mark.parametrize(
    ("properties", "switch", "status"),
    [
        ({}, True, "Failed"),
        ({}, False, "Success"),
        ({"isCritical": True}, False, "Failed"),
        ({"isCritical": False}, True, "Success"),
    ],
)
def test_failure_that_goes_to_a_step(lab, properties, switch, status):
    lab.served.switches(implicit_critical=switch)
    done = lab.run([named("bad", BAD, onFailure="step:tidy", **properties), named("mid", NAP), named("tidy", NAP)])
    assert done["AutomationExecutionStatus"] == status
    assert states(done) == {"bad": "Failed", "mid": "Pending", "tidy": "Success"}


def test_failure_is_explained(lab):
    done = lab.run([named("bad", BAD)])
    (step,) = done["StepExecutions"]
    assert step["FailureMessage"].startswith("Step fails when it is Execute/Cancelling action. An error occurred")
    assert step["FailureMessage"].endswith("Service Troubleshooting Guide for more diagnosis details.")
    assert done["FailureMessage"] == step["FailureMessage"]
    details = step["FailureDetails"]
    assert (details["FailureStage"], details["FailureType"]) == ("Invocation", "Action")
    assert details["Details"]["ErrorCode"] == ["InvalidInstanceID.Malformed"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [("RequestLimitExceeded", "Throttling"), ("UnauthorizedOperation", "Permission"), ("Odd", "Action")],
)
def test_type_of_failure(lab, code, kind):
    lab.served.faults(service="ec2", operation="DescribeVpcs", phase="before", code=code, message="no", count=3)
    done = lab.run([{"name": "a", "action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "DescribeVpcs"}}])
    assert done["StepExecutions"][0]["FailureDetails"]["FailureType"] == kind


def test_attempts(lab):
    lab.served.faults(service="ec2", operation="DescribeVpcs", phase="before", code="Odd", count=2)
    step = {"name": "a", "action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "DescribeVpcs"}}
    done = lab.run([{**step, "maxAttempts": 3}])
    assert done["AutomationExecutionStatus"] == "Success"
    assert len(lab.served.calls(service="ec2", operation="DescribeVpcs", source="automation")) == 3
    lab.served.faults(service="ec2", operation="DescribeVpcs", phase="before", code="Odd", count=2)
    assert lab.run([{**step, "maxAttempts": 2}])["AutomationExecutionStatus"] == "Failed"


@pytest.mark.parametrize(
    ("switches", "faults", "attempts", "status", "seconds", "calls"),
    [
        ({}, 2, 1, "Success", 3, 3),  # as an SDK: after 1 and 2 seconds
        ({}, 3, 1, "Failed", 3, 3),
        ({}, 3, 2, "Success", 3, 4),  # maxAttempts comes after it
        ({"engine_attempts": 1}, 1, 1, "Failed", 0, 1),
        ({"engine_attempts": 1}, 1, 2, "Success", 0, 2),
        ({"throttling_retry_seconds": 60}, 4, 1, "Success", 15, 5),
    ],
)
def test_throttling_is_retried_before_attempts(lab, switches, faults, attempts, status, seconds, calls):
    lab.served.switches(**switches)
    lab.served.faults(service="ec2", operation="DescribeVpcs", phase="before", code="throttle", count=faults)
    step = {"name": "a", "action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "DescribeVpcs"}}
    done = lab.run([{**step, "maxAttempts": attempts}])
    assert done["AutomationExecutionStatus"] == status
    assert (done["ExecutionEndTime"] - done["ExecutionStartTime"]).total_seconds() == seconds
    assert len(lab.served.calls(service="ec2", operation="DescribeVpcs", source="automation")) == calls
    if status == "Failed":
        assert done["StepExecutions"][0]["FailureDetails"]["FailureType"] == "Throttling"


def test_a_throttled_poll_does_not_begin_again(lab):
    lab.served.switches(throttling_retry_seconds=600)
    lab.served.faults(service="ssm", operation="ListCommands", phase="before", code="throttle", count=5)
    inputs = {"DocumentName": "AWS-RunShellScript", "InstanceIds": lab.instances()[:1]}
    inputs["Parameters"] = {"commands": ["echo hi"]}
    done = lab.run([{"name": "say", "action": "aws:runCommand", "inputs": inputs}])
    assert done["AutomationExecutionStatus"] == "Success"
    assert len(lab.served.calls(service="ssm", operation="SendCommand")) == 1


READ = {"action": "aws:executeAwsApi", "inputs": {"Service": "ssm", "Api": "DescribeAutomationExecutions"}}


@pytest.mark.parametrize(("apart", "status"), [("PT0.1S", "Failed"), ("PT0.5S", "Success")])
def test_published_rates_hold_for_the_engine(lab, apart, status):
    """3 a second, in virtual time: the test takes no real second."""
    lab.served.switches(request_rates=True, engine_attempts=1)
    steps = []
    for number in range(8):
        steps += [named(f"read{number}", READ), named(f"wait{number}", {**NAP, "inputs": {"Duration": apart}})]
    assert lab.run(steps)["AutomationExecutionStatus"] == status


def test_a_share_of_the_calls_of_the_engine_is_throttled(lab):
    lab.served.switches(throttle_share=1.0)
    name = "a"
    with pytest.raises(lab.ssm.exceptions.ClientError):
        lab.document([named(name, READ)])
    lab.served.switches(throttle_share=0.0)
    execution = lab.start(lab.document([named("nap", NAP), named(name, READ)]))
    lab.served.switches(throttle_share=1.0)
    lab.settle()
    lab.served.switches(throttle_share=0.0)
    assert states(lab.get(execution)) == {"nap": "Success", name: "Failed"}


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({}, "TimedOut"),
        ({"isCritical": False, "onFailure": "step:tidy"}, "Success"),
        ({"onFailure": "step:tidy"}, "TimedOut"),
    ],
)
def test_time_limit(lab, properties, status):
    done = lab.run([named("wait", NEVER, timeoutSeconds=30, **properties), named("tidy", NAP)])
    assert done["AutomationExecutionStatus"] == status
    step = done["StepExecutions"][0]
    assert step["StepStatus"] == "TimedOut"
    assert step["FailureMessage"].startswith("Step timed out while step is")
    assert (step["ExecutionEndTime"] - step["ExecutionStartTime"]).total_seconds() == 30


def test_time_limit_holds_for_each_attempt(lab):
    done = lab.run([named("wait", NEVER, timeoutSeconds=30, maxAttempts=3)])
    assert done["AutomationExecutionStatus"] == "TimedOut"
    assert (done["ExecutionEndTime"] - done["ExecutionStartTime"]).total_seconds() == 90


@pytest.mark.parametrize(("size", "name"), [("big", "large"), ("small", "tiny"), ("odd", "other")])
def test_branch(lab, size, name):
    choices = [
        {"Variable": "{{ Size }}", "StringEquals": "big", "NextStep": "large"},
        {"Variable": "{{ Size }}", "StringEquals": "small", "NextStep": "tiny"},
    ]
    steps = [
        {"name": "choose", "action": "aws:branch", "inputs": {"Choices": choices, "Default": "other"}},
        named("large", NAP, isEnd=True),
        named("tiny", NAP, isEnd=True),
        named("other", NAP),
    ]
    done = lab.run(steps, {"Parameters": {"Size": [size]}}, parameters={"Size": {"type": "String"}})
    reached = {step for step, status in states(done).items() if status == "Success"}
    assert reached == {"choose", name}


@pytest.mark.parametrize(("end", "expected"), [(True, "Pending"), (False, "Success")])
def test_branch_without_a_true_choice(lab, end, expected):
    choice = {"Variable": "a", "StringEquals": "b", "NextStep": "last"}
    steps = [
        {"name": "choose", "action": "aws:branch", "isEnd": end, "inputs": {"Choices": [choice]}},
        named("mid", NAP),
        named("last", NAP),
    ]
    done = lab.run(steps)
    assert done["AutomationExecutionStatus"] == "Success"
    assert states(done)["mid"] == expected


def test_outputs_of_the_document(lab):
    who = {"action": "aws:executeAwsApi", "inputs": {"Service": "sts", "Api": "GetCallerIdentity"}}
    out = [{"Name": "Account", "Selector": "$.Account", "Type": "String"}]
    done = lab.run(
        [named("who", who, outputs=out), named("bad", BAD), named("never", who, outputs=out)],
        outputs=["who.Account", "never.Account"],
    )
    assert done["Outputs"] == {
        "who.Account": ["123456789012"],
        "never.Account": ["No output available yet because the step is not successfully executed"],
    }


def test_an_output_of_another_type_fails_the_step(lab):
    who = {"action": "aws:executeAwsApi", "inputs": {"Service": "sts", "Api": "GetCallerIdentity"}}
    done = lab.run([named("who", who, outputs=[{"Name": "Account", "Selector": "$.Account", "Type": "Integer"}])])
    assert done["AutomationExecutionStatus"] == "Failed"
    assert done["StepExecutions"][0]["FailureDetails"]["FailureType"] == "Verification"


def test_system_variables(lab):
    words = "{{ global:ACCOUNT_ID }} {{ global:REGION }} {{ global:DATE }} {{ global:DATE_TIME }} {{ global:AWS_PARTITION }}"
    step = {
        "name": "put",
        "action": "aws:executeAwsApi",
        "inputs": {"Service": "ssm", "Api": "PutParameter", "Name": "/seen", "Type": "String", "Value": words},
    }
    lab.run([step])
    value = lab.ssm.get_parameter(Name="/seen")["Parameter"]["Value"]
    assert value == "123456789012 us-east-1 2026-03-10 2026-03-10_02.00.00 aws"


def cancel_steps(**properties):
    return [
        named("work", NEVER, **properties),
        named("later", NAP),
        named("tidy", NAP | {"action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "DescribeVpcs"}}),
    ]


@pytest.mark.parametrize(
    ("route", "tidy"), [({}, "Pending"), ({"onCancel": "Abort"}, "Pending"), ({"onCancel": "step:tidy"}, "Success")]
)
def test_cancel(lab, route, tidy):
    execution = lab.start(lab.document(cancel_steps(**route)))
    lab.advance(5)
    assert lab.get(execution)["CurrentStepName"] == "work"
    lab.ssm.stop_automation_execution(AutomationExecutionId=execution)
    lab.settle()
    done = lab.get(execution)
    assert done["AutomationExecutionStatus"] == "Cancelled"
    assert states(done) == {"work": "Cancelled", "later": "Pending", "tidy": tidy}
    code = lab.code(lab.ssm.stop_automation_execution, AutomationExecutionId=execution)
    assert code == "InvalidAutomationStatusUpdateException"


def test_the_cancellation_workflow_has_two_minutes(lab):
    execution = lab.start(lab.document([named("work", NEVER, onCancel="step:tidy"), named("tidy", NEVER)]))
    lab.advance(5)
    lab.ssm.stop_automation_execution(AutomationExecutionId=execution)
    lab.advance(1)
    assert lab.get(execution)["AutomationExecutionStatus"] == "Cancelling"
    lab.settle()
    done = lab.get(execution)
    assert done["AutomationExecutionStatus"] == "Cancelled"
    assert states(done) == {"work": "Cancelled", "tidy": "Cancelled"}
    first, second = done["StepExecutions"]
    assert (second["ExecutionEndTime"] - first["ExecutionEndTime"]).total_seconds() == 120


def test_complete(lab):
    execution = lab.start(lab.document([named("a", NAP), named("b", NAP)]))
    lab.advance(5)
    lab.ssm.stop_automation_execution(AutomationExecutionId=execution, Type="Complete")
    lab.settle()
    done = lab.get(execution)
    assert done["AutomationExecutionStatus"] == "Success"
    assert states(done) == {"a": "Success", "b": "Pending"}


def loop(inputs, steps, **more):
    return {"name": "around", "action": "aws:loop", "inputs": {**inputs, "Steps": steps}, **more}


def test_loop_for_each(lab):
    note = {
        "name": "note",
        "action": "aws:executeAwsApi",
        "inputs": {
            "Service": "ssm", "Api": "PutParameter", "Type": "String",
            "Name": "/loop/{{ around.CurrentIteratorValue }}", "Value": "{{ around.CurrentIteration }}",
        },
    }  # fmt: skip
    done = lab.run([loop({"Iterators": ["a", "b", "c"]}, [note])])
    assert done["AutomationExecutionStatus"] == "Success"
    found = lab.ssm.get_parameters_by_path(Path="/loop")["Parameters"]
    assert {one["Name"]: one["Value"] for one in found} == {"/loop/a": "1", "/loop/b": "2", "/loop/c": "3"}
    inner = [step for step in done["StepExecutions"] if "ParentStepDetails" in step]
    assert [step["ParentStepDetails"]["IteratorValue"] for step in inner] == ["a", "b", "c"]
    rows = lab.ssm.describe_automation_step_executions(
        AutomationExecutionId=done["AutomationExecutionId"], Filters=[{"Key": "ParentStepIteration", "Values": ["2"]}]
    )["StepExecutions"]
    assert [row["ParentStepDetails"]["Iteration"] for row in rows] == [2]


def test_loop_do_while_with_a_variable(lab):
    steps = [
        {"name": "set", "action": "aws:updateVariable", "inputs": {"Name": "variable:more", "Value": False}},
    ]
    condition = {"Variable": "{{ variable:more }}", "BooleanEquals": True}
    done = lab.run(
        [loop({"LoopCondition": condition}, steps)], variables={"more": {"type": "Boolean", "default": True}}
    )
    assert done["AutomationExecutionStatus"] == "Success"
    assert done["Variables"] == {"more": ["false"]}
    assert len(done["StepExecutions"]) == 2


def test_loop_ends_at_max_iterations(lab):
    condition = {"Variable": "a", "StringEquals": "a"}
    done = lab.run([loop({"LoopCondition": condition, "MaxIterations": 3}, [named("nap", NAP)]), named("after", NAP)])
    assert states(done)["around"] == "Exited"
    assert states(done)["after"] == "Success"
    assert len(done["StepExecutions"]) == 5


def test_loop_fails_with_its_step(lab):
    done = lab.run([loop({"Iterators": ["a", "b"]}, [named("bad", BAD)], onFailure="Continue"), named("after", NAP)])
    assert done["AutomationExecutionStatus"] == "Failed"
    assert states(done) == {"around": "Failed", "bad": "Failed", "after": "Pending"}


def test_a_variable_keeps_its_type(lab):
    step = {"name": "set", "action": "aws:updateVariable", "inputs": {"Name": "variable:seen", "Value": "x"}}
    done = lab.run([step], variables={"seen": {"type": "StringList", "default": []}})
    assert done["AutomationExecutionStatus"] == "Failed"


def signal(lab, execution, word, **payload):
    words = {"Payload": {key: [value] for key, value in payload.items()}} if payload else {}
    lab.ssm.send_automation_signal(AutomationExecutionId=execution, SignalType=word, **words)


def test_interactive(lab):
    execution = lab.start(lab.document([named("a", NAP), named("b", NEVER)]), Mode="Interactive")
    lab.settle()
    assert lab.get(execution)["AutomationExecutionStatus"] == "Waiting"
    with pytest.raises(lab.ssm.exceptions.InvalidAutomationSignalException):
        signal(lab, execution, "StartStep", StepName="b")
    with pytest.raises(lab.ssm.exceptions.AutomationStepNotFoundException):
        signal(lab, execution, "StartStep", StepName="nobody")
    signal(lab, execution, "StartStep", StepName="a")
    lab.settle()
    assert states(lab.get(execution)) == {"a": "Success", "b": "Pending"}
    signal(lab, execution, "StartStep", StepName="b")
    lab.advance(3)
    running = lab.get(execution)["StepExecutions"][1]
    assert running["StepStatus"] == "InProgress"
    signal(lab, execution, "StopStep", StepExecutionId=running["StepExecutionId"])
    lab.settle()
    assert states(lab.get(execution))["b"] == "Cancelled"


def test_pause_and_resume(lab):
    execution = lab.start(lab.document([{"name": "hold", "action": "aws:pause"}, named("after", NAP)]))
    lab.settle()
    waiting = lab.get(execution)
    assert (waiting["AutomationExecutionStatus"], states(waiting)["hold"]) == ("Waiting", "Waiting")
    with pytest.raises(lab.ssm.exceptions.InvalidAutomationSignalException):
        signal(lab, execution, "Approve")
    signal(lab, execution, "Resume", StepName="hold")
    lab.settle()
    assert lab.get(execution)["AutomationExecutionStatus"] == "Success"
    with pytest.raises(lab.ssm.exceptions.InvalidAutomationSignalException):
        signal(lab, execution, "Resume", StepName="hold")


def approval(**inputs):
    return [{"name": "ask", "action": "aws:approve", "timeoutSeconds": 1000, "inputs": inputs}, named("after", NAP)]


def test_approve(lab):
    execution = lab.start(lab.document(approval(Approvers=["operator"])))
    lab.settle()
    done = lab.get(execution)
    assert done["AutomationExecutionStatus"] == "TimedOut"  # the jump went past the 1000 seconds

    execution = lab.start(lab.document(approval(Approvers=["operator"])))
    lab.advance(10)
    assert lab.get(execution)["AutomationExecutionStatus"] == "Waiting"
    signal(lab, execution, "Approve", Comment="looks good")
    lab.settle()
    done = lab.get(execution)
    assert done["AutomationExecutionStatus"] == "Success"
    assert done["StepExecutions"][0]["Outputs"]["ApprovalStatus"] == ["Approved"]
    assert "looks good" in done["StepExecutions"][0]["Outputs"]["ApproverDecisions"][0]


def test_reject(lab):
    execution = lab.start(lab.document(approval(Approvers=["arn:aws:iam::123456789012:user/operator"])))
    lab.advance(10)
    signal(lab, execution, "Reject")
    lab.settle()
    done = lab.get(execution)
    assert done["AutomationExecutionStatus"] == "Failed"
    assert done["StepExecutions"][0]["Outputs"]["ApprovalStatus"] == ["Rejected"]


def test_only_approvers_approve(lab):
    execution = lab.start(lab.document(approval(Approvers=["somebody"])))
    lab.advance(10)
    with pytest.raises(lab.ssm.exceptions.InvalidAutomationSignalException):
        signal(lab, execution, "Approve")


def test_approve_waits_for_enough(lab):
    execution = lab.start(lab.document(approval(Approvers=["operator", "second"], MinRequiredApprovals=2)))
    lab.advance(10)
    signal(lab, execution, "Approve")
    lab.advance(10)
    assert lab.get(execution)["AutomationExecutionStatus"] == "Waiting"
    signal(lab, execution, "Approve")  # the same approver again does not count twice
    lab.advance(10)
    assert lab.get(execution)["AutomationExecutionStatus"] == "Waiting"


@pytest.mark.parametrize(
    ("action", "inputs", "words"),
    [
        (
            "aws:changeInstanceState",
            {"InstanceIds": "{{ Word }}", "DesiredState": "stopped"},
            "InstanceIds must be a list",
        ),
        ("aws:runCommand", {"DocumentName": "x", "InstanceIds": ["i"], "Parameters": "{{ Word }}"}, "must be a map"),
        ("aws:approve", {"Approvers": ["a"], "MinRequiredApprovals": "{{ Word }}"}, "must be a number"),
        ("aws:approve", {"Approvers": ["a"], "MinRequiredApprovals": "2"}, "MinRequiredApprovals is not valid"),
        ("aws:loop", {"Iterators": "{{ Word }}", "Steps": [{"name": "in", **NAP}]}, "Iterators must be a list"),
        ("aws:changeInstanceState", {"InstanceIds": ["i"], "DesiredState": "{{ Word }}"}, "DesiredState few"),
    ],
)
def test_inputs_of_the_wrong_type(lab, action, inputs, words):
    done = lab.run(
        [{"name": "it", "action": action, "inputs": inputs}], parameters={"Word": {"type": "String", "default": "few"}}
    )
    assert done["AutomationExecutionStatus"] == "Failed"
    assert words in done["FailureMessage"]
    assert done["StepExecutions"][0]["FailureDetails"]["FailureStage"] == "InputValidation"


def test_a_mistake_of_the_local_aws_ends_the_execution(lab, monkeypatch):
    from local_aws.ssm.automation import engine

    def broken(*_):
        raise RuntimeError("broken on purpose")
        yield

    monkeypatch.setitem(engine.RUN, "aws:sleep", broken)
    done = lab.run([named("a", NAP)])
    assert (done["AutomationExecutionStatus"], states(done)["a"]) == ("Failed", "Failed")
    assert done["FailureMessage"].startswith("Internal Server Error.")
    lab.served.reset()  # forgets the error, which would fail the whole module otherwise
