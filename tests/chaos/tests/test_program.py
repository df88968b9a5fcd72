# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The program itself, without a run: the worlds that it reads, and the moments that it waits for."""

from __future__ import annotations

import pytest

from chaos import disturbances
from chaos import reading
from chaos import seeds
from chaos import stage
from chaos import watch
from local_aws import testing


@pytest.fixture(name="aws", scope="module")
def fixture_aws():
    seed = next(one for one in map(seeds.make, range(1, 100)) if one.groups and any(m.hybrid for m in one.machines))
    with testing.serve({**seed.scenario(), "switches": {}}) as aws:
        yield seed, aws


def test_a_world_is_read_and_the_fleet_found_again(aws):
    seed, served = aws
    where = served.seeded["account"], served.seeded["region"]
    hosts, world = reading.hosts(*where, seed.machines), reading.world(*where)
    assert set(hosts) == {machine.entry for machine in seed.machines}
    instances = {number for number in hosts.values() if number.startswith("i-")}
    assert set(world.power) == instances and set(world.machines) == set(hosts.values())
    assert {group["name"] for group in seed.groups} == set(world.targets) and world.targets["front"]
    powers = {hosts[machine.entry]: machine.power for machine in seed.machines if not machine.hybrid}
    assert world.power == powers and world.history == world.executions == world.images == []


def test_every_behaviour_is_healed():
    known = {name for name, _value in (*disturbances.BEHAVIOURS, *disturbances.DRAIN_BEHAVIOURS)}
    assert known <= set(stage.HEALED)


def test_a_moment_is_the_nth_call(aws):
    _seed, served = aws
    waiting, seen = watch.Watch(), []
    try:
        waiting.arm(disturbances.Moment("ec2", "DescribeImages", "client", 3), lambda: seen.append(served.seeded))
        client = served.client("ec2")
        for expected in (0, 0, 1, 1):
            client.describe_images(Owners=["self"])
            client.describe_instances()
            assert len(seen) == expected and waiting.came.is_set() == bool(expected)
    finally:
        waiting.close()


def test_looking_leaves_no_trace(aws):
    seed, served = aws
    before = len(reading.calls())
    reading.world(served.seeded["account"], served.seeded["region"])
    reading.hosts(served.seeded["account"], served.seeded["region"], seed.machines)
    assert len(reading.calls()) == before
