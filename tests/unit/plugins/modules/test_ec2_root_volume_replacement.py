# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import dataclasses

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import run as images
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import wire as image_wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.root_volumes import run as root_volumes
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.root_volumes import wire
from ansible_collections.fleetpatch.aws.plugins.modules import ec2_root_volume_replacement as module
from ansible_collections.fleetpatch.aws.plugins.modules import ec2_root_volume_replacement_info as info

GONE = "i-00000000000000000"
FLEET = [{"name": "sql", "count": 3, "platform": "windows-2022", "volumes": [50, 200]}]


class Runner:
    """Calls what the module calls, on the clock of the local AWS."""

    def __init__(self, aws, connection):
        self.aws, self.connection, self.lines = aws, connection, []
        self.ids = ids_of(aws)

    def image(self, ids=None, run_id="r1"):
        request = image_wire.Request(tuple(ids or self.ids), run_id, "w1", "fleetpatch", False, {})
        images.ensure(
            self.connection("ec2"), request, Following(True, 7200, 15, "none", lambda line: None), check=False
        )

    def run(self, ids=None, check=False, wait=True, timeout=3600, interval=15, source=None, **options):
        given = {"run_id": "r1", "step": "rollback", "source": source or wire.Source(run_id="r1")}
        request = wire.Request(instance_ids=tuple(self.ids if ids is None else ids), **{**given, **options})
        try:
            following = Following(wait, timeout, interval, "none", self.lines.append)
            return root_volumes.replace(self.connection("ec2"), request, following, check=check)
        except errors.FleetpatchError as error:
            return {**error.results, "failed": True, "msg": error.message, "code": error.code, "details": error.details}

    def replaced(self):
        return self.aws.history(kind="root_replaced")

    def tasks(self):
        return self.aws.client("ec2").describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]

    def mutating(self, operation):
        calls = self.aws.calls(service="ec2", operation=operation, source="client")
        return [call["params"] for call in calls]

    def root(self, instance_id):
        [reservation] = self.aws.client("ec2").describe_instances(InstanceIds=[instance_id])["Reservations"]
        return wire.volumes_of(reservation["Instances"][0])[0]


def ids_of(aws):
    reservations = aws.client("ec2").describe_instances()["Reservations"]
    return sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])


@pytest.fixture(name="runner")
def fixture_runner(serve, connect):
    aws = serve({"clock": {"rate": 0}, "fleet": FLEET})
    runner = Runner(aws, lambda service: connect(aws, service))
    runner.image()
    return runner


def outcomes(result):
    return [one["outcome"] for one in result["replacements"]]


def test_back_to_the_images_of_a_run(runner):
    before = {one: runner.root(one) for one in runner.ids}
    result = runner.run(tags={"team": "db", "fleetpatch:run": "mine"})
    assert (result["changed"], outcomes(result)) == (True, ["replaced"] * 3)
    owned = {
        image["SourceInstanceId"]: image["ImageId"]
        for image in runner.aws.client("ec2").describe_images(Owners=["self"])["Images"]
    }
    for one in result["replacements"]:
        instance_id = one["instance_id"]
        assert (one["state"], one["image_id"]) == ("succeeded", owned[instance_id])
        assert one["old_root_volume"] == {"volume_id": before[instance_id], "size_gib": 50, "kept": True}
        assert one["new_root_volume_id"] == runner.root(instance_id) != before[instance_id]
        assert [volume["size_gib"] for volume in one["data_volumes"]] == [200]
    assert result["kept_gib"] == 150 and result["without_root_volume"] == []
    assert [one["size_gib"] for one in result["not_rolled_back"]] == [200] * 3
    assert "3 data volumes are not rolled back" in result["msg"] and "150 GiB are kept and charged" in result["msg"]
    tags = {tag["Key"]: tag["Value"] for tag in runner.tasks()[0]["Tags"]}
    assert tags.pop("fleetpatch:instance") in runner.ids and tags.pop("fleetpatch:old-root") in before.values()
    assert tags == {
        "fleetpatch:run": "r1",
        "fleetpatch:step": "rollback",
        "fleetpatch:attempt": "1",
        "fleetpatch:owner": "fleetpatch",
        "team": "db",
    }
    assert runner.lines[0].startswith("root volumes rollback attempt 1: 0 replaced, 3 pending, 0 failed")
    assert runner.lines[-1].startswith("root volumes rollback attempt 1: 3 replaced, 0 pending, 0 failed")


