# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Associations as the API shows them."""

from typing import Any

from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.associations import model
from local_aws.ssm.associations.model import Association
from local_aws.ssm.associations.model import Execution
from local_aws.ssm.associations.model import Target
from local_aws.ssm.associations.model import Version

# Members of CreateAssociation that ListAssociations shows (API shape Association).
LISTED = ("Name", "InstanceId", "DocumentVersion", "Targets", "ScheduleExpression", "AssociationName", "ScheduleOffset")
LISTED += ("Duration", "TargetMaps")
NOT_IN_VERSIONS = ("InstanceId", "AutomationTargetParameterName", "AlarmConfiguration")
DEFAULTS = {"ComplianceSeverity": "UNSPECIFIED", "SyncCompliance": "AUTO", "ApplyOnlyAtCronInterval": False}

define(
    "association_defaults",
    "omitted",
    ["omitted", "shown"],
    "reads leave ComplianceSeverity, SyncCompliance and ApplyOnlyAtCronInterval out, or show their defaults, when they were "
    "not given",
)
define(
    "association_id_parameter",
    "hidden",
    ["hidden", "shown"],
    "whether reads of an association with SyncCompliance MANUAL show the parameter AssociationId that the service fills in",
)
assume(
    "association.reads",
    "what was not given is left out of reads, except DocumentVersion, which is $DEFAULT (switch)",
    "examples of DescribeAssociation",
)


def _times(association: Association) -> dict[str, Any]:
    ended = [one for one in association.executions if one.ended]
    good = [one for one in ended if model.status_of(association, one)[0] == "Success"]
    found = {}
    if association.executions:
        found["LastExecutionDate"] = association.executions[0].created
    if good:
        found["LastSuccessfulExecutionDate"] = good[0].created
    return found


def description(association: Association, version: Version | None = None) -> dict[str, Any]:
    """API shape AssociationDescription."""
    version = version or association.latest
    content = {"DocumentVersion": "$DEFAULT", **version.content}
    if SWITCHES["association_defaults"] == "shown":
        content = {**DEFAULTS, **content}
    if SWITCHES["association_id_parameter"] == "shown" and content.get("SyncCompliance") == "MANUAL":
        content["Parameters"] = {"AssociationId": [association.id], **content.get("Parameters", {})}
    if "InstanceId" in content:
        content["Targets"] = [{"Key": "InstanceIds", "Values": [content["InstanceId"]]}]
    found = {
        **content,
        "AssociationId": association.id,
        "AssociationVersion": str(version.number),
        "Date": association.created,
        "LastUpdateAssociationDate": association.updated or association.created,
        "Overview": model.overview(association),
        **_times(association),
    }
    if association.status:
        found["Status"] = association.status
    if association.executions and association.executions[0].alarms:
        found["TriggeredAlarms"] = association.executions[0].alarms
    return found


def listed(association: Association) -> dict[str, Any]:
    """API shape Association."""
    whole = description(association)
    names = (*LISTED, "AssociationId", "AssociationVersion", "LastExecutionDate", "Overview")
    return {name: whole[name] for name in names if name in whole}


def version(association: Association, one: Version) -> dict[str, Any]:
    """API shape AssociationVersionInfo."""
    content = {name: value for name, value in one.content.items() if name not in NOT_IN_VERSIONS}
    return {
        "DocumentVersion": "$DEFAULT",
        **content,
        "AssociationId": association.id,
        "AssociationVersion": str(one.number),
        "CreatedDate": one.created,
    }


def execution(association: Association, one: Execution) -> dict[str, Any]:
    """API shape AssociationExecution."""
    status, details = model.status_of(association, one)
    found = model.counts(association, one)
    shown = {
        "AssociationId": association.id,
        "AssociationVersion": str(one.version),
        "ExecutionId": one.id,
        "Status": status,
        "DetailedStatus": details,
        "CreatedTime": one.created,
        "LastExecutionDate": one.ended or one.created,
        "ResourceCountByStatus": "{" + ", ".join(f"{name}={number}" for name, number in sorted(found.items())) + "}",
    }
    if "AlarmConfiguration" in one.content:
        shown["AlarmConfiguration"] = one.content["AlarmConfiguration"]
    return {**shown, "TriggeredAlarms": one.alarms} if one.alarms else shown


def target(association: Association, one: Execution, found: Target) -> dict[str, Any]:
    """API shape AssociationExecutionTarget."""
    return {
        "AssociationId": association.id,
        "AssociationVersion": str(one.version),
        "ExecutionId": one.id,
        "ResourceId": found.id,
        "ResourceType": found.type,
        "Status": found.status,
        "DetailedStatus": found.details,
        "LastExecutionDate": found.last,
        "OutputSource": {"OutputSourceId": found.source[1], "OutputSourceType": found.source[0]},
    }
