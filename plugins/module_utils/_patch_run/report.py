# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The report of a run, from its plan and the records of its waves. All times are AWS's own."""

from __future__ import annotations

import typing as t

from .._core.errors import InvalidInput
from .._core.words import counted
from .._schedule.clock import moment
from .advice import short
from .causes import explain
from .verdict import OUTCOMES
from .verdict import PATCHED

SCHEMA = 1
_Dict = t.Mapping[str, t.Any]


def run_report(
    plan: _Dict,
    records: t.Sequence[_Dict],
    stop: _Dict | None = None,
    final: bool = True,
    earlier: _Dict | None = None,
    passed: t.Collection[str] = (),
    reboots: _Dict | None = None,
) -> dict[str, t.Any]:
    """Tell what happened.

    plan: Plan.to_dict(). records: {wave (id), verdict (of wave_verdict), images, attempts (results of
    ssm_automation_execution)} of every wave that was begun. stop: {task, message, wave} of what stopped the run, or
    empty; with `gate` it was a closed gate, and `at` says where: run, before, in or after the wave. final: False while the run is
    under way. earlier: the report of the run from before it was resumed; it tells of waves that this time were not come to.
    passed: ids of the waves whose gates after them were open. reboots: {at, window_id, hosts} of a window that reboots hosts later.

    outcome: completed (every wave done within its budget), stopped (a wave spent its budget, or a gate is closed), failed (something else
    stopped the run), running. A record of a wave that the plan does not have is a ValueError.
    """
    by_wave, before = _by_wave(plan, records), _begun(plan, earlier)
    waves = [
        (
            _kept(before[wave["id"]], final)
            if wave["id"] in before and wave["id"] not in by_wave
            else {**_wave(wave, by_wave.get(wave["id"]), final), "passed": wave["id"] in passed}
        )
        for wave in plan["waves"]
    ]
    waves = [{**wave, "outcome": "failed"} if _was_left(wave, stop or {}) else wave for wave in waves]
    outcome = _outcome(waves, stop or {}, final)
    failures = [failure for wave in waves for failure in _failures(wave)]
    totals = _totals(waves, plan)
    times = [time for wave in waves for time in (wave["start"], wave["end"]) if time]
    return {
        "schema": SCHEMA,
        "run_id": plan["run_id"],
        "region": plan.get("region") or "",
        "outcome": outcome,
        "started": _earliest(times),
        "ended": _latest(times) if final else None,
        "plan": plan["summary"],
        "waves": waves,
        "exclusions": plan["exclusions"],
        "totals": totals,
        "failures": failures,
        "stop": dict(stop or {}),
        "rule": _rule(records, earlier),
        "reboots": dict(reboots or {}),
        "message": _message(outcome, totals, waves, failures, stop or {}) + _later(reboots),
    }


def _was_left(wave: _Dict, stop: _Dict) -> bool:
    """Whether the run was stopped in this wave: its error budget is for hosts that fail, not for hosts that nobody tries again."""
    return stop.get("gate") == "stop" and stop.get("at") == "in" and stop.get("wave") == wave["id"]


def _later(reboots: _Dict | None) -> str:
    if not reboots:
        return ""
    number = len(reboots["hosts"])
    waits = "waits" if number == 1 else "wait"
    return f"; {counted(number, 'host')} {waits} for the reboot at {reboots['at']} by maintenance window {reboots['window_id']}"


def _by_wave(plan: _Dict, records: t.Sequence[_Dict]) -> dict[str, _Dict]:
    found = {record["wave"]: record for record in records}
    strange = sorted(set(found) - {wave["id"] for wave in plan["waves"]})
    if strange:
        raise InvalidInput(f"records name waves that the plan does not have: {', '.join(strange)}")
    return found


def _rule(records: t.Sequence[_Dict], earlier: _Dict | None) -> str:
    """By which rule hosts were judged when the run installs something else than its baselines approve."""
    told = [(record.get("verdict") or {}).get("rule") for record in records]
    return next((text for text in told if text), (earlier or {}).get("rule") or "")


def progress(plan: _Dict, earlier: _Dict | None) -> tuple[list[str], list[str]]:
    """Ids of the waves that an earlier report of the run calls done, and of those whose gates after it were open."""
    done = {wave_id: wave for wave_id, wave in _begun(plan, earlier).items() if wave["outcome"] == "done"}
    return list(done), [wave_id for wave_id, wave in done.items() if wave.get("passed")]


