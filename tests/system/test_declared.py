# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Baselines and windows declared by the playbooks, looked at and changed by hand with the aws command line, and removed."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess

import pytest
from driver import ROOT
from driver import Operator

from local_aws import testing

AWS = ROOT / ".cache" / "aws-cli" / "bin" / "aws"
GROUPS = "{{ patch_windows_sets | fleetpatch.aws.window_patch_groups }}"
DECLARED = {
    "patch_windows_deployment": "shop",
    "patch_windows_sets": [{"set": "matrix"}],
    "patch_baselines_deployment": "shop",
    "patch_baselines_baselines": [
        {
            "name": "shop-windows",
            "operating_system": "WINDOWS",
            "approval_rules": [
                {
                    "patch_filters": [{"key": "MSRC_SEVERITY", "values": ["Critical", "Important"]}],
                    "approve_after_days": 0,
                }
            ],
            "patch_groups": GROUPS,
        }
    ],
}


@pytest.fixture(name="aws")
def fixture_aws():
    with testing.serve({"clock": {"rate": 1}}) as running:
        yield running


@pytest.fixture(name="operator")
def fixture_operator(tmp_path: pathlib.Path, aws) -> Operator:
    return Operator(tmp_path, aws, **DECLARED)


def aws_cli(operator: Operator, *words: str) -> dict:
    """`aws ssm ...`, as somebody at a shell types it."""
    done = subprocess.run(
        [AWS, "ssm", *words, "--output", "json"],
        env=operator.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "{}")


def writes(aws) -> list[str]:
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"] and call["service"] == "ssm"]


def recap(output: str) -> dict[str, int]:
    line = re.findall(r"^localhost +: (.*)$", output, re.MULTILINE)[-1]
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)}


def listed(aws) -> dict:
    """What there is: windows with their targets and tasks by name, patch groups. Without the window that was made by hand."""
    ssm = aws.client("ssm")
    windows = [one for one in ssm.describe_maintenance_windows()["WindowIdentities"] if one["Name"] != "by-hand"]
    found: dict = {"groups": sorted(one["PatchGroup"] for one in ssm.describe_patch_groups()["Mappings"])}
    for window in windows:
        targets = ssm.describe_maintenance_window_targets(WindowId=window["WindowId"])["Targets"]
        tasks = ssm.describe_maintenance_window_tasks(WindowId=window["WindowId"])["Tasks"]
        found[window["Name"]] = {
            "schedule": window["Schedule"],
            "targets": [target["Targets"] for target in targets],
            "tasks": [task["TaskArn"] for task in tasks],
        }
    assert len(found) == len(windows) + 1, "two windows of one name"
    return found


def test_declared_drifted_mended_and_removed(aws, operator):
    aws.clear_calls()
    predicted = operator.run("windows", "--check", "--diff")
    assert writes(aws) == [] and recap(predicted)["changed"] > 0
    assert "Week1Day2Unattended0300" in predicted and "cron(00 03 ? * TUE#1 *)" in predicted

    operator.run("windows")
    there = listed(aws)
    names = [f"Week{week}Day{day}Unattended{hour}00" for week in (1, 2) for day in (2, 3) for hour in ("03", "04")]
    assert sorted(there) == sorted([*names, "groups"]) and len(there["groups"]) == 8
    seen_by_the_aws_command_line(operator, there)

    aws.clear_calls()
    assert recap(operator.run("windows"))["changed"] == 0 and writes(aws) == []

    drift_by_hand(operator)
    aws.clear_calls()
    shown = operator.run("windows", "--check", "--diff")
    assert writes(aws) == []
    assert re.search(r"^- .*cron\(0 9 \* \* \? \*\)", shown, re.MULTILINE) and re.search(
        r"^\+ .*TUE#1", shown, re.MULTILINE
    )
    assert recap(operator.run("windows"))["changed"] > 0
    assert listed(aws) == there
    assert recap(operator.run("windows"))["changed"] == 0

    operator.run("teardown", patch_teardown_deployment="shop")
    assert listed(aws) == {"groups": []}
    assert [one["Name"] for one in aws_cli(operator, "describe-maintenance-windows")["WindowIdentities"]] == ["by-hand"]


