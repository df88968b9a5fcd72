# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DescribeInstanceInformation and DescribeInstancePatchStates*; expectations from the API reference."""

import time

import botocore.exceptions
import pytest

from local_aws.fleet.operating_systems import PLATFORMS

from ..helpers import ids
from ..helpers import patch
from ..helpers import refused
from ..helpers import scenario


def nodes_of(ssm, size=50, **more):
    pages = ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": size}, **more)
    return [one for page in pages for one in page["InstanceInformationList"]]


MIXED = [
    {"name": "on", "platform": "windows-2019", "tags": {"Role": "data"}},
    {"name": "lost", "platform": "ubuntu-22.04", "agent": "lost", "tags": {"Role": "app"}},
    {"name": "none", "platform": "rhel-8", "agent": "none"},
    {"name": "off", "platform": "rhel-9", "state": "stopped"},
    {"name": "gone", "platform": "rhel-9"},
]


@pytest.fixture
def mixed(server):
    server.reset(scenario(MIXED))
    found = ids(server)
    server.client("ec2").terminate_instances(InstanceIds=[found["gone"]])
    return found


def test_only_running_managed_nodes(mixed, ssm):
    found = {one["InstanceId"]: one["PingStatus"] for one in nodes_of(ssm)}
    assert found == {mixed["on"]: "Online", mixed["lost"]: "ConnectionLost"}


@pytest.mark.parametrize(
    ("key", "values", "names"),
    [
        ("PingStatus", ["Online"], {"on"}),
        ("PlatformTypes", ["Linux"], {"lost"}),
        ("PlatformTypes", ["Linux", "Windows"], {"on", "lost"}),
        ("ResourceType", ["EC2Instance"], {"on", "lost"}),
        ("ResourceType", ["ManagedInstance"], set()),
        ("tag:Role", ["data"], {"on"}),
        ("tag-key", ["Role"], {"on", "lost"}),
    ],
)
def test_filters(mixed, ssm, key, values, names):
    wanted = {mixed[name] for name in names}
    assert {one["InstanceId"] for one in nodes_of(ssm, Filters=[{"Key": key, "Values": values}])} == wanted
    if not key.startswith("tag"):
        old = [{"key": key, "valueSet": values}]
        assert {one["InstanceId"] for one in nodes_of(ssm, InstanceInformationFilterList=old)} == wanted


def test_ids_as_filter(mixed, ssm):
    wanted = [{"Key": "InstanceIds", "Values": [mixed["on"], mixed["off"]]}]
    assert [one["InstanceId"] for one in nodes_of(ssm, Filters=wanted)] == [mixed["on"]]
    with refused(
        "InvalidInstanceId"
    ):  # "a node ID that isn't valid or a node that you don't own, you receive an error"
        nodes_of(ssm, Filters=[{"Key": "InstanceIds", "Values": ["i-00000000000000000"]}])


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("InvalidFilterKey", {"Filters": [{"Key": "Nonsense", "Values": ["x"]}]}),
        ("InvalidInstanceInformationFilterValue", {"Filters": [{"Key": "PingStatus", "Values": ["Fine"]}]}),
        (
            "InvalidFilterKey",
            {
                "Filters": [{"Key": "PingStatus", "Values": ["Online"]}],
                "InstanceInformationFilterList": [{"key": "PingStatus", "valueSet": ["Online"]}],
            },
        ),
        # "Tag filters can't be combined with other filter types."
        (
            "InvalidFilterKey",
            {"Filters": [{"Key": "PingStatus", "Values": ["Online"]}, {"Key": "tag:Role", "Values": ["app"]}]},
        ),
        ("ValidationException", {"MaxResults": 51}),
        ("InvalidNextToken", {"NextToken": "x"}),
    ],
)
def test_what_is_refused(ssm, code, more):
    with refused(code):
        ssm.describe_instance_information(**more)


