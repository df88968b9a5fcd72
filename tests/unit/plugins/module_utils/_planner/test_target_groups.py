# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who is taken out of which target groups."""

import pytest

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
        (
            group("web", protocol="TCP_QUIC"),
            "target group web has the protocol TCP_QUIC; its targets cannot be registered again",
        ),
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
        ({"target_groups": ["web"]}, "patch_run_target_groups: has no effect without patch_run_drain"),
        ({"drain": True, "target_groups": ["web", "web"]}, "patch_run_target_groups: 'web' is listed twice"),
    ],
)
def test_options_that_do_not_fit(options, words):
    with pytest.raises(PlanError, match=words):
        PlanOptions.from_dict(options)


def test_a_host_in_more_groups_than_a_request_takes_is_refused(facts, make):
    many = [group(f"g{count}", target(1)) for count in range(26)]
    with pytest.raises(PlanError, match="host-1 is a target of 26 target groups; Automation takes at most 25"):
        make([facts(1)], {"drain": True}, groups=many)
    assert len(planned(make([facts(1)], {"drain": True}, groups=many[:25]))["host-1"]) == 25
