# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hooks as a run meets them: at the end whatever happened, around the installation, hanging, refused; and what --check shows."""

from __future__ import annotations

import re

import pytest
from driver import ROOT
from driver import Operator

from local_aws import testing

TAGS = {"instancedata": {"solution": "shop", "environment": "production", "instance": "SQL Server"}}
SPEED = {"patch_seconds": 120, "scan_seconds": 30, "reboot_seconds": 60, "image_seconds": 60}


def host(name, platform="rhel-9", **more):
    return {"name": name, "platform": platform, "zones": ["us-east-1a"], "tags": TAGS, "missing": 3, **SPEED, **more}


STEPS = (("Linux", "aws:runShellScript"), ("Windows", "aws:runPowerShellScript"))


def command(name, line, parameters=None, platforms=("Linux", "Windows"), **more):
    steps = [
        {
            "action": action,
            "name": f"on{platform}",
            "precondition": {"StringEquals": ["platformType", platform]},
            "inputs": {"runCommand": [line], **more},
        }
        for platform, action in STEPS
        if platform in platforms
    ]
    content = {"schemaVersion": "2.2", "parameters": parameters or {}, "mainSteps": steps}
    return {"name": name, "type": "Command", "content": content}


TIMED = {"executionTimeout": {"type": "String", "default": "3600"}}
REST = {"name": "rest", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}}
DOCUMENTS = [
    command("shop-drain", "sleep 900", TIMED, timeoutSeconds="{{ executionTimeout }}"),
    command("shop-before", "echo before"),
    command("shop-linux", "echo before", platforms=["Linux"]),
    command("shop-fails", "exit 7"),
    command("shop-needs", "echo {{ port }}", {"port": {"type": "String"}}),
    {"name": "shop-book", "type": "Automation", "content": {"schemaVersion": "0.3", "mainSteps": [REST]}},
]
BASE = {"patch_run_id": "hooked", "patch_run_update_agent": False, "patch_run_image": False, "patch_run_retries": 0}


@pytest.fixture(name="fleet")
def fixture_fleet(tmp_path):
    def fleet(*hosts, **variables):
        scenario = {"clock": {"rate": 900}, "fleet": list(hosts), "documents": DOCUMENTS}
        aws = stack.enter_context(testing.serve(scenario))
        return aws, Operator(tmp_path, aws, **{**BASE, **variables})

    import contextlib

    with contextlib.ExitStack() as stack:
        yield fleet


def done(aws, kinds=("script", "install", "scan")):
    return [entry["kind"] for entry in aws.history() if entry["kind"] in kinds]


def commands(aws):
    """(document, parameters) of every command that Automation sent, in order."""
    return [
        (call["params"]["DocumentName"], call["params"].get("Parameters", {}))
        for call in aws.control.calls(operation="SendCommand")
    ]


def with_other_hooks(operator, **hooks):
    """Go on with other hooks than the run was planned with: it is refused, until somebody approves the digest that the refusal names."""
    refused = operator.run(expect=2, **hooks)
    digest = re.search(r"patch_run_approved_digest=(sha256:[0-9a-f]{64})", refused)[1]
    return operator.run(patch_run_approved_digest=digest, **hooks)


def test_a_hook_that_hangs_ends_at_its_timeout_and_the_exit_hook_still_runs(fleet):
    aws, operator = fleet(host("lin"), host("win", "windows-2022"), patch_run_max_errors="1")
    output = operator.run(
        expect=2,
        patch_run_pre_hook={"document": "shop-drain", "timeout": 60},
        patch_run_exit_hook={"linux": "\necho end\n\necho exit\n", "windows": "Write-Output exit"},
    )
    assert ("shop-drain", {"executionTimeout": ["60"]}) in commands(aws)
    # Nothing was installed, and what the pre hook may have stopped is started again.
    assert "install" not in done(aws)
    scripts = sorted(given["commands"] for _name, given in commands(aws) if "commands" in given)
    assert scripts == [["Write-Output exit"], ["echo end\n", "echo exit"]]
    report = operator.report("hooked")
    assert report["outcome"] == "stopped" and "preHookDocument" in output
    assert {failure["step"] for failure in report["failures"]} == {"preHookDocument"}
    assert {failure["cause_code"] for failure in report["failures"]} == {"hook_timed_out"}
    # The hook is mended and the same run goes on; the exit hook of one host fails, and that is told too.
    with_other_hooks(
        operator,
        patch_run_pre_hook={"document": "shop-before"},
        patch_run_exit_hook={"linux": "echo exit", "windows": "exit 3"},
    )
    report = operator.report("hooked")
    assert report["outcome"] == "completed" and report["totals"]["patched"] == 1
    failure = report["failures"][0]
    assert (failure["name"], failure["step"], failure["cause_code"]) == ("win", "exitHookWindows", "exit_hook")
    assert done(aws).count("install") == 2


