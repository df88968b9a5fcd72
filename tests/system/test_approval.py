# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An approval binds what it was given for: the hosts of the plan, what is installed on them, and the digest of both."""

from __future__ import annotations

import json
import re

import pytest
from driver import Operator

from local_aws import testing

BUCKET = "fleetpatch-lists"
LIST = "patches:\n  - id: kernel.x86_64\n"
WRITES = ("CreateImage", "StartAutomationExecution", "CreateDocument", "PutObject")


def host(name, **tags):
    return {
        "name": name,
        "platform": "amazon-linux-2023",
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": "SQL Server"}, **tags},
        "missing": 2,
        "patch_seconds": 60,
        "scan_seconds": 30,
        "image_seconds": 60,
    }


def squeezed(output):
    return " ".join(output.split())


def calls(operator, operation):
    return [call["params"] for call in operator.aws.control.calls(operation=operation) if call["source"] == "client"]


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    fleet = [host("sql"), host("left"), host("exempt", install_patch="no")]
    with testing.serve({"clock": {"rate": 900}, "fleet": fleet}) as aws:
        aws.client("s3").create_bucket(Bucket=BUCKET)
        (tmp_path / "list.yml").write_text(LIST, encoding="utf-8")
        yield Operator(
            tmp_path,
            aws,
            patch_run_id="spring",
            patch_run_update_agent=False,
            patch_run_approval="token",
            patch_run_install_override_list=str(tmp_path / "list.yml"),
            patch_run_override_bucket=BUCKET,
        )


def test_an_approval_binds_the_hosts_and_what_is_installed(operator, tmp_path):
    shown = operator.run("plan")
    (digest,) = set(re.findall(r"digest (sha256:[0-9a-f]{64})", shown))
    file = tmp_path / "fleetpatch-runs" / "spring" / "plan.json"
    approved = file.read_text(encoding="utf-8")

    # Somebody who may write the folder of runs adds the exempt host to the plan, and swaps the list of patches.
    plan = json.loads(approved)
    exempt = plan["exclusions"][0]
    plan["waves"][0]["hosts"].append(
        {**plan["waves"][0]["hosts"][0], "host": exempt["host"], "instance_id": exempt["instance_id"]}
    )
    file.write_text(json.dumps(plan), encoding="utf-8")
    (tmp_path / "list.yml").write_text(LIST.replace("kernel", "curl"), encoding="utf-8")
    said = squeezed(operator.run(expect=2, patch_run_approved_run_id="spring", patch_run_approved_digest=digest))
    assert f"({exempt['instance_id']}) is planned and excluded" in said
    assert f"wave {plan['waves'][0]['id']} changed" in said
    assert "the override was sha256:" in said

    # The name of the run alone is no approval.
    file.write_text(approved, encoding="utf-8")
    (tmp_path / "list.yml").write_text(LIST, encoding="utf-8")
    said = squeezed(operator.run(expect=2, patch_run_approved_run_id="spring"))
    assert "run spring is not approved; to approve the plan, review it and start the run with" in said
    assert not [one for operation in WRITES for one in calls(operator, operation)]

    # A host that opts out after the approval is left out.
    left = next(one for one in plan["waves"][0]["hosts"] if one["name"] == "left")["instance_id"]
    operator.aws.client("ec2").create_tags(Resources=[left], Tags=[{"Key": "install_patch", "Value": "no"}])
    operator.run(patch_run_approved_run_id="spring", patch_run_approved_digest=digest)
    report = operator.report("spring")
    assert (report["outcome"], report["digest"], report["totals"]["patched"]) == ("completed", digest, 1)
    assert report["message"] == "1 of 2 hosts in 1 wave patched; 1 host left out, changed after the plan was made"
    (row,) = [one for one in report["waves"][0]["hosts"] if one["instance_id"] == left]
    assert row["outcome"] == "left_out" and row["message"].endswith("is left out: tag install_patch is no")
    assert left not in {one["instance_id"] for one in operator.aws.control.history()}
    assert report["account"]["id"] == "123456789012"
    who = "arn:aws:iam::123456789012:user/patch-run"
    assert report["planned_by"]["arn"] == report["approved_by"]["arn"] == who
    assert report["approved_by"]["how"] == "token"
    tags = {"fleetpatch:plan": digest, "fleetpatch:planned-by": who, "fleetpatch:approved-by": who}
    starts, images = calls(operator, "StartAutomationExecution"), calls(operator, "CreateImage")
    assert starts and images
    for given in [one["Tags"] for one in starts] + [
        part["Tags"] for one in images for part in one["TagSpecifications"]
    ]:
        assert tags.items() <= {tag["Key"]: tag["Value"] for tag in given}.items()
