# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import run as images
from ansible_collections.fleetpatch.aws.plugins.modules import ec2_instance_image_retention as module

DAY = 24 * 3600
FLEET = [{"name": "sql", "count": 2, "platform": "windows-2022", "volumes": [50, 200]}]


class Account:
    """Images of runs r1 (oldest, 31 days old) to r4 (a day old), ten days apart, of two instances."""

    def __init__(self, aws, connect, run_module, runs=4):
        self.aws, self.run_module, self.ec2 = aws, run_module, aws.client("ec2")
        self.connection = connect(aws, "ec2")
        reservations = self.ec2.describe_instances()["Reservations"]
        self.ids = sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])
        for number in range(1, runs + 1):
            self.image(f"r{number}")
            aws.clock(advance=10 * DAY if number < runs else DAY)

    def image(self, run_id, ids=None, wait=True):
        request = images.Request(tuple(ids or self.ids), run_id, "w1", "fleetpatch", True, {})
        following = Following(wait, 7200, 60, "none", lambda line: None)
        images.ensure(self.connection, request, following, check=False)

    def of(self, run_id, instance=0):
        name = f"fleetpatch-{run_id}-{self.ids[instance]}"
        return self.ec2.describe_images(Filters=[{"Name": "name", "Values": [name]}])["Images"][0]["ImageId"]

    def run(self, check=False, **options):
        return self.run_module(module, check=check, **options)

    def left(self):
        return sorted(image["Name"].split("-")[1] for image in self.ec2.describe_images(Owners=["self"])["Images"])

    def snapshots(self):
        filters = [{"Name": "tag:fleetpatch:owner", "Values": ["fleetpatch"]}]
        return {
            one["SnapshotId"] for one in self.ec2.describe_snapshots(OwnerIds=["self"], Filters=filters)["Snapshots"]
        }

    def mutating(self):
        return [
            call for call in self.aws.calls(service="ec2", source="client") if call["operation"] == "DeregisterImage"
        ]


@pytest.fixture(name="account")
def fixture_account(serve, connect, run_module):
    aws = serve({"clock": {"rate": 0}, "fleet": FLEET})
    return Account(aws, connect, run_module)


def outcomes(result):
    return {(image["run_id"], image["outcome"]) for image in result["images"]}


@pytest.mark.parametrize(
    "rules, removed",
    [
        ({"keep_count": 2}, {"r1", "r2"}),
        ({"keep_count": 9}, set()),
        ({"keep_days": 20}, {"r1", "r2"}),
        ({"keep_days": 32}, set()),
        ({"keep_count": 3, "keep_days": 5}, {"r1"}),
        ({"keep_count": 1, "keep_days": 20}, {"r1", "r2"}),
        ({"keep_count": 0, "keep_days": 5}, {"r1", "r2", "r3"}),
        ({"keep_count": 1, "keep_runs": ["r1", "r3"]}, {"r2"}),
    ],
)
def test_rules(account, rules, removed):
    before = account.snapshots()
    check = account.run(check=True, **rules)
    assert account.mutating() == [] and account.snapshots() == before
    result = account.run(**rules)
    for key in ("changed", "images", "summary", "freed_gib", "diff"):
        assert result[key] == check[key], key
    assert {run_id for run_id, outcome in outcomes(result) if outcome == "removed"} == removed
    assert set(account.left()) == {"r1", "r2", "r3", "r4"} - removed
    assert result["summary"] == {
        "total": 8,
        "kept": 8 - 2 * len(removed),
        "in_use": 0,
        "removed": 2 * len(removed),
        "failed": 0,
    }
    assert (result["changed"], result["freed_gib"]) == (bool(removed), 500 * len(removed))
    gone = {one for image in result["images"] for one in image["deleted_snapshot_ids"]}
    assert len(gone) == 4 * len(removed) and account.snapshots() == before - gone
    again = account.run(check=True, **rules)
    assert again["changed"] is False and again["diff"]["before"] == again["diff"]["after"] == result["diff"]["after"]
    assert account.run(**rules)["changed"] is False


def test_reasons(account):
    result = account.run(check=True, keep_count=1, keep_days=15, keep_runs=["r1"])
    reasons = {image["run_id"]: image["reason"] for image in result["images"]}
    assert reasons == {
        "r4": "number 1 of the 1 newest of its instance",
        "r3": "younger than 15 days",
        "r2": None,
        "r1": "run r1 is kept",
    }
    assert {image["run_id"]: image["age_days"] for image in result["images"]} == {"r4": 1, "r3": 11, "r2": 21, "r1": 31}
    first = next(image for image in result["images"] if image["run_id"] == "r2")
    assert set(result["diff"]["before"]["images"]) - set(result["diff"]["after"]["images"]) == {
        image["image_id"] for image in result["images"] if image["run_id"] == "r2"
    }
    assert result["diff"]["before"]["images"][first["image_id"]] == first["name"]


