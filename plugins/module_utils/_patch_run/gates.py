# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The gates of a run: what must be open before a run and a wave begin, and after a wave, for the run to go on."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._core.words import counted
from .._planner.model import Plan
from .._planner.model import Wave
from .._planner.model import read_plan
from .._schedule.clock import moment
from .._schedule.clock import next_time
from .._schedule.clock import zone_named
from .._schedule.freezes import Freeze
from .._schedule.freezes import read_freeze
from .._schedule.schedule_error import ScheduleError
from . import healthy_targets
from .gate_error import GateError
from .healthy_targets import Minimum

RUN, BEFORE, AFTER = "run", "before", "after"
PLACES = (RUN, BEFORE, AFTER)
WITHOUT_DATA = ("open", "closed")
APPROVALS = ("none", "pause", "token")
_FREEZE_KEYS = frozenset({"name", "start", "end", "environments", "why", "timezone", "source"})
_Dict = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The gates as a person declares them.

    freezes: dicts of name, start, end, environments, why, timezone (freezes.read_freeze). timezone: of times without an offset.
    deadline: ISO-8601 or HH:MM, "" for none. change_calendars, alarms: names. alarms_without_data: one of WITHOUT_DATA.
    healthy_targets: dicts of group and min (healthy_targets.Minimum). approval: one of APPROVALS; approved_run_id, approved_digest: the
    run that somebody approved, and the digest of its plan (digest.sealed). plan_max_age: days after which a plan is carried out no
    more, 0 for no limit.
    """

    freezes: tuple[_Dict, ...] = ()
    timezone: str = "UTC"
    deadline: str = ""
    change_calendars: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    alarms_without_data: str = "open"
    healthy_targets: tuple[_Dict, ...] = ()
    approval: str = "none"
    approved_run_id: str = ""
    approved_digest: str = ""
    plan_max_age: int = 0

    @classmethod
    def from_dict(cls, given: _Dict) -> Settings:
        """Raises GateError for unknown keys, an unknown time zone, a freeze or a deadline that cannot be read, unknown choices."""
        unknown = sorted(set(given) - {field.name for field in dataclasses.fields(cls)})
        if unknown:
            raise GateError(f"unknown gates {', '.join(unknown)}")
        made = cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()})
        if made.plan_max_age < 0:
            raise GateError(f"plan_max_age is {made.plan_max_age}; must be at least 0")
        for name, choices in (("alarms_without_data", WITHOUT_DATA), ("approval", APPROVALS)):
            if getattr(made, name) not in choices:
                raise GateError(f"{name} is {getattr(made, name)!r}, not one of {', '.join(choices)}")
        try:
            zone_named(made.timezone)
        except ScheduleError as error:
            raise GateError(str(error)) from error
        made.frozen()
        made.minima()
        made.deadline_after(datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc))
        return made

    @property
    def needs_reading(self) -> bool:
        """Whether a gate is declared that AWS has to be asked for: its clock, calendars, alarms, target groups."""
        return bool(self.freezes or self.deadline or self.change_calendars or self.alarms or self.healthy_targets)

    def minima(self) -> list[Minimum]:
        """How many targets have to stay healthy, for each group. Raises GateError."""
        found = [Minimum.read(one) for one in self.healthy_targets]
        twice = sorted({one.group for one in found if sum(other.group == one.group for other in found) > 1})
        if twice:
            raise GateError(f"healthy_targets: {', '.join(twice)} occurs twice")
        return found

    def frozen(self) -> list[Freeze]:
        """The freezes in the order of their beginning. Raises GateError."""
        found = []
        for freeze in self.freezes:
            if not isinstance(freeze, t.Mapping):
                raise GateError(f"freezes: {freeze!r} is not a dictionary with name, start and end")
            if set(freeze) - _FREEZE_KEYS:
                raise GateError(
                    f"freeze {freeze.get('name') or 'without a name'} has unknown keys"
                    f" {', '.join(sorted(map(str, set(freeze) - _FREEZE_KEYS)))}"
                )
            if isinstance(freeze.get("environments"), str):
                raise GateError(f"freeze {freeze.get('name')}: environments must be a list, not a string")
            try:
                found.append(read_freeze(freeze, zone_named(self.timezone)))
            except ScheduleError as error:
                raise GateError(str(error)) from error
        return sorted(found, key=lambda one: (one.begin, one.end, one.name))

    def deadline_after(self, now: datetime.datetime) -> datetime.datetime | None:
        """The deadline, UTC; HH:MM is the next such time after now. Raises GateError."""
        try:
            return next_time("deadline", self.deadline, self.timezone, now)
        except ScheduleError as error:
            raise GateError(str(error)) from error


def left(waves: t.Sequence[Wave], done: t.Collection[str], first: str = "") -> list[Wave]:
    """The waves that are still to come, from the one with the id `first` on, without those that are done."""
    ids = [wave.id for wave in waves]
    start = ids.index(first) if first else 0
    return [wave for wave in waves[start:] if wave.id not in done]


def minutes_of(waves: t.Sequence[Wave]) -> int:
    """Minutes that these waves take by the plan's estimate."""
    return sum(wave.estimate.minutes for wave in waves)


