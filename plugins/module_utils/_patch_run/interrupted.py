# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The report of a run whose controller got a signal to end: what AWS goes on with, and how to resume."""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.words import counted
from .._planner.model import Plan
from .report import INTERRUPTED
from .report import HostReport
from .report import RunReport
from .report import WaveReport
from .report import run_report
from .verdict import NOT_STARTED
from .verdict import RUNNING
from .verdict import UNKNOWN

_Dict = t.Mapping[str, t.Any]


def interrupted_report(plan: Plan, earlier: RunReport | None, by: str, work: _Dict, begun: bool) -> RunReport:
    """Report what is known.

    earlier: the latest report. by: the name of the signal. work: {wave, kind (image or patch), hosts (ids)} of what was under way, empty
    for nothing. begun: whether AWS was seen to work on it; if not, nobody knows what was started.
    """
    known = run_report(plan, [], final=False, earlier=earlier)
    waves = tuple(_wave(wave, work, begun) if wave.id == work.get("wave") else wave for wave in known.waves)
    counts = {
        outcome: sum(host.outcome == outcome for wave in waves for host in wave.hosts) for outcome in known.totals
    }
    totals = {**known.totals, **{name: counts[name] for name in (NOT_STARTED, RUNNING, UNKNOWN)}}
    message = (
        f"interrupted by {by}{_place(work, begun)}. No later wave starts. Resume with -e patch_run_id={plan.run_id}"
    )
    stop = {"task": "", "message": f"interrupted by {by}", "wave": work.get("wave") or "", "gate": "", "at": ""}
    return dataclasses.replace(known, outcome=INTERRUPTED, waves=waves, totals=totals, stop=stop, message=message)


def _place(work: _Dict, begun: bool) -> str:
    if not work:
        return ", while nothing was under way in AWS"
    number = counted(len(work["hosts"]), "host")
    if work["kind"] == "image":
        return f" while images of wave {work['wave']} were created; AWS completes images that were requested, and no host of it is patched"
    if begun:
        return f" while wave {work['wave']} was patched; AWS completes the patching of its {number}"
    return f" when wave {work['wave']} was to be patched; whether AWS patches its {number} is unknown"


def _wave(wave: WaveReport, work: _Dict, begun: bool) -> WaveReport:
    """The wave that was under way. Hosts that were not worked on stay as in the last report."""
    hosts = tuple(
        _host(host, work["kind"], begun) if host.instance_id in work["hosts"] else host for host in wave.hosts
    )
    return dataclasses.replace(wave, outcome="running", hosts=hosts)


def _host(host: HostReport, kind: str, begun: bool) -> HostReport:
    nothing = {"cause": "", "cause_code": "", "next_step": "", "failed_step": ""}
    if kind == "image":
        return host._replace(
            outcome=NOT_STARTED, message="its image was being created when the run was interrupted", **nothing
        )
    if begun:
        text = "it was being patched when the run was interrupted"
        return host._replace(outcome=RUNNING, message=text, attempts=host.attempts + 1, **nothing)
    return host._replace(outcome=UNKNOWN, message="it was to be patched when the run was interrupted", **nothing)
