# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json
from datetime import timedelta

import pytest

from local_aws.fleet import catalogue
from local_aws.fleet import make_catalogue
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


def test_the_data_file_is_what_the_tables_make():
    assert json.loads(catalogue.DATA.read_text()) == make_catalogue.build()
    assert "Sample data" in json.loads(catalogue.DATA.read_text())["note"]


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
