# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hosts go back to the images of a run: what the machines themselves say, and that the report says the same."""

from __future__ import annotations

import collections
import json
import re

import pytest
from driver import Operator
from driver import kill_group
from driver import wait_until

from local_aws import testing

RUN = "spring"


def host(name, role, zone="us-east-1a", count=1, **more):
    return {
        "name": name,
        "count": count,
        "platform": "rhel-9",
        "zones": [zone],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 3,
        "patch_seconds": 60,
        "scan_seconds": 30,
        "reboot_seconds": 60,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


FLEET = [host("sql", "SQL Server"), host("web", "Web Server", count=3)]
DATA, APPLICATION = "data.use1a", "application.use1a"


@pytest.fixture(name="patched")
def fixture_patched(tmp_path):
    """A fleet that was patched, and somebody who may roll it back."""
    scenario = {"clock": {"rate": 600}, "fleet": FLEET, "ses_identities": ["patching@example.com"]}
    with testing.serve(scenario) as aws:
        operator = Operator(tmp_path, aws, patch_rollback_run_id=RUN, patch_rollback_poll_interval=1)
        operator.run(patch_run_id=RUN)
        yield operator


def ids(operator, wave):
    planned = {one["id"]: [host["instance_id"] for host in one["hosts"]] for one in operator.plan(RUN)["waves"]}
    return sorted(planned[wave])


def report(operator, name="rollback"):
    path = operator.folder / "fleetpatch-runs" / RUN / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def outcomes(found):
    return {one["instance_id"]: one["outcome"] for wave in found["waves"] for one in wave["hosts"]}


def done(operator, kind, **where):
    """Of each entry of the history the instance, in order."""
    return [entry["instance_id"] for entry in operator.aws.control.history(kind=kind) if where.items() <= entry.items()]


def missing(operator, instance_id):
    return len(operator.aws.control.machine(instance_id)["missing"])


def rollback(operator, expect=0, **variables):
    return operator.run("rollback", expect=expect, **{"patch_rollback_confirm": RUN, **variables})


def test_one_wave_goes_back_and_nothing_else_after_everything_that_cannot_be_rolled_back_was_refused(patched):
    web, sql = ids(patched, APPLICATION), ids(patched, DATA)
    a_preview_and_a_rollback_without_its_confirmation_only_read(patched, web, sql[0])
    what_cannot_be_rolled_back_is_refused_before_anything_begins(patched, web[0])
    assert not (patched.folder / "fleetpatch-runs" / RUN / "rollback.json").exists()
    without_a_host_that_is_stopped_and_then_with_it_though_its_agent_does_not_return(patched, web)

    rollback(patched, patch_rollback_waves=[APPLICATION])
    assert sorted(done(patched, "root_replaced", outcome="succeeded")) == web
    found = report(patched)
    assert found["outcome"] == "completed"
    assert outcomes(found) == {instance: "rolled_back" for instance in web}
    told = {one["instance_id"]: one["missing_now"] for wave in found["waves"] for one in wave["hosts"]}
    assert told == {instance: missing(patched, instance) for instance in web} and set(told.values()) == {3}
    assert missing(patched, sql[0]) == 0
    assert scans_sent(patched) == {web[0]: 1, web[1]: 3, web[2]: 1}
    assert found["totals"]["kept_gib"] > 0
    page = (patched.folder / "fleetpatch-runs" / RUN / "rollback.html").read_text(encoding="utf-8")
    assert all(instance in page for instance in web)


def a_preview_and_a_rollback_without_its_confirmation_only_read(patched, web, sql):
    before = patched.aws.control.calls()[-1]["seq"]
    checked = patched.run("rollback", "--check", patch_rollback_waves=[APPLICATION])
    assert all(instance in checked for instance in web) and sql not in checked
    refused = rollback(patched, expect=2, patch_rollback_waves=[APPLICATION], patch_rollback_confirm="")
    assert f"patch_rollback_confirm={RUN}" in refused
    calls = {call["operation"] for call in patched.aws.control.calls(after=before) if call["service"] in ("ec2", "ssm")}
    assert all(name.startswith(("Describe", "Get", "List")) for name in calls), calls


def what_cannot_be_rolled_back_is_refused_before_anything_begins(patched, stopped):
    ec2 = patched.aws.client("ec2")
    ec2.stop_instances(InstanceIds=[stopped])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[stopped], WaiterConfig={"Delay": 1})
    output = rollback(patched, expect=2, patch_rollback_waves=[APPLICATION])
    assert f"{stopped}: the instance is stopped" in output
    unknown = rollback(patched, expect=2, patch_rollback_hosts=["web-9"])
    assert "web-9" in unknown and "instance ids" in unknown
    stray = rollback(patched, expect=2, patch_rollback_waves=["application.rest"])
    assert "it has images of: application.use1a, data.use1a" in stray
    none = rollback(patched, expect=2, patch_rollback_run_id="autumn", patch_rollback_everything=True)
    assert "run autumn has no images" in none
    assert done(patched, "root_replaced") == []