def findings(
    settings: Settings,
    place: str,
    waves: t.Sequence[Wave],
    *,
    now: datetime.datetime,
    environments: t.Sequence[str] = (),
    deadline: datetime.datetime | None = None,
    calendars: _Dict | None = None,
    alarms: t.Sequence[_Dict] = (),
    target_groups: t.Sequence[_Dict] = (),
    over: Wave | None = None,
) -> list[dict[str, t.Any]]:
    """What the gates say: {gate, closed, message}; closed ones first. A gate that is open says nothing.

    place: RUN and BEFORE look at everything, AFTER only at alarms and target groups. waves: those still to come, the next one first.
    environments: of the run; without any it is taken to touch all. calendars, alarms, target_groups: as patch_gate_info returns them.
    over: the wave that has ended, AFTER it. The approval is not one of them, because a plan has these as warnings; see `approval`.
    """
    found: list[dict[str, t.Any]] = []
    if place != AFTER and waves:
        end = now + datetime.timedelta(minutes=minutes_of(waves))
        found += _frozen(settings.frozen(), environments, now, end)
        found += _calendars(calendars or {})
        found += _late(waves, now, deadline)
    found += _alarms(alarms, settings.alarms_without_data)
    if place == AFTER and over:
        found += map(_sick, healthy_targets.findings_after(target_groups, settings.minima(), over))
    elif waves:
        found += map(_sick, healthy_targets.findings_before(target_groups, settings.minima(), waves[0]))
    return sorted(found, key=lambda one: not one["closed"])


def _finding(gate: str, message: str, closed: bool = True) -> dict[str, t.Any]:
    return {"gate": gate, "closed": closed, "message": message}


def _sick(message: str) -> dict[str, t.Any]:
    return _finding(healthy_targets.GATE, message)


def _at(time: t.Any) -> str:
    made = moment(time)
    return "an unknown time" if made is None else made.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _frozen(
    freezes: t.Sequence[Freeze], environments: t.Sequence[str], now: datetime.datetime, end: datetime.datetime
) -> t.Iterator[dict[str, t.Any]]:
    for freeze in freezes:
        if environments and not freeze.covers(environments):
            continue
        if now >= freeze.end or (freeze.begin > now and freeze.begin >= end):
            continue
        why = f" ({freeze.why})" if freeze.why else ""
        if freeze.begin <= now:
            said = f"freeze {freeze.name or 'without a name'}{why} holds until {_at(freeze.end)}"
        else:
            said = (
                f"freeze {freeze.name or 'without a name'}{why} starts at {_at(freeze.begin)}, but the remaining run"
                f" takes until about {_at(end)}"
            )
        yield _finding("freeze", said)


def _calendars(read: _Dict) -> t.Iterator[dict[str, t.Any]]:
    """By what AWS says of all calendars together; the single ones only give the names."""
    if not read or read.get("open_throughout"):
        return
    if read["state"] == "CLOSED":
        names = [one["name"] for one in read["calendars"] if one["state"] == "CLOSED"]
        after = f" until {_at(read['next_transition'])}" if read.get("next_transition") else ""
        yield _finding("change_calendar", f"change calendar {', '.join(names)} is closed{after}")
        return
    changes = [one for one in read["calendars"] if one.get("next_transition")]
    names = [one["name"] for one in changes if one["next_transition"] == read.get("next_transition")]
    when = f" at {_at(read['next_transition'])}" if read.get("next_transition") else ""
    yield _finding(
        "change_calendar",
        f"change calendar {', '.join(names or [one['name'] for one in read['calendars']])} closes{when}, but the"
        f" remaining run takes until about {_at(read.get('until'))}",
    )


