# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of the role patch_run: their options, and errors that name the filter."""

import importlib

import pytest

from ansible.errors import AnsibleFilterError

VERDICT = {"retry": ["i-1"], "spent": False, "hosts": [{"instance_id": "i-1", "attempts": 0}]}


def filter_named(name):
    module = importlib.import_module(f"ansible_collections.fleetpatch.aws.plugins.filter.{name}")
    return module.FilterModule().filters()[name]


@pytest.mark.parametrize(
    ("name", "given", "options", "result"),
    [
        ("attempt_decision", VERDICT, {"execution": {"targets": []}, "attempt": 1, "retries": 1}, {"cancelled": False, "again": True}),
        ("stopped_hosts", {"hosts": [{"instance_id": "i-1", "former_state": "stopped"}]}, {"verdict": VERDICT}, ["i-1"]),
        ("stop_status", [], {"run_id": "r"}, ["Run r was asked to stop; executions that are under way run to their end. No execution was under way."]),
        ("override_source", {}, {"document": "AWS-RunPatchBaseline"}, {}),
        ("hook_documents", {"pre": "x"}, {}, ["x"]),
        ("preview_status", {"status": "Success", "msg": "x"}, {"document": "d"}, "x."),
    ],
)  # fmt: skip
def test_result(name, given, options, result):
    assert filter_named(name)(given, **options) == result


@pytest.mark.parametrize(
    ("name", "given", "options", "words"),
    [
        ("attempt_decision", {}, {"execution": {}, "attempt": 1, "retries": 1}, "the verdict or the execution has no 'targets'"),
        ("stopped_hosts", {"hosts": [{}]}, {"verdict": {}}, "the wave or its verdict has no 'instance_id'"),
        ("stop_status", [{}], {"run_id": "r"}, "a target or a wave has no 'target'"),
        ("override_source", {"patch_run_only": {"kbs": []}}, {"document": "AWS-RunPatchBaseline"}, "patch_run_only must be stored in S3"),
        ("hook_documents", [], {}, "the hooks cannot be read"),
        ("preview_status", {}, {"document": "d"}, "the preview has no 'msg'"),
    ],
)  # fmt: skip
def test_errors_name_the_filter(name, given, options, words):
    with pytest.raises(AnsibleFilterError, match=f"{name}: {words}"):
        filter_named(name)(given, **options)
