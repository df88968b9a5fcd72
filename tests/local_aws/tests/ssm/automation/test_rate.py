# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rate control: ramp, stop rules, statuses. Source: user guide "Control automations at scale", StartAutomationExecution."""

import itertools

import pytest

NAP = {"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT10M"}}
# "bad" fails after the nap, everything else succeeds
STEPS = [
    NAP,
    {
        "name": "choose",
        "action": "aws:branch",
        "isEnd": True,
        "inputs": {"Choices": [{"Variable": "{{ Target }}", "StartsWith": "bad", "NextStep": "fail"}]},
    },
    {
        "name": "fail",
        "action": "aws:executeAwsApi",
        "inputs": {"Service": "ec2", "Api": "DescribeInstances", "InstanceIds": ["i-0123456789abcdef0"]},
    },
]
PARAMETERS = {"Target": {"type": "String"}, "Extra": {"type": "String", "default": "none"}}


def begin(lab, targets, concurrency="10", errors="0", steps=STEPS, **more):
    name = lab.document(steps, parameters=PARAMETERS)
    maps = [{"Target": [target]} for target in targets]
    return lab.start(
        name, TargetMaps=maps, TargetParameterName="Target", MaxConcurrency=concurrency, MaxErrors=errors, **more
    )


def finish(lab, *args, **more):
    parent = begin(lab, *args, **more)
    lab.settle()
    return lab.get(parent), lab.children(parent)


def good(count, start=0):
    return [f"ok{number}" for number in range(start, start + count)]


def rounds(children):
    """How many children began at each time."""
    times = [child["ExecutionStartTime"] for child in children]
    return [len(list(group)) for _, group in itertools.groupby(times)]


@pytest.mark.parametrize(
    ("count", "concurrency", "expected"),
    [
        (1, "10", [1]),
        (5, "1", [1, 1, 1, 1, 1]),
        (7, "2", [1, 2, 2, 2]),
        (12, "4", [1, 2, 4, 4, 1]),
        (40, "10", [1, 2, 4, 8, 10, 10, 5]),
        (20, "50%", [1, 2, 4, 8, 5]),
        (5, "10%", [1, 1, 1, 1, 1]),
        (9, "100%", [1, 2, 4, 2]),
    ],
)
def test_ramp(lab, count, concurrency, expected):
    parent, children = finish(lab, good(count), concurrency)
    assert rounds(children) == expected
    assert parent["AutomationExecutionStatus"] == "Success"
    summary = {"TotalCount": count, "StartedCount": count, "CompletedCount": count, "SuccessfulCount": count}
    assert parent["TargetsSummary"] == {**summary, "FailedCount": 0}


def test_concurrency_is_kept_filled(lab):
    nap = {**NAP, "inputs": {"Duration": "{{ Extra }}"}}
    name = lab.document([nap], parameters=PARAMETERS)
    times = ["PT10M"] * 3 + ["PT5M", "PT10M", "PT10M", "PT10M"]
    maps = [{"Target": [f"t{number}"], "Extra": [time]} for number, time in enumerate(times)]
    parent = lab.start(name, TargetMaps=maps, TargetParameterName="Target", MaxConcurrency="2", MaxErrors="0")
    lab.settle()
    starts = [child["ExecutionStartTime"] for child in lab.children(parent)]
    minutes = [round((moment - starts[0]).total_seconds() / 60) for moment in starts]
    assert minutes == [0, 10, 10, 20, 20, 25, 30]  # the sixth begins when the short fourth has ended


STOPS = [
    # (targets, concurrency, errors, how many began, how many failed)
    (["bad0"] + good(5), "1", "0", 1, 1),
    (["bad0", "bad1", "bad2", "bad3"] + good(5), "1", "3", 4, 4),
    (["bad0", "bad1", "bad2"] + good(5), "1", "3", 8, 3),
    (["ok0", "bad0", "ok1", "ok2", "ok3"], "10", "0", 3, 1),
    (good(7) + ["bad0", "bad1"] + good(8, 7), "4", "0", 11, 2),
    (["bad0"] + good(4), "1", "0%", 1, 1),
    ([f"bad{n}" for n in range(5)], "1", "100%", 5, 5),
]


