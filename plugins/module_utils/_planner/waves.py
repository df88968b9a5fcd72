# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From hosts to waves: who is patched, in which order, and why. The same input in any order gives the same plan."""

from __future__ import annotations

import datetime
import re
import typing as t
import zlib

from .._schedule.rate_control import concurrency
from .._schedule.rate_control import errors
from . import capacity
from . import installation
from . import places
from . import target_groups
from .estimate import image_cost
from .estimate import wave_estimate
from .fleet import HYBRID_ZONE
from .fleet import Host
from .fleet import Selection
from .knowledge import Knowledge
from .model import Exclusion
from .model import Plan
from .model import PlanError
from .model import PlannedHost
from .model import Wave
from .options import PlanOptions
from .plan_warnings import plan_warnings
from .survey import Survey
from .survey import excluded
from .survey import role_of
from .survey import tier_of_role

_NOT_ID = re.compile(r"[^a-z0-9_-]+")
_REGION_PARTS = re.compile(r"([a-z]+)((?:-[a-z]+)+)-(\d+)(.*)")
_DIRECTIONS = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}
_NAME_LENGTH = 28
# The id of a wave is the step in tags, tokens and comments, which has 48 characters (_core/run.py, NAME), with room for .p9999.
_KEY_LENGTH = 42


class Group(t.NamedTuple):
    """Zones that are patched together. label: part of the wave's id."""

    label: str
    zones: tuple[str, ...]
    why: str


def short_zone(zone: str) -> str:
    """A zone's short form for ids: us-east-1a is use1a, as AWS abbreviates Regions in zone ids."""
    found = _REGION_PARTS.fullmatch(zone)
    if not found:
        return slug(zone)
    first, middle, number, rest = found.groups()
    words = "".join(_DIRECTIONS.get(word, word[0]) for word in middle.strip("-").split("-"))
    return slug(f"{first}{words}{number}{rest}")


def slug(text: str) -> str:
    """Text as part of a wave's id: a-z, 0-9, _ and -; long text ends with a checksum so that it stays unique."""
    made = _NOT_ID.sub("-", text.casefold()).strip("-")
    if not made or len(made) > _NAME_LENGTH:
        made = f"{made[: _NAME_LENGTH - 9]}-{zlib.crc32(text.encode()):08x}".strip("-")
    return made


def zone_groups(hosts: t.Sequence[Host], options: PlanOptions) -> list[Group]:
    """Groups of zones in the order of patching. Every zone that occurs is in exactly one; hybrid nodes count as a zone, the last.

    Raises PlanError for a host without a zone, and for a zone that explicit groups do not name.
    """
    # What stands outside of EC2 comes last.
    zones = sorted({host.zone for host in hosts}, key=lambda zone: (zone == HYBRID_ZONE, zone))
    if "" in zones:
        homeless = [host.host for host in hosts if not host.zone]
        what = "availability zone" if options.zone_key == "name" else "availability zone id in its facts"
        raise PlanError(f"no {what}: {', '.join(homeless[:5])}{' ...' if len(homeless) > 5 else ''}")
    if options.zone_grouping == "groups":
        return _explicit_groups(zones, hosts, options)
    if options.zone_grouping == "each":
        return [
            Group(short_zone(zone), (zone,), f"zone {zone}, {n} of {len(zones)}") for n, zone in enumerate(zones, 1)
        ]
    groups = [Group(short_zone(zone), (zone,), f"zone {zone} is the first") for zone in zones[:1]]
    if zones[1:]:
        groups.append(Group("rest", tuple(zones[1:]), f"{_and(zones[1:])} after {zones[0]}"))
    return groups


def _explicit_groups(zones: t.Sequence[str], hosts: t.Sequence[Host], options: PlanOptions) -> list[Group]:
    named = {zone for group in options.zone_groups for zone in group}
    lost = [zone for zone in zones if zone not in named]
    if lost:
        counts = ", ".join(f"{zone} ({sum(host.zone == zone for host in hosts)} hosts)" for zone in lost)
        raise PlanError(f"patch_run_zone_groups names no group for {counts}; these hosts would never be patched")
    total = len(options.zone_groups)
    return [
        Group(
            slug("-".join(short_zone(zone) for zone in group)),
            tuple(group),
            f"zones {_and(group)}, group {n} of {total}",
        )
        for n, group in enumerate(options.zone_groups, 1)
    ]


