# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What judges look at: plain values, of the local AWS and of controllers.

Times are epoch seconds of the virtual clock.
"""

from __future__ import annotations

import dataclasses
import typing as t

from chaos.seeds import Seed


@dataclasses.dataclass(frozen=True)
class World:
    """AWS at one moment.

    history: what was done to machines {kind, instance_id, start, end, ...}. executions: of the runbook on one host each {id, parent,
    host, run, step, attempt, status, start, end}. machines: instance id to {missing, failed, pending, scanned (end), operation}.
    power: instance id to state. targets: group to {instance id: state}. images: {id, instance_id, state, run, tags}. tags: of instances.
    """

    time: float
    history: list[dict[str, t.Any]]
    executions: list[dict[str, t.Any]]
    machines: dict[str, dict[str, t.Any]]
    power: dict[str, str]
    targets: dict[str, dict[str, str]]
    images: list[dict[str, t.Any]]
    tags: dict[str, dict[str, str]]


@dataclasses.dataclass(frozen=True)
class Ending:
    """A controller that ended.

    killed: by us, and how. status: its exit status. report: what it left, unless it was killed. world: AWS then. output: what it printed.
    alone: whether nobody else worked on the run at the same time.
    """

    number: int
    playbook: str
    killed: str
    status: int
    report: dict[str, t.Any] | None
    world: World
    alone: bool = True
    output: str = ""

    @property
    def completed(self) -> bool:
        """Whether a run, or its rollback, is complete by what its controller says."""
        return self.playbook in ("patch", "rollback") and not self.killed and self.status == 0


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All of a seed.

    hosts: entry of the fleet to instance id. last: AWS when the run is over and nothing moves any more. left: what stayed behind.
    rollback, rolled_back: controllers of the rollback that came after, and AWS after it. files: name to text of what the run wrote.
    """

    seed: Seed
    hosts: dict[str, str]
    plan: dict[str, t.Any] | None
    calls: list[dict[str, t.Any]]
    first: World
    endings: list[Ending]
    last: World
    left: list[str]
    rollback: list[Ending] = dataclasses.field(default_factory=list)
    rolled_back: World | None = None
    files: dict[str, str] = dataclasses.field(default_factory=dict)
