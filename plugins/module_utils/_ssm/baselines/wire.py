# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines: wire <-> model. Pure."""

from __future__ import annotations

import json
from typing import Any

from ..._core import redact
from ..._core.tags import values_of as tag_values
from ..wire import iso

# CreatePatchBaseline: what a baseline has when nothing is given ("default" in the descriptions of the members).
NEW_BASELINE = {
    "description": None,
    "global_filters": [],
    "approval_rules": [],
    "approved_patches": [],
    "approved_patches_compliance_level": "UNSPECIFIED",
    "approved_patches_enable_non_security": False,
    "rejected_patches": [],
    "rejected_patches_action": "ALLOW_AS_DEPENDENCY",
    "sources": [],
    "available_security_updates_compliance_status": None,
}
# PatchRule: approval dates are not supported for these; a 0 means nothing there.
WITHOUT_APPROVAL_DATES = frozenset({"DEBIAN", "UBUNTU"})


def baseline_to_model(baseline: dict, *, default: bool, tags: dict[str, str]) -> dict:
    """One answer of GetPatchBaseline; whether it is the default comes from DescribePatchBaselines."""
    model = {
        "baseline_id": baseline["BaselineId"],
        "name": baseline.get("Name"),
        "operating_system": baseline.get("OperatingSystem"),
        "description": baseline.get("Description"),
        "global_filters": _filters_to_model(baseline.get("GlobalFilters")),
        "approval_rules": [
            _rule_to_model(rule) for rule in (baseline.get("ApprovalRules") or {}).get("PatchRules") or []
        ],
        "approved_patches": baseline.get("ApprovedPatches"),
        "approved_patches_compliance_level": baseline.get("ApprovedPatchesComplianceLevel"),
        "approved_patches_enable_non_security": baseline.get("ApprovedPatchesEnableNonSecurity"),
        "rejected_patches": baseline.get("RejectedPatches"),
        "rejected_patches_action": baseline.get("RejectedPatchesAction"),
        "sources": [
            {"name": one["Name"], "products": one["Products"], "configuration": one["Configuration"]}
            for one in baseline.get("Sources") or []
        ],
        "available_security_updates_compliance_status": baseline.get("AvailableSecurityUpdatesComplianceStatus"),
        "patch_groups": sorted(baseline.get("PatchGroups") or []),
        "default": default,
        "created_date": iso(baseline.get("CreatedDate")),
        "modified_date": iso(baseline.get("ModifiedDate")),
        "tags": tags,
    }
    return canonical_baseline(model)


def _filters_to_model(group: dict | None) -> list[dict]:
    return [{"key": one["Key"], "values": one["Values"]} for one in (group or {}).get("PatchFilters") or []]


def _rule_to_model(rule: dict) -> dict:
    return {
        "patch_filters": _filters_to_model(rule.get("PatchFilterGroup")),
        "compliance_level": rule.get("ComplianceLevel"),
        "approve_after_days": rule.get("ApproveAfterDays"),
        "approve_until_date": rule.get("ApproveUntilDate"),
        "enable_non_security": rule.get("EnableNonSecurity"),
    }


def canonical_baseline(model: dict) -> dict:
    """The one way to write a baseline: defaults filled in, and sorted what has no order (rules are alternatives, filters
    and their values are sets, sources have names)."""
    given = {name: value for name, value in model.items() if value is not None}
    full = {**model, **{name: given.get(name, value) for name, value in NEW_BASELINE.items()}}
    rules = [_canonical_rule(rule, full["operating_system"]) for rule in full["approval_rules"]]
    sources = [{**source, "products": sorted(set(source["products"]))} for source in full["sources"]]
    return {
        **full,
        "description": full["description"] or None,
        "global_filters": _canonical_filters(full["global_filters"]),
        "approval_rules": sorted(rules, key=lambda rule: json.dumps(rule, sort_keys=True)),
        "approved_patches": sorted(set(full["approved_patches"])),
        "rejected_patches": sorted(set(full["rejected_patches"])),
        "sources": sorted(sources, key=lambda source: source["name"]),
    }


def _canonical_filters(filters: list[dict] | None) -> list[dict]:
    plain = [{"key": one["key"], "values": sorted(set(tag_values("values", one["values"])))} for one in filters or []]
    return sorted(plain, key=lambda one: (one["key"], one["values"]))


def _canonical_rule(rule: dict, system: str | None) -> dict:
    days = rule.get("approve_after_days")
    return {
        "patch_filters": _canonical_filters(rule.get("patch_filters")),
        "compliance_level": rule.get("compliance_level") or "UNSPECIFIED",
        "approve_after_days": None if days == 0 and system in WITHOUT_APPROVAL_DATES else days,
        "approve_until_date": rule.get("approve_until_date") or None,
        "enable_non_security": bool(rule.get("enable_non_security")),
    }


def baseline_to_wire(model: dict, names: Any) -> dict:
    """The members of CreatePatchBaseline and UpdatePatchBaseline for these fields; what is None is left out."""
    wire = {
        "name": ("Name", model["name"]),
        "description": ("Description", model["description"]),
        "global_filters": ("GlobalFilters", _filters_to_wire(model["global_filters"])),
        "approval_rules": ("ApprovalRules", {"PatchRules": [_rule_to_wire(rule) for rule in model["approval_rules"]]}),
        "approved_patches": ("ApprovedPatches", model["approved_patches"]),
        "approved_patches_compliance_level": (
            "ApprovedPatchesComplianceLevel",
            model["approved_patches_compliance_level"],
        ),
        "approved_patches_enable_non_security": (
            "ApprovedPatchesEnableNonSecurity",
            model["approved_patches_enable_non_security"],
        ),
        "rejected_patches": ("RejectedPatches", model["rejected_patches"]),
        "rejected_patches_action": ("RejectedPatchesAction", model["rejected_patches_action"]),
        "sources": ("Sources", [{member.title(): value for member, value in one.items()} for one in model["sources"]]),
        "available_security_updates_compliance_status": (
            "AvailableSecurityUpdatesComplianceStatus",
            model["available_security_updates_compliance_status"],
        ),
    }
    return {member: value for name, (member, value) in wire.items() if name in names and value is not None}


def _filters_to_wire(filters: list[dict]) -> dict:
    return {"PatchFilters": [{"Key": one["key"], "Values": one["values"]} for one in filters]}


def _rule_to_wire(rule: dict) -> dict:
    wire = {"PatchFilterGroup": _filters_to_wire(rule["patch_filters"]), "ComplianceLevel": rule["compliance_level"]}
    if rule["approve_after_days"] is not None:
        wire["ApproveAfterDays"] = rule["approve_after_days"]
    if rule["approve_until_date"] is not None:
        wire["ApproveUntilDate"] = rule["approve_until_date"]
    # Not even false may be said for Windows ("applies to Linux managed nodes only"); left out, it is false.
    return {**wire, "EnableNonSecurity": True} if rule["enable_non_security"] else wire


def redacted(value: Any) -> Any:
    """The result without the configurations of sources: the API model calls them sensitive, they may hold passwords."""
    return redact.redacted(value, _secrets)


def _secrets(one: dict) -> dict:
    source = isinstance(one.get("configuration"), str) and "products" in one
    return {"configuration": redact.fingerprint(one["configuration"])} if source else {}
