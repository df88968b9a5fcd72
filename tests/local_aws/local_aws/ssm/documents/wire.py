# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documents as the API shows them."""

import json

import yaml

from local_aws.framework.registry import Context
from local_aws.ssm.documents.model import Family
from local_aws.ssm.documents.model import Version
from local_aws.ssm.documents.model import platform_types
from local_aws.ssm.documents.model import shown_name
from local_aws.ssm.documents.model import visible
from local_aws.ssm.documents.parameters import kind
from local_aws.ssm.tags import model as tags_model


def description_of(ctx: Context, family: Family, version: Version, status: str | None = None) -> dict:
    parsed = version.parsed if isinstance(version.parsed, dict) else {}
    found = {
        "Hash": version.sha256,
        "HashType": "Sha256",
        "Name": shown_name(family, ctx.account, ctx.region),
        "DisplayName": version.display_name,
        "VersionName": version.version_name,
        "Owner": family.owner,
        "CreatedDate": version.created,
        "Status": status or version.status,
        "DocumentVersion": str(version.number),
        "Description": parsed.get("description"),
        "Parameters": [_parameter(name, facts) for name, facts in (parsed.get("parameters") or {}).items()],
        "PlatformTypes": platform_types(family, version),
        "DocumentType": family.type,
        "SchemaVersion": parsed.get("schemaVersion"),
        "LatestVersion": str(family.latest),
        "DefaultVersion": str(family.default),
        "DocumentFormat": version.format,
        "TargetType": version.target_type,
        "Requires": family.requires or None,
        "Tags": (
            tags_model.listed(ctx.account, ctx.region, "Document", family.name) if family.owner == ctx.account else []
        ),
    }
    return {key: value for key, value in found.items() if value is not None}


def _parameter(name: str, facts: dict) -> dict:
    found = {
        "Name": name,
        "Type": "StringList" if kind(facts) in ("StringList", "MapList") else "String",
        "Description": facts.get("description"),
    }
    if "default" in facts:
        default = facts["default"]
        found["DefaultValue"] = default if isinstance(default, str) else json.dumps(default)
    return {key: value for key, value in found.items() if value is not None}


def content_of(version: Version, wanted: str) -> str:
    if wanted in (version.format, "TEXT") or version.format == "TEXT":
        return version.content
    if wanted == "JSON":
        return json.dumps(version.parsed, indent=2)
    return yaml.safe_dump(version.parsed, sort_keys=False, allow_unicode=True)


def identifier_of(ctx: Context, family: Family) -> dict:
    shared = family.resolve(visible(family, ctx.account, None))
    facts = description_of(ctx, family, shared)
    keys = ("Name", "CreatedDate", "DisplayName", "Owner", "VersionName", "PlatformTypes", "DocumentVersion")
    keys += ("DocumentType", "SchemaVersion", "DocumentFormat", "TargetType", "Tags", "Requires")
    return {key: facts[key] for key in keys if key in facts}