def test_second_call_replaces_nothing(runner):
    first = runner.run()
    again = runner.run()
    assert (again["changed"], outcomes(again)) == (False, ["reused"] * 3)
    for key in ("task_id", "old_root_volume", "new_root_volume_id", "data_volumes", "image_id"):
        assert [one[key] for one in again["replacements"]] == [one[key] for one in first["replacements"]], key
    assert again["kept_gib"] == 150 and len(runner.replaced()) == 3
    higher = runner.run(runner.ids[:1], attempt=2)
    assert outcomes(higher) == ["replaced"] and len(runner.replaced()) == 4


def test_another_source_needs_another_attempt(runner):
    runner.run(runner.ids[:1])
    runner.image(runner.ids[:1], run_id="r2")
    [newer] = [
        image
        for image in runner.aws.client("ec2").describe_images(Owners=["self"])["Images"]
        if "-r2-" in image["Name"]
    ]
    for source in (wire.Source(run_id="r2"), wire.Source(image_id=newer["ImageId"])):
        result = runner.run(runner.ids[:1], source=source)
        assert result["failed"] and outcomes(result) == ["failed"] and "use a higher attempt" in result["msg"]
    assert len(runner.replaced()) == 1
    assert outcomes(runner.run(runner.ids[:1], source=source, attempt=2)) == ["replaced"]


def test_tasks_under_way_are_taken_over(runner):
    first = runner.run(runner.ids[:2], wait=False)
    assert (first["changed"], outcomes(first)) == (True, ["pending"] * 2)
    result = runner.run()
    assert outcomes(result) == ["reused", "reused", "replaced"] and len(runner.replaced()) == 3


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("code, count", [("InternalError", 1), ("throttle", 3)])
def test_a_lost_answer_makes_no_second_task(runner, phase, code, count):
    runner.aws.faults(service="ec2", operation="CreateReplaceRootVolumeTask", phase=phase, code=code, count=count)
    result = runner.run(runner.ids[:1])
    assert outcomes(result) == ["replaced"] and len(runner.replaced()) == 1


def test_no_clear_answer_for_good(runner):
    runner.aws.faults(
        service="ec2", operation="CreateReplaceRootVolumeTask", phase="after", code="InternalError", count=-1
    )
    assert outcomes(runner.run(runner.ids[:1])) == ["replaced"] and len(runner.replaced()) == 1
    runner.aws.clear_faults()
    runner.aws.faults(service="ec2", operation="CreateReplaceRootVolumeTask", code="InternalError", count=-1)
    result = runner.run(runner.ids[1:2])
    assert result["failed"] and outcomes(result) == ["unknown"] and "not known" in result["msg"]
    runner.aws.clear_faults()
    assert outcomes(runner.run(runner.ids[1:2])) == ["replaced"]


def test_a_failed_task_does_not_hide_the_others(runner):
    runner.aws.set_machine(runner.ids[1], root_replace_fails=1)
    before = runner.root(runner.ids[1])
    result = runner.run()
    assert (
        result["failed"] and result["code"] == "run_failed" and outcomes(result) == ["replaced", "failed", "replaced"]
    )
    assert "old root volume is still attached" in result["details"][runner.ids[1]]
    assert runner.root(runner.ids[1]) == before and result["kept_gib"] == 100
    again = runner.run()
    assert again["failed"] and outcomes(again) == ["reused", "failed", "reused"] and not again["changed"]
    assert outcomes(runner.run(attempt=2, ids=[runner.ids[1]])) == ["replaced"]


