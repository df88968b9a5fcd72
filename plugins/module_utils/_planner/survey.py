# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A survey of the fleet: which hosts of the inventory take part, and why the others do not. Every host is looked at once."""

from __future__ import annotations

import difflib
import typing as t

from .fleet import Host
from .fleet import Reader
from .fleet import Selection
from .fleet import why_left_out
from .model import Exclusion
from .model import PlanError
from .options import PlanOptions

Facts = t.Iterable[tuple[str, t.Mapping[str, t.Any]]]
# Reasons of hosts that stand elsewhere, or of which nobody can say where: they do not do the work of a host that is out.
_ELSEWHERE = frozenset(
    {"not_an_instance", "other_region", "other_solution", "other_environment", "not_tagged", "malformed_tag"}
)


class Survey(t.NamedTuple):
    """Hosts that tags and state let through, and the others. hosts: in stable order, by id.

    standing: how many hosts of a role run in a zone, (role, zone) to number, those that are left alone included; counted with a cap only.
    """

    region: str
    hosts: list[Host]
    exclusions: list[Exclusion]
    standing: dict[tuple[str, str], int]

    @property
    def instance_ids(self) -> list[str]:
        """Ids of the hosts that take part as far as tags and state say; what AWS has to be asked about."""
        return [host.instance_id for host in self.hosts]


def excluded(host: Host, reason: str, detail: str) -> Exclusion:
    """A host that takes no part; reason is the code, detail the words."""
    return Exclusion(host.host, host.instance_id, host.name, host.zone, reason, detail)


class Surveyor:
    """Reads hosts in one or more goes, because AWS has to be asked for some of them in the Region of the others."""

    __slots__ = ("_options", "_reader", "_hosts", "_exclusions", "_standing", "_names", "_twice")

    def __init__(self, options: PlanOptions) -> None:
        self._options = options
        self._reader = Reader(options)
        self._hosts: list[Host] = []
        self._exclusions: list[Exclusion] = []
        self._standing: dict[tuple[str, str], int] = {}
        self._names: dict[str, str] = {}
        self._twice: list[str] = []

    def add(self, facts: Facts) -> None:
        """Sort hosts into those that take part and those that do not. facts: (inventory name, aws_ec2 host variables)."""
        options, reader, names, standing = self._options, self._reader, self._names, self._standing
        capped = bool(options.max_unavailable)
        for name, variables in facts:
            host = reader.host(name, variables)
            known = names.setdefault(host.instance_id, name) if host.instance_id else name
            if known != name:
                self._twice.append(f"instance {host.instance_id} is in the inventory as {known} and as {name}")
            left_out = why_left_out(host, reader, options, options.region)
            if capped and host.state == "running" and (left_out is None or left_out[0] not in _ELSEWHERE):
                place = (role_of(host), host.zone)
                standing[place] = standing.get(place, 0) + 1
            if left_out:
                self._exclusions.append(excluded(host, *left_out))
            else:
                self._hosts.append(host)

    def region(self) -> str:
        """The Region of the hosts so far that take part, "" without any. Raises PlanError for several."""
        return self._options.region or _one_region(self._hosts)

    def survey(self) -> Survey:
        """What was found. Raises PlanError, see the function `survey`."""
        if self._twice:
            raise PlanError(*sorted(self._twice))
        self._hosts.sort(key=_stable)
        region = self.region()
        _check_roles(self._hosts, self._options)
        return _only_tiers(Survey(region, self._hosts, self._exclusions, self._standing), self._options)


def _stable(host: Host) -> tuple[str, str]:
    return (host.instance_id, host.host)


def survey(facts: Facts, options: PlanOptions) -> Survey:
    """Sort the hosts of the inventory into those that take part and those that do not.

    facts: (inventory name, aws_ec2 host variables). Raises PlanError for an instance id that two hosts have, for hosts
    in several Regions when no Region is chosen, and for roles that no tier names and ignored_roles does not declare.
    """
    surveyor = Surveyor(options)
    surveyor.add(facts)
    return surveyor.survey()


def _one_region(hosts: t.Sequence[Host]) -> str:
    regions: dict[str, list[str]] = {}
    for host in hosts:
        # A hybrid node of an inventory need not say where it is registered: it is looked for where the others are.
        if host.region or not host.hybrid:
            regions.setdefault(host.region, []).append(host.host)
    if len(regions) > 1:
        counts = ", ".join(
            f"{len(regions[name])} in {name or 'an unknown Region'} such as {min(regions[name])}"
            for name in sorted(regions)
        )
        raise PlanError(
            f"the hosts are in several Regions ({counts}); a run is in one Region, so choose it with `region`"
        )
    return next(iter(regions), "")


def tier_of_role(options: PlanOptions) -> dict[str, str]:
    """Role to the name of its tier."""
    return {role: tier.name for tier in options.tiers for role in tier.roles}


def role_of(host: Host) -> str:
    """The role of a host that takes part."""
    return t.cast(Selection, host.selection).role


def _check_roles(hosts: t.Sequence[Host], options: PlanOptions) -> None:
    known = tier_of_role(options)
    unknown: dict[str, list[str]] = {}
    for host in hosts:
        if role_of(host) not in known:
            unknown.setdefault(role_of(host), []).append(host.host)
    problems = []
    for role in sorted(unknown):
        owners = sorted(unknown[role])
        close = difflib.get_close_matches(role, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        more = f" and {len(owners) - 3} more" if len(owners) > 3 else ""
        problems.append(
            f"no tier names role {role!r} of {', '.join(owners[:3])}{more}{hint} "
            "(add it to a tier, or to ignored_roles when such hosts are left alone on purpose)"
        )
    if problems:
        raise PlanError(*problems)


def _only_tiers(found: Survey, options: PlanOptions) -> Survey:
    if not options.only_tiers:
        return found
    tiers, kept, exclusions = tier_of_role(options), [], list(found.exclusions)
    for host in found.hosts:
        tier = tiers[role_of(host)]
        if tier in options.only_tiers:
            kept.append(host)
        else:
            exclusions.append(
                excluded(host, "other_tier", f"is in tier {tier!r}; the run is for {', '.join(options.only_tiers)}")
            )
    return Survey(found.region, kept, exclusions, found.standing)
