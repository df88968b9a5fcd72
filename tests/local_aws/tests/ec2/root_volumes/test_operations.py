# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ...helpers import WEB
from ...helpers import ids
from ...helpers import install
from ...helpers import refused
from ...helpers import run
from ...helpers import scenario


@pytest.fixture
def sql(server):
    return ids(server)["sql"]


def image_of(server, instance_id, name="before"):
    image = server.client("ec2").create_image(InstanceId=instance_id, Name=name, NoReboot=True)["ImageId"]
    server.clock(jump="idle")
    return image


def root_snapshot(ec2, image):
    described = ec2.describe_images(ImageIds=[image])["Images"][0]
    root = described["RootDeviceName"]
    return next(one["Ebs"]["SnapshotId"] for one in described["BlockDeviceMappings"] if one["DeviceName"] == root)


def volumes(ec2, instance_id):
    """{device: volume id}"""
    found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    return {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in found["BlockDeviceMappings"]}


def start(ec2, instance_id, **more):
    task = ec2.create_replace_root_volume_task(InstanceId=instance_id, **more)["ReplaceRootVolumeTask"]
    return task["ReplaceRootVolumeTaskId"]


def task_of(ec2, number):
    return ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[number])["ReplaceRootVolumeTasks"][0]


def test_the_machine_goes_back_to_the_image(server, ec2, ssm, sql):
    before = server.machine(sql)
    image = image_of(server, sql)
    assert install(server, [sql]) == {sql: "Success"}
    patched = server.machine(sql)
    assert (len(before["missing"]), patched["missing"]) == (4, [])
    old = volumes(ec2, sql)
    number = start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    after = server.machine(sql)
    assert (after["installed"], after["missing"]) == (before["installed"], before["missing"])
    assert after["booted_at"] > patched["booted_at"] and after["online"]
    new = volumes(ec2, sql)
    assert new["/dev/sda1"] != old["/dev/sda1"] and new["/dev/sdb"] == old["/dev/sdb"]
    kept = ec2.describe_volumes(VolumeIds=[old["/dev/sda1"]])["Volumes"][0]
    assert (kept["State"], kept["Attachments"]) == ("available", [])
    made = ec2.describe_volumes(VolumeIds=[new["/dev/sda1"]])["Volumes"][0]
    assert (made["SnapshotId"], made["Size"], made["VolumeType"]) == (root_snapshot(ec2, image), 80, "gp3")
    assert ec2.describe_instances(InstanceIds=[sql])["Reservations"][0]["Instances"][0]["ImageId"] == image
    task = task_of(ec2, number)
    assert (task["TaskState"], task["ImageId"], task["DeleteReplacedRootVolume"]) == ("succeeded", image, False)
    assert task["StartTime"] < task["CompleteTime"]
    (entry,) = server.history(kind="root_replaced")
    assert (entry["outcome"], entry["source"], entry["instance_id"]) == ("succeeded", image, sql)


def test_what_systems_manager_says_changes_with_the_next_scan_only(server, ec2, ssm, sql):
    image = image_of(server, sql)
    install(server, [sql])
    start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    states = ssm.describe_instance_patch_states(InstanceIds=[sql])["InstancePatchStates"][0]
    assert (states["Operation"], states["MissingCount"]) == ("Install", 0)
    run(server, "AWS-RunPatchBaseline", [sql], Operation="Scan")
    states = ssm.describe_instance_patch_states(InstanceIds=[sql])["InstancePatchStates"][0]
    assert (states["Operation"], states["MissingCount"]) == ("Scan", 4)


def test_the_states_in_order_and_the_agent_comes_after_the_task(server, ec2, sql):
    snapshot = root_snapshot(ec2, image_of(server, sql))
    number = start(ec2, sql, SnapshotId=snapshot)
    seen = [task_of(ec2, number)["TaskState"]]
    for _ in range(11):
        server.clock(advance=10)
        seen.append(task_of(ec2, number)["TaskState"])
    assert list(dict.fromkeys(seen)) == ["pending", "in-progress", "succeeded"]
    assert server.machine(sql)["online"] is False
    server.clock(advance=61)
    assert server.machine(sql)["online"] is True
    assert [one["reason"] for one in server.history(kind="reboot", instance=sql)] == ["ReplaceRootVolume"]
    assert task_of(ec2, number)["SnapshotId"] == snapshot


def test_a_command_that_runs_is_lost(server, ec2, ssm, sql):
    image = image_of(server, sql)
    command = ssm.send_command(
        DocumentName="AWS-RunPatchBaseline", InstanceIds=[sql], Parameters={"Operation": ["Install"]}
    )["Command"]["CommandId"]
    server.clock(advance=10)
    start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    found = ssm.list_command_invocations(CommandId=command)["CommandInvocations"][0]
    assert found["StatusDetails"] == "ExecutionTimedOut"
    assert len(server.machine(sql)["missing"]) == 4


