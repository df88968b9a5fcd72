# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an operator may choose reaches the machines: hooks, reboots, second pass, images, canary, waves."""

from __future__ import annotations

import pytest
from driver import ROOT
from driver import Operator

from local_aws import testing

POLICY = ROOT / "roles" / "patch_run" / "files" / "policies" / "automation.json"
DOCUMENT = {
    "schemaVersion": "2.2",
    "description": "Drains a host",
    "parameters": {"target": {"type": "String", "default": "all"}},
    "mainSteps": [
        {"action": "aws:runShellScript", "name": "drain", "inputs": {"runCommand": ["echo drain {{ target }}"]}},
    ],
}


def host(name, platform, role, zone="us-east-1a", **more):
    return {
        "name": name,
        "platform": platform,
        "zones": [zone],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 3,
        "patch_seconds": 120,
        "scan_seconds": 30,
        "reboot_seconds": 60,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


LINUX = host("lin", "rhel-9", "SQL Server")
# Where AWS could differ, a run ends the same.
LATE = {"eventual_reads": 2, "targets_summary": False, "children_listed": True}
SHORT = {"page_size": 2, "steps_bound": 1, "throttle_share": 0.05}
WINDOWS = host("win", "windows-2022", "SQL Server")


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    def run(fleet, expect=0, switches=(), **variables):
        scenario = {"clock": {"rate": 600}, "fleet": list(fleet), "switches": dict(switches)}
        with testing.serve(scenario) as aws:
            operator = Operator(tmp_path, aws, patch_run_id="chosen", patch_run_retries=0)
            operator.run(expect=expect, **variables)
            return operator, aws.control.history(), aws.control.calls()

    return run


def commands(calls):
    """(document, parameters) of every command that Automation sent, in order."""
    return [
        (call["params"]["DocumentName"], call["params"].get("Parameters", {}))
        for call in calls
        if call["operation"] == "SendCommand"
    ]


def test_scripts_of_hooks_run_before_and_after_on_the_platform_they_are_for_and_one_snapshot_serves_all_waves(run):
    hooks = {
        "patch_run_pre_hook": {"linux": "echo before", "windows": ["Write-Output before"]},
        "patch_run_post_hook": {"linux": "echo after"},
    }
    fleet = [LINUX, WINDOWS, host("app", "ubuntu-24.04", "Web Server")]
    operator, history, calls = run(fleet, switches=LATE, **hooks)
    assert operator.report("chosen")["totals"]["patched"] == len({entry["instance_id"] for entry in history}) == 3
    scripts = [(name, given["commands"]) for name, given in commands(calls) if "commands" in given]
    assert ("AWS-RunShellScript", ["echo before"]) in scripts
    assert ("AWS-RunPowerShellScript", ["Write-Output before"]) in scripts
    assert ("AWS-RunShellScript", ["echo after"]) in scripts
    for instance in {entry["instance_id"] for entry in history}:
        kinds = [entry["kind"] for entry in history if entry["instance_id"] == instance and entry["kind"] != "reboot"]
        assert kinds == ["image", "script", "agent_update", "install", "script", "scan"]
    snapshots = {str(given["SnapshotId"]) for name, given in commands(calls) if name == "AWS-RunPatchBaseline"}
    assert len(snapshots) == 1


def test_a_document_as_a_hook_an_image_with_a_reboot_and_a_role_in_the_region_of_the_plan(tmp_path):
    region, role = "eu-central-1", "arn:aws:iam::123456789012:role/fleetpatch-automation"
    scenario = {
        "clock": {"rate": 600},
        "region": region,
        "fleet": [{**LINUX, "zones": [f"{region}a"]}],
        "documents": [{"name": "shop-drain", "type": "Command", "content": DOCUMENT}],
        "roles": [{"name": "fleetpatch-automation", "trust": ["ssm.amazonaws.com"], "policies": [str(POLICY)]}],
    }
    with testing.serve(scenario) as aws:
        operator = Operator(tmp_path, aws, region=region, patch_run_id="chosen", patch_run_region=region)
        # Whatever the environment says.
        environment = {**operator.environment(), "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
        operator.environment = lambda: environment
        operator.run(
            patch_run_pre_hook={"document": "shop-drain", "parameters": {"target": "orders"}},
            patch_run_image_no_reboot=False,
            patch_run_assume_role=role,
        )
        calls, kinds = aws.control.calls(), [entry["kind"] for entry in aws.control.history()]
    assert ("shop-drain", {"target": ["orders"]}) in commands(calls)
    assert kinds.index("reboot") < kinds.index("install")
    senders = {call["principal"] for call in calls if call["operation"] == "SendCommand"}
    assert all("assumed-role/fleetpatch-automation/" in sender for sender in senders) and senders
    regions = {call["region"] for call in calls if call["source"] == "client" and call["service"] in ("ec2", "ssm")}
    assert regions == {region}
    assert operator.report("chosen")["region"] == region


def test_a_canary_whose_pre_hook_fails_is_not_patched_and_stops_the_run_whatever_the_budget(run):
    fleet = [host(f"web-{number}", "ubuntu-24.04", "Web Server") for number in range(2)]
    operator, history, _calls = run(
        fleet, expect=2, patch_run_canary=1, patch_run_max_errors="2", patch_run_pre_hook={"linux": "exit 3"}
    )
    report = operator.report("chosen")
    assert [wave["outcome"] for wave in report["waves"]] == ["failed", "skipped"]
    assert len({entry["instance_id"] for entry in history}) == 1
    assert "install" not in {entry["kind"] for entry in history}
    failure = report["failures"][0]
    assert failure["step"] == "preHookLinux"
    assert failure["name"] == report["waves"][0]["hosts"][0]["name"]


def test_a_plan_that_was_read_is_carried_out_with_its_canary_first_and_its_waves_capped(tmp_path):
    fleet = [host(f"web-{number}", "ubuntu-24.04", "Web Server") for number in range(5)]
    chosen = {"patch_run_hosts": "aws_ec2", "patch_run_update_agent": False, "patch_run_max_concurrency": "3"}
    with testing.serve({"clock": {"rate": 600}, "fleet": fleet, "switches": SHORT}) as aws:
        operator = Operator(tmp_path, aws, patch_run_id="chosen", **chosen)
        operator.run("plan", patch_run_canary=1, patch_run_wave_size=3)
        assert aws.control.history() == []
        late = aws.control.clock()["now"]
        output = operator.run("patch", patch_run_wave_size=1)
        history = aws.control.history()
    installs = [entry["instance_id"] for entry in history if entry["kind"] == "install"]
    images = [entry["instance_id"] for entry in history if entry["kind"] == "image"]
    waves = operator.plan("chosen")["waves"]
    assert [(wave["id"], len(wave["hosts"])) for wave in waves] == [
        ("canary", 1),
        ("application.use1a", 3),
        ("application.use1a.p2", 1),
    ]
    assert len(set(installs)) == len(installs) == 5 and sorted(images) == sorted(installs)
    assert operator.report("chosen")["totals"]["patched"] == 5
    assert installs[0] == waves[0]["hosts"][0]["instance_id"]
    assert "it is carried out as it stands" in output
    assert [wave["id"] for wave in operator.report("chosen")["waves"]] == [wave["id"] for wave in waves]
    assert operator.plan("chosen")["created_at"] <= late


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--limit", "web-1"), "--limit web-1 has no effect, because the play runs on localhost"),
        (("--tags", "patch"), "--tags patch, --skip-tags : leave nothing to do"),
        (("--skip-tags", "untagged"), "--tags all, --skip-tags untagged: leave nothing to do"),
    ],
)
def test_a_limit_that_would_narrow_nothing_and_tags_that_leave_nothing_are_refused(tmp_path, options, words):
    with testing.serve({}) as aws:
        operator = Operator(tmp_path, aws)
        (tmp_path / "fleet.aws_ec2.yml").unlink()
        (tmp_path / "fleet.aws_ec2.yml").write_text("all: {hosts: {web-1: {}, web-2: {}}}", encoding="utf-8")
        output = " ".join(operator.run("plan", *options, expect=2).split())
    assert words in output and "web-2" not in output