def test_hooks_around_the_installation_one_that_fails_and_the_verdict_of_the_scan(fleet):
    aws, operator = fleet(
        host("lin"),
        host("clean", missing=0),
        patch_run_patch_document="AWS-RunPatchBaselineWithHooks",
        patch_run_exit_hook={"linux": "echo end"},
    )
    operator.run(expect=2, patch_run_baseline_hooks={"pre_install": "shop-fails", "on_exit": "shop-before"})
    (failure,) = operator.report("hooked")["failures"]
    assert (failure["name"], failure["step"], failure["cause_code"]) == (
        "lin",
        "installWithHooks",
        "install_with_hooks",
    )
    assert "install" not in done(aws)

    first = len(aws.history())
    hooks = {"pre_install": "shop-before", "post_install": "shop-linux", "on_exit": "shop-before"}
    with_other_hooks(operator, patch_run_baseline_hooks=hooks)
    sent = [given for name, given in commands(aws) if name == "AWS-RunPatchBaselineWithHooks"][-1]
    assert (sent["PreInstallHookDocName"], sent["OnExitHookDocName"]) == (["shop-before"], ["shop-before"])
    report = operator.report("hooked")
    assert report["outcome"] == "completed"
    assert report["totals"]["patched"] == 2 and report["totals"]["missing_after"] == 0
    names = {one["instance_id"]: one["name"] for one in report["waves"][0]["hosts"]}
    kinds = {name: [] for name in names.values()}
    for number, entry in enumerate(aws.history()):
        name = names[entry["instance_id"]]
        # Of lin what the second run did; the other was patched by the first.
        if entry["kind"] in ("script", "install", "scan") and (number >= first or name == "clean"):
            kinds[name].append(entry["kind"])
    # Where nothing is missing AWS skips all hooks but the last one.
    assert kinds["clean"].count("script") < kinds["lin"].count("script")
    assert "install" in kinds["lin"] and "install" not in kinds["clean"]


def test_what_cannot_be_a_hook_is_refused_before_anything_starts(fleet):
    aws, operator = fleet(host("lin"), host("win", "windows-2022"))
    output = operator.run(
        expect=2,
        patch_run_pre_hook={"document": "shop-none"},
        patch_run_post_hook={"document": "shop-linux", "timeout": 60, "parameters": {"Port": 1}},
        patch_run_exit_hook={"document": "shop-needs"},
        patch_run_patch_document="AWS-RunPatchBaselineWithHooks",
        patch_run_baseline_hooks={"pre_install": "shop-book"},
    )
    told = " ".join(output.split())
    for words in (
        "patch_run_pre_hook: document shop-none does not exist",
        "document shop-linux has no parameter executionTimeout, so a timeout cannot be set",
        "document shop-linux has no parameter Port",
        "document shop-linux does not run on Windows, which win have",
        "patch_run_exit_hook: document shop-needs requires the parameter port",
        "pre_install of patch_run_baseline_hooks: document shop-book has type Automation; must be Command",
    ):
        assert words in told, output
    output = operator.run("plan", expect=2, patch_run_baseline_hooks={"pre_install": "shop-before"})
    assert "AWS-RunPatchBaseline runs no hooks" in " ".join(output.split())
    assert aws.history() == [] and aws.control.calls(operation="StartAutomationExecution") == []


def test_check_mode_shows_what_aws_previews(fleet):
    hooked = {"patch_run_patch_document": "AWS-RunPatchBaselineWithHooks"}
    aws, operator = fleet(host("lin"), host("old", agent_version="3.0.431.0"), **hooked)
    early = " ".join(operator.run("patch", "--check").split())
    assert "2 hosts in 1 wave" in early and "changed=0" in early
    assert not [call for call in aws.control.calls(source="client") if call["mutating"]]
    assert not (operator.folder / "fleetpatch-runs").exists()
    assert "fleetpatch-PatchHost is not published yet" in early
    assert "1 host with an SSM agent older than 3.0.502" in early
    content = (ROOT / "roles/patch_run/files/fleetpatch-PatchHost.yaml").read_text(encoding="utf-8")
    made = {"Name": "fleetpatch-PatchHost", "DocumentType": "Automation", "DocumentFormat": "YAML", "Content": content}
    aws.client("ssm").create_document(**made)
    shown = " ".join(operator.run("patch", "--check").split())
    assert "AWS previews fleetpatch-PatchHost on 2 " in shown and "in us-east-1" in shown
    aws.faults(service="ssm", operation="StartExecutionPreview", code="AccessDeniedException", message="not yours")
    refused = " ".join(operator.run("patch", "--check").split())
    assert "AWS does not preview the run" in refused and "not yours" in refused
    assert aws.history() == [] and not aws.control.calls(operation="StartAutomationExecution")
