# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The report of a run, from its plan and the records of its waves. All times are AWS's own."""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.errors import InvalidInput
from .._core.words import counted
from .._planner.model import Exclusion
from .._planner.model import Plan
from .._planner.model import PlannedHost
from .._planner.model import Wave
from .._schedule.clock import moment
from .advice import short
from .causes import explain
from .verdict import EXCUSED
from .verdict import GONE
from .verdict import NOT_STARTED
from .verdict import OUTCOMES
from .verdict import PATCHED
from .verdict import UNKNOWN
from .verdict import HostVerdict
from .verdict import WaveVerdict

SCHEMA = 1
# The outcome of a run whose controller ended by a signal: see interrupted.py.
INTERRUPTED = "interrupted"
_Dict = t.Mapping[str, t.Any]
_BEGUN = ("done", "failed", "running", "unknown")


class HostReport(t.NamedTuple):
    """What became of a host: HostVerdict, whose fields come first, and who it is. cause, cause_code, next_step: of causes.explain.

    judged: whether a verdict names it; of other hosts the JSON has no times of a scan.
    """

    instance_id: str
    host: str = ""
    name: str = ""
    image_id: str = ""
    execution_id: str = ""
    missing_before: int | None = None
    missing_after: int | None = None
    pending_reboot: bool = False
    attempts: int = 0
    start: str | None = None
    end: str | None = None
    scan_start: str | None = None
    scan_end: str | None = None
    failed_step: str = ""
    outcome: str = NOT_STARTED
    message: str = ""
    tier: str = ""
    role: str = ""
    zone: str = ""
    platform: str = ""
    former_state: str = "running"
    cause: str = ""
    cause_code: str = ""
    next_step: str = ""
    judged: bool = True

    def to_dict(self) -> dict[str, t.Any]:
        left_out = ("judged",) if self.judged else ("judged", "scan_start", "scan_end")
        return {key: value for key, value in self._asdict().items() if key not in left_out}


class Phase(t.NamedTuple):
    """Images, an attempt to patch, or the scan after it, on the clock. name: image, patch or verify. hosts: how many."""

    name: str
    attempt: int
    hosts: int
    start: str
    end: str


@dataclasses.dataclass(frozen=True, slots=True)
class WaveReport:
    """What became of a wave. outcome: done, failed, unknown, running, waiting or skipped. passed: whether the gates after it were open."""

    id: str
    number: int
    tier: str
    zones: tuple[str, ...]
    canary: bool
    part: int
    parts: int
    max_errors: int
    why: str
    outcome: str
    message: str
    start: str | None
    end: str | None
    phases: tuple[Phase, ...]
    hosts: tuple[HostReport, ...]
    passed: bool = False

    def to_dict(self) -> dict[str, t.Any]:
        made = {name: getattr(self, name) for name in _WAVE_FIELDS}
        return {
            **made,
            "zones": list(self.zones),
            "phases": [phase._asdict() for phase in self.phases],
            "hosts": [host.to_dict() for host in self.hosts],
        }


