# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""STS trust, scenarios and the command line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws import scenario
from local_aws import sts
from local_aws import testing

OTHER = "210987654321"
ROLES = {
    "roles": [
        {"name": "by-service", "trust": ["ssm.amazonaws.com"]},
        {"name": "by-account", "accounts": ["123456789012"]},
        {"name": "with-id", "accounts": ["123456789012"], "external_id": "s3cr3t-id"},
        {"name": "by-other", "accounts": [OTHER]},
    ],
    "accounts": [
        {"account": OTHER, "roles": [{"name": "remote", "accounts": ["arn:aws:iam::123456789012:role/by-account"]}]}
    ],
}


@pytest.fixture(scope="module")
def aws():
    with testing.serve(ROLES) as served:
        yield served


def role(name, account="123456789012"):
    return f"arn:aws:iam::{account}:role/{name}"


def refused(client, **params):
    with pytest.raises(ClientError) as caught:
        client.assume_role(RoleSessionName="test", **params)
    return caught.value.response["Error"]["Code"]


def as_role(aws, client, **params):
    keys = client.assume_role(RoleSessionName="test", **params)["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def test_trust_of_the_account_root(aws):
    client = aws.client("sts")
    session = as_role(aws, client, RoleArn=role("by-account"))
    identity = aws.client("sts", **session).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/by-account/test"
    assert identity["UserId"].endswith(":test")


def test_who_is_not_trusted_is_denied_as_if_the_role_did_not_exist(aws):
    client = aws.client("sts")
    for name in ("by-service", "by-other", "no-such-role"):
        assert refused(client, RoleArn=role(name)) == "AccessDenied"
    assert refused(client, RoleArn=role("remote", OTHER)) == "AccessDenied"


def test_external_id(aws):
    client = aws.client("sts")
    assert refused(client, RoleArn=role("with-id")) == "AccessDenied"
    assert refused(client, RoleArn=role("with-id"), ExternalId="wrong") == "AccessDenied"
    as_role(aws, client, RoleArn=role("with-id"), ExternalId="s3cr3t-id")


def test_chain_into_another_account(aws):
    first = as_role(aws, aws.client("sts"), RoleArn=role("by-account"))
    chained = aws.client("sts", **first)
    assert refused(chained, RoleArn=role("remote", OTHER), DurationSeconds=7200) == "ValidationError"
    second = as_role(aws, chained, RoleArn=role("remote", OTHER))
    assert aws.client("sts", **second).get_caller_identity()["Account"] == OTHER
    aws.client("sns", **second).create_topic(Name="there")
    assert aws.client("sns").list_topics()["Topics"] == []
    assert aws.calls(operation="CreateTopic")[-1]["account"] == OTHER


def test_duration_and_expiration(aws):
    client = aws.client("sts")
    assert refused(client, RoleArn=role("by-account"), DurationSeconds=3601) == "ValidationError"
    expires = client.assume_role(RoleArn=role("by-account"), RoleSessionName="test")["Credentials"]["Expiration"]
    assert expires.timestamp() >= time.time() + 3590


def test_a_session_token_is_the_caller_and_cannot_be_had_in_a_session(aws):
    client = aws.client("sts")
    keys = client.get_session_token(DurationSeconds=900)["Credentials"]
    session = {"aws_access_key_id": keys["AccessKeyId"], "aws_session_token": keys["SessionToken"]}
    assert aws.client("sts", **session).get_caller_identity()["Arn"] == client.get_caller_identity()["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        aws.client("sts", **as_role(aws, client, RoleArn=role("by-account"))).get_session_token()


def test_services_that_may_assume(aws):
    assert sts.assumable_by_service(role("by-service"), "ssm.amazonaws.com")
    assert not sts.assumable_by_service(role("by-service"), "ec2.amazonaws.com")
    assert not sts.assumable_by_service(role("by-account"), "ssm.amazonaws.com")
    assert not sts.assumable_by_service(role("no-such-role"), "ssm.amazonaws.com")


def test_a_denying_statement_wins(aws):
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": "123456789012"}, "Action": "sts:*"},
        ],
    }
    aws.client("iam").create_role(RoleName="denied", AssumeRolePolicyDocument=json.dumps(policy))
    assert refused(aws.client("sts"), RoleArn=role("denied")) == "AccessDenied"


