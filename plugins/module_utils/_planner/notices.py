# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is a private module of the collection; other collections must not import it.

"""Warnings of a plan: what is no reason to leave a host out, but a person should know before the run."""

from __future__ import annotations

import typing as t

from .fleet import Host
from .knowledge import PATCH_GROUP_KEYS
from .knowledge import Knowledge
from .model import Exclusion
from .model import PlannedHost
from .model import Warned
from .model import Wave


def _hosts(number: int) -> str:
    return "1 host" if number == 1 else f"{number} hosts"


def _status(status: str) -> t.Callable[[PlannedHost], bool]:
    return lambda host: host.patch_status == status


_ABOUT_PLANNED: tuple[tuple[str, t.Callable[[PlannedHost], bool], str], ...] = (
    ("never_scanned", _status("never_scanned"), "never scanned: nobody knows what they miss"),
    ("stale_scan", _status("stale"), "scanned too long ago: the counts are old"),
    ("pending_reboot", lambda host: host.pending_reboot, "waiting for a reboot from earlier patches"),
)
_ABOUT_EXCLUDED = (
    ("unmanaged", "no_agent", "running, but Systems Manager cannot reach them: they stay unpatched"),
    ("malformed_tag", "malformed_tag", "with a tag that cannot be read: they stay unpatched until it is mended"),
)


def warnings(
    waves: t.Sequence[Wave], exclusions: t.Sequence[Exclusion], knowledge: Knowledge, facts: t.Mapping[str, Host]
) -> tuple[Warned, ...]:
    """All warnings of a plan. facts: the planned hosts' facts by instance id."""
    planned = [host for wave in waves for host in wave.hosts]
    found: list[Warned] = []
    for code, reason, words in _ABOUT_EXCLUDED:
        _add(found, code, words, [item.host for item in exclusions if item.reason == reason])
    for code, test, words in _ABOUT_PLANNED:
        _add(found, code, words, [host.host for host in planned if test(host)])
    _add(
        found,
        "group_without_baseline",
        "with a patch group that no baseline is registered for: the default of the operating system is used",
        [h.host for h in planned if h.baseline and h.baseline.default and knowledge.patch_group(facts[h.instance_id])],
    )
    _add(
        found,
        "patch_group_conflict",
        f"with different values in the tags {' and '.join(map(repr, PATCH_GROUP_KEYS))}",
        [h.host for h in planned if _conflict(facts[h.instance_id])],
    )
    _add(found, "canary_out_of_order", "in the canary wave before an earlier tier is patched", _early_canaries(waves))
    return tuple(found)


def _add(found: list[Warned], code: str, words: str, hosts: list[str]) -> None:
    if hosts:
        found.append(Warned(code, f"{_hosts(len(hosts))} {words}", tuple(hosts)))


def _conflict(host: Host) -> bool:
    first, second = (host.tags.get(key) for key in PATCH_GROUP_KEYS)
    return bool(first and second and first != second)


def _early_canaries(waves: t.Sequence[Wave]) -> list[str]:
    """Hosts of the canary whose tier would not come first: chosen by name, they break the order of the tiers."""
    order: list[str] = []
    for wave in waves:
        order += [wave.tier] if not wave.canary and wave.tier not in order else []
    return [host.host for wave in waves if wave.canary for host in wave.hosts if host.tier in order[1:]]
