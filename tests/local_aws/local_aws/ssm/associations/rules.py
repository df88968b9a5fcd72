# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS refuses of an association. Sources: API CreateAssociation and UpdateAssociation and their errors."""

import re
from typing import Any

from moto.resourcegroups.models import resourcegroups_backends
from moto.s3.models import s3_backends

from local_aws.fleet import machine as fleet_machine
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.ssm.associations import schedule
from local_aws.ssm.associations.model import book
from local_aws.ssm.documents import model as documents
from local_aws.ssm.documents import parameters
from local_aws.ssm.documents.model import Document

TYPES = ("Command", "Automation", "Policy")
NODE = re.compile(r"\*|i-[0-9a-f]{8}|i-[0-9a-f]{17}|mi-[0-9a-f]{17}")
NO_OP = "aws:NoOpAutomationTag"
KEYS = ("instanceids", "tag-key", "resource-groups:name", "resource-groups:resourcetypefilters")
AUTOMATION_KEYS = ("parametervalues", "aws::ec2::instance", "resourcegroup", "*")
# API CreateAssociation, InstanceId: with it "you can't use the parameters ...".
NOT_WITH_INSTANCE = (
    "AssociationName",
    "DocumentVersion",
    "MaxErrors",
    "MaxConcurrency",
    "OutputLocation",
    "ScheduleExpression",
)

assume(
    "association.amazon-version",
    "DocumentVersion cannot be given for a document of Amazon: InvalidDocumentVersion",
    "CreateAssociation does not say so; users report the refusal",
)
assume(
    "association.automation-targets",
    "an Automation runbook with targets needs AutomationTargetParameterName and takes one target: InvalidTarget",
    "AutomationTargetParameterName: required for associations that use a runbook and rate controls",
)
assume(
    "association.instances",
    "InstanceIds of Targets need not exist; InstanceId must be a managed node, and its document a schema of 1.x",
    "CreateAssociation",
)
assume(
    "association.association-id",
    "with SyncCompliance MANUAL the document must have the parameter AssociationId, which the service fills in: else "
    "InvalidParameters; AWS-RunPatchBaselineAssociation with AUTO is InvalidParameters",
    "CreateAssociation: SyncCompliance; user guide, AWS-RunPatchBaselineAssociation",
)
assume(
    "association.parameter-store",
    "values with {{ssm:...}} are not checked before the run",
    "CreateAssociation: Parameters",
)


def check(ctx: Context, content: dict[str, Any]) -> None:
    """Raise the error of CreateAssociation for these members."""
    document = _document(ctx, content)
    if "InstanceId" in content:
        _old_style(ctx, content, document)
    _targets(ctx, content, document)
    apply_only = content.get("ApplyOnlyAtCronInterval", False)
    schedule.check(content.get("ScheduleExpression"), apply_only, content.get("ScheduleOffset"))
    _parameters(content, document)
    _output(content)


def _document(ctx: Context, content: dict) -> Document:
    name, version = content["Name"], content.get("DocumentVersion")
    try:
        found = documents.find(ctx.account, ctx.region, name, version)
    except AwsError as error:
        if error.code == "InvalidDocumentVersion":
            raise AwsError("InvalidDocumentVersion", f"Document version: {version} is invalid") from None
        raise AwsError("InvalidDocument", f"Document does not exist: {name}") from None
    if found.type not in TYPES:
        raise AwsError("InvalidDocument", f"Document type {found.type} is not supported for associations.")
    if version is not None and found.owner == documents.AMAZON:
        raise AwsError("InvalidDocumentVersion", "Document version can not be used with Amazon document")
    return found


def _old_style(ctx: Context, content: dict, document: Document) -> None:
    wrong = [name for name in NOT_WITH_INSTANCE if name in content]
    if wrong or "Targets" in content:
        raise AwsError("InvalidTarget", f"InstanceId cannot be used with {(wrong or ['Targets'])[0]}.")
    if not str(document.content.get("schemaVersion", "")).startswith("1."):
        raise AwsError("InvalidDocument", "InstanceId cannot be used with documents of schema version 2.0 or later.")
    node = fleet_machine.machine(ctx.account, ctx.region, content["InstanceId"])
    if node is None or node.agent == "none":
        raise AwsError("InvalidInstanceId", f"Instance {content['InstanceId']} is not a managed node.")
    if node.platform_type not in document.platform_types:
        raise AwsError("UnsupportedPlatformType", f"{document.name} does not support {node.platform_type}.")
    for other in book(ctx.account, ctx.region).values():
        have = other.latest.content
        if other.old_style and (have["Name"], have["InstanceId"]) == (content["Name"], content["InstanceId"]):
            raise AwsError("AssociationAlreadyExists", "The specified association already exists.")