def test_the_smallest_page_is_five(ssm):
    with pytest.raises((botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError)):
        ssm.describe_instance_information(MaxResults=4)


def test_words_of_every_platform(server, ssm):
    server.reset(scenario([{"name": key.replace(".", "-"), "platform": key} for key in PLATFORMS]))
    found = {(one["PlatformType"], one["PlatformName"], one["PlatformVersion"]) for one in nodes_of(ssm)}
    assert found == {
        ("Windows", "Microsoft Windows Server 2016 Datacenter", "10.0.14393"),
        ("Windows", "Microsoft Windows Server 2019 Datacenter", "10.0.17763"),
        ("Windows", "Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
        ("Windows", "Microsoft Windows Server 2025 Datacenter", "10.0.26100"),
        ("Linux", "Amazon Linux", "2"),
        ("Linux", "Amazon Linux", "2023"),
        ("Linux", "Ubuntu", "22.04"),
        ("Linux", "Ubuntu", "24.04"),
        ("Linux", "Red Hat Enterprise Linux", "8.10"),
        ("Linux", "Red Hat Enterprise Linux", "9.4"),
    }


def test_default_page_is_ten(server, ssm):
    server.reset(scenario([{"name": "n", "count": 12, "platform": "amazon-linux-2"}]))
    assert len(ssm.describe_instance_information()["InstanceInformationList"]) == 10
    assert len({one["InstanceId"] for one in nodes_of(ssm, 5)}) == 12


def test_an_instance_that_the_test_starts_itself(server, ssm):
    ec2 = server.client("ec2")
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["*jammy*"]}])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="m6i.large")["Instances"][0][
        "InstanceId"
    ]
    server.clock(jump="idle")
    (found,) = nodes_of(ssm, Filters=[{"Key": "InstanceIds", "Values": [made]}])
    assert (found["PlatformName"], found["PlatformVersion"], found["PingStatus"]) == ("Ubuntu", "22.04", "Online")
    assert ssm.describe_instance_patch_states(InstanceIds=[made])["InstancePatchStates"] == []
    assert patch(server, ssm, [made], "Scan") == {made: "Success"}


def test_a_reboot_is_a_short_silence(server, ssm):
    node = ids(server)["win-1"]
    server.set_machine(node, reboot_seconds=900)
    server.client("ec2").reboot_instances(InstanceIds=[node])
    wanted = [{"Key": "InstanceIds", "Values": [node]}]
    server.clock(advance=10)
    assert nodes_of(ssm, Filters=wanted)[0]["PingStatus"] == "Online"  # the last ping is not old enough
    server.clock(advance=400)
    assert nodes_of(ssm, Filters=wanted)[0]["PingStatus"] == "ConnectionLost"
    server.clock(jump="idle")
    assert nodes_of(ssm, Filters=wanted)[0]["PingStatus"] == "Online"


def test_same_fleet_same_machines(server, ssm):
    def all_of():
        found = []
        for name, node in sorted(ids(server).items()):
            facts = server.machine(node)
            found.append((name, facts["agent_version"], facts["missing"], facts["durations"]))
        return found

    first = all_of()
    server.reset(scenario())
    assert all_of() == first


def test_patch_states_of_fifty_ids(server, ssm):
    server.reset(scenario([{"name": "n", "count": 55, "platform": "amazon-linux-2", "missing": 1}]))
    every = list(ids(server).values())
    assert len(ssm.describe_instance_patch_states(InstanceIds=every[:50])["InstancePatchStates"]) == 50
    with refused("ValidationException"):
        ssm.describe_instance_patch_states(InstanceIds=every[:51])
    part = ssm.describe_instance_patch_states(InstanceIds=every[:50], MaxResults=10)
    assert len(part["InstancePatchStates"]) == 10 and part["NextToken"]


