# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations of associations."""

from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.ssm.associations import model
from local_aws.ssm.associations import rules
from local_aws.ssm.associations import running
from local_aws.ssm.associations import wire
from local_aws.ssm.associations.model import Association
from local_aws.ssm.associations.model import Version
from local_aws.ssm.commands import rules as commands_rules
from local_aws.ssm.tags import model as tags_model

# UpdateAssociation "removes all optional parameters from the request and overwrites the association with null values".
KEPT = ("Name", "Targets", "InstanceId")

assume(
    "association.update",
    "UpdateAssociation keeps the document and the targets that are not resent, and nothing else; another document is "
    "InvalidUpdate; a number as AssociationVersion that is not the latest is InvalidAssociationVersion",
    "UpdateAssociation; CloudFormation replaces the association for another document",
)
assume(
    "association.names",
    "names of associations are not unique; AssociationAlreadyExists is for the deprecated InstanceId only",
    "CreateAssociation",
)
assume("association.filters", "several filters must all match; times of filters are ISO 8601", "ListAssociations")
assume(
    "association.order", "associations come oldest first, versions and executions newest first", "List..., Describe..."
)
assume("association.deleted", "the executions of a deleted association are gone", "DeleteAssociation")

tags_model.register("Association", lambda account, region, name: name.lower() in model.book(account, region))


def _taken(params: dict, *without: str) -> dict[str, Any]:
    """The members of a version. Empty lists and maps are as good as absent."""
    return {name: value for name, value in params.items() if name not in without and value not in ([], {})}


@op("ssm", "CreateAssociation")
def create_association(ctx: Context, params: dict) -> dict:
    book = model.book(ctx.account, ctx.region)
    if len(book) >= SWITCHES["association_quotas"]["associations"]:
        raise AwsError("AssociationLimitExceeded", "You can have at most 2,000 active associations.")
    content = _taken(params, "Tags")
    rules.check(ctx, content)
    tags_model.check(params.get("Tags") or [])
    now = clock.now()
    made = Association(state.new_uuid(), ctx.account, ctx.region, now, [Version(1, content, now)])
    made.hidden = SWITCHES["eventual_reads"]
    tags_model.put(ctx.account, ctx.region, "Association", made.id, params.get("Tags"))
    book[made.id] = made
    if made.old_style:
        made.status = {"Date": now, "Name": "Pending", "Message": f"Associated with {content['Name']}"}
    running.begin(made)
    return {"AssociationDescription": wire.description(made)}


@op("ssm", "UpdateAssociation")
def update_association(ctx: Context, params: dict) -> dict:
    found = model.find(ctx, params["AssociationId"])
    wanted, before = params.get("AssociationVersion"), found.latest.content
    if model.version_of(found, wanted) is not found.latest:
        raise AwsError("InvalidAssociationVersion", f"Version {wanted} is not the latest one.")
    if params.get("Name", before["Name"]) != before["Name"]:
        raise AwsError("InvalidUpdate", "The document of an association cannot be changed.")
    if len(found.versions) >= SWITCHES["association_quotas"]["versions"]:
        raise AwsError("AssociationVersionLimitExceeded", "Each association has a limit of 1,000 versions.")
    content = _taken(params, "AssociationId", "AssociationVersion")
    content = {**{name: before[name] for name in KEPT if name in before}, **content}
    if "TargetMaps" in content and "Targets" not in params:
        content.pop("Targets", None)
    if "InstanceId" in content:
        content.pop("Targets", None)
    else:
        rules.check(ctx, content)
    found.updated = clock.now()
    found.versions.append(Version(found.latest.number + 1, content, found.updated))
    running.begin(found)
    return {"AssociationDescription": wire.description(found)}


def _named(ctx: Context, params: dict) -> Association:
    """By id, or by document and instance."""
    if "AssociationId" in params:
        return model.find(ctx, params["AssociationId"])
    if "Name" not in params or "InstanceId" not in params:
        raise AwsError("ValidationException", "AssociationId, or Name and InstanceId, must be specified.")
    return model.find_old(ctx, params["Name"], params["InstanceId"])


@op("ssm", "DeleteAssociation")
def delete_association(ctx: Context, params: dict) -> dict:
    found = _named(ctx, params)
    running.stop(found)
    del model.book(ctx.account, ctx.region)[found.id]
    tags_model.drop(ctx.account, ctx.region, "Association", found.id)
    return {}


@op("ssm", "DescribeAssociation")
def describe_association(ctx: Context, params: dict) -> dict:
    found = _named(ctx, params)
    version = model.version_of(found, params.get("AssociationVersion"))
    return {"AssociationDescription": wire.description(found, version)}


