# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patches as the API shows them."""

from typing import Any

from local_aws.fleet import catalogue
from local_aws.fleet.catalogue import Patch
from local_aws.fleet.operating_systems import PLATFORMS
from local_aws.ssm.baselines import products
from local_aws.ssm.baselines import rules


def shown(patch: Patch) -> dict[str, Any]:
    """API shape Patch."""
    if patch.operating_system == "WINDOWS":
        return {
            "Id": patch.id,
            "ReleaseDate": patch.released,
            "Title": patch.title,
            "Description": f"{patch.title} (sample data)",
            "ContentUrl": f"https://support.microsoft.com/en-us/kb/{patch.id.removeprefix('KB')}",
            "Vendor": "Microsoft",
            "ProductFamily": patch.product_family,
            "Product": patch.product,
            "Classification": patch.classification,
            "MsrcSeverity": patch.severity,
            "KbNumber": patch.id,
            "MsrcNumber": patch.msrc_number,
            "Language": "All",
        }
    return {
        "Id": patch.id,
        "ReleaseDate": patch.released,
        "Title": patch.title,
        "Vendor": patch.product_family,
        "ProductFamily": patch.product_family,
        "Product": patch.product,
        "Classification": patch.classification,
        "Severity": patch.severity,
        "Name": patch.name,
        "Epoch": patch.epoch,
        "Version": patch.version,
        "Release": patch.release,
        "Arch": patch.arch,
        "Repository": patch.repository,
        "AdvisoryIds": list(patch.advisories),
        "BugzillaIds": list(patch.bugzilla),
        "CVEIds": list(patch.cves),
    }


def property_values(system: str, name: str, patch_set: str) -> list[tuple[str, str]]:
    fixed = rules.values(system, name)
    if fixed:
        return [(value, "") for value in fixed]
    patches = [
        patch
        for key, row in PLATFORMS.items()
        if row.operating_system == system
        for patch in catalogue.patches(key)
        if patch.patch_set == patch_set
    ]
    if name == "PRODUCT_FAMILY":
        return sorted({(patch.product_family, "") for patch in patches})
    found = {patch.product: patch.product_family for patch in patches}
    if patch_set == "OS":
        families = set(found.values())
        family = families.pop() if len(families) == 1 else ""
        found = {**dict.fromkeys(products.exact(system), family), **found}
    return sorted(found.items())
