# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The verdict on a wave: what became of every host, who is tried again, and whether the error budget is spent."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._core.errors import InvalidInput
from .._core.words import counted
from .._planner.fleet import is_hybrid
from .._planner.model import PlannedHost
from .._planner.model import Wave
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
GONE = "gone"
UNKNOWN = "unknown"
LEFT_OUT = "left_out"
# Not patched, and nobody has to: no error and no retry.
EXCUSED = (GONE, LEFT_OUT)
REBOOT_OPTIONS = ("RebootIfNeeded", "NoReboot")
OUTCOMES = (PATCHED, FAILED, NOT_STARTED, IMAGE_FAILED, RUNNING, GONE, UNKNOWN, LEFT_OUT)

GOOD_IMAGE = frozenset({"created", "reused"})
# What the module may say of an image that is not there yet: its host was not patched, and nothing failed.
_NO_IMAGE_YET = frozenset({"pending", "not_started"})

_KNOWN_TARGETS = frozenset({"succeeded", "failed", "timed_out", "cancelled", "not_started", "running", "unknown"})

_Dict = t.Mapping[str, t.Any]


class HostVerdict(t.NamedTuple):
    """What became of a host. outcome: one of OUTCOMES. message: why it is not patched, "" otherwise. Times: ISO 8601, as AWS gave them.

    missing_before: when it was planned; missing_after: by a scan that ended after its execution began, else None. attempts: how often it
    was started.
    """

    instance_id: str
    host: str = ""
    name: str = ""
    image_id: str = ""
    execution_id: str = ""
    missing_before: int | None = None
    missing_after: int | None = None
    pending_reboot: bool = False
    attempts: int = 0
    start: str | None = None
    end: str | None = None
    scan_start: str | None = None
    scan_end: str | None = None
    failed_step: str = ""
    outcome: str = NOT_STARTED
    message: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class WaveVerdict:
    """What became of a wave; succeeded, failed, running, unknown and retry are instance ids.

    failed: hosts that were tried, or could not be, and are not patched. unknown: hosts of which AWS could not be asked. retry: those of
    them that may be started (again): never one without its image, never one that is still running or unknown. A host that no longer
    exists, or was left out, is neither failed nor an error. budget: hosts that may stay unpatched; errors: those that are. errors_left:
    how many of the hosts that are started may fail. spent: more hosts are unpatched than the budget allows, or one still runs or is
    unknown, so no later wave may begin. rule: see overrides.rule.
    """

    hosts: tuple[HostVerdict, ...]
    succeeded: tuple[str, ...]
    failed: tuple[str, ...]
    running: tuple[str, ...]
    retry: tuple[str, ...]
    budget: int
    errors: int
    errors_left: int
    spent: bool
    msg: str
    rule: str = ""
    unknown: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """JSON values; `from_dict` gives the equal verdict back."""
        ids = {name: list(getattr(self, name)) for name in _ID_LISTS}
        others = {name: getattr(self, name) for name in ("budget", "errors", "errors_left", "spent", "msg", "rule")}
        return {"hosts": [row._asdict() for row in self.hosts], **ids, **others}

    @classmethod
    def from_dict(cls, data: _Dict) -> WaveVerdict:
        """Read what `to_dict` wrote; what is left out is empty. Raises KeyError for a host without an instance_id."""
        return cls(
            hosts=tuple(_read_host(row) for row in data.get("hosts") or ()),
            **{name: tuple(data.get(name) or ()) for name in _ID_LISTS},
            **{name: int(data.get(name) or 0) for name in ("budget", "errors", "errors_left")},
            spent=bool(data.get("spent")),
            msg=data.get("msg") or "",
            rule=data.get("rule") or "",
        )


def _read_host(row: _Dict) -> HostVerdict:
    known = {key: value for key, value in row.items() if key in HostVerdict._fields}
    return HostVerdict(**{**known, "instance_id": row["instance_id"]})


_ID_LISTS = ("succeeded", "failed", "running", "retry", "unknown")


