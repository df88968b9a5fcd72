# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What became of a rollback, host by host. All times are AWS's own."""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.words import counted
from .rollback import Refused
from .rollback import RollbackHost
from .rollback import RollbackPlan
from .rollback import waiting

ROLLED_BACK, NOT_BACK, UNVERIFIED = "rolled_back", "not_back", "unverified"
FAILED, DETACHED, RUNNING, UNKNOWN, NOT_STARTED = "failed", "failed_detached", "running", "unknown", "not_started"
OUTCOMES = (ROLLED_BACK, NOT_BACK, UNVERIFIED, FAILED, DETACHED, RUNNING, UNKNOWN, NOT_STARTED)
# Outcomes of ec2_root_volume_replacement.
_OF_TASK = {"failed": FAILED, "failed_detached": DETACHED, "timed_out": RUNNING, "pending": RUNNING}
_NEXT = {
    NOT_BACK: "Check the instance's system log and console screenshot. The old root volume can be attached again.",
    UNVERIFIED: "Run the rollback again with the same run id: only the scan is repeated.",
    FAILED: "The instance still runs on its patched root volume. Fix the reason and run the rollback again with the same run id.",
    RUNNING: "AWS continues it. Run the rollback again with the same run id: it waits for what is running.",
    UNKNOWN: "Find the task in EC2, then run the rollback again with the same run id, which finds what was started.",
}
_Dict = t.Mapping[str, t.Any]


class RollbackRow(t.NamedTuple):
    """What became of an instance. outcome: one of OUTCOMES. scanned, missing_now: of the scan after it, when it is rolled back."""

    instance_id: str
    name: str
    attempt: int
    image_date: str | None
    image_age_hours: int | None
    wave: str
    outcome: str
    message: str
    next_step: str
    image_id: str
    task_id: str
    start: str | None
    end: str | None
    old_root_volume_id: str
    old_root_gib: int | None
    old_root_kept: bool
    new_root_volume_id: str
    data_volumes: tuple[_Dict, ...]
    scanned: str | None
    missing_now: int | None

    def to_dict(self) -> dict[str, t.Any]:
        return {**self._asdict(), "data_volumes": list(self.data_volumes)}


@dataclasses.dataclass(frozen=True, slots=True)
class RollbackWaveReport:
    """What became of a wave. outcome: done, failed or skipped."""

    id: str
    number: int
    outcome: str
    hosts: tuple[RollbackRow, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class RollbackReport:
    """What happened. outcome: completed (every host is rolled back and was scanned since), stopped (hosts were not begun), failed.

    started, ended: ISO 8601. totals, stop: JSON values. failures: those without a root volume first.
    """

    run_id: str
    rollback_id: str
    region: str
    refused: tuple[Refused, ...]
    outcome: str
    message: str
    started: str | None
    ended: str | None
    waves: tuple[RollbackWaveReport, ...]
    totals: _Dict
    failures: tuple[RollbackRow, ...]
    without_root_volume: tuple[str, ...]
    stop: _Dict

    def to_dict(self) -> dict[str, t.Any]:
        """JSON values."""
        return {
            "schema": 1,
            **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)},
            "refused": [one._asdict() for one in self.refused],
            "waves": [
                {
                    "id": one.id,
                    "number": one.number,
                    "outcome": one.outcome,
                    "hosts": [row.to_dict() for row in one.hosts],
                }
                for one in self.waves
            ],
            "failures": [row.to_dict() for row in self.failures],
            "without_root_volume": list(self.without_root_volume),
        }


def rollback_report(
    plan: RollbackPlan,
    records: t.Sequence[_Dict],
    *,
    scan: _Dict | None = None,
    states: t.Sequence[_Dict] = (),
    stop: _Dict | None = None,
    price: float = 0.0,
) -> RollbackReport:
    """Report what happened.

    records: {wave, replacements (of ec2_root_volume_replacement), away (ids whose agent did not come back)} of every wave that was begun.
    scan: the last result of ssm_command. states: of ssm_patch_state_info, after it. stop: {task, message, wave} of what stopped the
    rollback, or empty. price: of one GiB for a month.
    """
    facts = _After(records, scan or {}, states)
    waves = []
    for wave in plan.waves:
        rows = tuple(facts.row(host, wave.id) for host in wave.hosts)
        waves.append(RollbackWaveReport(wave.id, wave.number, _wave_outcome(rows), rows))
    hosts = [row for wave in waves for row in wave.hosts]
    totals = _totals(hosts, plan, price)
    outcome = _outcome(totals, stop or {})
    failures = [row for row in hosts if row.outcome not in (ROLLED_BACK, NOT_STARTED)]
    times = sorted(one for row in hosts for one in (row.start, row.end, row.scanned) if one)
    return RollbackReport(
        **{name: getattr(plan, name) for name in ("run_id", "rollback_id", "region", "refused")},
        outcome=outcome,
        message=_message(outcome, totals, hosts, stop or {}),
        started=times[0] if times else None,
        ended=times[-1] if times else None,
        waves=tuple(waves),
        totals=totals,
        failures=tuple(sorted(failures, key=lambda row: row.outcome != DETACHED)),
        without_root_volume=tuple(row.instance_id for row in hosts if row.outcome == DETACHED),
        stop=dict(stop or {}),
    )


