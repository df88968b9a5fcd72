# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SSM documents: wire -> model, their names. Pure."""

from __future__ import annotations

import re

from ..wire import iso

# The documents of AWS that scan or patch (user guide "SSM Command documents for patching managed nodes", recommended and
# legacy ones, and the Automation runbook reference): a task that runs one of them is a patching task, whoever made it.
PATCHING_DOCUMENTS = (
    "AWS-ApplyPatchBaseline",
    "AWS-FindWindowsUpdates",
    "AWS-InstallMissingWindowsUpdates",
    "AWS-InstallSpecificWindowsUpdates",
    "AWS-InstallWindowsUpdates",
    "AWS-PatchAsgInstance",
    "AWS-PatchInstanceWithRollback",
    "AWS-RunPatchBaseline",
    "AWS-RunPatchBaselineAssociation",
    "AWS-RunPatchBaselineWithHooks",
)


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


# An ARN of a document of AWS has no account in it; a version may stand behind the name of a runbook.
OF_AWS = re.compile(r"arn:[a-z-]+:ssm:[a-z0-9-]*::(?:document|automation-definition)/([^:]+)(?::\$DEFAULT)?")


def same_document(one: str | None, other: str | None) -> bool:
    """Whether two names are one document: AWS takes its own documents by name and by ARN, and may answer with the other form.

    The ARN of an account is its own document only: the same name may exist in several accounts.
    """
    names = {found[1] if (found := OF_AWS.fullmatch(name or "")) else name for name in (one, other)}
    return len(names) == 1


def shared(accounts: list[str] | None) -> list[str] | None:
    """The accounts of a sharing as AWS lists them: everybody is all, also where All was given. None stays None."""
    return accounts and ["all" if account.lower() == "all" else account for account in accounts]


def short_name(arn: str) -> str:
    """The name of a document also from its ARN (arn:...:document/NAME, arn:...:automation-definition/NAME:VERSION)."""
    if not arn.startswith("arn:") or "/" not in arn:
        return arn  # a name, or the function of a Lambda task
    return arn.rpartition("/")[2].partition(":")[0]