def without_a_host_that_is_stopped_and_then_with_it_though_its_agent_does_not_return(patched, web):
    """Meanwhile the scan of another host fails, and is sent again."""
    ec2 = patched.aws.client("ec2")
    patched.aws.control.set_machine(web[1], scan_fails=2)
    rollback(patched, expect=2, patch_rollback_waves=APPLICATION, patch_rollback_allow_partial=True)
    found = report(patched)
    assert outcomes(found) == {web[1]: "unverified", web[2]: "rolled_back"}
    assert [one["instance_id"] for one in found["refused"]] == [web[0]]
    assert "1 excluded" in found["message"]
    assert scans_sent(patched) == {web[1]: 1, web[2]: 1}

    ec2.start_instances(InstanceIds=[web[0]])
    ec2.get_waiter("instance_running").wait(InstanceIds=[web[0]], WaiterConfig={"Delay": 1})
    patched.aws.control.set_machine(web[0], no_return=True)
    rollback(patched, expect=2, patch_rollback_waves=[APPLICATION], patch_rollback_agent_timeout=5)
    found = report(patched)
    assert found["outcome"] == "failed"
    assert outcomes(found) == {web[0]: "not_back", web[1]: "unverified", web[2]: "rolled_back"}
    assert scans_sent(patched) == {web[1]: 2, web[2]: 1}
    patched.aws.control.set_machine(web[0], no_return=False, agent="online")


def scans_sent(patched):
    sent = patched.aws.control.calls(operation="SendCommand", source="client")
    return collections.Counter(one for call in sent for one in call["params"]["InstanceIds"])


def test_the_last_wave_goes_first_and_a_host_that_fails_is_told_and_tried_again_also_without_a_root_volume(patched):
    web, sql = ids(patched, APPLICATION), ids(patched, DATA)
    patched.aws.control.set_machine(web[0], root_replace_fails=1)
    told = {
        "patch_rollback_notify": True,
        "patch_notify_channels": ["ses"],
        "patch_notify_from": "Patching <patching@example.com>",
        "patch_notify_to": ["ops@example.com"],
    }
    output = rollback(patched, expect=2, patch_rollback_everything=True, **told)
    found = report(patched)
    assert found["outcome"] == "stopped"
    assert outcomes(found) == {
        web[0]: "failed", web[1]: "rolled_back", web[2]: "rolled_back", sql[0]: "not_started"
    }  # fmt: skip
    assert "1 not started" in output and "the old root volume is still attached" in output
    assert (missing(patched, web[0]), missing(patched, web[1]), missing(patched, sql[0])) == (0, 3, 0)

    failure = a_host_without_a_root_volume_stops_everything_and_is_shouted(patched, web[0], sql[0])
    rollback(patched, patch_rollback_everything=True, **told)
    again = report(patched)
    assert again["outcome"] == "completed" and missing(patched, web[0]) == 3
    row = next(one for wave in again["waves"] for one in wave["hosts"] if one["instance_id"] == web[0])
    assert (row["attempt"], row["old_root_volume_id"]) == (3, failure["old_root_volume_id"])
    assert outcomes(report(patched)) == {instance: "rolled_back" for instance in [*web, *sql]}
    assert sorted(done(patched, "root_replaced", outcome="succeeded")) == sorted([*web, *sql])
    assert done(patched, "root_replaced", outcome="succeeded")[-1] == sql[0]
    seen = len(patched.aws.control.history())
    assert "changed=0" in rollback(patched, patch_rollback_everything=True, **told)
    assert len(patched.aws.control.history()) == seen
    assert outcomes(report(patched)) == {instance: "rolled_back" for instance in [*web, *sql]}
    mails = patched.aws.control.messages()["ses"]
    assert ["2 of 4 hosts" in mails[0]["subject"], "4 of 4 hosts" in mails[1]["subject"], len(mails)] == [True, True, 2]
    assert web[0] in mails[0]["text"]