def wave_verdict(
    wave: Wave,
    images: t.Sequence[_Dict] | None,
    attempts: t.Sequence[_Dict],
    states: t.Sequence[_Dict] | None,
    reboot_option: str = "RebootIfNeeded",
    override: _Dict | None = None,
    gone: t.Collection[str] = (),
    done: bool = False,
    left_out: t.Mapping[str, str] | None = None,
) -> WaveVerdict:
    """Judge every host of a wave by what happened to it, not by the status of the execution as a whole.

    images: of ec2_instance_image; None when no images are made. A hybrid node has none. attempts: results of
    ssm_automation_execution (targets), in order; or {unread, why} with the ids of hosts that may have been started without a result.
    states: of ssm_patch_state_info, read after the last attempt; None when they could not be read. reboot_option: one of
    REBOOT_OPTIONS. override: what the run installs instead of what the baselines approve (overrides.missing_count); then only that
    counts as missing, and `rule` says so. gone: ids of instances that EC2 no longer has. done: the wave was judged and left by another
    controller: then its executions say what happened, whatever the states say today, and nobody is tried again. left_out: why hosts
    may no longer be patched, by instance id (recheck.left_out); it counts for hosts that nothing was started on.

    A host is patched when its last execution succeeded AND a scan that ended after that execution began misses nothing, and nothing
    failed (AWS-RunPatchBaseline: after Install nothing is listed as missing, so only a Scan tells) AND no reboot is pending, unless
    reboot_option is NoReboot. Raises InvalidInput for another reboot_option, KeyError for what was read without an id.
    """
    if reboot_option not in REBOOT_OPTIONS:
        raise InvalidInput(f"reboot_option must be {' or '.join(REBOOT_OPTIONS)}, not {reboot_option!r}")
    by_image = {image["instance_id"]: image for image in images} if images is not None else None
    by_state = {state["instance_id"]: state for state in states or ()}
    by_target = _targets(attempts)
    goal = _Goal(reboot_option, override or {}, done, states is not None)
    judged = tuple(
        _unless_excused(
            _judge(host, by_image, by_target.get(host.instance_id, []), by_state.get(host.instance_id), goal),
            gone,
            left_out or {},
        )
        for host in wave.hosts
    )
    verdict = _summed(wave, judged, bool(attempts), overrides.rule(goal.override))
    return dataclasses.replace(verdict, retry=(), spent=False) if done else verdict


class _Goal(t.NamedTuple):
    """What a host has to be like: without a pending reboot, unless NoReboot; without missing patches, of the override when there is one.

    done: nobody asks any more. read: whether the patch states could be read.
    """

    reboot_option: str
    override: _Dict
    done: bool = False
    read: bool = True


def _targets(attempts: t.Sequence[_Dict]) -> dict[str, list[_Dict]]:
    """Instance id to what each attempt says of it, in order; attempts that never started it included."""
    found: dict[str, list[_Dict]] = {}
    for attempt in attempts:
        unread = [
            {"target": one, "outcome": "unknown", "failure_message": attempt.get("why")}
            for one in attempt.get("unread") or ()
        ]
        for target in attempt.get("targets") or unread:
            if target.get("outcome") not in _KNOWN_TARGETS:
                target = {**target, "outcome": "unknown"}
            found.setdefault(target["target"], []).append(target)
    return found


