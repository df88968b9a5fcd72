# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Enough targets stay healthy while a wave is patched, and those of the wave are healthy after it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import gates


def number(host):
    return f"i-{host:017x}"


def target(host, state="healthy", reason="", port=80):
    return {"id": number(host), "port": port, "state": state, "reason": reason}


def group(name, *targets, **more):
    return {
        "name": name,
        "arn": f"arn:{name}",
        "target_type": "instance",
        "port": 80,
        "balanced": True,
        "healthy": 9,
        "targets": list(targets),
        **more,
    }


def wave(*hosts, at_once=1, **more):
    made = [{"instance_id": number(host), "name": f"host-{host}", "target_groups": ["web"], **more} for host in hosts]
    return {
        "id": "one",
        "number": 1,
        "max_concurrency": str(at_once),
        "estimate": {"minutes": 1},
        "hosts": made,
    }


def closed(place, one, *groups, least="2", name="web"):
    plan = {"waves": [one], "summary": {}}
    read = {"time": "2026-03-10T02:00:00Z", "target_groups": groups}
    settings = {"healthy_targets": [{"group": name, "min": least}]}
    run = gates.PlannedRun.from_dict(plan)
    found = gates.closed_gates(run, read, gates.Settings.from_dict(settings), place, "one")
    assert {finding["gate"] for finding in found} <= {"target_group"}
    return [finding["message"] for finding in found]


@pytest.mark.parametrize(
    ("least", "at_once", "states", "keeps"),
    [
        ("2", 1, ("healthy", "healthy", "healthy"), None),
        (2, 2, ("healthy", "healthy", "healthy"), 1),
        ("34%", 2, ("healthy", "healthy", "healthy"), 1),
        ("33%", 2, ("healthy", "healthy", "healthy"), None),
        ("2", 1, ("healthy", "healthy", "unhealthy"), 1),
        ("2", 1, ("unhealthy", "healthy", "healthy"), 1),
        ("1", 1, ("unhealthy", "healthy", "healthy"), None),
        ("100%", 1, ("healthy", "draining", "healthy"), 1),
        ("0", 3, ("unhealthy", "unhealthy", "unhealthy"), None),
        ("1", 3, ("unhealthy", "unhealthy", "unhealthy"), 0),
    ],
)
def test_before_a_wave_enough_targets_have_to_stay_healthy(least, at_once, states, keeps):
    web = group("web", *(target(host, state) for host, state in enumerate(states, 1)))
    said = closed("before", wave(1, 2, at_once=at_once), web, least=least)
    assert len(said) == (keeps is not None)
    assert keeps is None or f"target group web keeps {keeps} of" in said[0]


def test_after_a_wave_its_targets_have_to_be_healthy():
    good = group("web", target(1), target(2), target(3, "unhealthy", "Target.Timeout"))
    assert not closed("after", wave(1, 2), good)
    sick = group("web", target(1), target(2, "unhealthy", "Target.Timeout"))
    assert closed("after", wave(1, 2), sick, name="arn:web") == [
        f"target group web: host-2 ({number(2)}) is unhealthy (Target.Timeout) after wave one"
    ]
    gone = group("web", target(1))
    assert "host-2" in closed("after", wave(1, 2), gone)[0] and "is not registered" in closed("after", wave(2), gone)[0]
    assert not closed("after", wave(2, target_groups=[]), gone)
    idle = group("web", target(1, "unused", "Target.NotInUse"))
    assert not closed("after", wave(1), idle)
    asleep = group("web", target(1, "unused", "Target.InvalidState"))
    assert not closed("after", wave(1, former_state="stopped", target_groups=[]), asleep)
    many = closed("after", wave(1, 2, 3, 4, 5), group("web"))
    assert many[0].endswith("and 2 more after wave one")


@pytest.mark.parametrize(
    ("minima", "words"),
    [
        ([{"group": "web"}], "not a dictionary with group and min"),
        (["web"], "not a dictionary with group and min"),
        ([{"group": " ", "min": 1}], "healthy_targets: ' ' is not a target group"),
        ([{"group": "web", "min": "101%"}], "min is '101%'"),
        ([{"group": "web", "min": -1}], "min is -1"),
        ([{"group": "web", "min": 1}, {"group": "web", "min": 2}], "web occurs twice"),
    ],
)
def test_a_minimum_that_cannot_be_understood(minima, words):
    with pytest.raises(gates.GateError, match=words):
        gates.Settings.from_dict({"healthy_targets": minima})


@given(
    states=st.lists(st.sampled_from(("healthy", "unhealthy", "initial", "draining")), max_size=12),
    members=st.sets(st.integers(0, 11)),
    at_once=st.integers(1, 12),
    least=st.one_of(st.integers(0, 12).map(str), st.integers(0, 100).map(lambda share: f"{share}%")),
)
def test_an_open_gate_leaves_enough_whoever_of_the_wave_is_out(states, members, at_once, least):
    web = group("web", *(target(host, state) for host, state in enumerate(states)))
    one = wave(*members, at_once=at_once)
    is_open = not closed("before", one, web, least=least)
    healthy = {host for host, state in enumerate(states) if state == "healthy"}
    registered = sum(state != "draining" for state in states)
    stay = len(healthy) - min(at_once, len(healthy & members))
    wanted = int(least.rstrip("%")) * registered / 100 if least.endswith("%") else int(least)
    assert is_open == (stay >= wanted)
