# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Promotion: what one run installed, as a list that a later run installs exactly (InstallOverrideList)."""

from __future__ import annotations

import json
import typing as t

from .overrides import OverrideError
from .report import HostReport
from .report import RunReport
from .verdict import PATCHED

_Dict = t.Mapping[str, t.Any]
_UNKNOWN = {
    "no_data": "AWS has no patch data of it",
    "unknown": "it is not managed by Systems Manager (any more)",
}


def patched_hosts(report: RunReport) -> list[HostReport]:
    """The hosts that the report of a run calls patched, in its order."""
    return [host for wave in report.waves for host in wave.hosts if host.outcome == PATCHED]


def promoted_list(report: RunReport, nodes: t.Sequence[_Dict]) -> dict[str, t.Any]:
    """Make the list.

    report: of a run that has ended. nodes: of ssm_installed_patch_info for its patched hosts, for the time of the run.

    Gives {text, patches, hosts, unknown}. text: the InstallOverrideList as YAML, always the same for the same input. patches: how
    many it lists. hosts: how many it comes from. unknown: sentences that name every host of which something is not known.
    Raises OverrideError for a run that has not ended or patched no host, and when nothing was installed.
    """
    if report.outcome == "running" or not report.ended:
        raise OverrideError(f"run {report.run_id} has not ended; only a run that ended can be promoted")
    hosts = patched_hosts(report)
    if not hosts:
        raise OverrideError(f"run {report.run_id} patched no hosts, nothing to promote")
    by_id = {node["instance_id"]: node for node in nodes}
    unknown = [text for host in hosts for text in _doubts(host, by_id.get(host.instance_id))]
    entries = sorted(
        {
            (str(patch["kb_id"]), str(patch.get("title") or "").strip())
            for host in hosts
            for patch in (by_id.get(host.instance_id) or {}).get("patches") or []
            if patch.get("kb_id")
        }
    )
    if not entries:
        raise OverrideError(
            f"AWS reports no patch that was installed on the {len(hosts)} patched hosts of run {report.run_id} during the run"
            + "".join(f"; {text}" for text in unknown)
        )
    return {
        "text": _text(report, hosts, entries, unknown),
        "patches": len(entries),
        "hosts": len(hosts),
        "unknown": unknown,
    }


def _doubts(host: HostReport, node: _Dict | None) -> t.Iterator[str]:
    label = f"{host.name or host.host} ({host.instance_id})"
    status = (node or {}).get("status") or "unknown"
    if status in _UNKNOWN:
        yield f"no patches of {label} are in the list: {_UNKNOWN[status]}"
    elif node and node.get("untimed"):
        yield f"{node['untimed']} patches of {label} have no time of installation and are not in the list"


def _text(
    report: RunReport, hosts: t.Sequence[HostReport], entries: t.Sequence[tuple[str, str]], unknown: t.Sequence[str]
) -> str:
    lines = [
        "---",
        f"# InstallOverrideList: patches installed on {len(hosts)} hosts during patch run {report.run_id}",
        f"# in {report.region or 'no Region'} from {report.started} to {report.ended}, as reported by AWS.",
        "# Includes patches that others installed on these hosts in this period, because AWS does not report who installed a patch.",
        *(f"# Incomplete: {_line(text)}." for text in unknown),
        "patches:",
    ]
    for patch_id, title in entries:
        # JSON strings are YAML strings too, whatever stands in them.
        lines.append(f"  - id: {json.dumps(patch_id)}")
        if title:
            lines.append(f"    title: {json.dumps(title)}")
    return "\n".join([*lines, ""])


def _line(text: str) -> str:
    """Names of hosts come from tags: none of them may end the comment."""
    return "".join(char if char.isprintable() else " " for char in text)
