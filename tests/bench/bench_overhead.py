# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What orchestration adds to the machines' own work, by wave and by cause.

The machines of each wave work for two real minutes: images, then AWS's ramp of one host and then two. The clock of the local AWS
is scaled, so an hour of patching takes these two minutes; what ansible and the collection do is not scaled.
"""

from __future__ import annotations

import datetime
import json
import pathlib
import sys
import tempfile
import time
import typing as t

import measure

RATE = 30
LIMIT = 1.12
WORK = {"image_seconds": 600, "patch_seconds": 1230, "scan_seconds": 120, "reboot_seconds": 120}
SCENARIO = {
    "clock": {"rate": RATE},
    "fleet": [
        {
            "name": name,
            "count": 3,
            "platform": platform,
            "zones": ["us-east-1a"],
            "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
            "missing": 3,
            **WORK,
        }
        for name, platform, role in (("sql", "windows-2022", "SQL Server"), ("app", "rhel-9", "Application Server"))
    ],
}
Span = tuple[float, float]


def seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def merged(spans: t.Iterable[Span]) -> list[Span]:
    """The spans without their overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def length(spans: t.Iterable[Span]) -> float:
    return sum(end - start for start, end in spans)


def wave_rows(
    history: list[dict], plan: dict, real: t.Callable[[str], float], begin: float, end: float
) -> list[dict[str, t.Any]]:
    """For every wave: the chain of its machines' work, and the rest of its time by cause (real seconds)."""
    rows, cursor = [], begin
    for number, wave in enumerate(plan["waves"]):
        ids = {host["instance_id"] for host in wave["hosts"]}
        spans = {"image": [], "patch": []}
        for entry in history:
            if entry["instance_id"] in ids and entry.get("end"):
                spans["image" if entry["kind"] == "image" else "patch"].append(
                    (real(entry["start"]), real(entry["end"]))
                )
        image, patch = merged(spans["image"]), merged(spans["patch"])
        last = number + 1 == len(plan["waves"])
        rows.append(
            {
                "wave": wave["id"],
                "chain": length(merged([*image, *patch])),
                "start, inventory, plan and runbook" if number == 0 else "verified, judged, next wave": image[0][0]
                - cursor,
                "images seen, patching started": patch[0][0] - image[-1][1],
                "Automation between the steps and hosts": (patch[-1][1] - patch[0][0]) - length(patch),
                **({"seen, verified, report and end": end - patch[-1][1]} if last else {}),
            }
        )
        cursor = patch[-1][1]
    return rows


def show(rows: list[dict[str, t.Any]]) -> None:
    for row in rows:
        causes = {name: value for name, value in row.items() if name not in ("wave", "chain")}
        total = row["chain"] + sum(causes.values())
        print(
            f"  wave {row['wave']}: machines {row['chain']:.1f} s, all {total:.1f} s, times {total / row['chain']:.3f}"
        )
        for name, value in causes.items():
            print(f"      {value:6.1f} s  {name}")


def main() -> int:
    print("Overhead of orchestration, two real minutes of work a wave")
    with tempfile.TemporaryDirectory() as name, measure.local_aws(SCENARIO, pathlib.Path(name)) as aws:
        folder = pathlib.Path(name)
        measure.inventory(folder)
        variables = {"patch_run_id": "overhead", "patch_run_poll_interval": 2, "patch_run_update_agent": False}
        variables["patch_run_everything"] = True
        begin = time.time()
        command = ["ansible-playbook", "-i", "fleet.aws_ec2.yml", "fleetpatch.aws.patch", "-e", json.dumps(variables)]
        done = measure.run(command, folder, measure.environment(aws, folder))
        end = time.time()
        assert done.status == 0, done.output[-5000:]
        call = aws.control.calls()[0]
        history = aws.control.history()
        plan = json.loads((folder / "fleetpatch-runs" / "overhead" / "plan.json").read_text(encoding="utf-8"))

    def real(text: str) -> float:
        return call["real"] + (seconds(text) - seconds(call["time"])) / RATE

    rows = wave_rows(history, plan, real, begin, end)
    show(rows)
    chain = sum(row["chain"] for row in rows)
    print(f"  wall time {done.seconds:.1f} s, the machines' longest chain {chain:.1f} s")
    return 0 if measure.verdict("wall time, times the machines' own work", done.seconds / chain, LIMIT) else 1


if __name__ == "__main__":
    sys.exit(main())