def a_host_without_a_root_volume_stops_everything_and_is_shouted(patched, host_id, later):
    """Whatever the budget; its failure."""
    patched.aws.control.set_machine(host_id, root_replace_failed_detached=1)
    output = rollback(patched, expect=2, patch_rollback_everything=True, patch_rollback_max_errors=3)
    assert re.search(rf"NO ROOT VOLUME on web(-\d)? \({host_id}\)", output)
    found = report(patched)
    assert found["outcome"] == "stopped"
    assert found["without_root_volume"] == [host_id]
    assert outcomes(found)[later] == "not_started"
    failure = next(one for one in found["failures"] if one["instance_id"] == host_id)
    assert failure["old_root_volume_id"] in failure["next_step"]

    checked = patched.run("rollback", "--check", patch_rollback_everything=True)
    assert "HAS NO ROOT VOLUME" in checked and failure["old_root_volume_id"] in checked
    return failure


def test_a_controller_that_dies_leaves_nothing_to_be_done_twice(patched):
    everybody = sorted(ids(patched, APPLICATION) + ids(patched, DATA))
    scans = len(done(patched, "scan"))
    chosen = {"patch_rollback_confirm": RUN, "patch_rollback_everything": True}
    process = patched.start("rollback", **chosen)
    wait_until(lambda: len(done(patched, "root_replaced")) == 3, 120, "replacement of the first wave")
    kill_group(process)
    process = patched.start("rollback", **chosen)
    wait_until(lambda: len(done(patched, "scan")) > scans, 180, "scan")
    kill_group(process)
    patched.run("rollback", **chosen)
    assert report(patched)["outcome"] == "completed"
    assert sorted(done(patched, "root_replaced")) == everybody
    assert sorted(done(patched, "scan")[scans:]) == everybody


# The images of an earlier run, made as a run makes them.
EARLIER = """
- hosts: localhost
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
    - fleetpatch.aws.ec2_instance_image:
        region: us-east-1
        instance_ids: "{{ groups['aws_ec2'] }}"
        run_id: winter
        wait_interval: 1
"""


def test_old_images_go_and_what_is_used_or_young_stays(tmp_path):
    with testing.serve({"clock": {"rate": 600}, "fleet": [host("sql", "SQL Server", count=2)]}) as aws:
        operator, ec2 = Operator(tmp_path, aws, patch_run_update_agent=False), aws.client("ec2")
        (tmp_path / "earlier.yml").write_text(EARLIER, encoding="utf-8")
        operator.run(tmp_path / "earlier.yml")
        operator.run(patch_run_id="spring")
        kept = {"images_keep_count": 1, "images_keep_days": 0}

        def images():
            return sorted(one["Name"] for one in ec2.describe_images(Owners=["self"])["Images"])

        before = images()
        assert len(before) == 4
        checked = operator.run("images", "--check", **kept)
        assert "4 images: would be 2 kept, 2 removed" in checked and images() == before
        assert operator.run("images", images_keep_count=1, images_keep_days=30).count("changed=0") == 1
        operator.run("images", **kept)
        assert images() == [name for name in before if "spring" in name] and len(images()) == 2
        assert "changed=0" in operator.run("images", **kept)
        operator.run("images", expect=2, images_keep_count=0, images_keep_days=0)
