# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Machines outside of EC2: how they join the hosts, where they stand in the order, and what is not asked of them."""

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import wave_verdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import estimate
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.hybrid import joined
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.hybrid import region_of
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.hybrid import untagged
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.survey import Surveyor
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.survey import survey

TAGS = {"instancedata": json.dumps({"solution": "shop", "environment": "production", "instance": "Web Server"})}


def number(digit):
    return f"mi-{digit:017x}"


def node(digit, computer_name="rack", **more):
    known = {"instance_id": number(digit), "computer_name": computer_name, "tags": TAGS}
    return {**known, "platform_name": "Red Hat Enterprise Linux", "platform_version": "9.4", **more}


def rack(digit, **variables):
    return (f"rack-{digit}", {"instance_id": number(digit), "tags": TAGS, **variables})


def test_those_of_the_inventory_are_asked_about_when_they_say_nothing(facts):
    hosts = [facts(1), rack(1), ("bare", {"instance_id": number(2)}), ("odd", {"instance_id": 7}), ("none", {})]
    assert untagged(hosts) == [number(2)]


def test_they_join_under_their_names_and_nobody_twice(facts):
    hosts = [("host-1", facts(1)[1]), rack(1, tags={"Name": "own"}), ("bare", {"instance_id": number(2)})]
    nodes = [node(1), node(2), node(3, "host-1"), node(4, "cellar"), node(5, "cellar"), node(6, None, name="attic")]
    found = dict(joined(hosts, nodes, "us-east-1", True))
    assert list(found) == ["host-1", "rack-1", "bare", number(3), "cellar", number(5), "attic"]
    assert found["rack-1"]["tags"] == {"Name": "own"}
    assert found["bare"] == {
        "instance_id": number(2),
        "tags": TAGS,
        "region": "us-east-1",
        "platform": "Red Hat Enterprise Linux 9.4",
    }
    found = dict(joined(hosts, nodes, "us-east-1", True, {number(1), number(4), number(6)}))
    assert list(found) == ["host-1", "rack-1", "bare", number(3), "cellar"] and found["cellar"][
        "instance_id"
    ] == number(5)
    assert list(dict(joined(hosts, nodes, "us-east-1", False))) == ["host-1", "rack-1", "bare"]


@pytest.mark.parametrize(
    ("options", "waves"),
    [
        ({}, [["us-east-1a"], ["us-east-1b", "hybrid"]]),
        ({"zone_grouping": "each"}, [["us-east-1a"], ["us-east-1b"], ["hybrid"]]),
        (
            {"zone_grouping": "groups", "zone_groups": [["hybrid"], ["us-east-1a", "us-east-1b"]]},
            [["hybrid"], ["us-east-1a", "us-east-1b"]],
        ),
        ({"zone_key": "id"}, [["use1-az1"], ["use1-az2", "hybrid"]]),
    ],
)
def test_they_are_a_zone_of_their_own_and_the_last(facts, make, options, waves):
    plan = make([facts(1), rack(1), facts(2, zone="us-east-1b")], options)
    assert [list(wave.zones) for wave in plan.waves] == waves
    assert plan.region == "us-east-1"
    assert [one.hosts for one in plan.warnings if one.code == "hybrid"] == [("rack-1",)]
    assert Plan.from_dict(plan.to_dict()) == plan


def test_groups_of_zones_have_to_name_them(facts, make):
    with pytest.raises(PlanError, match=r"names no group for hybrid \(1 hosts\)"):
        make([facts(1), rack(1)], {"zone_grouping": "groups", "zone_groups": [["us-east-1a"]]})


def test_their_region_counts_when_it_is_known(facts, make):
    assert make([rack(1, region="eu-west-1")]).region == "eu-west-1"
    plan = make([facts(1), rack(1, region="eu-west-1")], {"region": "us-east-1"})
    assert [item.reason for item in plan.exclusions] == ["other_region"]
    with pytest.raises(PlanError, match="several Regions"):
        make([facts(1), rack(1, region="eu-west-1")])


def test_the_agent_has_to_be_online(make):
    nodes = {number(1): {"ping_status": "ConnectionLost"}, number(2): {"ping_status": "Online"}}
    plan = make([rack(1), rack(2)], nodes=nodes)
    assert [(item.host, item.reason) for item in plan.exclusions] == [("rack-1", "no_agent")]


def test_no_image_is_estimated_or_asked_for(facts, make):
    plan = make([rack(1)], volumes={})
    (wave,) = plan.waves
    assert (wave.estimate.image_minutes, wave.hosts[0].image_gib) == (0, None)
    assert estimate.wave_estimate(wave.hosts, 1, True).image_minutes == 0
    both = make([facts(1), rack(1)], {"zone_grouping": "each"}).to_dict()
    hosts = [host for one in both["waves"] for host in one["hosts"]]
    verdict = wave_verdict(read_wave({"id": "both", "hosts": hosts}), [], [], []).to_dict()
    assert verdict["retry"] == [number(1)]
    assert [row["outcome"] for row in verdict["hosts"]] == ["image_failed", "not_started"]


@pytest.mark.parametrize(
    ("regions", "known"), [([], ""), (["eu-west-1", None], "eu-west-1"), (["eu-west-1", "us-east-1"], "")]
)
def test_the_region_that_all_of_the_inventory_name(facts, regions, known):
    assert region_of([facts(1), *(rack(digit, region=region) for digit, region in enumerate(regions))]) == known


def test_hosts_may_be_surveyed_in_two_goes(facts):
    hosts = [facts(1), rack(1), rack(2, tags={}), facts(2, state="stopped")]
    surveyor = Surveyor(PlanOptions())
    surveyor.add(hosts[:1] + hosts[3:])
    assert surveyor.region() == "us-east-1"
    surveyor.add(hosts[1:3])
    assert set(surveyor.survey().exclusions) == set(survey(hosts, PlanOptions()).exclusions)
    assert surveyor.survey().hosts == survey(hosts, PlanOptions()).hosts
    surveyor.add([("again", hosts[0][1])])
    with pytest.raises(PlanError, match="is in the inventory as host-1 and as again"):
        surveyor.survey()