def _judge(
    host: PlannedHost, images: t.Mapping[str, _Dict] | None, targets: list[_Dict], state: _Dict | None, goal: _Goal
) -> HostVerdict:
    image = (images or {}).get(host.instance_id)
    imaged = images is not None and not is_hybrid(host.instance_id)
    started = [target for target in targets if target["outcome"] != "not_started"]
    last = started[-1] if started else None
    row = _row(host, image, started, state)
    if last is None and goal.done:
        return row._replace(message="no part of the wave when it was patched")
    if imaged and not started and (image or {}).get("outcome") not in GOOD_IMAGE:
        return _without_image(row, image or {})
    if last is None:
        why = targets[-1].get("failure_message") if targets else None
        return row._replace(message=why or ("not started: the wave stopped before this host" if targets else ""))
    if last["outcome"] == "running":
        return row._replace(outcome=RUNNING, message="still running when the run stopped waiting for it")
    if last["outcome"] == "unknown":
        return row._replace(outcome=UNKNOWN, message=_unread("what became of the host", last.get("failure_message")))
    if last["outcome"] != "succeeded":
        return row._replace(outcome=FAILED, failed_step=last.get("failed_step") or "", message=failure_text(last))
    if not (goal.read or goal.done):
        return row._replace(
            outcome=UNKNOWN, message="the runbook succeeded, but the patch state of the host could not be read"
        )
    doubt = "" if goal.done else _doubt(host, last, state, goal)
    return row._replace(outcome=FAILED, failed_step="verify", message=doubt) if doubt else row._replace(outcome=PATCHED)


def _without_image(row: HostVerdict, image: _Dict) -> HostVerdict:
    """A host that nothing was started on: its image failed, is not there yet, or could not be read."""
    outcome, why = image.get("outcome") or "missing", image.get("message")
    if outcome == "unknown":
        return row._replace(outcome=UNKNOWN, message=_unread("the image of the host", why))
    if outcome in _NO_IMAGE_YET:
        text = f"not started: image {row.image_id} was not available yet" if row.image_id else "not started"
        return row._replace(failed_step="image", message=why or text)
    return row._replace(outcome=IMAGE_FAILED, failed_step="image", message=why or f"the image is {outcome}")


def _unread(what: str, why: str | None) -> str:
    return f"{what} could not be read{f': {why}' if why else ''}"


def _unless_excused(row: HostVerdict, gone: t.Collection[str], left_out: t.Mapping[str, str]) -> HostVerdict:
    """Whatever failed on an instance that was terminated: nobody can patch it, and nobody has to. Nor one that opted out in time."""
    reason = left_out.get(row.instance_id)
    if reason and row.instance_id not in gone and not row.attempts and row.outcome in (NOT_STARTED, IMAGE_FAILED):
        text = f"it changed after the plan was made and is left out: {reason}"
        return row._replace(outcome=LEFT_OUT, failed_step="", message=text)
    if row.instance_id not in gone or row.outcome not in (FAILED, IMAGE_FAILED, NOT_STARTED):
        return row
    text = "the instance no longer exists: it was terminated after the plan was made"
    left = f"; its image {row.image_id} is kept" if row.image_id else ""
    return row._replace(outcome=GONE, failed_step="", pending_reboot=False, message=text + left)


def _row(host: PlannedHost, image: _Dict | None, started: list[_Dict], state: _Dict | None) -> HostVerdict:
    last = started[-1] if started else {}
    fresh = state if last and state and _is_fresh(last, state) else {}
    return HostVerdict(
        instance_id=host.instance_id,
        host=host.host,
        name=host.name,
        image_id=(image or {}).get("image_id") or "",
        execution_id=last.get("execution_id") or "",
        missing_before=host.missing,
        missing_after=fresh.get("missing_count"),
        pending_reboot=bool(fresh.get("installed_pending_reboot_count")),
        attempts=len(started),
        start=started[0].get("start_time") if started else None,
        end=last.get("end_time"),
        scan_start=fresh.get("operation_start_time"),
        scan_end=fresh.get("operation_end_time"),
    )


def _is_fresh(target: _Dict, state: _Dict) -> bool:
    began, ended = moment(target.get("start_time")), moment(state.get("operation_end_time"))
    return ended is not None and (began is None or _floor(ended) >= _floor(began))


def _floor(time: datetime.datetime) -> datetime.datetime:
    # Patch states are kept to the second or finer, executions to the millisecond: compare whole seconds.
    return time.replace(microsecond=0)


