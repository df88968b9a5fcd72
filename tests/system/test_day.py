# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A day of an operator: Test first, its patches promoted to Production, a zone that fails, and one wave that has to go back."""

from __future__ import annotations

import collections
import json

import pytest
import yaml
from driver import Operator

from local_aws import testing

MAIL = "patching@example.com"
BUCKET = "fleetpatch-shop"
WINDOWS, LINUX = "windows-2022", "amazon-linux-2023"


def host(name, platform, role, environment, zone="us-east-1a", **more):
    return {
        "name": name,
        "platform": platform,
        "zones": [zone],
        "tags": {"instancedata": {"solution": "shop", "environment": environment, "instance": role}},
        # Production misses nearly all that there is.
        "missing": 3 if environment == "test" else 24,
        "patch_seconds": 60,
        "scan_seconds": 30,
        "reboot_seconds": 30,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


FLEET = [
    host("test-sql", WINDOWS, "Web Server", "test"),
    host("test-web", LINUX, "Web Server", "test"),
    host("sql", WINDOWS, "SQL Server", "production"),
    host("web-a", LINUX, "Web Server", "production", behaviours={"install_fails": -1}),
    host("web-b", LINUX, "Web Server", "production", "us-east-1b"),
]
# Who was patched in Test before whom.
TESTED = {"sql": "test-sql", "web-a": "test-web", "web-b": "test-web"}


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    scenario = {"clock": {"rate": 900}, "fleet": FLEET, "ses_identities": [MAIL], "sns_topics": ["patching"]}
    with testing.serve(scenario) as aws:
        account = aws.client("sts").get_caller_identity()["Account"]
        aws.client("s3").create_bucket(Bucket=BUCKET)
        yield Operator(
            tmp_path,
            aws,
            patch_run_retries=1,
            patch_run_override_bucket=BUCKET,
            patch_run_notify=True,
            patch_rollback_notify=True,
            patch_rollback_poll_interval=1,
            patch_notify_channels=["sns"],
            patch_notify_from=MAIL,
            patch_notify_to=["ops@example.com"],
            patch_notify_sns_topic_arn=f"arn:aws:sns:us-east-1:{account}:patching",
        )


def told(operator, count):
    """The facts of the last notices, as they were published."""
    published = [json.loads(one["message"]) for one in operator.aws.control.messages()["sns"]][-count:]
    return [{**json.loads(one["sqs"]), "text": one["default"]} for one in published]


def events(operator, count):
    return [(one["event"], one.get("wave") or "") for one in told(operator, count)]


def ids(operator):
    found = operator.aws.client("ec2").describe_instances()["Reservations"]
    instances = [one for reservation in found for one in reservation["Instances"]]
    return {tag["Value"]: one["InstanceId"] for one in instances for tag in one["Tags"] if tag["Key"] == "Name"}


def lacking(operator, name):
    return set(operator.aws.machine(ids(operator)[name])["missing"])


def missing(operator, instance_id):
    """Ids of the patches that a scan finds missing."""
    pages = operator.aws.client("ssm").get_paginator("describe_instance_patches")
    wanted = [{"Key": "State", "Values": ["Missing"]}]
    found = pages.paginate(InstanceId=instance_id, Filters=wanted).build_full_result()["Patches"]
    return {patch["Title"].split(":")[0] for patch in found}


def installed(operator, name):
    """Ids of the patches that were installed on a host, in order."""
    done = operator.aws.control.history(kind="install", instance=ids(operator)[name])
    return [patch for entry in done for patch in entry["installed"]]


def hosts_of(report):
    return {one["name"]: one for wave in report["waves"] for one in wave["hosts"]}


def test_a_day(operator):
    before = {name: lacking(operator, name) for name in TESTED}
    # Test first; what it got is what Production gets.
    operator.run(patch_run_id="test", patch_run_environments=["test"])
    assert events(operator, 3) == [("started", ""), ("wave_done", "application.use1a"), ("completed", "")]
    listed = what_test_got_is_promoted(operator)
    production = {
        "patch_run_id": "production",
        "patch_run_environments": ["production"],
        "patch_run_canary": 1,
        "patch_run_install_override_list": listed,
    }
    it_is_announced(operator, production)
    failed = the_first_zone_fails(operator, production)
    it_is_mended_and_nothing_is_done_twice(operator, production, failed)

    # Everybody got what Test had got before, and what is newer waits for the next Test.
    after = {name: set(installed(operator, name)) for name in TESTED}
    assert after == {name: set(installed(operator, tested)) & before[name] for name, tested in TESTED.items()}
    assert all(len(found) > 1 for found in after.values())
    report = operator.report("production")
    late = hosts_of(report)["web-a"]
    assert (late["outcome"], late["attempts"], late["missing_before"]) == ("patched", 3, 24)
    left = lacking(operator, "web-a")
    assert before["web-a"] - after["web-a"] <= left and not after["web-a"] & left
    assert late["missing_after"] == len(left) == len(missing(operator, failed))
    assert report["outcome"] == "completed" and report["totals"]["missing_after"] >= 3 * (24 - 3)
    its_wave_goes_back_and_the_others_stay(operator, failed)


def uploads(operator):
    return [call for call in operator.aws.control.calls(operation="PutObject") if call["source"] == "client"]


def what_test_got_is_promoted(operator):
    """Where its list is."""
    operator.aws.clock(advance=5 * 86400)  # more came out
    output = operator.run("promote", patch_run_id="test")
    url = f"s3://{BUCKET}/{uploads(operator)[0]['params']['Key']}"
    assert f"patch_run_install_override_list={url}" in output
    path = operator.folder / "fleetpatch-runs" / "test" / "promoted.yml"
    first = path.read_text(encoding="utf-8")
    got = installed(operator, "test-sql") + installed(operator, "test-web")
    assert sorted(one["id"] for one in yaml.safe_load(first)["patches"]) == sorted(got) and len(got) == 6
    assert " changed=0 " in operator.run("promote", patch_run_id="test")
    assert len(uploads(operator)) == 1 and path.read_text(encoding="utf-8") == first
    return url


def it_is_announced(operator, production):
    done = operator.aws.control.history()
    when = "2030-03-10T02:00:00Z"
    operator.run("announce", patch_notify_starts_at=when, patch_notify_channels=["ses", "sns"], **production)
    (notice,) = told(operator, 1)
    assert (notice["event"], notice["starts_at"], notice["totals"]["hosts"]) == ("announced", when, 3)
    subject = operator.aws.control.messages()["ses"][0]["subject"]
    assert subject.startswith("[fleetpatch] Patching announced: 3 hosts, 2030-03-10 02:00 UTC (in ")
    waves = [wave["id"] for wave in operator.plan("production")["waves"]]
    assert waves == ["canary", "application.use1a", "application.rest"]
    assert operator.aws.control.history() == done


def work_done(operator):
    """(kind, name) to how often, for images and installs."""
    names = {number: name for name, number in ids(operator).items()}
    history = operator.aws.control.history()
    return collections.Counter(
        (entry["kind"], names[entry["instance_id"]]) for entry in history if entry["kind"] in ("image", "install")
    )


def the_first_zone_fails(operator, production):
    """Also at the second try, and the run stops there; the host that fails."""
    operator.run(expect=2, **production)
    report = operator.report("production")
    assert report["outcome"] == "stopped"
    assert [wave["outcome"] for wave in report["waves"]] == ["done", "failed", "skipped"]
    assert events(operator, 4) == [
        ("started", ""),
        ("wave_done", "canary"),
        ("retry", "application.use1a"),
        ("failed", ""),
    ]
    done = work_done(operator)
    assert (done[("image", "web-a")], done[("install", "web-a")], done[("image", "web-b")]) == (1, 2, 0)
    (failure,) = report["failures"]
    (last,) = told(operator, 1)
    assert failure["instance_id"] in last["text"] and failure["next_step"] and failure["step"] == "install"
    assert hosts_of(report)["web-a"]["execution_id"] in last["text"]
    return failure["instance_id"]


def it_is_mended_and_nothing_is_done_twice(operator, production, failed):
    operator.aws.control.set_machine(failed, install_fails=0)
    operator.run(**production)
    assert operator.report("production")["totals"]["patched"] == 3
    assert events(operator, 5) == [
        ("started", ""),
        ("retry", "application.use1a"),
        ("wave_done", "application.use1a"),
        ("wave_done", "application.rest"),
        ("completed", ""),
    ]
    once = {(kind, name): 1 for kind in ("image", "install") for name in (*TESTED, *TESTED.values())}
    assert work_done(operator) == {**once, ("install", "web-a"): 3}


def its_wave_goes_back_and_the_others_stay(operator, failed):
    """The patches do harm in that zone."""
    operator.run(
        "rollback",
        patch_rollback_run_id="production",
        patch_rollback_waves=["application.use1a"],
        patch_rollback_confirm="production",
    )
    assert [entry["instance_id"] for entry in operator.aws.control.history(kind="root_replaced")] == [failed]
    (last,) = told(operator, 1)
    assert last["event"] == "rolled_back" and failed in last["text"]
