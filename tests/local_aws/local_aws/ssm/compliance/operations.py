# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compliance of managed nodes, compliance type Patch: items, and summaries by type and by node."""

from typing import Any

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.compliance import associations
from local_aws.ssm.patch_states import operations as patch_states
from local_aws.ssm.patch_states import wire as patch_states_wire
from local_aws.ssm.patch_states.model import LEVELS
from local_aws.ssm.patch_states.model import Report
from local_aws.ssm.patch_states.model import Row

ITEM_KEYS = (
    "ComplianceType",
    "Status",
    "Severity",
    "Id",
    "Title",
    "PatchState",
    "PatchGroup",
    "PatchBaselineId",
    "Classification",
)
SUMMARY_KEYS = (
    "ComplianceType",
    "Status",
    "Severity",
    "OverallSeverity",
    "ResourceId",
    "ResourceType",
    "PatchGroup",
    "PatchBaselineId",
)

assume(
    "compliance-items",
    "ListComplianceItems gives the patches of the last report without INSTALLED_OTHER and NOT_APPLICABLE; the "
    "severity is the compliance level of the rule; the execution id is the command id.",
    "API ListComplianceItems, ComplianceItem",
)
assume(
    "compliance-overall-severity",
    "OverallSeverity is the highest severity among the non-compliant items, UNSPECIFIED when there is none.",
    "API ResourceComplianceSummaryItem",
)
assume(
    "compliance-one-resource",
    "ListComplianceItems takes exactly one id and the resource type ManagedInstance.",
    "API ListComplianceItems: currently one resource ID",
)


def _filters(params: dict, allowed: tuple[str, ...]) -> list[tuple[str, list[str], str]]:
    found = []
    for one in params.get("Filters") or []:
        if one.get("Key") not in allowed:
            raise AwsError("InvalidFilter", f"The filter key {one.get('Key')} is not valid.")
        found.append((one["Key"], one.get("Values") or [], one.get("Type", "EQUAL")))
    return found


def _passes(facts: dict[str, str], filters: list[tuple[str, list[str], str]]) -> bool:
    return all(_compare(str(facts.get(key, "")), values, how) for key, values, how in filters)


def _compare(actual: str, values: list[str], how: str) -> bool:
    if how == "NOT_EQUAL":
        return actual not in values
    if how == "BEGIN_WITH":
        return any(actual.startswith(value) for value in values)
    if how == "LESS_THAN":
        return any(actual < value for value in values)
    if how == "GREATER_THAN":
        return any(actual > value for value in values)
    return actual in values


def _items(report: Report) -> list[Row]:
    return [row for row in report.rows() if row.state not in patch_states_wire.OMITTED]


def _severity(row: Row) -> str:
    return row.decision.level if row.decision else "UNSPECIFIED"


def _execution(report: Report) -> dict[str, Any]:
    return {"ExecutionTime": report.ended, "ExecutionId": report.execution_id, "ExecutionType": "Command"}


@op("ssm", "ListComplianceItems")
def list_compliance_items(ctx: Context, params: dict) -> dict:
    ids, types = params.get("ResourceIds") or [], params.get("ResourceTypes") or ["ManagedInstance"]
    if types != ["ManagedInstance"]:
        raise AwsError("InvalidResourceType", "The only resource type is ManagedInstance.")
    if len(ids) != 1:
        raise AwsError("InvalidResourceId", "Exactly one resource id must be given.")
    filters = _filters(params, ITEM_KEYS)
    if nodes.instance(ctx.account, ctx.region, ids[0]) is None:
        raise AwsError("InvalidResourceId", f"{ids[0]} is not a managed node.")
    report = patch_states.report_of(ctx, ids[0])
    found = []
    for row in _items(report) if report else []:
        item = _item(ids[0], report, row)
        facts = {**item, **item["Details"], "ComplianceType": "Patch"}
        if _passes(facts, filters):
            found.append(item)
    others = associations.items(ctx, ids[0])
    found += [item for item in others if _passes({**item, **item["Details"]}, filters)]
    part, token = page(found, params, default=50, maximum=50)
    return {"ComplianceItems": part, **({"NextToken": token} if token else {})}


