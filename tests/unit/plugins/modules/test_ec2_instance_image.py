# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import dataclasses

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import run as images
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import wire
from ansible_collections.fleetpatch.aws.plugins.modules import ec2_instance_image as module
from ansible_collections.fleetpatch.aws.plugins.modules import ec2_instance_image_info as info

GONE = "i-00000000000000000"


class Runner:
    """Calls what the module calls, on the clock of the local AWS."""

    def __init__(self, aws, connection):
        self.aws, self.connection, self.lines = aws, connection, []
        reservations = aws.client("ec2").describe_instances()["Reservations"]
        self.ids = sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])

    def run(self, ids=None, check=False, wait=True, timeout=7200, interval=15, **options):
        given = {"run_id": "r1", "step": "w1", "name_prefix": "fleetpatch", "no_reboot": False, "tags": {}}
        request = wire.Request(instance_ids=tuple(self.ids if ids is None else ids), **{**given, **options})
        try:
            following = Following(wait, timeout, interval, "none", self.lines.append)
            return images.ensure(self.connection("ec2"), request, following, check=check)
        except errors.FleetpatchError as error:
            return {**error.results, "failed": True, "msg": error.message, "code": error.code, "details": error.details}

    def owned(self):
        return self.aws.client("ec2").describe_images(Owners=["self"])["Images"]

    def mutating(self):
        return [call["operation"] for call in self.aws.calls(service="ec2", source="client") if call["mutating"]]


@pytest.fixture(name="runner")
def fixture_runner(serve, connect):
    aws = serve_fleet(serve)
    return Runner(aws, lambda service: connect(aws, service))


def serve_fleet(serve, rate=0):
    fleet = [{"name": "sql", "count": 3, "platform": "windows-2022", "volumes": [50, 200]}]
    return serve({"clock": {"rate": rate}, "fleet": fleet})


def outcomes(result):
    return [image["outcome"] for image in result["images"]]


def test_images_of_all(runner):
    result = runner.run(tags={"team": "db"})
    assert (result["changed"], outcomes(result)) == (True, ["created"] * 3)
    assert [image["instance_id"] for image in result["images"]] == runner.ids
    assert all(len(image["snapshot_ids"]) == 2 for image in result["images"])
    assert {image["Name"] for image in runner.owned()} == {f"fleetpatch-r1-{one}" for one in runner.ids}
    tags = {tag["Key"]: tag["Value"] for tag in runner.owned()[0]["Tags"]}
    assert tags == {
        "fleetpatch:run": "r1",
        "fleetpatch:step": "w1",
        "fleetpatch:owner": "fleetpatch",
        "fleetpatch:instance": tags["fleetpatch:instance"],
        "team": "db",
    }
    snapshots = runner.aws.client("ec2").describe_snapshots(Filters=[{"Name": "tag:fleetpatch:run", "Values": ["r1"]}])
    assert len(snapshots["Snapshots"]) == 6
    assert runner.lines[0] == "images w1: 0 available, 3 pending, 0 failed, 00:00:00"
    assert runner.lines[-1].startswith("images w1: 3 available, 0 pending, 0 failed")


def test_second_call_makes_nothing(runner):
    first = runner.run()
    again = runner.run()
    assert (again["changed"], outcomes(again)) == (False, ["reused"] * 3)
    assert [one["image_id"] for one in again["images"]] == [one["image_id"] for one in first["images"]]
    assert len(runner.aws.history(kind="image")) == 3


def test_pending_images_are_taken_over(runner):
    first = runner.run(runner.ids[:2], wait=False)
    assert (first["changed"], outcomes(first)) == (True, ["pending"] * 2)
    result = runner.run()
    assert outcomes(result) == ["reused", "reused", "created"]
    assert len(runner.aws.history(kind="image")) == 3


