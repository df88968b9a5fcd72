# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a notice says: from an event of a run, its plan and its report, to subject, text and facts. Nothing is evaluated."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._core.errors import InvalidInput
from .._core.words import counted
from .._planner.model import Plan
from .._planner.model import Wave
from .._schedule.clock import moment
from . import identity
from .advice import short
from .notice_forms import FEW
from .notice_forms import MANY
from .notice_forms import ascii_subject
from .notice_forms import fitted
from .notice_forms import line
from .notice_forms import plain_text
from .notice_forms import slack_text
from .notice_forms import span
from .notice_forms import stamp
from .notice_forms import subject_line
from .report import HostReport
from .report import RunReport
from .report import WaveReport

SCHEMA = 1
EVENTS = ("announced", "started", "retry", "wave_done", "failed", "completed", "rolled_back")
# What happens once in a run: a resumed run does not tell it again where it was told.
ONCE = frozenset({"retry", "wave_done", "completed"})
REASON = 400

_OUTCOMES = {
    "patched": "patched",
    "failed": "failed",
    "image_failed": "no image",
    "running": "still running",
    "not_started": "not started",
    "gone": "no longer exists",
    "left_out": "left out, changed after the plan",
    "unknown": "unknown",
    "rolled_back": "rolled back",
    "failed_detached": "without a root volume",
    "not_back": "did not come back",
    "unverified": "not verified",
}
_Dict = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Occasion:
    """Something of a run that people and systems should know.

    event: one of EVENTS. plan, report: where there are any; the report also of a run that is under way. wave: id, for
    retry and wave_done. attempt: number of the attempt that comes next (2 is the first retry). retries: how many there
    may be. starts_at: ISO-8601, for announced. hosts: what became of hosts that were rolled back, each with instance_id
    and outcome (rolled_back or why not), and name, wave, zone, image_id, task_id, message, next_step, start, end where
    known. message: more to say. report_at: link or path of the report (then controller names the machine). now: aware, for "in 4 days".
    """

    event: str
    plan: Plan | None = None
    report: RunReport | None = None
    wave: str = ""
    attempt: int = 0
    retries: int = 0
    starts_at: str = ""
    hosts: t.Sequence[_Dict] = ()
    message: str = ""
    report_at: str = ""
    controller: str = ""
    prefix: str = ""
    now: datetime.datetime | None = None
    resumed: bool = False


def notice(occasion: Occasion) -> dict[str, t.Any] | None:
    """The notice of an occasion, or None for an empty run, which nobody has to hear of.

    Gives {event, tone (good, warn, bad or idle), title, subject (one line), subject_ascii (for SNS), lead, figures (label
    and value), waves, failures_title, failures, hosts, more (how many hosts are not listed), report, text, slack, facts}. ValueError for
    an event, a wave or a time that is not known.
    """
    if occasion.event not in EVENTS:
        raise InvalidInput(f"event: {occasion.event!r} is unknown; use one of {', '.join(EVENTS)}")
    if not (occasion.hosts if occasion.event == "rolled_back" else _waves(occasion)):
        return None
    tone, title, gist, lead = _HEADLINES[occasion.event](occasion)
    bad, good = _hosts(occasion)
    made = {
        "event": occasion.event,
        "tone": tone,
        "title": title,
        "subject": subject_line(occasion.prefix, title, gist, run_id(occasion)),
        "lead": line(lead[:1].upper() + lead[1:], 700),
        "note": line(occasion.message, 700),
        "figures": _figures(occasion),
        "waves": _listed_waves(occasion),
        "failures_title": "Retried hosts" if occasion.event == "retry" else "Needs attention",
        "failures": bad[:FEW],
        "hosts": good[:MANY],
        "more": max(0, len(bad) - FEW) + max(0, len(good) - MANY),
        "report": line(occasion.report_at, 1000),
    }
    made["subject_ascii"] = ascii_subject(made["subject"])
    made["text"] = plain_text(made)
    made["slack"] = slack_text(made)
    made["facts"] = fitted(_facts(occasion, made, len(bad), len(good)))
    return made


def run_id(occasion: Occasion) -> str:
    return line(_of(occasion, "run_id") or "")


def _region(occasion: Occasion) -> str:
    return line(_of(occasion, "region") or "")


