# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the entry point stop shows of a run: the request, and the status of every host that it concerned."""

from __future__ import annotations

import typing as t

from .._planner.model import Wave

_Dict = t.Mapping[str, t.Any]


def stop_status(targets: t.Sequence[_Dict], run_id: str, forced: bool, waves: t.Sequence[Wave] = ()) -> list[str]:
    """Lines to show.

    targets: of the executions that were not over (target, outcome, failed_step), after they were cancelled if forced. waves: of the stored
    plan, for the names of hosts; without a plan hosts are named by their ids.
    """
    names = {host.instance_id: host.name for wave in waves for host in wave.hosts}
    said = "was stopped by force." if forced else "was asked to stop; executions that are under way run to their end."
    lines = [f"Run {run_id} {said}" + ("" if targets else " No execution was under way.")]
    lines += [_line(target, names.get(target["target"], "")) for target in targets]
    if forced and targets:
        lines.append(
            "A cancelled command may still be working on its host, because AWS does not guarantee that its process ends."
            " Check these hosts before you resume the run."
        )
    return lines


def _line(target: _Dict, name: str) -> str:
    label = f"{name} ({target['target']})" if name else target["target"]
    step = f" in step {target['failed_step']}" if target.get("failed_step") else ""
    return f"{label}: {target['outcome']}{step}"