def test_one_call_a_look_however_many_images_there_are(serve, connect):
    aws = serve(
        {"clock": {"rate": 0}, "fleet": [{"name": "web", "count": 203, "platform": "rhel-9", "image_seconds": 60}]}
    )
    runner = Runner(aws, lambda service: connect(aws, service))
    runner.run(wait=False)
    untagged = runner.owned()[0]["ImageId"]
    aws.client("ec2").delete_tags(Resources=[untagged], Tags=[{"Key": "fleetpatch:run"}])
    mark = aws.calls()[-1]["seq"]
    assert set(outcomes(runner.run())) == {"reused"}
    asked = [call["params"]["Filters"] for call in aws.calls(operation="DescribeImages", source="client", after=mark)]
    looks = [filters[0]["Name"] for filters in asked]
    # Found by their names, in two pieces; the one that lost its tag costs one call more a look.
    assert looks[:2] == ["name", "name"] and looks[2:4] == ["tag:fleetpatch:run", "image-id"]
    assert all(len(one["Values"]) == 1 for one in asked[2])
    assert asked[3] == [{"Name": "image-id", "Values": [untagged]}]


@pytest.mark.parametrize("code, count", [("InternalError", 1), ("InternalError", 20), ("InvalidAMIName.Duplicate", 1)])
def test_a_lost_answer_makes_no_second_image(runner, code, count):
    runner.aws.faults(service="ec2", operation="CreateImage", phase="after", code=code, count=count)
    result = runner.run(runner.ids[:1])
    assert outcomes(result) == ["created"]
    assert len(runner.owned()) == 1 and len(runner.aws.history(kind="image")) == 1


def test_throttling_is_repeated(runner):
    runner.aws.faults(service="ec2", operation="CreateImage", code="throttle", count=3)
    runner.aws.faults(service="ec2", operation="DescribeImages", code="throttle", count=3, skip=1)
    assert outcomes(runner.run()) == ["created"] * 3


def test_a_failed_image_does_not_hide_the_others(runner):
    runner.aws.set_machine(runner.ids[1], image_fails=1)
    result = runner.run()
    assert result["failed"] and outcomes(result) == ["created", "failed", "created"]
    assert list(result["details"]) == [runner.ids[1]] and runner.ids[1] in result["msg"]
    assert result["images"][1]["message"]
    again = runner.run()
    assert again["failed"] and outcomes(again) == ["reused", "failed", "reused"] and not again["changed"]


def test_an_instance_that_is_gone_does_not_hide_the_others(runner):
    result = runner.run([GONE, *runner.ids])
    assert result["failed"] and outcomes(result) == ["failed", "created", "created", "created"]
    assert "InvalidInstanceID.NotFound" in result["images"][0]["message"]


def test_denied_ends_the_work_with_what_was_made(runner):
    runner.aws.faults(service="ec2", operation="CreateImage", code="UnauthorizedOperation", skip=1, count=-1)
    result = runner.run()
    assert result["failed"] and result["code"] == "UnauthorizedOperation"
    assert outcomes(result) == ["pending", "failed", "not_started"]
    assert result["summary"] == {
        **dict.fromkeys(result["summary"], 0),
        "total": 3,
        "pending": 1,
        "failed": 1,
        "not_started": 1,
    }
    assert "UnauthorizedOperation" in result["images"][2]["message"]


def test_denied_reads_are_not_taken_for_no_images(runner):
    runner.aws.faults(service="ec2", operation="DescribeImages", code="UnauthorizedOperation", count=-1)
    result = runner.run()
    assert result["code"] == "UnauthorizedOperation" and outcomes(result) == ["unknown"] * 3
    assert runner.mutating() == [] and "UnauthorizedOperation" in result["images"][0]["message"]


def test_deadline(runner):
    result = runner.run(timeout=5, interval=2)
    assert result["failed"] and outcomes(result) == ["timed_out"] * 3
    assert "after 5 seconds" in result["images"][0]["message"]
    assert outcomes(runner.run()) == ["reused"] * 3


def test_late_reads_and_tiny_pages(runner):
    runner.aws.switches(eventual_reads=2, page_size=1)
    result = runner.run()
    assert outcomes(result) == ["created"] * 3
    assert len(runner.aws.history(kind="image")) == 3


def test_an_image_that_vanishes_is_reported(runner):
    first = runner.run(wait=False)
    runner.aws.client("ec2").deregister_image(ImageId=first["images"][0]["image_id"])
    # The deregistered name is free again, so the image is made anew, and the others are taken over.
    assert outcomes(runner.run()) == ["created", "reused", "reused"]


