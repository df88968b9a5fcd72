# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The workflow for AWX fits together: options of its modules, playbooks, nodes, and variables that the roles know."""

import importlib.util
import pathlib

import pytest
import yaml

from ansible.parsing.dataloader import DataLoader

ROOT = pathlib.Path(__file__).resolve().parents[2]
AWX = ROOT / "extensions" / "awx"
KINDS = {"multiselect": "list", "integer": "int", "text": "str"}


@pytest.fixture(name="play", scope="module")
def fixture_play():
    return DataLoader().load_from_file(str(AWX / "configure.yml"))[0]


@pytest.fixture(name="known", scope="module")
def fixture_known():
    text = (ROOT / "roles/patch_run/meta/argument_specs.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["argument_specs"]["main"]["options"]


def tasks(play, module):
    return {task[f"awx.awx.{module}"]["name"]: task for task in play["tasks"] if f"awx.awx.{module}" in task}


def options(module):
    spec = importlib.util.find_spec(f"ansible_collections.awx.awx.plugins.modules.{module}")
    source = pathlib.Path(spec.origin).read_text(encoding="utf-8")
    return yaml.safe_load(source.split("DOCUMENTATION = '''")[1].split("'''")[0])["options"]


def unknown(given, known, place=""):
    """Names of options that the documentation of a module does not have, suboptions included."""
    found = []
    for key, value in given.items():
        if key not in known:
            found.append(f"{place}{key}")
            continue
        below = known[key].get("suboptions")
        for one in value if isinstance(value, list) else [value]:
            if below and isinstance(one, dict):
                found += unknown(one, below, f"{place}{key}.")
    return found


@pytest.mark.parametrize("module", ["job_template", "workflow_job_template"])
def test_modules_have_these_options(play, module):
    given = tasks(play, module)
    assert len(given) == 2
    for task in given.values():
        assert unknown(task[f"awx.awx.{module}"], options(module)) == []


def test_questions_are_of_variables_that_the_role_knows_with_their_types(play, known):
    for survey in ("awx_survey", "awx_survey_again"):
        for question in play["vars"][survey]["spec"]:
            variable = known[question["variable"]]
            assert variable["type"] == KINDS[question["type"]], question
            # An answer that is left out comes as empty text, which is no list and no number.
            assert question["required"] or variable["type"] == "str", question
    assert set(play["vars"]["awx_common"]) <= set(known)
    (approved,) = (task["vars"]["awx_approved"] for task in play["tasks"] if "vars" in task)
    assert set(approved) <= set(known)
    assert approved["patch_run_approval"] in known["patch_run_approval"]["choices"]


def test_a_survey_never_asks_for_what_a_job_publishes(play):
    published = set()
    for path in ("plan", "report"):
        for task in yaml.safe_load((ROOT / f"roles/patch_run/tasks/{path}.yml").read_text(encoding="utf-8")):
            published |= set(task.get("ansible.builtin.set_stats", {}).get("data", {}))
    assert "patch_run_id" in published
    asked = {question["variable"] for question in play["vars"]["awx_survey"]["spec"]}
    assert not asked & published
    for task in tasks(play, "workflow_job_template").values():
        assert task["awx.awx.workflow_job_template"]["ask_variables_on_launch"] is False


def test_nodes_lead_to_nodes_and_nobody_patches_without_an_approval(play):
    templates = tasks(play, "job_template")
    for task in templates.values():
        assert (AWX / "project" / task["awx.awx.job_template"]["playbook"]).is_file()
    for task in tasks(play, "workflow_job_template").values():
        nodes = {node["identifier"]: node for node in task["awx.awx.workflow_job_template"]["workflow_nodes"]}
        before = {}
        for name, node in nodes.items():
            job = node["unified_job_template"]
            assert job["type"] == "workflow_approval" or job["name"] in templates
            assert set(node.get("related", {})) <= {"success_nodes"}
            for following in node.get("related", {}).get("success_nodes", []):
                before.setdefault(following["identifier"], []).append(name)
        assert set(before) <= set(nodes)
        assert before["patch"] == ["approve"]
        assert nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"
