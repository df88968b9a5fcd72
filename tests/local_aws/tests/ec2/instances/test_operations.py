# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EC2: pages, filters, states, images and snapshots (EC2 API reference and user guide)."""

import pytest
from botocore.exceptions import ClientError

from local_aws import testing

FLEET = {
    "clock": {"rate": 0},
    "fleet": [
        {"name": "sql", "count": 3, "platform": "windows-2022", "zones": ["us-east-1a", "us-east-1b"],
         "volumes": [50, 200], "tags": {"Environment": "prod", "instancedata": {"solution": "shop"}},
         "instance_type": "r6i.large", "image_seconds": 300, "reboot_seconds": 60},
        {"name": "web", "count": 9, "platform": "ubuntu-24.04", "volumes": [8], "tags": {"Environment": "nonprod"}},
        {"name": "old", "platform": "rhel-8", "state": "stopped"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def aws():
    with testing.serve(FLEET) as served:
        yield served


@pytest.fixture(autouse=True)
def fresh(aws):
    aws.reset()


@pytest.fixture
def ec2(aws):
    return aws.client("ec2")


def error_of(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


def names(ec2, **params):
    found = []
    for page in ec2.get_paginator("describe_instances").paginate(**params):
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                found.append(next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"))
    return found


def ids(ec2, *wanted):
    found = {}
    for reservation in ec2.describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            found[next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")] = instance["InstanceId"]
    return [found[name] for name in wanted]


def filters(**wanted):
    return [{"Name": name.replace("_", "-"), "Values": values} for name, values in wanted.items()]


# --- DescribeInstances


def test_pages_count_instances(ec2):
    first = ec2.describe_instances(MaxResults=5)
    assert sum(len(reservation["Instances"]) for reservation in first["Reservations"]) == 5
    assert len(names(ec2, PaginationConfig={"PageSize": 5})) == len(set(names(ec2))) == 13


def test_small_pages_by_switch(aws, ec2):
    aws.switches(page_size=2)
    assert len(names(ec2)) == 13
    assert len(aws.calls(operation="DescribeInstances")) == 7


def test_wrong_pages(ec2):
    (one,) = ids(ec2, "web-1")
    assert error_of(ec2.describe_instances, MaxResults=4) == "InvalidParameterValue"
    assert error_of(ec2.describe_instances, MaxResults=1001) == "InvalidParameterValue"
    assert error_of(ec2.describe_instances, MaxResults=5, InstanceIds=[one]) == "InvalidParameterCombination"
    assert error_of(ec2.describe_instances, NextToken="made up") == "InvalidNextToken"
    token = ec2.describe_instances(MaxResults=5)["NextToken"]
    other = filters(instance_type=["m6i.large"])
    assert error_of(ec2.describe_instances, NextToken=token, Filters=other) == "InvalidNextToken"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"Name": "tag:Environment", "Values": ["prod"]}, 3),
        ({"Name": "tag:Environment", "Values": ["*prod"]}, 12),
        ({"Name": "tag:Environment", "Values": ["Prod"]}, 0),
        ({"Name": "tag:Name", "Values": ["web-?"]}, 9),
        ({"Name": "tag:Name", "Values": ["web-\\?"]}, 0),
        ({"Name": "tag-key", "Values": ["instancedata"]}, 3),
        ({"Name": "tag:instancedata", "Values": ['{"solution": "shop"}']}, 3),
        ({"Name": "instance-state-name", "Values": ["stopped"]}, 1),
        ({"Name": "instance-state-name", "Values": ["running", "stopped"]}, 13),
        ({"Name": "availability-zone", "Values": ["us-east-1b"]}, 1),
        ({"Name": "instance-type", "Values": ["r6i.*"]}, 3),
        ({"Name": "platform", "Values": ["windows"]}, 3),
        ({"Name": "vpc-id", "Values": ["vpc-00000000"]}, 0),
    ],
)
def test_filters(ec2, wanted, expected):
    assert len(names(ec2, Filters=[wanted])) == expected


def test_filters_are_joined_with_and(ec2):
    both = [{"Name": "tag:Environment", "Values": ["prod"]}, {"Name": "availability-zone", "Values": ["us-east-1a"]}]
    assert names(ec2, Filters=both) == ["sql-1", "sql-3"]


def test_unknown_filter_and_too_many_values(ec2):
    assert error_of(ec2.describe_instances, Filters=filters(colour=["red"])) == "InvalidParameterValue"
    many = [{"Name": "tag:Name", "Values": [f"x{number}" for number in range(201)]}]
    assert error_of(ec2.describe_instances, Filters=many) == "FilterLimitExceeded"


def test_facts_of_an_instance(ec2):
    (one,) = ids(ec2, "sql-2")
    instance = ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]
    assert instance["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert instance["Placement"]["AvailabilityZoneId"].startswith("use1-az")
    assert (instance["Platform"], instance["PlatformDetails"]) == ("Windows", "Windows")
    assert [mapping["DeviceName"] for mapping in instance["BlockDeviceMappings"]] == ["/dev/sda1", "/dev/sdb"]
    assert instance["LaunchTime"].isoformat().startswith("2026-02-08")
    linux = ec2.describe_instances(InstanceIds=ids(ec2, "old"))["Reservations"][0]["Instances"][0]
    assert "Platform" not in linux and linux["PlatformDetails"] == "Red Hat Enterprise Linux"
    assert linux["State"] == {"Name": "stopped", "Code": 80}


def test_all_unknown_ids_are_named(ec2):
    with pytest.raises(ClientError) as caught:
        ec2.describe_instances(InstanceIds=[*ids(ec2, "old"), "i-11111111111111111", "i-22222222222222222"])
    text = caught.value.response["Error"]["Message"]
    assert text == "The instance IDs 'i-11111111111111111, i-22222222222222222' do not exist"


def test_new_tags_are_seen(ec2):
    (one,) = ids(ec2, "old")
    ec2.create_tags(Resources=[one], Tags=[{"Key": "PatchGroup", "Value": "x"}])
    assert names(ec2, Filters=[{"Name": "tag:PatchGroup", "Values": ["x"]}]) == ["old"]
    assert [tag["Key"] for tag in ec2.describe_tags(Filters=filters(resource_id=[one]))["Tags"]] == [
        "Name",
        "PatchGroup",
    ]
    ec2.delete_tags(Resources=[one], Tags=[{"Key": "PatchGroup"}])
    assert names(ec2, Filters=filters(tag_key=["PatchGroup"])) == []


def test_instances_started_through_the_api_are_there_too(ec2):
    image = ec2.describe_images(Owners=["amazon"], Filters=filters(name=["al2023-*"]))["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, InstanceType="t3.micro")
    assert len(ec2.describe_instances()["Reservations"][-1]["Instances"]) == 2
    assert sum(len(page["Instances"]) for page in ec2.describe_instances()["Reservations"]) == 15


# --- status and volumes


def test_status_of_running_instances_only_unless_asked(ec2):
    assert len(ec2.describe_instance_status()["InstanceStatuses"]) == 12
    everything = ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert len(everything) == 13
    assert {entry["InstanceStatus"]["Status"] for entry in everything} == {"ok", "not-applicable"}
    pages = ec2.get_paginator("describe_instance_status").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["InstanceStatuses"]) for page in pages] == [5, 5, 2]


def test_volumes_by_instance_size_and_id(ec2):
    one, two = ids(ec2, "sql-1", "web-1")
    found = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [one, two]}])["Volumes"]
    assert sorted(volume["Size"] for volume in found) == [8, 50, 200]
    assert {volume["Attachments"][0]["InstanceId"] for volume in found} == {one, two}
    assert len(ec2.describe_volumes(Filters=filters(size=["200"]))["Volumes"]) == 3
    assert error_of(ec2.describe_volumes, VolumeIds=["vol-0123456789abcdef0"]) == "InvalidVolume.NotFound"
    pages = list(ec2.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Volumes"]) for page in pages] == [5, 5, 5, 1]


# --- states


def test_stop_start_reboot_terminate(aws, ec2):
    one, stopped = ids(ec2, "web-1", "old")
    answer = ec2.stop_instances(InstanceIds=[one])["StoppingInstances"][0]
    assert (answer["PreviousState"]["Name"], answer["CurrentState"]["Name"]) == ("running", "stopping")
    assert names(ec2, Filters=filters(instance_state_name=["stopped"])) == ["web-1", "old"]
    assert error_of(ec2.reboot_instances, InstanceIds=[stopped]) == "IncorrectInstanceState"
    ec2.start_instances(InstanceIds=[one])
    ec2.reboot_instances(InstanceIds=[one])
    ec2.terminate_instances(InstanceIds=[one])
    aws.clock(jump="idle")
    assert [entry["kind"] for entry in aws.history(instance=one)] == ["stop", "start", "reboot", "terminate"]
    assert error_of(ec2.start_instances, InstanceIds=[one]) == "IncorrectInstanceState"
    assert error_of(ec2.stop_instances, InstanceIds=["i-0123456789abcdef0"]) == "InvalidInstanceID.NotFound"


def test_a_terminated_instance_is_visible_for_an_hour(aws, ec2):
    (one,) = ids(ec2, "web-1")
    ec2.terminate_instances(InstanceIds=[one])
    aws.clock(advance=3000)
    assert names(ec2, Filters=filters(instance_state_name=["terminated"])) == ["web-1"]
    aws.clock(advance=700)
    assert error_of(ec2.describe_instances, InstanceIds=[one]) == "InvalidInstanceID.NotFound"


def test_dry_run(ec2):
    (one,) = ids(ec2, "web-1")
    assert error_of(ec2.terminate_instances, InstanceIds=[one], DryRun=True) == "DryRunOperation"
    assert error_of(ec2.create_image, InstanceId=one, Name="image", DryRun=True) == "DryRunOperation"
    assert "web-1" in names(ec2, Filters=filters(instance_state_name=["running"]))


# --- images


def tags(resource, **wanted):
    return {"ResourceType": resource, "Tags": [{"Key": key, "Value": value} for key, value in wanted.items()]}


def state_of(ec2, image):
    return ec2.describe_images(ImageIds=[image])["Images"][0]["State"]


def test_the_life_of_an_image(aws, ec2):
    (one,) = ids(ec2, "sql-1")
    specifications = [tags("image", run="r1"), tags("snapshot", run="r1", kind="copy")]
    image = ec2.create_image(InstanceId=one, Name="shop sql-1 (r1)", TagSpecifications=specifications)["ImageId"]
    assert state_of(ec2, image) == "pending"
    aws.clock(advance=150)
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag:run", "Values": ["r1"]}])["Snapshots"]
    progress = {entry["VolumeSize"]: (entry["State"], entry["Progress"]) for entry in found}
    assert progress == {50: ("pending", "80%"), 200: ("pending", "50%")}
    aws.clock(advance=149)
    assert state_of(ec2, image) == "pending"
    aws.clock(advance=2)
    described = ec2.describe_images(Owners=["self"], Filters=[{"Name": "tag:run", "Values": ["r1"]}])["Images"][0]
    assert (described["State"], described["Platform"], described["SourceInstanceId"]) == ("available", "Windows", one)
    assert [entry["Ebs"]["VolumeSize"] for entry in described["BlockDeviceMappings"]] == [50, 200]
    snapshots = [entry["Ebs"]["SnapshotId"] for entry in described["BlockDeviceMappings"]]
    completed = ec2.describe_snapshots(SnapshotIds=snapshots)["Snapshots"]
    assert {(entry["State"], entry["Progress"]) for entry in completed} == {("completed", "100%")}
    assert error_of(ec2.delete_snapshot, SnapshotId=snapshots[0]) == "InvalidSnapshot.InUse"
    (entry,) = aws.history(kind="image")
    assert (entry["instance_id"], entry["image_id"], entry["outcome"]) == (one, image, "available")
    assert ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"] == [
        {"SnapshotId": number, "ReturnCode": "success"} for number in snapshots
    ]
    assert error_of(ec2.describe_images, ImageIds=[image]) == "InvalidAMIID.NotFound"
    assert error_of(ec2.describe_snapshots, SnapshotIds=snapshots[:1]) == "InvalidSnapshot.NotFound"