def test_an_image_that_vanishes_while_it_is_waited_for(runner):
    first = runner.run(wait=False)

    class Lines(list):
        def append(self, line):
            if not self:
                runner.aws.client("ec2").deregister_image(ImageId=first["images"][0]["image_id"])
            super().append(line)

    runner.lines = Lines()
    result = runner.run()
    assert result["failed"] and outcomes(result) == ["failed", "reused", "reused"]
    assert "no longer exists" in result["images"][0]["message"]


def test_a_machine_that_vanishes_when_it_is_imaged(runner):
    runner.aws.set_machine(runner.ids[0], vanish=True)
    result = runner.run()
    assert result["failed"] and outcomes(result) == ["failed", "created", "created"]


def test_a_name_that_somebody_else_took(runner):
    name = f"fleetpatch-r1-{runner.ids[0]}"
    runner.aws.client("ec2").create_image(InstanceId=runner.ids[1], Name=name)
    result = runner.run(runner.ids[:1])
    assert result["failed"] and outcomes(result) == ["failed"]
    assert runner.ids[1] in result["images"][0]["message"]


def test_a_name_that_another_run_took(runner):
    """Prefix and run id have no border in the name: fleetpatch + a-r1 is fleetpatch-a + r1."""
    made = runner.run(runner.ids[:1], name_prefix="fleetpatch-a", run_id="r1")
    result = runner.run(runner.ids[:1], run_id="a-r1")
    assert result["failed"] and outcomes(result) == ["failed"] and len(runner.owned()) == 1
    assert made["images"][0]["image_id"] in result["msg"] and "belongs to run r1" in result["msg"]


class Slow:
    """A client that takes its time to make an image; what it made last is not visible at first."""

    def __init__(self, client, sleep, seconds):
        self.client, self.sleep, self.seconds, self.last, self.hidden = client, sleep, seconds, None, 0

    def __getattr__(self, name):
        return getattr(self.client, name)

    def create_image(self, **request):
        self.sleep(self.seconds)
        answer = self.client.create_image(**request)
        self.last = answer["ImageId"]
        return answer

    def describe_images(self, **request):
        answer = self.client.describe_images(**request)
        if self.last and self.hidden < 2:
            self.hidden += 1
            answer["Images"] = [image for image in answer["Images"] if image["ImageId"] != self.last]
        return answer


def slow(runner, seconds):
    connection = runner.connection("ec2")
    client = Slow(connection.client, connection.clock.sleep, seconds)
    runner.connection = lambda service: dataclasses.replace(connection, client=client)


def test_the_last_image_of_many_may_be_invisible_at_first(runner):
    slow(runner, 100)
    assert outcomes(runner.run()) == ["created"] * 3


def test_no_image_is_begun_after_the_deadline(runner):
    slow(runner, 100)
    result = runner.run(timeout=150)
    assert result["failed"] and outcomes(result)[2] == "timed_out"
    assert "not started: wait_timeout expired" in result["images"][2]["message"] and len(runner.owned()) == 2
    assert "failed" not in runner.run() and len(runner.owned()) == 3


def test_check_mode(runner):
    result = runner.run(check=True)
    assert (result["changed"], outcomes(result)) == (True, ["created"] * 3)
    gone = runner.run([GONE], check=True)
    assert gone["failed"] and outcomes(gone) == ["failed"]
    assert runner.mutating() == []
    runner.run(runner.ids[:1])
    partly = runner.run(check=True)
    assert outcomes(partly) == ["reused", "created", "created"]
    real = runner.run()
    assert outcomes(real) == outcomes(partly)
    assert [image["name"] for image in real["images"]] == [image["name"] for image in partly["images"]]


@pytest.mark.parametrize("ids", [[], ["i-1", "i-1"]])
def test_refused_before_anything_is_sent(runner, ids):
    before = len(runner.aws.calls(service="ec2"))
    assert runner.run(ids)["code"] == "no_targets"
    assert len(runner.aws.calls(service="ec2")) == before


