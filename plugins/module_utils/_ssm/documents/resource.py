# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SSM documents as resources: content, versions, default version, sharing, tags."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.yaml import HAS_YAML
from ansible.module_utils.common.yaml import yaml_dump
from ansible.module_utils.common.yaml import yaml_load

from ..._core import follow
from ..._core.calls import Connection
from ..._core.compare import merge_set
from ..._core.converge import Resource
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.tags import to_wire as tags_to_wire
from ..._core.wait import Deadline
from ..tags import api as tag_api
from . import api
from . import wire

LATEST = "$LATEST"
SERVER_FIELDS = (
    "created_date",
    "description",
    "document_version",
    "hash",
    "hash_type",
    "latest_version",
    "owner",
    "platform_types",
    "schema_version",
    "status",
    "status_information",
)
# API DocumentStatus.
STATUSES = {
    "Creating": follow.RUNNING,
    "Updating": follow.RUNNING,
    "Deleting": follow.RUNNING,
    "Active": follow.SUCCEEDED,
    "Failed": follow.FAILED,
}
SETTLE_SECONDS = 120.0
SEARCHED = 50  # former versions that are read to find a content; a document has up to 1,000


@dataclass(frozen=True)
class Desired:
    """What the options ask for; None = leave as it is."""

    name: str
    content: str | None
    document_type: str | None
    document_format: str | None
    target_type: str | None
    version_name: str | None
    default_version: str
    shared_account_ids: list[str] | None
    purge_shared: bool


def content_text(content: Any, document_format: str | None) -> str | None:
    """The content as text: a dict is written in the format asked for (JSON when none is)."""
    if content is None or isinstance(content, str):
        return content
    if document_format == "YAML" and HAS_YAML:
        return yaml_dump(content, sort_keys=False)
    return json.dumps(content, indent=2)


def guess_format(content: str | None) -> str:
    """JSON begins with a brace; everything else that people write is YAML."""
    return "JSON" if (content or "").lstrip().startswith("{") else "YAML"


def same_content(one: str | None, other: str | None) -> bool:
    """Whether two contents mean the same; comments, order of keys and the format do not count."""
    if one is None or other is None or one.strip() == other.strip():
        return one is other or (one or "").strip() == (other or "").strip()
    try:
        # As text, because to Python 1 and true are equal.
        return json.dumps(_parse(one), sort_keys=True, default=str) == json.dumps(
            _parse(other), sort_keys=True, default=str
        )
    except Exception:  # whatever a parser raises: text that is neither JSON nor YAML is compared as text
        return False


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        if not HAS_YAML:
            raise
        return yaml_load(text)


def read(aws: Connection, name: str, desired: Desired | None = None) -> dict | None:
    """The model with sharing and tags; None when there is no such document.

    It describes the latest version, or the former version that has the desired content: AWS refuses to write that again
    (DuplicateDocumentContent).
    """
    try:
        model = _version(aws, name, LATEST)
        model = _with_content(aws, model, desired) or model if desired else model
    except NotFound:
        return None
    shared = sorted(wire.shared(api.list_shared_accounts(aws, name)))
    tags = tag_api.list_tags(aws, kind="Document", resource_id=name)
    return {**model, "shared_account_ids": shared, "tags": tags}


def _version(aws: Connection, name: str, version: str) -> dict:
    model = wire.document_to_model(api.describe_document(aws, name=name, version=version))
    got = api.get_document(aws, name=name, version=version, document_format=model["document_format"])
    return {**model, "content": got.get("Content")}


def _with_content(aws: Connection, latest: dict, desired: Desired) -> dict | None:
    """The former version with the desired content, None for none: the default version first, then the newest ones."""
    name, count = latest["name"], int(latest["latest_version"] or 1)
    if desired.content is None or count < 2 or same_content(latest["content"], desired.content):
        return None
    versions = [one["DocumentVersion"] for one in api.list_document_versions(aws, name)]
    older = sorted((one for one in versions if one != latest["latest_version"]), key=int, reverse=True)
    older.sort(key=lambda version: version != latest["default_version"])
    for version in older[:SEARCHED]:
        got = api.get_document(aws, name=name, version=version)
        if same_content(got.get("Content"), desired.content):
            found = _version(aws, name, version)
            return found if desired.target_type in (None, found["target_type"] or "") else None
    return None


def predict(before: dict | None, desired: Desired) -> dict:
    """The model after the change. Format and version name belong to a version, so only a new one takes them."""
    if before is None:
        return _predict_new(desired)
    after = dict(before)
    after["document_type"] = desired.document_type or before["document_type"]
    after["target_type"] = before["target_type"] if desired.target_type is None else desired.target_type or None
    fresh = desired.content is not None and not same_content(before["content"], desired.content)
    if not fresh and after["target_type"] != before["target_type"]:
        raise InvalidInput(
            f"target_type: of document {desired.name} is {before['target_type']}; it can only be changed with a new version, and "
            "AWS rejects a version with the same content (DuplicateDocumentContent)"
        )
    if fresh:
        version = str(int(before["latest_version"]) + 1)
        after.update(latest_version=version, document_version=version, version_name=desired.version_name)
    if fresh:
        after["content"] = desired.content
        after["document_format"] = desired.document_format or guess_format(desired.content)
    after["default_version"] = _default(desired, before["default_version"], after)
    after["shared_account_ids"] = merge_set(
        before["shared_account_ids"], desired.shared_account_ids, desired.purge_shared
    )
    return after


