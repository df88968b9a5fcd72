# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a plan says of the installation: what is installed instead of what the baselines approve, and when hosts are rebooted."""

from __future__ import annotations

import datetime
import typing as t

from .._schedule.clock import moment
from .._schedule.clock import next_time
from .._schedule.schedule_error import ScheduleError
from . import reboots
from .model import PlanError
from .model import Warned
from .model import Wave
from .model import is_windows
from .options import PlanOptions


def chosen(waves: t.Sequence[Wave], options: PlanOptions, now: datetime.datetime) -> tuple[str, tuple[Warned, ...]]:
    """(time of the reboot in ISO 8601 UTC or "", what a person should know of both choices).

    Raises PlanError for a choice of Windows patches without a Windows host, and for a reboot that no maintenance window can do.
    """
    at = _reboot_at(waves, options, now)
    notes = [*_override(waves, options)]
    if at:
        minutes = sum(wave.estimate.minutes for wave in waves)
        if moment(at) <= now + datetime.timedelta(minutes=minutes):
            notes.append(
                Warned("reboot_early", f"the reboot at {at} is before the estimated end of the run ({minutes} minutes)")
            )
        notes.append(
            Warned("reboot_at", f"the run reboots no hosts; hosts that require a reboot are rebooted at {at} or later")
        )
    return at, tuple(notes)


def _reboot_at(waves: t.Sequence[Wave], options: PlanOptions, now: datetime.datetime) -> str:
    try:
        time = next_time("reboot_at", options.reboot_at, options.timezone, now)
    except ScheduleError as error:
        raise PlanError(str(error)) from error
    if time is None:
        return ""
    if time <= now:
        raise PlanError(f"patch_run_reboot_at: {options.reboot_at} has passed")
    problem = reboots.problem(waves)
    if problem:
        raise PlanError(problem)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _override(waves: t.Sequence[Wave], options: PlanOptions) -> t.Iterator[Warned]:
    if options.install_override_list:
        yield Warned(
            "override",
            f"only the patches of {options.install_override_list} are installed, regardless of the baselines; "
            "a host is patched when none of them is missing",
        )
    if options.baseline_override:
        yield Warned("override", f"the baselines of {options.baseline_override} are used instead of those of the hosts")
    if options.only and waves:
        windows = [host.host for wave in waves for host in wave.hosts if is_windows(host.platform)]
        others = sum(len(wave.hosts) for wave in waves) - len(windows)
        if not windows:
            raise PlanError("patch_run_only: chooses Windows patches, but no Windows host is planned")
        rest = f"; others: {others}, by their baselines" if others else ""
        yield Warned("override", f"only {_words(options.only)} on Windows hosts{rest}", tuple(sorted(windows)))


def _words(only: t.Mapping[str, t.Any]) -> str:
    parts = [", ".join(only[key]) for key in ("kbs", "classifications", "severities") if only.get(key)]
    parts += [f"released until {only['released_until']}"] if only.get("released_until") else []
    parts += [f"without {', '.join(only['exclude_kbs'])}"] if only.get("exclude_kbs") else []
    return "; ".join(parts) + " is installed"
