# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS-RunPatchBaseline: rows after the user guide page of the document and the table of patch states."""

import uuid

import pytest
import yaml

from ...helpers import FLEET
from ...helpers import command
from ...helpers import details
from ...helpers import ids
from ...helpers import patch
from ...helpers import patches
from ...helpers import refused
from ...helpers import scenario
from ...helpers import send
from ...helpers import state


def kinds(server, instance_id):
    return [entry["kind"] for entry in server.history(instance=instance_id)]


@pytest.mark.parametrize(("name", "missing"), [("win-1", 4), ("lin-1", 3)])
def test_seeded_and_scanned_agree(server, ssm, name, missing):
    node = ids(server)[name]
    seeded = state(ssm, node)
    assert (seeded["Operation"], seeded["MissingCount"]) == ("Scan", missing)
    assert patch(server, ssm, [node], "Scan") == {node: "Success"}
    again = state(ssm, node)
    assert again["MissingCount"] == missing and again["OperationStartTime"] > seeded["OperationEndTime"]
    assert again["InstalledCount"] == seeded["InstalledCount"]
    assert len(patches(ssm, node, State="Missing")) == missing
    assert kinds(server, node) == ["scan"]


def test_never_scanned_is_absent(server, ssm):
    server.reset(scenario([{"name": "new", "platform": "rhel-9", "missing": 2, "scanned": False}]))
    node = ids(server)["new"]
    assert state(ssm, node) is None and patches(ssm, node) == []
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["MissingCount"] == 2


def test_install_installs_reboots_and_lists_nothing_missing(server, ssm):
    node = ids(server)["win-1"]
    before = {row["KBId"] for row in patches(ssm, node, State="Missing")}
    booted = server.machine(node)["booted_at"]
    assert patch(server, ssm, [node]) == {node: "Success"}
    found = state(ssm, node)
    assert (found["Operation"], found["RebootOption"], found["MissingCount"]) == ("Install", "RebootIfNeeded", 0)
    install, reboot = server.history(instance=node)
    assert set(install["installed"]) == before and reboot["kind"] == "reboot"
    assert (found["OperationEndTime"] - found["OperationStartTime"]).total_seconds() == 900 + 200
    assert server.machine(node)["booted_at"] > booted
    assert {row["KBId"] for row in patches(ssm, node, State="Installed")} >= before


def test_nothing_to_install_no_reboot(server, ssm):
    node = ids(server)["lin-1"]
    patch(server, ssm, [node])
    patch(server, ssm, [node])
    assert kinds(server, node) == ["install", "reboot", "install"]


def test_no_reboot_leaves_pending_until_reboot_and_scan(server, ssm):
    node = ids(server)["lin-1"]
    patch(server, ssm, [node], RebootOption="NoReboot")
    found = state(ssm, node)
    assert (found["InstalledPendingRebootCount"], found["RebootOption"]) == (3, "NoReboot")
    assert found["LastNoRebootInstallOperationTime"]
    assert found["SecurityNonCompliantCount"] + found["OtherNonCompliantCount"] == 3  # non-compliant
    server.client("ec2").reboot_instances(InstanceIds=[node])
    server.clock(jump="idle")
    assert not server.machine(node)["pending_reboot"]
    assert state(ssm, node)["InstalledPendingRebootCount"] == 3  # until a new Scan
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["InstalledPendingRebootCount"] == 0


def test_pending_patches_alone_cause_a_reboot(server, ssm):
    node = ids(server)["lin-1"]
    patch(server, ssm, [node], RebootOption="NoReboot")
    patch(server, ssm, [node])
    assert kinds(server, node) == ["install", "install", "reboot"]
    assert state(ssm, node)["InstalledPendingRebootCount"] == 0


def test_patches_that_fail(server, ssm):
    node = ids(server)["win-1"]
    server.set_machine(node, patches_fail=2)
    assert patch(server, ssm, [node]) == {node: "Failed"}
    found = state(ssm, node)
    assert (found["FailedCount"], found["MissingCount"]) == (2, 0)
    assert len(patches(ssm, node, State="Failed")) == 2
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["MissingCount"] == 2


def test_install_fails_once_and_leaves_the_old_state(server, ssm):
    node = ids(server)["lin-1"]
    server.set_machine(node, install_fails=1)
    assert patch(server, ssm, [node]) == {node: "Failed"}
    assert (state(ssm, node)["Operation"], state(ssm, node)["MissingCount"]) == ("Scan", 3)
    assert patch(server, ssm, [node]) == {node: "Success"}
    assert [entry["outcome"] for entry in server.history(kind="install")] == ["failed", "done"]


