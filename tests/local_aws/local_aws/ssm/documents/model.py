# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The documents of Systems Manager: what is kept, and how a document is found. The operations: document_operations.py."""

import hashlib
import json
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.ssm.documents import rules as document_rules

BUILTIN = Path(__file__).parent / "builtin"
AMAZON = "Amazon"
PUBLISHED = datetime(2025, 11, 3, 18, 0, tzinfo=UTC)


@dataclass
class Version:
    """One version of a document. parsed: the content as data (text for TEXT)."""

    number: int
    content: str
    format: str
    parsed: Any
    created: datetime
    active_at: float = 0.0  # virtual time from which the status is Active
    version_name: str | None = None
    display_name: str | None = None
    target_type: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def status(self) -> str:
        return "Active" if clock.timestamp() >= self.active_at else "Creating"


@dataclass
class Family:
    """A document with its versions. shared: {account or "all": $DEFAULT | $LATEST | $ALL}."""

    name: str
    type: str
    owner: str
    versions: list[Version]
    default: int = 1
    latest: int = 1
    shared: dict[str, str] = field(default_factory=dict)
    requires: list[dict] = field(default_factory=list)
    platform_types: list[str] | None = None

    def version(self, number: int) -> Version | None:
        return next((version for version in self.versions if version.number == number), None)

    def resolve(self, wanted: str | None, version_name: str | None = None) -> Version:
        """The version of a number, $LATEST, $DEFAULT (also None) or a version name. Raises InvalidDocumentVersion."""
        if version_name is not None:
            found = next((version for version in self.versions if version.version_name == version_name), None)
            if found and wanted not in (None, "$LATEST", "$DEFAULT") and str(found.number) != wanted:
                found = None
        elif wanted in (None, "$DEFAULT"):
            found = self.version(self.default)
        else:
            found = self.version(self.latest if wanted == "$LATEST" else int(wanted))
        if found is None:
            raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
        return found


@dataclass(frozen=True)
class Document:
    """One version of a document as other parts use it. content: parsed, shared between users: do not change it."""

    name: str
    version: str
    type: str
    content: Any
    owner: str
    platform_types: tuple[str, ...]
    sha256: str
    status: str
    default_version: str
    latest_version: str
    target_type: str | None


def families(account: str, region: str) -> dict[str, Family]:
    """The documents that an account owns in a Region, by name."""
    return state.store(account, region, "ssm.documents")


def find(account: str, region: str, name: str, version: str | None = None) -> Document:
    """A document that the account can use: its own, Amazon's, or a shared one by ARN.

    version: number, $LATEST, $DEFAULT or None. Raises InvalidDocument, InvalidDocumentVersion.
    """
    family = family_of(account, region, name)
    found = family.resolve(visible(family, account, version))
    return Document(
        name=shown_name(family, account, region),
        version=str(found.number),
        type=family.type,
        content=found.parsed,
        owner=family.owner,
        platform_types=tuple(platform_types(family, found)),
        sha256=found.sha256,
        status=found.status,
        default_version=str(family.default),
        latest_version=str(family.latest),
        target_type=found.target_type,
    )


def platform_types(family: Family, version: Version) -> list[str]:
    """PlatformTypes of a version."""
    return family.platform_types or document_rules.platforms(version.parsed, family.type)


def shown_name(family: Family, account: str, region: str) -> str:
    """The name as this account sees it: of a document of somebody else the ARN."""
    if family.owner in (account, AMAZON):
        return family.name
    return f"arn:aws:ssm:{region}:{family.owner}:document/{family.name}"


def visible(family: Family, account: str, version: str | None) -> str | None:
    """The version that a sharee may ask for. Raises InvalidDocumentVersion for one that is not shared."""
    if family.owner in (account, AMAZON):
        return version
    scope = family.shared.get(account, family.shared.get("all", "$DEFAULT"))
    if scope == "$ALL":
        return version
    shared = family.resolve(scope)
    if version in (None, "$DEFAULT", "$LATEST") or version == str(shared.number):
        return str(shared.number)
    raise AwsError("InvalidDocumentVersion", "The document version is not valid or is not shared with the account.")


def family_of(account: str, region: str, name: str) -> Family:
    """The document by name or ARN. Raises InvalidDocument."""
    owner, plain = account, name
    if name.startswith("arn:"):
        parts = name.split(":", 5)
        if len(parts) != 6 or parts[2] != "ssm" or parts[3] != region or "/" not in parts[5]:
            raise missing(name)
        owner, plain = parts[4] or AMAZON, parts[5].split("/", 1)[1]
    family = families(owner, region).get(plain) if owner != AMAZON else None
    if family is None and owner in (account, AMAZON):
        family = builtin().get(plain)
    if family is None or (family.owner not in (account, AMAZON) and not _shared_with(family, account)):
        raise missing(name)
    return family


def _shared_with(family: Family, account: str) -> bool:
    return account in family.shared or "all" in family.shared


def missing(name: str) -> AwsError:
    return AwsError("InvalidDocument", f"Document with name {name} does not exist.")


@lru_cache(maxsize=1)
def builtin() -> dict[str, Family]:
    """Amazon's documents, from builtin/*.yaml (one file a document).

    A file holds the content itself, or {content, type, versions, platform_types, target_type} around it; the name is
    the name of the file. Contents go through the same checks as those of customers.
    """
    found = {}
    for path in sorted(BUILTIN.glob("*.yaml")):
        data = yaml.load(path.read_text(encoding="utf-8"), document_rules._Loader)  # noqa: S506
        family = _builtin_family(path.stem, data if "content" in data else {"content": data})
        found[family.name] = family
    return found


def _builtin_family(stem: str, data: dict) -> Family:
    content = data["content"]
    kind = data.get("type") or ("Automation" if content.get("schemaVersion") == "0.3" else "Command")
    written = json.dumps(content, indent=2)
    parsed = document_rules.check(written, "JSON", kind)
    number = int(data.get("version", 1))
    version = Version(number, written, "JSON", parsed, PUBLISHED, target_type=data.get("target_type"))
    name = data.get("name", stem)
    return Family(
        name, kind, AMAZON, [version], number, number, {"all": "$ALL"}, platform_types=data.get("platform_types")
    )