class Failure(t.NamedTuple):
    """A host that is not patched although it was tried."""

    host: str = ""
    instance_id: str = ""
    name: str = ""
    wave: str = ""
    step: str = ""
    message: str = ""
    cause: str = ""
    cause_code: str = ""
    next_step: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RunReport:
    """What happened in a run. outcome: completed, stopped, failed, unknown, interrupted or running. started, ended: ISO 8601. plan: the summary of the plan.

    totals, stop, reboots: JSON values; see run_report. account, planned_by, digest: of the plan. approved_by: {arn, user, how, at}, or empty.
    """

    run_id: str
    region: str
    outcome: str
    started: str | None
    ended: str | None
    plan: _Dict
    waves: tuple[WaveReport, ...]
    exclusions: tuple[Exclusion, ...]
    totals: t.Mapping[str, int]
    failures: tuple[Failure, ...]
    stop: _Dict
    rule: str
    reboots: _Dict
    message: str
    digest: str = ""
    account: _Dict = dataclasses.field(default_factory=dict)
    planned_by: _Dict = dataclasses.field(default_factory=dict)
    approved_by: _Dict = dataclasses.field(default_factory=dict)

    def to_dict(self) -> dict[str, t.Any]:
        """JSON values; `from_dict` gives the equal report back."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in _REPORT_FIELDS},
            "plan": dict(self.plan),
            "waves": [wave.to_dict() for wave in self.waves],
            "exclusions": [dataclasses.asdict(item) for item in self.exclusions],
            "totals": dict(self.totals),
            "failures": [failure._asdict() for failure in self.failures],
            **{name: dict(getattr(self, name)) for name in _REPORT_MAPS},
        }

    @classmethod
    def from_dict(cls, data: _Dict) -> RunReport:
        """Read what `to_dict` wrote; what is left out is empty. Raises KeyError for a host without an instance_id."""
        return cls(
            **{name: data.get(name) or "" for name in ("run_id", "region", "outcome", "rule", "message", "digest")},
            **{name: data.get(name) for name in ("started", "ended")},
            **{name: dict(data.get(name) or {}) for name in ("plan", "totals", *_REPORT_MAPS)},
            waves=tuple(_read_wave(wave) for wave in data.get("waves") or ()),
            exclusions=tuple(Exclusion(**item) for item in data.get("exclusions") or ()),
            failures=tuple(Failure(**item) for item in data.get("failures") or ()),
        )


_WAVE_FIELDS = tuple(field.name for field in dataclasses.fields(WaveReport))
_REPORT_FIELDS = tuple(field.name for field in dataclasses.fields(RunReport))
_REPORT_MAPS = ("stop", "reboots", "account", "planned_by", "approved_by")
_HOST_FIELDS = frozenset(HostReport._fields) - {"judged"}


def _read_wave(data: _Dict) -> WaveReport:
    empty = {
        "part": 1,
        "parts": 1,
        "canary": False,
        "number": 0,
        "max_errors": 0,
        "start": None,
        "end": None,
        "passed": False,
    }
    known = {**dict.fromkeys(_WAVE_FIELDS, ""), **empty, **{key: data[key] for key in _WAVE_FIELDS if key in data}}
    known["zones"] = tuple(data.get("zones") or ())
    known["phases"] = tuple(Phase(**phase) for phase in data.get("phases") or ())
    known["hosts"] = tuple(_read_host(host) for host in data.get("hosts") or ())
    return WaveReport(**known)


def _read_host(data: _Dict) -> HostReport:
    known = {key: value for key, value in data.items() if key in _HOST_FIELDS}
    return HostReport(**{**known, "instance_id": data["instance_id"], "judged": "scan_start" in data})


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """What a run kept of a wave that was begun. wave: its id. verdict: None when its judgement never came.

    images: of ec2_instance_image. attempts: results of ssm_automation_execution.
    """

    wave: str
    verdict: WaveVerdict | None = None
    images: t.Sequence[_Dict] = ()
    attempts: t.Sequence[_Dict] = ()

    @classmethod
    def from_dict(cls, data: _Dict) -> Record:
        """From the record that the role keeps. Raises KeyError for one without a wave."""
        verdict = WaveVerdict.from_dict(data["verdict"]) if data.get("verdict") else None
        return cls(data["wave"], verdict, data.get("images") or (), data.get("attempts") or ())


def run_report(
    plan: Plan,
    records: t.Sequence[Record],
    stop: _Dict | None = None,
    final: bool = True,
    earlier: RunReport | None = None,
    passed: t.Collection[str] = (),
    reboots: _Dict | None = None,
    approved_by: _Dict | None = None,
) -> RunReport:
    """Report what happened.

    records: of every wave that was begun; a wave that the earlier report calls done stays as it stands there. stop: {task, message, wave}
    of what stopped the run, or empty; with `gate` it was a closed gate, and `at` says where: run, before, in or after the wave. final: False while the run is
    under way. earlier: the report of the run from before it was resumed; it has the waves that this start did not reach.
    passed: ids of the waves whose gates after them were open. reboots: {at, window_id, hosts} of a window that reboots hosts later.
    approved_by: {arn, user, how, at} of who approved this start; without any, who approved the one before stands.

    outcome: completed (every wave done within its budget), stopped (a wave spent its budget, or a gate is closed), unknown (AWS could not be
    asked what became of hosts), failed (something else stopped the run), running. Raises InvalidInput for a record of a wave that the plan does not have.
    """
    stop, by_wave, before = stop or {}, _by_wave(plan, records), begun(plan, earlier)
    waves = tuple(
        (
            _kept(before[wave.id], final, wave.id in passed)
            if wave.id in before and (wave.id not in by_wave or before[wave.id].outcome == "done")
            else _wave(wave, by_wave.get(wave.id), final, wave.id in passed, before.get(wave.id))
        )
        for wave in plan.waves
    )
    waves = tuple(dataclasses.replace(wave, outcome="failed") if _was_left(wave, stop) else wave for wave in waves)
    outcome = _outcome(waves, stop, final)
    failures = tuple(failure for wave in waves for failure in _failures(wave))
    totals = _totals(waves, plan)
    times = [time for wave in waves for time in (wave.start, wave.end) if time]
    return RunReport(
        **{name: getattr(plan, name) for name in ("run_id", "region", "digest", "account", "planned_by")},
        outcome=outcome,
        started=_earliest(times),
        ended=_latest(times) if final else None,
        plan=plan.summary,
        waves=waves,
        exclusions=plan.exclusions,
        totals=totals,
        failures=failures,
        stop=stop,
        rule=_rule(records, earlier),
        reboots=reboots or {},
        message=_message(outcome, totals, waves, failures, stop) + _besides(totals, reboots),
        approved_by=approved_by or (earlier.approved_by if earlier else {}),
    )


def _was_left(wave: WaveReport, stop: _Dict) -> bool:
    """Whether the run was stopped in this wave: its error budget is for hosts that fail, not for hosts that nobody tries again."""
    return stop.get("gate") == "stop" and stop.get("at") == "in" and stop.get("wave") == wave.id


def _besides(totals: t.Mapping[str, int], reboots: _Dict | None) -> str:
    """What else became of hosts: those that no longer exist, and those whose patches take effect with a reboot only."""
    said = ""
    if totals["gone"]:
        said = f"; {counted(totals['gone'], 'host no longer exists', 'hosts no longer exist')}"
    if totals["left_out"]:
        said += f"; {counted(totals['left_out'], 'host')} left out, changed after the plan was made"
    if reboots:
        number = counted(len(reboots["hosts"]), "host")
        return f"{said}; {number} will be rebooted at {reboots['at']} by maintenance window {reboots['window_id']}"
    if totals["pending_reboot"]:
        waiting = counted(totals["pending_reboot"], "host still requires a reboot", "hosts still require a reboot")
        return f"{said}; {waiting}"
    return said


def _by_wave(plan: Plan, records: t.Sequence[Record]) -> dict[str, Record]:
    found = {record.wave: record for record in records}
    strange = sorted(set(found) - {wave.id for wave in plan.waves})
    if strange:
        raise InvalidInput(f"records: waves {', '.join(strange)} are not in the plan")
    return found


def _rule(records: t.Sequence[Record], earlier: RunReport | None) -> str:
    """By which rule hosts were judged when the run installs something else than its baselines approve."""
    told = (record.verdict.rule for record in records if record.verdict)
    return next((text for text in told if text), earlier.rule if earlier else "")


def progress(plan: Plan, earlier: RunReport | None) -> tuple[list[str], list[str]]:
    """Ids of the waves that an earlier report of the run calls done, and of those whose gates after it were open."""
    done = {wave_id: wave for wave_id, wave in begun(plan, earlier).items() if wave.outcome == "done"}
    return list(done), [wave_id for wave_id, wave in done.items() if wave.passed]


def gone(plan: Plan, earlier: RunReport | None) -> list[str]:
    """Ids of the hosts that an earlier report of the run says no longer exist: a terminated instance never comes back."""
    waves = begun(plan, earlier).values()
    return [host.instance_id for wave in waves for host in wave.hosts if host.outcome == GONE]


def begun(plan: Plan, earlier: RunReport | None) -> dict[str, WaveReport]:
    """Waves of an earlier report that were begun, by id; none of a plan with other hosts."""
    ids = {wave.id: [host.instance_id for host in wave.hosts] for wave in plan.waves}
    return {
        wave.id: wave
        for wave in (earlier.waves if earlier else ())
        if wave.outcome in _BEGUN and ids.get(wave.id) == [host.instance_id for host in wave.hosts]
    }


def _kept(wave: WaveReport, final: bool, passed: bool) -> WaveReport:
    """A wave as in the earlier report; nothing has judged it since."""
    if wave.outcome == "done" or passed:
        return dataclasses.replace(wave, outcome="done", passed=wave.passed or passed)
    if wave.outcome != "running" or not final:
        return wave
    message = wave.message or "the run was interrupted in this wave"
    return dataclasses.replace(wave, outcome="failed", message=message)


def _earliest(times: t.Iterable[t.Any]) -> str | None:
    known = [time for time in times if time]
    return min(known, key=moment) if known else None


def _latest(times: t.Iterable[t.Any]) -> str | None:
    known = [time for time in times if time]
    return max(known, key=moment) if known else None


def _wave(wave: Wave, record: Record | None, final: bool, passed: bool, earlier: WaveReport | None) -> WaveReport:
    verdict = record.verdict if record else None
    known = {row.instance_id: row for row in earlier.hosts} if earlier else {}
    judged = {row.instance_id: _remembered(row, known.get(row.instance_id)) for row in verdict.hosts} if verdict else {}
    phases = _phases(record, tuple(judged.values())) if record else ()
    return WaveReport(
        **{name: getattr(wave, name) for name in ("id", "number", "tier", "zones", "canary", "part", "parts", "why")},
        max_errors=wave.max_errors,
        outcome=_wave_outcome(record, verdict, final or passed),
        message=verdict.msg if verdict else "",
        start=_earliest(phase.start for phase in phases),
        end=_latest(phase.end for phase in phases),
        phases=phases,
        hosts=tuple(_host(host, judged.get(host.instance_id)) for host in wave.hosts),
        passed=passed,
    )


def _remembered(row: HostVerdict, earlier: HostReport | None) -> HostVerdict:
    """A host that is unknown now, with what an earlier start of the run knew: what was patched then still is."""
    if row.outcome != UNKNOWN or earlier is None or not earlier.judged:
        return row
    before = HostVerdict(*earlier[: len(HostVerdict._fields)])
    if before.outcome == PATCHED:
        return before
    kept = {name: getattr(row, name) or getattr(before, name) for name in ("image_id", "execution_id", "start", "end")}
    return row._replace(**kept, attempts=max(row.attempts, before.attempts))


def _wave_outcome(record: Record | None, verdict: WaveVerdict | None, final: bool) -> str:
    if record is None:
        return "skipped" if final else "waiting"
    if verdict is None:
        return "failed" if final else "running"
    if not final and verdict.retry:
        return "running"
    # Before the first attempt hosts may be tried but count as no failure; a wave that ended like that was interrupted.
    unbegun = set(verdict.retry) - set(verdict.failed)
    if verdict.unknown and not verdict.running and len(verdict.failed) <= verdict.budget:
        return "unknown"
    return "failed" if verdict.spent or unbegun else "done"


def _host(host: PlannedHost, row: HostVerdict | None) -> HostReport:
    known = {name: getattr(host, name) for name in ("host", "name", "tier", "role", "zone", "platform", "former_state")}
    if row is None:
        return HostReport(instance_id=host.instance_id, missing_before=host.missing, judged=False, **known)
    made = HostReport(**{**row._asdict(), **known})
    if made.outcome in (PATCHED, *EXCUSED) or not (made.attempts or made.message):
        return made
    why = explain(made.outcome, made.failed_step, made.message)
    return made._replace(cause=why.cause, cause_code=why.code, next_step=why.next_step)


def _phases(record: Record, judged: t.Sequence[HostVerdict]) -> tuple[Phase, ...]:
    """Phases of a wave on the clock. AWS gives no end of an image, so its phase ends when patching began, if it did."""
    found: list[Phase] = []
    imaged = [image.get("creation_date") for image in record.images]
    patching = []
    for number, attempt in enumerate(record.attempts, 1):
        runs = [target for target in attempt.get("targets") or [] if target.get("start_time")]
        start = _earliest(target["start_time"] for target in runs)
        if start:
            end = _latest(target.get("end_time") or target["start_time"] for target in runs)
            patching.append(Phase("patch", number, len(runs), start, end))
    if _earliest(imaged):
        end = patching[0].start if patching else _latest(imaged)
        if moment(end) >= moment(_earliest(imaged)):
            found.append(Phase("image", 1, len(imaged), _earliest(imaged), end))
    found += patching
    scans = [(row.scan_start, row.scan_end) for row in judged if row.scan_start and row.scan_end]
    if scans:
        start, end = _earliest(a for a, b in scans), _latest(b for a, b in scans)
        found.append(Phase("verify", len(patching), len(scans), start, end))
    return tuple(found)


def _outcome(waves: t.Sequence[WaveReport], stop: _Dict, final: bool) -> str:
    if not final:
        return "running"
    if stop.get("gate"):
        return "stopped"
    if any(wave.outcome == "failed" for wave in waves) and not _interrupted(waves, stop):
        return "stopped"
    if any(wave.outcome == "unknown" for wave in waves):
        return "unknown"
    if stop or any(wave.outcome in ("failed", "skipped") for wave in waves):
        return "failed"
    return "completed"


def _interrupted(waves: t.Sequence[WaveReport], stop: _Dict) -> bool:
    """Whether something else than the verdict on a wave stopped the run."""
    return bool(stop.get("message")) and stop["message"] not in {wave.message for wave in waves}


def _totals(waves: t.Sequence[WaveReport], plan: Plan) -> dict[str, int]:
    hosts = [host for wave in waves for host in wave.hosts]
    return {
        "hosts": len(hosts),
        **{outcome: sum(host.outcome == outcome for host in hosts) for outcome in OUTCOMES},
        "excluded": len(plan.exclusions),
        "images": sum(bool(host.image_id) for host in hosts),
        "retried": sum(host.attempts > 1 for host in hosts),
        "pending_reboot": sum(bool(host.pending_reboot) for host in hosts),
        # Of hosts with a scan after: what nobody looked at again is not gone.
        "missing_before": sum(host.missing_before or 0 for host in hosts if host.missing_after is not None),
        "missing_after": sum(host.missing_after or 0 for host in hosts),
        "unscanned": sum(host.missing_after is None for host in hosts),
        "waves": len(waves),
        "waves_done": sum(wave.outcome == "done" for wave in waves),
    }


def _failures(wave: WaveReport) -> t.Iterator[Failure]:
    for host in wave.hosts:
        if host.outcome in ("failed", "image_failed", "running", "unknown"):
            about = (host.host, host.instance_id, host.name, wave.id, host.failed_step, host.message)
            yield Failure(*about, host.cause, host.cause_code, host.next_step)


def _message(
    outcome: str, totals: _Dict, waves: t.Sequence[WaveReport], failures: t.Sequence[Failure], stop: _Dict
) -> str:
    number = f"{totals['patched']} of {counted(totals['hosts'], 'host')}"
    count = counted(len(waves), "wave")
    if not waves:
        return "no hosts are selected, nothing to patch" if outcome == "completed" else stop.get("message") or outcome
    if outcome == "running":
        return f"{number} patched so far; {totals['waves_done']} of {count} done"
    if outcome == "completed" and not failures:
        return f"{number} in {count} patched"
    if outcome == "completed":
        return f"{number} in {count} patched; {len(failures)} failed within the error budget: {_first(failures)}"
    if stop.get("gate"):
        at = stop.get("at") or ""
        place = f"{at} wave {stop.get('wave')}" if at in ("before", "in", "after") else "before its start"
        return f"stopped {place} by the gate {stop['gate']}: {stop.get('message')}"
    if outcome == "unknown":
        wave = next(wave for wave in waves if wave.outcome == "unknown")
        lead = f"unknown in wave {wave.id}: {counted(totals['unknown'], 'host')} may be patched or not"
        return f"{lead}: {stop.get('message') or wave.message}"
    where = next((wave for wave in waves if wave.outcome == "failed"), None)
    if where is not None and outcome == "stopped":
        return f"stopped in wave {where.id}: {where.message or _first(failures)}"
    text = stop.get("message") or "the run ended before its last wave"
    place = f" in wave {stop['wave']}" if stop.get("wave") else ""
    return f"failed{place}{' at ' + stop['task'] if stop.get('task') else ''}: {text}"


def _first(failures: t.Sequence[Failure]) -> str:
    if not failures:
        return "unknown reason"
    first = failures[0]
    step = f" in step {first.step}" if first.step else ""
    return f"{first.name or first.host} ({first.instance_id}) of wave {first.wave}{step}: {short(first.message)}"
