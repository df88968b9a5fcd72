# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The limits of baselines, held against the model of the API in the SDK."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import limits

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
            limits.check(model, [option], systems=["WINDOWS"], keys=["PRODUCT"])
            assert fits
        except errors.InvalidInput as error:
            assert not fits and error.message.startswith(f"{option}: ")
