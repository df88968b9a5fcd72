# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines as the API shows them."""

from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.ssm.baselines import model as groups

CONTENT = (
    "Name",
    "GlobalFilters",
    "ApprovalRules",
    "ApprovedPatches",
    "ApprovedPatchesComplianceLevel",
    "ApprovedPatchesEnableNonSecurity",
    "RejectedPatches",
    "RejectedPatchesAction",
    "Description",
    "Sources",
    "AvailableSecurityUpdatesComplianceStatus",
)
GET = ("BaselineId", "OperatingSystem", *CONTENT, "CreatedDate", "ModifiedDate")
assume(
    "baseline-default-values",
    "Members that were not given are read back as empty lists, false, UNSPECIFIED and ALLOW_AS_DEPENDENCY; "
    "Description and AvailableSecurityUpdatesComplianceStatus (given for Windows as COMPLIANT) only when set.",
    "API GetPatchBaseline",
)


def complete(baseline: dict) -> dict:
    defaults_of = {
        "GlobalFilters": {"PatchFilters": []},
        "ApprovalRules": {"PatchRules": []},
        "ApprovedPatches": [],
        "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
        "ApprovedPatchesEnableNonSecurity": False,
        "RejectedPatches": [],
        "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
        "Sources": [],
    }
    found = {**defaults_of, **{key: value for key, value in baseline.items() if value is not None}}
    # The service answers a rule with its defaults filled in.
    found["ApprovalRules"] = {
        "PatchRules": [
            {"ComplianceLevel": "UNSPECIFIED", "EnableNonSecurity": False, **rule}
            for rule in found["ApprovalRules"]["PatchRules"]
        ]
    }
    if found["OperatingSystem"] == "WINDOWS":
        found.setdefault("AvailableSecurityUpdatesComplianceStatus", "COMPLIANT")
    return found


def shown_baseline(baseline: dict) -> dict:
    return {key: baseline[key] for key in GET if key in baseline}


def identity_of(ctx: Context, baseline: dict) -> dict:
    default = groups.default_id(ctx.account, ctx.region, baseline["OperatingSystem"])
    found = {
        "BaselineId": baseline["BaselineId"],
        "BaselineName": baseline["Name"],
        "OperatingSystem": baseline["OperatingSystem"],
        "DefaultBaseline": baseline["BaselineId"] == default,
    }
    if baseline.get("Description"):
        found["BaselineDescription"] = baseline["Description"]
    return found
