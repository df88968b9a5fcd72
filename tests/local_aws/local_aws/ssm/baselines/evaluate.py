# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which patches a patch baseline approves at a moment. Pure: no state, no clock.

Sources: API PatchRule, PatchFilter, CreatePatchBaseline; user guide
patch-manager-approved-rejected-package-name-formats,
patch-manager-compliance-states, patch-manager-how-it-works-selection.
"""

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta

from local_aws.fleet.catalogue import Patch
from local_aws.framework import switches

APPROVED = "APPROVED"
PENDING = "PENDING_APPROVAL"
EXPLICIT_APPROVED = "EXPLICIT_APPROVED"
EXPLICIT_REJECTED = "EXPLICIT_REJECTED"
NO_DATES = ("UBUNTU", "DEBIAN", "RASPBIAN")

switches.assume(
    "baseline-several-rules",
    "When several rules match a patch, the first rule that approves it gives the compliance level; when none approves"
    " it yet, the earliest approval date counts.",
    "API PatchRule",
)
switches.assume(
    "baseline-global-filters",
    "Global filters limit what the rules can approve; patches named in the approved or rejected list are not touched "
    "by them.",
    "API CreatePatchBaseline GlobalFilters",
)
switches.assume(
    "baseline-patch-set",
    "A rule without a PATCH_SET filter concerns operating system patches only.",
    "API PatchFilter, AWS-WindowsPredefinedPatchBaseline-OS",
)


@dataclass(frozen=True)
class Decision:
    """What a baseline says of one patch. status: a deployment status; approved: may be installed now."""

    status: str
    level: str
    approval_date: datetime | None = None

    @property
    def approved(self) -> bool:
        return self.status in (APPROVED, EXPLICIT_APPROVED)

    @property
    def rejected(self) -> bool:
        return self.status == EXPLICIT_REJECTED


def evaluate(baseline: dict, patches: Iterable[Patch], now: datetime) -> dict[str, Decision]:
    """{patch id: Decision} for the patches that the baseline concerns at all. baseline: members of GetPatchBaseline."""
    decisions = {}
    for patch in patches:
        if patch.released <= now:
            decision = decide(baseline, patch, now)
            if decision:
                decisions[patch.id] = decision
    return decisions


def decide(baseline: dict, patch: Patch, now: datetime) -> Decision | None:
    """What the baseline says of a released patch; None when no rule and no list names it."""
    level = baseline.get("ApprovedPatchesComplianceLevel") or "UNSPECIFIED"
    if any(names(entry, patch) for entry in baseline.get("RejectedPatches") or ()):
        return Decision(EXPLICIT_REJECTED, level)
    if any(names(entry, patch) for entry in baseline.get("ApprovedPatches") or ()):
        if patch.advisory_backed or baseline.get("ApprovedPatchesEnableNonSecurity"):
            return Decision(EXPLICIT_APPROVED, level)
    filters = (baseline.get("GlobalFilters") or {}).get("PatchFilters") or ()
    if not all(matches(one, patch) for one in filters):
        return None
    return _by_rules((baseline.get("ApprovalRules") or {}).get("PatchRules") or (), patch, now)


def _by_rules(rules: Iterable[dict], patch: Patch, now: datetime) -> Decision | None:
    waiting: Decision | None = None
    for rule in rules:
        if not _rule_matches(rule, patch):
            continue
        level = rule.get("ComplianceLevel") or "UNSPECIFIED"
        at = approval_date(rule, patch)
        if at is not None and at <= now:
            return Decision(APPROVED, level, at)
        if at is not None and (waiting is None or waiting.approval_date is None or at < waiting.approval_date):
            waiting = Decision(PENDING, level, at)
    return waiting


def _rule_matches(rule: dict, patch: Patch) -> bool:
    filters = rule["PatchFilterGroup"]["PatchFilters"]
    if not patch.advisory_backed and not rule.get("EnableNonSecurity"):
        return False
    if patch.patch_set != "OS" and not any(one["Key"] == "PATCH_SET" for one in filters):
        return False
    return all(matches(one, patch) for one in filters)


def approval_date(rule: dict, patch: Patch) -> datetime | None:
    """When the rule approves the patch that it matches; None = never (released after ApproveUntilDate).

    Days count from the release to the second, in UTC; an until date includes the whole day in UTC (API PatchRule).
    """
    if patch.operating_system in NO_DATES:
        return patch.released
    if rule.get("ApproveUntilDate"):
        limit = datetime.combine(date.fromisoformat(rule["ApproveUntilDate"]), time.max, UTC)
        return patch.released if patch.released <= limit else None
    return patch.released + timedelta(days=rule.get("ApproveAfterDays") or 0)


def matches(one: dict, patch: Patch) -> bool:
    """Whether a patch filter {Key, Values} accepts the patch; the value * accepts everything."""
    values = one["Values"]
    if "*" in values:
        return True
    return any(value in values for value in _property(one["Key"], patch))


def _property(key: str, patch: Patch) -> tuple[str, ...]:
    single = {
        "PATCH_SET": patch.patch_set,
        "PRODUCT": patch.product,
        "PRODUCT_FAMILY": patch.product_family,
        "CLASSIFICATION": patch.classification,
        "MSRC_SEVERITY": patch.severity,
        "SEVERITY": patch.severity,
        "PRIORITY": patch.priority,
        "SECTION": patch.section,
        "PATCH_ID": patch.id,
        "NAME": patch.name,
        "EPOCH": str(patch.epoch),
        "VERSION": patch.version,
        "RELEASE": patch.release,
        "ARCH": patch.arch,
        "REPOSITORY": patch.repository,
        "SECURITY": str(patch.security),
    }
    if key in single:
        return (single[key],)
    return {"ADVISORY_ID": patch.advisories, "BUGZILLA_ID": patch.bugzilla, "CVE_ID": patch.cves}[key]


def names(entry: str, patch: Patch) -> bool:
    """Whether an entry of an approved or rejected list means this patch.

    Windows: KB id or bulletin id. apt: package name. yum and dnf: Bugzilla, CVE or advisory id, or one of the
    documented constructions of a package name; * is a wildcard on Linux only.
    """
    if patch.operating_system == "WINDOWS":
        return entry in (patch.id, patch.id.removeprefix("KB"), patch.msrc_number)
    if patch.operating_system in NO_DATES:
        return fnmatch.fnmatchcase(patch.name, entry)
    if entry.isdigit():
        return entry in patch.bugzilla
    if entry in patch.cves or entry in patch.advisories:
        return True
    return any(fnmatch.fnmatchcase(form, entry) for form in package_forms(patch))


def package_forms(patch: Patch) -> tuple[str, ...]:
    """The documented ways to write a package of yum or dnf."""
    name, arch, epoch, version = patch.name, patch.arch, patch.epoch, patch.version
    full = f"{version}-{patch.release}"
    return (
        name,
        f"{name}.{arch}",
        f"{name}-{version}",
        f"{name}-{full}",
        f"{name}-{full}.{arch}",
        version,
        full,
        f"{epoch}:{full}",
        f"{name}-{epoch}:{full}",
        f"{name}-{epoch}:{full}.{arch}",
        f"{epoch}:{name}-{full}.{arch}",
        f"{name}.{arch}:{epoch}:{full}",
    )


def overridden(entries: Iterable[dict], patch: Patch) -> bool:
    """Whether an InstallOverrideList [{id, title?}] names the patch (document AWS-RunPatchBaseline)."""
    for entry in entries:
        wanted = str(entry["id"])
        if patch.operating_system == "WINDOWS":
            if wanted in (patch.id, patch.msrc_number):
                return True
        elif fnmatch.fnmatchcase(patch.id, wanted) or fnmatch.fnmatchcase(patch.name, wanted):
            title = entry.get("title")
            forms = (patch.title, patch.title.removeprefix(f"{patch.id}:"))
            if not title or any(fnmatch.fnmatchcase(form, str(title)) for form in forms):
                return True
    return False