def _of(occasion: Occasion, name: str) -> t.Any:
    """What plan and report both have, of the first one that has it, or None."""
    return next((made for one in (occasion.plan, occasion.report) if one and (made := getattr(one, name))), None)


def _account(occasion: Occasion) -> str:
    account = _of(occasion, "account") or {}
    return f"{account.get('id', '')} {account.get('alias', '')}".strip()


def _waves(occasion: Occasion) -> t.Sequence[Wave | WaveReport]:
    return next((one.waves for one in (occasion.report, occasion.plan) if one and one.waves), ())


def _report(occasion: Occasion) -> RunReport:
    if occasion.report is None:
        raise InvalidInput(f"the event {occasion.event} needs the report of the run")
    return occasion.report


def _wave(occasion: Occasion) -> WaveReport:
    """The wave of the occasion in the report. Raises InvalidInput."""
    found = [wave for wave in _report(occasion).waves if wave.id == occasion.wave]
    if not found:
        raise InvalidInput(f"the run has no wave {occasion.wave!r}")
    return found[0]


def _count(occasion: Occasion) -> int:
    return sum(len(wave.hosts) for wave in _waves(occasion))


# Headlines: tone, title, what the subject says, the sentence below the title


def _announced(occasion: Occasion) -> tuple[str, str, str, str]:
    number = counted(_count(occasion), "host")
    if not occasion.starts_at:
        return "idle", "Patching announced", number, f"{number} will be patched."
    try:
        starts = moment(occasion.starts_at)
    except ValueError:
        raise InvalidInput(f"starts_at {occasion.starts_at!r} is not a time in ISO-8601") from None
    ahead = f" (in {_ahead(starts - occasion.now)})" if occasion.now and starts > occasion.now else ""
    gist = f"{number}, {stamp(occasion.starts_at)}{ahead}"
    return "idle", "Patching announced", gist, f"Patching of {number} starts at {stamp(occasion.starts_at)}{ahead}."


def _ahead(delta: datetime.timedelta) -> str:
    """4 days, 3 hours or 20 minutes, as people announce: to the nearest."""
    minutes = round(delta.total_seconds() / 60)
    if minutes < 90:
        return counted(max(1, minutes), "minute")
    return counted(round(minutes / 60), "hour") if minutes < 36 * 60 else counted(round(minutes / 1440), "day")


def _started(occasion: Occasion) -> tuple[str, str, str, str]:
    gist = f"{counted(_count(occasion), 'host')} in {counted(len(_waves(occasion)), 'wave')}"
    if occasion.resumed:
        return "idle", "Patching resumed", gist, f"The run resumes where it stopped: {gist} in all."
    return "idle", "Patching started", gist, f"{gist} are patched now."


def _retry(occasion: Occasion) -> tuple[str, str, str, str]:
    failed = len(_tried_again(occasion))
    again = occasion.attempt - 1
    # Somebody who resumes a run that had used up its retries gets one more.
    number = f"retry {again} of {occasion.retries}" if again <= occasion.retries else f"retry {again}, after a resume"
    lead = f"{counted(failed, 'host')} of wave {occasion.wave} failed and {_is(failed)} retried ({number})."
    return "warn", "Patching retried", f"{counted(failed, 'host')} of {occasion.wave}, {number}", lead


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _wave_done(occasion: Occasion) -> tuple[str, str, str, str]:
    wave = _wave(occasion)
    hosts = wave.hosts
    patched, gone, out = (sum(host.outcome == outcome for host in hosts) for outcome in ("patched", "gone", "left_out"))
    place = f"wave {wave.number} of {len(_waves(occasion))}"
    gist = f"{wave.id}, {patched} of {counted(len(hosts), 'host')} patched, {place}"
    lead = f"{patched} of {counted(len(hosts), 'host')} of wave {wave.id} ({place}) {_is(patched)} patched."
    lead += f" {counted(gone, 'host no longer exists', 'hosts no longer exist')}." if gone else ""
    lead += f" {counted(out, 'host')} left out since the plan." if out else ""
    return "good" if patched + gone + out == len(hosts) else "warn", "Wave done", gist, lead


_ENDS = {"stopped": "Patching stopped", "unknown": "State of patching unknown"}


