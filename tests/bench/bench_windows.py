# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The default matrix of windows, declared, against a bare script that creates the same without looking.

Counts come from the local AWS's record. The wall time is that of whole processes, one after the other in the same round: with a
network's delay of every answer, which is how AWS is met, and without any, where nothing is left but the start of Ansible.
"""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
import tempfile
import typing as t

import measure

ROUNDS = 3
DELAYS = (0.05, 0.0)  # seconds; 50 ms is a Region on the same continent, TLS and the service's own time together
LIMIT_BARE, LIMIT_FIFTY = 2.0, 2.0
KINDS = 5  # baselines, patch groups, windows, targets, tasks
BARE = pathlib.Path(__file__).with_name("bare_windows.py")
RULES = [
    {
        "patch_filters": [{"key": "MSRC_SEVERITY", "values": ["Critical", "Important"]}],
        "approve_after_days": 0,
    }
]
MATRIX = {
    8: {"set": "matrix"},
    50: {"set": "matrix", "weeks": [1, 2, 3, 4, 5], "days": [1, 2, 3, 4, 5], "hours": [3, 4]},
}


def declaration(count: int) -> dict[str, t.Any]:
    """Variables of the playbook; a baseline holds at most 25 patch groups (AWS's quota)."""
    groups = "(patch_windows_sets | fleetpatch.aws.window_patch_groups)"
    baselines = [
        {
            "name": f"bench-{part}",
            "operating_system": "WINDOWS",
            "approval_rules": RULES,
            "patch_groups": f"{{{{ {groups}[{part * 25}:{part * 25 + 25}] }}}}",
        }
        for part in range(-(-count // 25))
    ]
    return {
        "patch_windows_deployment": "bench",
        "patch_windows_sets": [MATRIX[count]],
        "patch_windows_warnings_fail": [],
        "patch_baselines_deployment": "bench",
        "patch_baselines_baselines": baselines,
    }


class Bench:
    """One server; every run starts from an empty account."""

    def __init__(self, server: measure.Server, folder: pathlib.Path) -> None:
        self.server, self.folder = server, folder
        self.environment = measure.environment(server, folder)

    def fresh(self, delay: float) -> None:
        self.server.control.reset({})
        self.server.control.switches(answer_delay=delay)

    def bare(self, delay: float) -> float:
        self.fresh(delay)
        return self._run(["python", str(BARE), "8"])

    def playbook(self, count: int, delay: float, fresh: bool = True) -> float:
        if fresh:
            self.fresh(delay)
        path = self.folder / f"windows-{count}.json"
        path.write_text(json.dumps(declaration(count)), encoding="utf-8")
        return self._run(["ansible-playbook", "-i", "localhost,", "fleetpatch.aws.windows", "-e", f"@{path}"])

    def _run(self, command: list[str]) -> float:
        self.server.control.clear_calls()
        done = measure.run(command, self.folder, self.environment)
        if done.status:
            sys.exit(f"{' '.join(command)} ended with {done.status}:\n{done.output}")
        return done.seconds

    def calls(self) -> list[dict]:
        return [call for call in self.server.control.calls(source="client") if call["service"] == "ssm"]


def counts(bench: Bench) -> bool:
    """Calls of the first and the second run for 8 windows: 33 objects."""
    bench.playbook(8, 0)
    first = bench.calls()
    objects = sum(call["mutating"] for call in first)
    bench.playbook(8, 0, fresh=False)
    second = bench.calls()
    print(
        f"  33 objects: {len(first)} calls, {objects} of them write; the second run reads {len(second)} times",
        flush=True,
    )
    return all(
        [
            measure.verdict("calls of the first run", len(first), 33 + KINDS),
            measure.verdict("writes of the first run", objects, 33),
            measure.verdict("writes of the second run", sum(call["mutating"] for call in second), 0),
        ]
    )


def times(bench: Bench, delay: float) -> bool:
    """Medians of whole processes with this delay of every answer."""
    rounds = [(bench.bare(delay), bench.playbook(8, delay), bench.playbook(50, delay)) for number in range(ROUNDS)]
    bare, eight, fifty = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"  every answer {delay * 1000:.0f} ms later: bare script {bare:.2f} s, 8 windows {eight:.2f} s, 50 windows {fifty:.2f} s"
    )
    return all(
        [
            measure.verdict("playbook against bare script", eight / bare, LIMIT_BARE),
            measure.verdict("50 windows against 8", fifty / eight, LIMIT_FIFTY),
        ]
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with measure.local_aws({}, folder) as server:
            bench = Bench(server, folder)
            print("calls", flush=True)
            holds = counts(bench)
            print("wall time", flush=True)
            # Without a network the bare script takes half a second, less than Ansible needs to start: shown, not judged.
            held = [times(bench, delay) for delay in DELAYS]
    return 0 if holds and held[0] else 1


if __name__ == "__main__":
    sys.exit(main())