def test_launch_state_and_deleting_the_old_volume(server, ec2, sql):
    before = server.machine(sql)["missing"]
    install(server, [sql])
    old = volumes(ec2, sql)["/dev/sda1"]
    tags = [{"ResourceType": "replace-root-volume-task", "Tags": [{"Key": "run", "Value": "r1"}]}]
    number = start(ec2, sql, DeleteReplacedRootVolume=True, TagSpecifications=tags)
    server.clock(jump="idle")
    assert server.machine(sql)["missing"] == before
    with refused("InvalidVolume.NotFound"):
        ec2.describe_volumes(VolumeIds=[old])
    task = task_of(ec2, number)
    assert (task["TaskState"], task["DeleteReplacedRootVolume"]) == ("succeeded", True)
    assert task["Tags"] == [{"Key": "run", "Value": "r1"}]


def test_the_kept_volume_undoes_the_rollback(server, ec2, sql):
    image = image_of(server, sql)
    install(server, [sql])
    patched, old = server.machine(sql)["installed"], volumes(ec2, sql)["/dev/sda1"]
    start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    start(ec2, sql, VolumeId=old)
    server.clock(jump="idle")
    assert volumes(ec2, sql)["/dev/sda1"] == old
    assert server.machine(sql)["installed"] == patched


def test_a_snapshot_of_the_root_made_alone(server, ec2, sql):
    root, data = volumes(ec2, sql)["/dev/sda1"], volumes(ec2, sql)["/dev/sdb"]
    alone = ec2.create_snapshot(VolumeId=root, Description="by hand")["SnapshotId"]
    other = ec2.create_snapshot(VolumeId=data)["SnapshotId"]
    with refused("IncorrectState"):
        start(ec2, sql, SnapshotId=alone)
    server.clock(jump="idle")
    assert ec2.describe_snapshots(SnapshotIds=[alone])["Snapshots"][0]["State"] == "completed"
    with refused("InvalidParameterValue", "root volume"):
        start(ec2, sql, SnapshotId=other)
    install(server, [sql])
    start(ec2, sql, SnapshotId=alone)
    server.clock(jump="idle")
    assert len(server.machine(sql)["missing"]) == 4


def test_a_former_roots_snapshot_is_still_of_the_lineage(server, ec2, sql):
    first = root_snapshot(ec2, image_of(server, sql))
    for _ in range(2):
        number = start(ec2, sql, SnapshotId=first)
        server.clock(jump="idle")
        assert task_of(ec2, number)["TaskState"] == "succeeded"


def test_failed_keeps_the_old_root(server, ec2, sql):
    image = image_of(server, sql)
    install(server, [sql])
    old = volumes(ec2, sql)
    server.set_machine(sql, root_replace_fails=1)
    number = start(ec2, sql, ImageId=image)
    server.clock(advance=65)
    assert task_of(ec2, number)["TaskState"] == "failing"
    server.clock(jump="idle")
    assert task_of(ec2, number)["TaskState"] == "failed"
    machine = server.machine(sql)
    assert (volumes(ec2, sql), machine["missing"], machine["online"]) == (old, [], True)
    again = start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    assert task_of(ec2, again)["TaskState"] == "succeeded"


def test_failed_detached_leaves_no_root_and_how_it_is_repaired(server, ec2, sql):
    image = image_of(server, sql)
    old = volumes(ec2, sql)["/dev/sda1"]
    server.set_machine(sql, root_replace_failed_detached=1)
    number = start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    assert task_of(ec2, number)["TaskState"] == "failed-detached"
    assert set(volumes(ec2, sql)) == {"/dev/sdb"}
    server.clock(advance=3600)
    assert (server.machine(sql)["online"], server.machine(sql)["rootless"]) == (False, True)
    assert server.machine(sql)["ping_status"] == "ConnectionLost"
    ec2.stop_instances(InstanceIds=[sql])
    ec2.attach_volume(InstanceId=sql, VolumeId=old, Device="/dev/sda1")
    ec2.start_instances(InstanceIds=[sql])
    server.clock(jump="idle")
    assert server.machine(sql)["online"] is True and len(server.machine(sql)["missing"]) == 4


def test_another_task_repairs_failed_detached_too(server, ec2, sql):
    image = image_of(server, sql)
    server.set_machine(sql, root_replace_failed_detached=1)
    start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    start(ec2, sql, ImageId=image)
    server.clock(jump="idle")
    assert server.machine(sql)["online"] is True
    assert list(volumes(ec2, sql)) == ["/dev/sda1", "/dev/sdb"]
    root = ec2.describe_volumes(VolumeIds=[volumes(ec2, sql)["/dev/sda1"]])["Volumes"][0]
    assert (root["Size"], root["VolumeType"], root["Attachments"][0]["DeleteOnTermination"]) == (80, "gp3", True)


