# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""All gates of a run at one place: what has to be read to judge them, which are closed, and whether waiting can open them."""

from __future__ import annotations

import datetime
import typing as t

from .._planner.fleet import is_hybrid
from .._schedule.clock import moment
from .gate_error import GateError
from .gates import AFTER
from .gates import BEFORE
from .gates import RUN
from .gates import PlannedRun
from .gates import Settings
from .gates import closed_gates
from .gates import minutes_of
from .guards import began
from .guards import guard_findings
from .report import Record
from .verdict import EXCUSED

IN = "in"
PLACES = (RUN, BEFORE, IN, AFTER)
_Dict = t.Mapping[str, t.Any]


def to_read(run: PlannedRun, settings: Settings, at: str, wave: str, check_busy: bool = True) -> dict[str, t.Any]:
    """Options of patch_gate_info that read everything the gates at a place need, in one start; {} when they need nothing.

    at: one of PLACES. wave: id of the next wave (BEFORE, IN) or of the one that is over (AFTER), "" for RUN, whose gates patch_plan has
    read. check_busy: whether other work on the hosts of the wave counts. Raises GateError.
    """
    asked: dict[str, t.Any] = {}
    if at in (BEFORE, IN):
        hosts = run.wave(wave).hosts if check_busy else ()
        asked = {"run_id": run.plan.run_id, "instance_ids": [host.instance_id for host in hosts]}
    if at == BEFORE:
        # In a wave the hosts are chosen already; those that were terminated since fail, and are looked up then.
        asked["instances"] = [one.instance_id for one in run.wave(wave).hosts if not is_hybrid(one.instance_id)]
    if at == BEFORE and settings.change_calendars:
        asked |= {"calendars": list(settings.change_calendars), "minutes": minutes_of(run.coming(wave))}
    if at in (BEFORE, AFTER):
        groups = [one.group for one in settings.minima()]
        asked |= {"alarms": list(settings.alarms)} if settings.alarms else {}
        asked |= {"target_groups": groups} if groups else {}
    return asked


def closed_at(
    run: PlannedRun,
    read: _Dict,
    settings: Settings,
    at: str,
    wave: str,
    *,
    since: str = "",
    records: t.Sequence[Record] = (),
    max_unavailable: str = "",
) -> list[dict[str, str]]:
    """The closed gates BEFORE, IN or AFTER a wave, as {gate, at, message}; those of the run itself (stop, busy, unavailable) first.

    read: of patch_gate_info, {} when to_read asked for nothing. since: of run_began. records, max_unavailable: see
    guards.guard_findings; AFTER a wave only the hosts that no longer exist count, which are in no target group. Raises GateError, KeyError.
    """
    if at not in (BEFORE, IN, AFTER):
        raise GateError(f"at is {at!r}; must be one of {', '.join((BEFORE, IN, AFTER))}")
    found: list[dict[str, t.Any]] = []
    if at in (BEFORE, IN):
        limit = max_unavailable if at == BEFORE else ""
        asked = t.cast(datetime.datetime, moment(since))
        found += guard_findings(read, asked, run.wave(wave), run.plan, records, limit)
    if at in (BEFORE, AFTER) and read:
        found += closed_gates(run, read, settings, at, wave, _gone(records))
    return placed(found, at)


def _gone(records: t.Sequence[Record]) -> frozenset[str]:
    return frozenset(
        row.instance_id for one in records if one.verdict for row in one.verdict.hosts if row.outcome in EXCUSED
    )


def placed(found: t.Sequence[_Dict], at: str) -> list[dict[str, str]]:
    """Findings of gates that are closed, as {gate, at, message}. found: of patch_plan, or of a task of the user, where all are closed."""
    return [{"gate": one["gate"], "at": at, "message": one["message"]} for one in found if one.get("closed", True)]


def may_open(closed: t.Sequence[_Dict]) -> bool:
    """Whether waiting a few minutes can open all of these gates.

    Other work on a host, such as a daily scan, ends. Alarms and the health of targets lag behind a wave by minutes of data, but before a
    wave nothing has happened yet that could heal them.
    """
    return all(one["at"] == AFTER or (one["at"] in (BEFORE, IN) and one["gate"] == "busy") for one in closed)


def run_began(now: str, age: float) -> str:
    """When the run began by AWS's clock, ISO 8601. now: the time of AWS. age: seconds since the run began."""
    return began({"time": now, "age": age}).astimezone(datetime.timezone.utc).isoformat()