def _failed(occasion: Occasion) -> tuple[str, str, str, str]:
    report = _report(occasion)
    totals = report.totals
    title = _ENDS.get(report.outcome, "Patching failed")
    where = next((wave.id for wave in report.waves if wave.outcome in ("failed", "unknown")), "")
    gist = f"{totals['patched']} of {counted(totals['hosts'], 'host')} patched" + (f", wave {where}" if where else "")
    return "bad", title, gist, f"{short(line(report.message, 4000), 600)}"


def _completed(occasion: Occasion) -> tuple[str, str, str, str]:
    report = _report(occasion)
    totals, failures = report.totals, report.failures
    gist = f"{totals['patched']} of {counted(totals['hosts'], 'host')} patched"
    tone, title = ("warn", "Patching completed with failures") if failures else ("good", "Patching completed")
    return tone, title, gist, short(line(report.message, 4000), 600) + ("" if failures else ".")


def _rolled_back(occasion: Occasion) -> tuple[str, str, str, str]:
    done = sum(host.get("outcome") == "rolled_back" for host in occasion.hosts)
    gist = f"{done} of {counted(len(occasion.hosts), 'host')}"
    lead = f"{gist} {_is(done)} rolled back to the image from before patching. Data volumes are unchanged."
    return (
        ("good", "Rolled back", gist, lead) if done == len(occasion.hosts) else ("bad", "Rollback failed", gist, lead)
    )


_HEADLINES: dict[str, t.Callable[[Occasion], tuple[str, str, str, str]]] = {
    "announced": _announced,
    "started": _started,
    "retry": _retry,
    "wave_done": _wave_done,
    "failed": _failed,
    "completed": _completed,
    "rolled_back": _rolled_back,
}


# Hosts


def _tried_again(occasion: Occasion) -> list[dict[str, t.Any]]:
    hosts = _wave(occasion).hosts
    return [_row(host, occasion.wave) for host in hosts if host.outcome in ("failed", "not_started")]


def _hosts(occasion: Occasion) -> tuple[list[dict[str, t.Any]], list[dict[str, t.Any]]]:
    """Hosts with a reason, and all others that something was done to."""
    if occasion.event in ("announced", "started"):
        return [], []
    if occasion.event == "retry":
        # What a person would do next is for a run that is over.
        return [{**row, "cause": "", "next_step": ""} for row in _tried_again(occasion)], []
    if occasion.event == "rolled_back":
        rows = [_row(_rolled_back_host(host), host.get("wave") or occasion.wave) for host in occasion.hosts]
    elif occasion.event == "wave_done":
        rows = [_row(host, occasion.wave) for host in _wave(occasion).hosts]
    else:
        rows = [_row(host, wave.id) for wave in _report(occasion).waves for host in wave.hosts]
        rows = [row for row in rows if row["outcome"] != "not_started" or row["attempts"]]
    good = ("patched", "rolled_back", "gone", "left_out")
    return [row for row in rows if row["outcome"] not in good], [row for row in rows if row["outcome"] in good]


def _rolled_back_host(given: _Dict) -> HostReport:
    """A host of a rollback in the words of a run: its task is what was executed."""
    known = {key: given[key] for key in HostReport._fields if given.get(key) is not None}
    task = given.get("execution_id") or given.get("task_id") or ""
    return HostReport(**{"outcome": "unknown", **known, "instance_id": given["instance_id"], "execution_id": task})


def _row(host: HostReport, wave: str) -> dict[str, t.Any]:
    outcome = host.outcome or "unknown"
    return {
        "name": line(host.name or host.host or host.instance_id),
        "instance_id": line(host.instance_id),
        "wave": line(wave),
        "zone": line(host.zone),
        "outcome": line(outcome),
        "outcome_words": _OUTCOMES.get(outcome, line(outcome)),
        "step": line(host.failed_step),
        "reason": short(line(host.message, 20000), REASON) if host.message else "",
        "cause": line(host.cause, REASON),
        "next_step": line(host.next_step, REASON),
        "execution_id": line(host.execution_id),
        "image_id": line(host.image_id),
        "attempts": host.attempts,
        "missing_before": host.missing_before,
        "missing_after": host.missing_after,
        "start": host.start,
        "end": host.end,
        "times": span(host.start, host.end),
    }


