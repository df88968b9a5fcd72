# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json
import os
import resource

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


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_of_a_file_follows_the_umask(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        path = _rundir.RunDirectory(str(tmp_path), "spring").write("report.json", "{}")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path):
    folder = _rundir.RunDirectory(str(tmp_path), "spring")
    folder.write("report.json", "{}")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # as a full disk: the file breaks off
    try:
        with pytest.raises(AnsibleError, match=r"report.json: cannot be written: File too large; make room"):
            folder.write("report.json", "x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in folder.path.iterdir()] == ["report.json"]
    assert (folder.path / "report.json").read_text() == "{}"


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleError, match=r"file/spring/plan.txt: cannot be written: Not a directory"):
        _rundir.RunDirectory(str(tmp_path / "file"), "spring").write("plan.txt", "")


def test_whether_the_files_of_a_run_fit_is_known_before_it_begins(tmp_path, monkeypatch):
    folder = _rundir.RunDirectory(str(tmp_path), "spring")
    folder.reserve(PLAN)
    assert not list(folder.path.iterdir())

    def full(handle, start, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(
        AnsibleError, match="spring: cannot take the files of run spring, .* No space left on device; make"
    ):
        folder.reserve(PLAN)
    assert not list(folder.path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleError, match="Not a directory"):
        _rundir.RunDirectory(str(tmp_path / "file"), "spring").reserve(PLAN)
