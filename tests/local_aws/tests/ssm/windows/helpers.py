# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A small fleet on a clock that stands still at Tuesday 2026-03-10 02:00 UTC, and short ways to make windows."""

import contextlib
from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
FLEET = [
    {
        "name": "lin",
        "count": 3,
        "platform": "amazon-linux-2023",
        "missing": 3,
        "tags": {"Role": "app", "Env": "prod"},
        "patch_seconds": 600,
        "scan_seconds": 30,
        "reboot_seconds": 60,
    },
    {
        "name": "win",
        "count": 2,
        "platform": "windows-2022",
        "missing": 4,
        "tags": {"Role": "data", "Env": "prod"},
        "patch_seconds": 3000,
        "scan_seconds": 60,
        "reboot_seconds": 120,
    },
]
INSTALL = {"RunCommand": {"Parameters": {"Operation": ["Install"]}}}
DAILY = "cron(0 3 * * ? *)"
SOON = "at(2026-03-10T03:00:00)"
RATE = {"MaxConcurrency": "100%", "MaxErrors": "100%"}


def scenario(fleet=None, **more):
    return {"clock": {"rate": 0}, "fleet": FLEET if fleet is None else fleet, **more}


@contextlib.contextmanager
def refused(code, text=""):
    """The block must raise a ClientError with this code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code, caught.value
    assert text in str(caught.value)


def ids(server):
    """{Name: instance id}"""
    found = {}
    for reservation in server.client("ec2").describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            name = next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")
            found[name] = instance["InstanceId"]
    return found


def window(ssm, name="nightly", **more):
    """Create a window; returns its id."""
    given = {"Schedule": SOON, "Duration": 4, "Cutoff": 1, "AllowUnassociatedTargets": False, **more}
    return ssm.create_maintenance_window(Name=name, **given)["WindowId"]


def target(ssm, window_id, key="tag:Role", values=("app",), kind="INSTANCE", **more):
    """Register a target; returns its id."""
    targets = [{"Key": key, "Values": list(values)}]
    return ssm.register_target_with_maintenance_window(WindowId=window_id, ResourceType=kind, Targets=targets, **more)[
        "WindowTargetId"
    ]


def task(ssm, window_id, *target_ids, arn="AWS-RunPatchBaseline", kind="RUN_COMMAND", **more):
    """Register a task, by default one that installs patches; returns its id."""
    given = {**more}
    if kind == "RUN_COMMAND":
        given.setdefault("TaskInvocationParameters", INSTALL)
    if target_ids:
        given = {"Targets": [{"Key": "WindowTargetIds", "Values": list(target_ids)}], **RATE, **given}
    return ssm.register_task_with_maintenance_window(WindowId=window_id, TaskArn=arn, TaskType=kind, **given)[
        "WindowTaskId"
    ]


def shell(*commands):
    return {"arn": "AWS-RunShellScript", "TaskInvocationParameters": script(*commands)}


def script(*commands):
    return {"RunCommand": {"Parameters": {"commands": list(commands)}}}


def runs(ssm, window_id, **more):
    """Executions, oldest first."""
    return ssm.describe_maintenance_window_executions(WindowId=window_id, **more)["WindowExecutions"][::-1]


def task_runs(ssm, execution):
    return ssm.describe_maintenance_window_execution_tasks(WindowExecutionId=execution["WindowExecutionId"])[
        "WindowExecutionTaskIdentities"
    ]


def invocations(ssm, run):
    return ssm.describe_maintenance_window_execution_task_invocations(
        WindowExecutionId=run["WindowExecutionId"], TaskId=run["TaskExecutionId"]
    )["WindowExecutionTaskInvocationIdentities"]


def at(hours=0.0, **more):
    """A time after the start of the clock."""
    return START + timedelta(hours=hours, **more)


def near(time, wanted, seconds=1.0):
    """Times of the clock are floats."""
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    return abs((time - wanted).total_seconds()) <= seconds
