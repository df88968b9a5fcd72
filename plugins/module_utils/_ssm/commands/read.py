# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Commands as they are, for the info module."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.run import Following
from . import control
from .run import new_work
from .run import result


def read(aws: Connection, command_ids: list[str], details: str) -> dict:
    """One look at each command with its nodes."""
    work = new_work(aws, Following(False, 0, 1, details, lambda line: None), "")
    control.follow_commands(work, command_ids)
    answer = result(work)
    for command in answer["commands"]:
        del command["adopted"]  # a word of a run, not of a command
    return {"changed": False, **{name: answer[name] for name in ("commands", "targets", "summary")}}