def _begun(plan: _Dict, earlier: _Dict | None) -> dict[str, t.Any]:
    """Waves of an earlier report that were begun, by id; none of a plan with other hosts."""
    ids = {wave["id"]: [host["instance_id"] for host in wave["hosts"]] for wave in plan["waves"]}
    return {
        wave["id"]: wave
        for wave in (earlier or {}).get("waves") or []
        if wave["outcome"] in ("done", "failed", "running")
        and ids.get(wave["id"]) == [host["instance_id"] for host in wave["hosts"]]
    }


def _kept(wave: _Dict, final: bool) -> dict[str, t.Any]:
    """A wave as the earlier report tells of it; nobody has looked at it since."""
    if wave["outcome"] != "running" or not final:
        return dict(wave)
    return {**wave, "outcome": "failed", "message": wave["message"] or "the run was interrupted in this wave"}


def _earliest(times: t.Iterable[t.Any]) -> str | None:
    known = [time for time in times if time]
    return min(known, key=moment) if known else None


def _latest(times: t.Iterable[t.Any]) -> str | None:
    known = [time for time in times if time]
    return max(known, key=moment) if known else None


def _wave(wave: _Dict, record: _Dict | None, final: bool) -> dict[str, t.Any]:
    verdict = (record or {}).get("verdict") or {}
    judged = {row["instance_id"]: row for row in verdict.get("hosts") or []}
    phases = _phases(record or {}, list(judged.values()))
    return {
        **{key: wave[key] for key in ("id", "number", "tier", "zones", "canary", "part", "parts", "max_errors", "why")},
        "outcome": _wave_outcome(record, verdict, final),
        "message": verdict.get("msg") or "",
        "start": _earliest(phase["start"] for phase in phases),
        "end": _latest(phase["end"] for phase in phases),
        "phases": phases,
        "hosts": [_host(host, judged.get(host["instance_id"])) for host in wave["hosts"]],
    }


def _wave_outcome(record: _Dict | None, verdict: _Dict, final: bool) -> str:
    if record is None:
        return "skipped" if final else "waiting"
    if not final and (verdict.get("retry") or not verdict):
        return "running"
    # Before the first attempt hosts may be tried but count as no failure; a wave that ended like that was interrupted.
    unbegun = set(verdict.get("retry") or ()) - set(verdict.get("failed") or ())
    return "failed" if not verdict or verdict["spent"] or unbegun else "done"


def _host(host: _Dict, row: _Dict | None) -> dict[str, t.Any]:
    known = {key: host.get(key) for key in ("host", "instance_id", "name", "tier", "role", "zone", "platform")}
    known["former_state"] = host.get("former_state") or "running"
    if row is None:
        row = {"outcome": "not_started", "message": "", "missing_before": host.get("missing"), "missing_after": None}
        row |= {
            "image_id": "",
            "execution_id": "",
            "pending_reboot": False,
            "attempts": 0,
            "start": None,
            "end": None,
            "failed_step": "",
        }
    made = {**row, **known}
    bad = made["outcome"] != PATCHED and (made["attempts"] or made["message"])
    if not bad:
        return {**made, "cause": "", "cause_code": "", "next_step": ""}
    why = explain(made["outcome"], made["failed_step"], made["message"])
    return {**made, "cause": why.cause, "cause_code": why.code, "next_step": why.next_step}


def _phases(record: _Dict, judged: t.Sequence[_Dict]) -> list[dict[str, t.Any]]:
    """Phases of a wave on the clock. AWS gives no end of an image, so its phase ends when patching began, if it did."""
    found: list[dict[str, t.Any]] = []
    imaged = [image.get("creation_date") for image in record.get("images") or []]
    patching = []
    for number, attempt in enumerate(record.get("attempts") or [], 1):
        runs = [target for target in attempt.get("targets") or [] if target.get("start_time")]
        start = _earliest(target["start_time"] for target in runs)
        if start:
            end = _latest(target.get("end_time") or target["start_time"] for target in runs)
            patching.append({"name": "patch", "attempt": number, "hosts": len(runs), "start": start, "end": end})
    if _earliest(imaged):
        end = patching[0]["start"] if patching else _latest(imaged)
        if moment(end) >= moment(_earliest(imaged)):
            found.append({"name": "image", "attempt": 1, "hosts": len(imaged), "start": _earliest(imaged), "end": end})
    found += patching
    scans = [(row["scan_start"], row["scan_end"]) for row in judged if row.get("scan_start") and row.get("scan_end")]
    if scans:
        start, end = _earliest(a for a, b in scans), _latest(b for a, b in scans)
        found.append({"name": "verify", "attempt": len(patching), "hosts": len(scans), "start": start, "end": end})
    return found


