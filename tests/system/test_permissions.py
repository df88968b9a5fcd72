# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A policy that lacks one line: the playbook fails before it changes anything, and says which action AWS denied.

That the policies are sufficient is what all system tests show: they run under them (permissions.py).
"""

from __future__ import annotations

import copy
import json
import random

import pytest
from driver import ROOT
from driver import Operator

import permissions
from local_aws import testing

SEED = 20260310
USER = "arn:aws:iam::123456789012:user/patch-run"
FOLDERS = (ROOT / "playbooks" / "files" / "policies", ROOT / "roles" / "patch_run" / "files" / "policies")
FILES = (FOLDERS[0] / "inventory.json", FOLDERS[1] / "controller.json")
HOST = {
    "name": "web",
    "platform": "rhel-9",
    "missing": 2,
    "tags": {
        "PatchGroup": "shop",
        "instancedata": {"solution": "shop", "environment": "production", "instance": "Web Server"},
    },
}


@pytest.fixture(name="aws")
def fixture_aws():
    with testing.serve({"clock": {"rate": 600}, "fleet": [HOST]}) as running:
        yield running


@pytest.fixture(name="operator")
def fixture_operator(tmp_path, aws):
    return Operator(tmp_path, aws, patch_run_id="limited", patch_run_hosts="aws_ec2")


def without(action):
    """The statements of both policies, none of which grants the action any more."""
    kept = []
    for path in FILES:
        for statement in copy.deepcopy(json.loads(path.read_text(encoding="utf-8"))["Statement"]):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [one for one in actions if one != action]
            kept += [statement] if statement["Action"] else []
    return {"Version": "2012-10-17", "Statement": kept}


def limit(aws, action):
    iam = aws.client("iam")
    for name in iam.list_user_policies(UserName="patch-run")["PolicyNames"]:
        iam.delete_user_policy(UserName="patch-run", PolicyName=name)
    iam.put_user_policy(UserName="patch-run", PolicyName="limited", PolicyDocument=json.dumps(without(action)))


# Without it the account has no alias in plan and report; the plan in the fixture shows that it is asked for.
OPTIONAL = ("iam:ListAccountAliases",)


def test_a_plan_without_one_of_its_permissions_names_the_action(aws, operator):
    operator.run("plan")
    asked = sorted({one["action"] for one in aws.permissions(who=USER)} - {"ec2:DescribeInstances", *OPTIONAL})
    assert len(asked) >= 5
    for action in random.Random(SEED).sample(asked, 3):
        limit(aws, action)
        output = " ".join(operator.run("plan", expect=2, patch_run_id=action.partition(":")[2].lower()).split())
        assert f"{USER} is not authorized to perform: {action}" in output
        assert f"because no identity-based policy allows the {action} action" in output
    assert aws.history() == []


def test_an_inventory_that_may_not_be_read_says_so(aws, operator):
    limit(aws, "ec2:DescribeInstances")
    output = " ".join(operator.run("plan", expect=2).split())
    assert f"{USER} is not authorized to perform: ec2:DescribeInstances" in output


def test_a_run_that_may_not_pass_the_role_fails_and_starts_nothing(aws, operator):
    limit(aws, "iam:PassRole")
    output = " ".join(operator.run(expect=2, patch_run_image=False, patch_run_update_agent=False).split())
    assert f"not authorized to perform: iam:PassRole on resource: {permissions.AUTOMATION}" in output
    assert aws.history() == [] and aws.calls(operation="SendCommand") == []


def test_without_a_role_of_its_own_a_run_needs_what_automation_needs_from_who_starts_it(aws, operator):
    path = FOLDERS[1] / "automation.json"
    iam = aws.client("iam")
    iam.put_user_policy(UserName="patch-run", PolicyName="own", PolicyDocument=path.read_text(encoding="utf-8"))
    operator.run(patch_run_assume_role="", patch_run_image=False, patch_run_update_agent=False)
    senders = {call["principal"] for call in aws.calls(operation="SendCommand")}
    assert senders == {USER}


DECLARED = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/fleetpatch.aws.aws: {region: us-east-1}
  tasks:
    - name: Declare windows, then others
      fleetpatch.aws.ssm_maintenance_windows:
        deployment: shop
        tags: "{{ item.tags }}"
        windows: "{{ item.windows }}"
        purge: true
      loop: "{{ windows }}"
    - name: Declare baselines, then others, then none
      fleetpatch.aws.ssm_patch_baselines:
        deployment: shop
        tags: "{{ item.tags }}"
        baselines: "{{ item.baselines }}"
        purge: true
      loop: "{{ baselines }}"
"""
SCAN = {"task_type": "RUN_COMMAND", "task_arn": "AWS-RunPatchBaseline", "max_concurrency": "1", "max_errors": "1"}


def window(*tasks, targets=("first",), **more):
    wanted = [{"name": name, "tags": {"Name": [*targets, HOST["name"]]}} for name in targets]
    return {
        "name": "nightly", "schedule": "rate(1 day)", "duration": 3, "cutoff": 1, "allow_unassociated_targets": True, "targets": wanted, "tasks": list(tasks), **more,
    }  # fmt: skip


def task(name, priority=1, **more):
    parameters = {"parameters": {"Operation": ["Scan"]}}
    return {**SCAN, "name": name, "targets": ["first"], "priority": priority, "run_command": parameters, **more}


# The window of patch_run_reboot_at changes when the run is resumed.
@pytest.mark.parametrize(("user", "tags", "kinds"), [("windows", "ab", 2), ("patch", "aa", 1)])
def test_what_is_declared_can_be_changed_and_a_window_acts_as_its_service_role(operator, user, tags, kinds):
    role = "arn:aws:iam::123456789012:role/fleetpatch-windows"
    steps = [
        window(task("scan"), task("other"), targets=("first", "other")),
        window(task("scan", priority=5, service_role_arn=role), targets=("first",), duration=4),
    ]
    windows = [{"tags": {name: "yes"}, "windows": [one]} for name, one in zip(tags, steps, strict=True)]
    baselines = [
        {
            "tags": {name: "yes"},
            "baselines": [{"name": "own", "operating_system": "SUSE", "description": name, "patch_groups": [name]}],
        }
        for name in "ab"
    ]
    playbook = operator.folder / f"{user}.yml"
    playbook.write_text(DECLARED, encoding="utf-8")
    operator.run(
        playbook,
        windows=windows,
        baselines=[*baselines, {"tags": {}, "baselines": []}] if kinds == 2 else [],
    )
    operator.aws.clock(advance=90_000)
    senders = {call["principal"] for call in operator.aws.calls(operation="SendCommand")}
    assert senders == {"arn:aws:sts::123456789012:assumed-role/fleetpatch-windows/automation"}
