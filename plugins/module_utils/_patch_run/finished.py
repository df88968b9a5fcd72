# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is done stays done: a run that is finished, and waves that are, by the record of what happened and never by today's patch states."""

from __future__ import annotations

import typing as t

from .._planner.model import Plan
from .report import RunReport
from .report import WaveReport
from .report import begun
from .verdict import FAILED
from .verdict import IMAGE_FAILED
from .verdict import NOT_STARTED
from .verdict import PATCHED
from .verdict import HostVerdict
from .verdict import WaveVerdict

COMPLETED, ROLLED_BACK = "completed", "rolled_back"
_Dict = t.Mapping[str, t.Any]


def over(run_id: str, kept: _Dict, report: RunReport | None) -> dict[str, str]:
    """{state, message} of a run that is finished, {} of one that may be resumed. state: COMPLETED or ROLLED_BACK.

    kept: the state in AWS, of patch_gate_info. report: of an earlier start on this controller. A controller that died between the state
    and its report left one that says less; such a run is resumed, which completes the report and nothing else.
    """
    state = kept.get("state") or ""
    completed = report is not None and report.outcome == COMPLETED
    if state in ("", "running") and not completed:
        return {}
    if state == COMPLETED and report is not None and not completed:
        return {}
    found = COMPLETED if state in ("", "running", COMPLETED) else ROLLED_BACK
    what = report.message if completed and found == COMPLETED else kept.get("message") or found.replace("_", " ")
    when = kept.get("time") or (report.ended if report else "") or ""
    text = f"Run {run_id} is finished: {what}{f' ({when})' if when else ''}. Nothing was changed"
    return {"state": found, "message": f"{text}; to patch again, start a new run with another patch_run_id"}


def waves_passed(plan: Plan, kept: _Dict) -> list[str]:
    """Ids of the waves that are done by the state in AWS: the one it names, and those before it."""
    ids = [wave.id for wave in plan.waves]
    return ids[: ids.index(kept["wave"]) + 1] if kept.get("wave") in ids else []


def records(plan: Plan, earlier: RunReport | None) -> list[dict[str, t.Any]]:
    """Records of the waves that an earlier report calls done, as the role keeps them: {wave, verdict, images, attempts}."""
    done = [wave for wave in begun(plan, earlier).values() if wave.outcome == "done"]
    return [{"wave": wave.id, "verdict": _verdict(wave).to_dict(), "images": [], "attempts": []} for wave in done]


def _verdict(wave: WaveReport) -> WaveVerdict:
    rows = tuple(HostVerdict(*host[: len(HostVerdict._fields)]) for host in wave.hosts)
    failed = [row.instance_id for row in rows if row.outcome in (FAILED, IMAGE_FAILED, NOT_STARTED)]
    return WaveVerdict(
        hosts=rows,
        succeeded=tuple(row.instance_id for row in rows if row.outcome == PATCHED),
        failed=tuple(failed),
        running=(),
        retry=(),
        budget=wave.max_errors,
        errors=len(failed),
        errors_left=0,
        spent=False,
        msg=wave.message,
    )