def test_an_instance_without_a_root_volume_is_shouted_about(runner):
    runner.aws.set_machine(runner.ids[1], root_replace_failed_detached=1)
    before = runner.root(runner.ids[1])
    result = runner.run()
    assert result["failed"] and result["code"] == "failed_detached"
    assert result["msg"].startswith(f"NO ROOT VOLUME on {runner.ids[1]}! ")
    assert result["without_root_volume"] == [runner.ids[1]] and outcomes(result)[1] == "failed_detached"
    assert result["replacements"][1]["old_root_volume"] == {"volume_id": before, "size_gib": 50, "kept": True}
    assert f"attach {before} as " in result["replacements"][1]["message"]
    assert any("NO ROOT VOLUME" in line for line in runner.lines)
    again = runner.run()
    assert again["code"] == "failed_detached" and again["without_root_volume"] == [runner.ids[1]]
    assert again["replacements"][1]["old_root_volume"]["volume_id"] == before


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_tasks_than_wanted_are_under_way_at_once(runner, most):
    assert outcomes(runner.run(max_concurrency=most)) == ["replaced"] * 3
    tasks = sorted((one["StartTime"], one["CompleteTime"]) for one in runner.tasks())
    for start, _end in tasks:
        assert sum(begun <= start < over for begun, over in tasks) <= most
    assert len(runner.mutating("CreateReplaceRootVolumeTask")) == 3
    again = runner.run(max_concurrency=most)
    assert outcomes(again) == ["reused"] * 3 and not again["changed"]


def test_with_a_limit_nothing_more_is_begun_when_one_lost_its_root_volume(runner):
    runner.aws.set_machine(runner.ids[1], root_replace_failed_detached=1)
    result = runner.run(max_concurrency=1)
    assert result["code"] == "failed_detached" and outcomes(result) == ["replaced", "failed_detached", "failed"]
    assert f"not started: {runner.ids[1]} lost the root volume" in result["replacements"][2]["message"]
    assert len(runner.mutating("CreateReplaceRootVolumeTask")) == 2
    assert outcomes(runner.run(ids=runner.ids[1:], max_concurrency=1, attempt=2)) == ["replaced", "replaced"]


def test_with_a_limit_the_deadline_leaves_the_rest_unbegun(runner):
    result = runner.run(max_concurrency=1, timeout=1)
    assert result["failed"] and outcomes(result)[1:] == ["timed_out", "timed_out"]
    assert len(runner.mutating("CreateReplaceRootVolumeTask")) == 1
    assert outcomes(runner.run(max_concurrency=1)) == ["reused", "replaced", "replaced"]


def test_what_cannot_be_rolled_back(runner):
    runner.aws.client("ec2").stop_instances(InstanceIds=[runner.ids[0]])
    runner.aws.clock(advance=600)
    for check in (True, False):
        result = runner.run([GONE, *runner.ids], source=wire.Source(run_id="r2"), check=check)
        assert result["failed"] and outcomes(result) == ["failed"] * 4 and not result["changed"]
        assert "does not exist" in result["details"][GONE] and "is stopped" in result["details"][runner.ids[0]]
        assert "run r2 has no image" in result["details"][runner.ids[1]]
    partly = runner.run()
    assert outcomes(partly) == ["failed", "replaced", "replaced"]
    assert len(runner.mutating("CreateReplaceRootVolumeTask")) == 2


def test_several_images_of_a_run_are_no_answer(runner):
    request = image_wire.Request((runner.ids[0],), "r1", "w1", "other", True, {})
    images.ensure(runner.connection("ec2"), request, Following(True, 7200, 15, "none", print), check=False)
    assert "several images" in runner.run()["details"][runner.ids[0]]


