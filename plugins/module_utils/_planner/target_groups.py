# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Target groups of load balancers: who is taken out of which while it is patched.

Source: Elastic Load Balancing API reference, TargetHealth (states and reasons) and RegisterTargets.
"""

from __future__ import annotations

import typing as t

from .._core.words import counted
from .fleet import Host
from .model import PlanError
from .model import Warned
from .model import Wave
from .options import PlanOptions

_Dict = t.Mapping[str, t.Any]
# Registered, but without traffic, for a reason that patching changes nothing about.
IDLE = "Target.NotInUse"
# API StartAutomationExecution, TargetMaps: values of a key; each host gets its groups in one.
MOST_GROUPS = 25

# RegisterTargets, TargetDescription: "QuicServerId: required if the protocol is QUIC or TCP_QUIC"; the runbook has only the id.
_NEEDS_SERVER_ID = ("QUIC", "TCP_QUIC")


class Drained(t.NamedTuple):
    """names: instance id to the names of the groups that it is taken out of. warnings: what a person should know of it. groups: as read."""

    names: dict[str, tuple[str, ...]]
    warnings: tuple[Warned, ...]
    groups: t.Sequence[_Dict] = ()

    def with_waves(self, waves: t.Sequence[Wave]) -> list[Warned]:
        """All warnings, those of the waves that the hosts are in included."""
        return [*self.warnings, *_emptied(self.groups, waves)]


def drained(groups: t.Sequence[_Dict], planned: t.Sequence[Host], options: PlanOptions) -> Drained:
    """Who is taken out of which groups while it is patched: nobody without the option drain.

    groups: of patch_host_info. planned: the hosts that are patched. Those that are stopped are not drained: nothing reaches them, and
    Automation can only register an instance that runs.

    Raises PlanError for a group whose targets are no instances or that has no load balancer, so that nothing ever becomes healthy,
    and for hosts with another port than the group's: Automation registers with the port of the group.
    """
    if not options.drain:
        return Drained({}, ())
    hosts = {host.instance_id: host.host for host in planned}
    stopped = {host.instance_id for host in planned if host.state != "running"}
    problems = [problem for group in groups if (problem := _unfit(group))]
    names: dict[str, list[str]] = {}
    noted: dict[tuple[str, str], list[str]] = {}
    for group in groups:
        taken: list[_Dict] = []
        for target in group["targets"]:
            if target["id"] not in hosts:
                continue
            code = _doubt(target, stopped)
            if code:
                noted.setdefault((code, group["name"]), []).append(hosts[target["id"]])
            if code in ("", "target_not_healthy"):
                taken.append(target)
        problems += _ports(group, taken, hosts)
        for number in dict.fromkeys(target["id"] for target in taken):
            names.setdefault(number, []).append(group["name"])
    problems += _too_many(names, hosts)
    if problems:
        raise PlanError(*problems)
    warnings = (*_warned(noted), *_general(names, hosts, options))
    return Drained({number: tuple(found) for number, found in names.items()}, warnings, groups)


def _general(names: t.Collection[str], hosts: t.Mapping[str, str], options: PlanOptions) -> t.Iterator[Warned]:
    if hosts and not names:
        yield Warned("nothing_to_drain", "drain is enabled, but no host is a target of a target group")
    if names and options.image and not options.image_no_reboot:
        found = tuple(host for number, host in hosts.items() if number in names)
        words = "reboot for their image before they are deregistered from their target groups (image_no_reboot is off)"
        yield Warned("reboot_before_drain", f"{counted(len(found), 'host')} {words}", found)


_DOUBTS = {
    "target_not_healthy": "not healthy before patching, must be healthy after it",
    "target_without_traffic": "registered but without traffic, neither deregistered nor registered",
    "target_stopped": "stopped; they receive traffic during patching after they are started",
}


def _doubt(target: _Dict, stopped: t.Collection[str]) -> str:
    if target["id"] in stopped:
        return "target_stopped"
    if target["state"] == "draining" or target["reason"] == IDLE:
        return "target_without_traffic"
    return "" if target["state"] == "healthy" else "target_not_healthy"


def _emptied(groups: t.Sequence[_Dict], waves: t.Sequence[Wave]) -> t.Iterator[Warned]:
    """Groups that no healthy target is left in while a wave is patched. groups: of patch_host_info (healthy: of all targets)."""
    for group in groups:
        well = {target["id"] for target in group["targets"] if target["state"] == "healthy"}
        for wave in waves:
            members = [host for host in wave.hosts if group["name"] in host.target_groups]
            out = min(int(wave.max_concurrency), sum(host.instance_id in well for host in members))
            if 0 < group["healthy"] <= out:
                yield Warned(
                    "no_target_left",
                    f"target group {group['name']} has no healthy target left while wave {wave.id} is patched: {group['healthy']} are"
                    f" healthy, and {out} of them are out at once",
                    tuple(host.host for host in members),
                )


def _unfit(group: _Dict) -> str:
    if group["target_type"] != "instance":
        return f"target group {group['name']} has targets of type {group['target_type']}; only instances can be deregistered and registered"
    if not group["balanced"]:
        return f"target group {group['name']} has no load balancer, so its targets never become healthy"
    if group.get("protocol") in _NEEDS_SERVER_ID:
        return f"target group {group['name']} has the protocol {group['protocol']}; its targets cannot be registered again by their id alone"
    return ""


def _ports(group: _Dict, members: t.Sequence[_Dict], hosts: t.Mapping[str, str]) -> t.Iterator[str]:
    other = sorted({hosts[target["id"]] for target in members if target["port"] != group["port"]})
    if other:
        more = f" and {len(other) - 3} more" if len(other) > 3 else ""
        yield (
            f"target group {group['name']} has {', '.join(other[:3])}{more} on another port than its own {group['port']}, which"
            " is the one that a host is put back with; name the groups to drain without it in target_groups"
        )


def _too_many(names: t.Mapping[str, t.Sequence[str]], hosts: t.Mapping[str, str]) -> t.Iterator[str]:
    for number, groups in names.items():
        if len(groups) > MOST_GROUPS:
            yield (
                f"{hosts[number]} is a target of {len(groups)} target groups; Automation takes at most {MOST_GROUPS} for a host, so name those"
                " to drain in target_groups"
            )


def _warned(noted: t.Mapping[tuple[str, str], t.Sequence[str]]) -> t.Iterator[Warned]:
    for code, group in sorted(noted):
        found = tuple(dict.fromkeys(noted[code, group]))
        yield Warned(code, f"{counted(len(found), 'host')} of target group {group}: {_DOUBTS[code]}", found)