def test_deregister_keeps_the_snapshots_by_default(aws, ec2):
    (one,) = ids(ec2, "web-1")
    image = ec2.create_image(InstanceId=one, Name="web", NoReboot=True)["ImageId"]
    aws.clock(jump="idle")
    ec2.deregister_image(ImageId=image)
    (snapshot,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    ec2.delete_snapshot(SnapshotId=snapshot["SnapshotId"])
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert error_of(ec2.deregister_image, ImageId=image) == "InvalidAMIID.NotFound"


def test_no_reboot(aws, ec2):
    one, two = ids(ec2, "web-1", "web-2")
    ec2.create_image(InstanceId=one, Name="one", NoReboot=True)
    ec2.create_image(InstanceId=two, Name="two")
    aws.clock(jump="idle")
    assert [entry["instance_id"] for entry in aws.history(kind="reboot")] == [two]


def test_a_stopped_instance_is_not_rebooted(aws, ec2):
    (one,) = ids(ec2, "old")
    ec2.create_image(InstanceId=one, Name="old-image")
    aws.clock(jump="idle")
    assert aws.history(kind="reboot") == []


@pytest.mark.parametrize("name", ["x" * 129, "a:b:c", "emoji-\u2603", "a#b"])
def test_names_that_are_refused(ec2, name):
    (one,) = ids(ec2, "web-1")
    assert error_of(ec2.create_image, InstanceId=one, Name=name) == "InvalidAMIName.Malformed"


def test_names_that_are_allowed(ec2):
    (one,) = ids(ec2, "web-1")
    assert ec2.create_image(InstanceId=one, Name="()[] ./-'@_09azAZ", NoReboot=True)["ImageId"].startswith("ami-")
    assert ec2.create_image(InstanceId=one, Name="x" * 128, NoReboot=True)["ImageId"]


def test_a_name_is_unique_per_account_and_region_also_while_pending(aws, ec2):
    one, two = ids(ec2, "web-1", "web-2")
    image = ec2.create_image(InstanceId=one, Name="same", NoReboot=True)["ImageId"]
    with pytest.raises(ClientError) as caught:
        ec2.create_image(InstanceId=two, Name="same", NoReboot=True)
    assert caught.value.response["Error"]["Code"] == "InvalidAMIName.Duplicate"
    assert image in caught.value.response["Error"]["Message"]
    ec2.deregister_image(ImageId=image)
    ec2.create_image(InstanceId=two, Name="same", NoReboot=True)
    assert len(aws.history(kind="image")) == 2


def test_refusals_of_create_image(ec2):
    (one,) = ids(ec2, "web-1")
    assert error_of(ec2.create_image, InstanceId="i-0123456789abcdef0", Name="abc") == "InvalidInstanceID.NotFound"
    assert error_of(ec2.create_image, InstanceId="x", Name="abc") == "InvalidInstanceID.Malformed"
    wrong = [tags("instance", a="b")]
    assert error_of(ec2.create_image, InstanceId=one, Name="abc", TagSpecifications=wrong) == "InvalidParameterValue"
    reserved = [{"ResourceType": "image", "Tags": [{"Key": "aws:x", "Value": "y"}]}]
    assert error_of(ec2.create_image, InstanceId=one, Name="abc", TagSpecifications=reserved) == "InvalidParameterValue"
    ec2.terminate_instances(InstanceIds=[one])
    assert error_of(ec2.create_image, InstanceId=one, Name="abc") == "IncorrectInstanceState"


def test_new_images_are_hidden_for_some_reads_when_switched_on(aws, ec2):
    aws.switches(eventual_reads=2)
    (one,) = ids(ec2, "web-1")
    image = ec2.create_image(InstanceId=one, Name="late", NoReboot=True)["ImageId"]
    assert error_of(ec2.describe_images, ImageIds=[image]) == "InvalidAMIID.NotFound"
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert state_of(ec2, image) == "pending"


def test_a_failing_image(aws, ec2):
    pytest.importorskip("local_aws.fleet.machine")
    one, two = ids(ec2, "sql-1", "sql-2")
    aws.set_machine(one, image_fails=1)
    image = ec2.create_image(InstanceId=one, Name="breaks", NoReboot=True)["ImageId"]
    aws.clock(jump="idle")
    described = ec2.describe_images(ImageIds=[image])["Images"][0]
    assert described["State"] == "failed" and described["StateReason"]["Code"]
    assert {entry["State"] for entry in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]} == {"error"}
    assert error_of(ec2.create_image, InstanceId=two, Name="breaks") == "InvalidAMIName.Duplicate"
    again = ec2.create_image(InstanceId=one, Name="works", NoReboot=True)["ImageId"]
    aws.clock(jump="idle")
    assert state_of(ec2, again) == "available"


