# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ec2_patch_tags as module

DEFAULT = {"Patch Group": "Default"}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    fleet = [
        {"name": "dev", "platform": "ubuntu-24.04", "count": 3, "tags": {"Patch Group": "Dev", "team": "a"}},
        {"name": "devil", "platform": "ubuntu-24.04", "tags": {"Patch Group": "Devil"}},
        {"name": "star", "platform": "ubuntu-24.04", "tags": {"Patch Group": "D*"}},
        {"name": "plain", "platform": "ubuntu-24.04", "tags": {}},
    ]
    return serve({"fleet": fleet})


def tags(aws):
    reservations = aws.client("ec2").describe_instances()["Reservations"]
    found = [one for reservation in reservations for one in reservation["Instances"]]
    return {one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])} for one in found}


def of(aws, group):
    return sorted(name for name, found in tags(aws).items() if found.get("Patch Group") == group)


def calls(aws):
    return [call["operation"] for call in aws.calls(service="ec2", source="client")]


def test_four_steps(aws, run_module):
    dev, before = of(aws, "Dev"), tags(aws)
    steps = []
    for check in (True, False, True, False):
        aws.clear_calls()
        steps.append(run_module(module, check=check, instance_ids=dev, tags=DEFAULT))
        assert calls(aws).count("CreateTags") == (1 if len(steps) == 2 else 0)
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert steps[0]["instances"] == steps[1]["instances"]
    assert steps[0]["diff"] == steps[1]["diff"]
    assert len(steps[1]["diff"]) == 3
    assert steps[3]["summary"] == {"updated": 0, "unchanged": 3, "failed": 0}
    assert {name: found for name, found in tags(aws).items() if name not in dev} == {
        name: found for name, found in before.items() if name not in dev
    }
    assert tags(aws)[dev[0]] == {**before[dev[0]], **DEFAULT}


@pytest.mark.parametrize("group", ["Dev", "D*"])
def test_by_tags_exactly(aws, run_module, group):
    wanted = of(aws, group)
    result = run_module(module, where={"Patch Group": [group]}, tags=DEFAULT)
    assert [one["instance_id"] for one in result["instances"]] == wanted
    assert of(aws, "Default") == wanted
    again = run_module(module, where={"Patch Group": [group]}, tags=DEFAULT)
    assert (again["changed"], again["instances"]) == (False, [])


def test_several_tags_and_any_value(aws, run_module):
    dev = of(aws, "Dev")
    result = run_module(module, check=True, where={"Patch Group": ["Dev", "Devil"], "team": []}, tags=DEFAULT)
    assert [one["instance_id"] for one in result["instances"]] == dev


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"where": {}, "tags": DEFAULT}, "where: must not be empty"),
        ({"where": {"a": ["b"]}, "tags": {}}, "tags: must not be empty"),
        ({"where": {"a": ["b"]}, "tags": {"aws:x": "1"}}, "tags: the key 'aws:x'"),
        ({"where": {"a": ["b"]}, "tags": {"x": "1" * 257}}, "tags: the value of x has 257"),
        ({"where": {"a": ["b"] * 201}, "tags": DEFAULT}, "where: a has 201 values"),
        ({"instance_ids": ["i-00000000000000000"], "tags": DEFAULT}, "instance_ids: no such instance: i-0000"),
        ({"where": {"Patch Group": "Dev"}, "tags": {str(n): "" for n in range(50)}}, "would have more than 50 tags"),
        ({"tags": DEFAULT}, "one of the following is required"),
    ],
)
def test_refused_before_anything_is_written(aws, run_module, options, words):
    before = tags(aws)
    result = run_module(module, **options)
    assert result["failed"]
    assert words in result["msg"]
    assert tags(aws) == before


@pytest.fixture(name="mixed")
def fixture_mixed(serve):
    """The local AWS with an instance and two hybrid nodes, and their ids."""
    fleet = [
        {"name": "rack", "platform": "rhel-9", "count": 2, "hybrid": True, "tags": {"Patch Group": "Dev"}},
        {"name": "web", "platform": "rhel-9", "tags": {"Patch Group": "Dev"}},
    ]
    aws = serve({"fleet": fleet})
    return aws, [
        one["InstanceId"] for one in aws.client("ssm").describe_instance_information()["InstanceInformationList"]
    ]


def node_tags(aws, node):
    listed = aws.client("ssm").list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=node)["TagList"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_hybrid_nodes_and_instances_together(mixed, run_module):
    aws, everyone = mixed
    racks = sorted(one for one in everyone if one.startswith("mi-"))
    steps, written = [], []
    for check in (True, False, True, False):
        aws.clear_calls()
        steps.append(run_module(module, check=check, instance_ids=everyone, tags=DEFAULT))
        sent = [call["operation"] for call in aws.calls(source="client")]
        written.append((sent.count("CreateTags"), sent.count("AddTagsToResource")))
    assert written == [(0, 0), (1, 2), (0, 0), (0, 0)]
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert (steps[0]["instances"], steps[0]["diff"]) == (steps[1]["instances"], steps[1]["diff"])
    assert [one["instance_id"] for one in steps[1]["instances"]] == sorted(everyone)
    assert {node_tags(aws, rack)["Name"] for rack in racks} == {"rack-1", "rack-2"}
    assert [node_tags(aws, rack)["Patch Group"] for rack in racks] == ["Default", "Default"]
    found = run_module(module, where={"Patch Group": ["Default"]}, tags=DEFAULT)
    assert [one["instance_id"][:2] for one in found["instances"]] == ["i-"]


def test_a_hybrid_node_that_does_not_exist_or_is_refused(mixed, run_module):
    aws, everyone = mixed
    gone = "mi-00000000000000000"
    result = run_module(module, instance_ids=[gone, everyone[0]], tags=DEFAULT)
    assert result["failed"] and gone in result["msg"] and everyone[0] not in result["msg"]
    aws.faults(service="ssm", operation="AddTagsToResource", code="AccessDeniedException")
    result = run_module(module, instance_ids=everyone, tags=DEFAULT)
    assert result["failed"] and result["summary"] == {"updated": 2, "unchanged": 0, "failed": 1}
    (failed,) = [one for one in result["instances"] if one["action"] == "failed"]
    assert (
        failed["failure"]["code"] == "AccessDeniedException"
        and node_tags(aws, failed["instance_id"])["Patch Group"] == "Dev"
    )


def test_a_batch_that_is_refused_is_a_failure_of_its_instances(aws, run_module):
    dev = of(aws, "Dev")
    aws.faults(service="ec2", operation="CreateTags", code="UnauthorizedOperation")
    result = run_module(module, instance_ids=dev, tags=DEFAULT)
    assert result["failed"]
    assert result["summary"] == {"updated": 0, "unchanged": 0, "failed": 3}
    assert result["instances"][0]["failure"]["code"] == "UnauthorizedOperation"
    assert of(aws, "Dev") == dev
