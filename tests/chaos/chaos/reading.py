# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Reads the evidence from the local AWS itself, and never from what our modules say of it."""

from __future__ import annotations

import datetime
import typing as t

from chaos import fleets
from chaos.evidence import World
from local_aws.fleet import machine as fleet_machine
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import inproc
from local_aws.framework import recorder
from local_aws.ssm.automation import model
from local_aws.ssm.tags import operations as ssm_tags

RUNBOOK = "fleetpatch-PatchHost"
RUN_TAG = "fleetpatch:run:"


def seconds(value: t.Any) -> t.Any:
    """A time of the local AWS as epoch seconds; other values as they are."""
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def _plain(entry: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: seconds(value) for key, value in entry.items()}


def world(account: str, region: str) -> World:
    """AWS as it is now; nothing moves while it is looked at."""
    with clock.LOCK:
        found = _instances(account, region)
        ids = [one["InstanceId"] for one in found] + sorted(
            number for number in fleet_machine.machines(account, region) if number.startswith("mi-")
        )
        return World(
            clock.timestamp(),
            [_plain(entry) for entry in history.entries()],
            _executions(account, region),
            {number: _machine(account, region, number) for number in ids},
            {one["InstanceId"]: one["State"]["Name"] for one in found},
            _targets(account, region),
            _images(account, region),
            {one["InstanceId"]: _tags(one) for one in found},
        )


def calls() -> list[dict[str, t.Any]]:
    """Every call of controllers and of Automation, and when the alarm was set."""
    sources = ("client", "automation")
    return [_plain(one) for one in recorder.calls() if one["source"] in sources or one["operation"] == "SetAlarmState"]


def make_alarm(account: str, region: str, name: str) -> None:
    """An alarm that is OK."""
    kind = {
        "MetricName": "Errors",
        "Namespace": "Shop",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
    }
    kind |= {"ComparisonOperator": "GreaterThanThreshold"}
    _client("cloudwatch", account, region).put_metric_alarm(AlarmName=name, **kind)
    set_alarm(account, region, name, "OK")


def set_alarm(account: str, region: str, name: str, state: str) -> None:
    """Put an alarm into a state, where it stays."""
    _client("cloudwatch", account, region).set_alarm_state(AlarmName=name, StateValue=state, StateReason="chaos")


def hosts(account: str, region: str, machines: t.Sequence[fleets.Machine]) -> dict[str, str]:
    """Entry of the fleet to instance id."""
    found = {_tags(one).get(fleets.MARK, ""): one["InstanceId"] for one in _instances(account, region)}
    for number in fleet_machine.machines(account, region):
        if number.startswith("mi-"):
            found[fleet_machine.machine(account, region, number).tags[fleets.MARK]] = number
    return {machine.entry: found[machine.entry] for machine in machines}


def _client(service: str, account: str, region: str) -> t.Any:
    return inproc.client(service, account, region, source="judge")


def _tags(one: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in one.get("Tags") or ()}


def _instances(account: str, region: str) -> list[dict[str, t.Any]]:
    pages = _client("ec2", account, region).get_paginator("describe_instances").paginate()
    return [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]


def _executions(account: str, region: str) -> list[dict[str, t.Any]]:
    made = []
    for one in model.executions(account, region).values():
        if one.parent is None or one.target is None or one.document.name != RUNBOOK:
            continue
        keys = [key for key in ssm_tags.of(account, region, "Automation", one.parent.id) if key.startswith(RUN_TAG)]
        run, step, attempt = keys[0][len(RUN_TAG) :].split(":") if keys else ("", "", "0")
        if one.start is None and one.status == "Cancelled":
            continue  # stands for a target that was never started
        made.append(
            {
                "id": one.id, "parent": one.parent.id, "host": one.target, "run": run, "step": step, "attempt": int(attempt),
                "status": one.status, "start": seconds(one.start), "end": seconds(one.end),
            }
        )  # fmt: skip
    return made


def _machine(account: str, region: str, number: str) -> dict[str, t.Any]:
    found = fleet_machine.machine(account, region, number)
    report = found.report
    if report is None:
        return {"missing": None, "failed": None, "pending": found.pending_reboot, "operation": "", "scanned": None}
    counts = report.counts
    return {
        "missing": counts["MISSING"],
        "failed": counts["FAILED"],
        "pending": found.pending_reboot,
        "operation": report.operation,
        "scanned": seconds(report.ended),
    }


def _targets(account: str, region: str) -> dict[str, dict[str, str]]:
    client, found = _client("elbv2", account, region), {}
    for group in client.get_paginator("describe_target_groups").paginate().build_full_result()["TargetGroups"]:
        health = client.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        found[group["TargetGroupName"]] = {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in health}
    return found


def _images(account: str, region: str) -> list[dict[str, t.Any]]:
    pages = _client("ec2", account, region).get_paginator("describe_images").paginate(Owners=["self"])
    return [
        {
            "id": one["ImageId"],
            "state": one["State"],
            "instance_id": _tags(one).get("fleetpatch:instance", ""),
            "run": _tags(one).get("fleetpatch:run", ""),
        }
        for page in pages
        for one in page["Images"]
    ]
