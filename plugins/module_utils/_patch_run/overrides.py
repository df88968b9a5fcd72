# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a run installs other than what the patch baselines approve: overrides of AWS-RunPatchBaseline, read, made and judged.

Formats and meaning: Systems Manager user guide, "SSM Command document for patching: AWS-RunPatchBaseline" (InstallOverrideList)
and "Using the BaselineOverride parameter".
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
import typing as t

from .._core.errors import InvalidInput
from .._planner.model import PlannedHost
from .._planner.model import is_windows
from .._planner.patch_choice import is_kb
from .._planner.patch_choice import only_problems

LIST = "list"
BASELINE = "baseline"
# API BaselineOverride.
BASELINE_KEYS = frozenset(
    {
        "OperatingSystem",
        "GlobalFilters",
        "ApprovalRules",
        "ApprovedPatches",
        "ApprovedPatchesComplianceLevel",
        "RejectedPatches",
        "RejectedPatchesAction",
        "ApprovedPatchesEnableNonSecurity",
        "Sources",
        "AvailableSecurityUpdatesComplianceStatus",
    }
)
# The user guide forbids these in the file name of a BaselineOverride; a shell on the node would see them.
_FORBIDDEN = frozenset("`'\"$")

_Dict = t.Mapping[str, t.Any]


class OverrideError(InvalidInput):
    """An override that AWS-RunPatchBaseline could not use; the text says what is wrong with it."""


def install_list(data: t.Any) -> list[dict[str, str]]:
    """The entries {id, title} of an InstallOverrideList that was read from YAML; title is "" where none is given.

    Raises OverrideError for another form. Further fields of an entry are ignored, as AWS does.
    """
    if not isinstance(data, dict) or not isinstance(data.get("patches"), list):
        raise OverrideError("InstallOverrideList: must be YAML with one list `patches`")
    if not data["patches"]:
        raise OverrideError("InstallOverrideList: the list `patches` is empty, nothing would be installed")
    return [_entry(number, entry) for number, entry in enumerate(data["patches"], 1)]


def _entry(number: int, entry: t.Any) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise OverrideError(f"InstallOverrideList: patch {number} is {entry!r}, not a dictionary with an `id`")
    made = {"id": entry.get("id"), "title": entry.get("title") or ""}
    for key, value in made.items():
        if not isinstance(value, str) or value != value.strip() or (key == "id" and not value):
            raise OverrideError(f"InstallOverrideList: `{key}` of patch {number} is {value!r}, not a string")
    return made


def baseline_override(data: t.Any) -> list[str]:
    """The operating systems of a BaselineOverride that was read from JSON. Raises OverrideError for another form."""
    if not isinstance(data, list) or not data or not all(isinstance(one, dict) for one in data):
        raise OverrideError("BaselineOverride: must be JSON with a list of patch baselines")
    systems: list[str] = []
    for number, one in enumerate(data, 1):
        unknown = sorted(set(one) - BASELINE_KEYS)
        if unknown:
            raise OverrideError(
                f"BaselineOverride: baseline {number} has unknown keys {', '.join(unknown)}; "
                f"valid keys are {', '.join(sorted(BASELINE_KEYS))}"
            )
        system = one.get("OperatingSystem")
        if not isinstance(system, str) or not system:
            raise OverrideError(f"BaselineOverride: baseline {number} has no OperatingSystem")
        if system in systems:
            raise OverrideError(f"BaselineOverride: has two baselines for {system}")
        systems.append(system)
    return systems


def address_problem(url: str, kind: str) -> str:
    """Why AWS-RunPatchBaseline could not read from a URL, in words; "" for one that it can. kind: LIST or BASELINE."""
    if not re.fullmatch(r"https://[^/\s]+/\S+|s3://[^/\s]+/\S*[^/\s]", url):
        return f"{url!r} is neither s3://bucket/key nor https://host/path"
    if kind == BASELINE and _FORBIDDEN & set(url):
        return f"{url!r} has one of the characters ` ' \" $, which AWS does not allow in the name of a BaselineOverride"
    return ""


def only_baseline(only: _Dict) -> str:
    """The BaselineOverride, as JSON text, that installs what `only` chooses on Windows. Raises OverrideError."""
    found = only_problems(only)
    if found:
        raise OverrideError("; ".join(found))
    made = {
        "OperatingSystem": "WINDOWS",
        "ApprovalRules": {"PatchRules": [] if only.get("kbs") else [_only_rule(only)]},
        "ApprovedPatches": list(only.get("kbs") or ()),
        "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
        "GlobalFilters": {"PatchFilters": []},
        "RejectedPatches": list(only.get("exclude_kbs") or ()),
        # Windows has no dependencies among patches; what is excluded stays out.
        "RejectedPatchesAction": "BLOCK",
    }
    return json.dumps([made], indent=2, sort_keys=True) + "\n"