def _doubt(host: PlannedHost, target: _Dict, state: _Dict | None, goal: _Goal) -> str:
    """Why a host whose execution succeeded still is not patched, in words; empty when it is."""
    if state is None or state.get("status") == "never_scanned":
        return "the runbook succeeded, but AWS has no patch state of the host"
    if not _is_fresh(target, state):
        return f"the runbook succeeded, but the last scan ended at {state.get('operation_end_time')}, before it began"
    if state.get("operation") == "Install":
        return "the runbook succeeded, but the host was not scanned after the installation"
    missing, failed = overrides.missing_count(goal.override, host, state), state.get("failed_count") or 0
    if missing or failed:
        return f"after the installation {missing} patches are still missing and {failed} failed to install"
    if state.get("installed_pending_reboot_count") and goal.reboot_option != "NoReboot":
        return f"{state['installed_pending_reboot_count']} patches are installed but require a reboot"
    return ""


def _summed(wave: Wave, judged: tuple[HostVerdict, ...], begun: bool, rule: str) -> WaveVerdict:
    ids: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for row in judged:
        ids[row.outcome].append(row.instance_id)
    # Before the first attempt nobody was started, and that is no failure.
    failed = ids[FAILED] + ids[IMAGE_FAILED] + (ids[NOT_STARTED] if begun else [])
    waiting = [row.instance_id for row in judged if row.outcome == NOT_STARTED and row.failed_step == "image"]
    open_ones = ids[RUNNING] + ids[UNKNOWN] + waiting
    unpatched = len({*failed, *open_ones})
    return WaveVerdict(
        hosts=judged,
        succeeded=tuple(ids[PATCHED]),
        failed=tuple(failed),
        running=tuple(ids[RUNNING]),
        retry=tuple(one for one in ids[FAILED] + ids[NOT_STARTED] if one not in waiting),
        budget=wave.max_errors,
        errors=unpatched,
        errors_left=left(wave.max_errors, len(ids[IMAGE_FAILED]) + len(open_ones)),
        spent=unpatched > wave.max_errors or bool(open_ones),
        msg=_message(wave, judged, ids, unpatched),
        rule=rule,
        unknown=tuple(ids[UNKNOWN]),
    )


def _message(wave: Wave, judged: t.Sequence[HostVerdict], ids: t.Mapping[str, list[str]], unpatched: int) -> str:
    total, name = len(judged), wave.id or "the wave"
    done = f"{len(ids[PATCHED])} of {counted(total, 'host')} of wave {name} {_are(total)} patched"
    if ids[GONE]:
        done += f", {counted(len(ids[GONE]), 'no longer exists', 'no longer exist')}"
    if ids[LEFT_OUT]:
        done += f", {len(ids[LEFT_OUT])} left out since the plan"
    if not unpatched:
        return done
    bad = [row for row in judged if row.outcome not in (PATCHED, NOT_STARTED, *EXCUSED)]
    bad = bad or [row for row in judged if row.outcome == NOT_STARTED]
    first = bad[0]
    label = f"{first.name} ({first.instance_id})" if first.name not in ("", first.instance_id) else first.instance_id
    step = f" in step {first.failed_step}" if first.failed_step else ""
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    reason = short(first.message).rstrip(".") or "unknown reason"
    unknown = len(ids[UNKNOWN])
    said = [f"{unpatched - unknown} {_are(unpatched - unknown)} not"] if unpatched > unknown else []
    said += [f"{unknown} {_are(unknown)} unknown"] if unknown else []
    text = f"{done}, {', '.join(said)}, error budget {wave.max_errors}: {label} {_VERBS[first.outcome]}{step}: {reason}{more}"
    if ids[RUNNING]:
        text += f". {len(ids[RUNNING])} still running, so no later wave may start"
    return text


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


_VERBS = {
    FAILED: "failed",
    IMAGE_FAILED: "has no image",
    RUNNING: "did not end",
    NOT_STARTED: "was not started",
    PATCHED: "is patched",
    GONE: "no longer exists",
    UNKNOWN: "is unknown",
}
