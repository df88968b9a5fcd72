# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest

from local_aws.scenario import seed as scenarios

from ...helpers import TIMES
from ...helpers import WEB
from ...helpers import ids
from ...helpers import install
from ...helpers import refused
from ...helpers import scenario

BARE = {
    "name": "rack", "count": 2, "platform": "rhel-9", "missing": 5, "hybrid": True, **TIMES,
    "tags": {"PatchGroup": "cellar", "instancedata": {"solution": "shop"}},
}  # fmt: skip
ROLE = {"name": "nodes", "trust": ["ssm.amazonaws.com"]}


@pytest.fixture(scope="module")
def base():
    return scenario()


@pytest.fixture
def hybrid(server):
    server.reset(scenario(WEB, BARE, roles=[ROLE]))
    return sorted(one["InstanceId"] for one in managed(server.client("ssm")))


def managed(ssm, **wanted):
    filters = [
        {"Key": key, "Values": [value]} for key, value in (wanted or {"ResourceType": "ManagedInstance"}).items()
    ]
    return ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]


def test_they_are_managed_nodes_and_no_instances(server, ec2, ssm, hybrid):
    assert all(number.startswith("mi-") and len(number) == 20 for number in hybrid) and len(hybrid) == 2
    assert set(ids(server)) == {"web-1", "web-2"}
    one = managed(ssm)[0]
    assert (one["ResourceType"], one["SourceType"]) == ("ManagedInstance", "AWS::SSM::ManagedInstance")
    assert one["Name"].startswith("rack-") and one["ActivationId"] and one["PingStatus"] == "Online"
    assert len(managed(ssm, ResourceType="EC2Instance")) == 2
    assert len(managed(ssm, ActivationIds=one["ActivationId"])) == 2
    assert len(managed(ssm, **{"tag:PatchGroup": "cellar"})) == 2
    assert [one["InstanceId"] for one in managed(ssm, InstanceIds=hybrid[0])] == hybrid[:1]
    with refused("InvalidInstanceID.Malformed"):
        ec2.describe_instances(InstanceIds=hybrid[:1])
    with refused("InvalidInstanceID.Malformed"):
        ec2.create_image(InstanceId=hybrid[0], Name="never")


def test_their_tags_are_those_of_systems_manager(server, ec2, ssm, hybrid):
    node = {"ResourceType": "ManagedInstance", "ResourceId": hybrid[0]}
    have = {tag["Key"]: tag["Value"] for tag in ssm.list_tags_for_resource(**node)["TagList"]}
    assert (have["PatchGroup"], have["instancedata"]) == ("cellar", '{"solution": "shop"}')
    ssm.add_tags_to_resource(**node, Tags=[{"Key": "wave", "Value": "1"}])
    ssm.remove_tags_from_resource(**node, TagKeys=["PatchGroup"])
    assert [one["InstanceId"] for one in managed(ssm, **{"tag:wave": "1"})] == hybrid[:1]
    assert len(managed(ssm, **{"tag:PatchGroup": "cellar"})) == 1
    with refused("InvalidResourceId"):
        ssm.list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=ids(server)["web-1"])
    with refused("InvalidResourceId"):
        ssm.add_tags_to_resource(
            ResourceType="ManagedInstance", ResourceId="mi-0123456789abcdef0", Tags=[{"Key": "a", "Value": "b"}]
        )


def test_they_are_patched_by_id_and_by_tag(server, ssm, hybrid):
    states = ssm.describe_instance_patch_states(InstanceIds=hybrid)["InstancePatchStates"]
    assert [(one["MissingCount"], one["PatchGroup"]) for one in states] == [(5, "cellar")] * 2
    assert install(server, hybrid[:1]) == {hybrid[0]: "Success"}
    command = ssm.send_command(
        DocumentName="AWS-RunPatchBaseline", Parameters={"Operation": ["Install"]},
        Targets=[{"Key": "tag:PatchGroup", "Values": ["cellar"]}],
    )["Command"]["CommandId"]  # fmt: skip
    server.clock(jump="idle")
    found = ssm.list_command_invocations(CommandId=command)["CommandInvocations"]
    assert {one["InstanceId"]: one["StatusDetails"] for one in found} == dict.fromkeys(hybrid, "Success")
    assert {one["InstanceName"] for one in found} == {"rack-1", "rack-2"}
    state = ssm.describe_patch_group_state(PatchGroup="cellar")
    assert (state["Instances"], state["InstancesWithMissingPatches"]) == (2, 0)
    assert [one["kind"] for one in server.history(instance=hybrid[1])] == ["install", "reboot"]
    items = ssm.list_compliance_items(ResourceIds=hybrid[:1], ResourceTypes=["ManagedInstance"])["ComplianceItems"]
    assert items and {one["Status"] for one in items} == {"COMPLIANT"}


