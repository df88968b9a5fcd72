# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rate control: how many hosts at once, how many may stay unpatched, and how long that takes."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import InvalidInput

_PERCENT = re.compile(r"(100|[1-9]?[0-9])%")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,6}")


AUTO = "auto"
# What "Patch now" of Patch Manager takes for an Install: hosts up to, percent at once, errors permitted (Systems Manager user
# guide, "Patching managed nodes on demand").
_PATCH_NOW = ((24, 0, 1), (100, 5, 5), (1000, 8, 10))
_PATCH_NOW_ABOVE = (10, 10)

# Minutes. Assumed, not measured: AWS publishes no durations. Windows patches are larger and reboot longer.
WINDOWS_BASE, WINDOWS_PER_PATCH = 20, 4
LINUX_BASE, LINUX_PER_PATCH = 8, 0.5
MISSING_UNKNOWN = 10  # patches, for a host that was never scanned


class BudgetError(InvalidInput):
    """A number or percent that cannot be used; the text names the option and what it takes."""


def wrong_share(value: str | int, *, least: int = 0, auto: bool = True) -> str | None:
    """What is wrong with a number or percentage of hosts, in words; None when nothing is. least: 0 or 1, for both. auto: whether AUTO is one."""
    text = str(value).strip()
    if auto and text == AUTO:
        return None
    if (_PERCENT.fullmatch(text) or _NUMBER.fullmatch(text)) and int(text.rstrip("%")) >= least:
        return None
    return (
        f"{value!r} must be a whole number from {least}, {'' if auto else 'or '}a percentage from {least}% to 100%"
        + (f", or {AUTO}" if auto else "")
    )


def _parts(name: str, value: str | int, least: int = 0, auto: bool = True) -> tuple[int, bool]:
    """(number, whether it is a percentage). Raises BudgetError."""
    wrong = wrong_share(value, least=least, auto=auto)
    if wrong:
        raise BudgetError(f"{name}: {wrong}")
    text = str(value).strip()
    return int(text.rstrip("%")), text.endswith("%")


def _patch_now(hosts: int) -> tuple[int, int]:
    """(percent at once, errors permitted) of an operation of so many hosts."""
    return next(((percent, failed) for most, percent, failed in _PATCH_NOW if hosts <= most), _PATCH_NOW_ABOVE)


def concurrency(value: str | int, hosts: int) -> int:
    """Hosts that are worked on at once: at least 1, at most `hosts` (or 1). A percentage is rounded down.

    value: "10", "25%" or "auto", which is what AWS's Patch now takes for an operation of so many hosts. Raises BudgetError for 0, 0%
    and anything else.
    """
    if str(value).strip() == AUTO:
        return max(1, min(hosts * _patch_now(hosts)[0] // 100, hosts))
    number, percent = _parts("max_concurrency", value, least=1)
    wanted = hosts * number // 100 if percent else number
    return max(1, min(wanted, hosts))


def errors(value: str | int, hosts: int) -> int:
    """Hosts that may stay unpatched before the run stops: 0 to `hosts`. A percentage is rounded down.

    Rounding down means that the share is never exceeded: 10% of 19 hosts is 1 host, 10% of 9 hosts is none.
    AWS documents MaxErrors in two ways that differ by one (API StartAutomationExecution: "10% of 50: stops at the
    sixth error"; user guide, scale controls: the fifth); this number does not depend on which of them is true.
    value: "1", "10%" or "auto", which is what AWS's Patch now permits in an operation of so many hosts, but never all of them.
    Raises BudgetError for anything else.
    """
    if str(value).strip() == AUTO:
        return max(0, min(_patch_now(hosts)[1], hosts - 1))
    number, percent = _parts("max_errors", value)
    return min(hosts, hosts * number // 100 if percent else number)


def unavailable(value: str | int, hosts: int) -> int:
    """Hosts out of so many that may be out at once: at least 1, or nothing could ever be patched. A percentage is rounded down.

    value: "2" or "25%". Raises BudgetError for 0, 0% and anything else.
    """
    number, percent = _parts("max_unavailable", value, least=1, auto=False)
    return max(1, hosts * number // 100 if percent else number)


def left(budget: int, used: int) -> int:
    """What is left of a budget; never below 0."""
    return max(0, budget - used)


def host_minutes(windows: bool, missing: int | None) -> float:
    """Minutes that one host is busy with its patches: agent, install, reboot, scan. missing: patches, None = never scanned."""
    patches = MISSING_UNKNOWN if missing is None else missing
    return WINDOWS_BASE + WINDOWS_PER_PATCH * patches if windows else LINUX_BASE + LINUX_PER_PATCH * patches


def ramp_minutes(minutes: t.Sequence[float], concurrency: int) -> float:
    """Minutes for hosts that start in this order under AWS's rate control.

    Automation begins with one target and doubles, 1, 2, 4 ..., up to max_concurrency (Systems Manager user guide,
    "Control automations at scale"). Every round is taken to last as long as its slowest host, so this is an upper bound.
    """
    total, start, size = 0.0, 0, 1
    while start < len(minutes):
        total += max(minutes[start : start + size])
        start += size
        size = min(size * 2, concurrency)
    return total
