# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is a private module of the collection; other collections must not import it.

"""Guards of a run: a request to stop, somebody else who works on the hosts of the next wave, too many hosts of a role that are out."""

from __future__ import annotations

import datetime
import typing as t

from . import capacity
from .knowledge import moment

_Dict = t.Mapping[str, t.Any]


def guard_findings(
    read: _Dict, first: _Dict, wave: _Dict, plan: _Dict, records: t.Sequence[_Dict] = (), max_unavailable: str = ""
) -> list[dict[str, t.Any]]:
    """The guards that are closed, as {gate, closed, message}.

    read: of patch_gate_info just now. first: {time, age} of the first look of this run: the time by AWS's clock, and for how many
    seconds the run was under way then. wave: the next one. plan, records, max_unavailable: see capacity.findings. A request from before
    the run began is not for it. Raises BudgetError, KeyError, ValueError.
    """
    return [
        *_stop(read.get("stop") or {}, began(first)),
        *_busy(read.get("busy") or (), wave["hosts"]),
        *capacity.findings(plan, records, wave, max_unavailable),
    ]


def began(first: _Dict) -> datetime.datetime:
    """When the run began by AWS's clock, to the second: the controller's clock may be wrong, but it counts seconds well."""
    return t.cast(datetime.datetime, moment(first["time"])) - datetime.timedelta(seconds=float(first["age"]))


def _stop(request: _Dict, since: datetime.datetime) -> t.Iterator[dict[str, t.Any]]:
    asked = moment(request.get("time"))
    if asked is None or asked < since:
        return
    at = asked.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    why = f": {request['why']}" if request.get("why") else ""
    yield _closed("stop", f"{request.get('who') or 'somebody'} asked for it at {at}{why}")


def _busy(found: t.Sequence[_Dict], hosts: t.Sequence[_Dict]) -> t.Iterator[dict[str, t.Any]]:
    names = {host["instance_id"]: host.get("name") or host["instance_id"] for host in hosts}
    for one in found:
        what = f"{one['kind']} {one['id']} ({one.get('document')})"
        who = f"run {one['run_id']} ({what})" if one.get("run_id") else what
        yield _closed(
            "busy", f"{who} works on {_named(one['instance_ids'], names)}; two at once would disturb each other"
        )


def _named(ids: t.Sequence[str], names: _Dict, most: int = 5) -> str:
    told = [f"{names[one]} ({one})" if names.get(one, one) != one else one for one in ids[:most]]
    return ", ".join(told) + (f" and {len(ids) - most} more" if len(ids) > most else "")


def _closed(gate: str, message: str) -> dict[str, t.Any]:
    return {"gate": gate, "closed": True, "message": message}
