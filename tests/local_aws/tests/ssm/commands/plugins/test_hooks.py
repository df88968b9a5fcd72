# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json

import pytest

from ....helpers import ids
from ....helpers import install
from ....helpers import refused
from ....helpers import run
from ....helpers import scenario

DOCUMENT = "AWS-RunPatchBaselineWithHooks"
NAMES = {"pre": "PreInstallHookDocName", "post": "PostInstallHookDocName", "exit": "OnExitHookDocName"}
ORDER = ["PatchScan", "PreInstallHook", "InstallNoReboot", "PostInstallHook", "RebootAndReport", "OnExitHook"]


@pytest.fixture(scope="module")
def base():
    return scenario()


@pytest.fixture
def node(server):
    return ids(server)["web-1"]


def script(*lines, timeout=600):
    inputs = {"runCommand": list(lines), "timeoutSeconds": str(timeout)}
    steps = [{"action": "aws:runShellScript", "name": "say", "inputs": inputs}]
    return json.dumps({"schemaVersion": "2.2", "mainSteps": steps})


@pytest.fixture
def hooks(ssm):
    """Parameters with three hooks that print their names."""
    for name in NAMES:
        ssm.create_document(Name=f"hook-{name}", DocumentType="Command", Content=script(f"echo this is {name}"))
    return {parameter: f"hook-{name}" for name, parameter in NAMES.items()}


def steps(found):
    """{step: status} without the verifying scripts."""
    return {one["Name"]: one["StatusDetails"] for one in found["CommandPlugins"] if one["Name"] in ORDER}


def ran(server, node):
    """What was really done to the node, in order."""
    done = []
    for entry in server.history(instance=node):
        what = {"script": entry.get("document"), "install": entry.get("reboot_option")}.get(entry["kind"])
        done.append((entry["kind"], what) if what else entry["kind"])
    return done


def patches(ssm, node):
    return ssm.describe_instance_patch_states(InstanceIds=[node])["InstancePatchStates"][0]


def test_an_install_runs_everything_in_the_documented_order(server, ssm, node, hooks):
    found = run(server, DOCUMENT, [node], Operation="Install", **hooks)[node]
    assert found["StatusDetails"] == "Success"
    assert steps(found) == dict.fromkeys(ORDER, "Success")
    assert ran(server, node) == [
        "scan",
        ("script", "hook-pre"),
        ("install", "NoReboot"),
        ("script", "hook-post"),
        ("install", "RebootIfNeeded"),
        "reboot",
        ("script", "hook-exit"),
    ]
    assert server.machine(node)["missing"] == [] and not server.machine(node)["pending_reboot"]
    assert (patches(ssm, node)["Operation"], patches(ssm, node)["RebootOption"]) == ("Install", "RebootIfNeeded")
    output = {one["Name"]: one["Output"] for one in found["CommandPlugins"]}
    assert "this is pre" in output["PreInstallHook"] and "this is exit" in output["OnExitHook"]


def test_a_scan_runs_no_hook(server, node, hooks):
    found = run(server, DOCUMENT, [node], Operation="Scan", **hooks)[node]
    assert found["StatusDetails"] == "Success" and ran(server, node) == ["scan"]


def test_without_missing_patches_only_the_last_hook_runs(server, node, hooks):
    install(server, [node])
    before = len(ran(server, node))
    found = run(server, DOCUMENT, [node], Operation="Install", **hooks)[node]
    assert ran(server, node)[before:] == ["scan", ("script", "hook-exit")]
    assert set(steps(found).values()) == {"Success"}


def test_no_reboot_leaves_the_reboot_out(server, ssm, node, hooks):
    run(server, DOCUMENT, [node], Operation="Install", RebootOption="NoReboot", **hooks)
    assert ran(server, node)[-3:] == [("install", "NoReboot"), ("script", "hook-post"), ("script", "hook-exit")]
    assert patches(ssm, node)["InstalledPendingRebootCount"] == 3
    before = len(ran(server, node))
    run(server, DOCUMENT, [node], Operation="Install", RebootOption="NoReboot", **hooks)
    assert ran(server, node)[before:] == ["scan", ("script", "hook-exit")]
    before = len(ran(server, node))
    run(server, DOCUMENT, [node], Operation="Install", **hooks)  # the reboot that waits is a reason to go on
    assert "reboot" in ran(server, node)[before:] and ("script", "hook-pre") in ran(server, node)[before:]


def test_a_pre_hook_that_fails_stops_the_installation_and_the_last_hook_runs(server, ssm, node, hooks):
    ssm.create_document(Name="refuses", DocumentType="Command", Content=script("echo not now", "exit 3"))
    wanted = {**hooks, NAMES["pre"]: "refuses"}
    found = run(server, DOCUMENT, [node], Operation="Install", **wanted)[node]
    assert found["StatusDetails"] == "Failed"
    assert ran(server, node) == ["scan", ("script", "refuses"), ("script", "hook-exit")]
    assert steps(found) == {**dict.fromkeys(ORDER, "Success"), "PreInstallHook": "Failed"}
    codes = {one["Name"]: one["ResponseCode"] for one in found["CommandPlugins"]}
    assert (codes["PreInstallHook"], codes["InstallNoReboot"]) == (3, 0)
    assert len(server.machine(node)["missing"]) == 3


