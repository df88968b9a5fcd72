# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a plan is made of: frozen values, and their way to JSON and back."""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.errors import InvalidInput

SCHEMA = 1


class PlanError(InvalidInput):
    """A plan that cannot be made; the text names everything that is wrong, `problems` lists it one by one."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def is_windows(platform: str | None) -> bool:
    """Whether a platform in words, of the inventory or of Systems Manager, is a Windows one."""
    return "windows" in (platform or "").casefold()


@dataclasses.dataclass(frozen=True, slots=True)
class Baseline:
    """The effective patch baseline of a host. default: the OS default is used, no patch group is registered."""

    id: str
    name: str
    default: bool


class PlannedHost(t.NamedTuple):
    """A host in its wave. Numbers are None where AWS was not asked or knows nothing (never scanned).

    former_state: running, or stopped for a host that is started for the run and stopped again. target_groups: names of those that
    it is taken out of while it is patched.

    A named tuple, because making one costs a third of what a frozen dataclass costs, and a fleet has many.
    """

    host: str
    instance_id: str
    name: str
    tier: str
    role: str
    zone: str
    platform: str
    why: str
    ping_status: str | None = None
    patch_status: str | None = None
    missing: int | None = None
    critical: int | None = None
    security: int | None = None
    pending_reboot: bool = False
    baseline: Baseline | None = None
    image_gib: int | None = None
    former_state: str = "running"
    target_groups: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """Minutes that a wave takes, rounded up."""

    image_minutes: int
    patch_minutes: int
    minutes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Wave:
    """Hosts that are imaged, patched, verified and judged together. `id` is the identity, `number` only the place."""

    number: int
    id: str
    tier: str
    zones: tuple[str, ...]
    canary: bool
    part: int
    parts: int
    why: str
    max_concurrency: str
    max_errors: int
    estimate: Estimate
    hosts: tuple[PlannedHost, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Exclusion:
    """A host that is left alone, with the reason as code and in words."""

    host: str
    instance_id: str
    name: str
    zone: str
    reason: str
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class Warned:
    """What a person should look at before the plan is carried out."""

    code: str
    message: str
    hosts: tuple[str, ...] = ()


_EXCLUSION_FIELDS = tuple(field.name for field in dataclasses.fields(Exclusion))


def _host_to_dict(host: PlannedHost) -> dict[str, t.Any]:
    made = {**host._asdict(), "target_groups": list(host.target_groups)}
    if host.baseline is not None:
        made["baseline"] = {"id": host.baseline.id, "name": host.baseline.name, "default": host.baseline.default}
    return made


def _host_from_dict(data: t.Mapping[str, t.Any]) -> PlannedHost:
    given = dict(data)
    if given.get("baseline") is not None:
        given["baseline"] = Baseline(**given["baseline"])
    given["target_groups"] = tuple(given.get("target_groups") or ())
    return PlannedHost(**given)


def _wave_to_dict(wave: Wave) -> dict[str, t.Any]:
    return {
        "number": wave.number,
        "id": wave.id,
        "tier": wave.tier,
        "zones": list(wave.zones),
        "canary": wave.canary,
        "part": wave.part,
        "parts": wave.parts,
        "why": wave.why,
        "max_concurrency": wave.max_concurrency,
        "max_errors": wave.max_errors,
        "estimate": dataclasses.asdict(wave.estimate),
        "hosts": [_host_to_dict(host) for host in wave.hosts],
    }


def _wave_from_dict(data: t.Mapping[str, t.Any]) -> Wave:
    changed = {
        "zones": tuple(data["zones"]),
        "estimate": Estimate(**data["estimate"]),
        "hosts": tuple(_host_from_dict(host) for host in data["hosts"]),
    }
    return Wave(**{**data, **changed})


_HOST_DEFAULTS: t.Mapping[str, t.Any] = {**dict.fromkeys(PlannedHost._fields, ""), **PlannedHost._field_defaults}


def read_host(data: t.Mapping[str, t.Any]) -> PlannedHost:
    """A host as filters are given it. Only instance_id has to be there: what is left out is empty, and unknown keys are ignored.

    Raises KeyError without an instance_id.
    """
    known = {key: value for key, value in data.items() if key in _HOST_DEFAULTS and value is not None}
    return _host_from_dict({**_HOST_DEFAULTS, "host": data["instance_id"], **known})


def read_wave(data: t.Mapping[str, t.Any]) -> Wave:
    """A wave as filters are given it: what is left out is empty or none. Raises KeyError for a host without an instance_id."""
    estimate = data.get("estimate") or {}
    return Wave(
        number=int(data.get("number") or 0),
        id=data.get("id") or "",
        tier=data.get("tier") or "",
        zones=tuple(data.get("zones") or ()),
        canary=bool(data.get("canary")),
        part=int(data.get("part") or 1),
        parts=int(data.get("parts") or 1),
        why=data.get("why") or "",
        max_concurrency=str(data.get("max_concurrency") or "1"),
        max_errors=int(data.get("max_errors") or 0),
        estimate=Estimate(*(int(estimate.get(field.name) or 0) for field in dataclasses.fields(Estimate))),
        hosts=tuple(map(read_host, data.get("hosts") or ())),
    )


_MAPS = ("account", "planned_by", "content", "parts")


def _about(data: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What a plan says of itself; a plan of an earlier version says nothing."""
    made: dict[str, t.Any] = {name: dict(data.get(name) or {}) for name in _MAPS}
    return {**made, **{name: str(data.get(name) or "") for name in ("digest", "signature")}}


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, host by host. created_at: ISO-8601, UTC. options and summary: plain JSON values.

    account: {id, alias}; planned_by: {arn, user} of who made it. content: what is carried out on the hosts (digest.content_of).
    digest, parts, signature: of digest.sealed; "" or empty in a plan of an earlier version.
    """

    run_id: str
    created_at: str
    region: str
    options: dict[str, t.Any]
    summary: dict[str, t.Any]
    waves: tuple[Wave, ...]
    exclusions: tuple[Exclusion, ...]
    warnings: tuple[Warned, ...]
    account: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    planned_by: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    content: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    digest: str = ""
    parts: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    signature: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """The plan as JSON values, schema 1; `from_dict` gives the equal plan back."""
        return {
            "schema": SCHEMA,
            "run_id": self.run_id,
            "created_at": self.created_at,
            "region": self.region,
            "options": self.options,
            "summary": self.summary,
            "waves": [_wave_to_dict(wave) for wave in self.waves],
            "exclusions": [{name: getattr(item, name) for name in _EXCLUSION_FIELDS} for item in self.exclusions],
            "warnings": [
                {"code": item.code, "message": item.message, "hosts": list(item.hosts)} for item in self.warnings
            ],
            **{name: dict(getattr(self, name)) for name in _MAPS},
            "digest": self.digest,
            "signature": self.signature,
        }

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Plan:
        """Read what `to_dict` wrote. Raises PlanError for another schema or a broken file."""
        if data.get("schema") != SCHEMA:
            raise PlanError(
                f"the plan has schema {data.get('schema')!r}; this version of the collection reads schema {SCHEMA}"
            )
        try:
            return cls(
                run_id=data["run_id"],
                created_at=data["created_at"],
                region=data["region"],
                options=dict(data["options"]),
                summary=dict(data["summary"]),
                waves=tuple(_wave_from_dict(wave) for wave in data["waves"]),
                exclusions=tuple(Exclusion(**item) for item in data["exclusions"]),
                warnings=tuple(
                    Warned(item["code"], item["message"], tuple(item["hosts"])) for item in data["warnings"]
                ),
                **_about(data),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PlanError(f"the plan is incomplete: {type(error).__name__} {error}") from error


def read_plan(data: t.Mapping[str, t.Any]) -> Plan:
    """The waves of a plan, and what it is about, as filters and notices are given them; what is left out is empty.

    data: of plan.json, or what patch_plan returned, where `warnings` are Ansible's own, so the warnings are not
    read. Raises KeyError for a host without an instance_id.
    """
    return Plan(
        **{name: data.get(name) or "" for name in ("run_id", "created_at", "region")},
        **{name: dict(data.get(name) or {}) for name in ("options", "summary")},
        waves=tuple(map(read_wave, data.get("waves") or ())),
        exclusions=tuple(Exclusion(**item) for item in data.get("exclusions") or ()),
        warnings=(),
        **_about(data),
    )
