# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A wave of 1,000 hosts: how many executions are started, how often AWS is asked, whether throttling reaches the user."""

from __future__ import annotations

import collections
import json
import pathlib
import sys
import tempfile

import measure

HOSTS = 1000
READS = ("GetAutomationExecution", "DescribeAutomationExecutions", "DescribeAutomationStepExecutions")
THROTTLES = ("ThrottlingException", "Throttling", "RequestLimitExceeded")
SCENARIO = {
    "clock": {"rate": 300},
    "fleet": [
        {
            "name": "app",
            "count": HOSTS,
            "platform": "amazon-linux-2023",
            "zones": ["us-east-1a"],
            "tags": {
                "instancedata": {"solution": "shop", "environment": "production", "instance": "Application Server"}
            },
            "missing": 2,
            "patch_seconds": 300,
            "scan_seconds": 60,
            "reboot_seconds": 60,
            "image_seconds": 300,
        }
    ],
}


def busiest_second(calls: list[dict]) -> int:
    """The most Automation reads, of all operations together, in any window of one second of real time."""
    worst, window = 0, collections.deque()
    for call in calls:
        if call["operation"] in READS:
            window.append(call["real"])
            while window[-1] - window[0] >= 1:
                window.popleft()
            worst = max(worst, len(window))
    return worst


def main() -> int:
    print(f"A wave of {HOSTS} hosts")
    with tempfile.TemporaryDirectory() as name, measure.local_aws(SCENARIO, pathlib.Path(name)) as aws:
        folder = pathlib.Path(name)
        measure.inventory(folder)
        variables = {"patch_run_id": "thousand", "patch_run_max_concurrency": "100", "patch_run_update_agent": False}
        variables["patch_run_everything"] = True
        command = ["ansible-playbook", "-i", "fleet.aws_ec2.yml", "fleetpatch.aws.patch", "-e", json.dumps(variables)]
        done = measure.run(command, folder, measure.environment(aws, folder))
        assert done.status == 0, done.output[-5000:]
        calls = [call for call in aws.control.calls() if call["source"] == "client"]
    counts = collections.Counter(call["operation"] for call in calls)
    throttled = sum(call["error"] in THROTTLES for call in calls)
    reads = sum(counts[operation] for operation in READS)
    print(
        f"  {done.seconds:.0f} s, {done.mib:.0f} MiB, {len(calls)} calls, {len(calls) / HOSTS:.2f} a host; {reads} Automation reads"
    )
    print("  " + ", ".join(f"{count} {operation}" for operation, count in counts.most_common()))
    print(f"  {throttled} calls were throttled by AWS and repeated")
    return (
        0
        if all(
            [
                measure.verdict("StartAutomationExecution calls", counts["StartAutomationExecution"], 4),
                measure.verdict("Automation reads in the busiest second", busiest_second(calls), 3),
                measure.verdict(
                    "throttling errors that the user sees", sum(done.output.count(word) for word in THROTTLES), 0
                ),
            ]
        )
        else 1
    )


if __name__ == "__main__":
    sys.exit(main())
