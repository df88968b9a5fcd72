# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The digest of a plan: one text over everything that decides what a run does, which an approval names and a run verifies."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import hmac
import json
import typing as t

from .._core.redact import checksum
from .._core.words import counted
from .._planner.model import Plan
from .._planner.model import PlannedHost
from .approval_error import ApprovalError

# What is said of the digest itself, and so is no part of it.
_OUTSIDE = ("digest", "parts", "signature")
_LISTED = ("options", "summary", "content", "exclusions", "warnings")
_NAMES = {"exclusions": "the excluded hosts", "content": "what the run carries out"}
_LONGEST = 80
# FIPS 198-1 takes any key; one that a person can remember is guessed, so it has to be as long as the digest in bytes.
KEY_LENGTH = 32
_Dict = t.Mapping[str, t.Any]


def sha256(value: t.Any) -> str:
    """ "sha256:" and 64 hexadecimal digits of a text as it is, or of other JSON values in one form, whatever the order of their keys."""
    return checksum(value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":")))


def parts_of(plan: Plan) -> dict[str, str]:
    """Digest of each part of a plan: every wave, and "options", "summary", "content", "exclusions", "warnings", "run" (all others)."""
    document = plan.to_dict()
    waves = {f"wave {wave['id']}": sha256(wave) for wave in document["waves"]}
    rest = {key: value for key, value in document.items() if key not in (*_OUTSIDE, *_LISTED, "waves")}
    order = [wave["id"] for wave in document["waves"]]
    return {"run": sha256({**rest, "order": order}), **{key: sha256(document[key]) for key in _LISTED}, **waves}


def sealed(plan: Plan, key: str = "") -> Plan:
    """The plan with its digest, the digests of its parts, and with a key the signature of the digest (HMAC with SHA-256).

    Raises ApprovalError for a key that is too short.
    """
    if 0 < len(key) < KEY_LENGTH:
        raise ApprovalError(f"patch_run_digest_key has {len(key)} characters, and needs at least {KEY_LENGTH}")
    parts = parts_of(plan)
    digest = sha256(parts)
    return dataclasses.replace(plan, digest=digest, parts=parts, signature=_signature(digest, key))


def _signature(digest: str, key: str) -> str:
    return f"hmac-sha256:{hmac.new(key.encode(), digest.encode(), hashlib.sha256).hexdigest()}" if key else ""


def content_of(given: _Dict) -> dict[str, str]:
    """What a run carries out on its hosts, as {what: text}. Scripts are digests, because they may hold what no file should show.

    given: runbook {name, content}, parameters of the runbook, reboot_option, override (text); what is left out or empty is not carried out.
    Gates are not part of it: they belong to a start, which may be stricter than the one before or check something else.
    """
    runbook = given.get("runbook") or {}
    made = {
        f"the runbook {runbook.get('name')}": sha256(runbook["content"]) if runbook.get("content") else "",
        "patch_run_reboot_option": str(given.get("reboot_option") or ""),
        "the override": sha256(given["override"]) if given.get("override") else "",
    }
    for name, value in (given.get("parameters") or {}).items():
        short = isinstance(value, str) and "\n" not in value and len(value) <= _LONGEST
        made[f"the parameter {name}"] = value if short else sha256(value)
    return {what: text for what, text in sorted(made.items()) if text}


def differences(planned: t.Mapping[str, str], now: t.Mapping[str, str]) -> list[str]:
    """What a run would carry out otherwise than planned, a sentence each. planned, now: of content_of."""
    return [
        f"{what} was {planned.get(what) or 'not there'} and is {now.get(what) or 'not there'}"
        for what in sorted({**planned, **now})
        if planned.get(what) != now.get(what)
    ]


def changes(plan: Plan) -> list[str]:
    """What is otherwise in a stored plan than when it was made, by the digests of its parts, a sentence each.

    Nothing of a plan that was stored by a version which made no digests.
    """
    if not plan.digest:
        return []
    now = parts_of(plan)
    found = [
        f"{_NAMES.get(part, part)} changed" for part in now if part in plan.parts and now[part] != plan.parts[part]
    ]
    found += [f"{part} was added" for part in now if part not in plan.parts]
    found += [f"{part} was removed" for part in plan.parts if part not in now]
    if not found and plan.digest != sha256(now):
        found.append("its digest changed")
    return found + contradictions(plan)


def contradictions(plan: Plan) -> list[str]:
    """What no plan that was made can say: hosts that are planned twice or also excluded, and another number than its summary."""
    excluded = {one.instance_id for one in plan.exclusions if one.instance_id}
    hosts = {host.instance_id: host for wave in plan.waves for host in wave.hosts}
    times = collections.Counter(host.instance_id for wave in plan.waves for host in wave.hosts)
    found = [f"{_named(host)} is planned and excluded" for one, host in hosts.items() if one in excluded]
    found += [f"{_named(hosts[one])} is planned {number} times" for one, number in times.items() if number > 1]
    said = plan.summary.get("hosts", times.total())
    if said != times.total():
        found.append(f"its summary says {counted(said, 'host')}, and its waves have {times.total()}")
    return found


def _named(host: PlannedHost) -> str:
    return f"{host.name or host.host} ({host.instance_id})"


def verified(kept: Plan, now: t.Mapping[str, str], account: str, approved: str, key: str = "") -> Plan:
    """The plan that is carried out: the stored one, with its digest, if it is the one that was made or the one that was approved.

    now: of content_of for this start. account: the account of this start, "" when it is not known. approved: the digest that
    somebody approved, "" for none; what it names is carried out, also when it is not what was planned. key: of the signature, "" for
    none. Raises ApprovalError with everything that differs.
    """
    if not kept.digest and not key:
        # Stored by a version that made no digests: there is nothing to compare with.
        return sealed(dataclasses.replace(kept, content=dict(now)))
    found = changes(kept)
    if key and (found or not hmac.compare_digest(kept.signature, _signature(kept.digest, key))):
        found.append(
            "its signature does not fit; it was made without patch_run_digest_key, with another one, or changed"
        )
        raise ApprovalError(_refusal(kept, found))
    if account and kept.account.get("id") and account != kept.account["id"]:
        raise ApprovalError(_refusal(kept, [f"it was made for account {kept.account['id']}, and this is {account}"]))
    made = sealed(dataclasses.replace(kept, content=dict(now)), key)
    found += differences(kept.content, now)
    if found and approved != made.digest:
        raise ApprovalError(_refusal(kept, found, made.digest))
    return made


def _refusal(kept: Plan, found: t.Sequence[str], digest: str = "") -> str:
    way = (
        f"; to carry it out as it is now, review it and start the run with patch_run_approved_digest={digest}"
        if digest
        else ""
    )
    return f"the stored plan of run {kept.run_id} is not what would be carried out: {'; '.join(found)}. Make a new plan under another run id{way}"
