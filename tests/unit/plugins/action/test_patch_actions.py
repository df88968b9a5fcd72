# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fronts of plan and report: what they refuse, and that they name it."""

import re
import types

import pytest

from ansible.errors import AnsibleActionFail
from ansible.errors import AnsibleError

from ansible_collections.fleetpatch.aws.plugins.action import patch_plan
from ansible_collections.fleetpatch.aws.plugins.action import patch_report
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import digest
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import SCHEMA
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _gate_settings
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rundir

PLAN = {
    "schema": SCHEMA,
    "run_id": "spring",
    "created_at": "2026-03-10T02:00:00Z",
    "region": "us-east-1",
    "options": {},
    "summary": {},
    "waves": [],
    "exclusions": [],
    "warnings": [],
}


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    return _rundir.RunDirectory(str(tmp_path), "spring")


def test_a_whole_plan_is_taken(folder):
    assert patch_plan.whole(folder, None) is None
    folder.keep_plan(PLAN, "", "")
    assert patch_plan.whole(folder, None) == Plan.from_dict(PLAN)


@pytest.mark.parametrize("waves", [[{"id": "data"}], [7], 7, [{"zones": 1, "estimate": {}, "hosts": []}]])
def test_a_plan_that_is_not_whole_is_refused_with_its_path(folder, waves):
    folder.keep_plan({**PLAN, "waves": waves}, "", "")
    with pytest.raises(AnsibleActionFail, match="spring/plan.json cannot be used: the plan is incomplete"):
        patch_plan.whole(folder, None)


def test_a_run_is_not_resumed_in_another_region(folder):
    folder.keep_plan(PLAN, "", "")
    assert patch_plan.whole(folder, "us-east-1") == Plan.from_dict(PLAN)
    with pytest.raises(AnsibleActionFail, match="Run spring was planned for us-east-1 .* is eu-west-1"):
        patch_plan.whole(folder, "eu-west-1")


CONTENT = {"reboot_option": "RebootIfNeeded", "parameters": {"PreHookLinux": ["systemctl stop shop"]}}


def call(**more):
    return {"content": CONTENT, "account": {"id": "123456789012"}, "digest_key": "", "preview": False, **more}


def test_a_stored_plan_is_carried_out_only_as_it_was_made():
    stored = digest.sealed(Plan.from_dict({**PLAN, "content": digest.content_of(CONTENT)}))
    assert patch_plan.confirmed(stored, call(), NO_APPROVAL) == ([], stored)
    other = {**CONTENT, "reboot_option": "NoReboot"}
    with pytest.raises(
        AnsibleActionFail, match="patch_run_reboot_option was RebootIfNeeded and is NoReboot"
    ) as refused:
        patch_plan.confirmed(stored, call(content=other), NO_APPROVAL)
    named = re.search(r"patch_run_approved_digest=(sha256:[0-9a-f]{64})", str(refused.value))[1]
    approved = _gate_settings.settings_of({"approved_digest": named})
    _changed, plan = patch_plan.confirmed(stored, call(content=other), approved)
    assert plan.digest == named and plan.content["patch_run_reboot_option"] == "NoReboot"


def test_showing_a_stored_plan_says_what_differs_and_refuses_nothing():
    stored = digest.sealed(Plan.from_dict({**PLAN, "content": digest.content_of(CONTENT)}))
    changed, plan = patch_plan.confirmed(stored, call(content={}, preview=True), NO_APPROVAL)
    assert "patch_run_reboot_option was RebootIfNeeded and is not there" in changed and len(changed) == 2
    assert plan.digest != stored.digest
    assert "no longer what would be carried out" in "".join(patch_plan.said(plan, stored, changed))


def selecting(everything=False, waves=True, **options):
    chosen = {**PlanOptions().to_dict(), **options}
    wave = {"hosts": [{"instance_id": "i-0123456789abcdef0"}]}
    plan = read_plan({**PLAN, "options": chosen, "waves": [wave] if waves else []})
    return patch_plan.with_everything(plan, {"everything": everything})


