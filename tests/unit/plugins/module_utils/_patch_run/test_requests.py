# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS would refuse of the requests of a run."""

import pathlib

import pytest
import yaml

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import requests
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hooks import hook_parameters
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import wire as commands

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


def test_the_comment_of_a_command_has_room_for_every_run_and_step():
    """The longest run id that the roles accept, and the steps of their commands; attempts of the health command are times."""
    for step, attempt in (("gate.9999.windows", 9_999_999_999), ("scan-01234567", 99)):
        assert len(commands.identity("r" * 40, step, attempt, {})) <= commands.MAX_COMMENT


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
        ({str(number): "x" for number in range(47)}, "at most 43 entries, not 47"),
        ({"team": ["x"]}, "patch_run_tags.team: ['x'] must be one value"),
    ],
)
def test_tags(tags, words):
    (found,) = requests.tag_problems(tags)
    assert words in found
    assert requests.tag_problems({"team": True, "cost": 1}) == []


SETTINGS = {"patch_run_document": "fleetpatch-PatchHost", "patch_run_publish_document": True}


@pytest.mark.parametrize(
    "given, words",
    [
        ({"patch_run_document": "AWS-PatchHost"}, "'AWS-PatchHost' begins with aws, amazon, amzn, which AWS reserves"),
        ({"patch_run_document": "patch host"}, "patch_run_document: 'patch host' must be 3–128 letters, digits and _ - ."),
        ({"patch_run_document": "x", "patch_run_publish_document": False}, "(the name or ARN of a document)"),
        ({"patch_run_assume_role": "patching"}, "patch_run_assume_role: 'patching' must be the ARN of an IAM role"),
        ({"patch_run_override_bucket": "s3://shop"}, "patch_run_override_bucket: 's3://shop' must be the name of a bucket"),
    ],
)  # fmt: skip
def test_names_of_resources(given, words):
    (found,) = requests.setting_problems({**SETTINGS, **given})
    assert words in found


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"patch_run_assume_role": "arn:aws-us-gov:iam::123456789012:role/ops/patch+1", "patch_run_override_bucket": "a.b-c"},
        {"patch_run_document": "arn:aws:ssm:us-east-1:1:document/shared", "patch_run_publish_document": False},
    ],
)  # fmt: skip
def test_names_that_aws_takes(given):
    assert requests.setting_problems({**SETTINGS, **given}) == []


HOSTS = [
    {"instance_id": "i-0123456789abcdef0", "name": "web", "target_groups": [f"group-{n:026}" for n in range(25)]},
    {"instance_id": "i-01234567", "name": "old", "former_state": "stopped"},
    {"instance_id": "mi-0123456789abcdef0", "name": "own"},
]


def of_targets(*hosts, declared=None):
    return requests.target_problems([read_host(host) for host in hosts], declared or DECLARED)


def test_every_kind_of_host_can_be_started():
    assert of_targets(*HOSTS) == []


def test_hosts_that_cannot_be_started():
    many = {**HOSTS[0], "target_groups": [f"g{n}" for n in range(26)]}
    assert of_targets(many) == ["web: parameter TargetGroups: must have at most 25 entries, not 26"]
    assert "does not match the pattern" in of_targets({"instance_id": "web-1"})[0]
    declared = {"InstanceId": {}, "FormerState": {"allowedValues": ["running"]}}
    found = of_targets(*HOSTS[:2], declared=declared)
    assert "web: parameter Drain: the document has no such parameter" in found
    assert "old: parameter FormerState: 'stopped' must be one of running" in found


def runbook(*parameters, document_type="Automation"):
    return {"name": "own", "document_type": document_type, "parameters": list(parameters)}


OPTION = {"name": "RebootOption", "default_value": "NoReboot", "declaration": {"allowedValues": ["NoReboot"]}}
IDENTITY = {"name": "InstanceId", "default_value": None}


def test_a_runbook_of_somebody_else_is_judged_by_its_own_declarations():
    judge = requests.runbook_problems
    good = runbook(OPTION, IDENTITY)
    assert judge("own", [good], ["own"], {"RebootOption": "NoReboot"}) == []
    assert judge("own", [good], ["own"], {"RebootOption": "Never"}) == [
        "parameter RebootOption: 'Never' must be one of NoReboot"
    ]
    assert judge("own", [runbook(IDENTITY, {"name": "Ticket"})], ["own"], {}) == [
        "parameter Ticket: is required by the document"
    ]
    assert "has type Command; must be Automation" in judge("own", [runbook(document_type="Command")], ["own"], {})[0]
    assert (
        "there is no document own, fleetpatch-TargetGroups"
        in judge("own", [], ["own", "fleetpatch-TargetGroups"], {})[0]
    )
