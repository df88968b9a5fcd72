# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SSM documents: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import PROTECTED

NO_DOCUMENT = ("InvalidDocument", "InvalidDocumentVersion")


@api_call("describe document {name}", missing=NO_DOCUMENT)
def describe_document(client: Any, name: str, version: str | None = None) -> dict:
    """DescribeDocument; without a version the default one."""
    optional = {"DocumentVersion": version} if version else {}
    return client.describe_document(Name=name, **optional)["Document"]


@api_call("read document {name}", missing=NO_DOCUMENT)
def get_document(client: Any, name: str, version: str | None = None, document_format: str | None = None) -> dict:
    """GetDocument; its Content is a string in the format asked for."""
    optional = {"DocumentVersion": version} if version else {}
    if document_format:
        optional["DocumentFormat"] = document_format
    return client.get_document(Name=name, **optional)


@api_call("list the versions of document {name}", missing=NO_DOCUMENT)
def _versions_page(client: Any, name: str, token: str | None) -> dict:
    return client.list_document_versions(Name=name, MaxResults=50, **next_token(token))


def list_document_versions(aws: Connection, name: str) -> list[dict]:
    """ListDocumentVersions."""
    return list(paged(partial(_versions_page, aws, name=name), "DocumentVersions"))


@api_call("list documents")
def _documents_page(client: Any, filters: list, token: str | None) -> dict:
    return client.list_documents(Filters=filters, MaxResults=50, **next_token(token))


def list_documents(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """ListDocuments; filters as {Key: [Values]}."""
    wire = [{"Key": key, "Values": values} for key, values in filters.items()]
    return list(paged(partial(_documents_page, aws, filters=wire), "DocumentIdentifiers"))


@api_call("create document {Name}", PROTECTED)
def create_document(client: Any, **request: Any) -> dict:
    """CreateDocument; the name protects against a second one."""
    return client.create_document(**request)["DocumentDescription"]


@api_call("update document {Name}", PROTECTED)
def update_document(client: Any, **request: Any) -> dict:
    """UpdateDocument; the same content twice is refused as DuplicateDocumentContent."""
    return client.update_document(**request)["DocumentDescription"]


@api_call("set the default version of document {name} to {version}", PROTECTED, missing=NO_DOCUMENT)
def update_default_version(client: Any, name: str, version: str) -> None:
    """UpdateDocumentDefaultVersion."""
    client.update_document_default_version(Name=name, DocumentVersion=version)


@api_call("delete document {name}", PROTECTED, missing=NO_DOCUMENT)
def delete_document(client: Any, name: str) -> None:
    """DeleteDocument: all versions."""
    client.delete_document(Name=name)


@api_call("read the sharing of document {name}", missing=NO_DOCUMENT)
def _permission_page(client: Any, name: str, token: str | None) -> dict:
    return client.describe_document_permission(Name=name, PermissionType="Share", MaxResults=200, **next_token(token))


def list_shared_accounts(aws: Connection, name: str) -> list[str]:
    """DescribeDocumentPermission: the account ids, or "all"."""
    return list(paged(partial(_permission_page, aws, name=name), "AccountIds"))


@api_call("share document {name}", PROTECTED, missing=NO_DOCUMENT)
def _modify_permission(client: Any, name: str, request: dict) -> None:
    client.modify_document_permission(Name=name, PermissionType="Share", **request)


def share_document(aws: Connection, name: str, add: list[str], remove: list[str]) -> None:
    """ModifyDocumentPermission, 20 accounts a call."""
    for part in chunks(add, 20):
        _modify_permission(aws, name=name, request={"AccountIdsToAdd": part})
    for part in chunks(remove, 20):
        _modify_permission(aws, name=name, request={"AccountIdsToRemove": part})