class _After:
    """What is known of the instances, by id."""

    def __init__(self, records: t.Sequence[_Dict], scan: _Dict, states: t.Sequence[_Dict]) -> None:
        rows = [row for record in records for row in record["replacements"]]
        self.rows = {row["instance_id"]: row for row in rows}
        self.away = {one for record in records for one in record["away"]}
        self.targets = {target["target"]: target for target in scan.get("targets") or ()}
        self.states = {state["instance_id"]: state for state in states}
        self.unscanned = set(waiting(rows, states=states))

    def row(self, planned: RollbackHost, wave: str) -> RollbackRow:
        instance_id = planned.instance_id
        row = self.rows.get(instance_id) or {}
        outcome, message = self._outcome(instance_id, row)
        state = self.states.get(instance_id) or {}
        old = row.get("old_root_volume") or {}
        verified = outcome == ROLLED_BACK
        return RollbackRow(
            **{
                name: getattr(planned, name)
                for name in ("instance_id", "name", "attempt", "image_date", "image_age_hours")
            },
            wave=wave,
            outcome=outcome,
            message=message,
            next_step=self._next_step(outcome, planned, row),
            image_id=row.get("image_id") or planned.image_id,
            task_id=row.get("task_id") or "",
            start=row.get("start_time"),
            end=row.get("complete_time"),
            old_root_volume_id=old.get("volume_id") or planned.old_root_volume_id,
            old_root_gib=old.get("size_gib") or planned.root_gib,
            # A host that had lost its root volume was given a new one: the old one was not looked at, and stays.
            old_root_kept=bool(row) and outcome not in (FAILED, NOT_STARTED) and old.get("kept", True),
            new_root_volume_id=row.get("new_root_volume_id") or "",
            data_volumes=tuple(row.get("data_volumes") or planned.data_volumes),
            scanned=state.get("operation_end_time") if verified else None,
            missing_now=state.get("missing_count") if verified else None,
        )

    def _outcome(self, instance_id: str, row: _Dict) -> tuple[str, str]:
        if not row:
            return NOT_STARTED, ""
        if row["outcome"] not in ("replaced", "reused"):
            return _OF_TASK.get(row["outcome"], UNKNOWN), row["message"] or ""
        if instance_id in self.away:
            return NOT_BACK, "the root volume was replaced, but the agent has not reported since then"
        if instance_id in self.unscanned:
            why = (self.targets.get(instance_id) or {}).get("message") or "no scan found"
            return (
                UNVERIFIED,
                f"the root volume was replaced and the agent is back, but the host was not scanned since then: {why}",
            )
        return ROLLED_BACK, ""

    @staticmethod
    def _next_step(outcome: str, planned: RollbackHost, row: _Dict) -> str:
        if outcome == DETACHED:
            old = (row.get("old_root_volume") or {}).get("volume_id") or planned.old_root_volume_id or "the old volume"
            device = row.get("root_device_name") or "its root device"
            return (
                f"The instance is down. Run the rollback again with the same run id, which starts another attempt, or attach {old} "
                f"as {device} manually and restart the instance."
            )
        return _NEXT.get(outcome, "")


def _wave_outcome(hosts: t.Sequence[RollbackRow]) -> str:
    found = {host.outcome for host in hosts}
    if found == {NOT_STARTED}:
        return "skipped"
    return "done" if found == {ROLLED_BACK} else "failed"


def _totals(hosts: t.Sequence[RollbackRow], plan: RollbackPlan, price: float) -> dict[str, t.Any]:
    kept = sum(host.old_root_gib or 0 for host in hosts if host.old_root_kept)
    touched = [host for host in hosts if host.outcome in (ROLLED_BACK, NOT_BACK, UNVERIFIED)]
    volumes = [volume for host in touched for volume in host.data_volumes]
    return {
        "hosts": len(hosts),
        **{outcome: sum(host.outcome == outcome for host in hosts) for outcome in OUTCOMES},
        "refused": len(plan.refused),
        "waves": len(plan.waves),
        "missing_now": sum(host.missing_now or 0 for host in hosts),
        "data_volumes": len(volumes),
        "kept_gib": kept,
        "monthly_cost": round(kept * price, 2),
    }


def _outcome(totals: _Dict, stop: _Dict) -> str:
    if totals[NOT_STARTED]:
        return "stopped"
    return "failed" if stop or totals[ROLLED_BACK] < totals["hosts"] else "completed"


def _label(host: RollbackRow) -> str:
    return f"{host.name} ({host.instance_id})" if host.name else host.instance_id


def _message(outcome: str, totals: _Dict, hosts: t.Sequence[RollbackRow], stop: _Dict) -> str:
    number = f"{totals[ROLLED_BACK]} of {counted(totals['hosts'], 'host')}"
    text = f"{number} rolled back to the image from before patching and scanned"
    lost = [_label(host) for host in hosts if host.outcome == DETACHED]
    bad = next((host for host in hosts if host.outcome not in (ROLLED_BACK, NOT_STARTED, DETACHED)), None)
    parts = [f"NO ROOT VOLUME on {', '.join(lost)}: down until it is replaced"] if lost else []
    parts.append(text)
    if bad:
        parts.append(f"{_label(bad)}: {bad.message}")
    if totals["refused"]:
        parts.append(f"{totals['refused']} excluded, because they cannot be rolled back")
    if totals[NOT_STARTED]:
        parts.append(f"{totals[NOT_STARTED]} not started")
    if outcome != "completed" and not lost and not bad and stop.get("message"):
        parts.append(f"{stop.get('task') or 'stopped'}: {stop['message']}")
    return "; ".join(parts)