# --- scenarios


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"fleets": []}, "'fleets' in the scenario"),
        ({"clock": {"speed": 1}}, "'speed' in clock"),
        ({"fleet": [{"name": "a", "platform": "rhel-9", "colour": 1}]}, r"'colour' in fleet\[0\]"),
        ({"fleet": [{"name": "a", "platform": "beos"}]}, r"fleet\[0\].platform"),
        ({"fleet": [{"name": "a"}]}, r"fleet\[0\] needs platform"),
        ({"fleet": [{"name": "a", "platform": "rhel-9", "behaviours": {"explodes": 1}}]}, "'explodes'"),
        ({"fleet": [{"name": "a", "platform": "rhel-9", "agent": "asleep"}]}, "agent"),
        ({"roles": [{"name": "a", "trusted": []}]}, "'trusted'"),
        ({"accounts": [{"account": "1", "flet": []}]}, "'flet'"),
        ("/no/such/file.yml", "cannot read"),
    ],
)
def test_what_is_wrong_is_named(wrong, text):
    with pytest.raises(scenario.ScenarioError, match=text):
        scenario.load(wrong)


def test_the_scenarios_that_come_with_the_package_load():
    found = sorted((Path(__file__).parents[1] / "scenarios").glob("*.y*ml"))
    assert found
    for path in found:
        assert scenario.load(path)["fleet"]


def test_snake_case_becomes_the_words_of_the_api():
    rules = {"name": "x", "approval_rules": {"patch_rules": [{"approve_after_days": 7, "ComplianceLevel": "HIGH"}]}}
    expected = {"Name": "x", "ApprovalRules": {"PatchRules": [{"ApproveAfterDays": 7, "ComplianceLevel": "HIGH"}]}}
    assert scenario._camel_keys(rules) == expected


def test_ten_thousand_instances_are_seeded_and_listed_in_seconds(aws):
    fleet = {
        "name": "big", "count": 10_000, "platform": "rhel-9", "zones": ["us-east-1a", "us-east-1b"],
        "tags": {"Environment": "prod", "PatchGroup": "prod", "Owner": "x", "Tier": "web"},
    }  # fmt: skip
    # Processor time: the machine that runs the tests may be busy. Measured alone: 5 s and 8 s, half of it the client's.
    start = time.process_time()
    aws.reset({"fleet": [fleet]})
    seeded = time.process_time() - start
    start = time.process_time()
    pages = aws.client("ec2").get_paginator("describe_instances").paginate()
    found = [i["InstanceId"] for page in pages for r in page["Reservations"] for i in r["Instances"]]
    listed = time.process_time() - start
    assert len(set(found)) == 10_000
    assert seeded < 10
    assert listed < 20


# --- Ansible's own inventory plugin


def test_the_inventory_plugin_of_amazon_aws_reads_all_instances(aws, tmp_path):
    program = shutil.which("ansible-inventory")
    if program is None:
        pytest.skip("no ansible-inventory in PATH")
    source = tmp_path / "fleet.aws_ec2.yml"
    source.write_text("plugin: amazon.aws.aws_ec2\nregions: [us-east-1]\nhostnames: ['tag:Name']\n")
    fleet = [{"name": "web", "count": 3, "platform": "windows-2022", "tags": {"PatchGroup": "prod"}}]
    aws.reset({"fleet": fleet, "switches": {"page_size": 2}})
    # The plugin's imports come from its own environment.
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [program, "-i", str(source), "--list"], env={**env, **aws.env()}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert len(aws.calls(operation="DescribeInstances")) == 2
    hosts = json.loads(done.stdout)["_meta"]["hostvars"]
    assert sorted(hosts) == ["web-1", "web-2", "web-3"]
    assert all(host["placement"]["availability_zone_id"] for host in hosts.values())


# --- command line


def test_the_command_line(tmp_path):
    root = Path(__file__).parents[1]
    scene = tmp_path / "scene.yml"
    scene.write_text("fleet: [{name: a, count: 2, platform: rhel-9}]\n")
    port_file = tmp_path / "port"
    command = [
        sys.executable,
        "-m",
        "local_aws",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--scenario",
        str(scene),
    ]
    command += ["--clock-rate", "60", "--switch", "page_size=1", "--log", str(tmp_path / "log")]
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while not port_file.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        assert port_file.exists(), process.communicate()
        control = testing.Control(f"http://127.0.0.1:{port_file.read_text().strip()}")
        assert control.health()["ok"] is True
        assert control.clock()["rate"] == 60
        assert control.switches()["page_size"] == 1
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "instances=2" in out


def test_the_command_line_names_a_wrong_scenario(tmp_path):
    root = Path(__file__).parents[1]
    scene = tmp_path / "scene.yml"
    scene.write_text("flet: []\n")
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", "--port", "0", "--scenario", str(scene)],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 2
    assert "'flet'" in done.stderr