def test_an_image_that_is_not_ready(runner):
    request = image_wire.Request((runner.ids[0],), "r3", "w1", "fleetpatch", True, {})
    images.ensure(runner.connection("ec2"), request, Following(False, 0, 15, "none", print), check=False)
    result = runner.run(runner.ids[:1], source=wire.Source(run_id="r3"))
    assert "is pending" in result["details"][runner.ids[0]] and runner.tasks() == []


def test_an_image_that_does_not_exist(runner):
    result = runner.run(source=wire.Source(image_id="ami-00000000000000000"))
    assert outcomes(result) == ["failed"] * 3 and "does not exist" in result["msg"]


def test_one_image_and_a_foreign_snapshot(runner):
    image = runner.aws.client("ec2").describe_images(Owners=["self"])["Images"][0]
    result = runner.run(source=wire.Source(image_id=image["ImageId"]), delete_old=True, rate=200)
    assert outcomes(result) == ["replaced"] * 3 and result["kept_gib"] == 0
    assert [one["old_root_volume"]["kept"] for one in result["replacements"]] == [False] * 3
    assert {call["VolumeInitializationRate"] for call in runner.mutating("CreateReplaceRootVolumeTask")} == {200}
    assert "charged" not in result["msg"]
    [other] = [one for one in runner.ids if one != image["SourceInstanceId"]][:1]
    snapshot = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    foreign = runner.run([other], attempt=2, source=wire.Source(snapshot_id=snapshot))
    assert outcomes(foreign) == ["failed"] and "InvalidParameterValue" in foreign["msg"]
    own = runner.run([image["SourceInstanceId"]], attempt=2, source=wire.Source(snapshot_id=snapshot))
    assert outcomes(own) == ["replaced"] and own["replacements"][0]["snapshot_id"] == snapshot


def test_launch_state(runner):
    result = runner.run(runner.ids[:1], source=wire.Source())
    assert outcomes(result) == ["replaced"]
    [call] = runner.mutating("CreateReplaceRootVolumeTask")
    assert not {"ImageId", "SnapshotId", "VolumeInitializationRate"} & set(call)


def test_denied(runner):
    runner.aws.faults(
        service="ec2", operation="CreateReplaceRootVolumeTask", code="UnauthorizedOperation", skip=1, count=-1
    )
    result = runner.run()
    assert result["failed"] and result["code"] == "UnauthorizedOperation" and outcomes(result) == ["pending"]
    runner.aws.faults(service="ec2", operation="DescribeReplaceRootVolumeTasks", code="UnauthorizedOperation", count=-1)
    assert (
        runner.run(attempt=2)["code"] == "UnauthorizedOperation"
        and len(runner.mutating("CreateReplaceRootVolumeTask")) == 2
    )


def test_deadline(runner):
    result = runner.run(timeout=5, interval=2)
    assert result["failed"] and outcomes(result) == ["timed_out"] * 3 and "after 5 seconds" in result["msg"]
    assert outcomes(runner.run()) == ["reused"] * 3


def test_late_reads_tiny_pages_and_throttled_reads(runner):
    runner.aws.switches(eventual_reads=2, page_size=1)
    for operation in ("DescribeReplaceRootVolumeTasks", "DescribeInstances", "DescribeVolumes"):
        runner.aws.faults(service="ec2", operation=operation, code="throttle", count=2, skip=1)
    assert outcomes(runner.run()) == ["replaced"] * 3 and len(runner.replaced()) == 3


def test_check_mode(runner):
    result = runner.run(check=True)
    assert (result["changed"], outcomes(result)) == (True, ["replaced"] * 3) and runner.tasks() == []
    assert result["msg"].startswith(
        "root volumes rollback attempt 1: 3 instances: would be: 3 replaced; 3 data volumes"
    )
    deleting = runner.run(check=True, delete_old=True)
    assert deleting["kept_gib"] == 0 and deleting["replacements"][0]["old_root_volume"]["kept"] is False
    real = runner.run()
    for key in ("instance_id", "outcome", "image_id", "old_root_volume", "data_volumes"):
        assert [one[key] for one in real["replacements"]] == [one[key] for one in result["replacements"]], key
    assert real["kept_gib"] == result["kept_gib"]
    again = runner.run(check=True)
    assert (again["changed"], outcomes(again)) == (False, ["reused"] * 3)
    assert again["replacements"] == runner.run()["replacements"]


