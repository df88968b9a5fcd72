# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SSM documents as they are, for the info module."""

from __future__ import annotations

import json

from ..._core.calls import Connection
from ..._core.errors import AccessDenied
from ..._core.errors import NotFound
from ..tags import api as tag_api
from ..wire import iso
from . import api
from . import wire


def listed(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """The documents that filters select, without content; ListDocuments knows neither latest nor default version."""
    models = [wire.document_to_model(document) for document in api.list_documents(aws, filters)]
    return sorted(models, key=lambda model: model["name"])


def described(aws: Connection, names: list[str]) -> list[dict]:
    """What DescribeDocument says of these documents, with their parameters; those that do not exist are left out.

    name is the one that was asked for: of a shared document AWS may answer with another form of it.
    """
    found = []
    for name in dict.fromkeys(names):
        try:
            document = api.describe_document(aws, name=name)
        except NotFound:
            continue
        declared = _declared(aws, name) if document.get("Parameters") else {}
        parameters = [
            {**wire.document_parameter_to_model(one), "declaration": declared.get(one["Name"], {})}
            for one in document.get("Parameters") or []
        ]
        found.append({**wire.document_to_model(document), "name": name, "parameters": parameters})
    return found


def _declared(aws: Connection, name: str) -> dict[str, dict]:
    """The parameters as the content declares them; DescribeDocument has neither their patterns nor their allowed values."""
    try:
        content = json.loads(api.get_document(aws, name=name, document_format="JSON").get("Content") or "{}")
    except (AccessDenied, NotFound, ValueError):
        return {}  # what cannot be read is not judged: AWS judges it later
    found = content.get("parameters") if isinstance(content, dict) else None
    return {key: one for key, one in (found or {}).items() if isinstance(one, dict)}


def read_with_versions(aws: Connection, name: str, version: str) -> dict | None:
    """One version of a document with everything around it; None when it does not exist."""
    try:
        model = wire.document_to_model(api.describe_document(aws, name=name, version=version))
        got = api.get_document(aws, name=name, version=version, document_format=model["document_format"])
        versions = [_version(one) for one in api.list_document_versions(aws, name)]
    except NotFound:
        return None
    # Nobody may ask who shares a document of AWS or of another account, and its tags are not ours to see.
    foreign = ":" in name or not (model["owner"] or "").isdigit()
    shared = [] if foreign else sorted(api.list_shared_accounts(aws, name))
    tags = {} if foreign else tag_api.list_tags(aws, kind="Document", resource_id=name)
    versions.sort(key=lambda one: int(one["document_version"]), reverse=True)
    return {**model, "content": got.get("Content"), "versions": versions, "shared_account_ids": shared, "tags": tags}


def _version(version: dict) -> dict:
    return {
        "document_version": version["DocumentVersion"],
        "version_name": version.get("VersionName"),
        "document_format": version.get("DocumentFormat"),
        "is_default": version.get("IsDefaultVersion"),
        "status": version.get("Status"),
        "created_date": iso(version.get("CreatedDate")),
    }
