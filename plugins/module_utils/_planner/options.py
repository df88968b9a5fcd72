# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The choices of a plan, checked before any host is looked at."""

from __future__ import annotations

import dataclasses
import typing as t

from .._schedule.rate_control import BudgetError
from .._schedule.rate_control import concurrency
from .._schedule.rate_control import errors
from .._schedule.rate_control import unavailable
from .model import PlanError
from .patch_choice import only_problems

ZONE_GROUPINGS = ("first_then_rest", "each", "groups")
ORDERS = ("tier_then_zone", "zone_then_tier")
ZONE_KEYS = ("name", "id")
SELECTOR_TYPES = ("json", "plain")
WITH_HOOKS = "AWS-RunPatchBaselineWithHooks"
PATCH_DOCUMENTS = ("AWS-RunPatchBaseline", WITH_HOOKS)


@dataclasses.dataclass(frozen=True, slots=True)
class Selector:
    """Where solution, environment and role of a host stand.

    type json: the tag `tag` holds a JSON object, the other values are its keys. type plain: they are tag keys.
    An empty key is an attribute that is not used.
    """

    type: str = "json"
    tag: str = "instancedata"
    solution: str = "solution"
    environment: str = "environment"
    role: str = "instance"

    def problems(self) -> list[str]:
        """What is wrong with the selector, in words; empty when nothing is."""
        found = []
        if self.type not in SELECTOR_TYPES:
            found.append(f"selector type {self.type!r} is not one of {', '.join(SELECTOR_TYPES)}")
        if self.type == "json" and not self.tag:
            found.append("the selector of type json names no tag")
        if not self.role:
            found.append("the selector names no key for the role")
        keys = [key for key in (self.solution, self.environment, self.role) if key]
        if len(set(keys)) != len(keys):
            found.append(f"the selector uses one key twice: {', '.join(keys)}")
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Tier:
    """Hosts of these roles are patched together; the order of the tiers is the order of patching."""

    name: str
    roles: tuple[str, ...]


DEFAULT_TIERS = (
    Tier("data", ("SQL Server", "Postgresql Server", "File Server")),
    Tier("application", ("Application Server", "Windows Server", "Web Server")),
)


@dataclasses.dataclass(frozen=True, slots=True)
class PlanOptions:
    """Everything that a person may choose. Sizes and numbers of hosts; image_price per GiB and month.

    region: empty takes the one Region that all selected hosts are in. target_groups: names or ARNs, with drain; empty takes all.
    install_override_list, baseline_override (where they are read from) and only: what decides about patches instead of the
    baselines. reboot_at: ISO 8601 or HH:MM of timezone, "" for none.
    max_unavailable: empty is no cap.
    """

    selector: Selector = Selector()
    solutions: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = DEFAULT_TIERS
    only_tiers: tuple[str, ...] = ()
    zone_grouping: str = "first_then_rest"
    zone_groups: tuple[tuple[str, ...], ...] = ()
    zone_key: str = "name"
    order: str = "tier_then_zone"
    canary: int = 0
    canary_hosts: tuple[str, ...] = ()
    wave_size: int = 0
    start_stopped: bool = False
    hybrid_nodes: bool = False
    ignored_roles: tuple[str, ...] = ()
    exempt_tags: tuple[str, ...] = ("install_patch", "patch_install")
    allow_empty: bool = False
    max_concurrency: str = "10"
    max_errors: str = "0"
    max_unavailable: str = ""
    image: bool = True
    image_no_reboot: bool = True
    image_price: float = 0.05
    drain: bool = False
    target_groups: tuple[str, ...] = ()
    stale_after_hours: int = 168
    patch_document: str = "AWS-RunPatchBaseline"
    update_agent: bool = True
    install_override_list: str = ""
    baseline_override: str = ""
    only: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    reboot_at: str = ""
    timezone: str = "UTC"
    region: str = ""

    @classmethod
    def from_dict(cls, given: t.Mapping[str, t.Any]) -> PlanOptions:
        """Make options from plain values; keys that are None or missing keep their default.

        Raises PlanError naming every unknown key and everything that `problems` finds.
        """
        unknown = sorted(set(given) - _FIELDS)
        if unknown:
            raise PlanError(f"unknown plan options {', '.join(unknown)}")
        made = {key: _frozen(key, value) for key, value in given.items() if value is not None}
        options = cls(**made)
        found = options.problems()
        if found:
            raise PlanError(*found)
        return options

    def to_dict(self) -> dict[str, t.Any]:
        """The options as JSON values, for the kept plan."""
        return {
            **{name: _thawed(getattr(self, name)) for name in sorted(_FIELDS - {"selector", "tiers"})},
            "selector": dataclasses.asdict(self.selector),
            "tiers": [{"name": tier.name, "roles": list(tier.roles)} for tier in self.tiers],
        }

    def problems(self) -> list[str]:
        """What is wrong with the options, in words that name the thing; empty when nothing is."""
        return [
            *self.selector.problems(),
            *_filter_problems(self),
            *_tier_problems(self),
            *_choice_problems(self),
            *_number_problems(self),
            *_target_problems(self),
            *_install_problems(self),
        ]


