# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json
import uuid

import pytest
import yaml

from local_aws.fleet import breakdowns
from local_aws.scenario import seed as scenarios

from ....helpers import WEB
from ....helpers import ids
from ....helpers import install
from ....helpers import run
from ....helpers import scenario


@pytest.fixture(scope="module")
def base():
    return scenario()


@pytest.fixture
def node(server):
    return ids(server)["web-1"]


@pytest.fixture
def s3(server):
    client = server.client("s3")
    client.create_bucket(Bucket="lists")
    return client


def patches(ssm, node):
    return ssm.describe_instance_patch_states(InstanceIds=[node])["InstancePatchStates"][0]


def only(missing):
    """A baseline override that approves these patches and nothing else, beside one of another system."""
    mine = {"OperatingSystem": "AMAZON_LINUX_2023", "ApprovedPatches": missing, "RejectedPatches": []}
    return json.dumps([{"OperatingSystem": "WINDOWS", "ApprovedPatches": []}, mine]).encode()


def failed(server, node, **parameters):
    found = run(server, "AWS-RunPatchBaseline", [node], **parameters)[node]
    assert found["StatusDetails"] == "Failed"
    (plugin,) = [one for one in found["CommandPlugins"] if one["StatusDetails"] == "Failed"]
    return plugin


def test_a_baseline_override_decides_what_is_installed_and_not_what_is_compliant(server, ssm, s3, node):
    missing = server.machine(node)["missing"]
    s3.put_object(Bucket="lists", Key="own.json", Body=only(missing[:1]))
    before = patches(ssm, node)
    assert install(server, [node], BaselineOverride="s3://lists/own.json") == {node: "Success"}
    assert server.history(kind="install")[0]["installed"] == missing[:1]
    assert patches(ssm, node) == before  # the state stays that of the baseline's own operations
    run(server, "AWS-RunPatchBaseline", [node], Operation="Scan")
    assert patches(ssm, node)["MissingCount"] == 2


def test_a_scan_with_an_override_prints_what_is_missing(server, ssm, s3, node):
    missing = server.machine(node)["missing"]
    s3.put_object(Bucket="lists", Key="own.json", Body=only(missing[:2]))
    found = run(server, "AWS-RunPatchBaseline", [node], Operation="Scan", BaselineOverride="s3://lists/own.json")[node]
    (text,) = [one["Output"] for one in found["CommandPlugins"] if "Baseline override" in one["Output"]]
    assert all(number in text for number in missing[:2]) and missing[2] not in text
    assert "MissingCount        : 2" in text
    assert patches(ssm, node)["MissingCount"] == 3
    server.switches(baseline_override_reports=True)
    run(server, "AWS-RunPatchBaseline", [node], Operation="Scan", BaselineOverride="s3://lists/own.json")
    assert patches(ssm, node)["MissingCount"] == 2


def test_a_snapshot_id_pins_the_override(server, s3, node):
    other, missing = ids(server)["web-2"], server.machine(node)["missing"]
    s3.put_object(Bucket="lists", Key="own.json", Body=only(missing[:1]))
    wanted = {"BaselineOverride": "s3://lists/own.json", "SnapshotId": str(uuid.UUID(int=7, version=4))}
    install(server, [node], **wanted)
    s3.put_object(Bucket="lists", Key="own.json", Body=only([]))
    install(server, [other], **wanted)
    still = set(server.machine(other)["missing"])
    assert missing[0] not in still
    install(server, [other], BaselineOverride="s3://lists/own.json")
    assert set(server.machine(other)["missing"]) == still


def test_both_overrides_are_refused_before_anything_happens(server, s3, node):
    s3.put_object(Bucket="lists", Key="own.json", Body=only([]))
    s3.put_object(Bucket="lists", Key="own.yaml", Body=b"patches: []")
    for operation in ("Scan", "Install"):
        wanted = {"BaselineOverride": "s3://lists/own.json", "InstallOverrideList": "s3://lists/own.yaml"}
        plugin = failed(server, node, Operation=operation, **wanted)
        assert "cannot be used together" in plugin["Output"]
    assert server.history(instance=node) == []


def test_an_https_list_must_be_public_or_signed(server, s3, node):
    missing = server.machine(node)["missing"]
    body = yaml.safe_dump({"patches": [{"id": missing[0]}]}).encode()
    s3.put_object(Bucket="lists", Key="own.yaml", Body=body)
    urls = [
        "https://s3.us-east-1.amazonaws.com/lists/own.yaml",
        "https://lists.s3.us-east-1.amazonaws.com/own.yaml",
        "https://lists.s3.amazonaws.com/own.yaml",
    ]
    for url in urls:
        plugin = failed(server, node, Operation="Install", InstallOverrideList=url)
        assert "403" in plugin["Output"] and plugin["ResponseCode"] == 1
    assert install(server, [node], InstallOverrideList=urls[1] + "?X-Amz-Signature=abc") == {node: "Success"}
    assert server.machine(node)["missing"] == missing[1:]
    s3.put_object(Bucket="lists", Key="own.yaml", Body=body, ACL="public-read")
    for url in urls:
        assert install(server, [node], InstallOverrideList=url) == {node: "Success"}
    plugin = failed(server, node, Operation="Install", InstallOverrideList="https://example.com/own.yaml")
    assert "cannot read" in plugin["Output"]


def test_a_bucket_policy_makes_public_too(server, s3, node):
    s3.put_object(Bucket="lists", Key="own.yaml", Body=b"patches: []")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lists/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="lists", Policy=policy)
    url = "https://lists.s3.us-east-1.amazonaws.com/own.yaml"
    assert install(server, [node], InstallOverrideList=url) == {node: "Success"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"not json", "not a list of patch baselines"),
        (b'{"a": 1}', "not a list of patch baselines"),
        (b'[{"OperatingSystem": "UBUNTU"}]', "no baseline for AMAZON_LINUX_2023"),
    ],
)
def test_wrong_overrides(server, s3, node, body, text):
    s3.put_object(Bucket="lists", Key="own.json", Body=body)
    plugin = failed(server, node, Operation="Scan", BaselineOverride="s3://lists/own.json")
    assert text in plugin["Output"]


@pytest.mark.parametrize(
    ("machine", "breakdown", "code", "text"),
    [
        ("web-1", "s3", 156, "Unable to download payload"),
        ("web-1", "space", 155, "Unable to extract tar file"),
        ("web-1", "payload", 152, "abort"),
        ("web-1", "noexec", 126, "Permission denied"),
        ("web-1", "python", 1, "requires Python3"),
        ("web-1", "mirrors", 1, "No more mirrors"),
        ("sql", "s3", -1, "exit status 4294967295"),
        ("sql", "wsus", -1, "0x80072EE2"),
        ("sql", "update_agent", -1, "0x80240437"),
    ],
)
def test_documented_breakdowns(server, ssm, machine, breakdown, code, text):
    node = ids(server)[machine]
    server.set_machine(node, patch_breakdown=breakdown)
    plugin = failed(server, node, Operation="Install")
    assert plugin["ResponseCode"] == code and text in plugin["Output"]
    assert server.history(instance=node) == [] and patches(ssm, node)["Operation"] == "Scan"
    server.set_machine(node, patch_breakdown="")
    assert install(server, [node]) == {node: "Success"}


def test_a_scenario_can_name_documented_breakdowns_only():
    assert set(scenarios.BREAKDOWNS) == set(breakdowns.BREAKDOWNS)
    with pytest.raises(scenarios.ScenarioError, match="patch_breakdown"):
        scenarios.load({"fleet": [{**WEB, "behaviours": {"patch_breakdown": "gremlins"}}]})
