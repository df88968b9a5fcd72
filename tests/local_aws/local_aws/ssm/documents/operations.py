# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on documents."""

from typing import Any

from local_aws.framework import clock
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.state import stores
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.documents import rules as document_rules
from local_aws.ssm.documents.model import AMAZON
from local_aws.ssm.documents.model import Family
from local_aws.ssm.documents.model import Version
from local_aws.ssm.documents.model import builtin
from local_aws.ssm.documents.model import families
from local_aws.ssm.documents.model import family_of
from local_aws.ssm.documents.model import missing
from local_aws.ssm.documents.model import platform_types
from local_aws.ssm.documents.model import shown_name
from local_aws.ssm.documents.model import visible
from local_aws.ssm.documents.wire import content_of
from local_aws.ssm.documents.wire import description_of
from local_aws.ssm.documents.wire import identifier_of
from local_aws.ssm.tags import model as tags_model

RESERVED = ("aws", "amazon", "amzn")  # CreateDocument: AWSEC2, AWSConfigRemediation and AWSSupport begin with the first
FORCED = ("ApplicationConfigurationSchema",)
PER_OPERATION = 20

define(
    "document_quotas",
    {"documents": 500, "versions": 1000, "accounts": 1000, "public": 5},
    dict,
    "quotas of documents (AWS General Reference; DocumentLimitExceeded, DocumentPermissionLimit)",
)
define("document_creating_seconds", 0, (int, float), "virtual seconds for which a new document stays in Creating")
define("duplicate_content", "latest", ["latest", "any"], "which versions UpdateDocument compares the new content with")
define("update_needs_latest", True, [True, False], "UpdateDocument without DocumentVersion means the default version")
assume("document.update", "UpdateDocument without DocumentVersion means the default version (switch)", "UpdateDocument")
assume("document.duplicate", "DuplicateDocumentContent compares with the latest version (switch)", "UpdateDocument")
assume("document.reserved", "a reserved prefix of a name is refused with ValidationException", "CreateDocument: Name")
assume("document.delete_default", "deleting the default version is InvalidDocumentOperation", "DeleteDocument")
assume("document.foreign", "changing a document of Amazon or of another account is InvalidDocument", "UpdateDocument")
assume("document.filter_key", "an unknown filter key of ListDocuments is InvalidFilterKey", "ListDocuments")
assume("document.list", "ListDocuments without Owner: own, shared and Amazon's documents by name", "ListDocuments")
assume("document.files", "a file of the section files that is not attached is InvalidDocumentContent", "Attachments")
assume("document.types", "DescribeDocument shows parameters that are no lists as String", "DocumentParameterType")


def _own(ctx: Context, name: str) -> Family:
    family = families(ctx.account, ctx.region).get(name)
    if family is None:
        raise missing(name)
    return family


@op("ssm", "CreateDocument")
def create_document(ctx: Context, params: dict) -> dict:
    name, document_type = params["Name"], params.get("DocumentType", "Command")
    _no_attachments(params)
    if name.lower().startswith(RESERVED):
        raise AwsError("ValidationException", f"The prefix of the document name {name} is reserved.")
    own = families(ctx.account, ctx.region)
    if name in own:
        raise AwsError("DocumentAlreadyExists", f"Document with name {name} already exists.")
    if len(own) >= SWITCHES["document_quotas"]["documents"]:
        raise AwsError("DocumentLimitExceeded", "You can have at most 500 active SSM documents.")
    version = _new_version(params, document_type, 1)
    _no_files(version.parsed)
    tags_model.check(params.get("Tags", []))
    own[name] = Family(name, document_type, ctx.account, [version], requires=params.get("Requires", []))
    tags_model.put(ctx.account, ctx.region, "Document", name, params.get("Tags"))
    return {"DocumentDescription": description_of(ctx, own[name], version, "Creating")}


def _no_attachments(params: dict) -> None:
    if params.get("Attachments"):
        raise AwsError(
            "NotImplementedByEmulator", "Attachments of documents are not implemented in the local AWS.", status=501
        )


def _no_files(parsed: Any) -> None:
    names = sorted(parsed.get("files") or {}) if isinstance(parsed, dict) else []
    if names:
        raise document_rules.invalid(f"The file {names[0]} of the section files is not attached.")


def _new_version(params: dict, document_type: str, number: int) -> Version:
    document_format = params.get("DocumentFormat", "JSON")
    parsed = document_rules.check(params["Content"], document_format, document_type)
    return Version(
        number,
        params["Content"],
        document_format,
        parsed,
        clock.now(),
        clock.timestamp() + SWITCHES["document_creating_seconds"],
        params.get("VersionName"),
        params.get("DisplayName"),
        params.get("TargetType"),
    )


