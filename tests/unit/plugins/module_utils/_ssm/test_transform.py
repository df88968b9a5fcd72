# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import datetime

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import follow
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import transform

NOW = datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.timezone.utc)


def model_of(shape):
    import botocore.session

    return botocore.session.get_session().get_service_model("ssm").shape_for(shape)


def test_every_status_of_the_service_model_has_an_outcome():
    assert set(model_of("AutomationExecutionStatus").enum) - {"Exited"} == set(transform.EXECUTION_OUTCOMES)
    assert set(transform.EXECUTION_OUTCOMES.values()) <= set(follow.SEVERITY)


def test_every_operating_system_is_a_word_of_the_service_model():
    words = {word for _prefix, word in transform.PLATFORM_NAMES}
    assert words <= set(model_of("OperatingSystem").enum)


@pytest.mark.parametrize(
    "limit, total, least, expected",
    [("0", 10, 0, 0), (3, 10, 0, 3), ("10%", 50, 0, 5), ("10%", 9, 0, 0), ("10%", 9, 1, 1), ("100%", 7, 1, 7)],
)
def test_absolute(limit, total, least, expected):
    assert transform.absolute(limit, total, least=least) == expected


@pytest.mark.parametrize("limit", ["", "-1", "101%", "1.5", "x%", "%", "²"])
def test_absolute_refuses(limit):
    with pytest.raises(errors.InvalidInput):
        transform.absolute(limit, 10, least=0)


@pytest.mark.parametrize(
    "count, sizes", [(0, []), (1, [1]), (300, [300]), (301, [151, 150]), (1000, [250] * 4), (700, [234, 233, 233])]
)
def test_chunk_sizes(count, sizes):
    assert transform.chunk_sizes(count, 300) == sizes


def test_a_resumed_run_cuts_the_same_pieces():
    for count in range(1, 2500, 7):
        sizes = transform.chunk_sizes(count, 300)
        assert max(sizes) <= 300 and sum(sizes) == count
        while sizes:
            assert transform.chunk_sizes(sum(sizes), 300) == sizes
            sizes = sizes[1:]


def test_parameters():
    given = {"a": "x", "b": ["y", 1], "c": True, "d": {"k": [1]}, "e": None}
    assert transform.parameters_to_wire(given) == {"a": ["x"], "b": ["y", "1"], "c": ["true"], "d": ['{"k": [1]}']}


@pytest.mark.parametrize(
    "node, expected",
    [
        ({"PlatformType": "Windows", "PlatformName": "Microsoft Windows Server 2022 Datacenter"}, "WINDOWS"),
        ({"PlatformName": "Amazon Linux", "PlatformVersion": "2"}, "AMAZON_LINUX_2"),
        ({"PlatformName": "Amazon Linux", "PlatformVersion": "2023"}, "AMAZON_LINUX_2023"),
        ({"PlatformName": "Amazon Linux", "PlatformVersion": "2023.4.20240401"}, "AMAZON_LINUX_2023"),
        ({"PlatformName": "Amazon Linux AMI", "PlatformVersion": "2018.03"}, "AMAZON_LINUX"),
        ({"PlatformName": "Ubuntu", "PlatformVersion": "24.04"}, "UBUNTU"),
        ({"PlatformName": "Red Hat Enterprise Linux", "PlatformVersion": "9.4"}, "REDHAT_ENTERPRISE_LINUX"),
        ({"PlatformName": "Plan 9"}, None),
        ({}, None),
    ],
)
def test_operating_system(node, expected):
    assert transform.operating_system(node) == expected


@pytest.mark.parametrize(
    "counts, hours, status, stale",
    [
        ({}, None, "compliant", None),
        ({"InstalledCount": 5, "InstalledOtherCount": 2, "NotApplicableCount": 9}, 3, "compliant", False),
        ({"MissingCount": 1}, 1, "non_compliant", True),
        ({"FailedCount": 1}, None, "non_compliant", None),
        ({"InstalledPendingRebootCount": 1}, None, "non_compliant", None),
        ({"InstalledRejectedCount": 1}, None, "non_compliant", None),
        ({"OtherNonCompliantCount": 1}, None, "non_compliant", None),
    ],
)
def test_patch_state(counts, hours, status, stale):
    wire = {"InstanceId": "i-1", "OperationEndTime": NOW - datetime.timedelta(hours=2), **counts}
    state = transform.patch_state_to_model(wire, now=NOW, stale_after_hours=hours)
    assert (state["status"], state["stale"]) == (status, stale)
    assert state["operation_end_time"] == "2026-03-10T10:00:00Z"
    assert set(state) == set(transform.never_scanned("i-1"))


def target(outcome, message):
    return {"target": "i-1", "outcome": outcome, "failure_message": message, "failed_step": None, "steps": []}


STEPS = [
    {"StepName": "one", "StepStatus": "Success"},
    {"StepName": "two", "StepStatus": "Failed", "FailureMessage": "disk full"},
    {"StepName": "three", "StepStatus": "Cancelled"},
]


def test_the_failed_step_explains_the_target():
    failed = transform.with_steps(target("failed", "Step fails."), STEPS, keep=False)
    assert (failed["failed_step"], failed["failure_message"]) == ("two", "Step fails. (step two: disk full)")
    assert [step["name"] for step in failed["steps"]] == ["two", "three"]
    assert transform.with_steps(target("failed", None), STEPS, keep=False)["failure_message"] == "step two: disk full"
    told = transform.with_steps(target("failed", "Step two: disk full."), STEPS, keep=False)
    assert told["failure_message"] == "Step two: disk full."


def test_a_succeeded_target_has_no_failed_step():
    done = transform.with_steps(target("succeeded", None), STEPS, keep=True)
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
    assert transform.targets_of(execution) == expected
