# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a rollback will do: which instances, in which order, from which images, and what it does not bring back."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._core.errors import InvalidInput
from .._planner.fleet import is_hybrid
from .._planner.model import Wave
from .._schedule.clock import moment

GROUP_TAG = "aws:autoscaling:groupName"
_ID = re.compile(r"i-[0-9a-f]{8,17}")
_Dict = t.Mapping[str, t.Any]
# States of a task (API ReplaceRootVolumeTask) and what is left to do for its host. A host without a task is "todo".
_STATUS = {"succeeded": "done", "failed": "again", "failed-detached": "again"}
_NO_WAY_BACK = "hybrid nodes have no images and cannot be rolled back"
_DONE, _TODO, _AGAIN, _UNDER_WAY = "done", "todo", "again", "under_way"


class ChosenWave(t.NamedTuple):
    """Instances of a wave of the run that are to be rolled back; id "" for those of no wave."""

    id: str
    instance_ids: tuple[str, ...]


class Refused(t.NamedTuple):
    """An instance that is chosen and cannot be rolled back, and why."""

    instance_id: str
    name: str
    wave: str
    refused: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """Who is rolled back, the last wave first. hybrid: hybrid nodes of the chosen waves, which nothing can roll back."""

    waves: tuple[ChosenWave, ...]
    hybrid: tuple[Refused, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """{instance_ids, waves: [{id, instance_ids}]}, and `hybrid` when there are any."""
        waves = [{"id": wave.id, "instance_ids": list(wave.instance_ids)} for wave in self.waves]
        made: dict[str, t.Any] = {
            "instance_ids": [one for wave in self.waves for one in wave.instance_ids],
            "waves": waves,
        }
        nodes = [{"instance_id": one.instance_id, "name": one.name, "wave": one.wave} for one in self.hybrid]
        return {**made, "hybrid": nodes} if nodes else made

    @classmethod
    def from_dict(cls, data: _Dict) -> Choice:
        """Read what `to_dict` wrote. Raises KeyError."""
        waves = (ChosenWave(wave["id"], tuple(wave["instance_ids"])) for wave in data["waves"])
        return cls(tuple(waves), tuple(Refused(**one) for one in data.get("hybrid") or ()))


class RollbackHost(t.NamedTuple):
    """An instance that is to be rolled back. status: todo, done (an earlier call did it), under_way, again (its task failed).

    without_root: it lost its root volume and is down. missing: patches, by the last scan. data_volumes: dicts of device, volume_id and
    size_gib, which are not rolled back. refused: why it cannot be rolled back, "" when it can.
    """

    instance_id: str
    name: str
    status: str
    attempt: int
    without_root: bool
    image_id: str
    image_date: str | None
    image_age_hours: int | None
    root_gib: int | None
    old_root_volume_id: str
    data_volumes: tuple[_Dict, ...]
    missing: int | None
    agent: str
    refused: str


@dataclasses.dataclass(frozen=True, slots=True)
class RollbackWave:
    """Instances that are rolled back together. number: from 1 on, in the order of the rollback."""

    id: str
    number: int
    hosts: tuple[RollbackHost, ...]

    @property
    def calls(self) -> list[dict[str, t.Any]]:
        """One call for each attempt; nearly always one."""
        attempts = sorted({host.attempt for host in self.hosts})
        return [
            {"attempt": attempt, "instance_ids": [host.instance_id for host in self.hosts if host.attempt == attempt]}
            for attempt in attempts
        ]


@dataclasses.dataclass(frozen=True, slots=True)
class RollbackPlan:
    """Everything that a person should know before a rollback. totals: JSON values."""

    run_id: str
    rollback_id: str
    region: str
    delete_old: bool
    waves: tuple[RollbackWave, ...]
    refused: tuple[Refused, ...]
    totals: t.Mapping[str, int | float]

    def to_dict(self) -> dict[str, t.Any]:
        """JSON values; `from_dict` gives the equal plan back."""
        return {
            "schema": 1,
            **{name: getattr(self, name) for name in ("run_id", "rollback_id", "region", "delete_old")},
            "waves": [
                {"id": wave.id, "number": wave.number, "hosts": [*map(_host_to_dict, wave.hosts)], "calls": wave.calls}
                for wave in self.waves
            ],
            "refused": [one._asdict() for one in self.refused],
            "totals": dict(self.totals),
        }

    @classmethod
    def from_dict(cls, data: _Dict) -> RollbackPlan:
        """Read what `to_dict` wrote. Raises KeyError, TypeError."""
        return cls(
            **{name: data[name] for name in ("run_id", "rollback_id", "region", "delete_old")},
            waves=tuple(
                RollbackWave(wave["id"], wave["number"], tuple(map(_host_from_dict, wave["hosts"])))
                for wave in data["waves"]
            ),
            refused=tuple(Refused(**one) for one in data["refused"]),
            totals=dict(data["totals"]),
        )


def _host_to_dict(host: RollbackHost) -> dict[str, t.Any]:
    return {**host._asdict(), "data_volumes": list(host.data_volumes)}


def _host_from_dict(data: _Dict) -> RollbackHost:
    return RollbackHost(**{**data, "data_volumes": tuple(data["data_volumes"])})


# Who is rolled back


def choose(
    images: t.Sequence[_Dict],
    *,
    hosts: t.Sequence[str] = (),
    inventory: t.Mapping[str, str] | None = None,
    waves: t.Sequence[str] = (),
    everything: bool = False,
    planned_waves: t.Sequence[Wave] = (),
) -> Choice:
    """The chosen instances in the order of the rollback: the last wave of the run first.

    images: of ec2_instance_image_info for the run. hosts: inventory names or instance ids. inventory: name to instance id.
    waves: ids. planned_waves: of the kept plan of the run, or none; they know names and the order, which the times of the
    images tell as well. Raises InvalidInput naming all that is unknown, and hybrid nodes that are chosen by name.
    """
    planned = _planned(planned_waves)
    steps = {image["instance_id"]: image["step"] or "" for image in reversed(images)}
    if hosts:
        chosen = _resolve(hosts, {**planned["names"], **(inventory or {})}, steps)
    else:
        chosen = [one for one in sorted(steps) if everything or steps[one] in waves]
        _check_waves([] if everything else waves, set(steps.values()))
    homes: dict[str, list[str]] = {}
    for instance_id in chosen:
        homes.setdefault(steps.get(instance_id) or planned["waves"].get(instance_id) or "", []).append(instance_id)
    order = sorted(homes, key=_order(images, planned["order"]), reverse=True)
    hybrid = _hybrid(planned_waves, waves, everything) if not hosts else ()
    return Choice(tuple(ChosenWave(one, tuple(homes[one])) for one in order), tuple(hybrid))


def _hybrid(planned: t.Sequence[Wave], waves: t.Sequence[str], everything: bool) -> t.Iterator[Refused]:
    """Hybrid nodes of the plan that are chosen with their wave."""
    for wave in planned:
        for host in wave.hosts if everything or wave.id in waves else ():
            if is_hybrid(host.instance_id):
                yield Refused(host.instance_id, host.name or host.host, wave.id)


def _planned(waves: t.Sequence[Wave]) -> dict[str, dict[str, t.Any]]:
    hosts = [(host, wave.id) for wave in waves for host in wave.hosts]
    return {
        "names": {host.host: host.instance_id for host, _wave in hosts},
        "waves": {host.instance_id: wave for host, wave in hosts},
        "order": {wave.id: wave.number for wave in waves},
    }


def _resolve(hosts: t.Sequence[str], names: t.Mapping[str, str], known: t.Container[str]) -> list[str]:
    found: dict[str, None] = {}
    strange = []
    outside = [f"{host} ({names.get(host, host)})" for host in hosts if is_hybrid(names.get(host) or host)]
    if outside:
        raise InvalidInput(f"{_NO_WAY_BACK}: {', '.join(outside)}")
    for host in hosts:
        instance_id = names.get(host) or (host if host in known or _ID.fullmatch(host) else "")
        if instance_id:
            found[instance_id] = None
        else:
            strange.append(host)
    if strange:
        raise InvalidInput(
            f"hosts: {', '.join(sorted(strange))} are neither hosts of the inventory or the plan of the run nor instance ids"
        )
    return list(found)


def _check_waves(waves: t.Sequence[str], known: set[str]) -> None:
    strange = sorted(set(waves) - known)
    if strange:
        there = ", ".join(sorted(one for one in known if one)) or "none"
        raise InvalidInput(f"waves: the run has no images of {', '.join(strange)}; it has images of: {there}")


def _order(images: t.Sequence[_Dict], numbers: t.Mapping[str, int]) -> t.Callable[[str], t.Any]:
    """Key of a wave. A wave that the plan does not have comes by its first image, after those that it has."""
    begun: dict[str, str] = {}
    for image in images:
        step, date = image["step"] or "", image["creation_date"] or ""
        begun[step] = min(begun.get(step, date), date)
    return lambda wave: (wave not in numbers, numbers.get(wave, 0), begun.get(wave, ""), wave)


# What will happen to them


def rollback_plan(
    choice: Choice,
    *,
    run_id: str,
    rollback_id: str,
    region: str = "",
    images: t.Sequence[_Dict] = (),
    machines: t.Sequence[_Dict] = (),
    replacements: t.Sequence[_Dict] = (),
    tasks: t.Sequence[_Dict] = (),
    known: _Dict | None = None,
    price: float = 0.0,
    delete_old: bool = False,
) -> RollbackPlan:
    """Everything that a person should know before, and what each wave's calls are.

    machines: of amazon.aws.ec2_instance_info. replacements: of ec2_root_volume_replacement in check mode. tasks: those of this rollback
    that exist already. known: of patch_host_info. price: of one GiB of a volume for a month.
    """
    facts = _Before(images, machines, replacements, tasks, known or {})
    waves = []
    refused = [one._replace(refused=_NO_WAY_BACK) for one in choice.hybrid]
    for number, wave in enumerate(choice.waves, 1):
        found = [facts.host(instance_id) for instance_id in wave.instance_ids]
        refused += [Refused(host.instance_id, host.name, wave.id, host.refused) for host in found if host.refused]
        hosts = tuple(host for host in found if not host.refused)
        waves += [RollbackWave(wave.id, number, hosts)] if hosts else []
    totals = _totals(waves, refused, price, delete_old)
    return RollbackPlan(run_id, rollback_id, region, delete_old, tuple(waves), tuple(refused), totals)


class _Before:
    """What is known of the instances, by id."""

    def __init__(self, images, machines, replacements, tasks, known) -> None:  # type: ignore[no-untyped-def]
        self.machines = {one["instance_id"]: one for one in machines}
        self.replacements = {one["instance_id"]: one for one in replacements}
        # The newest comes first, and stays.
        self.images = {one["instance_id"]: one for one in reversed(images)}
        self.tasks: dict[str, list[_Dict]] = {}
        for task in sorted(tasks, key=lambda one: one["attempt"] or 0):
            self.tasks.setdefault(task["instance_id"], []).append(task)
        self.nodes, self.states = known.get("nodes") or {}, known.get("patch_states") or {}
        self.now = moment(known.get("time"))

    def host(self, instance_id: str) -> RollbackHost:
        tasks = self.tasks.get(instance_id) or []
        status = _STATUS.get(tasks[-1]["state"], _UNDER_WAY) if tasks else _TODO
        image, look = self.images.get(instance_id) or {}, self.replacements.get(instance_id) or {}
        tags = (self.machines.get(instance_id) or {}).get("tags") or {}
        root = look.get("old_root_volume") or {}
        return RollbackHost(
            instance_id=instance_id,
            name=tags.get("Name") or "",
            status=status,
            attempt=(tasks[-1]["attempt"] or 1) + (status == _AGAIN) if tasks else 1,
            without_root=bool(tasks) and tasks[-1]["state"] == "failed-detached",
            image_id=image.get("image_id") or "",
            image_date=image.get("creation_date"),
            image_age_hours=self._age(image.get("creation_date")),
            root_gib=root.get("size_gib"),
            # A host that lost its root volume has none to ask for: the first task knows what it was.
            old_root_volume_id=next(
                (one["old_root_volume_id"] for one in tasks if one["old_root_volume_id"]), root.get("volume_id") or ""
            ),
            data_volumes=tuple(look.get("data_volumes") or ()),
            missing=(self.states.get(instance_id) or {}).get("missing_count"),
            agent=(self.nodes.get(instance_id) or {}).get("ping_status") or "",
            refused="" if status in (_DONE, _UNDER_WAY) else self._why_refused(instance_id, look, tags),
        )

    def _age(self, date: t.Any) -> int | None:
        made = moment(date)
        return max(0, int((self.now - made).total_seconds() // 3600)) if made and self.now else None

    def _why_refused(self, instance_id: str, look: _Dict, tags: _Dict) -> str:
        if tags.get(GROUP_TAG):
            return (
                f"member of the Auto Scaling group {tags[GROUP_TAG]}, which would replace it during the restart; roll back "
                "the launch template of the group"
            )
        if look.get("outcome") == "failed" and not look.get("task_id"):
            return look.get("message") or "cannot be rolled back"
        state = ((self.machines.get(instance_id) or {}).get("state") or {}).get("name")
        if state != "running":
            told = f"is {state}" if state else "does not exist"
            return f"the instance {told}; only running instances can replace their root volume"
        return ""


def _totals(
    waves: t.Sequence[RollbackWave], refused: t.Sequence[Refused], price: float, delete_old: bool
) -> dict[str, int | float]:
    hosts = [host for wave in waves for host in wave.hosts]
    volumes = [volume for host in hosts for volume in host.data_volumes]
    kept = 0 if delete_old else sum(host.root_gib or 0 for host in hosts)
    return {
        "hosts": len(hosts),
        **{word: sum(host.status == word for host in hosts) for word in (_TODO, _DONE, _UNDER_WAY, _AGAIN)},
        "refused": len(refused),
        "waves": len(waves),
        "data_volumes": len(volumes),
        "data_gib": sum(volume["size_gib"] or 0 for volume in volumes),
        "kept_gib": kept,
        "monthly_cost": round(kept * price, 2),
        "offline": sum(host.agent != "Online" for host in hosts if host.status != _DONE),
    }


# Who is not back yet


def waiting(
    replacements: t.Sequence[_Dict], *, nodes: t.Sequence[_Dict] | None = None, states: t.Sequence[_Dict] | None = None
) -> list[str]:
    """Instances with a new root volume of which nothing was heard since it was attached.

    nodes: of ssm_managed_node_info; the agent must be online and heard of after the task ended. states: of
    ssm_patch_state_info; the last operation must have ended after that.
    """
    if nodes is not None:
        heard = {one["instance_id"]: one["last_ping_time"] for one in nodes if one["ping_status"] == "Online"}
    else:
        heard = {one["instance_id"]: one["operation_end_time"] for one in states or ()}
    return [
        one["instance_id"]
        for one in replacements
        if one["outcome"] in ("replaced", "reused") and not _is_since(heard.get(one["instance_id"]), one)
    ]


def _is_since(heard: t.Any, replacement: _Dict) -> bool:
    then, ended = moment(heard), moment(replacement["complete_time"])
    return then is not None and ended is not None and then >= ended
