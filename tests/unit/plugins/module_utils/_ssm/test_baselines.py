# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is known of baselines, held against the model of the API in the SDK."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baseline_limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baseline_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baselines
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import transform

FILTER = {"key": "PRODUCT", "values": ["*"]}
RULE = {
    "patch_filters": [FILTER],
    "compliance_level": "HIGH",
    "approve_after_days": 7,
    "approve_until_date": "2026-03-01",
    "enable_non_security": True,
}
FULL = {
    "name": "full",
    "operating_system": "WINDOWS",
    "description": "All of it",
    "global_filters": [FILTER],
    "approval_rules": [RULE],
    "approved_patches": ["KB1"],
    "approved_patches_compliance_level": "LOW",
    "approved_patches_enable_non_security": True,
    "rejected_patches": ["KB2"],
    "rejected_patches_action": "BLOCK",
    "sources": [{"name": "mirror", "products": ["*"], "configuration": "[main]"}],
    "available_security_updates_compliance_status": "COMPLIANT",
}


@pytest.fixture(name="ssm", scope="module")
def fixture_ssm():
    import botocore.session

    return botocore.session.get_session().get_service_model("ssm")


def test_every_member_of_the_api_is_an_option(ssm):
    members = set(ssm.shape_for("CreatePatchBaselineRequest").members)
    wire = transform.baseline_to_wire(FULL, baselines.CONTENT)
    assert {*wire, "OperatingSystem", "ClientToken", "Tags"} == members
    assert set(wire["ApprovalRules"]["PatchRules"][0]) == set(ssm.shape_for("PatchRule").members)
    assert set(wire["Sources"][0]) == set(ssm.shape_for("PatchSource").members)


def test_to_the_wire_and_back(ssm):
    wire = transform.baseline_to_wire(FULL, baselines.CONTENT)
    answer = {**wire, "BaselineId": "pb-0123456789abcdef0", "OperatingSystem": "WINDOWS", "PatchGroups": ["b", "a"]}
    assert set(answer) <= set(ssm.shape_for("GetPatchBaselineResult").members)
    model = transform.baseline_to_model(answer, default=True, tags={})
    assert {name: model[name] for name in FULL} == FULL and model["patch_groups"] == ["a", "b"]


def test_choices_are_those_of_the_api(ssm):
    assert set(baseline_options.LEVELS) == set(ssm.shape_for("PatchComplianceLevel").enum)
    actions = baseline_options.CONTENT["rejected_patches_action"]["choices"]
    assert set(actions) == set(ssm.shape_for("PatchAction").enum)
    assert set(baseline_options.CONTENT[baselines.STATUS]["choices"]) == set(
        ssm.shape_for("PatchComplianceStatus").enum
    )


@pytest.mark.parametrize(
    "option, shape, entry",
    [
        ("global_filters", "PatchFilterList", FILTER),
        ("approval_rules", "PatchRuleList", {**RULE, "approve_until_date": None, "enable_non_security": False}),
        ("approved_patches", "PatchIdList", "KB1"),
        ("rejected_patches", "PatchIdList", "KB1"),
    ],
)
def test_limits_are_those_of_the_api(ssm, option, shape, entry):
    most = ssm.shape_for(shape).metadata["max"]
    for count, fits in ((most, True), (most + 1, False)):
        model = {**FULL, option: [entry] * count}
        try:
            baseline_limits.check(model, [option], systems=["WINDOWS"], keys=["PRODUCT"])
            assert fits
        except errors.InvalidInput as error:
            assert not fits and error.message.startswith(f"{option}: ")


def test_defaults_are_filled_in():
    model = transform.baseline_to_model(
        {"BaselineId": "pb-0123456789abcdef0", "Name": "bare", "OperatingSystem": "SUSE"}, default=False, tags={}
    )
    assert {name: model[name] for name in transform.NEW_BASELINE} == transform.NEW_BASELINE


def test_only_configurations_of_sources_are_redacted():
    value = {"tags": {"configuration": "kept"}, "sources": [{"name": "a", "products": [], "configuration": "secret"}]}
    result = baselines.redacted(value)
    assert result["tags"] == value["tags"] and "secret" not in repr(result)
    assert value["sources"][0]["configuration"] == "secret"
