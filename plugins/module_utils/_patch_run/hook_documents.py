# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Command documents that hooks name: whether they can be hooks of these hosts, known before anything starts."""

from __future__ import annotations

import typing as t

from .._core.tags import all_texts
from .._planner.model import PlannedHost
from .._planner.model import is_windows
from .hooks import TIMEOUT_PARAMETER
from .requests import declaration_problems

_Dict = t.Mapping[str, t.Any]


def document_problems(
    hooks: t.Mapping[str, _Dict | str], documents: t.Sequence[_Dict], hosts: t.Iterable[PlannedHost] = ()
) -> list[str]:
    """Why hooks cannot run, in words; empty when they can.

    hooks: what it is to {document, parameters, timeout}, or to a bare name: a hook of AWS-RunPatchBaselineWithHooks, which passes
    no parameters on. documents: {name, document_type, platform_types, parameters: [{name, default_value}]} of those that exist, as ssm_document_info describes
    them. hosts: of a plan; a host of a platform that a document is not made for would fail in that step.
    """
    known = {document["name"]: document for document in documents}
    platforms = _platforms(hosts)
    found = []
    for label, hook in hooks.items():
        name = _named(hook)
        if not name:
            continue
        document = known.get(name)
        if document is None:
            found.append(f"{label}: document {name} does not exist")
        elif document.get("document_type") != "Command":
            found.append(f"{label}: document {name} has type {document.get('document_type')}; must be Command")
        else:
            found += [f"{label}: {words}" for words in _unfit(hook, document, platforms)]
    return found


def document_names(hooks: t.Mapping[str, _Dict | str]) -> list[str]:
    """The documents that hooks name, each once, in their order. hooks: see document_problems."""
    return list(dict.fromkeys(name for hook in hooks.values() if (name := _named(hook))))


def _named(hook: _Dict | str) -> str:
    return hook if isinstance(hook, str) else str(hook.get("document") or "")


def _platforms(hosts: t.Iterable[PlannedHost]) -> dict[str, list[str]]:
    """Platform type, as documents name it, to the hosts of it."""
    found: dict[str, list[str]] = {}
    for host in hosts:
        platform = "Windows" if is_windows(host.platform) else "Linux"
        found.setdefault(platform, []).append(host.name or host.host)
    return found


def _unfit(hook: _Dict | str, document: _Dict, platforms: t.Mapping[str, list[str]]) -> t.Iterator[str]:
    name = document["name"]
    parameters = {one["name"]: one.get("default_value") for one in document.get("parameters") or ()}
    given = set() if isinstance(hook, str) else set(hook.get("parameters") or ())
    if isinstance(hook, t.Mapping) and "timeout" in hook:
        given.add(TIMEOUT_PARAMETER)
        if TIMEOUT_PARAMETER not in parameters:
            yield f"document {name} has no parameter {TIMEOUT_PARAMETER}, so a timeout cannot be set"
    strange = sorted(given - set(parameters) - {TIMEOUT_PARAMETER})
    if strange:
        yield f"document {name} has no parameter {', '.join(strange)}"
    declared = {one["name"]: one.get("declaration") or {} for one in document.get("parameters") or ()}
    values = {} if isinstance(hook, str) else dict(hook.get("parameters") or {})
    for key in sorted(set(values) & set(declared)):
        problems = declaration_problems(all_texts(values[key]), declared[key])
        yield from (f"parameter {key} of document {name}: {words}" for words in problems)
    # API DocumentParameter: "Parameters without a default value are required."
    needed = sorted(key for key, default in parameters.items() if default is None and key not in given)
    if needed:
        yield f"document {name} requires the parameter {', '.join(needed)}"
    for platform, hosts in platforms.items():
        if document.get("platform_types") and platform not in document["platform_types"]:
            more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
            yield f"document {name} does not run on {platform}, which {', '.join(hosts[:3])}{more} have"
