# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every call that came in, in order."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import Context

READS = ("Get", "List", "Describe", "Head", "Search", "Query", "Select", "BatchGet", "Lookup", "Validate", "Simulate")

CALLS: deque[dict[str, Any]] = deque(maxlen=200_000)
# Called with the entry of every call when it was carried out, before its answer leaves, with the clock's lock held.
LISTENERS: list[Callable[[dict[str, Any]], None]] = []
_seq = [0]


def mutating(service: str, operation: str) -> bool:
    """Whether an operation changes something, by its name."""
    return not operation.startswith(READS) and (service, operation) != ("sts", "AssumeRole")


def begin(service: str, operation: str, ctx: Context) -> dict[str, Any]:
    """Note a call before it is carried out, so that calls made inside it come after it."""
    _seq[0] += 1
    entry = {
        "seq": _seq[0],
        "real": time.time(),
        "time": clock.now(),
        "account": ctx.account,
        "region": ctx.region,
        "service": service,
        "operation": operation,
        "source": ctx.source,
        "mutating": mutating(service, operation),
        "access_key": ctx.access_key,
        "principal": ctx.principal,
        "params": {},
        "error": None,
        "status": None,
    }
    CALLS.append(entry)
    return entry


def end(entry: dict[str, Any], status: int, error: str | None) -> None:
    """Note how a call ended."""
    entry["status"] = status
    entry["error"] = error if status >= 400 else None
    entry["seconds"] = round(time.time() - entry["real"], 6)
    for listener in LISTENERS:
        listener(entry)


def calls(
    service: str | None = None, operation: str | None = None, after: int = 0, source: str | None = None
) -> list[dict[str, Any]]:
    """The recorded calls, oldest first."""
    return [
        entry
        for entry in CALLS
        if entry["seq"] > after
        and (service is None or entry["service"] == service)
        and (operation is None or entry["operation"] == operation)
        and (source is None or entry["source"] == source)
    ]


state.on_reset(CALLS.clear)
