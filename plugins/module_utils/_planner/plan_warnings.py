# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Warnings of a plan: what is no reason to leave a host out, but a person should know before the run."""

from __future__ import annotations

import typing as t

from .._core.tags import text as as_text
from .._core.words import counted
from .._declared.patch_groups import PATCH_GROUP_KEYS
from .fleet import HYBRID_ZONE
from .fleet import Host
from .knowledge import Knowledge
from .model import Exclusion
from .model import Warned
from .model import Wave
from .options import WITH_HOOKS
from .options import PlanOptions

# User guide, "SSM Command document for patching: AWS-RunPatchBaselineWithHooks", SSM Agent support.
_OLDEST_AGENT_WITH_HOOKS = (3, 0, 502)


_ABOUT_PLANNED = (
    ("never_scanned", "never scanned: missing patches are unknown"),
    ("stale", "with a stale scan: the number of missing patches may be outdated"),
    ("pending_reboot", "with a pending reboot from earlier patches"),
    ("stopped", "not running: started for patching and stopped again"),
    ("hybrid", "outside EC2 (hybrid nodes): have no images and cannot be rolled back"),
    (
        "group_without_baseline",
        "with a patch group without a baseline: the default baseline of the operating system is used",
    ),
)
_ABOUT_EXCLUDED = (
    ("unmanaged", "no_agent", "running but not managed by Systems Manager: not patched"),
    ("malformed_tag", "malformed_tag", "with a malformed tag: not patched until the tag is fixed"),
)


def plan_warnings(
    waves: t.Sequence[Wave],
    exclusions: t.Sequence[Exclusion],
    knowledge: Knowledge,
    hosts: t.Sequence[Host],
    options: PlanOptions,
) -> tuple[Warned, ...]:
    """All warnings of a plan. hosts: the planned ones, as the inventory gave them."""
    found: list[Warned] = []
    for code, reason, words in _ABOUT_EXCLUDED:
        _add(found, code, words, [item.host for item in exclusions if item.reason == reason])
    noted = _noted(waves, knowledge, hosts)
    for code, words in _ABOUT_PLANNED:
        _add(found, "stale_scan" if code == "stale" else code, words, noted[code])
    first, second = PATCH_GROUP_KEYS
    conflicts = [
        host.host
        for host in hosts
        if first in host.tags and second in host.tags and as_text(host.tags[first]) != as_text(host.tags[second])
    ]
    _add(found, "patch_group_conflict", f"with different values in the tags {first!r} and {second!r}", conflicts)
    _add(found, "canary_out_of_order", "in the canary wave before an earlier tier is patched", _early_canaries(waves))
    if options.patch_document == WITH_HOOKS and not options.update_agent:
        words = (
            f"with an SSM agent older than 3.0.502, the minimum of {WITH_HOOKS}: update the agent, or patching fails"
        )
        _add(found, "old_agent", words, [host.host for host in hosts if _too_old(knowledge, host)])
    return tuple(found)


def _too_old(knowledge: Knowledge, host: Host) -> bool:
    """Whether the agent's version is known and older than the hooks need."""
    parts = str(knowledge.node(host.instance_id).get("agent_version") or "").split(".")[:3]
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) < _OLDEST_AGENT_WITH_HOOKS


def _noted(waves: t.Sequence[Wave], knowledge: Knowledge, hosts: t.Sequence[Host]) -> dict[str, list[str]]:
    noted: dict[str, list[str]] = {code: [] for code, _words in _ABOUT_PLANNED}
    grouped = {host.instance_id for host in hosts if knowledge.patch_group(host)} if knowledge.has_baselines else set()
    for wave in waves:
        for host in wave.hosts:
            if host.patch_status in noted:
                noted[host.patch_status].append(host.host)
            if host.former_state == "stopped":
                noted["stopped"].append(host.host)
            if host.zone == HYBRID_ZONE:
                noted["hybrid"].append(host.host)
            if host.pending_reboot:
                noted["pending_reboot"].append(host.host)
            if host.baseline is not None and host.baseline.default and host.instance_id in grouped:
                noted["group_without_baseline"].append(host.host)
    return noted


def _add(found: list[Warned], code: str, words: str, hosts: list[str]) -> None:
    if hosts:
        found.append(Warned(code, f"{counted(len(hosts), 'host')} {words}", tuple(hosts)))


def _early_canaries(waves: t.Sequence[Wave]) -> list[str]:
    """Hosts of the canary whose tier would not come first: chosen by name, they break the order of the tiers."""
    order: list[str] = []
    for wave in waves:
        order += [wave.tier] if not wave.canary and wave.tier not in order else []
    return [host.host for wave in waves if wave.canary for host in wave.hosts if host.tier in order[1:]]
