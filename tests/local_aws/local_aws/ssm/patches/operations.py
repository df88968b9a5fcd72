# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What patches there are: available ones, the effective ones of a baseline, and the values of their properties."""

from local_aws.fleet import catalogue
from local_aws.fleet.catalogue import Patch
from local_aws.fleet.operating_systems import PLATFORMS
from local_aws.framework import clock
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.baselines import evaluate
from local_aws.ssm.baselines import operations as baselines
from local_aws.ssm.baselines import rules
from local_aws.ssm.patches.wire import property_values
from local_aws.ssm.patches.wire import shown

# "Currently, DescribeAvailablePatches supports only the Amazon Linux 1, Amazon Linux 2, and Windows Server operating
# systems."
AVAILABLE = ("WINDOWS", "AMAZON_LINUX_2")
WINDOWS_KEYS = ("PATCH_SET", "PRODUCT", "PRODUCT_FAMILY", "MSRC_SEVERITY", "CLASSIFICATION", "PATCH_ID")
LINUX_KEYS = (
    "PRODUCT",
    "NAME",
    "SEVERITY",
    "EPOCH",
    "VERSION",
    "RELEASE",
    "ARCH",
    "REPOSITORY",
    "ADVISORY_ID",
    "CVE_ID",
    "BUGZILLA_ID",
    "CLASSIFICATION",
    "SECURITY",
)
PROPERTIES = {
    "WINDOWS": ("PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "MSRC_SEVERITY"),
    "UBUNTU": ("PRODUCT", "PRIORITY"),
    "DEBIAN": ("PRODUCT", "PRIORITY"),
    "RASPBIAN": ("PRODUCT", "PRIORITY"),
    "MACOS": ("PRODUCT", "CLASSIFICATION"),
}

assume(
    "available-patches-without-product",
    "DescribeAvailablePatches without filters lists Windows patches; with a key that only Linux has it needs PRODUCT,"
    " else ValidationException.",
    "API DescribeAvailablePatches",
)
assume(
    "effective-patches",
    "DescribeEffectivePatchesForPatchBaseline lists every released Windows patch that the baseline names, the "
    "products of all Windows platforms of the catalogue included.",
    "API DescribeEffectivePatchesForPatchBaseline",
)


def _released(systems: tuple[str, ...]) -> list[Patch]:
    now = clock.now()
    found: dict[tuple[str, str], Patch] = {}
    for key, row in PLATFORMS.items():
        if row.operating_system in systems:
            for patch in catalogue.released(key, now):
                found.setdefault((patch.product, patch.id), patch)
    return list(found.values())


@op("ssm", "DescribeAvailablePatches")
def describe_available_patches(ctx: Context, params: dict) -> dict:
    filters = params.get("Filters") or []
    keys = {one.get("Key") for one in filters}
    unknown = sorted(str(key) for key in keys - set(WINDOWS_KEYS) - set(LINUX_KEYS))
    if unknown:
        raise rules.invalid(f"The filter key {unknown[0]} is not valid.")
    linux_only = keys - set(WINDOWS_KEYS)
    if linux_only and "PRODUCT" not in keys:
        raise rules.invalid("A filter for Linux patches must name a PRODUCT.")
    systems = AVAILABLE if "PRODUCT" in keys else ("WINDOWS",)
    usable = [{"Key": one["Key"], "Values": one.get("Values") or []} for one in filters]
    found = [patch for patch in _released(systems) if all(evaluate.matches(one, patch) for one in usable)]
    part, token = page(found, params, default=100, maximum=100)
    return {"Patches": [shown(patch) for patch in part], **({"NextToken": token} if token else {})}


@op("ssm", "DescribeEffectivePatchesForPatchBaseline")
def describe_effective_patches(ctx: Context, params: dict) -> dict:
    baseline = baselines.get(ctx, params["BaselineId"])
    if baseline["OperatingSystem"] != "WINDOWS":
        raise AwsError("UnsupportedOperatingSystem", "Effective patches can be listed for Windows baselines only.")
    now = clock.now()
    found = []
    for patch in _released(("WINDOWS",)):
        decision = evaluate.decide(baseline, patch, now)
        if decision:
            status = {"DeploymentStatus": decision.status, "ComplianceLevel": decision.level}
            if decision.approval_date:
                status["ApprovalDate"] = decision.approval_date
            found.append((patch, status))
    part, token = page(found, params, default=100, maximum=100)
    effective = [{"Patch": shown(patch), "PatchStatus": status} for patch, status in part]
    return {"EffectivePatches": effective, **({"NextToken": token} if token else {})}


@op("ssm", "DescribePatchProperties")
def describe_patch_properties(ctx: Context, params: dict) -> dict:
    system, name = params["OperatingSystem"], params["Property"]
    if name not in PROPERTIES.get(system, ("PRODUCT", "CLASSIFICATION", "SEVERITY")):
        raise rules.invalid(f"The property {name} is not valid for the operating system {system}.")
    wanted = params.get("PatchSet", "OS") if system == "WINDOWS" else "OS"
    rows = [
        {
            key: value
            for key, value in (
                ("Name", value),
                ("PatchSet", wanted if system == "WINDOWS" else ""),
                ("ProductFamily", family if name == "PRODUCT" and system == "WINDOWS" else ""),
            )
            if value
        }
        for value, family in property_values(system, name, wanted)
    ]
    part, token = page(rows, params, default=50, maximum=50)
    return {"Properties": part, **({"NextToken": token} if token else {})}