@op("ssm", "ListAssociations")
def list_associations(ctx: Context, params: dict) -> dict:
    filters = [(one["key"], one["value"]) for one in params.get("AssociationFilterList") or []]
    found = []
    for association in model.book(ctx.account, ctx.region).values():
        if all(_matches(ctx, association, key, value) for key, value in filters) and not _hidden(association):
            found.append(association)
    part, token = page(found, params)
    shown = [wire.listed(association) for association in part]
    return {"Associations": shown, **({"NextToken": token} if token else {})}


def _hidden(association: Association) -> bool:
    association.hidden, hidden = max(0, association.hidden - 1), association.hidden
    return hidden > 0


def _matches(ctx: Context, association: Association, key: str, value: str) -> bool:
    content = association.latest.content
    last = association.executions[0].created if association.executions else None
    if key == "InstanceId":
        return _applies_to(ctx, content, value)
    if key in ("LastExecutedBefore", "LastExecutedAfter"):
        return last is not None and (last < _time(value) if key.endswith("Before") else last > _time(value))
    facts = {
        "Name": [content["Name"]],
        "AssociationId": [association.id],
        "AssociationName": [content.get("AssociationName")],
        "AssociationStatusName": [model.overview(association)["Status"]],
        "ResourceGroupName": [
            name
            for target in content.get("Targets") or []
            if target["Key"].lower() == "resource-groups:name"
            for name in target["Values"]
        ],
    }
    return value in facts.get(key, [])


def _applies_to(ctx: Context, content: dict, instance_id: str) -> bool:
    if content.get("InstanceId") == instance_id:
        return True
    try:
        return any(instance_id in commands_rules.by_targets(ctx, [target]) for target in content.get("Targets") or [])
    except AwsError:
        return False  # a target of Automation that is no node


def _time(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC)
    except ValueError:
        raise AwsError("ValidationException", f"{value!r} is not a time.") from None


@op("ssm", "ListAssociationVersions")
def list_association_versions(ctx: Context, params: dict) -> dict:
    found = model.find(ctx, params["AssociationId"])
    part, token = page(found.versions[::-1], params)
    shown = [wire.version(found, one) for one in part]
    return {"AssociationVersions": shown, **({"NextToken": token} if token else {})}


@op("ssm", "DescribeAssociationExecutions")
def describe_association_executions(ctx: Context, params: dict) -> dict:
    found = model.find(ctx, params["AssociationId"])
    wanted = [(one["Key"], one["Value"], one["Type"]) for one in params.get("Filters") or []]
    rows = [wire.execution(found, one) for one in found.executions]
    rows = [row for row in rows if all(_compare(row, *one) for one in wanted)]
    part, token = page(rows, params)
    return {"AssociationExecutions": part, **({"NextToken": token} if token else {})}


def _compare(row: dict, key: str, value: str, how: str) -> bool:
    actual: Any = row[key]
    wanted: Any = _time(value) if key == "CreatedTime" else value
    if how == "EQUAL":
        return actual == wanted
    return actual < wanted if how == "LESS_THAN" else actual > wanted


@op("ssm", "DescribeAssociationExecutionTargets")
def describe_association_execution_targets(ctx: Context, params: dict) -> dict:
    found = model.find(ctx, params["AssociationId"])
    one = next((one for one in found.executions if one.id == params["ExecutionId"].lower()), None)
    if one is None:
        raise AwsError("AssociationExecutionDoesNotExist", f"Execution {params['ExecutionId']} does not exist.")
    rows = [wire.target(found, one, target) for target in model.targets_of(found, one)]
    for wanted in params.get("Filters") or []:
        rows = [row for row in rows if row[wanted["Key"]] == wanted["Value"]]
    part, token = page(rows, params)
    return {"AssociationExecutionTargets": part, **({"NextToken": token} if token else {})}


@op("ssm", "StartAssociationsOnce")
def start_associations_once(ctx: Context, params: dict) -> dict:
    ids = [one.lower() for one in params["AssociationIds"]]
    if len(set(ids)) != len(ids):
        raise AwsError("InvalidAssociation", "An association is given more than once.")
    for found in [model.find(ctx, one) for one in ids]:
        running.run(found)
    return {}


@op("ssm", "UpdateAssociationStatus")
def update_association_status(ctx: Context, params: dict) -> dict:
    found = model.find_old(ctx, params["Name"], params["InstanceId"])
    wanted = params["AssociationStatus"]
    if found.status and found.status["Name"] == wanted["Name"] and found.status["Message"] == wanted["Message"]:
        raise AwsError("StatusUnchanged", "The updated status is the same as the current status.")
    found.status = {**wanted, "Date": wanted["Date"].replace(tzinfo=wanted["Date"].tzinfo or UTC)}
    return {"AssociationDescription": wire.description(found)}
