# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The patch baselines that AWS owns: names and rules of the user guide ("About predefined and custom patch baselines").

Their ids differ per Region; those of the per-OS defaults are in the data of moto (collected from AWS), the ids of
the two further Windows baselines, and of Regions that moto does not know, are made up.
"""

import hashlib
from datetime import UTC
from datetime import datetime
from functools import lru_cache

from moto.utilities.utils import load_resource

from local_aws.framework import switches

CREATED = datetime(2017, 1, 1, tzinfo=UTC)

switches.assume(
    "aws-owned-baselines",
    "The ids of AWS-WindowsPredefinedPatchBaseline-OS and -OS-Applications are invented (a hash of Region and name). "
    "The rules of AWS-owned baselines follow the table of the user guide; AlmaLinux, which it does not list, is taken"
    " to be like Rocky Linux.",
    "patch-manager-predefined-and-custom-patch-baselines",
)


def _rule(days: int | None, non_security: bool = False, **filters: list[str]) -> dict:
    rule = {
        "PatchFilterGroup": {"PatchFilters": [{"Key": key, "Values": values} for key, values in filters.items()]},
        "ComplianceLevel": "UNSPECIFIED",
        "EnableNonSecurity": non_security,
    }
    if days is not None:
        rule["ApproveAfterDays"] = days
    return rule


_SECURITY = _rule(7, PRODUCT=["*"], CLASSIFICATION=["Security"], SEVERITY=["Critical", "Important"])
_BUGFIX = _rule(7, PRODUCT=["*"], CLASSIFICATION=["Bugfix"], SEVERITY=["*"])
_BY_PRIORITY = _rule(None, PRODUCT=["*"], PRIORITY=["Required", "Important", "Standard", "Optional", "Extra"])
_BY_PRIORITY["ApproveAfterDays"] = 0
_WINDOWS = _rule(
    7,
    PATCH_SET=["OS"],
    CLASSIFICATION=["CriticalUpdates", "SecurityUpdates"],
    MSRC_SEVERITY=["Critical", "Important"],
)
_APPLICATIONS = _rule(7, PATCH_SET=["APPLICATION"], PRODUCT_FAMILY=["*"], PRODUCT=["*"])

# operating system: (name, description, rules), the first of Windows is its default
ROWS: list[tuple[str, str, str, list[dict]]] = [
    ("WINDOWS", "AWS-DefaultPatchBaseline", "Default Patch Baseline Provided by AWS.", [_WINDOWS]),
    (
        "WINDOWS",
        "AWS-WindowsPredefinedPatchBaseline-OS",
        "Default Windows Server operating system patch baseline provided by AWS.",
        [_WINDOWS],
    ),
    (
        "WINDOWS",
        "AWS-WindowsPredefinedPatchBaseline-OS-Applications",
        "Default Windows Server operating system and Microsoft applications patch baseline provided by AWS.",
        [_WINDOWS, _APPLICATIONS],
    ),
    *(
        (system, f"AWS-{name}DefaultPatchBaseline", f"Default Patch Baseline for {text} Provided by AWS.", rules)
        for system, name, text, rules in (
            ("AMAZON_LINUX", "AmazonLinux", "Amazon Linux", [_SECURITY, _BUGFIX]),
            ("AMAZON_LINUX_2", "AmazonLinux2", "Amazon Linux 2", [_SECURITY, _BUGFIX]),
            ("AMAZON_LINUX_2022", "AmazonLinux2022", "Amazon Linux 2022", [_SECURITY, _BUGFIX]),
            ("AMAZON_LINUX_2023", "AmazonLinux2023", "Amazon Linux 2023", [_SECURITY, _BUGFIX]),
            ("CENTOS", "CentOS", "CentOS", [_rule(7, True, PRODUCT=["*"])]),
            ("DEBIAN", "Debian", "Debian", [_BY_PRIORITY]),
            (
                "MACOS",
                "MacOS",
                "macOS",
                [_rule(0, PRODUCT=["*"], CLASSIFICATION=["Security"]), _rule(0, True, PRODUCT=["*"])],
            ),
            (
                "ORACLE_LINUX",
                "OracleLinux",
                "Oracle Linux",
                [_rule(7, PRODUCT=["*"], CLASSIFICATION=["Security"], SEVERITY=["Important", "Moderate"]), _BUGFIX],
            ),
            ("REDHAT_ENTERPRISE_LINUX", "RedHat", "Red Hat Enterprise Linux", [_SECURITY, _BUGFIX]),
            ("ROCKY_LINUX", "RockyLinux", "Rocky Linux", [_SECURITY, _BUGFIX]),
            ("ALMA_LINUX", "AlmaLinux", "AlmaLinux", [_SECURITY, _BUGFIX]),
            ("SUSE", "Suse", "SUSE Linux Enterprise Server", [_SECURITY]),
            ("UBUNTU", "Ubuntu", "Ubuntu", [_BY_PRIORITY]),
        )
    ),
    (
        "RASPBIAN",
        "AWS-DefaultRaspbianPatchBaseline",
        "Default Patch Baseline for Raspbian Provided by AWS.",
        [_BY_PRIORITY],
    ),
]


@lru_cache(maxsize=1)
def _collected() -> dict[str, dict[str, str]]:
    return load_resource("ssm/resources/default_baselines.json")


def _arn(region: str, system: str, name: str, first: bool) -> str:
    known = _collected().get(region, {})
    if first and system in known:
        return known[system]
    owner = next(iter(known.values())).split(":")[4] if known else "123456123456"
    digits = hashlib.sha256(f"{region}/{name}".encode()).hexdigest()[:16]
    return f"arn:aws:ssm:{region}:{owner}:patchbaseline/pb-0{digits}"


@lru_cache(maxsize=64)
def owned(region: str) -> dict[str, dict]:
    """{ARN: baseline} of a Region, members of GetPatchBaseline plus Owner and Revision."""
    found: dict[str, dict] = {}
    seen: set[str] = set()
    for system, name, description, rules in ROWS:
        arn = _arn(region, system, name, system not in seen)
        seen.add(system)
        found[arn] = {
            "BaselineId": arn,
            "Name": name,
            "OperatingSystem": system,
            "GlobalFilters": {"PatchFilters": []},
            "ApprovalRules": {"PatchRules": rules},
            "ApprovedPatches": [],
            "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
            "ApprovedPatchesEnableNonSecurity": False,
            "RejectedPatches": [],
            "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
            "CreatedDate": CREATED,
            "ModifiedDate": CREATED,
            "Description": description,
            "Sources": [],
            "Owner": "AWS",
            "Revision": 0,
        }
    return found


def default_arn(region: str, system: str) -> str:
    """ARN of the baseline that is the default of an operating system until another is registered."""
    return next(arn for arn, baseline in owned(region).items() if baseline["OperatingSystem"] == system)