def test_a_hook_that_hangs_ends_at_its_timeout(server, ssm, node, hooks):
    slow = script("sleep 99999", timeout=120)
    ssm.create_document(Name="hangs", DocumentType="Command", Content=slow)
    wanted = {**hooks, NAMES["pre"]: "hangs"}
    found = run(server, DOCUMENT, [node], Operation="Install", **wanted)[node]
    assert found["StatusDetails"] == "Failed" and steps(found)["PreInstallHook"] == "Failed"
    (entry,) = [one for one in server.history(kind="script") if one["document"] == "hangs"]
    assert entry["outcome"] == "interrupted"


def test_an_installation_that_fails_skips_to_the_last_hook(server, node, hooks):
    server.set_machine(node, patches_fail=1)
    found = run(server, DOCUMENT, [node], Operation="Install", **hooks)[node]
    assert found["StatusDetails"] == "Failed" and steps(found)["InstallNoReboot"] == "Failed"
    assert ran(server, node)[-2:] == [("install", "NoReboot"), ("script", "hook-exit")]


def test_a_hook_that_does_not_exist_or_fit(server, ssm, node, hooks):
    found = run(server, DOCUMENT, [node], Operation="Install", **{**hooks, NAMES["pre"]: "never-made"})[node]
    assert steps(found)["PreInstallHook"] == "Failed"
    found = run(server, DOCUMENT, [node], Operation="Install", **{**hooks, NAMES["pre"]: "AWS-RunPowerShellScript"})
    assert steps(found[node])["PreInstallHook"] == "Failed"


def test_windows_takes_it_too_and_the_default_hooks_do_nothing(server, ssm):
    sql = ids(server)["sql"]
    found = run(server, DOCUMENT, [sql], Operation="Install")[sql]
    assert found["StatusDetails"] == "Success"
    assert {one["document"] for one in server.history(kind="script")} == {"AWS-Noop"}
    assert server.machine(sql)["missing"] == []


def test_its_parameters(ssm, node):
    content = json.loads(ssm.get_document(Name=DOCUMENT)["Content"])
    assert sorted(content["parameters"]) == sorted(["Operation", "SnapshotId", "RebootOption", *NAMES.values()])
    assert ssm.describe_document(Name=DOCUMENT)["Document"]["PlatformTypes"] == ["Windows", "Linux"]
    with refused("InvalidParameters", "InstallOverrideList"):
        ssm.send_command(
            DocumentName=DOCUMENT,
            InstanceIds=[node],
            Parameters={"Operation": ["Install"], "InstallOverrideList": ["s3://lists/a.yaml"]},
        )
    with refused("InvalidParameters"):
        ssm.send_command(
            DocumentName=DOCUMENT, InstanceIds=[node], Parameters={"Operation": ["Install"], NAMES["pre"]: ["a b"]}
        )


def test_own_documents_may_use_run_document(server, ssm, node):
    inputs = {"documentType": "SSMDocument", "documentPath": "AWS-RunShellScript"}
    inner = {"commands": ["echo inside", "exit 4"]}
    step = {"action": "aws:runDocument", "name": "call", "inputs": {**inputs, "documentParameters": inner}}
    outer = json.dumps({"schemaVersion": "2.2", "mainSteps": [step]})
    ssm.create_document(Name="outer", DocumentType="Command", Content=outer)
    found = run(server, "outer", [node])[node]
    assert (found["StatusDetails"], found["CommandPlugins"][0]["ResponseCode"]) == ("Failed", 4)
    assert "inside" in found["CommandPlugins"][0]["Output"]
    itself = json.dumps(
        {"schemaVersion": "2.2", "mainSteps": [{**step, "inputs": {**inputs, "documentPath": "endless"}}]}
    )
    ssm.create_document(Name="endless", DocumentType="Command", Content=itself)
    assert run(server, "endless", [node])[node]["StatusDetails"] == "Failed"


def test_a_cancelled_command_stops_inside_a_hook(server, ssm, node, hooks):
    ssm.create_document(Name="slow", DocumentType="Command", Content=script("sleep 500"))
    wanted = {"Operation": ["Install"], **{key: [value] for key, value in {**hooks, NAMES["pre"]: "slow"}.items()}}
    sent = ssm.send_command(DocumentName=DOCUMENT, InstanceIds=[node], Parameters=wanted)["Command"]["CommandId"]
    server.clock(advance=60)
    ssm.cancel_command(CommandId=sent)
    server.clock(jump="idle")
    assert ssm.list_commands(CommandId=sent)["Commands"][0]["Status"] == "Cancelled"
    assert ran(server, node) == ["scan", ("script", "slow")]
    assert server.history(kind="script")[0]["outcome"] == "interrupted"


def test_the_outputs_of_the_steps_go_to_s3(server, ssm, node, hooks):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="logs")
    wanted = {"Operation": ["Install"], **{key: [value] for key, value in hooks.items()}}
    ssm.send_command(DocumentName=DOCUMENT, InstanceIds=[node], Parameters=wanted, OutputS3BucketName="logs")
    server.clock(jump="idle")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="logs")["Contents"]]
    (pre,) = [key for key in keys if "PreInstallHook" in key]
    assert s3.get_object(Bucket="logs", Key=pre)["Body"].read() == b"this is pre\n"