@pytest.mark.parametrize(
    "options, told",
    [
        ({"ids": []}, "instance_ids"),
        ({"ids": ["i-1", "i-1"]}, "instance_ids"),
        ({"run_id": "a b"}, "run_id"),
        ({"step": "a/b"}, "step"),
        ({"source": wire.Source(snapshot_id="snap-1")}, "snapshot_id"),
        ({"tags": {str(number): "x" for number in range(45)}}, "tags"),
        ({"tags": {"AWS:team": "x"}}, "tags"),
        ({"rate": 99}, "volume_initialization_rate"),
        ({"rate": 301}, "volume_initialization_rate"),
        ({"max_concurrency": -1}, "max_concurrency"),
        ({"max_concurrency": 1, "wait": False}, "max_concurrency"),
    ],
)
def test_refused_before_anything_is_sent(runner, options, told):
    before = len(runner.aws.calls(service="ec2"))
    assert runner.run(**options)["msg"].startswith(f"{told}: ")
    assert len(runner.aws.calls(service="ec2")) == before


def test_a_state_that_nobody_knows(runner):
    connection = runner.connection("ec2")

    class Strange:
        def __getattr__(self, name):
            return getattr(connection.client, name)

        def describe_replace_root_volume_tasks(self, **request):
            answer = connection.client.describe_replace_root_volume_tasks(**request)
            for task in answer["ReplaceRootVolumeTasks"]:
                task["TaskState"] = "thinking"
            return answer

    runner.connection = lambda service: dataclasses.replace(connection, client=Strange())
    result = runner.run()
    assert result["code"] == "unknown_status" and "thinking" in result["msg"] and "unknown" in outcomes(result)


def test_failing_detached_is_waited_for(runner):
    """The text of the API names the state failing-detached; its list of values does not."""
    work = root_volumes.Work(None, None, wire.Request(("i-1",), wire.Source(), "r1", "s"))
    root_volumes._take(work, {"InstanceId": "i-1", "TaskState": "failing-detached"}, "replaced")
    assert work.models["i-1"]["outcome"] == "pending"


def test_module_and_info(serve, run_module):
    aws = serve({"clock": {"rate": 3000}, "fleet": FLEET})
    ids = ids_of(aws)
    options = {"instance_ids": ids, "run_id": "r1", "launch_state": True, "wait_interval": 0.1}
    steps = [run_module(module, check=check, **options) for check in (True, False, True, False)]
    assert [step["changed"] for step in steps] == [True, True, False, False]
    aws.client("ec2").create_replace_root_volume_task(InstanceId=ids[0])
    found = run_module(info, run_id="r1")["tasks"]
    assert {task["instance_id"] for task in found} == set(ids) and {task["attempt"] for task in found} == {1}
    assert {task["old_root_volume_id"] for task in found} == {
        one["old_root_volume"]["volume_id"] for one in steps[1]["replacements"]
    }
    both = run_module(info, instance_ids=ids[:1])["tasks"]
    assert len(both) == 2 and {task["run_id"] for task in both} == {"r1", None}
    assert len(run_module(info)["tasks"]) == 4 and run_module(info, instance_ids=[])["tasks"] == []
    assert (
        run_module(info, run_id="r1", step="other")["tasks"] == run_module(info, run_id="r1", attempt=2)["tasks"] == []
    )


@pytest.mark.parametrize("sources", [{}, {"launch_state": True, "image_id": "ami-1"}])
def test_exactly_one_source(serve, run_module, sources):
    serve()
    assert "exactly one of them" in run_module(module, instance_ids=["i-1"], run_id="r1", **sources)["msg"]