def seen_by_the_aws_command_line(operator: Operator, there: dict) -> None:
    """Another client lists what was declared."""
    windows = aws_cli(operator, "describe-maintenance-windows")["WindowIdentities"]
    assert {one["Name"]: one["Schedule"] for one in windows} == {
        name: one["schedule"] for name, one in there.items() if name != "groups"
    }
    window = next(one for one in windows if one["Name"] == "Week2Day3Unattended0400")
    assert window["Schedule"] == "cron(00 04 ? * WED#2 *)" and window["Duration"] == 1 and window["NextExecutionTime"]
    of_window = ("--window-id", window["WindowId"])
    targets = aws_cli(operator, "describe-maintenance-window-targets", *of_window)["Targets"]
    group = "Week 2 Day 3 - Unattended - 04:00"
    assert [target["Targets"] for target in targets] == [[{"Key": "tag:Patch Group", "Values": [group]}]]
    tasks = aws_cli(operator, "describe-maintenance-window-tasks", *of_window)["Tasks"]
    assert [(task["TaskArn"], task["MaxConcurrency"], task["MaxErrors"]) for task in tasks] == [
        ("AWS-RunPatchBaseline", "2", "1")
    ]
    found = aws_cli(
        operator, "get-patch-baseline-for-patch-group", "--patch-group", group, "--operating-system", "WINDOWS"
    )
    assert aws_cli(operator, "get-patch-baseline", "--baseline-id", found["BaselineId"])["Name"] == "shop-windows"


def drift_by_hand(operator: Operator) -> None:
    """A schedule changed, a window deleted, a task taken away, a patch group given up; and a window of somebody else."""
    ids = {
        one["Name"]: one["WindowId"] for one in aws_cli(operator, "describe-maintenance-windows")["WindowIdentities"]
    }
    changed, deleted, emptied = (
        ids[f"Week1Day{day}"] for day in ("2Unattended0300", "2Unattended0400", "3Unattended0300")
    )
    aws_cli(operator, "update-maintenance-window", "--window-id", changed, "--schedule", "cron(0 9 * * ? *)")
    aws_cli(operator, "delete-maintenance-window", "--window-id", deleted)
    tasks = aws_cli(operator, "describe-maintenance-window-tasks", "--window-id", emptied)["Tasks"]
    aws_cli(
        operator,
        "deregister-task-from-maintenance-window",
        "--window-id",
        emptied,
        "--window-task-id",
        tasks[0]["WindowTaskId"],
    )
    mapping = aws_cli(operator, "describe-patch-groups")["Mappings"][0]
    aws_cli(
        operator,
        "deregister-patch-baseline-for-patch-group",
        "--baseline-id",
        mapping["BaselineIdentity"]["BaselineId"],
        "--patch-group",
        mapping["PatchGroup"],
    )
    made = ("--name", "by-hand", "--schedule", "rate(7 days)", "--duration", "2", "--cutoff", "1")
    aws_cli(operator, "create-maintenance-window", *made, "--allow-unassociated-targets")


def test_hosts_keep_their_window_when_another_declaration_is_refused(tmp_path):
    host = {"name": "web", "platform": "rhel-9", "tags": {"Patch Group": "Dev"}}
    command = {"comment": "x" * 101, "parameters": {"commands": ["true"]}}
    task = {"name": "say", "task_type": "RUN_COMMAND", "task_arn": "AWS-RunShellScript", "run_command": command}
    wrong = {"name": "late", "schedule": "cron(0 2 ? * SUN *)", "duration": 2, "cutoff": 1, "tasks": [task]}
    with testing.serve({"clock": {"rate": 1}, "fleet": [host]}) as aws:
        operator = Operator(
            tmp_path,
            aws,
            patch_windows_deployment="shop",
            patch_windows_sets=[{"set": "self_service", "environment": "Dev", "state": "absent"}],
            patch_windows_windows=[wrong],
        )
        assert "at most 100 characters" in operator.run("windows", expect=2)
        assert not [call for call in aws.calls(source="client") if call["mutating"]]


def test_a_run_that_was_cut_off_again_and_again_is_completed_by_the_next(aws, operator):
    # Each run gets further than the one before; "after": what is refused was carried out.
    for operation in ("CreatePatchBaseline", "CreateMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"):
        for phase in ("before", "after"):
            aws.clear_calls()
            aws.faults(service="ssm", operation=operation, phase=phase, code="AccessDeniedException", count=-1, skip=0)
            output = operator.run("windows", expect=2)
            assert "AccessDeniedException" in output
            assert any(call["error"] == "AccessDeniedException" for call in aws.calls(operation=operation))
            aws.clear_faults()
    operator.run("windows")
    # carried out although refused: nothing may be there twice
    there = listed(aws)
    assert len(there.pop("groups")) == 8 and len(there) == 8
    assert all(len(one["tasks"]) == len(one["targets"]) == 1 for one in there.values())
    assert recap(operator.run("windows"))["changed"] == 0
