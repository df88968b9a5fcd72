# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import wire


@pytest.mark.parametrize(
    "status, outcome",
    [
        ("Pending", "running"),
        ("In Progress", "running"),
        ("Delayed", "running"),
        ("Cancelling", "running"),
        ("Success", "succeeded"),
        ("Failed", "failed"),
        ("Undeliverable", "failed"),
        ("Invalid Platform", "failed"),
        ("InvalidPlatform", "failed"),
        ("Access Denied", "failed"),
        ("Delivery Timed Out", "timed_out"),
        ("DeliveryTimedOut", "timed_out"),
        ("Execution Timed Out", "timed_out"),
        ("Cancelled", "cancelled"),
        ("Terminated", "not_started"),
        ("Something New", "unknown"),
        ("", "unknown"),
    ],
)
def test_outcomes(status, outcome):
    model = wire.target_to_model("i-1", {"StatusDetails": status})
    assert model["outcome"] == outcome
    assert bool(wire.message_of(model)) == (outcome not in ("succeeded", "running"))


def test_the_status_stands_in_for_missing_details():
    assert wire.target_to_model("i-1", {"Status": "TimedOut"})["outcome"] == "timed_out"


def test_a_plugin_that_did_not_run_has_no_exit_code():
    plugins = [{"Name": "first", "Status": "Pending", "ResponseCode": -1, "Output": ""}]
    model = wire.target_to_model("i-1", {"StatusDetails": "Undeliverable", "CommandPlugins": plugins})
    assert (model["exit_code"], model["stdout"], wire.told_plugin(model)) == (None, None, None)


@pytest.mark.parametrize(
    "output, parts",
    [
        (None, ("", "")),
        ("one\n", ("one\n", "")),
        ("one\n\n----------ERROR-------\ntwo\n", ("one\n", "two\n")),
        ("\n----------ERROR-------\ntwo\n", ("", "two\n")),
    ],
)
def test_outputs_are_taken_apart(output, parts):
    assert wire.split_output(output) == parts


def test_the_identity_tells_runs_and_contents_apart():
    names = {
        wire.identity(*key, what)
        for key in (("r", "s", 1), ("r", "s", 11), ("r1", "s", 1), ("r", "1s", 1))
        for what in ({"a": 1}, {"a": 2})
    }
    assert len(names) == 8 and len(wire.identity("r" * 30, "s" * 42, 99, {})) == 100
    with pytest.raises(errors.InvalidInput, match="exceed the limit by 1 characters"):
        wire.identity("r" * 31, "s" * 42, 99, {})


def test_targets():
    given = {"tags": {"b": [], "a": ["x", 1]}, "resource_group": "g", "resource_type_filters": ["AWS::EC2::Instance"]}
    assert wire.targets_to_wire(given) == [
        {"Key": "tag:a", "Values": ["x", "1"]},
        {"Key": "tag-key", "Values": ["b"]},
        {"Key": "resource-groups:Name", "Values": ["g"]},
        {"Key": "resource-groups:ResourceTypeFilters", "Values": ["AWS::EC2::Instance"]},
    ]


@pytest.mark.parametrize("given", [{}, {"tags": {}}, {"tags": {"a": ["x"] * 51}}, {"resource_type_filters": ["x"]}])
def test_targets_that_aws_refuses(given):
    with pytest.raises(errors.InvalidInput, match="^targets: "):
        wire.targets_to_wire(given)
