# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Places for automations: an account runs 100 at once, and hosts beyond that only wait, in front of everybody else's automations.

Source: Systems Manager endpoints and quotas, "Concurrently executing automations" (children of rate control count).
"""

from __future__ import annotations

import typing as t

from .._core.words import counted
from .._schedule.rate_control import concurrency
from .model import Warned
from .model import Wave
from .options import PlanOptions

PARENT = 1  # the execution that the hosts of a wave are children of


def free(quota: int, running: int) -> int:
    """Hosts that can be patched at once beside what runs: at least 1, which then waits for a place."""
    return max(1, quota - running - PARENT)


def warnings(waves: t.Sequence[Wave], options: PlanOptions, running: int) -> list[Warned]:
    """One for all waves whose hosts are patched more slowly than max_concurrency says."""
    most = free(options.automation_quota, running)
    capped = [wave for wave in waves if concurrency(options.max_concurrency, len(wave.hosts)) > most]
    if not capped:
        return []
    beside = f", beside {counted(running, 'automation')} already running" if running else ""
    return [
        Warned(
            "automation_quota",
            f"at most {counted(most, 'host')} at once in {counted(len(capped), 'wave')}: the account runs at most"
            f" {options.automation_quota} automations at once{beside} (patch_run_automation_quota)",
            tuple(host.host for wave in capped for host in wave.hosts),
        )
    ]
