# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Systems Manager: wire <-> model. Pure."""

from __future__ import annotations

import json
import math
from datetime import datetime
from datetime import timezone
from typing import Any

from .._core.errors import InvalidInput
from .._core.follow import CANCELLED
from .._core.follow import FAILED
from .._core.follow import NOT_STARTED
from .._core.follow import RUNNING
from .._core.follow import SUCCEEDED
from .._core.follow import TIMED_OUT
from .._core.follow import UNKNOWN

# API AutomationExecutionStatus. "Exited" is left out on purpose: it belongs to steps of aws:loop, and an execution that
# shows it did something that nobody described.
EXECUTION_OUTCOMES = {
    "Pending": RUNNING,
    "InProgress": RUNNING,
    "Waiting": RUNNING,
    "Cancelling": RUNNING,
    "PendingApproval": RUNNING,
    "Approved": RUNNING,
    "Scheduled": RUNNING,
    "RunbookInProgress": RUNNING,
    "PendingChangeCalendarOverride": RUNNING,
    "ChangeCalendarOverrideApproved": RUNNING,
    "Success": SUCCEEDED,
    "CompletedWithSuccess": SUCCEEDED,
    "Failed": FAILED,
    "CompletedWithFailure": FAILED,
    "Rejected": FAILED,
    "ChangeCalendarOverrideRejected": FAILED,
    "TimedOut": TIMED_OUT,
    "Cancelled": CANCELLED,
}
WAITING_FOR_SIGNAL = frozenset({"Waiting", "PendingApproval"})
BAD_STEPS = frozenset({"Failed", "TimedOut", "Cancelled", "CompletedWithFailure", "Rejected"})


def iso(moment: Any) -> str | None:
    """A time of the SDK as ISO 8601 in UTC with Z; None stays None."""
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def absolute(limit: str | int, total: int, *, least: int) -> int:
    """A number, or a percentage of total (rounded down), never below least. Raises InvalidInput for anything else."""
    text = str(limit).strip()
    digits = text[:-1] if text.endswith("%") else text
    if not (digits.isascii() and digits.isdigit()) or (text.endswith("%") and int(digits) > 100):
        raise InvalidInput(f"{limit!r} is neither a number nor a percentage from 0% to 100%")
    number = math.floor(total * int(digits) / 100) if text.endswith("%") else int(digits)
    return max(least, number)