def _listed_waves(occasion: Occasion) -> list[dict[str, t.Any]]:
    """The way of the run, where it is still ahead."""
    if occasion.event not in ("announced", "started"):
        return []
    return [
        {
            "number": wave.number,
            "id": line(wave.id),
            "hosts": len(wave.hosts),
            "zones": line(", ".join(wave.zones)),
            "canary": wave.canary,
            "minutes": wave.estimate.minutes,
        }
        for wave in (occasion.plan.waves if occasion.plan else ())
    ]


# Figures and facts


def _figures(occasion: Occasion) -> list[tuple[str, str]]:
    plan, report = occasion.plan, occasion.report
    options = plan.options if plan else {}
    summary = plan.summary if plan and plan.summary else report.plan if report else {}
    found = [
        ("Run", run_id(occasion)),
        ("Account", line(_account(occasion))),
        ("Region", _region(occasion)),
        ("Solutions", line(", ".join(options.get("solutions") or []))),
        ("Environments", line(", ".join(options.get("environments") or []))),
    ]
    if occasion.event in ("announced", "started"):
        found.append(("Missing patches", _missing(summary)))
        found.append(("Duration", _expected(summary.get("estimated_minutes"))))
        found.append(("Excluded", counted(summary.get("excluded") or 0, "host") if summary.get("excluded") else ""))
    elif occasion.event != "rolled_back" and report:
        found.append(("Started", stamp(report.started)))
        found.append(("Ended", stamp(report.ended)))
    if occasion.event == "failed":
        found.append(("Resume with", f"-e patch_run_id={run_id(occasion)}"))
    found += [
        ("Planned by", line(identity.words(_of(occasion, "planned_by") or {}))),
        ("Approved by", line(identity.words(report.approved_by if report else {}))),
        ("Digest", line(_of(occasion, "digest") or "")),
        ("Controller", line(occasion.controller)),
    ]
    return [(label, value) for label, value in found if value]


def _missing(summary: _Dict) -> str:
    if not summary.get("missing"):
        return ""
    return f"{summary['missing']}, {summary.get('critical') or 0} of them critical"


def _expected(minutes: t.Any) -> str:
    if not minutes:
        return ""
    whole = round(minutes)
    return f"about {whole} min" if whole < 60 else f"about {whole // 60} h {whole % 60:02d} min"


def _facts(occasion: Occasion, made: _Dict, bad: int, good: int) -> dict[str, t.Any]:
    """For systems. Times are ISO-8601, of AWS; texts are one line each."""
    # What the report tells of a rollback is the run before it.
    report = None if occasion.event == "rolled_back" else occasion.report
    kept = ("name", "instance_id", "wave", "zone", "outcome", "step", "reason", "cause", "next_step", "execution_id",
            "image_id", "attempts", "start", "end")  # fmt: skip
    return {
        "schema": SCHEMA,
        "source": "fleetpatch",
        "event": occasion.event,
        "tone": made["tone"],
        "run_id": run_id(occasion),
        "region": _region(occasion),
        "account": line(_account(occasion)),
        "planned_by": line(identity.words(_of(occasion, "planned_by") or {})),
        "approved_by": line(identity.words(report.approved_by if report else {})),
        "digest": line(_of(occasion, "digest") or ""),
        "outcome": report.outcome if report else "",
        "subject": made["subject"],
        "message": made["lead"],
        "wave": line(occasion.wave),
        "retry": occasion.attempt - 1 if occasion.event == "retry" else 0,
        "retries": occasion.retries,
        "starts_at": line(occasion.starts_at),
        "started": report.started if report else None,
        "ended": report.ended if report else None,
        "totals": _totals(occasion, report),
        "failures": [{key: row[key] for key in kept} for row in made["failures"]],
        "failures_total": bad,
        "hosts": [{key: row[key] for key in kept} for row in made["hosts"]],
        "hosts_total": good,
        "report": made["report"],
    }


def _totals(occasion: Occasion, report: RunReport | None) -> dict[str, int]:
    if occasion.event == "rolled_back":
        done = sum(host.get("outcome") == "rolled_back" for host in occasion.hosts)
        return {"hosts": len(occasion.hosts), "rolled_back": done}
    known = report.totals if report else {}
    return dict(known or {"hosts": _count(occasion), "waves": len(_waves(occasion))})
