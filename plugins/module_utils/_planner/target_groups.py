# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is a private module of the collection; other collections must not import it.

"""Target groups of load balancers: who is taken out of which, and whether enough targets stay healthy.

Source: Elastic Load Balancing API reference, TargetHealth (states and reasons) and RegisterTargets.
"""

from __future__ import annotations

import collections
import re
import typing as t

from .fleet import Host
from .model import PlanError
from .model import Warned
from .model import Wave
from .notices import hosts_in_words
from .options import PlanOptions

GATE = "target_group"
_Dict = t.Mapping[str, t.Any]
_MINIMUM = re.compile(r"(\d{1,5})|(\d{1,2}|100)%")
# Registered, but without traffic, for a reason that patching changes nothing about.
_IDLE = "Target.NotInUse"


class Drained(t.NamedTuple):
    """names: instance id to the names of the groups that it is taken out of. warnings: what a person should know of it. groups: as read."""

    names: dict[str, tuple[str, ...]]
    warnings: tuple[Warned, ...]
    groups: t.Sequence[_Dict] = ()

    def with_waves(self, waves: t.Sequence[Wave]) -> list[Warned]:
        """All warnings, those of the waves that the hosts are in included."""
        return [*self.warnings, *_emptied(self.groups, waves)]


class Minimum(t.NamedTuple):
    """How many targets of a group have to stay healthy. group: name or ARN. least: a number, or a percentage of the targets."""

    group: str
    least: str

    @classmethod
    def read(cls, given: t.Any) -> Minimum:
        """From {group, min}. Raises ValueError naming what is wrong."""
        if not isinstance(given, t.Mapping) or set(given) != {"group", "min"}:
            raise ValueError(f"healthy_targets has {given!r}, not a dictionary with group and min")
        if not isinstance(given["group"], str) or not given["group"].strip():
            raise ValueError(f"healthy_targets names the target group {given['group']!r}")
        least = str(given["min"]).strip()
        if not _MINIMUM.fullmatch(least):
            raise ValueError(
                f"healthy_targets of {given['group']}: min is {given['min']!r}, not a number from 0 or a percentage up to 100%"
            )
        return cls(given["group"], least)

    def of(self, targets: int) -> int:
        """The number that it is of so many targets; a part of a target counts as a whole one."""
        found = t.cast("re.Match[str]", _MINIMUM.fullmatch(self.least))
        return int(found[1]) if found[1] else -(-int(found[2]) * targets // 100)


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
    if problems:
        raise PlanError(*problems)
    warnings = (*_warned(noted), *_general(names, hosts, options))
    return Drained({number: tuple(found) for number, found in names.items()}, warnings, groups)


def _general(names: t.Collection[str], hosts: t.Mapping[str, str], options: PlanOptions) -> t.Iterator[Warned]:
    if hosts and not names:
        yield Warned("nothing_to_drain", "hosts are to be taken out of target groups, but none of them is a target")
    if names and options.image and not options.image_no_reboot:
        found = tuple(host for number, host in hosts.items() if number in names)
        words = "reboot for their image before they are taken out of their target groups (image_no_reboot is off)"
        yield Warned("reboot_before_drain", f"{hosts_in_words(len(found))} {words}", found)


_DOUBTS = {
    "target_not_healthy": "not healthy before they are patched, and have to become so after it",
    "target_without_traffic": "registered but without traffic, so they are neither taken out nor put back",
    "target_stopped": "stopped; once started, they get traffic while they are patched",
}


def _doubt(target: _Dict, stopped: t.Collection[str]) -> str:
    if target["id"] in stopped:
        return "target_stopped"
    if target["state"] == "draining" or target["reason"] == _IDLE:
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
        return f"target group {group['name']} has targets of type {group['target_type']}; only instances can be taken out and put back"
    if not group["balanced"]:
        return f"target group {group['name']} has no load balancer, so its targets never become healthy"
    return ""


def _ports(group: _Dict, members: t.Sequence[_Dict], hosts: t.Mapping[str, str]) -> t.Iterator[str]:
    other = sorted({hosts[target["id"]] for target in members if target["port"] != group["port"]})
    if other:
        more = f" and {len(other) - 3} more" if len(other) > 3 else ""
        yield (
            f"target group {group['name']} has {', '.join(other[:3])}{more} on another port than its own {group['port']}, which"
            " is the one that a host is put back with; name the groups to drain without it in target_groups"
        )


def _warned(noted: t.Mapping[tuple[str, str], t.Sequence[str]]) -> t.Iterator[Warned]:
    for code, group in sorted(noted):
        found = tuple(dict.fromkeys(noted[code, group]))
        yield Warned(code, f"{hosts_in_words(len(found))} of target group {group}: {_DOUBTS[code]}", found)


def before(groups: t.Sequence[_Dict], minima: t.Sequence[Minimum], wave: _Dict) -> t.Iterator[str]:
    """Why the wave may not begin: groups that would keep too few healthy targets while its hosts are out.

    groups: of patch_gate_info. wave: of the plan. As many hosts are out as the wave works on at once; those with the most targets count.
    """
    for minimum, group in _matched(groups, minima):
        targets = [target for target in group["targets"] if target["state"] != "draining"]
        healthy = [target["id"] for target in targets if target["state"] == "healthy"]
        planned = {host["instance_id"] for host in wave["hosts"]}
        out = collections.Counter(number for number in healthy if number in planned).most_common(
            int(wave["max_concurrency"])
        )
        stay = len(healthy) - sum(count for _number, count in out)
        least = minimum.of(len(targets))
        if stay < least:
            words = f" while {len(out)} of wave {wave['id']} are out at once" if out else ""
            yield (
                f"target group {group['name']} keeps {stay} of {len(targets)} targets healthy{words}, and {least} have to stay"
                f" ({minimum.least})"
            )


def after(groups: t.Sequence[_Dict], minima: t.Sequence[Minimum], wave: _Dict) -> t.Iterator[str]:
    """Why the run may not go on after the wave: its hosts that are not healthy again, or not registered any more."""
    # A host that is stopped again has no health; one that was not drained is judged where it is registered.
    judged = {host["instance_id"]: host for host in wave["hosts"] if host.get("former_state") != "stopped"}
    for _minimum, group in _matched(groups, minima):
        found: dict[str, str] = {
            number: "is not registered" for number, host in judged.items() if group["name"] in host.get("target_groups", ())
        }  # fmt: skip
        bad: dict[str, str] = {}
        for target in group["targets"]:
            number = target["id"]
            found.pop(number, None)
            if number in judged and target["state"] != "healthy" and target["reason"] != _IDLE:
                bad[number] = f"is {target['state']}" + (f" ({target['reason']})" if target["reason"] else "")
        bad |= found
        if bad:
            words = [f"{_label(judged[number])} {state}" for number, state in list(bad.items())[:3]]
            more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
            yield f"target group {group['name']}: {', '.join(words)}{more} after wave {wave['id']}"


def _label(host: _Dict) -> str:
    name = host.get("name") or host["instance_id"]
    return name if name == host["instance_id"] else f"{name} ({host['instance_id']})"


def _matched(groups: t.Sequence[_Dict], minima: t.Sequence[Minimum]) -> t.Iterator[tuple[Minimum, _Dict]]:
    known = {group[key]: group for group in groups for key in ("name", "arn")}
    for minimum in minima:
        yield minimum, known[minimum.group]
