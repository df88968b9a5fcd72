# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)


import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import follow
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import wire as automation_wire


def model_of(shape):
    import botocore.session

    return botocore.session.get_session().get_service_model("ssm").shape_for(shape)


def test_every_status_of_the_service_model_has_an_outcome():
    assert set(model_of("AutomationExecutionStatus").enum) - {"Exited"} == set(automation_wire.EXECUTION_OUTCOMES)
    assert set(automation_wire.EXECUTION_OUTCOMES.values()) <= set(follow.SEVERITY)


def target(outcome, message):
    return {"target": "i-1", "outcome": outcome, "failure_message": message, "failed_step": None, "steps": []}


STEPS = [
    {"StepName": "one", "StepStatus": "Success"},
    {"StepName": "two", "StepStatus": "Failed", "FailureMessage": "disk full"},
    {"StepName": "three", "StepStatus": "Cancelled"},
]


def test_the_failed_step_explains_the_target():
    failed = automation_wire.with_steps(target("failed", "Step fails."), STEPS, keep=False)
    assert (failed["failed_step"], failed["failure_message"]) == ("two", "Step fails. (step two: disk full)")
    assert [step["name"] for step in failed["steps"]] == ["two", "three"]
    assert (
        automation_wire.with_steps(target("failed", None), STEPS, keep=False)["failure_message"]
        == "step two: disk full"
    )
    told = automation_wire.with_steps(target("failed", "Step two: disk full."), STEPS, keep=False)
    assert told["failure_message"] == "Step two: disk full."


def test_a_succeeded_target_has_no_failed_step():
    done = automation_wire.with_steps(target("succeeded", None), STEPS, keep=True)
    assert done["failed_step"] is None and len(done["steps"]) == 3


@pytest.mark.parametrize(
    "execution, expected",
    [
        ({}, []),
        ({"TargetParameterName": "Id", "TargetMaps": [{"Id": ["a"]}, {"Id": ["b"]}]}, ["a", "b"]),
        ({"Targets": [{"Key": "ParameterValues", "Values": ["a", "b"]}]}, ["a", "b"]),
        ({"Targets": [{"Key": "tag:x", "Values": ["y"]}], "ResolvedTargets": {"ParameterValues": ["c"]}}, ["c"]),
    ],
)
def test_targets_of(execution, expected):
    assert automation_wire.targets_of(execution) == expected
