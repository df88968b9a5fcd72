# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Guards of a run: a request to stop, somebody else who works on the hosts of the next wave, too many hosts of a role that are out."""

from __future__ import annotations

import datetime
import typing as t

from .._planner.model import Plan
from .._planner.model import PlannedHost
from .._planner.model import Wave
from .._schedule.clock import moment
from .._schedule.rate_control import unavailable
from .finished import ROLLED_BACK
from .report import Record
from .verdict import FAILED
from .verdict import RUNNING
from .verdict import UNKNOWN

_Dict = t.Mapping[str, t.Any]


def guard_findings(
    read: _Dict,
    since: datetime.datetime,
    wave: Wave,
    plan: Plan,
    records: t.Sequence[Record] = (),
    max_unavailable: str = "",
) -> list[dict[str, t.Any]]:
    """The guards that are closed, as {gate, closed, message}.

    read: of patch_gate_info just now. since: when the run began by AWS's clock, see `began`; a request to stop from before that is not
    for it. wave: the next one. records: of the waves so far. max_unavailable: the cap as it is declared now, "" for none. Raises
    BudgetError, KeyError.
    """
    return [
        *_stop(read.get("stop") or {}, since),
        *_rolled_back(read.get("run") or {}),
        *_busy(read.get("busy") or (), wave.hosts),
        *_too_many_out(plan, records, wave, max_unavailable),
    ]


def began(first: _Dict) -> datetime.datetime:
    """When the run began by AWS's clock, to the second: the controller's clock may be wrong, but it counts seconds well.

    first: {time, age} of the first look of the run: the time by AWS's clock, and for how many seconds the run was under way then.
    """
    return t.cast(datetime.datetime, moment(first["time"])) - datetime.timedelta(seconds=float(first["age"]))


def _stop(request: _Dict, since: datetime.datetime) -> t.Iterator[dict[str, t.Any]]:
    asked = moment(request.get("time"))
    if asked is None or asked < since:
        return
    at = asked.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    why = f": {request['why']}" if request.get("why") else ""
    yield _closed("stop", f"{request.get('who') or 'somebody'} requested to stop the run at {at}{why}")


def _rolled_back(state: _Dict) -> t.Iterator[dict[str, t.Any]]:
    if state.get("state") == ROLLED_BACK:
        yield _closed("stop", f"hosts of the run were rolled back at {state.get('time')}: {state.get('message')}")


def _busy(found: t.Sequence[_Dict], hosts: t.Sequence[PlannedHost]) -> t.Iterator[dict[str, t.Any]]:
    names = {host.instance_id: host.name or host.instance_id for host in hosts}
    for one in found:
        what = f"{one['kind']} {one['id']} ({one.get('document')})"
        who = f"run {one['run_id']} ({what})" if one.get("run_id") else what
        yield _closed(
            "busy", f"{who} works on {_named(one['instance_ids'], names)}; only one can work on a host at a time"
        )


def _named(ids: t.Sequence[str], names: _Dict, most: int = 5) -> str:
    told = [f"{names[one]} ({one})" if names.get(one, one) != one else one for one in ids[:most]]
    return ", ".join(told) + (f" and {len(ids) - most} more" if len(ids) > most else "")


def _closed(gate: str, message: str) -> dict[str, t.Any]:
    return {"gate": gate, "closed": True, "message": message}


def _too_many_out(plan: Plan, records: t.Sequence[Record], wave: Wave, value: str) -> t.Iterator[dict[str, t.Any]]:
    """Closed when hosts that earlier waves left unpatched and those of this wave are more than may be out.

    Nothing is judged without a cap in the plan (summary.capacity). value: the cap as it is declared now, so that a person can resume
    with another one.
    """
    places = {host.instance_id: host for one in plan.waves for host in one.hosts} if value else {}
    unpatched = [
        places[row.instance_id]
        for record in records
        if record.verdict and record.wave != wave.id
        for row in record.verdict.hosts
        if row.outcome in (FAILED, RUNNING, UNKNOWN) and row.instance_id in places
    ]
    for row in (plan.summary.get("capacity") or ()) if value else ():
        yield from _over(row, unpatched, wave, unavailable(value, row["hosts"]))


def _over(row: _Dict, unpatched: t.Sequence[PlannedHost], wave: Wave, most: int) -> t.Iterator[dict[str, t.Any]]:
    def of_row(hosts: t.Sequence[PlannedHost]) -> list[PlannedHost]:
        return [host for host in hosts if (host.role, host.zone) == (row["role"], row["zone"])]

    out, next_ones = of_row(unpatched), of_row(wave.hosts)
    if out and next_ones and len(out) + len(next_ones) > most:
        names = ", ".join(host.name or host.instance_id for host in out[:5])
        yield _closed(
            "unavailable",
            f"{row['role']} in {row['zone']}: {len(out)} unpatched hosts of earlier waves ({names}) and {len(next_ones)} hosts of this wave"
            f" exceed the limit of {most} unavailable hosts",
        )