def _outcome(waves: t.Sequence[_Dict], stop: _Dict, final: bool) -> str:
    if not final:
        return "running"
    if stop.get("gate"):
        return "stopped"
    if any(wave["outcome"] == "failed" for wave in waves) and not _interrupted(waves, stop):
        return "stopped"
    if stop or any(wave["outcome"] in ("failed", "skipped") for wave in waves):
        return "failed"
    return "completed"


def _interrupted(waves: t.Sequence[_Dict], stop: _Dict) -> bool:
    """Whether something else than the verdict on a wave stopped the run."""
    return bool(stop.get("message")) and stop["message"] not in {wave["message"] for wave in waves}


def _totals(waves: t.Sequence[_Dict], plan: _Dict) -> dict[str, int]:
    hosts = [host for wave in waves for host in wave["hosts"]]
    return {
        "hosts": len(hosts),
        **{outcome: sum(host["outcome"] == outcome for host in hosts) for outcome in OUTCOMES},
        "excluded": len(plan["exclusions"]),
        "images": sum(bool(host["image_id"]) for host in hosts),
        "retried": sum(host["attempts"] > 1 for host in hosts),
        "pending_reboot": sum(bool(host["pending_reboot"]) for host in hosts),
        # Of hosts with a scan after: what nobody looked at again is not gone.
        "missing_before": sum(host["missing_before"] or 0 for host in hosts if host["missing_after"] is not None),
        "missing_after": sum(host["missing_after"] or 0 for host in hosts),
        "unscanned": sum(host["missing_after"] is None for host in hosts),
        "waves": len(waves),
        "waves_done": sum(wave["outcome"] == "done" for wave in waves),
    }


def _failures(wave: _Dict) -> t.Iterator[dict[str, t.Any]]:
    for host in wave["hosts"]:
        if host["outcome"] in ("failed", "image_failed", "running"):
            yield {
                "host": host["host"],
                "instance_id": host["instance_id"],
                "name": host["name"],
                "wave": wave["id"],
                "step": host["failed_step"],
                "message": host["message"],
                "cause": host["cause"],
                "cause_code": host["cause_code"],
                "next_step": host["next_step"],
            }


def _message(outcome: str, totals: _Dict, waves: t.Sequence[_Dict], failures: t.Sequence[_Dict], stop: _Dict) -> str:
    number = f"{totals['patched']} of {counted(totals['hosts'], 'host')}"
    count = counted(len(waves), "wave")
    if not waves:
        return (
            "no host was selected, so there was nothing to patch"
            if outcome == "completed"
            else stop.get("message") or outcome
        )
    if outcome == "running":
        return f"{number} are patched so far; {totals['waves_done']} of {count} are done"
    if outcome == "completed" and not failures:
        return f"{number} in {count} are patched"
    if outcome == "completed":
        return f"{number} in {count} are patched; {len(failures)} failed within the error budget: {_first(failures)}"
    if stop.get("gate"):
        at = stop.get("at") or ""
        place = f"{at} wave {stop.get('wave')}" if at in ("before", "in", "after") else "before it began"
        return f"stopped {place} by the gate {stop['gate']}: {stop.get('message')}"
    where = next((wave for wave in waves if wave["outcome"] == "failed"), None)
    if where is not None and outcome == "stopped":
        return f"stopped in wave {where['id']}: {where['message'] or _first(failures)}"
    text = stop.get("message") or "the run ended before its last wave"
    place = f" in wave {stop['wave']}" if stop.get("wave") else ""
    return f"failed{place}{' at ' + stop['task'] if stop.get('task') else ''}: {text}"


def _first(failures: t.Sequence[_Dict]) -> str:
    if not failures:
        return "no reason is known"
    first = failures[0]
    step = f" in step {first['step']}" if first["step"] else ""
    return f"{first['name'] or first['host']} ({first['instance_id']}) of wave {first['wave']}{step}: {short(first['message'])}"