def chunk_sizes(count: int, most: int) -> list[int]:
    """Sizes of the fewest equal pieces of at most `most`, larger ones first.

    Cutting off the first piece leaves the sizes of the others as they are, so that a resumed run cuts the same pieces.
    """
    if not count:
        return []
    pieces = math.ceil(count / most)
    return [count // pieces + (1 if number < count % pieces else 0) for number in range(pieces)]


def parameters_to_wire(parameters: dict[str, Any] | None) -> dict[str, list[str]]:
    """Automation parameters are lists of strings; a dict becomes JSON, a bool the words of YAML and JSON."""
    return {
        name: [_text(item) for item in (value if isinstance(value, list) else [value])]
        for name, value in (parameters or {}).items()
        if value is not None
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else str(value)


def step_to_model(step: dict) -> dict:
    """One StepExecution."""
    return {
        "name": step.get("StepName"),
        "action": step.get("Action"),
        "status": step.get("StepStatus"),
        "start_time": iso(step.get("ExecutionStartTime")),
        "end_time": iso(step.get("ExecutionEndTime")),
        "failure_message": step.get("FailureMessage"),
        "outputs": step.get("Outputs") or {},
    }


def execution_to_model(execution: dict, *, adopted: bool, targets: int) -> dict:
    """One execution that was started or found (a parent, or one without targets)."""
    return {
        "execution_id": execution["AutomationExecutionId"],
        "status": execution.get("AutomationExecutionStatus"),
        "status_reason": execution.get("FailureMessage"),
        "start_time": iso(execution.get("ExecutionStartTime")),
        "end_time": iso(execution.get("ExecutionEndTime")),
        "adopted": adopted,
        "targets": targets,
    }


def metadata_to_model(execution: dict) -> dict:
    """One execution as the info module returns it."""
    return {
        "execution_id": execution.get("AutomationExecutionId"),
        "document_name": execution.get("DocumentName"),
        "document_version": execution.get("DocumentVersion"),
        "status": execution.get("AutomationExecutionStatus"),
        "status_reason": execution.get("FailureMessage"),
        "start_time": iso(execution.get("ExecutionStartTime")),
        "end_time": iso(execution.get("ExecutionEndTime")),
        "parent_execution_id": execution.get("ParentAutomationExecutionId"),
        "target": execution.get("Target"),
    }


def target_to_model(target: str, execution: dict) -> dict:
    """One target by its own execution (a child's metadata, or an execution without targets)."""
    status = execution.get("AutomationExecutionStatus")
    outcome = EXECUTION_OUTCOMES.get(status, UNKNOWN)
    if outcome == CANCELLED and not execution.get("ExecutionStartTime"):
        # Whether targets that the budget of errors kept from starting have no execution or a cancelled one is not documented.
        outcome = NOT_STARTED
    return {
        "target": target,
        "execution_id": execution.get("AutomationExecutionId"),
        "status": status,
        "outcome": outcome,
        "failure_message": execution.get("FailureMessage"),
        "failed_step": None,
        "steps": [],
        "start_time": iso(execution.get("ExecutionStartTime")),
        "end_time": iso(execution.get("ExecutionEndTime")),
    }


def absent_target(target: str, outcome: str, reason: str | None = None, status: str | None = None) -> dict:
    """A target that has no execution of its own (yet)."""
    return {**target_to_model(target, {}), "outcome": outcome, "status": status, "failure_message": reason}


def with_steps(target: dict, steps: list[dict], *, keep: bool) -> dict:
    """The target with its failed step, the step's message added to its own, and all steps when keep is set."""
    models = [step_to_model(step) for step in steps]
    bad = [step for step in models if step["status"] in BAD_STEPS]
    result = {**target, "steps": models if keep else bad}
    if target["outcome"] in (SUCCEEDED, RUNNING) or not bad:
        return result
    # A cancelled step is cancelled by something; the step that failed or timed out is the reason.
    reason = next((step for step in bad if step["status"] != "Cancelled"), bad[0])
    return {**result, "failed_step": reason["name"], "failure_message": _joined(target, reason)}


def _joined(target: dict, step: dict) -> str | None:
    own, of_step = target["failure_message"], step["failure_message"]
    if not of_step or (own and of_step in own):
        return own
    return f"{own} (step {step['name']}: {of_step})" if own else f"step {step['name']}: {of_step}"


def targets_of(execution: dict) -> list[str]:
    """The target values of a rate-controlled execution, as far as it names them; [] when it has no targets."""
    name = execution.get("TargetParameterName")
    maps = execution.get("TargetMaps") or []
    if maps:
        return [value for one in maps for value in one.get(name, next(iter(one.values()), []))[:1]]
    named = [
        value
        for target in execution.get("Targets") or []
        if target.get("Key") == "ParameterValues"
        for value in target.get("Values") or []
    ]
    return named or list((execution.get("ResolvedTargets") or {}).get("ParameterValues") or [])


def has_targets(execution: dict) -> bool:
    """Whether the execution is a parent whose work is done by children."""
    return any(execution.get(member) for member in ("TargetMaps", "Targets", "TargetParameterName", "TargetLocations"))


# Nodes and patch states

# DescribeInstanceInformation has no enum for the operating system of a baseline; PlatformName is the agent's own text.
# Prefixes, first match wins; the values are those of the API's OperatingSystem.
PLATFORM_NAMES = (
    ("amazon linux 2023", "AMAZON_LINUX_2023"),
    ("amazon linux 2022", "AMAZON_LINUX_2022"),
    ("amazon linux", "AMAZON_LINUX"),
    ("ubuntu", "UBUNTU"),
    ("debian", "DEBIAN"),
    ("raspbian", "RASPBIAN"),
    ("red hat", "REDHAT_ENTERPRISE_LINUX"),
    ("rhel", "REDHAT_ENTERPRISE_LINUX"),
    ("centos", "CENTOS"),
    ("oracle linux", "ORACLE_LINUX"),
    ("rocky", "ROCKY_LINUX"),
    ("alma", "ALMA_LINUX"),
    ("suse", "SUSE"),
    ("sles", "SUSE"),
    ("macos", "MACOS"),
    ("mac os", "MACOS"),
)


def operating_system(node: dict) -> str | None:
    """The baselines' word for the node's operating system, or None when the platform is not known."""
    if node.get("PlatformType") == "Windows":
        return "WINDOWS"
    name = str(node.get("PlatformName") or "").lower()
    found = next((value for prefix, value in PLATFORM_NAMES if name.startswith(prefix)), None)
    if found == "AMAZON_LINUX":
        version = str(node.get("PlatformVersion") or "")
        # Amazon Linux 1 has versions like 2018.03; 2, 2022 and 2023 say so in the version.
        exact = {"2": "AMAZON_LINUX_2", "2022": "AMAZON_LINUX_2022", "2023": "AMAZON_LINUX_2023"}
        return exact.get(version.split(".", maxsplit=1)[0], "AMAZON_LINUX")
    return found


def node_to_model(node: dict) -> dict:
    """One InstanceInformation."""
    return {
        "instance_id": node["InstanceId"],
        "ping_status": node.get("PingStatus"),
        "last_ping_time": iso(node.get("LastPingDateTime")),
        "agent_version": node.get("AgentVersion"),
        "is_latest_version": node.get("IsLatestVersion"),
        "platform_type": node.get("PlatformType"),
        "platform_name": node.get("PlatformName"),
        "platform_version": node.get("PlatformVersion"),
        "operating_system": operating_system(node),
        "resource_type": node.get("ResourceType"),
        "name": node.get("Name"),
        "computer_name": node.get("ComputerName"),
        "ip_address": node.get("IPAddress"),
        "iam_role": node.get("IamRole"),
        "activation_id": node.get("ActivationId"),
        "registration_date": iso(node.get("RegistrationDate")),
        "association_status": node.get("AssociationStatus"),
        "source_id": node.get("SourceId"),
        "source_type": node.get("SourceType"),
    }


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


def patch_state_to_model(state: dict, *, now: datetime, stale_after_hours: float | None) -> dict:
    """One InstancePatchState; stale is None when no age was given. now is an aware datetime."""
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


# Documents


def document_to_model(document: dict) -> dict:
    """One DocumentDescription, without its content."""
    return {
        "name": document["Name"],
        "document_type": document.get("DocumentType"),
        "document_format": document.get("DocumentFormat"),
        "document_version": document.get("DocumentVersion"),
        "latest_version": document.get("LatestVersion"),
        "default_version": document.get("DefaultVersion"),
        "version_name": document.get("VersionName"),
        "target_type": document.get("TargetType"),
        "status": document.get("Status"),
        "status_information": document.get("StatusInformation"),
        "hash": document.get("Hash"),
        "hash_type": document.get("HashType"),
        "owner": document.get("Owner"),
        "schema_version": document.get("SchemaVersion"),
        "platform_types": sorted(document.get("PlatformTypes") or []),
        "created_date": iso(document.get("CreatedDate")),
        "description": document.get("Description"),
    }


def document_parameter_to_model(parameter: dict) -> dict:
    """One DocumentParameter; one without a default value is required."""
    return {
        "name": parameter["Name"],
        "type": parameter.get("Type"),
        "default_value": parameter.get("DefaultValue"),
        "description": parameter.get("Description"),
    }


# Patch baselines

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
    plain = [{"key": one["key"], "values": sorted(set(one["values"]))} for one in filters or []]
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