@pytest.mark.parametrize(("targets", "concurrency", "errors", "begun", "failed"), STOPS)
def test_stop(lab, targets, concurrency, errors, begun, failed):
    parent, children = finish(lab, targets, concurrency, errors)
    assert len(children) == begun
    assert sum(1 for child in children if child["AutomationExecutionStatus"] == "Failed") == failed
    assert [child["Target"] for child in children] == targets[:begun]
    summary = parent["TargetsSummary"]
    assert (summary["TotalCount"], summary["StartedCount"], summary["FailedCount"]) == (len(targets), begun, failed)
    assert parent["AutomationExecutionStatus"] == ("Failed" if begun < len(targets) else "Success")


@pytest.mark.parametrize(("switch", "expected"), [("fifth", 5), ("sixth", 6)])
def test_ten_percent_of_fifty(lab, switch, expected):
    lab.served.switches(percent_errors=switch)
    parent, children = finish(lab, [f"bad{number}" for number in range(50)], "1", "10%")
    assert len(children) == expected


@pytest.mark.parametrize(
    ("switch", "status"),
    [("success", "Success"), ("failed", "Failed"), ("completed_with_failure", "CompletedWithFailure")],
)
def test_parent_with_failures_within_max_errors(lab, switch, status):
    lab.served.switches(parent_status=switch)
    parent, _ = finish(lab, ["ok0", "bad0", "ok1"], "1", "1")
    assert parent["AutomationExecutionStatus"] == status
    lab.served.switches(parent_status=switch)
    parent, _ = finish(lab, ["ok0", "ok1"], "1", "1")
    assert parent["AutomationExecutionStatus"] == "Success"


def test_targets_that_never_started(lab):
    lab.served.switches(unstarted_children="cancelled")
    execution = begin(lab, ["bad0", "ok0", "ok1"], "1", "0")
    lab.settle()
    rows = lab.ssm.describe_automation_executions(Filters=[{"Key": "ParentExecutionId", "Values": [execution]}])
    found = {row["Target"]: row for row in rows["AutomationExecutionMetadataList"]}
    assert {name: row["AutomationExecutionStatus"] for name, row in found.items()} == {
        "bad0": "Failed", "ok0": "Cancelled", "ok1": "Cancelled",
    }  # fmt: skip
    assert "ExecutionStartTime" not in found["ok1"]
    assert lab.get(execution)["TargetsSummary"]["StartedCount"] == 1


def test_children(lab):
    parent, children = finish(lab, good(2), Parameters={"Extra": ["mine"]})
    child = lab.get(children[0]["AutomationExecutionId"])
    assert child["ParentAutomationExecutionId"] == parent["AutomationExecutionId"]
    assert child["Parameters"] == {"Target": ["ok0"], "Extra": ["mine"]}
    assert child["Target"] == "ok0"
    assert "TargetsSummary" not in child and "ProgressCounters" not in child and "TargetsSummary" in parent
    assert parent["ResolvedTargets"] == {"ParameterValues": ["ok0", "ok1"], "Truncated": False}
    assert parent["TargetMaps"] == [{"Target": ["ok0"]}, {"Target": ["ok1"]}]
    assert parent["StepExecutions"] == []
    assert "Parameters" not in children[0]


def test_summary_can_be_switched_off(lab):
    lab.served.switches(targets_summary=False)
    parent, _ = finish(lab, good(1))
    assert "TargetsSummary" not in parent


def test_resolved_targets_are_truncated(lab):
    lab.served.switches(resolved_targets_bound=2)
    parent, _ = finish(lab, good(3))
    assert parent["ResolvedTargets"] == {"ParameterValues": ["ok0", "ok1"], "Truncated": True}