def test_scan_fails(server, ssm):
    node = ids(server)["lin-1"]
    server.set_machine(node, scan_fails=-1)
    assert patch(server, ssm, [node], "Scan") == {node: "Failed"}
    assert patch(server, ssm, [node], "Scan") == {node: "Failed"}


def test_two_operations_race(server, ssm):
    node = ids(server)["lin-1"]
    first = send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Install"]})
    second = send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Scan"]})
    server.clock(jump="idle")
    assert (details(ssm, first), details(ssm, second)) == ({node: "Success"}, {node: "Failed"})
    shown = ssm.get_command_invocation(CommandId=second, InstanceId=node, PluginName="PatchLinux")
    assert shown["ResponseCode"] == 155 and "under way" in shown["StandardErrorContent"]


def test_host_never_comes_back(server, ssm):
    node = ids(server)["lin-1"]
    server.set_machine(node, no_return=True)
    assert patch(server, ssm, [node]) == {node: "ExecutionTimedOut"}
    info = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [node]}])
    assert info["InstanceInformationList"][0]["PingStatus"] == "ConnectionLost"
    assert state(ssm, node)["Operation"] == "Scan"


def test_vanished_host(server, ssm):
    node = ids(server)["lin-1"]
    server.set_machine(node, vanish=True)
    assert patch(server, ssm, [node]) == {node: "Undeliverable"}
    assert state(ssm, node) is None
    with refused("InvalidInstanceId"):
        send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Scan"]})


def baseline(ssm, name="base", days=0, **more):
    everything = {"PatchFilterGroup": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["*"]}]}, "ApproveAfterDays": days}
    rules = {"PatchRules": [{**everything, "ComplianceLevel": "CRITICAL"}]}
    return ssm.create_patch_baseline(Name=name, ApprovalRules=rules, **more)["BaselineId"]


def test_the_group_chooses_the_baseline(server, ssm):
    number = baseline(ssm, OperatingSystem="WINDOWS")
    ssm.register_patch_baseline_for_patch_group(BaselineId=number, PatchGroup="prod")
    nodes = ids(server)
    patch(server, ssm, [nodes["win-1"], nodes["lin-1"]], "Scan")
    found = state(ssm, nodes["win-1"])
    assert (found["BaselineId"], found["PatchGroup"]) == (number, "prod")
    assert found["CriticalNonCompliantCount"] == found["MissingCount"] > 4  # nothing waits seven days any more
    assert state(ssm, nodes["lin-1"])["PatchGroup"] == ""


@pytest.mark.parametrize("key", ["Patch Group", "PatchGroup"])
def test_both_tag_keys_name_the_group(server, ssm, key):
    server.reset(scenario([{"name": "one", "platform": "windows-2019", "tags": {key: "blue"}, "missing": 1}]))
    number = baseline(ssm)
    ssm.register_patch_baseline_for_patch_group(BaselineId=number, PatchGroup="blue")
    node = ids(server)["one"]
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["BaselineId"] == number


@pytest.mark.parametrize(
    ("action", "expected"), [("ALLOW_AS_DEPENDENCY", "INSTALLED_OTHER"), ("BLOCK", "INSTALLED_REJECTED")]
)
def test_rejected_after_installation(server, ssm, action, expected):
    node = ids(server)["lin-1"]
    installed = patches(ssm, node, State="Installed")[0]["KBId"]
    number = baseline(
        ssm, OperatingSystem="AMAZON_LINUX_2023", RejectedPatches=[installed], RejectedPatchesAction=action
    )
    ssm.register_default_patch_baseline(BaselineId=number)
    patch(server, ssm, [node], "Scan")
    after = state(ssm, node)
    rows = {row["KBId"]: row["State"] for row in patches(ssm, node)}
    assert rows[installed] == expected
    assert after["InstalledRejectedCount"] == (1 if action == "BLOCK" else 0)


def test_a_rejected_patch_is_not_installed(server, ssm):
    node = ids(server)["lin-1"]
    missing = [row["KBId"] for row in patches(ssm, node, State="Missing")]
    arn = ssm.get_default_patch_baseline(OperatingSystem="AMAZON_LINUX_2023")["BaselineId"]
    rules = ssm.get_patch_baseline(BaselineId=arn)["ApprovalRules"]
    number = ssm.create_patch_baseline(
        Name="own", OperatingSystem="AMAZON_LINUX_2023", ApprovalRules=rules, RejectedPatches=missing[:1]
    )["BaselineId"]
    ssm.register_default_patch_baseline(BaselineId=number)
    patch(server, ssm, [node])
    (install,) = server.history(kind="install")
    assert set(install["installed"]) == set(missing[1:])


