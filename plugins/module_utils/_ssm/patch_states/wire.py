# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch states and patches of nodes: wire -> model. Pure."""

from __future__ import annotations

from datetime import datetime

from ..wire import iso

COUNTS = {
    "installed_count": "InstalledCount",
    "installed_other_count": "InstalledOtherCount",
    "installed_pending_reboot_count": "InstalledPendingRebootCount",
    "installed_rejected_count": "InstalledRejectedCount",
    "missing_count": "MissingCount",
    "failed_count": "FailedCount",
    "not_applicable_count": "NotApplicableCount",
    "critical_non_compliant_count": "CriticalNonCompliantCount",
    "security_non_compliant_count": "SecurityNonCompliantCount",
    "other_non_compliant_count": "OtherNonCompliantCount",
}
# Compliance states that make a node NON_COMPLIANT (user guide, "Patch compliance state values"): missing, failed,
# installed but waiting for a reboot, and rejected ones that are installed.
BAD_COUNTS = (
    "missing_count",
    "failed_count",
    "installed_pending_reboot_count",
    "installed_rejected_count",
    "critical_non_compliant_count",
    "security_non_compliant_count",
    "other_non_compliant_count",
)


def patch_state_to_model(state: dict, *, now: datetime | None, stale_after_hours: float | None) -> dict:
    """One InstancePatchState; stale is None when no age was given. now is an aware datetime, which only an age needs."""
    counts = {name: state.get(member) or 0 for name, member in COUNTS.items()}
    ended = state.get("OperationEndTime")
    stale = None
    if stale_after_hours is not None and isinstance(ended, datetime):
        stale = (now - ended).total_seconds() > stale_after_hours * 3600
    return {
        "instance_id": state["InstanceId"],
        "status": "non_compliant" if any(counts[name] for name in BAD_COUNTS) else "compliant",
        "stale": stale,
        "operation": state.get("Operation"),
        "operation_start_time": iso(state.get("OperationStartTime")),
        "operation_end_time": iso(ended),
        "baseline_id": state.get("BaselineId"),
        "patch_group": state.get("PatchGroup") or None,
        "snapshot_id": state.get("SnapshotId") or None,
        "reboot_option": state.get("RebootOption"),
        **counts,
        "patches": [],
    }


def never_scanned(instance_id: str) -> dict:
    """A node without any patch data: its own status, never compliant."""
    empty = dict.fromkeys(
        ("operation", "operation_start_time", "operation_end_time", "baseline_id", "patch_group", "snapshot_id")
    )
    return {
        "instance_id": instance_id,
        "status": "never_scanned",
        "stale": None,
        **empty,
        "reboot_option": None,
        **dict.fromkeys(COUNTS),
        "patches": [],
    }


def patch_to_model(patch: dict) -> dict:
    """One PatchComplianceData."""
    return {
        "title": patch.get("Title"),
        "kb_id": patch.get("KBId"),
        "classification": patch.get("Classification"),
        "severity": patch.get("Severity"),
        "state": patch.get("State"),
        "installed_time": iso(patch.get("InstalledTime")),
        "cve_ids": [text.strip() for text in (patch.get("CVEIds") or "").split(",") if text.strip()],
    }