def test_refusals(server, ec2, sql):
    machines = ids(server)
    image = image_of(server, sql)
    snapshot = root_snapshot(ec2, image)
    with refused("InvalidParameterCombination"):
        start(ec2, sql, ImageId=image, SnapshotId=snapshot)
    with refused("InvalidParameterValue", "current or previous root"):
        start(ec2, machines["web-1"], SnapshotId=snapshot)
    with refused("InvalidParameterValue", "billing"):
        start(ec2, machines["web-1"], ImageId=image)
    with refused("InvalidAMIID.NotFound"):
        start(ec2, sql, ImageId="ami-0123456789abcdef0")
    with refused("InvalidInstanceID.NotFound"):
        start(ec2, "i-0123456789abcdef0")
    with refused("InvalidParameterValue"):
        start(ec2, sql, VolumeInitializationRate=301)
    with refused("IncorrectState"):
        start(ec2, sql, VolumeId=volumes(ec2, sql)["/dev/sdb"])
    with refused("DryRunOperation"):
        start(ec2, sql, DryRun=True)
    pending = ec2.create_image(InstanceId=sql, Name="later", NoReboot=True)["ImageId"]
    with refused("InvalidAMIID.Unavailable"):
        start(ec2, sql, ImageId=pending)
    start(ec2, sql)
    with refused("IncorrectInstanceState", "already"):
        start(ec2, sql)
    ec2.stop_instances(InstanceIds=[machines["web-1"]])
    with refused("IncorrectInstanceState", "running"):
        start(ec2, machines["web-1"])


def test_a_smaller_image_is_refused(server, ec2):
    server.reset(scenario({**WEB, "count": 1, "volumes": [8]}, {**WEB, "name": "big", "count": 1, "volumes": [40]}))
    machines = ids(server)
    small = image_of(server, machines["web"])
    with refused("InvalidParameterValue", "smaller"):
        start(ec2, machines["big"], ImageId=small)
    large = image_of(server, machines["big"], "large")
    start(ec2, machines["web"], ImageId=large)
    server.clock(jump="idle")
    root = volumes(ec2, machines["web"])["/dev/xvda"]
    assert ec2.describe_volumes(VolumeIds=[root])["Volumes"][0]["Size"] == 40
    assert server.machine(machines["web"])["installed"] == server.machine(machines["big"])["installed"]


def test_tokens_pages_and_filters(server, ec2):
    machines = ids(server)
    first = start(ec2, machines["sql"], ClientToken="one")
    assert start(ec2, machines["sql"], ClientToken="one") == first
    with refused("IdempotentParameterMismatch"):
        start(ec2, machines["web-1"], ClientToken="one")
    for name in ("web-1", "web-2"):
        start(ec2, machines[name])
    pages = ec2.get_paginator("describe_replace_root_volume_tasks").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["ReplaceRootVolumeTasks"]) for page in pages] == [2, 1]
    only = [{"Name": "instance-id", "Values": [machines["sql"]]}]
    found = ec2.describe_replace_root_volume_tasks(Filters=only)["ReplaceRootVolumeTasks"]
    assert [one["ReplaceRootVolumeTaskId"] for one in found] == [first]
    server.switches(eventual_reads=1)
    server.clock(jump="idle")
    late = start(ec2, machines["sql"])
    with refused("InvalidReplaceRootVolumeTaskId.NotFound"):
        task_of(ec2, late)
    assert task_of(ec2, late)["TaskState"] == "pending"


def test_a_machine_that_does_not_return(server, ec2, sql):
    server.set_machine(sql, no_return=True)
    number = start(ec2, sql)
    server.clock(jump="idle")
    assert task_of(ec2, number)["TaskState"] == "succeeded"
    assert server.machine(sql)["online"] is False


def test_an_image_of_a_machine_without_a_root_is_no_source(server, ec2, sql):
    server.reset(scenario({**WEB, "count": 1, "volumes": [8]}))
    (web,) = ids(server).values()
    server.set_machine(web, root_replace_failed_detached=1)
    start(ec2, web)
    server.clock(jump="idle")
    image = image_of(server, web)
    with refused("InvalidParameterValue", "no root volume"):
        start(ec2, web, ImageId=image)


def test_snapshots_of_all_volumes_at_once_and_copies(server, ec2, sql):
    specification = {"InstanceId": sql, "ExcludeBootVolume": False}
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "run", "Value": "r1"}]}]
    made = ec2.create_snapshots(InstanceSpecification=specification, TagSpecifications=tags)["Snapshots"]
    assert sorted((one["VolumeSize"], one["State"]) for one in made) == [(80, "pending"), (500, "pending")]
    server.clock(jump="idle")
    mine = [{"Name": "tag:run", "Values": ["r1"]}]
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=mine)["Snapshots"]
    assert {one["State"] for one in found} == {"completed"}
    install(server, [sql])
    (root,) = [one["SnapshotId"] for one in made if one["VolumeSize"] == 80]
    copy = ec2.copy_snapshot(SourceSnapshotId=root, SourceRegion="us-east-1")["SnapshotId"]
    with refused("InvalidParameterValue", "not created from"):
        start(ec2, sql, SnapshotId=copy)
    start(ec2, sql, SnapshotId=root)
    server.clock(jump="idle")
    assert len(server.machine(sql)["missing"]) == 4
    data = ec2.create_snapshots(InstanceSpecification={"InstanceId": sql, "ExcludeBootVolume": True})["Snapshots"]
    assert [one["VolumeSize"] for one in data] == [500]
