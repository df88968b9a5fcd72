# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import hashlib
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from local_aws.fleet import catalogue
from local_aws.fleet import sample_patches
from local_aws.fleet.operating_systems import PLATFORMS
from local_aws.framework import clock
from local_aws.framework import state
from local_aws.ssm.baselines import defaults
from local_aws.ssm.baselines import rules
from local_aws.ssm.baselines.snapshot import Snapshot


@pytest.fixture(autouse=True)
def _fresh():
    state.reset()
    yield
    state.reset()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache that the catalogue is read from and written into."""
    monkeypatch.setattr(catalogue, "CACHE", tmp_path / "cache" / "local_aws")
    catalogue.CACHE.parent.mkdir()
    catalogue._data.cache_clear()
    yield catalogue.CACHE
    catalogue._data.cache_clear()


def test_the_catalogue_is_generated_once_and_then_read(cache, monkeypatch):
    made = catalogue._data()
    (kept,) = cache.iterdir()
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == catalogue.CHECKSUM
    assert json.loads(kept.read_text()) == made == sample_patches.build()
    catalogue._data.cache_clear()
    monkeypatch.setattr(sample_patches, "build", lambda: pytest.fail("generated again"))
    assert catalogue._data() == made


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_damaged_cache_is_replaced(cache, content):
    catalogue._data()
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(content)
    catalogue._data.cache_clear()
    assert catalogue._data() == sample_patches.build()
    assert [file.read_bytes() for file in cache.iterdir()] == [whole]


def test_another_catalogue_than_the_pinned_one_is_refused(cache, monkeypatch):
    monkeypatch.setattr(sample_patches, "build", lambda: {"rhel-9": []})
    with pytest.raises(catalogue.CatalogueError, match="write the new checksum"):
        catalogue._data()
    assert not cache.exists()


@pytest.mark.parametrize("blocked", ["no folder", "a file in its place", "full"])
def test_no_cache_is_needed(cache, monkeypatch, blocked):
    if blocked == "no folder":
        cache.parent.rmdir()
    elif blocked == "a file in its place":
        cache.write_text("")
    else:
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(PermissionError("read-only")))
    assert catalogue._data() == sample_patches.build()
    assert not list(cache.parent.glob("*/*"))


def test_several_processes_may_start_at_once(cache):
    program = (
        "import pathlib, sys\n"
        "from local_aws.fleet import catalogue\n"
        "catalogue.CACHE = pathlib.Path(sys.argv[1])\n"
        "print(len(catalogue._data()))\n"
    )
    command = [sys.executable, "-c", program, str(cache)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [int(process.communicate(timeout=60)[0]) for process in started] == [len(PLATFORMS)] * 4
    assert [file.name for file in cache.iterdir()] == [catalogue._file().name]


@pytest.mark.parametrize("key", PLATFORMS)
def test_every_platform_has_old_fresh_and_coming_patches(key):
    start = catalogue.anchor(clock.now())
    found = catalogue.patches(key)
    assert 25 <= len(found) <= 65
    assert len({patch.id for patch in found}) == len(found)
    ages = [(start - patch.released) / timedelta(days=1) for patch in found]
    assert min(ages) < 0 and any(0 < age < 7 for age in ages) and max(ages) > 200
    assert not any(5 < age < 9 for age in ages)
    assert {patch.operating_system for patch in found} == {PLATFORMS[key].operating_system}


@pytest.mark.parametrize("key", PLATFORMS)
def test_values_are_words_of_the_operating_system(key):
    for patch in catalogue.patches(key):
        system = patch.operating_system
        severity = "MSRC_SEVERITY" if system == "WINDOWS" else "SEVERITY"
        allowed = rules.values(system, severity) or (patch.severity,)
        assert patch.severity in (*allowed, ""), patch
        assert patch.classification in (rules.values(system, "CLASSIFICATION") or (patch.classification,))


@pytest.mark.parametrize("key", PLATFORMS)
def test_the_default_baseline_approves_enough(key):
    start = catalogue.anchor(clock.now())
    arn = defaults.default_arn("us-east-1", PLATFORMS[key].operating_system)
    snapshot = Snapshot(defaults.owned("us-east-1")[arn], key, start)
    assert len(snapshot.installable) >= 18
    waiting = [decision for decision in snapshot.decisions.values() if decision.status == "PENDING_APPROVAL"]
    assert bool(waiting) is (PLATFORMS[key].operating_system != "UBUNTU")


def test_a_superseded_windows_patch_is_not_offered():
    start = catalogue.anchor(clock.now())
    arn = defaults.default_arn("us-east-1", "WINDOWS")
    snapshot = Snapshot(defaults.owned("us-east-1")[arn], "windows-2022", start)
    offered = [patch for patch in snapshot.installable if "Cumulative Update for Microsoft" in patch.title]
    assert len(offered) == 1
