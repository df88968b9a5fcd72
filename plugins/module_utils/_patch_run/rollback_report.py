# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What became of a rollback, host by host. All times are AWS's own."""

from __future__ import annotations

import typing as t

from .._core.words import counted
from .rollback import waiting

ROLLED_BACK, NOT_BACK, UNVERIFIED = "rolled_back", "not_back", "unverified"
FAILED, DETACHED, RUNNING, UNKNOWN, NOT_STARTED = "failed", "failed_detached", "running", "unknown", "not_started"
OUTCOMES = (ROLLED_BACK, NOT_BACK, UNVERIFIED, FAILED, DETACHED, RUNNING, UNKNOWN, NOT_STARTED)
# Outcomes of ec2_root_volume_replacement.
_OF_TASK = {"failed": FAILED, "failed_detached": DETACHED, "timed_out": RUNNING, "pending": RUNNING}
_NEXT = {
    NOT_BACK: "Look at the instance's system log and console screenshot. The old root volume can be attached again.",
    UNVERIFIED: "Run the rollback again with the same run id: only the scan is repeated.",
    FAILED: "The instance still runs on its patched root volume. Mend the reason and run the rollback again with the same run id.",
    RUNNING: "AWS goes on with it. Run the rollback again with the same run id: it is followed where it is.",
    UNKNOWN: "Look for the task in EC2, then run the rollback again with the same run id: what was started is found.",
}
_Dict = t.Mapping[str, t.Any]


def rollback_report(
    plan: _Dict,
    records: t.Sequence[_Dict],
    *,
    scan: _Dict | None = None,
    states: t.Sequence[_Dict] = (),
    stop: _Dict | None = None,
    price: float = 0.0,
) -> dict[str, t.Any]:
    """Tell what happened.

    plan: of rollback_plan(). records: {wave, replacements (of ec2_root_volume_replacement), away (ids whose agent did not
    come back)} of every wave that was begun. scan: the last result of ssm_command. states: of ssm_patch_state_info, after
    it. stop: {task, message, wave} of what stopped the rollback, or empty. price: of one GiB for a month.

    outcome: completed (every host is rolled back and was scanned since), stopped (hosts were not begun), failed.
    """
    facts = _After(records, scan or {}, states)
    waves = []
    for wave in plan["waves"]:
        hosts = [facts.host(host, wave["id"]) for host in wave["hosts"]]
        waves.append({"id": wave["id"], "number": wave["number"], "outcome": _wave_outcome(hosts), "hosts": hosts})
    hosts = [host for wave in waves for host in wave["hosts"]]
    totals = _totals(hosts, plan, price)
    outcome = _outcome(totals, stop or {})
    failures = [host for host in hosts if host["outcome"] not in (ROLLED_BACK, NOT_STARTED)]
    failures.sort(key=lambda host: host["outcome"] != DETACHED)
    times = sorted(one for host in hosts for one in (host["start"], host["end"], host["scanned"]) if one)
    return {
        "schema": 1,
        **{key: plan[key] for key in ("run_id", "rollback_id", "region", "refused")},
        "outcome": outcome,
        "message": _message(outcome, totals, hosts, stop or {}),
        "started": times[0] if times else None,
        "ended": times[-1] if times else None,
        "waves": waves,
        "totals": totals,
        "failures": failures,
        "without_root_volume": [host["instance_id"] for host in hosts if host["outcome"] == DETACHED],
        "stop": dict(stop or {}),
    }