NO_APPROVAL = _gate_settings.settings_of({})
TOKEN = _gate_settings.settings_of({"approval": "token"})


@pytest.mark.parametrize(
    "given",
    [
        {"everything": True},
        {"solutions": ["shop"]},
        {"environments": ["test"]},
        {"only_tiers": ["data"]},
        {"waves": False},
    ],
)
def test_a_plan_with_a_selection_or_a_yes_is_carried_out_at_once(given):
    patch_plan.refuse_everything(selecting(**given), {"preview": False}, NO_APPROVAL)


def test_a_plan_without_a_selection_is_shown_or_approved_first():
    plan = selecting()
    assert [one.code for one in plan.warnings] == ["selects_everything"] and "all environments" in plan.warnings[
        0
    ].message
    patch_plan.refuse_everything(plan, {"preview": True}, NO_APPROVAL)
    patch_plan.refuse_everything(plan, {"preview": False}, TOKEN)
    with pytest.raises(AnsibleActionFail, match="Run spring was not started: .* patch_run_everything=true"):
        patch_plan.refuse_everything(plan, {"preview": False}, NO_APPROVAL)


class HostVars(dict):
    raw_get = dict.__getitem__


def test_a_host_that_is_not_in_the_inventory_is_named():
    known = HostVars(web={"instance_id": "i-1"})
    assert patch_plan.facts_of(["web"], known) == [("web", {"instance_id": "i-1"})]
    with pytest.raises(PlanError, match="not in the inventory: wbe"):
        patch_plan.facts_of(["web", "wbe"], known)


def report(folder, **options):
    task = types.SimpleNamespace(
        args=options, async_val=0, check_mode=False, diff=False, no_log=False, delegate_to=None
    )
    plugin = patch_report.ActionModule(task, types.SimpleNamespace(), types.SimpleNamespace(), None, None, None)
    plugin._connection = types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None), has_pipelining=True)
    return plugin.run(None, {})


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "missing records"),
        ({"records": [], "finall": False}, "unknown finall"),
        ({"records": [{"wave": "gone"}]}, "records: waves gone are not in the plan"),
        ({"records": [{"verdict": {}}]}, "patch_report: run spring: a record has no 'wave'"),
    ],
)
def test_what_a_report_refuses_is_named(folder, options, words):
    folder.keep_plan(PLAN, "", "")
    with pytest.raises(AnsibleActionFail, match=words):
        report(folder, run_id="spring", directory=str(folder.path.parent), **options)


def test_a_report_that_cannot_be_written_is_shown(folder, monkeypatch):
    folder.keep_plan(PLAN, "", "")
    (folder.path / "report.html").mkdir()
    shown = []
    monkeypatch.setattr(patch_report.Display, "display", lambda self, text, *more, **named: shown.append(text))
    with pytest.raises(
        AnsibleError, match="report.html: cannot be written: Is a directory; make room or choose another"
    ):
        report(folder, run_id="spring", directory=str(folder.path.parent), records=[])
    assert "Run spring: COMPLETED" in shown[0]
    assert sorted(path.name for path in folder.path.iterdir()) == ["plan.html", "plan.json", "plan.txt", "report.html"]


def test_selections_are_the_texts_of_tags():
    """Of true Ansible makes "True", and a tag never has that value."""
    given = {"solutions": [True, 1, "shop"], "environments": "prod,test", "tiers": [{"name": "a", "roles": [True]}]}
    made = patch_plan.tag_texts(given)
    assert made == {"solutions": ["true", "1", "shop"], "tiers": [{"name": "a", "roles": ["true"]}]}
    with pytest.raises(AnsibleActionFail, match="patch_run_environments: .* must be one value"):
        patch_plan.tag_texts({"environments": [["prod"]]})
