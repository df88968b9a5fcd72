# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which patches were installed on nodes in some time."""

from __future__ import annotations

from datetime import datetime
from datetime import time
from datetime import timezone

from ..._core.calls import Connection
from ..._core.errors import InvalidInput
from ..._core.errors import ServiceError
from ..patch_states import api as patch_state_api
from ..patch_states import wire as patch_state_wire
from ..wire import iso

# Values of the filter State of DescribeInstancePatches; InstalledOther is what no baseline approves, such as a patch of an override list.
INSTALLED = ["Installed", "InstalledOther", "InstalledPendingReboot", "InstalledRejected"]


def read(aws: Connection, instance_ids: list[str], since: datetime, until: datetime) -> list[dict]:
    """{instance_id, status, patches, untimed} of every node, sorted by id."""
    if until < since:
        raise InvalidInput(f"until: {iso(until)} must not be before since ({iso(since)})")
    return [_node(aws, instance_id, since, until) for instance_id in sorted(set(instance_ids))]


def _node(aws: Connection, instance_id: str, since: datetime, until: datetime) -> dict:
    try:
        found = list(patch_state_api.list_patches(aws, instance_id, INSTALLED))
    except ServiceError as error:
        if error.code != "InvalidInstanceId":
            raise
        return {"instance_id": instance_id, "status": "unknown", "patches": [], "untimed": 0}
    inside = [
        patch_state_wire.patch_to_model(patch)
        for patch in found
        if _is_inside(patch.get("InstalledTime"), since, until)
    ]
    return {
        "instance_id": instance_id,
        "status": "known" if found else "no_data",
        "patches": sorted(inside, key=lambda patch: (patch["kb_id"] or "", patch["title"] or "")),
        "untimed": sum(not _is_known(patch.get("InstalledTime")) for patch in found),
    }


def _is_known(installed: datetime | None) -> bool:
    # AWS writes the start of the epoch where a node does not tell the time.
    return installed is not None and installed.timestamp() > 0


def _is_inside(installed: datetime | None, since: datetime, until: datetime) -> bool:
    if installed is None or not _is_known(installed):
        return False
    installed = installed.astimezone(timezone.utc)
    if installed.time() == time(0):
        # Windows tells days of many patches; midnight itself is as good as never meant.
        return since.astimezone(timezone.utc).date() <= installed.date() <= until.astimezone(timezone.utc).date()
    return since.replace(microsecond=0) <= installed <= until


def summary(nodes: list[dict]) -> dict[str, int]:
    """How many nodes of each status, and how many different patches."""
    names = [node["status"] for node in nodes]
    patches = {(patch["kb_id"], patch["title"]) for node in nodes for patch in node["patches"]}
    counts = {name: names.count(name) for name in ("known", "no_data", "unknown")}
    return {"nodes": len(nodes), **counts, "patches": len(patches)}
