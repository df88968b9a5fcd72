# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The verdict on a wave: what became of every host, who is tried again, and whether the error budget is spent."""

from __future__ import annotations

import datetime
import typing as t

from .._core.words import counted
from .._planner.fleet import is_hybrid
from .._schedule.clock import moment
from .._schedule.rate_control import left
from . import overrides
from .advice import failure_text
from .advice import short

PATCHED = "patched"
FAILED = "failed"
NOT_STARTED = "not_started"
IMAGE_FAILED = "image_failed"
RUNNING = "running"
OUTCOMES = (PATCHED, FAILED, NOT_STARTED, IMAGE_FAILED, RUNNING)

GOOD_IMAGE = frozenset({"created", "reused"})
# What the module may say of a target (its `outcome`) that is not over: such a host is never started a second time.
UNFINISHED = frozenset({"running", "unknown"})

_KNOWN_TARGETS = frozenset({"succeeded", "failed", "timed_out", "cancelled", "not_started"}) | UNFINISHED

_Dict = t.Mapping[str, t.Any]


def wave_verdict(
    wave: _Dict,
    images: t.Sequence[_Dict] | None,
    attempts: t.Sequence[_Dict],
    states: t.Sequence[_Dict],
    reboot_option: str = "RebootIfNeeded",
    override: _Dict | None = None,
) -> dict[str, t.Any]:
    """Judge every host of a wave by what happened to it, not by the status of the execution as a whole.

    wave: from the plan (id, hosts, max_errors). images: of ec2_instance_image; None when no images are made.
    A hybrid node has none. attempts: results of ssm_automation_execution (targets), in order. states: of ssm_patch_state_info, read after the
    last attempt. A host is patched when its last execution succeeded AND a scan that ended after that execution began
    misses nothing, and nothing failed (AWS-RunPatchBaseline: after Install nothing is listed as missing, so only a
    Scan tells) AND no reboot is pending, unless reboot_option is NoReboot. override: what the run installs instead of what
    the baselines approve (overrides.missing_count); then only that counts as missing, and `rule` says so.

    Gives {hosts, succeeded, failed, running, retry, budget, errors, errors_left, spent, rule, msg}; the lists hold instance
    ids. Every host has exactly one outcome of OUTCOMES. `failed` are hosts that were tried, or could not be, and are
    not patched; `retry` those of them that may be started (again): never one without its image, never one that is
    still running. `spent`: more hosts are unpatched than the budget allows, or one still runs, so no later wave may begin.
    """
    hosts = wave.get("hosts") or []
    by_image = {image["instance_id"]: image for image in images} if images is not None else None
    by_state = {state["instance_id"]: state for state in states}
    by_target = _targets(attempts)
    goal = _Goal(reboot_option, override or {})
    judged = [
        _judge(host, by_image, by_target.get(host["instance_id"], []), by_state.get(host["instance_id"]), goal)
        for host in hosts
    ]
    return {**_summed(wave, judged, begun=bool(attempts)), "rule": overrides.rule(goal.override)}


class _Goal(t.NamedTuple):
    """What a host has to be like: without a pending reboot, unless NoReboot; without missing patches, of the override when there is one."""

    reboot_option: str
    override: _Dict


def _targets(attempts: t.Sequence[_Dict]) -> dict[str, list[_Dict]]:
    """Instance id to what each attempt says of it, in order; attempts that never started it included."""
    found: dict[str, list[_Dict]] = {}
    for attempt in attempts:
        for target in attempt.get("targets") or []:
            if target.get("outcome") not in _KNOWN_TARGETS:
                target = {**target, "outcome": "unknown"}
            found.setdefault(target["target"], []).append(target)
    return found


def _judge(
    host: _Dict, images: t.Mapping[str, _Dict] | None, targets: list[_Dict], state: _Dict | None, goal: _Goal
) -> dict[str, t.Any]:
    instance_id = host["instance_id"]
    image = (images or {}).get(instance_id)
    imaged = images is not None and not is_hybrid(instance_id)
    started = [target for target in targets if target["outcome"] != "not_started"]
    last = started[-1] if started else None
    row = _row(host, image, started, state)
    if imaged and (image is None or image.get("outcome") not in GOOD_IMAGE) and not started:
        why = (image or {}).get("message") or f"the image is {(image or {}).get('outcome') or 'missing'}"
        return {**row, "outcome": IMAGE_FAILED, "failed_step": "image", "message": why}
    if last is None:
        why = targets[-1].get("failure_message") if targets else None
        return {
            **row,
            "outcome": NOT_STARTED,
            "message": why or ("not started: the wave stopped before it" if targets else ""),
        }
    if last["outcome"] in UNFINISHED:
        text = f"{'still running' if last['outcome'] == 'running' else 'state unknown'} when the run stopped waiting for it"
        return {**row, "outcome": RUNNING, "message": text}
    if last["outcome"] != "succeeded":
        return {**row, "outcome": FAILED, "failed_step": last.get("failed_step") or "", "message": failure_text(last)}
    doubt = _doubt(host, last, state, goal)
    if doubt:
        return {**row, "outcome": FAILED, "failed_step": "verify", "message": doubt}
    return {**row, "outcome": PATCHED, "message": ""}


