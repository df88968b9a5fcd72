# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who is taken out of which target groups, and whether enough targets stay healthy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import gates
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import target_groups
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions


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


def planned(plan):
    return {host.host: host.target_groups for wave in plan.waves for host in wave.hosts}


def test_every_host_is_taken_out_of_the_groups_that_it_is_a_target_of(facts, make):
    groups = [group("web", target(1), target(2), target(9)), group("api", target(1))]
    plan = make([facts(1), facts(2), facts(3)], {"drain": True}, groups=groups)
    assert planned(plan) == {"host-1": ("web", "api"), "host-2": ("web",), "host-3": ()}
    assert plan.warnings == () and Plan.from_dict(plan.to_dict()) == plan
    calm = make([facts(1), facts(2), facts(3)], {}, groups=groups)
    assert set(planned(calm).values()) == {()}
    assert plan.summary["estimated_minutes"] > calm.summary["estimated_minutes"]


@pytest.mark.parametrize(
    ("state", "reason", "names", "code"),
    [
        ("unhealthy", "Target.FailedHealthChecks", ("web",), "target_not_healthy"),
        ("initial", "Elb.InitialHealthChecking", ("web",), "target_not_healthy"),
        ("draining", "Target.DeregistrationInProgress", (), "target_without_traffic"),
        ("unused", "Target.NotInUse", (), "target_without_traffic"),
    ],
)
def test_a_target_in_another_state_than_healthy_is_a_warning_of_the_plan(facts, make, state, reason, names, code):
    plan = make([facts(1), facts(2)], {"drain": True}, groups=[group("web", target(1, state, reason), target(2))])
    assert planned(plan) == {"host-1": names, "host-2": ("web",)}
    [warning] = plan.warnings
    assert (warning.code, warning.hosts) == (code, ("host-1",)) and "1 host of target group web" in warning.message


@pytest.mark.parametrize(
    ("given_group", "words"),
    [
        (group("web", target(1, port=8080)), "target group web has host-1 on another port than its own 80"),
        (group("web", target_type="ip"), "target group web has targets of type ip"),
        (group("web", balanced=False), "target group web has no load balancer"),
    ],
)
def test_a_group_that_a_host_cannot_be_put_back_into_is_refused(facts, make, given_group, words):
    with pytest.raises(PlanError, match=words):
        make([facts(1)], {"drain": True}, groups=[given_group])


@pytest.mark.parametrize(
    ("healthy", "at_once", "warned"), [(2, "2", True), (2, "1", False), (3, "2", False), (1, "1", True)]
)
def test_a_group_without_a_healthy_target_is_a_warning(facts, make, healthy, at_once, warned):
    states = ["healthy"] * min(healthy, 2) + ["unhealthy"] * (2 - min(healthy, 2))
    web = group("web", *(target(host, state) for host, state in enumerate(states, 1)), healthy=healthy)
    plan = make([facts(1), facts(2), facts(3)], {"drain": True, "max_concurrency": at_once}, groups=[web])
    found = [warning for warning in plan.warnings if warning.code == "no_target_left"]
    assert [warning.hosts for warning in found] == ([("host-1", "host-2")] if warned else [])
    assert not warned or "target group web has no healthy target left while wave application.use1a" in found[0].message


def test_what_is_to_be_known_of_draining(facts, make):
    plan = make([facts(1)], {"drain": True}, groups=[])
    assert [warning.code for warning in plan.warnings] == ["nothing_to_drain"]
    reboots = {"drain": True, "image_no_reboot": False}
    plan = make([facts(1), facts(2)], reboots, groups=[group("web", target(1))])
    assert [(warning.code, warning.hosts) for warning in plan.warnings] == [("reboot_before_drain", ("host-1",))]
    assert not make([facts(1)], {**reboots, "image": False}, groups=[group("web", target(1))]).warnings
    assert not make([], {"drain": True, "allow_empty": True}, groups=[]).warnings


def test_a_stopped_host_is_not_drained(facts):
    class Stopped:
        host, instance_id, state = "host-1", number(1), "stopped"

    found = target_groups.drained(
        [group("web", target(1, "unused", "Target.InvalidState"))], [Stopped], PlanOptions(drain=True)
    )
    assert found.names == {} and "target_stopped" in [warning.code for warning in found.warnings]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target_groups": ["web"]}, "target_groups is given, but drain is off"),
        ({"drain": True, "target_groups": ["web", "web"]}, "target_groups names 'web' twice"),
    ],
)
def test_options_that_do_not_fit(options, words):
    with pytest.raises(PlanError, match=words):
        PlanOptions.from_dict(options)


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
    found = gates.closed_gates(plan, read, settings, place, "one")
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
        ([{"group": " ", "min": 1}], "names the target group ' '"),
        ([{"group": "web", "min": "101%"}], "min is '101%'"),
        ([{"group": "web", "min": -1}], "min is -1"),
        ([{"group": "web", "min": 1}, {"group": "web", "min": 2}], "names web twice"),
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
