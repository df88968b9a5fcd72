# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ssm_managed_node_info as module

PLATFORMS = {
    "windows-2022": "WINDOWS",
    "amazon-linux-2": "AMAZON_LINUX_2",
    "amazon-linux-2023": "AMAZON_LINUX_2023",
    "ubuntu-24.04": "UBUNTU",
    "rhel-9": "REDHAT_ENTERPRISE_LINUX",
}


def fleet(**more):
    return {"fleet": [{"name": name, "count": 1, "platform": name, **more} for name in PLATFORMS]}


def test_the_words_of_the_baselines(serve, run_module):
    aws = serve(fleet())
    named = {
        instance["InstanceId"]: next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")
        for reservation in aws.client("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    nodes = run_module(module)["nodes"]
    assert {named[node["instance_id"]]: node["operating_system"] for node in nodes} == PLATFORMS
    assert {node["ping_status"] for node in nodes} == {"Online"}
    assert [node["instance_id"] for node in nodes] == sorted(named)


@pytest.mark.parametrize("page_size", [None, 5])
def test_more_than_a_page_and_more_than_fifty_ids(serve, run_module, page_size):
    aws = serve({"fleet": [{"name": "app", "count": 60, "platform": "amazon-linux-2023"}]})
    if page_size:
        aws.switches(page_size=page_size)
    everyone = run_module(module)["nodes"]
    assert len(everyone) == 60
    ids = [node["instance_id"] for node in everyone]
    unknown = "i-00000000000000000"
    result = run_module(module, instance_ids=[*ids, unknown, ids[0]])
    assert [node["instance_id"] for node in result["nodes"]] == ids
    assert result["unmanaged"] == [unknown]


def test_filters(serve, run_module):
    serve(fleet())
    [windows] = run_module(module, filters={"PlatformTypes": "Windows"})["nodes"]
    assert windows["platform_type"] == "Windows"
    assert run_module(module, filters={"PingStatus": ["ConnectionLost"]})["nodes"] == []


def test_no_ids_are_not_all(serve, run_module):
    serve(fleet())
    assert run_module(module, instance_ids=[])["nodes"] == []


def test_stopped_and_lost(serve, run_module):
    aws = serve(
        {
            "fleet": [
                {"name": "a", "state": "stopped", "platform": "rhel-9"},
                {"name": "b", "agent": "lost", "platform": "rhel-9"},
            ]
        }
    )
    ids = [
        instance["InstanceId"]
        for reservation in aws.client("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    ]
    result = run_module(module, instance_ids=ids)
    assert [node["ping_status"] for node in result["nodes"]] == ["ConnectionLost"]
    assert len(result["unmanaged"]) == 1


def test_denied(serve, run_module):
    aws = serve()
    aws.faults(service="ssm", operation="DescribeInstanceInformation", code="AccessDeniedException", count=-1)
    assert run_module(module)["failure"]["code"] == "AccessDeniedException"


def test_tags_of_hybrid_nodes(serve, run_module):
    aws = serve(
        {
            "fleet": [
                {"name": "rack", "platform": "rhel-9", "hybrid": True, "tags": {"PatchGroup": "cellar"}},
                {"name": "web", "platform": "rhel-9"},
            ]
        }
    )
    result = run_module(module, tags=True)
    assert [node.get("tags") for node in result["nodes"]] == [None, {"Name": "rack", "PatchGroup": "cellar"}]
    assert result["region"] == "us-east-1"
    assert "tags" not in run_module(module, filters={"ResourceType": "ManagedInstance"})["nodes"][0]
    aws.faults(service="ssm", operation="ListTagsForResource", code="AccessDeniedException", count=-1)
    assert run_module(module, tags=True)["failure"]["code"] == "AccessDeniedException"