def test_states_of_a_patch_group(server, ssm):
    nodes = ids(server)
    patch(server, ssm, [nodes["win-1"]])

    def group(**one):
        wanted = {"Filters": [{**one, "Values": [one["Values"]]}]} if one else {}
        found = ssm.describe_instance_patch_states_for_patch_group(PatchGroup="prod", **wanted)["InstancePatchStates"]
        return {state["InstanceId"] for state in found}

    assert group() == {nodes["win-1"], nodes["win-2"]}
    assert group(Key="MissingCount", Type="GreaterThan", Values="3") == {nodes["win-2"]}
    assert group(Key="MissingCount", Type="Equal", Values="0") == {nodes["win-1"]}
    assert group(Key="MissingCount", Type="NotEqual", Values="0") == {nodes["win-2"]}
    assert group(Key="MissingCount", Type="LessThan", Values="4") == {nodes["win-1"]}
    with refused("InvalidFilter"):
        group(Key="Missing", Type="Equal", Values="0")
    found = ssm.describe_patch_group_state(PatchGroup="prod")
    assert (found["Instances"], found["InstancesWithMissingPatches"], found["InstancesWithInstalledPatches"]) == (
        2,
        1,
        2,
    )


def test_compliance(server, ssm):
    nodes = ids(server)
    patch(server, ssm, [nodes["lin-1"]])
    pages = ssm.get_paginator("list_resource_compliance_summaries").paginate()
    found = {one["ResourceId"]: one for page in pages for one in page["ResourceComplianceSummaryItems"]}
    assert {name: found[node]["Status"] for name, node in nodes.items()} == {
        "win-1": "NON_COMPLIANT",
        "win-2": "NON_COMPLIANT",
        "lin-1": "COMPLIANT",
        "lin-2": "NON_COMPLIANT",
    }
    assert found[nodes["lin-2"]]["NonCompliantSummary"]["NonCompliantCount"] == 3
    (summary,) = ssm.list_compliance_summaries()["ComplianceSummaryItems"]
    assert summary["ComplianceType"] == "Patch"
    assert summary["CompliantSummary"]["CompliantCount"] == 1
    assert summary["NonCompliantSummary"]["NonCompliantCount"] == 3
    only = [{"Key": "Status", "Values": ["NON_COMPLIANT"], "Type": "EQUAL"}]
    items = ssm.list_compliance_items(ResourceIds=[nodes["lin-2"]], ResourceTypes=["ManagedInstance"], Filters=only)
    assert {one["Details"]["PatchState"] for one in items["ComplianceItems"]} == {"Missing"}
    assert len(items["ComplianceItems"]) == 3
    assert {one["Severity"] for one in items["ComplianceItems"]} == {"UNSPECIFIED"}  # predefined baselines
    with refused("InvalidResourceType"):
        ssm.list_compliance_items(ResourceIds=[nodes["lin-2"]], ResourceTypes=["Other"])
    with refused("InvalidResourceId"):
        ssm.list_compliance_items(ResourceIds=["i-00000000000000000"])


def test_a_thousand_nodes_are_listed_quickly(server, ssm):
    server.reset(scenario([{"name": "n", "count": 1000, "platform": "windows-2022"}]))
    started = time.process_time()
    every = [one["InstanceId"] for one in nodes_of(ssm)]
    states = []
    for first in range(0, len(every), 50):
        found = ssm.describe_instance_patch_states(InstanceIds=every[first : first + 50])
        states += found["InstancePatchStates"]
    assert len(every) == len(states) == 1000
    # Processor time: the machine that runs the tests may be busy. Measured 0.4 s; the limit catches a search that grows
    # with the square of the fleet.
    assert time.process_time() - started < 5


def test_tiny_pages(server, ssm):
    nodes = list(ids(server).values())
    server.switches(page_size=1)
    assert {one["InstanceId"] for one in nodes_of(ssm)} == set(nodes)
    pages = ssm.get_paginator("describe_instance_patch_states").paginate(InstanceIds=nodes)
    assert [len(page["InstancePatchStates"]) for page in pages] == [1] * len(nodes)