def _row(host: _Dict, image: _Dict | None, started: list[_Dict], state: _Dict | None) -> dict[str, t.Any]:
    last = started[-1] if started else {}
    fresh = state if last and state and _is_fresh(last, state) else {}
    return {
        "instance_id": host["instance_id"],
        "host": host.get("host") or host["instance_id"],
        "name": host.get("name") or "",
        "image_id": (image or {}).get("image_id") or "",
        "execution_id": last.get("execution_id") or "",
        "missing_before": host.get("missing"),
        "missing_after": fresh.get("missing_count"),
        "pending_reboot": bool(fresh.get("installed_pending_reboot_count")),
        "attempts": len(started),
        "start": started[0].get("start_time") if started else None,
        "end": last.get("end_time"),
        "scan_start": fresh.get("operation_start_time"),
        "scan_end": fresh.get("operation_end_time"),
        "failed_step": "",
    }


def _is_fresh(target: _Dict, state: _Dict) -> bool:
    began, ended = moment(target.get("start_time")), moment(state.get("operation_end_time"))
    return ended is not None and (began is None or _floor(ended) >= _floor(began))


def _floor(time: datetime.datetime) -> datetime.datetime:
    # Patch states are kept to the second or finer, executions to the millisecond: compare whole seconds.
    return time.replace(microsecond=0)


def _doubt(host: _Dict, target: _Dict, state: _Dict | None, goal: _Goal) -> str:
    """Why a host whose execution succeeded still is not patched, in words; empty when it is."""
    if state is None or state.get("status") == "never_scanned":
        return "the runbook succeeded, but AWS has no patch state of the host"
    if not _is_fresh(target, state):
        return f"the runbook succeeded, but the last scan ended at {state.get('operation_end_time')}, before it began"
    if state.get("operation") == "Install":
        return "the runbook succeeded, but nothing scanned the host after the installation"
    missing, failed = overrides.missing_count(goal.override, host, state), state.get("failed_count") or 0
    if missing or failed:
        return f"after the installation {missing} patches are still missing and {failed} failed to install"
    if state.get("installed_pending_reboot_count") and goal.reboot_option != "NoReboot":
        return f"{state['installed_pending_reboot_count']} patches are installed but still wait for a reboot"
    return ""


def _summed(wave: _Dict, judged: list[dict[str, t.Any]], begun: bool) -> dict[str, t.Any]:
    ids: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for row in judged:
        ids[row["outcome"]].append(row["instance_id"])
    budget = int(wave.get("max_errors") or 0)
    # Before the first attempt nobody was started, and that is no failure.
    failed = ids[FAILED] + ids[IMAGE_FAILED] + (ids[NOT_STARTED] if begun else [])
    unpatched = len(failed) + len(ids[RUNNING])
    return {
        "hosts": judged,
        "succeeded": ids[PATCHED],
        "failed": failed,
        "running": ids[RUNNING],
        "retry": ids[FAILED] + ids[NOT_STARTED],
        "budget": budget,
        "errors": unpatched,
        "errors_left": left(budget, len(ids[IMAGE_FAILED]) + len(ids[RUNNING])),
        "spent": unpatched > budget or bool(ids[RUNNING]),
        "msg": _message(wave, judged, ids, unpatched, budget),
    }


def _message(
    wave: _Dict, judged: list[dict[str, t.Any]], ids: t.Mapping[str, list[str]], unpatched: int, budget: int
) -> str:
    total, name = len(judged), wave.get("id") or "the wave"
    done = f"{len(ids[PATCHED])} of {counted(total, 'host')} of wave {name} {_are(total)} patched"
    if not unpatched:
        return done
    bad = [row for row in judged if row["outcome"] not in (PATCHED, NOT_STARTED)]
    bad = bad or [row for row in judged if row["outcome"] == NOT_STARTED]
    first = bad[0]
    label = (
        f"{first['name']} ({first['instance_id']})"
        if first["name"] not in ("", first["instance_id"])
        else first["instance_id"]
    )
    step = f" in step {first['failed_step']}" if first["failed_step"] else ""
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    reason = short(first["message"]).rstrip(".") or "no reason given"
    text = f"{done}, {unpatched} {_are(unpatched)} not, {budget} may fail: {label} {_VERBS[first['outcome']]}{step}: {reason}{more}"
    if ids[RUNNING]:
        text += f". {len(ids[RUNNING])} still run, so nothing after this wave may begin"
    return text


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


_VERBS = {
    FAILED: "failed",
    IMAGE_FAILED: "has no image",
    RUNNING: "did not end",
    NOT_STARTED: "was not started",
    PATCHED: "is patched",
}
