# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Baselines between wire and model, held against the model of the API in the SDK."""

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import resource
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import wire as baseline_wire

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


def test_every_member_of_the_api_is_an_option(ssm):
    members = set(ssm.shape_for("CreatePatchBaselineRequest").members)
    wire = baseline_wire.baseline_to_wire(FULL, resource.CONTENT)
    assert {*wire, "OperatingSystem", "ClientToken", "Tags"} == members
    assert set(wire["ApprovalRules"]["PatchRules"][0]) == set(ssm.shape_for("PatchRule").members)
    assert set(wire["Sources"][0]) == set(ssm.shape_for("PatchSource").members)


def test_to_the_wire_and_back(ssm):
    wire = baseline_wire.baseline_to_wire(FULL, resource.CONTENT)
    answer = {**wire, "BaselineId": "pb-0123456789abcdef0", "OperatingSystem": "WINDOWS", "PatchGroups": ["b", "a"]}
    assert set(answer) <= set(ssm.shape_for("GetPatchBaselineResult").members)
    model = baseline_wire.baseline_to_model(answer, default=True, tags={})
    assert {name: model[name] for name in FULL} == FULL and model["patch_groups"] == ["a", "b"]


def test_defaults_are_filled_in():
    model = baseline_wire.baseline_to_model(
        {"BaselineId": "pb-0123456789abcdef0", "Name": "bare", "OperatingSystem": "SUSE"}, default=False, tags={}
    )
    assert {name: model[name] for name in baseline_wire.NEW_BASELINE} == baseline_wire.NEW_BASELINE


def test_only_configurations_of_sources_are_redacted():
    value = {"tags": {"configuration": "kept"}, "sources": [{"name": "a", "products": [], "configuration": "secret"}]}
    result = baseline_wire.redacted(value)
    assert result["tags"] == value["tags"] and "secret" not in repr(result)
    assert value["sources"][0]["configuration"] == "secret"
