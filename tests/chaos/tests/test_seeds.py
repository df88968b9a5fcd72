# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The same number gives the same seed, and seeds differ."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

from chaos import disturbances
from chaos import fleets
from chaos import seeds


def test_the_same_number_gives_the_same_seed_in_every_process():
    code = "from chaos import seeds; print([seeds.make(number) for number in range(30)])"
    told = set()
    for hash_seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(pathlib.Path(seeds.__file__).parents[1])}
        told.add(
            subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
        )
    assert told == {f"{[seeds.make(number) for number in range(30)]}\n"}


def test_a_scenario_is_plain_json():
    for number in range(30):
        json.dumps(seeds.make(number).scenario())


def test_two_hundred_seeds_try_everything_that_is_offered():
    made = [seeds.make(number) for number in range(1, 201)]
    acts = {act.what for seed in made for act in seed.acts}
    assert acts == {
        *disturbances.KILLS,
        disturbances.SECOND,
        disturbances.STOP,
        disturbances.FORCE_STOP,
        disturbances.ALARM,
    }
    operations = {act.moment.operation for seed in made for act in seed.acts}
    offered = {one[1] for one in (*disturbances.MOMENTS, *disturbances.WITH_DRAIN, *disturbances.WITH_POWER)}
    assert operations == offered
    whys = {machine.why for seed in made for machine in seed.machines}
    assert whys == {"", "opted out", "no agent", *(why for _value, why in fleets.STRANGERS)}
    assert {name for seed in made for machine in seed.machines for name, _value in machine.behaviours} == {
        name for name, _value in (*disturbances.BEHAVIOURS, *disturbances.DRAIN_BEHAVIOURS)
    }


@pytest.mark.parametrize("number", range(1, 60))
def test_most_seeds_patch_somebody(number):
    seed = seeds.make(number)
    assert sum(fleets.takes_part(machine, seed.options) for machine in seed.machines) >= 1, seed.line()