def test_module_and_info(serve, run_module):
    aws = serve_fleet(serve, rate=3000)
    reservations = aws.client("ec2").describe_instances()["Reservations"]
    ids = sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])
    options = {"instance_ids": ids, "run_id": "r1", "step": "w1", "wait_interval": 0.1}
    steps = [run_module(module, check=check, **options) for check in (True, False, True, False)]
    assert [step["changed"] for step in steps] == [True, True, False, False]
    foreign = aws.client("ec2").create_image(InstanceId=ids[0], Name="foreign")["ImageId"]
    found = run_module(info, run_id="r1")["images"]
    assert {image["instance_id"] for image in found} == set(ids)
    assert {(image["run_id"], image["step"]) for image in found} == {("r1", "w1")}
    assert run_module(info, instance_ids=ids[:1])["images"][0]["image_id"] in {one["image_id"] for one in found}
    assert run_module(info, instance_ids=[])["images"] == run_module(info, run_id="r2")["images"] == []
    gone = [run_module(module, check=check, run_id="r1", state="absent") for check in (True, False, True, False)]
    assert [step["changed"] for step in gone] == [True, True, False, False]
    assert outcomes(gone[0]) == outcomes(gone[1]) == ["removed"] * 3
    left = aws.client("ec2").describe_images(Owners=["self"])["Images"]
    assert [image["ImageId"] for image in left] == [foreign]
    tagged = [{"Name": "tag:fleetpatch:run", "Values": ["r1"]}]
    assert aws.client("ec2").describe_snapshots(Filters=tagged)["Snapshots"] == []


def test_absent_of_one_instance(serve, run_module):
    aws = serve_fleet(serve, rate=3000)
    reservations = aws.client("ec2").describe_instances()["Reservations"]
    ids = sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])
    run_module(module, instance_ids=ids, run_id="r1", wait_interval=0.1)
    result = run_module(module, instance_ids=ids[:1], run_id="r1", state="absent")
    assert [image["instance_id"] for image in result["images"]] == ids[:1]
    assert {image["instance_id"] for image in run_module(info, run_id="r1")["images"]} == set(ids[1:])


@pytest.mark.parametrize(
    "options", [{"run_id": "*"}, {"run_id": "r?"}, {"run_id": ""}, {"run_id": "r1", "instance_ids": []}]
)
def test_absent_takes_no_more_than_what_was_named(serve, run_module, options):
    """For EC2 * and ? in a filter are wildcards, and an empty list is not "all"."""
    aws = serve_fleet(serve, rate=3000)
    ids = [aws.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]]
    run_module(module, instance_ids=ids, run_id="r1", wait_interval=0.1)
    assert run_module(module, state="absent", **options)["images"] == []
    assert run_module(info, **options)["images"] == []
    assert len(run_module(info, run_id="r1")["images"]) == 1


def test_denied_in_the_middle_of_removing_tells_what_is_gone(serve, run_module):
    aws = serve_fleet(serve, rate=3000)
    reservations = aws.client("ec2").describe_instances()["Reservations"]
    ids = sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])
    run_module(module, instance_ids=ids, run_id="r1", wait_interval=0.1)
    aws.faults(service="ec2", operation="DeregisterImage", code="UnauthorizedOperation", skip=1, count=-1)
    result = run_module(module, run_id="r1", state="absent")
    assert result["failed"] and result["failure"]["code"] == "UnauthorizedOperation"
    assert (result["changed"], outcomes(result)) == (True, ["removed"])


def test_instance_ids_are_needed(serve, run_module):
    serve()
    assert "instance_ids" in run_module(module, run_id="r1")["msg"]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    "options, words",
    [
        ({"name_prefix": "p" * 120}, "must be 3–128 letters, digits and ()[] ./-'@_; shorten name_prefix or run_id"),
        ({"run_id": "r" * 240, "name_prefix": ""}, "shorten name_prefix or run_id"),
        ({"tags": {"aws:team": "x"}}, "tags: 'aws:team' must not begin with aws:"),
        ({"tags": {"team": "x" * 257, "k" * 129: "y"}}, "tags.team: "),
        ({"tags": {str(number): "x" for number in range(47)}}, "at most 46 entries, not 47"),
        ({"tags": {"team": ["x"]}}, "tags.team: ['x'] must be one value"),
    ],
)
def test_what_create_image_would_refuse_is_refused_before_the_first_image(runner, options, words, check):
    found = runner.run(check=check, **options)
    assert (found["code"], words in found["msg"]) == ("invalid_input", True), found["msg"]
    assert runner.mutating() == []