def test_only_of_some_instances(account):
    assert account.run(keep_count=1, instance_ids=[])["changed"] is False
    result = account.run(keep_count=1, instance_ids=account.ids[:1])
    assert result["summary"]["removed"] == 3 and {image["instance_id"] for image in result["images"]} == {
        account.ids[0]
    }
    assert account.left() == ["r1", "r2", "r3", "r4", "r4"]


def test_images_of_others_are_not_touched(account):
    """Neither without our tags, nor with somebody else's owner."""
    ours = {"fleetpatch:instance": account.ids[0], "fleetpatch:run": "r0"}
    for number, tags in enumerate(({}, ours, {**ours, "fleetpatch:owner": "me"}, {"fleetpatch:owner": "fleetpatch"})):
        wire = [{"Key": key, "Value": value} for key, value in tags.items()]
        specification = [{"ResourceType": "image", "Tags": wire}] if wire else []
        account.ec2.create_image(InstanceId=account.ids[0], Name=f"x-foreign{number}", TagSpecifications=specification)
    account.aws.clock(advance=100 * DAY)
    assert account.run(keep_count=1)["summary"]["removed"] == 6
    assert account.left() == ["foreign0", "foreign1", "foreign2", "foreign3", "r4", "r4"]


def used(result, image_id):
    [image] = [image for image in result["images"] if image["image_id"] == image_id]
    return image["outcome"], image["reason"]


@pytest.mark.parametrize("state", ["running", "stopped", "terminated"])
def test_an_instance_keeps_its_image(account, state):
    image_id = account.of("r1")
    [made] = account.ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.micro")["Instances"]
    account.aws.clock(advance=600)
    if state != "running":
        stop = {"stopped": account.ec2.stop_instances, "terminated": account.ec2.terminate_instances}[state]
        stop(InstanceIds=[made["InstanceId"]])
        account.aws.clock(advance=600)
    check, result = account.run(check=True, keep_count=1), account.run(keep_count=1)
    assert used(check, image_id) == used(result, image_id)
    if state == "terminated":
        assert used(result, image_id) == ("removed", None)
    else:
        assert used(result, image_id) == ("in_use", f"used by instance {made['InstanceId']} ({state})")
        assert result["summary"] == {"total": 8, "kept": 2, "in_use": 1, "removed": 5, "failed": 0}
        assert "1 in_use" in result["msg"]


def test_every_version_of_a_launch_template_keeps_its_image(account):
    old, new = account.of("r1"), account.of("r2")
    data = {"InstanceType": "t3.micro"}
    account.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={**data, "ImageId": old})
    account.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={**data, "ImageId": new})
    account.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=data)
    account.aws.switches(page_size=1)
    result = account.run(keep_count=1)
    assert used(result, old) == ("in_use", "used by launch template web version 1")
    assert used(result, new) == ("in_use", "used by launch template web version 2")
    assert result["summary"]["removed"] == 4


def test_auto_scaling_keeps_its_images(account):
    scaling = account.aws.client("autoscaling")
    old, new = account.of("r1"), account.of("r2")
    scaling.create_launch_configuration(LaunchConfigurationName="conf", ImageId=old, InstanceType="t3.micro")
    account.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"})
    template = {"LaunchTemplateSpecification": {"LaunchTemplateName": "web", "Version": "1"}}
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="group",
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=["us-east-1a"],
        MixedInstancesPolicy={
            "LaunchTemplate": {**template, "Overrides": [{"InstanceType": "t3.small", "ImageId": new}]}
        },
    )
    result = account.run(keep_count=1)
    assert used(result, old) == ("in_use", "used by launch configuration conf")
    assert used(result, new) == ("in_use", "used by Auto Scaling group group")


def test_a_root_volume_replacement_keeps_its_image(account):
    image_id = account.of("r1")
    account.ec2.create_replace_root_volume_task(InstanceId=account.ids[0], ImageId=image_id)
    outcome, reason = used(account.run(keep_count=1, check=True), image_id)
    assert outcome == "in_use" and reason.startswith("used by root volume replacement replacevol-")


