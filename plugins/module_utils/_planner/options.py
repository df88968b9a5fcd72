# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a plan, checked before any host is considered. People know them as variables of the role patch_run, so messages do too."""

from __future__ import annotations

import dataclasses
import typing as t

from .._core import limits
from .._schedule.rate_control import wrong_share
from .model import PlanError
from .patch_choice import only_problems

ZONE_GROUPINGS = ("first_then_rest", "each", "groups")
ORDERS = ("tier_then_zone", "zone_then_tier")
ZONE_KEYS = ("name", "id")
SELECTOR_TYPES = ("json", "plain")
WITH_HOOKS = "AWS-RunPatchBaselineWithHooks"
MOST_AUTOMATIONS = 500  # Systems Manager quotas: with adaptive concurrency
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
        found = _wrong("selector.type", limits.wrong_choice(self.type, SELECTOR_TYPES))
        if self.type == "json" and not self.tag:
            found.append("patch_run_selector.tag: must not be empty with the type json")
        if not self.role:
            found.append("patch_run_selector.role: must not be empty")
        keys = [key for key in (self.solution, self.environment, self.role) if key]
        if len(set(keys)) != len(keys):
            found.append(
                f"patch_run_selector: solution, environment and role must be different keys, not {', '.join(keys)}"
            )
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
    """Everything that a person may choose; meta/argument_specs.yml of the role patch_run is the source of names and defaults.

    Sizes are numbers of hosts; image_price is per GiB and month.

    region: empty takes the one Region that all selected hosts are in. target_groups: names or ARNs, with drain; empty takes all.
    install_override_list, baseline_override (where they are read from) and only: what decides about patches instead of the
    baselines. reboot_at: ISO 8601 or HH:MM of timezone, "" for none.
    max_unavailable: empty is no cap. automation_quota: executions that the account may run at once.
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
    automation_quota: int = 100
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

    @property
    def selects_everything(self) -> bool:
        """Whether no value restricts the run to a part of the inventory, so that a misspelt or forgotten variable would widen it."""
        return not (self.solutions or self.environments or self.only_tiers)

    def problems(self) -> list[str]:
        """What is wrong with each option; empty when nothing is."""
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
        raise PlanError(f"patch_run_selector: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return Selector(**{key: value for key, value in given.items() if value is not None})


def _tier(given: t.Mapping[str, t.Any]) -> Tier:
    if set(given) != {"name", "roles"} or isinstance(given["roles"], str):
        raise PlanError(f"patch_run_tiers: a tier must have a name and a list of roles, not {dict(given)!r}")
    return Tier(given["name"], tuple(given["roles"]))


def _thawed(value: t.Any) -> t.Any:
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def _twice(values: t.Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({value for value in values if value in seen or seen.add(value)})  # type: ignore[func-returns-value]


def _wrong(name: str, *found: str | None) -> list[str]:
    """What limits found wrong with an option, each with the name of its variable."""
    return [f"patch_run_{name}: {words}" for words in found if words]


def _filter_problems(options: PlanOptions) -> list[str]:
    found = []
    for name, part in (("solutions", "solution"), ("environments", "environment")):
        wanted = getattr(options, name)
        if wanted and not getattr(options.selector, part):
            found += _wrong(name, f"is set, but patch_run_selector.{part} is empty; set it to the key of the {part}")
        if any(value != value.strip() or not value for value in wanted):
            found += _wrong(name, f"{list(wanted)!r} has an empty value or one with spaces around it")
    return found


def _tier_problems(options: PlanOptions) -> list[str]:
    if not options.tiers:
        return _wrong("tiers", "must have at least one tier")
    names = [tier.name for tier in options.tiers]
    roles = [role for tier in options.tiers for role in tier.roles]
    found = [f"tier {name!r} is listed twice" for name in _twice(names)]
    found += [f"tier {tier.name!r} has no role" for tier in options.tiers if not tier.roles]
    found += ["a tier has no name" for name in names if not name]
    for role in _twice(roles):
        owners = [tier.name for tier in options.tiers if role in tier.roles]
        found.append(f"role {role!r} is listed more than once, in {', '.join(owners)}; a host belongs to one tier")
    ignored = sorted(set(roles) & set(options.ignored_roles))
    unknown = [name for name in options.only_tiers if name not in names]
    return [
        *_wrong("tiers", *found),
        *_wrong("ignored_roles", *(f"role {role!r} also belongs to a tier" for role in ignored)),
        *_wrong("only_tiers", *(f"{name!r} is not a tier; the tiers are {', '.join(names)}" for name in unknown)),
    ]


def _choice_problems(options: PlanOptions) -> list[str]:
    found = []
    for name, known in (
        ("zone_grouping", ZONE_GROUPINGS),
        ("zone_key", ZONE_KEYS),
        ("order", ORDERS),
        ("patch_document", PATCH_DOCUMENTS),
    ):
        found += _wrong(name, limits.wrong_choice(getattr(options, name), known))
    return found + _wrong("zone_groups", *_wrong_zone_groups(options))


def _wrong_zone_groups(options: PlanOptions) -> t.Iterator[str]:
    if options.zone_grouping == "groups" and not options.zone_groups:
        yield "must not be empty when patch_run_zone_grouping is groups"
    if options.zone_groups and options.zone_grouping != "groups":
        yield f"is set, but patch_run_zone_grouping is {options.zone_grouping}; set it to groups"
    for number, group in enumerate(options.zone_groups, 1):
        if not group:
            yield f"group {number} is empty"
    for zone in _twice(zone for group in options.zone_groups for zone in group):
        yield f"zone {zone!r} is listed twice"


def _install_problems(options: PlanOptions) -> list[str]:
    names = ("install_override_list", "baseline_override", "only")
    given = [f"patch_run_{name}" for name in names if getattr(options, name)]
    twice = [f"{' and '.join(given)} are set; only one of them can decide what is installed"] if len(given) > 1 else []
    return twice + only_problems(options.only)


def _number_problems(options: PlanOptions) -> list[str]:
    found = []
    for name, least in (("canary", 0), ("wave_size", 0), ("stale_after_hours", 1), ("image_price", 0)):
        value = getattr(options, name)
        found += _wrong(name, "must be a number" if isinstance(value, bool) else limits.wrong_number(value, least))
    found += _wrong("automation_quota", limits.wrong_number(options.automation_quota, 1, MOST_AUTOMATIONS))
    if options.canary and options.canary_hosts:
        found.append("patch_run_canary and patch_run_canary_hosts are set; choose the canary wave by number or by name")
    found += _wrong("canary_hosts", *(f"{host!r} is listed twice" for host in _twice(options.canary_hosts)))
    found += _wrong("max_concurrency", wrong_share(options.max_concurrency, least=1))
    found += _wrong("max_errors", wrong_share(options.max_errors))
    if options.max_unavailable:
        found += _wrong("max_unavailable", wrong_share(options.max_unavailable, least=1, auto=False))
    return found


def _target_problems(options: PlanOptions) -> list[str]:
    found = _wrong("target_groups", *(f"{name!r} is listed twice" for name in _twice(options.target_groups)))
    if options.target_groups and not options.drain:
        found += _wrong("target_groups", "has no effect without patch_run_drain; set that to true")
    return found