def _only_rule(only: _Dict) -> dict[str, t.Any]:
    filters = {
        "PRODUCT": ["*"],
        "CLASSIFICATION": list(only.get("classifications") or ["*"]),
        "MSRC_SEVERITY": list(only.get("severities") or ["*"]),
    }
    until = only.get("released_until")
    approve = {"ApproveUntilDate": str(until)} if until else {"ApproveAfterDays": 0}
    rows = [{"Key": key, "Values": values} for key, values in filters.items()]
    return {"PatchFilterGroup": {"PatchFilters": rows}, "ComplianceLevel": "UNSPECIFIED", **approve}


def names(entry: _Dict, patch: _Dict) -> bool:
    """Whether an entry of an InstallOverrideList means a patch of a patch state {kb_id, title}.

    id: KB number, or name and architecture of a package; title: for packages {name}.{architecture}:{version}, also without the
    name. Both take the wildcard * on Linux. Bulletin numbers cannot be recognised, because patch states do not tell them.
    """
    known, title = str(patch.get("kb_id") or ""), str(patch.get("title") or "")
    wanted = str(entry["id"])
    if is_kb(known):
        return wanted == known
    if not (fnmatch.fnmatchcase(known, wanted) or fnmatch.fnmatchcase(known.rpartition(".")[0], wanted)):
        return False
    forms = (title, title.removeprefix(f"{known}:"))
    return not entry.get("title") or any(fnmatch.fnmatchcase(form, entry["title"]) for form in forms)


def missing_count(override: _Dict, host: PlannedHost, state: _Dict) -> int:
    """How many patches of a fresh scan count against a host; the scan goes by the baseline, whatever was installed by.

    override: {} or {kind: LIST, entries} or {kind: BASELINE, windows_only}. state: of ssm_patch_state_info,
    with the missing `patches` for an InstallOverrideList. Raises OverrideError when they were not read.
    """
    missing = int(state.get("missing_count") or 0)
    if not override or not missing or (override.get("windows_only") and not is_windows(host.platform)):
        return missing
    if override["kind"] == BASELINE:
        return 0
    if state.get("patches") is None:
        raise OverrideError(f"the missing patches of {host.instance_id} were not read")
    wanted = [patch for patch in state["patches"] if (patch.get("state") or "").upper() == "MISSING"]
    return sum(any(names(entry, patch) for entry in override["entries"]) for patch in wanted)


def rule(override: _Dict) -> str:
    """By which rule hosts are judged patched, in words; "" for the usual one."""
    if not override:
        return ""
    if override["kind"] == LIST:
        return (
            f"installed by a list of {len(override['entries'])} entries (InstallOverrideList): a host is patched when no patch of the "
            "list is missing or failed; patches that are not in the list do not count"
        )
    hosts = "a Windows host" if override.get("windows_only") else "a host"
    return (
        f"installed by other baselines (BaselineOverride): {hosts} is patched when the installation succeeded and no patch failed; "
        "missing patches of its own baseline do not count"
    )


def prepared(kind: str, source: str, text: str, data: t.Any, store: _Dict) -> dict[str, t.Any]:
    """All that a run needs of its override.

    kind: LIST or BASELINE. source: where it was read from, a path or a URL; "" for what only_baseline made. text, data: its content
    as text and parsed. store: {bucket, prefix, run_id} of what has to be uploaded because AWS cannot read it from where it is.

    Gives {kind, source, text, url, upload, parameters} and entries (LIST) or windows_only (BASELINE). url: what AWS reads. upload: {} or
    {bucket, object, content}; its key has the run id and a checksum, so a resumed run finds what it stored. parameters: of the
    runbook; with windows_only it leaves the override out elsewhere, since AWS fails a host for whose system an override has no
    baseline. Raises OverrideError.
    """
    entries = install_list(data) if kind == LIST else []
    if kind == BASELINE:
        baseline_override(data)
    upload = {} if "://" in source else _upload(kind, text, store)
    url = f"s3://{upload['bucket']}/{upload['object']}" if upload else source
    problem = address_problem(url, kind)
    if problem:
        raise OverrideError(problem)
    windows_only = kind == BASELINE and not source
    name = "InstallOverrideList" if kind == LIST else "BaselineOverride"
    return {
        "kind": kind,
        **({"entries": entries} if kind == LIST else {"windows_only": windows_only}),
        "source": source,
        "text": text,
        "url": url,
        "upload": upload,
        "parameters": {name: url, **({"BaselineOverrideFor": "Windows"} if windows_only else {})},
    }


def _upload(kind: str, text: str, store: _Dict) -> dict[str, str]:
    if not store.get("bucket"):
        raise OverrideError("the override must be stored in S3 for the hosts to read it; set a bucket")
    ending = "install-override-list.yaml" if kind == LIST else "baseline-override.json"
    checksum = hashlib.sha256(text.encode()).hexdigest()[:12]
    prefix = str(store.get("prefix") or "").strip("/")
    key = "/".join(part for part in (prefix, str(store["run_id"]), f"{checksum}-{ending}") if part)
    return {"bucket": store["bucket"], "object": key, "content": text}
