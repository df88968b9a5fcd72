# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Scenarios: what is refused, what is seeded, and that the inventory plugin reads it."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from local_aws import testing
from local_aws.scenario import seed as scenario


@pytest.fixture(scope="module")
def aws():
    with testing.serve() as served:
        yield served


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
    found = sorted((Path(__file__).parents[2] / "scenarios").glob("*.y*ml"))
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