def test_cancel_of_the_parent(lab):
    parent = begin(lab, good(8), "4")
    lab.advance(15 * 60)  # one has ended, two are running
    lab.ssm.stop_automation_execution(AutomationExecutionId=parent)
    lab.settle()
    statuses = [child["AutomationExecutionStatus"] for child in lab.children(parent)]
    assert statuses == ["Success", "Cancelled", "Cancelled"]
    assert lab.get(parent)["AutomationExecutionStatus"] == "Cancelled"


def test_complete_of_the_parent(lab):
    parent = begin(lab, good(8), "4")
    lab.advance(15 * 60)
    lab.ssm.stop_automation_execution(AutomationExecutionId=parent, Type="Complete")
    lab.settle()
    assert [child["AutomationExecutionStatus"] for child in lab.children(parent)] == ["Success"] * 3


def test_a_cancelled_child_is_no_error(lab):
    parent = begin(lab, good(3), "1", "0")
    lab.advance(60)
    (child,) = lab.children(parent)
    lab.ssm.stop_automation_execution(AutomationExecutionId=child["AutomationExecutionId"])
    lab.settle()
    statuses = [child["AutomationExecutionStatus"] for child in lab.children(parent)]
    assert statuses == ["Cancelled", "Success", "Success"]


TAGGED = [NAP]


@pytest.mark.parametrize(
    "target",
    [
        {"Key": "tag:Tier", "Values": ["web", "none"]},
        {"Key": "AWS::EC2::Instance", "Values": ["*"]},
        {"Key": "InstanceIds", "Values": ["*"]},
    ],
)
def test_targets_are_instances(lab, target):
    parent = lab.start(lab.document(TAGGED, parameters=PARAMETERS), Targets=[target], TargetParameterName="Target")
    lab.settle()
    assert [child["Target"] for child in lab.children(parent)] == lab.instances()


def test_targets_by_value(lab):
    target = {"Key": "ParameterValues", "Values": ["a", "b"]}
    parent = lab.start(lab.document(TAGGED, parameters=PARAMETERS), Targets=[target], TargetParameterName="Target")
    lab.settle()
    assert [child["Target"] for child in lab.children(parent)] == ["a", "b"]


@pytest.mark.parametrize(("switch", "status"), [("failed", "Failed"), ("success", "Success")])
def test_targets_that_match_nothing(lab, switch, status):
    lab.served.switches(no_targets=switch)
    target = {"Key": "tag:Tier", "Values": ["moon"]}
    parent = lab.start(lab.document(TAGGED, parameters=PARAMETERS), Targets=[target], TargetParameterName="Target")
    lab.settle()
    assert lab.get(parent)["AutomationExecutionStatus"] == status


def test_a_value_that_the_document_refuses_fails_its_child(lab):
    parameters = {"Target": {"type": "String", "allowedPattern": "^ok"}}
    name = lab.document([NAP], parameters=parameters)
    maps = [{"Target": ["ok1"]}, {"Target": ["no"]}, {"Target": ["ok2"]}]
    parent = lab.start(name, TargetMaps=maps, TargetParameterName="Target", MaxErrors="1")
    lab.settle()
    children = {child["Target"]: child for child in lab.children(parent)}
    assert {name: child["AutomationExecutionStatus"] for name, child in children.items()} == {
        "ok1": "Success", "no": "Failed", "ok2": "Success",
    }  # fmt: skip
    assert "does not match" in children["no"]["FailureMessage"]


def test_children_use_the_quota_of_executions(lab):
    lab.served.switches(automation_quotas={"concurrent": 3})
    parent = begin(lab, good(20), "10")
    lab.advance(31 * 60)
    statuses = [child["AutomationExecutionStatus"] for child in lab.children(parent)]
    assert statuses.count("InProgress") <= 2  # the parent has one slot
    lab.settle()
    assert lab.get(parent)["AutomationExecutionStatus"] == "Success"
    assert len(lab.children(parent)) == 20
