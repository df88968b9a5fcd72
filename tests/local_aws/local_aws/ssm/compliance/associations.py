# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compliance items of the type Association.

Source: CreateAssociation, SyncCompliance and ComplianceSeverity; user guide, AWS-RunPatchBaselineAssociation (its example of
ListComplianceItems).
"""

from typing import Any

from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.ssm.associations import model
from local_aws.ssm.associations.model import Association
from local_aws.ssm.associations.model import Execution
from local_aws.ssm.associations.model import Target
from local_aws.ssm.patch_states import operations as patch_states

PATCHES = "AWS-RunPatchBaselineAssociation"

assume(
    "association.compliance",
    "an item for each node of the last run that has ended; with SyncCompliance MANUAL only AWS-RunPatchBaselineAssociation "
    "writes one, from the patch report of the node; summaries (List...Summaries) know patches only",
    "ListComplianceItems",
)
assume(
    "association.patch-states",
    "AWS-RunPatchBaselineAssociation writes the patch states that AWS-RunPatchBaseline writes too; its BaselineTags choose "
    "no baseline",
    "user guide: it reports with PutComplianceItems instead of PutInventory",
)


def items(ctx: Context, instance_id: str) -> list[dict[str, Any]]:
    """The items of a node, one for each association that has applied to it."""
    found = []
    for association in model.book(ctx.account, ctx.region).values():
        execution = next((one for one in association.executions if one.ended), None)
        targets = model.targets_of(association, execution) if execution else []
        for target in targets:
            if target.id == instance_id and (status := _status(ctx, execution, target)):
                found.append(_item(association, execution, target, status))
    return found


def _status(ctx: Context, execution: Execution, target: Target) -> str | None:
    good = target.status == "Success"
    if execution.content.get("SyncCompliance") == "MANUAL":
        report = patch_states.report_of(ctx, target.id)
        if execution.content["Name"] != PATCHES or report is None:
            return None
        good = not any(report.violates(row) for row in report.rows())
    return "COMPLIANT" if good else "NON_COMPLIANT"


def _item(association: Association, execution: Execution, target: Target, status: str) -> dict[str, Any]:
    content = execution.content
    return {
        "ComplianceType": "Association",
        "ResourceType": "ManagedInstance",
        "ResourceId": target.id,
        "Id": association.id,
        "Title": content.get("AssociationName", ""),
        "Status": status,
        "Severity": content.get("ComplianceSeverity", "UNSPECIFIED"),
        "ExecutionSummary": {"ExecutionTime": execution.ended},
        "Details": {"DocumentName": content["Name"], "DocumentVersion": content.get("DocumentVersion", "$DEFAULT")},
    }