def _item(instance_id: str, report: Report, row: Row) -> dict[str, Any]:
    return {
        "ComplianceType": "Patch",
        "ResourceType": "ManagedInstance",
        "ResourceId": instance_id,
        "Id": row.patch.id,
        "Title": row.patch.title,
        "Status": "NON_COMPLIANT" if report.violates(row) else "COMPLIANT",
        "Severity": _severity(row),
        "ExecutionSummary": _execution(report),
        "Details": {
            "DocumentName": "",
            "DocumentVersion": "",
            "Classification": row.patch.classification,
            "PatchBaselineId": report.baseline_id,
            "PatchGroup": report.group,
            "PatchSeverity": row.patch.severity,
            "PatchState": row.state.title().replace("_", ""),
            "CVEIds": ",".join(row.patch.cves) if report.violates(row) else "",
        },
    }


def _by_severity(severities: list[str]) -> dict[str, int]:
    return {f"{level.title()}Count": severities.count(level) for level in LEVELS}


def _overall(bad: list[str]) -> str:
    return next((level for level in LEVELS if level in bad), "UNSPECIFIED")


def _nodes(ctx: Context) -> list[tuple[str, Report]]:
    found = []
    for instance_id in nodes.instances(ctx.account, ctx.region):
        report = patch_states.report_of(ctx, instance_id)
        if report and fleet_machine.machine(ctx.account, ctx.region, instance_id).agent != "none":
            found.append((instance_id, report))
    return found


def _facts(instance_id: str, report: Report) -> dict[str, str]:
    bad = [_severity(row) for row in _items(report) if report.violates(row)]
    return {
        "ComplianceType": "Patch",
        "ResourceType": "ManagedInstance",
        "ResourceId": instance_id,
        "Status": "NON_COMPLIANT" if bad else "COMPLIANT",
        "OverallSeverity": _overall(bad),
        "Severity": _overall(bad),
        "PatchGroup": report.group,
        "PatchBaselineId": report.baseline_id,
    }


@op("ssm", "ListResourceComplianceSummaries")
def list_resource_compliance_summaries(ctx: Context, params: dict) -> dict:
    filters = _filters(params, SUMMARY_KEYS)
    found = [
        (instance_id, report) for instance_id, report in _nodes(ctx) if _passes(_facts(instance_id, report), filters)
    ]
    part, token = page(found, params, default=50, maximum=50)
    shown = [_resource(instance_id, report) for instance_id, report in part]
    return {"ResourceComplianceSummaryItems": shown, **({"NextToken": token} if token else {})}


def _resource(instance_id: str, report: Report) -> dict[str, Any]:
    good = [_severity(row) for row in _items(report) if not report.violates(row)]
    bad = [_severity(row) for row in _items(report) if report.violates(row)]
    facts = _facts(instance_id, report)
    return {
        **{key: facts[key] for key in ("ComplianceType", "ResourceType", "ResourceId", "Status", "OverallSeverity")},
        "ExecutionSummary": _execution(report),
        "CompliantSummary": {"CompliantCount": len(good), "SeveritySummary": _by_severity(good)},
        "NonCompliantSummary": {"NonCompliantCount": len(bad), "SeveritySummary": _by_severity(bad)},
    }


@op("ssm", "ListComplianceSummaries")
def list_compliance_summaries(ctx: Context, params: dict) -> dict:
    """Counts nodes, not patches."""
    filters = _filters(params, SUMMARY_KEYS)
    facts = [_facts(instance_id, report) for instance_id, report in _nodes(ctx)]
    facts = [one for one in facts if _passes(one, filters)]
    good = [one["OverallSeverity"] for one in facts if one["Status"] == "COMPLIANT"]
    bad = [one["OverallSeverity"] for one in facts if one["Status"] == "NON_COMPLIANT"]
    summary = {
        "ComplianceType": "Patch",
        "CompliantSummary": {"CompliantCount": len(good), "SeveritySummary": _by_severity(good)},
        "NonCompliantSummary": {"NonCompliantCount": len(bad), "SeveritySummary": _by_severity(bad)},
    }
    part, token = page([summary] if facts else [], params, default=50, maximum=50)
    return {"ComplianceSummaryItems": part, **({"NextToken": token} if token else {})}
