# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json

import pytest

from ansible.errors import AnsibleError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import SCHEMA
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rundir

PLAN = {"schema": SCHEMA, "run_id": "spring"}


def test_what_was_kept_is_read(tmp_path):
    folder = _rundir.RunDirectory(str(tmp_path), "spring")
    assert folder.read_plan() is None
    folder.keep_plan(PLAN, "text ✓", "<p>")
    assert folder.read_plan() == PLAN
    assert sorted(path.name for path in folder.path.iterdir()) == ["plan.html", "plan.json", "plan.txt"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", "not valid JSON"),
        ("[]", "has schema None"),
        (json.dumps({**PLAN, "schema": 0}), "has schema 0, but this version of the collection reads 1"),
        (json.dumps({**PLAN, "run_id": "autumn"}), "belongs to run 'autumn'"),
    ],
)
def test_a_kept_plan_that_cannot_be_used_is_named(tmp_path, text, words):
    folder = _rundir.RunDirectory(str(tmp_path), "spring")
    folder.write("plan.json", text)
    with pytest.raises(AnsibleError, match=words) as error:
        folder.read_plan()
    assert str(tmp_path / "spring" / "plan.json") in str(error.value)


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", ".hidden", "a b", "x" * 41])
def test_a_run_id_cannot_lead_out_of_the_directory(tmp_path, run_id):
    with pytest.raises(AnsibleError, match="run id"):
        _rundir.RunDirectory(str(tmp_path), run_id)