@op("ssm", "UpdateDocument")
def update_document(ctx: Context, params: dict) -> dict:
    family = _own(ctx, params["Name"])
    _no_attachments(params)
    latest = family.resolve("$LATEST")
    schema = latest.parsed.get("schemaVersion", "") if isinstance(latest.parsed, dict) else ""
    if schema.startswith("1."):
        raise AwsError("InvalidDocumentSchemaVersion", f"Documents of schema version {schema} have no versions.")
    base = params.get("DocumentVersion") or ("$DEFAULT" if SWITCHES["update_needs_latest"] else "$LATEST")
    if family.resolve(base) is not latest:
        raise AwsError("InvalidDocumentVersion", "Only the latest version of a document can be updated.")
    if len(family.versions) >= SWITCHES["document_quotas"]["versions"]:
        raise AwsError("DocumentVersionLimitExceeded", "The document has too many versions. Delete one or more.")
    name = params.get("VersionName")
    if name is not None and any(version.version_name == name for version in family.versions):
        raise AwsError("DuplicateDocumentVersionName", f"The version name {name} has already been used.")
    version = _new_version({"DocumentFormat": "JSON", **params}, family.type, family.latest + 1)
    _no_files(version.parsed)
    compared = family.versions if SWITCHES["duplicate_content"] == "any" else [latest]
    if any(other.sha256 == version.sha256 for other in compared):
        raise AwsError("DuplicateDocumentContent", "The content of the document matches another version.")
    version.display_name = version.display_name or latest.display_name
    version.target_type = version.target_type or latest.target_type
    family.versions.append(version)
    family.latest = version.number
    return {"DocumentDescription": description_of(ctx, family, version, "Updating")}


@op("ssm", "UpdateDocumentDefaultVersion")
def update_default_version(ctx: Context, params: dict) -> dict:
    family = _own(ctx, params["Name"])
    version = family.resolve(params["DocumentVersion"])
    family.default = version.number
    found = {"Name": family.name, "DefaultVersion": str(version.number)}
    if version.version_name:
        found["DefaultVersionName"] = version.version_name
    return {"Description": found}


def _wanted(ctx: Context, params: dict) -> tuple[Family, Version]:
    family = family_of(ctx.account, ctx.region, params["Name"])
    number = params.get("DocumentVersion")
    if params.get("VersionName") is not None:
        found = family.resolve(number, params["VersionName"])
        visible(family, ctx.account, str(found.number))
        return family, found
    return family, family.resolve(visible(family, ctx.account, number))


@op("ssm", "GetDocument")
def get_document(ctx: Context, params: dict) -> dict:
    family, version = _wanted(ctx, params)
    wanted = params.get("DocumentFormat", "JSON")
    found = {
        "Name": shown_name(family, ctx.account, ctx.region),
        "CreatedDate": version.created,
        "DisplayName": version.display_name,
        "VersionName": version.version_name,
        "DocumentVersion": str(version.number),
        "Status": version.status,
        "Content": content_of(version, wanted),
        "DocumentType": family.type,
        "DocumentFormat": "TEXT" if version.format == "TEXT" else wanted,
        "Requires": family.requires or None,
    }
    return {key: value for key, value in found.items() if value is not None}


@op("ssm", "DescribeDocument")
def describe_document(ctx: Context, params: dict) -> dict:
    family, version = _wanted(ctx, params)
    return {"Document": description_of(ctx, family, version)}


@op("ssm", "DeleteDocument")
def delete_document(ctx: Context, params: dict) -> dict:
    family = _own(ctx, params["Name"])
    if family.shared:
        raise AwsError(
            "InvalidDocumentOperation",
            "You attempted to delete a document while it is still shared. You must stop sharing it first.",
        )
    if family.type in FORCED and not params.get("Force"):
        raise AwsError("InvalidDocumentOperation", f"A document of type {family.type} needs Force to be deleted.")
    if params.get("DocumentVersion") or params.get("VersionName"):
        version = family.resolve(params.get("DocumentVersion"), params.get("VersionName"))
        if version.number == family.default:
            raise AwsError("InvalidDocumentOperation", "The default version of a document cannot be deleted.")
        family.versions.remove(version)
        family.latest = max(other.number for other in family.versions)
        return {}
    del families(ctx.account, ctx.region)[family.name]
    tags_model.drop(ctx.account, ctx.region, "Document", family.name)
    return {}