def test_agents_of_hybrid_nodes_are_lost_and_vanish_too(server, ssm, hybrid):
    server.set_machine(hybrid[0], agent="lost")
    server.clock(advance=301)
    assert {one["InstanceId"]: one["PingStatus"] for one in managed(ssm)}[hybrid[0]] == "ConnectionLost"
    server.set_machine(hybrid[1], vanish=True)
    command = ssm.send_command(
        DocumentName="AWS-RunShellScript", InstanceIds=hybrid[1:], Parameters={"commands": ["true"]}
    )["Command"]["CommandId"]
    server.clock(jump="idle")
    found = ssm.list_command_invocations(CommandId=command)["CommandInvocations"][0]
    assert found["StatusDetails"] == "Undeliverable"
    assert [one["InstanceId"] for one in managed(ssm)] == hybrid[:1]


def test_an_activation_and_who_registers_with_it(server, ssm, hybrid):
    tags = [{"Key": "PatchGroup", "Value": "attic"}]
    made = ssm.create_activation(IamRole="nodes", DefaultInstanceName="tower", RegistrationLimit=1, Tags=tags)
    wanted = {"activation_id": made["ActivationId"], "activation_code": made["ActivationCode"], "platform": "rhel-8"}
    number = server.request("POST", "register", {**wanted, "missing": 2})["instance_id"]
    (one,) = managed(ssm, ActivationIds=made["ActivationId"])
    assert (one["InstanceId"], one["Name"], one["IamRole"]) == (number, "tower", "nodes")
    assert len(managed(ssm, **{"tag:PatchGroup": "attic"})) == 1
    assert ssm.describe_instance_patch_states(InstanceIds=[number])["InstancePatchStates"] == []  # never scanned
    with pytest.raises(Exception, match="limit"):
        server.request("POST", "register", wanted)
    only = [{"FilterKey": "ActivationIds", "FilterValues": [made["ActivationId"]]}]
    (shown,) = ssm.describe_activations(Filters=only)["ActivationList"]
    assert (shown["RegistrationsCount"], shown["Expired"], shown["IamRole"]) == (1, False, "nodes")
    server.clock(advance=24 * 3600 + 1)
    assert ssm.describe_activations(Filters=only)["ActivationList"][0]["Expired"] is True
    ssm.delete_activation(ActivationId=made["ActivationId"])
    with refused("InvalidActivationId"):
        ssm.delete_activation(ActivationId=made["ActivationId"])
    assert len(managed(ssm, ActivationIds=made["ActivationId"])) == 1


def test_refusals_and_deregistration(server, ssm, hybrid):
    with refused("InvalidParameters", "trust policy"):
        ssm.create_activation(IamRole="unknown")
    with refused("InvalidParameters", "30 days"):
        ssm.create_activation(IamRole="nodes", ExpirationDate=datetime(2026, 3, 10, tzinfo=UTC) + timedelta(days=31))
    ssm.update_managed_instance_role(InstanceId=hybrid[0], IamRole="nodes")
    assert len(managed(ssm, IamRole="nodes")) == 1
    ssm.deregister_managed_instance(InstanceId=hybrid[0])
    with refused("InvalidInstanceId"):
        ssm.deregister_managed_instance(InstanceId=hybrid[0])
    with refused("InvalidInstanceId"):
        ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=hybrid, Parameters={"commands": ["true"]})
    assert ssm.describe_instance_patch_states(InstanceIds=hybrid)["InstancePatchStates"][0]["InstanceId"] == hybrid[1]


def test_what_a_hybrid_entry_cannot_have():
    with pytest.raises(scenarios.ScenarioError, match="volumes"):
        scenarios.load({"fleet": [{**BARE, "volumes": [8]}]})
