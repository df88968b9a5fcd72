# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CreatePatchBaseline and UpdatePatchBaseline accept beyond the model. Pure.

Sources: API CreatePatchBaseline, PatchRule, PatchFilter, DescribePatchProperties; user guide "Patch groups",
"patch-manager-approved-rejected-package-name-formats". The message for products is AWS's (see products.py).
"""

from datetime import date

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume
from local_aws.ssm.baselines import products

_YUM = frozenset({"PRODUCT", "CLASSIFICATION", "SEVERITY"})
_APT = frozenset({"PRODUCT", "PRIORITY", "SECTION"})
_LINUX_EXTRA = frozenset(
    {"NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "REPOSITORY", "ADVISORY_ID", "CVE_ID", "BUGZILLA_ID", "SECURITY"}
)
FILTER_KEYS: dict[str, frozenset[str]] = {
    "WINDOWS": frozenset({"PATCH_SET", "PRODUCT", "PRODUCT_FAMILY", "CLASSIFICATION", "MSRC_SEVERITY"}),
    "UBUNTU": _APT,
    "DEBIAN": _APT,
    "RASPBIAN": _APT,
    "MACOS": frozenset({"PRODUCT", "CLASSIFICATION"}),
}
GLOBAL_EXTRA = {"WINDOWS": frozenset({"PATCH_ID"})}
# Values that DescribePatchProperties lists; those of products are in products.py.
VALUES: dict[tuple[str, str], tuple[str, ...]] = {
    ("WINDOWS", "CLASSIFICATION"): (
        "CriticalUpdates",
        "DefinitionUpdates",
        "Drivers",
        "FeaturePacks",
        "SecurityUpdates",
        "ServicePacks",
        "Tools",
        "UpdateRollups",
        "Updates",
        "Upgrades",
    ),
    ("WINDOWS", "MSRC_SEVERITY"): ("Critical", "Important", "Low", "Moderate", "Unspecified"),
    ("WINDOWS", "PATCH_SET"): ("OS", "APPLICATION"),
    ("SUSE", "CLASSIFICATION"): ("Document", "Feature", "Optional", "Recommended", "Security", "Yast"),
}
LINUX_VALUES = {
    "CLASSIFICATION": ("Bugfix", "Enhancement", "Newpackage", "Recommended", "Security"),
    "PRIORITY": ("Extra", "Important", "Optional", "Required", "Standard"),
}
SEVERITIES = {
    "AMAZON_LINUX": ("Critical", "Important", "Low", "Medium"),
    "AMAZON_LINUX_2": ("Critical", "Important", "Low", "Medium"),
    "AMAZON_LINUX_2022": ("Critical", "Important", "Low", "Medium"),
    "AMAZON_LINUX_2023": ("Critical", "Important", "Low", "Medium"),
}
OTHER_SEVERITIES = ("Critical", "Important", "Low", "Moderate", "None")
NO_DELAY = ("UBUNTU", "DEBIAN")

assume(
    "baseline-validation",
    "Wrong filter keys or values, missing or double approval dates, Linux-only members in a Windows baseline and "
    "dates for Debian or Ubuntu are answered with ValidationException; ApproveAfterDays 0 is accepted for Debian and "
    "Ubuntu, where it means nothing.",
    "CreatePatchBaseline names the rules but no error",
)


def invalid(text: str) -> AwsError:
    return AwsError("ValidationException", text)


def filter_keys(system: str) -> frozenset[str]:
    """Keys of patch filters in the rules of an operating system's baselines."""
    return FILTER_KEYS.get(system, _YUM)


def check(baseline: dict) -> None:
    """Raise ValidationException when the members of a baseline do not go together."""
    system = baseline["OperatingSystem"]
    filters = (baseline.get("GlobalFilters") or {}).get("PatchFilters") or []
    extra = GLOBAL_EXTRA.get(system, _LINUX_EXTRA)
    for one in filters:
        _check_filter(system, one, filter_keys(system) | extra)
    _check_products(system, filters)
    for rule in (baseline.get("ApprovalRules") or {}).get("PatchRules") or []:
        _check_rule(system, rule)
    if system == "WINDOWS":
        _check_windows(baseline)
    elif baseline.get("AvailableSecurityUpdatesComplianceStatus"):
        raise invalid("AvailableSecurityUpdatesComplianceStatus is supported for Windows Server patch baselines only.")
    names = [source["Name"] for source in baseline.get("Sources") or []]
    if len(names) != len(set(names)):
        raise invalid("The names of patch sources must be unique within a patch baseline.")


def _check_windows(baseline: dict) -> None:
    if baseline.get("ApprovedPatchesEnableNonSecurity"):
        raise invalid("ApprovedPatchesEnableNonSecurity is not supported for the operating system WINDOWS.")
    if baseline.get("Sources"):
        raise invalid("Sources are not supported for the operating system WINDOWS.")


def _check_rule(system: str, rule: dict) -> None:
    filters = rule["PatchFilterGroup"]["PatchFilters"]
    for one in filters:
        _check_filter(system, one, filter_keys(system))
    _check_products(system, filters)
    keys = [one["Key"] for one in filters]
    if len(keys) != len(set(keys)):
        raise invalid(f"A patch filter key may be used once in a rule: {', '.join(keys)}.")
    if rule.get("EnableNonSecurity") and system == "WINDOWS":
        raise invalid("EnableNonSecurity is not supported for the operating system WINDOWS.")
    days, until = rule.get("ApproveAfterDays"), rule.get("ApproveUntilDate")
    if system in NO_DELAY:
        if days or until:
            raise invalid(f"ApproveAfterDays and ApproveUntilDate are not supported for the operating system {system}.")
        return
    if days is not None and until is not None:
        raise invalid("Specify either ApproveAfterDays or ApproveUntilDate, not both.")
    if days is None and until is None:
        raise invalid("A patch rule must contain a value for either ApproveAfterDays or ApproveUntilDate.")
    if days is not None and not 0 <= days <= 360:
        raise invalid(f"ApproveAfterDays must be between 0 and 360, not {days}.")
    if until is not None:
        _check_date(until)


def _check_products(system: str, filters: list[dict]) -> None:
    found = {one["Key"]: one["Values"] for one in filters}
    if "APPLICATION" in found.get("PATCH_SET", []):
        return
    for product in found.get("PRODUCT", []):
        if not products.known(system, product):
            raise invalid(
                f"Invalid Filter Value: {product} for Key: PRODUCT, valid values are: "
                f"{', '.join(products.PRODUCTS[system])}"
            )


def _check_date(text: str) -> None:
    try:
        valid = len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        valid = False
    if not valid:
        raise invalid(f"ApproveUntilDate must have the format YYYY-MM-DD, not {text}.")


def _check_filter(system: str, one: dict, keys: frozenset[str]) -> None:
    if one["Key"] not in keys:
        raise invalid(
            f"The patch filter key {one['Key']} is not valid for the operating system {system}. "
            f"Valid keys: {', '.join(sorted(keys))}."
        )
    allowed = values(system, one["Key"])
    for value in one["Values"]:
        if allowed and value != "*" and value not in allowed:
            raise invalid(f"The value {value} is not valid for the patch filter key {one['Key']} of {system}.")


def values(system: str, key: str) -> tuple[str, ...]:
    """Valid values of a filter key, empty when they are not checked."""
    if (system, key) in VALUES:
        return VALUES[(system, key)]
    if system == "WINDOWS":
        return ()
    if key == "SEVERITY":
        return SEVERITIES.get(system, OTHER_SEVERITIES)
    return LINUX_VALUES.get(key, ())