def _late(
    waves: t.Sequence[Wave], now: datetime.datetime, deadline: datetime.datetime | None
) -> t.Iterator[dict[str, t.Any]]:
    """Closed when the next wave cannot end in time; a warning when a later one cannot."""
    if deadline is None:
        return
    end = now
    for number, wave in enumerate(waves):
        end += datetime.timedelta(minutes=wave.estimate.minutes)
        if end > deadline:
            said = (
                f"wave {wave.id} takes about {wave.estimate.minutes} minutes and would end at about {_at(end)},"
                f" after the deadline {_at(deadline)}"
            )
            yield _finding("deadline", said if number == 0 else f"{said}; it will not start", closed=number == 0)
            return


def approval(settings: Settings, run_id: str, digest: str) -> list[dict[str, t.Any]]:
    """The gate of the approval as findings() gives others: closed unless somebody approved this run by its id and the digest of its plan.

    An approval that names another digest closes it whatever `settings.approval` is.
    """
    asked = settings.approval == "token"
    if settings.approved_digest and settings.approved_digest != digest:
        said = f"the plan of run {run_id} has the digest {digest}, and {settings.approved_digest} was approved"
    elif asked and (settings.approved_run_id != run_id or not settings.approved_digest):
        given = settings.approved_run_id not in ("", run_id)
        said = f"run {run_id} is not approved{f', and {settings.approved_run_id} was approved' if given else ''}"
    else:
        return []
    way = f"patch_run_id={run_id}, patch_run_approved_run_id={run_id} and patch_run_approved_digest={digest}"
    return [_finding("approval", f"{said}; to approve the plan, review it and start the run with {way}")]


def _alarms(alarms: t.Sequence[_Dict], without_data: str) -> t.Iterator[dict[str, t.Any]]:
    for alarm in alarms:
        silent = alarm["state"] == "INSUFFICIENT_DATA"
        if alarm["state"] == "OK" or (silent and without_data == "open"):
            continue
        state = "has insufficient data" if silent else "is in ALARM"
        reason = f": {alarm['reason']}" if alarm.get("reason") else ""
        yield _finding("alarm", f"alarm {alarm['name']} {state}{reason}")


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run as patch_plan answered it: the plan, ids of the waves that are done, and the deadline (aware), None for none."""

    plan: Plan
    done: tuple[str, ...] = ()
    deadline: datetime.datetime | None = None

    @classmethod
    def from_dict(cls, data: _Dict) -> PlannedRun:
        """Read what patch_plan returned."""
        return cls(read_plan(data), tuple(data.get("done") or ()), moment(data.get("deadline")))

    def wave(self, wave: str) -> Wave:
        """The wave with this id. Raises GateError."""
        for one in self.plan.waves:
            if one.id == wave:
                return one
        known = ", ".join(one.id for one in self.plan.waves)
        raise GateError(f"wave {wave!r} is not in the plan; the waves of the plan are {known}")

    def coming(self, wave: str) -> list[Wave]:
        """The waves that are still to come, from this one on."""
        return left(self.plan.waves, self.done, self.wave(wave).id)


def closed_gates(
    run: PlannedRun, read: _Dict, settings: Settings, place: str, wave: str, gone: t.Collection[str] = ()
) -> list[dict[str, t.Any]]:
    """The closed gates before or after the wave with this id.

    read: of patch_gate_info. gone: ids of hosts of the wave that no longer exist, so that no target group can have them back. Raises
    GateError, KeyError.
    """
    if place not in (BEFORE, AFTER):
        raise GateError(f"place is {place!r}, not {BEFORE} or {AFTER}")
    found = findings(
        settings,
        place,
        run.coming(wave) if place == BEFORE else (),
        now=t.cast(datetime.datetime, moment(read["time"])),
        environments=run.plan.summary.get("environments") or (),
        deadline=run.deadline,
        calendars=read.get("calendars"),
        alarms=read.get("alarms") or (),
        target_groups=read.get("target_groups") or (),
        over=_without(run.wave(wave), gone) if place == AFTER else None,
    )
    age = _too_old(run.plan, t.cast(datetime.datetime, moment(read["time"])), settings) if place == BEFORE else []
    return age + [one for one in found if one["closed"]]


def _too_old(plan: Plan, now: datetime.datetime, settings: Settings) -> list[dict[str, t.Any]]:
    made, days = moment(plan.created_at), settings.plan_max_age
    if made is None or not days or now - made <= datetime.timedelta(days=days):
        return []
    said = f"the plan was made at {_at(plan.created_at)}, more than {counted(days, 'day')} ago; make a new plan under another run id"
    return [_finding("plan_age", said)]


def _without(wave: Wave, gone: t.Collection[str]) -> Wave:
    return dataclasses.replace(wave, hosts=tuple(host for host in wave.hosts if host.instance_id not in gone))