def _targets(ctx: Context, content: dict, document: Document) -> None:
    targets, maps = content.get("Targets") or [], content.get("TargetMaps") or []
    parameter = content.get("AutomationTargetParameterName")
    automation = document.type == "Automation"
    if targets and maps:
        raise AwsError("InvalidTargetMaps", "Targets and TargetMaps can't be specified together.")
    if not automation and (parameter or maps or content.get("TargetLocations")):
        text = "AutomationTargetParameterName, TargetMaps and TargetLocations need an Automation runbook."
        raise AwsError("InvalidTargetMaps" if maps else "InvalidTarget", text)
    if not automation and not targets and "InstanceId" not in content:
        raise AwsError("InvalidTarget", "Instance ID or targets must be specified")
    for target in targets:
        _target(ctx, target, automation)
    if automation:
        _automation(document, targets, maps, parameter)


def _target(ctx: Context, target: dict, automation: bool) -> None:
    key, values = target.get("Key") or "", target.get("Values") or []
    known = key.lower() in KEYS or key == NO_OP or (key.startswith("tag:") and len(key) > 4)
    if not known and not (automation and key.lower() in AUTOMATION_KEYS):
        raise AwsError(
            "InvalidTarget",
            f"Unsupported target key: {key}, can either be InstanceIds, {NO_OP}, resource-groups:name, tag-key or start "
            "with tag:",
        )
    if not values or not all(values):
        raise AwsError("InvalidTarget", "Tag or InstanceIds values cannot contain null or empty string.")
    if key.lower() == "instanceids":
        bad = [value for value in values if not NODE.fullmatch(value)]
        if bad:
            raise AwsError("InvalidTarget", f"Invalid InstanceId format: {bad[0]}")
    if key.lower() == "resource-groups:name":
        groups = resourcegroups_backends[ctx.account][ctx.region].groups.by_name
        if len(values) > 1 or values[0] not in groups:
            raise AwsError("InvalidTarget", f"Resource group {values[0]} does not exist, or more than one is given.")


def _automation(document: Document, targets: list, maps: list, parameter: str | None) -> None:
    declared = document.content.get("parameters") or {}
    if bool(targets) != bool(parameter) and not maps:
        raise AwsError("InvalidTarget", "Must specify both Automation Target Parameter Name and Targets")
    if len(targets) > 1:
        raise AwsError("InvalidTarget", "An Automation runbook takes one target.")
    if parameter is not None and parameter not in declared:
        raise AwsError("InvalidParameters", f'Parameter "{parameter}" is not defined in the document.')
    unknown = sorted({name for one in maps for name in one} - set(declared))
    if unknown:
        raise AwsError("InvalidTargetMaps", f'Parameter "{unknown[0]}" is not defined in the document.')


def _parameters(content: dict, document: Document) -> None:
    declared = document.content.get("parameters") or {}
    given = content.get("Parameters") or {}
    filled = {content.get("AutomationTargetParameterName")} | {
        name for one in content.get("TargetMaps") or [] for name in one
    }
    if content.get("SyncCompliance") == "MANUAL":
        filled.add("AssociationId")
        given = {"AssociationId": ["{{AssociationId}}"], **given}
    for name, values in given.items():
        if name not in declared:
            raise AwsError("InvalidParameters", f'Parameter "{name}" is not defined in the document.')
        if not any("{{" in value for value in values):
            _value(name, declared[name], values)
    needed = [name for name, one in declared.items() if "default" not in one and name not in filled | set(given)]
    if needed:
        raise AwsError("InvalidParameters", f'Parameter "{needed[0]}" requires a value.')


def _value(name: str, definition: dict, values: list[str]) -> None:
    try:
        parameters.parse(definition, values)
    except parameters.ParameterError as problem:
        raise AwsError("InvalidParameters", f"Parameter {name}: {problem}.") from None


def _output(content: dict) -> None:
    bucket = (content.get("OutputLocation") or {}).get("S3Location", {}).get("OutputS3BucketName")
    if "OutputLocation" not in content:
        return
    buckets = {name for one in s3_backends.values() for part in one.values() for name in part.buckets}
    if bucket is None or bucket not in buckets:
        raise AwsError("InvalidOutputLocation", f"The bucket {bucket} does not exist.")
