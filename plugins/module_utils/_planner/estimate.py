# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a wave will take in minutes, and its images in GiB and money. Rough by nature; the plan says so."""

from __future__ import annotations

import math
import typing as t

from .._schedule.rate_control import host_minutes
from .._schedule.rate_control import ramp_minutes
from .fleet import HYBRID_ZONE
from .model import Estimate
from .model import PlannedHost
from .model import is_windows

# Minutes.
DRAIN = 7  # five of them are the deregistration delay that a target group has when nobody changed it
IMAGE_BASE, IMAGE_PER_100_GIB = 3, 1
START_AND_STOP = 10  # until the status checks are passed and the agent is online, and the shutdown
IMAGE_GIB_UNKNOWN = 100


def patch_minutes(host: PlannedHost) -> float:
    """Minutes that one host is busy: agent, install, reboot, scan; draining and health; its start and stop when it was stopped."""
    around = (START_AND_STOP if host.former_state == "stopped" else 0) + (DRAIN if host.target_groups else 0)
    return around + host_minutes(is_windows(host.platform), host.missing)


def wave_estimate(hosts: t.Sequence[PlannedHost], concurrency: int, image: bool) -> Estimate:
    """Minutes of one wave. Its images are made at the same time, so the largest instance counts."""
    imaging = 0.0
    imaged = [host for host in hosts if host.zone != HYBRID_ZONE] if image else []
    if imaged:
        largest = max(IMAGE_GIB_UNKNOWN if host.image_gib is None else host.image_gib for host in imaged)
        imaging = IMAGE_BASE + IMAGE_PER_100_GIB * largest / 100
    minutes: list[float] = []
    known: dict[tuple[str, int | None, str, bool], float] = {}
    for host in hosts:
        kind = (host.platform, host.missing, host.former_state, not host.target_groups)
        if kind not in known:
            known[kind] = patch_minutes(host)
        minutes.append(known[kind])
    patching = ramp_minutes(minutes, concurrency)
    return Estimate(math.ceil(imaging), math.ceil(patching), math.ceil(imaging) + math.ceil(patching))


def image_cost(gib: int, price: float) -> float:
    """Upper bound of what images of `gib` GiB cost in a month: a snapshot holds only blocks that were written."""
    return round(gib * price, 2)