def _and(words: t.Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class _Slot(t.NamedTuple):
    """A place in the order: a tier in a group of zones, or the canary."""

    key: str
    tier: str
    zones: tuple[str, ...]
    why: str
    canary: bool = False


def _slots(groups: t.Sequence[Group], options: PlanOptions) -> dict[tuple[str, str], _Slot]:
    """(tier, zone) to its slot, in the order of patching."""
    names = [tier.name for tier in options.tiers]
    slugs = {name: slug(name) for name in names}
    if len(set(slugs.values())) < len(slugs):
        slugs = {name: f"{slugs[name]}-{zlib.crc32(name.encode()):08x}" for name in names}
    pairs = [(tier, group) for tier in names for group in groups]
    if options.order == "zone_then_tier":
        pairs = [(tier, group) for group in groups for tier in names]
    made: dict[tuple[str, str], _Slot] = {}
    for tier, group in pairs:
        place = f"tier {tier}, {names.index(tier) + 1} of {len(names)}"
        why = f"{place}; {group.why}" if options.order == "tier_then_zone" else f"{group.why}; {place}"
        slot = _Slot(_short(f"{slugs[tier]}.{group.label}"), tier, group.zones, why)
        made.update({(tier, zone): slot for zone in group.zones})
    return made


def _short(key: str) -> str:
    return key if len(key) <= _KEY_LENGTH else f"{key[: _KEY_LENGTH - 9]}-{zlib.crc32(key.encode()):08x}"


def _canaries(
    ordered: t.Sequence[PlannedHost], exclusions: t.Sequence[Exclusion], options: PlanOptions
) -> dict[str, PlannedHost]:
    if options.canary:
        return {host.instance_id: host for host in ordered[: options.canary]}
    wanted = options.canary_hosts
    by_name = {name: host for host in ordered for name in (host.host, host.instance_id)} if wanted else {}
    reasons = {name: item for item in exclusions for name in (item.host, item.instance_id)} if wanted else {}
    lost = [name for name in wanted if name not in by_name]
    if lost:
        words = [
            f"{name} ({reasons[name].detail})" if name in reasons else f"{name} (not in the inventory)" for name in lost
        ]
        raise PlanError(f"patch_run_canary_hosts names hosts that take no part: {', '.join(words)}")
    return {by_name[name].instance_id: by_name[name] for name in wanted}


def plan(
    found: Survey,
    options: PlanOptions,
    *,
    nodes: t.Mapping[str, t.Mapping[str, t.Any]] | None = None,
    states: t.Mapping[str, t.Mapping[str, t.Any]] | None = None,
    baselines: t.Sequence[t.Mapping[str, t.Any]] = (),
    volumes: t.Mapping[str, int] | None = None,
    groups: t.Sequence[t.Mapping[str, t.Any]] = (),
    automations: int = 0,
    run_id: str,
    now: datetime.datetime,
) -> Plan:
    """Plan a run.

    found: of survey.survey, with the same options. nodes, states: by instance id, as ssm_managed_node_info and
    ssm_patch_state_info return them; None is "not read". baselines: effective baselines of ssm_patch_state_info.
    volumes: GiB by volume id or by instance id. groups: target groups as patch_host_info returns them, with the option drain.
    automations: that run or wait in the account and Region already. now: aware;
    only for the plan's date and the age of scans.
    Raises PlanError for whatever a person has to decide first: see `zone_groups`; nothing selected, unless
    allow_empty; canary hosts that take no part; target groups that hosts cannot be taken out of.
    """
    knowledge = Knowledge(nodes, states, baselines or (), volumes, now, options.stale_after_hours)
    hosts, unmanaged = _managed(found.hosts, knowledge)
    exclusions = sorted([*found.exclusions, *unmanaged], key=_by_reason)
    if not hosts and not options.allow_empty:
        raise PlanError(_nothing(exclusions))
    slots = _slots(zone_groups(hosts, options), options)
    drained = target_groups.drained(groups, hosts, options)
    room = capacity.capacity(((role_of(host), host.zone) for host in hosts), found.standing, options)
    free = places.free(options.automation_quota, automations)
    waves = _waves(hosts, exclusions, slots, knowledge, options, drained.names, room, free)
    reboot_at, notes = installation.chosen(waves, options, now)
    return Plan(
        run_id=run_id,
        created_at=now.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        region=found.region,
        options=options.to_dict(),
        summary=_summary(waves, exclusions, options)
        | {"environments": _environments(hosts), "reboot_at": reboot_at, **capacity.shown(room)},
        waves=waves,
        exclusions=tuple(exclusions),
        warnings=(
            *plan_warnings(waves, exclusions, knowledge, hosts, options),
            *drained.with_waves(waves),
            *places.warnings(waves, options, automations),
            *notes,
        ),
    )


def _managed(hosts: t.Iterable[Host], knowledge: Knowledge) -> tuple[list[Host], list[Exclusion]]:
    """The hosts that Systems Manager reaches, and the others with their reason."""
    known, silent = [], []
    for host in hosts:
        (known if knowledge.managed(host) else silent).append(host)
    return known, [excluded(host, "no_agent", knowledge.why_unmanaged(host)) for host in silent]


def _by_reason(item: Exclusion) -> tuple[str, str, str, str]:
    return (item.reason, item.name, item.instance_id, item.host)


def _environments(hosts: t.Sequence[Host]) -> list[str]:
    """Of the planned hosts; empty when it is not known of one, which is taken for all."""
    found = {t.cast(Selection, host.selection).environment for host in hosts}
    return [] if "" in found else sorted(found)


def _nothing(exclusions: t.Sequence[Exclusion]) -> str:
    if not exclusions:
        return "nothing to patch: the inventory has no hosts"
    counts: dict[str, int] = {}
    for item in exclusions:
        counts[item.reason] = counts.get(item.reason, 0) + 1
    words = ", ".join(f"{counts[code]} {code}" for code in sorted(counts, key=lambda code: (-counts[code], code)))
    return (
        f"nothing to patch: all {len(exclusions)} hosts are excluded ({words}); set allow_empty to allow an empty plan"
    )


def _waves(
    hosts: t.Sequence[Host],
    exclusions: t.Sequence[Exclusion],
    slots: t.Mapping[tuple[str, str], _Slot],
    knowledge: Knowledge,
    options: PlanOptions,
    drained: t.Mapping[str, tuple[str, ...]],
    room: capacity.Capacities,
    free: int,
) -> tuple[Wave, ...]:
    tiers = tier_of_role(options)
    filled: dict[str, list[PlannedHost]] = {slot.key: [] for slot in slots.values()}
    places: dict[tuple[str, str], tuple[list[PlannedHost], str, str]] = {}
    for host in hosts:  # in stable order, and it stays so inside every slot
        role, zone = t.cast(Selection, host.selection).role, host.zone
        place = places.get((role, zone))
        if place is None:
            slot = slots[(tiers[role], zone)]
            why = f"role {role}; {slot.why}"
            place = places[(role, zone)] = (filled[slot.key], slot.tier, why)
        planned = knowledge.planned(host, place[1], role, place[2])
        if host.instance_id in drained:
            planned = planned._replace(target_groups=drained[host.instance_id])
        place[0].append(planned)
    by_key = {slot.key: slot for slot in slots.values()}
    canaries = _canaries([host for members in filled.values() for host in members], exclusions, options)
    queue = [(by_key[key], members) for key, members in filled.items()]
    if canaries:
        queue = [(slot, [host for host in members if host.instance_id not in canaries]) for slot, members in queue]
        members = list(canaries.values())
        zones = tuple(sorted({host.zone for host in members}))
        tier = members[0].tier if len({host.tier for host in members}) == 1 else "mixed"
        queue.insert(
            0,
            (_Slot("canary", tier, zones, "canary: these hosts are patched first", True), members),
        )
    return _numbered(queue, options, room, free)


def _numbered(
    queue: t.Sequence[tuple[_Slot, list[PlannedHost]]], options: PlanOptions, room: capacity.Capacities, free: int
) -> tuple[Wave, ...]:
    waves: list[Wave] = []
    for slot, members in queue:
        chunks = capacity.chunks(members, options, room)
        for part, chunk in enumerate(chunks, 1):
            at_once = min(free, concurrency(options.max_concurrency, len(chunk)))
            present = {host.zone for host in chunk}
            waves.append(
                Wave(
                    number=len(waves) + 1,
                    id=slot.key if part == 1 else f"{slot.key}.p{part}",
                    tier=slot.tier,
                    zones=tuple(zone for zone in slot.zones if zone in present),
                    canary=slot.canary,
                    part=part,
                    parts=len(chunks),
                    why=slot.why + capacity.why_parts(part, len(chunks), options),
                    max_concurrency=str(at_once),
                    # A canary that may fail would warn nobody.
                    max_errors=0 if slot.canary else errors(options.max_errors, len(chunk)),
                    estimate=wave_estimate(chunk, at_once, options.image),
                    hosts=chunk,
                )
            )
    return tuple(waves)


def _summary(waves: t.Sequence[Wave], exclusions: t.Sequence[Exclusion], options: PlanOptions) -> dict[str, t.Any]:
    hosts = missing = critical = security = never = gib = 0
    for wave in waves:
        for host in wave.hosts:
            hosts += 1
            missing += host.missing or 0
            critical += host.critical or 0
            security += host.security or 0
            never += host.patch_status == "never_scanned"
            gib += host.image_gib or 0
    gib = gib if options.image else 0
    return {
        "hosts": hosts,
        "waves": len(waves),
        "excluded": len(exclusions),
        "missing": missing,
        "critical": critical,
        "security": security,
        "never_scanned": never,
        "unmanaged": sum(item.reason == "no_agent" for item in exclusions),
        "estimated_minutes": sum(wave.estimate.minutes for wave in waves),
        "image_gib": gib,
        "image_cost_month": image_cost(gib, options.image_price),
    }