TWICE = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}", patch_run_poll_interval: 1}
  tasks:
    - ansible.builtin.include_role: {name: fleetpatch.aws.patch_run}
      vars: {patch_run_id: first, patch_run_solutions: [shop], patch_run_second_pass: true, patch_run_update_agent: false}
    - ansible.builtin.include_role: {name: fleetpatch.aws.patch_run}
      vars: {patch_run_id: second, patch_run_solutions: [crm], patch_run_image: "false", patch_run_reboot_option: NoReboot}
"""


def test_two_runs_in_one_play_know_nothing_of_each_other_and_each_does_what_was_chosen_for_it(tmp_path):
    crm = {"instancedata": {"solution": "crm", "environment": "production", "instance": "SQL Server"}}
    with testing.serve({"clock": {"rate": 600}, "fleet": [LINUX, {**WINDOWS, "tags": crm}]}) as aws:
        operator = Operator(tmp_path, aws)
        (tmp_path / "twice.yml").write_text(TWICE, encoding="utf-8")
        operator.run(tmp_path / "twice.yml")
        history, calls = aws.control.history(), aws.control.calls()
    done = {}
    for run_id, name in (("first", "lin"), ("second", "win")):
        report = operator.report(run_id)
        assert (report["outcome"], report["totals"]["patched"]) == ("completed", 1)
        (one,) = [one for wave in report["waves"] for one in wave["hosts"]]
        assert one["name"] == name
        done[name] = [entry["kind"] for entry in history if entry["instance_id"] == one["instance_id"]]
    # A second pass installs twice with the same snapshot.
    assert [kind for kind in done["lin"] if kind != "reboot"] == ["image", "install", "install", "scan"]
    baselines = [given for name, given in commands(calls) if name == "AWS-RunPatchBaseline"]
    assert len(baselines) == 3 + 2 and len({str(given["SnapshotId"]) for given in baselines}) == 2
    # Without an image a host is patched all the same, and without a reboot patches wait, which the report says.
    assert "install" in done["win"] and not {"image", "reboot"} & set(done["win"])
    assert operator.report("second")["totals"]["pending_reboot"] == 1