def test_a_snapshot_pins_the_approved_patches_for_three_days(server, ssm):
    nodes = ids(server)
    pinned = str(uuid.uuid4())
    patch(server, ssm, [nodes["lin-1"]], "Scan", SnapshotId=pinned)
    server.clock(advance=2.9 * 86400)  # the young patches are approved by a rule of five days, but not in the snapshot
    number = baseline(ssm, OperatingSystem="AMAZON_LINUX_2023")
    ssm.register_default_patch_baseline(BaselineId=number)
    patch(server, ssm, [nodes["lin-1"]], "Scan", SnapshotId=pinned)
    inside = state(ssm, nodes["lin-1"])
    assert inside["MissingCount"] == 3 and inside["SnapshotId"] == pinned and inside["BaselineId"] != number
    server.clock(advance=0.2 * 86400)
    patch(server, ssm, [nodes["lin-1"]], "Scan", SnapshotId=pinned)
    outside = state(ssm, nodes["lin-1"])
    assert outside["BaselineId"] == number and outside["MissingCount"] > 3


def test_without_a_snapshot_id_every_node_gets_its_own(server, ssm):
    nodes = list(ids(server).values())
    patch(server, ssm, nodes, "Scan")
    found = ssm.describe_instance_patch_states(InstanceIds=nodes)["InstancePatchStates"]
    assert len({one["SnapshotId"] for one in found}) == len(nodes)


def test_time_makes_patches_missing(server, ssm):
    node = ids(server)["lin-1"]
    server.clock(advance=10 * 86400)
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["MissingCount"] > 3


def test_install_override_list(server, ssm):
    node = ids(server)["lin-1"]
    one = patches(ssm, node, State="Missing")[0]["KBId"]
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lists")
    s3.put_object(Bucket="lists", Key="own.yaml", Body=yaml.safe_dump({"patches": [{"id": one}]}).encode())
    url = "s3://lists/own.yaml"
    assert patch(server, ssm, [node], InstallOverrideList=url) == {node: "Success"}
    (install,) = server.history(kind="install")
    assert install["installed"] == [one]
    assert state(ssm, node)["InstallOverrideList"] == url
    patch(server, ssm, [node], "Scan", InstallOverrideList=url)
    assert state(ssm, node)["MissingCount"] == 2  # Scan ignores the list


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"InstallOverrideList": "https://example.com/list.yaml"}, "s3://"),
        ({"InstallOverrideList": "s3://lists/none.yaml"}, "cannot read"),
        ({"BaselineOverride": "s3://lists/own.json"}, "BaselineOverride: cannot read"),
    ],
)
def test_what_the_document_refuses(server, ssm, parameters, text):
    node = ids(server)["lin-1"]
    wanted = {"Operation": ["Install"], **{key: [value] for key, value in parameters.items()}}
    command_id = send(ssm, "AWS-RunPatchBaseline", [node], wanted)
    server.clock(jump="idle")
    shown = ssm.get_command_invocation(CommandId=command_id, InstanceId=node, PluginName="PatchLinux")
    assert shown["Status"] == "Failed" and text in shown["StandardErrorContent"]
    assert command(ssm, command_id)["Status"] == "Failed"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Operation": ["Remove"]},
        {"Operation": ["Scan"], "SnapshotId": ["not-a-guid"]},
        {"Operation": ["Scan"], "RebootOption": ["Always"]},
        {"Operation": ["Scan", "Install"]},
        {"Operation": ["Scan"], "Unknown": ["x"]},
    ],
)
def test_parameters_are_checked(server, ssm, parameters):
    with refused("InvalidParameters"):
        send(ssm, "AWS-RunPatchBaseline", [ids(server)["lin-1"]], parameters)


def test_rows_follow_the_note_of_the_state_table(server, ssm):
    node = ids(server)["win-1"]
    rows = patches(ssm, node)
    by_state = {row["State"]: row for row in rows}
    assert {"INSTALLED", "INSTALLED_OTHER", "MISSING", "NOT_APPLICABLE"} <= set(by_state)
    for row in rows:
        omitted = row["State"] in ("INSTALLED_OTHER", "NOT_APPLICABLE")
        assert (row["Classification"] == "") is omitted
        assert "CVEIds" not in row or row["State"] in ("MISSING", "FAILED")
    assert not patches(ssm, ids(server)["lin-1"], State="NotApplicable")  # Windows only
    counts = state(ssm, node)
    assert sum(1 for row in rows if row["State"] == "INSTALLED") == counts["InstalledCount"]
    wanted = [{"Key": "Severity", "Values": ["Critical"]}]
    assert {row["Severity"] for row in ssm.describe_instance_patches(InstanceId=node, Filters=wanted)["Patches"]} == {
        "Critical"
    }
    with refused("InvalidFilter"):
        ssm.describe_instance_patches(InstanceId=node, Filters=[{"Key": "Name", "Values": ["x"]}])
    with refused("InvalidInstanceId"):
        ssm.describe_instance_patches(InstanceId="i-00000000000000000")


