# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A reboot at a later time: one maintenance window that reboots and scans the hosts that wait for it, in the plan's order."""

from __future__ import annotations

import datetime
import typing as t

from .._core.errors import InvalidInput
from .._schedule.clock import moment
from .._schedule.clock import next_time
from .model import PlannedHost
from .model import Wave
from .model import is_windows

# Quotas of maintenance windows, and API RegisterTargetWithMaintenanceWindow: ids of one target.
MAX_TASKS = 20
MAX_TARGETS = 100
TARGETS_OF_TASK = 10
DELIVERY_SECONDS = 1800
SCAN_SECONDS = 3600
IDS_OF_TARGET = 50
MAX_HOURS = 24

_Dict = t.Mapping[str, t.Any]

# The agent reboots the node for exit code 194 (3010 on Windows) and then runs the script once more (user guide, "Handling reboots when
# running commands"), so the script has to know that it was here before: it keeps which boot that was.
_LINUX = (
    "marker=/var/tmp/fleetpatch-reboot-{run_id}",
    "boot=$(cat /proc/sys/kernel/random/boot_id)",
    '[ -e "$marker" ] && [ "$(cat "$marker")" != "$boot" ] && rm -f "$marker" && exec true',
    'printf %s "$boot" > "$marker" || exec false',
    "exit 194",
)
_WINDOWS = (
    "$marker = Join-Path $env:ProgramData 'fleetpatch-reboot-{run_id}'",
    "$boot = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToString('o')",
    "if ((Test-Path $marker) -and ((Get-Content $marker -Raw) -ne $boot)) { Remove-Item $marker; exit 0 }",
    "Set-Content -Path $marker -Value $boot -NoNewline -ErrorAction Stop",
    "exit 3010",
)


class RebootError(InvalidInput):
    """A reboot that cannot be scheduled; the text says why."""


class _Part(t.NamedTuple):
    """Hosts of a wave of one platform. wave: its number in the plan."""

    wave: int
    windows: bool
    hosts: list[PlannedHost]


def _parts(waves: t.Sequence[Wave], waiting: t.Collection[str] | None) -> list[_Part]:
    found = []
    for wave in waves:
        hosts = [host for host in wave.hosts if waiting is None or host.instance_id in waiting]
        for windows in (False, True):
            mine = [host for host in hosts if is_windows(host.platform) == windows]
            if mine:
                found.append(_Part(wave.number, windows, mine))
    return found


def problem(waves: t.Sequence[Wave]) -> str:
    """Why one window could not reboot all hosts of a plan, in words; "" when it could."""
    made = _contents("run", waves, None)
    tasks, targets = len(made["tasks"]), len(made["targets"])
    if tasks <= MAX_TASKS and targets <= MAX_TARGETS:
        return ""
    return (
        f"a reboot of these waves at a later time takes a maintenance window of {tasks} tasks and {targets} targets; AWS takes {MAX_TASKS} "
        f"and {MAX_TARGETS}. Plan fewer waves (zone_grouping, wave_size), or several runs"
    )


def reboot_window(
    run_id: str, waves: t.Sequence[Wave], waiting: t.Sequence[str], at: str, now: str, timezone: str
) -> dict[str, t.Any]:
    """The options of ssm_maintenance_window for the reboot, and `at` in UTC.

    waves: of the plan of the run. waiting: ids of the hosts that wait for a reboot. at, now: ISO 8601; at without
    an offset is in timezone (IANA name), now is by the clock of AWS. Raises RebootError for a time that has passed, and for more than a
    window can hold; ScheduleError for what is not a time.
    """
    current = t.cast(datetime.datetime, moment(now))
    time = next_time("patch_run_reboot_at", at, timezone, current)
    if time is None or time <= current:
        raise RebootError(
            f"the time of the reboot {at} has passed (it is {now}); {len(waiting)} hosts still wait for one. Start the run again "
            "with its id and a later time in ISO 8601, or reboot and scan the hosts"
        )
    made = _contents(run_id, waves, set(waiting))
    if len(made["tasks"]) > MAX_TASKS or len(made["targets"]) > MAX_TARGETS:
        raise RebootError(problem(waves))
    minutes = sum(wave.estimate.minutes for wave in waves)
    time = time.astimezone(datetime.timezone.utc)
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": f"fleetpatch-reboot-{run_id}",
        "description": f"Reboots and scans {len(waiting)} hosts with pending reboots of patch run {run_id}",
        "schedule": f"at({time.strftime('%Y-%m-%dT%H:%M:%S')})",
        "schedule_timezone": "UTC",
        "duration": min(MAX_HOURS, 2 + minutes // 60),
        "cutoff": 0,
        **made,
        "tags": {"fleetpatch:owner": "fleetpatch", "fleetpatch:deployment": run_id, "fleetpatch:run": run_id},
    }


def _contents(run_id: str, waves: t.Sequence[Wave], waiting: t.Collection[str] | None) -> dict[str, t.Any]:
    """Targets and tasks. Tasks of a lower priority start when those before have ended: reboots of a wave, then its scan, then the next."""
    targets: list[dict[str, t.Any]] = []
    tasks: list[dict[str, t.Any]] = []
    limits = {wave.number: (wave.max_concurrency, wave.max_errors) for wave in waves}
    of_wave: dict[int, list[str]] = {}
    for part in _parts(waves, waiting):
        made = _targets(part)
        targets += made
        names = [target["name"] for target in made]
        of_wave.setdefault(part.wave, []).extend(names)
        word, script = ("windows", _WINDOWS) if part.windows else ("linux", _LINUX)
        document = "AWS-RunPowerShellScript" if part.windows else "AWS-RunShellScript"
        given = {"commands": [line.replace("{run_id}", run_id) for line in script]}
        tasks += _tasks(f"{part.wave:02}-reboot-{word}", document, given, names, 2 * part.wave - 1, limits[part.wave])
    for number, names in of_wave.items():
        scan = {"Operation": ["Scan"], "StepTimeoutSeconds": [str(SCAN_SECONDS)]}
        tasks += _tasks(f"{number:02}-scan", "AWS-RunPatchBaseline", scan, names, 2 * number, limits[number])
    return {"targets": targets, "tasks": tasks}


def _targets(part: _Part) -> list[dict[str, t.Any]]:
    ids = sorted(host.instance_id for host in part.hosts)
    word = "windows" if part.windows else "linux"
    return [
        {
            "name": f"{part.wave:02}-{word}-{start // IDS_OF_TARGET + 1}",
            "instance_ids": ids[start : start + IDS_OF_TARGET],
        }
        for start in range(0, len(ids), IDS_OF_TARGET)
    ]


def _tasks(
    name: str, document: str, parameters: _Dict, targets: list[str], priority: int, limits: tuple[t.Any, t.Any]
) -> t.Iterator[dict[str, t.Any]]:
    for start in range(0, len(targets), TARGETS_OF_TASK):
        yield {
            "name": name if not start else f"{name}-{start // TARGETS_OF_TASK + 1}",
            "task_type": "RUN_COMMAND",
            "task_arn": document,
            "targets": targets[start : start + TARGETS_OF_TASK],
            "priority": priority,
            "max_concurrency": str(limits[0]),
            "max_errors": str(limits[1]),
            # A command that reaches its host after the window would reboot it in business hours.
            "run_command": {"parameters": dict(parameters), "timeout_seconds": DELIVERY_SECONDS},
        }