class _After:
    """What is known of the instances, by id."""

    def __init__(self, records: t.Sequence[_Dict], scan: _Dict, states: t.Sequence[_Dict]) -> None:
        rows = [row for record in records for row in record["replacements"]]
        self.rows = {row["instance_id"]: row for row in rows}
        self.away = {one for record in records for one in record["away"]}
        self.targets = {target["target"]: target for target in scan.get("targets") or ()}
        self.states = {state["instance_id"]: state for state in states}
        self.unscanned = set(waiting(rows, states=states))

    def host(self, planned: _Dict, wave: str) -> dict[str, t.Any]:
        instance_id = planned["instance_id"]
        row = self.rows.get(instance_id) or {}
        outcome, message = self._outcome(instance_id, row)
        state = self.states.get(instance_id) or {}
        old = row.get("old_root_volume") or {}
        verified = outcome == ROLLED_BACK
        return {
            **{key: planned[key] for key in ("instance_id", "name", "attempt", "image_date", "image_age_hours")},
            "wave": wave,
            "outcome": outcome,
            "message": message,
            "next_step": self._next_step(outcome, planned, row),
            "image_id": row.get("image_id") or planned["image_id"],
            "task_id": row.get("task_id") or "",
            "start": row.get("start_time"),
            "end": row.get("complete_time"),
            "old_root_volume_id": old.get("volume_id") or planned["old_root_volume_id"],
            "old_root_gib": old.get("size_gib") or planned["root_gib"],
            # A host that had lost its root volume was given a new one: the old one was not looked at, and stays.
            "old_root_kept": bool(row) and outcome not in (FAILED, NOT_STARTED) and old.get("kept", True),
            "new_root_volume_id": row.get("new_root_volume_id") or "",
            "data_volumes": list(row.get("data_volumes") or planned["data_volumes"]),
            "scanned": state.get("operation_end_time") if verified else None,
            "missing_now": state.get("missing_count") if verified else None,
        }

    def _outcome(self, instance_id: str, row: _Dict) -> tuple[str, str]:
        if not row:
            return NOT_STARTED, ""
        if row["outcome"] not in ("replaced", "reused"):
            return _OF_TASK.get(row["outcome"], UNKNOWN), row["message"] or ""
        if instance_id in self.away:
            return NOT_BACK, "the root volume was replaced, but the agent was not heard of since"
        if instance_id in self.unscanned:
            why = (self.targets.get(instance_id) or {}).get("message") or "there is no scan"
            return (
                UNVERIFIED,
                f"the root volume was replaced and the agent is back, but it was not scanned since: {why}",
            )
        return ROLLED_BACK, ""

    @staticmethod
    def _next_step(outcome: str, planned: _Dict, row: _Dict) -> str:
        if outcome == DETACHED:
            old = (
                (row.get("old_root_volume") or {}).get("volume_id") or planned["old_root_volume_id"] or "the old volume"
            )
            device = row.get("root_device_name") or "its root device"
            return (
                f"The instance is down. Run the rollback again with the same run id, which makes another attempt, or attach {old} "
                f"as {device} by hand and restart the instance."
            )
        return _NEXT.get(outcome, "")


def _wave_outcome(hosts: t.Sequence[_Dict]) -> str:
    found = {host["outcome"] for host in hosts}
    if found == {NOT_STARTED}:
        return "skipped"
    return "done" if found == {ROLLED_BACK} else "failed"


def _totals(hosts: t.Sequence[_Dict], plan: _Dict, price: float) -> dict[str, t.Any]:
    kept = sum(host["old_root_gib"] or 0 for host in hosts if host["old_root_kept"])
    touched = [host for host in hosts if host["outcome"] in (ROLLED_BACK, NOT_BACK, UNVERIFIED)]
    volumes = [volume for host in touched for volume in host["data_volumes"]]
    return {
        "hosts": len(hosts),
        **{outcome: sum(host["outcome"] == outcome for host in hosts) for outcome in OUTCOMES},
        "refused": len(plan["refused"]),
        "waves": len(plan["waves"]),
        "missing_now": sum(host["missing_now"] or 0 for host in hosts),
        "data_volumes": len(volumes),
        "kept_gib": kept,
        "monthly_cost": round(kept * price, 2),
    }


def _outcome(totals: _Dict, stop: _Dict) -> str:
    if totals[NOT_STARTED]:
        return "stopped"
    return "failed" if stop or totals[ROLLED_BACK] < totals["hosts"] else "completed"


def _label(host: _Dict) -> str:
    return f"{host['name']} ({host['instance_id']})" if host["name"] else host["instance_id"]


def _message(outcome: str, totals: _Dict, hosts: t.Sequence[_Dict], stop: _Dict) -> str:
    number = f"{totals[ROLLED_BACK]} of {counted(totals['hosts'], 'host')}"
    text = f"{number} run on the image from before the patches and were scanned"
    lost = [_label(host) for host in hosts if host["outcome"] == DETACHED]
    bad = next((host for host in hosts if host["outcome"] not in (ROLLED_BACK, NOT_STARTED, DETACHED)), None)
    parts = [f"NO ROOT VOLUME on {', '.join(lost)}: down until it gets one"] if lost else []
    parts.append(text)
    if bad:
        parts.append(f"{_label(bad)}: {bad['message']}")
    if totals["refused"]:
        parts.append(f"{totals['refused']} left out, because they cannot be rolled back")
    if totals[NOT_STARTED]:
        parts.append(f"{totals[NOT_STARTED]} not begun")
    if outcome != "completed" and not lost and not bad and stop.get("message"):
        parts.append(f"{stop.get('task') or 'stopped'}: {stop['message']}")
    return "; ".join(parts)
