# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS would refuse of the requests of a run."""

import pathlib

import pytest
import yaml

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import requests
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hooks import hook_parameters

RUNBOOK = pathlib.Path(__file__).parents[5] / "roles" / "patch_run" / "files" / "fleetpatch-PatchHost.yaml"
DECLARED = yaml.safe_load(RUNBOOK.read_text(encoding="utf-8"))["parameters"]
GOOD = {"SnapshotId": "01234567-89ab-cdef-0123-456789abcdef", "RebootOption": "NoReboot", "SecondPass": "no"}


def problems(**given):
    return requests.parameter_problems({**GOOD, **given}, DECLARED, ["InstanceId"])


def test_a_run_with_everything_in_it_is_right():
    hook = hook_parameters({"linux": "set -e\n\ncat <<END\n\nEND\n"}, "Pre")
    assert problems(**hook, AutomationAssumeRole="arn:aws:iam::123456789012:role/patch") == []


@pytest.mark.parametrize(
    "given, words",
    [
        ({"RebootOption": "Never"}, "parameter RebootOption: 'Never' must be one of RebootIfNeeded, NoReboot"),
        ({"SnapshotId": "x"}, "parameter SnapshotId: 'x' does not match the pattern"),
        ({"PreHookLinux": ["a", ""]}, "parameter PreHookLinux: '' must have 1–512 characters, not 0"),
        ({"PreHookLinux": ["x" * 513]}, "1–512 characters, not 513"),
        ({"PreHookLinux": ["x"] * 51}, "at most 50 entries, not 51"),
        ({"Reboot": "x"}, "parameter Reboot: the document has no such parameter"),
    ],
)
def test_what_would_be_refused(given, words):
    (found,) = problems(**given)
    assert words in found


def test_what_is_not_known_is_not_judged():
    assert requests.parameter_problems({"Anything": "x"}, None) == []
    assert requests.parameter_problems({}, {"A": {"type": "String"}}) == ["parameter A: is required by the document"]


@pytest.mark.parametrize(
    "declared, values, words",
    [
        ({"minChars": 3}, ["ab"], "'ab' has 2 characters; the document requires at least 3"),
        ({"maxChars": "1"}, ["ab"], "allows at most 1"),
        ({"minItems": 2}, ["ab"], "has 1 values; the document requires at least 2"),
        ({"maxItems": 1}, ["a", "b"], "has 2 values"),
        ({"allowedValues": [True, 1]}, ["false"], "one of true, 1"),
    ],
)
def test_declarations(declared, values, words):
    (found,) = requests.declaration_problems(values, declared)
    assert words in found


def test_a_pattern_of_another_engine_is_left_to_aws():
    assert list(requests.declaration_problems(["a"], {"allowedPattern": "^(?<n>a"})) == []


@pytest.mark.parametrize(
    "tags, words",
    [
        ({"aws:team": "x"}, "must not begin with aws:"),
        ({"k" * 129: "x"}, "1–128 characters"),
        ({"team": "x" * 257}, "at most 256 characters"),
        ({str(number): "x" for number in range(47)}, "at most 46 entries, not 47"),
        ({"team": ["x"]}, "patch_run_tags.team: ['x'] must be one value"),
    ],
)
def test_tags(tags, words):
    (found,) = requests.tag_problems(tags)
    assert words in found
    assert requests.tag_problems({"team": True, "cost": 1}) == []