@op("ssm", "ListDocumentVersions")
def list_document_versions(ctx: Context, params: dict) -> dict:
    family = family_of(ctx.account, ctx.region, params["Name"])
    rows = []
    for version in sorted(family.versions, key=lambda version: -version.number):
        row = {
            "Name": shown_name(family, ctx.account, ctx.region),
            "DisplayName": version.display_name,
            "DocumentVersion": str(version.number),
            "VersionName": version.version_name,
            "CreatedDate": version.created,
            "IsDefaultVersion": version.number == family.default,
            "DocumentFormat": version.format,
            "Status": version.status,
        }
        rows.append({key: value for key, value in row.items() if value is not None})
    rows, token = page(rows, params)
    return {"DocumentVersions": rows, **({"NextToken": token} if token else {})}


@op("ssm", "ListDocuments")
def list_documents(ctx: Context, params: dict) -> dict:
    wanted = [(item["Key"], item.get("Values", [])) for item in params.get("Filters", [])]
    wanted += [(item["key"], [item["value"]]) for item in params.get("DocumentFilterList", [])]
    if len([key for key, _ in wanted if key == "Owner"]) > 1 or any(
        key == "Owner" and len(values) > 1 for key, values in wanted
    ):
        raise AwsError("ValidationException", "Only one Owner can be specified in a request.")
    rows = []
    for family in sorted(_all(ctx), key=lambda family: (family.owner == AMAZON, family.name, family.owner)):
        if all(_matches(ctx, family, key, values) for key, values in wanted):
            rows.append(identifier_of(ctx, family))
    rows, token = page(rows, params)
    return {"DocumentIdentifiers": rows, **({"NextToken": token} if token else {})}


def _all(ctx: Context) -> list[Family]:
    found = list(families(ctx.account, ctx.region).values()) + list(builtin().values())
    for (account, region), others in stores("ssm.documents").items():
        if account != ctx.account and region == ctx.region:
            found += [family for family in others.values() if {ctx.account, "all"} & set(family.shared)]
    return found


def _matches(ctx: Context, family: Family, key: str, values: list[str]) -> bool:
    version = family.resolve("$DEFAULT")
    if key == "Owner":
        return values[0] in _owners(ctx, family)
    if key == "Name":
        return any(family.name.startswith(value) for value in values)
    if key == "DocumentType":
        return family.type in values
    if key == "PlatformTypes":
        return bool(set(values) & set(platform_types(family, version)))
    if key == "TargetType":
        return version.target_type in values
    if key.startswith("tag:"):
        have = tags_model.of(ctx.account, ctx.region, "Document", family.name) if family.owner == ctx.account else {}
        return have.get(key[4:]) in values
    raise AwsError("InvalidFilterKey", f"The specified filter key {key} is not valid.")


def _owners(ctx: Context, family: Family) -> set[str]:
    if family.owner == ctx.account:
        return {"Self", "All"}
    if family.owner == AMAZON:
        return {"Amazon", "Public", "All"}
    return {"Private", "All"} if ctx.account in family.shared else {"Public", "All"}


@op("ssm", "DescribeDocumentPermission")
def describe_permission(ctx: Context, params: dict) -> dict:
    family = _own(ctx, params["Name"])
    accounts, token = page(sorted(family.shared), params, default=200, maximum=200)
    rows = [{"AccountId": account, "SharedDocumentVersion": family.shared[account]} for account in accounts]
    return {"AccountIds": accounts, "AccountSharingInfoList": rows, **({"NextToken": token} if token else {})}


@op("ssm", "ModifyDocumentPermission")
def modify_permission(ctx: Context, params: dict) -> dict:
    family = _own(ctx, params["Name"])
    added, removed = params.get("AccountIdsToAdd", []), params.get("AccountIdsToRemove", [])
    if not added and not removed:
        raise AwsError("ValidationException", "AccountIdsToAdd or AccountIdsToRemove must be given.")
    if len(added) > PER_OPERATION or len(removed) > PER_OPERATION:
        raise AwsError("DocumentPermissionLimit", "You can specify a maximum of 20 accounts per API operation.")
    added = ["all" if account.lower() == "all" else account for account in added]
    removed = ["all" if account.lower() == "all" else account for account in removed]
    scope = params.get("SharedDocumentVersion") or "$DEFAULT"
    after: dict[str, Any] = {**family.shared, **dict.fromkeys(added, scope)}
    for account in removed:  # documented: removing has the higher priority
        after.pop(account, None)
    if len(after) > SWITCHES["document_quotas"]["accounts"]:
        raise AwsError("DocumentPermissionLimit", "The document cannot be shared with more AWS accounts.")
    public = [other for other in families(ctx.account, ctx.region).values() if "all" in other.shared]
    if "all" in after and family not in public and len(public) >= SWITCHES["document_quotas"]["public"]:
        raise AwsError("DocumentPermissionLimit", "You can publicly share up to five documents.")
    family.shared = after
    return {}


tags_model.register("Document", lambda account, region, name: name in families(account, region))
