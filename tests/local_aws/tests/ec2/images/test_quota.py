# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the retention of images meets: the quota, and what may be deleted when."""

from ...helpers import ids
from ...helpers import refused


def make(ec2, instance_id, name):
    tags = [{"Key": "fleetpatch:run", "Value": "r1"}]
    both = [{"ResourceType": kind, "Tags": tags} for kind in ("image", "snapshot")]
    return ec2.create_image(InstanceId=instance_id, Name=name, NoReboot=True, TagSpecifications=both)["ImageId"]


def test_the_quota_counts_own_images_and_frees_when_one_goes(server, ec2):
    machine = ids(server)["sql"]
    server.switches(image_quota=2)
    first = make(ec2, machine, "one")
    make(ec2, machine, "two")
    with refused("ResourceLimitExceeded"):
        make(ec2, machine, "three")
    server.clock(jump="idle")
    with refused("ResourceLimitExceeded"):
        make(ec2, machine, "three")
    ec2.deregister_image(ImageId=first)
    assert make(ec2, machine, "three")


def test_snapshots_of_an_image_by_its_tags_go_after_it_only(server, ec2):
    image = make(ec2, ids(server)["sql"], "one")
    server.clock(jump="idle")
    ours = [{"Name": "tag:fleetpatch:run", "Values": ["r1"]}]
    snapshots = ec2.describe_snapshots(OwnerIds=["self"], Filters=ours)["Snapshots"]
    assert sorted(one["VolumeSize"] for one in snapshots) == [80, 500]
    for one in snapshots:
        with refused("InvalidSnapshot.InUse"):
            ec2.delete_snapshot(SnapshotId=one["SnapshotId"])
    ec2.deregister_image(ImageId=image)
    for one in snapshots:
        ec2.delete_snapshot(SnapshotId=one["SnapshotId"])
    assert ec2.describe_snapshots(OwnerIds=["self"], Filters=ours)["Snapshots"] == []


def test_aws_lets_an_image_go_that_an_instance_was_made_from(server, ec2):
    machine = ids(server)["sql"]
    image = make(ec2, machine, "one")
    server.clock(jump="idle")
    ec2.create_replace_root_volume_task(InstanceId=machine, ImageId=image)
    server.clock(jump="idle")
    users = ec2.describe_instances(Filters=[{"Name": "image-id", "Values": [image]}])["Reservations"]
    assert [one["InstanceId"] for reservation in users for one in reservation["Instances"]] == [machine]
    found = ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert {one["ReturnCode"] for one in found["DeleteSnapshotResults"]} == {"success"}


def test_who_refers_to_an_image(server, ec2):
    machine = ids(server)["sql"]
    used, named, free = (make(ec2, machine, name) for name in ("used", "named", "free"))
    server.clock(jump="idle")
    ec2.create_replace_root_volume_task(InstanceId=machine, ImageId=used)
    server.clock(jump="idle")
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": named})
    number = template["LaunchTemplate"]["LaunchTemplateId"]
    server.client("ssm").put_parameter(Name="/golden/sql", Value=used, Type="String")
    found = ec2.describe_image_references(ImageIds=[used, named, free], IncludeAllResourceTypes=True)
    prefix = "123456789012"
    assert sorted((one["ImageId"], one["ResourceType"], one["Arn"]) for one in found["ImageReferences"]) == sorted(
        [
            (used, "ec2:Instance", f"arn:aws:ec2:us-east-1:{prefix}:instance/{machine}"),
            (named, "ec2:LaunchTemplate", f"arn:aws:ec2:us-east-1:{prefix}:launch-template/{number}"),
            (used, "ssm:Parameter", f"arn:aws:ssm:us-east-1:{prefix}:parameter/golden/sql"),
        ]
    )
    ec2.create_launch_template_version(LaunchTemplateId=number, LaunchTemplateData={"ImageId": free})
    newest = [{"OptionName": "version-depth", "OptionValues": ["1"]}]
    found = ec2.describe_image_references(
        ImageIds=[named, free], ResourceTypes=[{"ResourceType": "ec2:LaunchTemplate", "ResourceTypeOptions": newest}]
    )
    assert [one["ImageId"] for one in found["ImageReferences"]] == [free]
    with refused("MissingParameter"):
        ec2.describe_image_references(ImageIds=[used])


def test_a_protected_image_stays(server, ec2):
    image = make(ec2, ids(server)["sql"], "one")
    server.clock(jump="idle")
    ec2.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)
    shown = ec2.describe_images(ImageIds=[image])["Images"][0]
    assert shown["DeregistrationProtection"] == "enabled-with-cooldown"
    with refused("OperationNotPermitted"):
        ec2.deregister_image(ImageId=image)
    ec2.disable_image_deregistration_protection(ImageId=image)
    server.clock(advance=23 * 3600)
    with refused("OperationNotPermitted"):
        ec2.deregister_image(ImageId=image)
    server.clock(advance=3600)
    ec2.deregister_image(ImageId=image)