_FIELDS = frozenset(field.name for field in dataclasses.fields(PlanOptions))


def _frozen(key: str, value: t.Any) -> t.Any:
    if key == "selector" and not isinstance(value, Selector):
        return _selector(value)
    if key == "tiers":
        return tuple(item if isinstance(item, Tier) else _tier(item) for item in value)
    if key == "zone_groups":
        return tuple((group,) if isinstance(group, str) else tuple(group) for group in value)
    if key in ("max_concurrency", "max_errors", "max_unavailable"):
        return str(value).strip()
    return tuple(value) if isinstance(value, (list, tuple)) else value


def _selector(given: t.Mapping[str, t.Any]) -> Selector:
    known = {field.name for field in dataclasses.fields(Selector)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise PlanError(f"the selector has unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return Selector(**{key: value for key, value in given.items() if value is not None})


def _tier(given: t.Mapping[str, t.Any]) -> Tier:
    if set(given) != {"name", "roles"} or isinstance(given["roles"], str):
        raise PlanError(f"a tier has a name and a list of roles, not {dict(given)!r}")
    return Tier(given["name"], tuple(given["roles"]))


def _thawed(value: t.Any) -> t.Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _twice(values: t.Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({value for value in values if value in seen or seen.add(value)})  # type: ignore[func-returns-value]


def _filter_problems(options: PlanOptions) -> list[str]:
    found = []
    for name, key in (("solutions", options.selector.solution), ("environments", options.selector.environment)):
        wanted = getattr(options, name)
        if wanted and not key:
            found.append(f"{name} are given, but the selector has no key for them")
        if any(value != value.strip() or not value for value in wanted):
            found.append(f"{name} has an empty value or one with spaces around it: {list(wanted)!r}")
    return found


def _tier_problems(options: PlanOptions) -> list[str]:
    if not options.tiers:
        return ["tiers is empty; a plan needs at least one tier"]
    names = [tier.name for tier in options.tiers]
    roles = [role for tier in options.tiers for role in tier.roles]
    found = [f"tier {name!r} is given twice" for name in _twice(names)]
    found += [f"tier {tier.name!r} has no role" for tier in options.tiers if not tier.roles]
    found += ["a tier has no name" for name in names if not name]
    for role in _twice(roles):
        owners = [tier.name for tier in options.tiers if role in tier.roles]
        found.append(f"role {role!r} is named more than once, in {', '.join(owners)}; a host belongs to one tier")
    for role in sorted(set(roles) & set(options.ignored_roles)):
        found.append(f"role {role!r} is in a tier and in ignored_roles")
    for name in options.only_tiers:
        if name not in names:
            found.append(f"only_tiers names {name!r}; the tiers are {', '.join(names)}")
    return found


def _choice_problems(options: PlanOptions) -> list[str]:
    found = []
    for name, value, known in (
        ("zone_grouping", options.zone_grouping, ZONE_GROUPINGS),
        ("zone_key", options.zone_key, ZONE_KEYS),
        ("order", options.order, ORDERS),
        ("patch_document", options.patch_document, PATCH_DOCUMENTS),
    ):
        if value not in known:
            found.append(f"{name} {value!r} is not one of {', '.join(known)}")
    if options.zone_grouping == "groups" and not options.zone_groups:
        found.append("zone_grouping is groups, but zone_groups is empty")
    if options.zone_groups and options.zone_grouping != "groups":
        found.append(f"zone_groups is given, but zone_grouping is {options.zone_grouping}")
    for number, group in enumerate(options.zone_groups, 1):
        if not group:
            found.append(f"group {number} of zone_groups is empty")
    found += [
        f"zone {zone!r} is in zone_groups twice" for zone in _twice(z for group in options.zone_groups for z in group)
    ]
    return found


def _install_problems(options: PlanOptions) -> list[str]:
    given = [name for name in ("install_override_list", "baseline_override", "only") if getattr(options, name)]
    twice = [f"{' and '.join(given)} are given; one thing decides what is installed"] if len(given) > 1 else []
    return twice + only_problems(options.only)


def _number_problems(options: PlanOptions) -> list[str]:
    found = [
        f"{name} is {getattr(options, name)!r}; it is a number from {least} on"
        for name, least in (("canary", 0), ("wave_size", 0), ("stale_after_hours", 1), ("image_price", 0))
        if isinstance(getattr(options, name), bool) or getattr(options, name) < least
    ]
    if options.canary and options.canary_hosts:
        found.append("canary and canary_hosts are both given; a canary wave is chosen by number or by name")
    found += [f"canary_hosts names {host!r} twice" for host in _twice(options.canary_hosts)]
    checks = [("max_concurrency", concurrency), ("max_errors", errors)]
    checks += [("max_unavailable", unavailable)] if options.max_unavailable else []
    for name, check in checks:
        try:
            check(getattr(options, name), 1)
        except BudgetError as error:
            found.append(str(error))
    return found


def _target_problems(options: PlanOptions) -> list[str]:
    found = [f"target_groups names {name!r} twice" for name in _twice(options.target_groups)]
    if options.target_groups and not options.drain:
        found.append("target_groups is given, but drain is off; no host would be taken out of them")
    return found