def _predict_new(desired: Desired) -> dict:
    if desired.content is None or desired.document_type is None:
        raise InvalidInput(
            f"Document {desired.name} does not exist; content and document_type are required to create it"
        )
    return {
        **dict.fromkeys(SERVER_FIELDS),
        "name": desired.name,
        "content": desired.content,
        "document_type": desired.document_type,
        "document_format": desired.document_format or guess_format(desired.content),
        "target_type": desired.target_type or None,
        "version_name": desired.version_name,
        "document_version": "1",
        "latest_version": "1",
        "default_version": _default(desired, "1", {"document_version": "1", "latest_version": "1"}),
        "shared_account_ids": sorted(set(desired.shared_account_ids or [])),
    }


def _default(desired: Desired, now: str, after: dict) -> str:
    latest = after["latest_version"]
    known = {"keep": now, "latest": after["document_version"]}
    wanted = known.get(desired.default_version, desired.default_version)
    if int(wanted) > int(latest):
        raise InvalidInput(
            f"Document {desired.name}: version {wanted} cannot be made the default, the latest version is {latest}"
        )
    return wanted


def resource(aws: Connection, name: str, desired: Desired | None) -> Resource:
    """What the kernel needs to converge one document."""
    return Resource(
        kind="document",
        name=name,
        find=lambda: read(aws, name, desired),
        predict=predict,
        create=lambda after: _create(aws, after),
        update=lambda before, after, names: _update(aws, before, after, names, desired),
        delete=lambda before: _delete(aws, before),
        set_tags=lambda after, to_set, to_remove: tag_api.change_tags(aws, "Document", name, to_set, to_remove),
        unordered=("shared_account_ids", "platform_types"),
        immutable=("document_type",),
        server=SERVER_FIELDS,
        hidden=("content",),
        raced=("DocumentAlreadyExists", "DuplicateDocumentContent"),
    )


def _optional(after: dict) -> dict:
    members = {"VersionName": after["version_name"], "TargetType": after["target_type"]}
    return {name: value for name, value in members.items() if value}


def _create(aws: Connection, after: dict) -> None:
    request = {
        "Name": after["name"],
        "Content": after["content"],
        "DocumentType": after["document_type"],
        "DocumentFormat": after["document_format"],
        **_optional(after),
    }
    if after["tags"]:
        request["Tags"] = tags_to_wire(after["tags"])
    try:
        api.create_document(aws, **request)
    except ServiceError as error:
        # The answer to our first try was lost, and the second found what the first had made.
        if error.code != "DocumentAlreadyExists" or error.details.get("attempts", 1) == 1:
            raise
    _settle(aws, after["name"], LATEST)
    api.share_document(aws, after["name"], after["shared_account_ids"], [])


def _update(aws: Connection, before: dict, after: dict, names: frozenset, desired: Desired | None) -> None:
    name = after["name"]
    if "content" in names:
        version = _new_version(aws, after)
        _settle(aws, name, version)
        after = {**after, "default_version": version} if desired and desired.default_version == "latest" else after
    wanted = after["default_version"]
    if wanted != before["default_version"]:
        api.update_default_version(aws, name=name, version=wanted)
    old, new = set(before["shared_account_ids"]), set(after["shared_account_ids"])
    api.share_document(aws, name, sorted(new - old), sorted(old - new))


def _new_version(aws: Connection, after: dict) -> str:
    request = {
        "Name": after["name"],
        "Content": after["content"],
        "DocumentFormat": after["document_format"],
        "DocumentVersion": LATEST,
        **_optional(after),
    }
    try:
        return api.update_document(aws, **request)["DocumentVersion"]
    except ServiceError as error:
        if error.code != "DuplicateDocumentContent":
            raise
        if error.details.get("attempts", 1) == 1:
            error.message += f"; a version before the last {SEARCHED} has this content: set default_version to its number and omit content"
            raise
        return api.describe_document(aws, name=after["name"], version=LATEST)["DocumentVersion"]


def _settle(aws: Connection, name: str, version: str) -> None:
    """Wait until the version is active. Raises RunFailed with the service's reason when it never will be."""

    def look() -> follow.Seen:
        try:
            document = api.describe_document(aws, name=name, version=version)
        except NotFound:  # reads lag behind writes
            return follow.Seen(False, "not visible", None)
        status = document.get("Status")
        outcome = follow.outcome_of(status, STATUSES, f"Document {name}")
        return follow.Seen(outcome != follow.RUNNING, status, (outcome, document.get("StatusInformation")))

    deadline = Deadline.after(aws.clock, SETTLE_SECONDS)
    end = follow.follow(look, deadline=deadline, interval=1.0, say=lambda line: None)
    outcome, reason = end.seen.value or (follow.RUNNING, None)
    if outcome != follow.SUCCEEDED:
        raise RunFailed(f"Document {name} is {end.seen.line}: {reason}", details={"status_information": reason})


def _delete(aws: Connection, before: dict) -> None:
    # A document that is shared cannot be deleted (API DeleteDocument, InvalidDocumentOperation).
    try:
        api.share_document(aws, before["name"], [], before["shared_account_ids"])
        api.delete_document(aws, name=before["name"])
    except NotFound:
        pass


# Reading for the info module
