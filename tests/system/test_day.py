# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A day of an operator: Test first, its patches promoted to Production, a zone that fails, and one wave that has to go back."""

from __future__ import annotations

import collections
import json

import pytest
from driver import Operator

from local_aws import testing

ZONES = ("us-east-1a", "us-east-1b")
MAIL = "patching@example.com"


def host(name, role, environment, zone, **more):
    return {
        "name": name,
        "platform": "rhel-9",
        "zones": [zone],
        "tags": {"instancedata": {"solution": "shop", "environment": environment, "instance": role}},
        "missing": 3,
        "patch_seconds": 60,
        "scan_seconds": 30,
        "reboot_seconds": 30,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


FLEET = [
    host("test-web", "Web Server", "test", "us-east-1a"),
    host("sql", "SQL Server", "production", "us-east-1a"),
    host("web-a", "Web Server", "production", "us-east-1a"),
    host("web-b", "Web Server", "production", "us-east-1b", missing=5, behaviours={"install_fails": -1}),
]


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    scenario = {
        "clock": {"rate": 900},
        "fleet": FLEET,
        "ses_identities": [MAIL],
        "sns_topics": ["patching"],
    }
    with testing.serve(scenario) as aws:
        account = aws.client("sts").get_caller_identity()["Account"]
        aws.client("s3").create_bucket(Bucket="fleetpatch-shop")
        yield Operator(
            tmp_path,
            aws,
            patch_run_retries=1,
            patch_run_override_bucket="fleetpatch-shop",
            patch_run_notify=True,
            patch_rollback_notify=True,
            patch_rollback_poll_interval=1,
            patch_notify_channels=["ses", "sns"],
            patch_notify_from=MAIL,
            patch_notify_to=["ops@example.com"],
            patch_notify_sns_topic_arn=f"arn:aws:sns:us-east-1:{account}:patching",
        )


def told(operator, count):
    """(event, wave) of the last notices, as they were published."""
    messages = operator.aws.control.messages()
    assert len(messages["ses"]) == len(messages["sns"])
    events = [json.loads(json.loads(one["message"])["sqs"]) for one in messages["sns"]]
    return [(one["event"], one.get("wave") or "") for one in events][-count:]


def missing(operator, instance_id):
    """Ids of the patches that a scan finds missing."""
    pages = operator.aws.client("ssm").get_paginator("describe_instance_patches")
    wanted = [{"Key": "State", "Values": ["Missing"]}]
    found = pages.paginate(InstanceId=instance_id, Filters=wanted).build_full_result()["Patches"]
    return {patch["Title"].split(":")[0] for patch in found}


def test_a_day(operator):
    control = operator.aws.control
    # Test first; what it got is what Production gets.
    operator.run(patch_run_id="test", patch_run_environments=["test"])
    assert told(operator, 3) == [("started", ""), ("wave_done", "application.use1a"), ("completed", "")]
    operator.run("promote", patch_run_id="test")
    promoted = operator.folder / "fleetpatch-runs" / "test" / "promoted.yml"
    assert promoted.read_text(encoding="utf-8").count("id:") == 3

    production = {
        "patch_run_id": "production",
        "patch_run_environments": ["production"],
        "patch_run_canary": 1,
        "patch_run_install_override_list": str(promoted),
    }
    operator.run("announce", patch_notify_starts_at="2030-03-10T02:00:00Z", **production)
    assert told(operator, 1) == [("announced", "")]
    waves = [wave["id"] for wave in operator.plan("production")["waves"]]
    assert waves == ["canary", "application.use1a", "application.rest"]

    # The second zone fails, also at the second try, and the run stops there.
    operator.run(expect=2, **production)
    report = operator.report("production")
    assert [wave["outcome"] for wave in report["waves"]] == ["done", "done", "failed"]
    assert told(operator, 5) == [
        ("started", ""),
        ("wave_done", "canary"),
        ("wave_done", "application.use1a"),
        ("retry", "application.rest"),
        ("failed", ""),
    ]
    (failure,) = report["failures"]
    last = control.messages()["ses"][-1]
    assert failure["instance_id"] in last["text"] and failure["instance_id"] in last["html"]
    hosts = {one["name"]: one for wave in report["waves"] for one in wave["hosts"]}
    assert hosts["web-b"]["execution_id"] in last["text"] and failure["next_step"]

    # Somebody mends the host and resumes; nothing is done twice.
    control.set_machine(failure["instance_id"], install_fails=0)
    operator.run(**production)
    assert operator.report("production")["totals"]["patched"] == 3
    assert told(operator, 4) == [
        ("started", ""),
        ("retry", "application.rest"),
        ("wave_done", "application.rest"),
        ("completed", ""),
    ]
    # It got what Test had got, and what is newer waits for the next Test.
    (late,) = [
        one for wave in operator.report("production")["waves"] for one in wave["hosts"] if one["name"] == "web-b"
    ]
    done = {
        patch for entry in control.history(kind="install", instance=late["instance_id"]) for patch in entry["installed"]
    }
    assert late["outcome"] == "patched" and (late["missing_before"], late["missing_after"]) == (5, 5 - len(done))
    listed = promoted.read_text(encoding="utf-8")
    left = missing(operator, late["instance_id"])
    assert done and all(patch.split(":")[0] in listed for patch in done), done
    assert len(left) == 5 - len(done) and not any(name in listed for name in left)
    images = collections.Counter(entry["instance_id"] for entry in control.history(kind="image"))
    assert set(images.values()) == {1} and len(images) == 4

    # The patches do harm in that zone: its wave goes back, the others stay.
    operator.run(
        "rollback",
        patch_rollback_run_id="production",
        patch_rollback_waves=["application.rest"],
        patch_rollback_confirm="production",
    )
    assert [entry["instance_id"] for entry in control.history(kind="root_replaced")] == [failure["instance_id"]]
    assert told(operator, 1)[0][0] == "rolled_back"
    assert failure["instance_id"] in control.messages()["ses"][-1]["text"]