def test_a_stopped_machine_boots_when_started(server, ssm):
    server.reset(scenario([{**FLEET[1], "state": "stopped", "count": 1}]))
    node = ids(server)["lin"]
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    server.client("ec2").start_instances(InstanceIds=[node])
    server.clock(jump="idle")
    (found,) = ssm.describe_instance_information()["InstanceInformationList"]
    assert found["PingStatus"] == "Online"
    assert patch(server, ssm, [node]) == {node: "Success"}


def test_too_many_missing_is_said_at_once(server):
    from local_aws.testing import ControlError

    with pytest.raises(ControlError, match="approves only"):
        server.reset(scenario([{"name": "one", "platform": "rhel-9", "missing": 99}]))


def test_cancelled_in_the_middle_installs_nothing(server, ssm):
    node = ids(server)["lin-1"]
    number = send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Install"]})
    server.clock(advance=100)
    ssm.cancel_command(CommandId=number)
    server.clock(jump="idle")
    assert details(ssm, number) == {node: "Cancelled"}
    (install,) = server.history(instance=node)
    assert (install["outcome"], install["installed"]) == ("interrupted", []) and install["end"]
    assert patch(server, ssm, [node]) == {node: "Success"}  # the node is free again


def test_a_restart_under_way_is_not_stopped_by_a_cancellation(server, ssm):
    node = ids(server)["lin-1"]
    number = send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Install"]})
    server.clock(advance=2 + 300 + 10)
    ssm.cancel_command(CommandId=number)
    server.clock(jump="idle")
    assert server.machine(node)["online"]
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["MissingCount"] == 0


def test_an_install_longer_than_the_step_allows(server, ssm):
    node = ids(server)["lin-1"]
    server.set_machine(node, patch_seconds=8000)
    assert patch(server, ssm, [node], StepTimeoutSeconds="7200") == {node: "ExecutionTimedOut"}
    server.set_machine(node, patch_seconds=12000)
    assert patch(server, ssm, [node]) == {node: "ExecutionTimedOut"}  # default of StepTimeoutSeconds: 10800
    assert [entry["outcome"] for entry in server.history(instance=node)] == ["interrupted", "interrupted"]


def test_a_restart_by_somebody_else_loses_the_command(server, ssm):
    node = ids(server)["lin-1"]
    number = send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Install"]})
    server.clock(advance=100)
    server.client("ec2").reboot_instances(InstanceIds=[node])
    server.clock(jump="idle")
    assert details(ssm, number) == {node: "ExecutionTimedOut"}
    assert server.machine(node)["online"] and server.history(kind="install")[0]["outcome"] == "lost"


def test_the_baselines_of_a_scenario_draw_its_machines(server, ssm):
    rule = {"patch_filter_group": {"patch_filters": [{"key": "CLASSIFICATION", "values": ["CriticalUpdates"]}]}}
    own = {
        "name": "critical-only",
        "operating_system": "WINDOWS",
        "approval_rules": {"patch_rules": [{**rule, "approve_after_days": 0, "compliance_level": "CRITICAL"}]},
        "patch_groups": ["prod"],
    }
    server.reset(scenario(baselines=[own]))
    node = ids(server)["win-1"]
    found = state(ssm, node)
    assert (found["MissingCount"], found["CriticalNonCompliantCount"], found["PatchGroup"]) == (4, 4, "prod")
    patch(server, ssm, [node], "Scan")
    assert state(ssm, node)["MissingCount"] == 4
    assert state(ssm, node)["BaselineId"] == found["BaselineId"]
    assert {row["Classification"] for row in patches(ssm, node, State="Missing")} == {"CriticalUpdates"}


def test_baselines_of_a_test_do_not_change_the_past(server, ssm):
    node = ids(server)["win-1"]
    ssm.register_patch_baseline_for_patch_group(BaselineId=baseline(ssm), PatchGroup="prod")
    found = state(ssm, node)
    assert (
        found["MissingCount"] == 4 and found["BaselineId"].startswith("pb-") and found["CriticalNonCompliantCount"] == 0
    )
