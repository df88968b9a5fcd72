# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hybrid nodes are patched with the others, last and without images, and nobody takes them back."""

from __future__ import annotations

import json

import pytest
from driver import Operator

from local_aws import testing

TAGS = {"instancedata": {"solution": "shop", "environment": "production", "instance": "Web Server"}}
TIMES = {
    "patch_seconds": 120,
    "scan_seconds": 30,
    "reboot_seconds": 60,
    "agent_update_seconds": 20,
    "image_seconds": 60,
}
FLEET = [
    {"name": "web", "platform": "ubuntu-24.04", "zones": ["us-east-1a"], "tags": TAGS, "missing": 2, **TIMES},
    {"name": "rack", "platform": "rhel-9", "hybrid": True, "tags": TAGS, "missing": 2, **TIMES},
    {
        "name": "cellar", "platform": "windows-2022", "hybrid": True, "tags": TAGS, "missing": 2,
        "behaviours": {"install_fails": 1}, **TIMES,
    },
    {"name": "vault", "platform": "rhel-9", "hybrid": True, "tags": TAGS, "missing": 2, **TIMES},
    {"name": "attic", "platform": "rhel-9", "hybrid": True, "missing": 2, **TIMES},
]  # fmt: skip


@pytest.fixture(name="aws")
def fixture_aws():
    with testing.serve({"clock": {"rate": 600}, "fleet": FLEET}) as aws:
        yield aws


def nodes_of(aws):
    found = aws.client("ssm").describe_instance_information()["InstanceInformationList"]
    return {one["ComputerName"]: one["InstanceId"] for one in found if one["ResourceType"] == "ManagedInstance"}


def test_hybrid_nodes_of_the_inventory_and_of_the_region_are_patched_without_images(tmp_path, aws):
    nodes = nodes_of(aws)
    own = {"cold-room": "cellar", "left-alone": "vault"}
    (tmp_path / "own.yml").write_text(
        json.dumps({"all": {"hosts": {name: {"instance_id": nodes[node]} for name, node in own.items()}}}),
        encoding="utf-8",
    )
    operator = Operator(tmp_path, aws, patch_run_id="hybrid", patch_run_hybrid_nodes=True, patch_run_update_agent=False)
    operator.run("patch", "-i", "own.yml", patch_run_hosts="aws_ec2,cold-room")
    plan, report = operator.plan("hybrid"), operator.report("hybrid")
    assert [wave["zones"] for wave in plan["waves"]] == [["us-east-1a"], ["hybrid"]]
    assert {host["host"]: host["instance_id"] for host in plan["waves"][1]["hosts"]} == {
        "cold-room": nodes["cellar"],
        "rack": nodes["rack"],
    }
    assert [(item["host"], item["reason"]) for item in plan["exclusions"]] == [("attic", "not_tagged")]
    rows = {host["name"]: host for wave in report["waves"] for host in wave["hosts"]}
    assert {name: (row["outcome"], row["attempts"], bool(row["image_id"])) for name, row in rows.items()} == {
        "web": ("patched", 1, True),
        "rack": ("patched", 1, False),
        "cellar": ("patched", 2, False),
    }
    page = (tmp_path / "fleetpatch-runs" / "hybrid" / "report.html").read_text(encoding="utf-8")
    assert page.count("no image: hybrid node") == 2
    (image,) = aws.control.history(kind="image")
    done = len(aws.control.history())
    assert not [call for call in aws.control.calls(service="ec2") if '"mi-' in json.dumps(call["params"])]
    output = operator.run("rollback", patch_rollback_run_id="hybrid", patch_rollback_everything=True, expect=2)
    words = " ".join(output.split())
    assert "2 of the selected hosts cannot be rolled back, and the rollback was not started" in words
    assert all(f"{number}: hybrid nodes have no image" in words for number in (nodes["rack"], nodes["cellar"]))
    assert len(aws.control.history()) == done and image["instance_id"].startswith("i-")


def test_a_run_of_hybrid_nodes_alone_tells_which_is_out_of_reach_and_goes_on_later(tmp_path, aws):
    nodes = nodes_of(aws)
    operator = Operator(
        tmp_path, aws, patch_run_id="cellar", patch_run_hybrid_nodes=True, patch_run_hosts="localhost",
        patch_run_update_agent=False, patch_run_retries=0,
    )  # fmt: skip
    aws.control.set_machine(nodes["cellar"], install_fails=0)
    aws.client("ssm").deregister_managed_instance(InstanceId=nodes["vault"])
    aws.control.set_machine(nodes["rack"], undeliverable=True)
    aws.clock(rate=2400)
    operator.run(expect=2)
    rows = {host["name"]: host for wave in operator.report("cellar")["waves"] for host in wave["hosts"]}
    assert (rows["rack"]["outcome"], rows["rack"]["cause_code"]) == ("failed", "unreachable")
    assert operator.plan("cellar")["region"] == "us-east-1"
    aws.control.set_machine(nodes["rack"], undeliverable=False)
    operator.run()
    assert operator.report("cellar")["outcome"] == "completed"
    assert aws.control.history(kind="image") == []
