# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What was really done to the machines, in order: the proof that nothing ran twice."""

from datetime import datetime
from typing import Any

from local_aws.framework import state

ENTRIES: list[dict[str, Any]] = []
KINDS = ("image", "scan", "install", "reboot", "script", "agent_update", "start", "stop", "terminate", "root_replaced")


def add(
    kind: str,
    account: str,
    region: str,
    instance_id: str,
    start: datetime,
    end: datetime | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """Record one change of a machine; returns the entry (set entry["end"] when it ends). Virtual, aware UTC times."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of history {kind!r}")
    entry = {
        "seq": len(ENTRIES) + 1,
        "kind": kind,
        "account": account,
        "region": region,
        "instance_id": instance_id,
        "start": start,
        "end": end,
        **facts,
    }
    ENTRIES.append(entry)
    return entry


def entries(kind: str | None = None, instance: str | None = None) -> list[dict[str, Any]]:
    """The entries of a kind and of an instance, oldest first."""
    return [
        entry
        for entry in ENTRIES
        if (kind is None or entry["kind"] == kind) and (instance is None or entry["instance_id"] == instance)
    ]


state.on_reset(ENTRIES.clear)
