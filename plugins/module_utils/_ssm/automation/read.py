# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Automation executions as they are, for the info module."""

from __future__ import annotations

from itertools import islice

from ..._core import follow
from ..._core.calls import Connection
from ..._core.run import Following
from . import api
from . import wire
from .run import result
from .run import work_on


def read(aws: Connection, execution_ids: list[str], step_details: str) -> dict:
    """One look at each execution with its targets."""
    work = work_on(aws, Following(False, 0, 1, step_details, lambda line: None), execution_ids)
    work.follow()
    answer = result(work)
    executions = [wire.metadata_to_model(watch.parent) for watch in work.watches]
    return {
        "changed": False,
        "executions": executions,
        "targets": answer["targets"],
        "summary": answer["summary"],
    }


def listed(aws: Connection, key: str, value: str, limit: int) -> dict:
    """The executions that one filter selects, as AWS orders them; reads no further than the limit."""
    found = islice(api.list_recent_executions(aws, key, value), limit)
    executions = [wire.metadata_to_model(one) for one in found]
    return {"changed": False, "executions": executions, "targets": [], "summary": follow.summary([])}