def test_failed_and_pending_images(account):
    account.aws.set_machine(account.ids[0], image_fails=1)
    request = images.Request((account.ids[0],), "r5", "w1", "fleetpatch", True, {})
    with pytest.raises(Exception, match="failed"):
        images.ensure(account.connection, request, Following(True, 7200, 60, "none", print), check=False)
    account.image("r6", ids=[account.ids[1]], wait=False)
    young = account.run(check=True, keep_days=20)
    assert {("r5", "kept"), ("r6", "kept")} <= outcomes(young)
    result = account.run(keep_count=1)
    reasons = {image["run_id"]: (image["outcome"], image["reason"]) for image in result["images"]}
    # The failed one does not count, so r4 is the newest way back; the pending one is no way back yet.
    assert reasons["r5"] == ("removed", None) and reasons["r6"] == ("kept", "it is pending")
    assert account.left() == ["r4", "r4", "r6"]


@pytest.mark.parametrize("keep", [1, 2])
def test_a_snapshot_of_two_images_survives(account, keep):
    """moto's RegisterImage makes snapshots of its own, so the second image is told to have those of the first."""
    from local_aws.ec2.images import model as images_model

    first, second = account.of("r1"), account.of("r2")
    details = images_model.details("123456789012", "us-east-1")
    details[second]["mappings"] = details[first]["mappings"]
    shared = {mapping["Ebs"]["SnapshotId"] for mapping in details[first]["mappings"]}
    rules = {"keep_count": 4 - keep, "instance_ids": account.ids[:1]}
    check, result = account.run(check=True, **rules), account.run(**rules)
    assert result["images"] == check["images"] and result["freed_gib"] == check["freed_gib"]
    if keep == 1:
        assert used(result, first) == ("removed", None) and result["summary"]["removed"] == 1
        assert shared <= account.snapshots() and result["freed_gib"] == 0
    else:
        assert result["summary"]["removed"] == 2 and not shared & account.snapshots()
        assert result["freed_gib"] == 250


@pytest.mark.parametrize(
    "service, operation",
    [
        ("ec2", "DescribeInstances"),
        ("ec2", "DescribeLaunchTemplates"),
        ("ec2", "DescribeReplaceRootVolumeTasks"),
        ("autoscaling", "DescribeLaunchConfigurations"),
        ("autoscaling", "DescribeAutoScalingGroups"),
    ],
)
def test_nothing_is_removed_when_a_use_cannot_be_read(account, service, operation):
    account.aws.faults(service=service, operation=operation, code="AccessDenied", count=-1)
    result = account.run(keep_count=1)
    assert result["failed"] and result["failure"]["code"] == "AccessDenied" and len(account.left()) == 8


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("code, count", [("InternalError", 1), ("throttle", 3)])
def test_faults_of_deregister_image(account, phase, code, count):
    before = account.snapshots()
    account.aws.faults(service="ec2", operation="DeregisterImage", phase=phase, code=code, count=count)
    result = account.run(keep_count=3)
    gone = {one for image in result["images"] for one in image["deleted_snapshot_ids"]}
    assert result["changed"] and result["summary"]["removed"] == 2 and result["freed_gib"] == 500
    assert account.left() == ["r2", "r2", "r3", "r3", "r4", "r4"] and account.snapshots() == before - gone


def test_one_that_cannot_be_removed_does_not_hide_the_others(account):
    account.aws.faults(service="ec2", operation="DeregisterImage", code="OperationNotPermitted", count=1)
    result = account.run(keep_count=3)
    assert result["failed"] and result["changed"] and result["failure"]["code"] == "run_failed"
    assert (result["summary"]["removed"], result["summary"]["failed"]) == (1, 1)
    [image_id] = result["failure"]["details"]
    assert image_id in result["diff"]["after"]["images"] and "OperationNotPermitted" in result["msg"]
    assert account.run(keep_count=3)["summary"]["removed"] == 1


def test_denied_in_the_middle_tells_what_is_gone(account):
    account.aws.faults(service="ec2", operation="DeregisterImage", code="UnauthorizedOperation", skip=1, count=-1)
    result = account.run(keep_count=2)
    assert result["failed"] and result["failure"]["code"] == "UnauthorizedOperation" and result["changed"]
    assert (result["summary"]["removed"], result["summary"]["failed"]) == (1, 3) and len(account.left()) == 7


@pytest.mark.parametrize("rules", [{"keep_count": 0}, {"keep_days": 0}, {"keep_count": -1, "keep_days": 3}, {}])
def test_rules_that_keep_nothing(serve, run_module, rules):
    aws = serve()
    assert "keep_count" in run_module(module, **rules)["msg"] and aws.calls(service="ec2") == []


def test_calls_do_not_grow_with_the_images(account):
    before = len(account.aws.calls(source="client"))
    account.run(check=True, keep_count=1)
    assert len(account.aws.calls(source="client")) - before <= 8