def test_filters_and_pages_of_images_and_snapshots(aws, ec2):
    wanted = ids(ec2, *[f"web-{number}" for number in range(1, 8)])
    for number, one in enumerate(wanted):
        ec2.create_image(InstanceId=one, Name=f"img-{number}", NoReboot=True)
    pages = list(ec2.get_paginator("describe_images").paginate(Owners=["self"], PaginationConfig={"PageSize": 3}))
    assert [len(page["Images"]) for page in pages] == [3, 3, 1]
    assert len(ec2.describe_images(Filters=filters(name=["img-[0"]))["Images"]) == 0
    assert len(ec2.describe_images(Filters=filters(name=["img-*"], state=["pending"]))["Images"]) == 7
    assert ec2.describe_images(Owners=["self"], Filters=filters(state=["available"]))["Images"] == []
    pages = list(ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], PaginationConfig={"PageSize": 5}))
    assert [len(page["Snapshots"]) for page in pages] == [5, 2]
    assert len(ec2.describe_snapshots(OwnerIds=["self"], Filters=filters(status=["pending"]))["Snapshots"]) == 7
    public = ec2.describe_images(Owners=["amazon"], Filters=filters(platform=["windows"]))["Images"]
    assert len(public) == 4 and all(image["Public"] for image in public)


