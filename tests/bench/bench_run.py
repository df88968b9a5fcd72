# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A run of 1,000 hosts in 6 waves with gates and notices: what it asks of AWS, from the record.

Polls are the looks at what is under way: the parent of an execution, images that are pending, a command. Everything else, without one
CreateImage a host, is what the orchestration costs.
"""

from __future__ import annotations

import collections
import json
import pathlib
import sys
import tempfile
import typing as t

import boto3
import measure

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
TIERS = {"sql": ("SQL Server", 132), "app": ("Application Server", 202)}
HOSTS = len(ZONES) * sum(count for _role, count in TIERS.values()) - 2
INTERVAL = 15
THROTTLES = ("ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyUpdates")
AUTOMATION_READS = ("GetAutomationExecution", "DescribeAutomationExecutions", "DescribeAutomationStepExecutions")
# Requests a second; Systems Manager quotas page, Automation.
RATES = {("StartAutomationExecution",): 1, AUTOMATION_READS: 3}
CALENDAR = "\r\n".join(
    ("BEGIN:VCALENDAR", "PRODID:-//AWS//Change Calendar 1.0//EN", "VERSION:2.0", "X-CALENDAR-TYPE:DEFAULT_OPEN")
    + ("END:VCALENDAR", "")
)


def fleet() -> list[dict]:
    entries = []
    for name, (role, count) in TIERS.items():
        for zone in ZONES:
            entries.append(
                {
                    "name": f"{name}-{zone[-1]}",
                    "count": count - (1 if name == "app" and zone != ZONES[0] else 0),
                    "platform": "amazon-linux-2023",
                    "zones": [zone],
                    "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
                    "missing": 2,
                    "patch_seconds": 300,
                    "scan_seconds": 60,
                    "reboot_seconds": 60,
                    "image_seconds": 900,
                }
            )
    return entries


SCENARIO = {
    "clock": {"rate": 120},
    "fleet": fleet(),
    "documents": [{"name": "company", "type": "ChangeCalendar", "format": "TEXT", "content": CALENDAR}],
    "ses_identities": ["patching@example.com"],
    "sns_topics": ["patching"],
}


def variables(account: str) -> dict:
    return {
        "patch_run_id": "thousand",
        "patch_run_everything": True,
        "patch_run_zone_grouping": "each",
        "patch_run_max_concurrency": "25%",
        "patch_run_poll_interval": INTERVAL,
        "patch_run_freezes": [{"name": "Winter", "start": "2026-12-20", "end": "2027-01-03"}],
        "patch_run_change_calendars": ["company"],
        "patch_run_deadline": "2026-04-30",
        "patch_run_alarms": ["errors"],
        "patch_run_health_command": {"linux": "exit 0"},
        "patch_run_notify": True,
        "patch_notify_channels": ["ses", "sns"],
        "patch_notify_from": "patching@example.com",
        "patch_notify_to": ["ops@example.com"],
        "patch_notify_sns_topic_arn": f"arn:aws:sns:us-east-1:{account}:patching",
    }


def connect(aws: measure.Server, service: str) -> t.Any:
    env = aws.env()
    return boto3.client(
        service,
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )


def kind(call: dict) -> str:
    """image, patch or health for a look at what is under way; else nothing."""
    operation, params = call["operation"], call["params"]
    if operation == "GetAutomationExecution":
        return "patch"
    if operation == "DescribeImages":
        filters = {one.get("Name") for one in params.get("Filters") or []}
        return "image" if filters & {"image-id", "tag:fleetpatch:run"} else ""
    # With the stage as its filter the list is asked for what others do, once before a wave begins.
    others = any(one.get("key") == "ExecutionStage" for one in params.get("Filters") or [])
    return "health" if operation == "ListCommands" and not others else ""


def crowded(calls: list[dict], operations: tuple[str, ...]) -> int:
    """The most calls of these operations in any window of one second of real time."""
    worst, window = 0, collections.deque()
    for call in calls:
        if call["operation"] in operations:
            window.append(call["real"])
            while window[-1] - window[0] >= 1:
                window.popleft()
            worst = max(worst, len(window))
    return worst


def closest(polls: list[dict], word: str) -> float:
    """The least real seconds between two looks of one kind at the same thing."""
    last: dict[str, float] = {}
    least = float("inf")
    for call in polls:
        if kind(call) != word:
            continue
        thing = call["params"].get("AutomationExecutionId") or call["params"].get("CommandId") or word
        if thing in last:
            least = min(least, call["real"] - last[thing])
        last[thing] = call["real"]
    return least


def phases(calls: list[dict]) -> list[tuple[str, int, collections.Counter]]:
    """Of every stretch of looks at one thing: what it was, how many looks, and which other calls stood between them."""
    found: list[tuple[str, int, collections.Counter]] = []
    between: collections.Counter = collections.Counter()
    word, number = "", 0
    for call in calls:
        if kind(call):
            thing = (
                f"{kind(call)} {call['params'].get('AutomationExecutionId') or call['params'].get('CommandId') or ''}"
            )
            if thing != word:
                found.append((word, number, collections.Counter()))
                word, number, between = thing, 0, collections.Counter()
            elif found and between:
                found.append((word, 0, between))
                between = collections.Counter()
            number += 1
        elif word:
            between[call["operation"]] += 1
    return [one for one in [*found, (word, number, collections.Counter())] if one[0]]


def main() -> int:
    print(f"A run of {HOSTS} hosts in {len(ZONES) * len(TIERS)} waves, with gates and notices")
    with tempfile.TemporaryDirectory() as name, measure.local_aws(SCENARIO, pathlib.Path(name)) as aws:
        folder = pathlib.Path(name)
        measure.inventory(folder)
        client = connect(aws, "cloudwatch")
        client.put_metric_alarm(
            AlarmName="errors", MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="quiet")
        account = connect(aws, "sts").get_caller_identity()["Account"]
        before = aws.control.calls()[-1]["seq"]
        chosen = json.dumps(variables(account))
        command = ["ansible-playbook", "-i", "fleet.aws_ec2.yml", "fleetpatch.aws.patch", "-e", chosen]
        done = measure.run(command, folder, measure.environment(aws, folder))
        assert done.status == 0, done.output[-5000:]
        calls = aws.control.calls(source="client", after=before)
        report = json.loads((folder / "fleetpatch-runs/thousand/report.json").read_text(encoding="utf-8"))
    assert report["totals"]["patched"] == HOSTS and report["totals"]["waves_done"] == 6, report["message"]
    return 0 if shown(calls, done) else 1


def shown(calls: list[dict], done: measure.Measured) -> bool:
    polls = [call for call in calls if kind(call)]
    rest = [call for call in calls if not kind(call) and call["operation"] != "CreateImage"]
    counts = collections.Counter(call["operation"] for call in rest)
    print(f"  {done.seconds:.0f} s, {done.mib:.0f} MiB, {len(calls)} calls: {len(polls)} polls, {len(rest)} others")
    print("  " + ", ".join(f"{count} {operation}" for operation, count in counts.most_common()))
    extra = [one for one in phases(calls) if one[2]]
    for word, _number, between in extra:
        print(f"  between two looks at {word}: {dict(between)}")
    told = [measure.verdict("other calls a host", len(rest) / HOSTS, 0.3)]
    told.append(measure.verdict("calls between two looks at a wave that is imaged or patched", len(extra), 0))
    for word in ("image", "patch"):
        least = closest(polls, word)
        told.append(least >= INTERVAL)
        print(
            f"  {'ok  ' if least >= INTERVAL else 'OVER'} real seconds between two looks at {word}: {least:.1f} (at least {INTERVAL})"
        )
    for operations, limit in RATES.items():
        told.append(
            measure.verdict(f"{', '.join(operations)} in the busiest second", crowded(calls, operations), limit)
        )
    throttled = sum(call["error"] in THROTTLES for call in calls)
    print(f"  {throttled} calls were throttled by AWS and repeated")
    told.append(measure.verdict("throttling errors that the user sees", sum(map(done.output.count, THROTTLES)), 0))
    return all(told)


if __name__ == "__main__":
    sys.exit(main())