# --- tags


def test_tags_of_what_does_not_exist_or_is_reserved(ec2):
    (one,) = ids(ec2, "web-1")
    tag = [{"Key": "a", "Value": "b"}]
    wanted = [one, "i-0123456789abcdef0"]
    assert error_of(ec2.create_tags, Resources=wanted, Tags=tag) == "InvalidInstanceID.NotFound"
    assert names(ec2, Filters=filters(tag_key=["a"])) == []
    assert error_of(ec2.create_tags, Resources=[one], Tags=[{"Key": "aws:a", "Value": "b"}]) == "InvalidParameterValue"
    many = [{"Key": f"k{number}", "Value": ""} for number in range(49)]
    assert error_of(ec2.create_tags, Resources=[one], Tags=many) == "TagLimitExceeded"
    ec2.create_tags(Resources=[one], Tags=many[:48])


def test_a_tag_is_deleted_by_key_or_by_key_and_value(ec2):
    (one,) = ids(ec2, "web-1")
    ec2.create_tags(Resources=[one], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ec2.delete_tags(Resources=[one], Tags=[{"Key": "a", "Value": "other"}, {"Key": "b"}])
    assert names(ec2, Filters=filters(tag_key=["a"])) == ["web-1"]
    assert names(ec2, Filters=filters(tag_key=["b"])) == []


def test_images_and_types_that_do_not_exist_are_not_started(ec2):
    image = ec2.describe_images(Owners=["amazon"], Filters=filters(name=["al2023-*"]))["Images"][0]["ImageId"]
    wrong = {"MinCount": 1, "MaxCount": 1}
    missing = "ami-0123456789abcdef0"
    assert error_of(ec2.run_instances, ImageId=missing, InstanceType="t3.micro", **wrong) == "InvalidAMIID.NotFound"
    assert error_of(ec2.run_instances, ImageId=image, InstanceType="z9.huge", **wrong) == "InvalidParameterValue"
