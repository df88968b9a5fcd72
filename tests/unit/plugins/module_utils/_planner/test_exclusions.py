# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who is left out, and why; every rule as a table."""

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.knowledge import tagged_group
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.survey import survey

TEXT = {"solution": "shop", "environment": "production", "instance": "Web Server"}


@pytest.mark.parametrize(
    ("wanted", "environment", "code"),
    [
        ("prod", "prod", None),
        ("prod", "nonprod", "other_environment"),
        ("prod", "preprod", "other_environment"),
        ("prod", "production", "other_environment"),
        ("prod", "Prod", "other_environment"),
        ("prod", "prod ", "malformed_tag"),
        ("prod", " prod", "malformed_tag"),
        ("prod", "", "malformed_tag"),
    ],
)
def test_environment_is_compared_exactly(facts, make, wanted, environment, code):
    plan = make([facts(1, environment=environment)], {"environments": [wanted], "allow_empty": True})
    assert [item.reason for item in plan.exclusions] == ([code] if code else [])


def test_solution_is_compared_exactly(facts, reason):
    assert reason(facts(1, solution="clientab"), {"solutions": ["clienta"]}) == "other_solution"
    assert reason(facts(1, solution="clienta"), {"solutions": ["clienta"]}) is None


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ('{"solution": "shop"', "is not JSON"),
        ("", "is not JSON"),
        ("[]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("null", "not a JSON object"),
        (json.dumps({**TEXT, "instance": 5}), "'instance' of tag 'instancedata' is 5, not text"),
        (json.dumps({**TEXT, "instance": ["Web Server"]}), "not text"),
        (json.dumps({**TEXT, "instance": None}), "has no 'instance'"),
        (json.dumps({"solution": "shop", "environment": "production"}), "has no 'instance'"),
        (json.dumps({"solution": "shop", "instance": "Web Server"}), "has no 'environment'"),
        ('{"solution": "shop", "solution": "crm", "environment": "production", "instance": "Web Server"}', "twice"),
        ("[" * 100000, "is not JSON"),
    ],
)
def test_a_malformed_tag_is_reported_and_stops_nobody_else(facts, make, tag, words):
    plan = make([facts(1, tags={"instancedata": tag}), facts(2)])
    (left_out,) = plan.exclusions
    assert (left_out.reason, left_out.host) == ("malformed_tag", "host-1")
    assert words in left_out.detail
    assert [warning.code for warning in plan.warnings] == ["malformed_tag"]
    assert plan.summary["hosts"] == 1


def test_the_tag_key_is_compared_exactly(facts, reason):
    tags = {"instancedata": None, "my-instancedata-old": json.dumps(TEXT), "Instancedata": json.dumps(TEXT)}
    assert reason(facts(1, tags=tags)) == "not_tagged"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"aws:autoscaling:groupName": "web"}, "auto_scaling_member"),
        ({"eks:cluster-name": "shop"}, "eks_managed"),
        ({"aws:eks:cluster-name": "shop"}, "eks_managed"),
        ({"EKS:nodegroup-name": "x"}, "eks_managed"),
        ({"kubernetes.io/cluster/shop": "owned"}, "eks_managed"),
        ({"k8s.io/cluster-autoscaler/enabled": "true"}, "eks_managed"),
        ({"alpha.eksctl.io/nodegroup-name": "x"}, "eks_managed"),
        ({"Alpha.eksctl.io/nodegroup-name": "x"}, "eks_managed"),
        ({"AmazonECSManaged": "true"}, "ecs_managed"),
        ({"aws:ecs:clusterName": "x"}, "ecs_managed"),
        ({"aws:elasticmapreduce:job-flow-id": "j-1"}, "emr_managed"),
        ({"install_patch": "no"}, "exempt"),
        ({"install_patch": "No"}, "exempt"),
        ({"install_patch": "FALSE"}, "exempt"),
        ({"patch_install": "no"}, "exempt"),
        ({"Patch_Install": " no "}, "exempt"),
        # What only looks alike is patched.
        ({"install_patch": "yes"}, None),
        ({"install_patch": "none"}, None),
        ({"team": "recs"}, None),
        ({"Specs": "ecs"}, None),
        ({"note": "eks:"}, None),
        ({"my-k8s.io/": "x"}, None),
        ({"weeks:": "x"}, None),
    ],
)
def test_hosts_that_something_else_manages_or_that_are_exempt(facts, reason, tags, code):
    assert reason(facts(1, tags=tags)) == code


def test_the_reason_does_not_depend_on_the_order_of_the_tags(facts, make):
    tags = {"install_patch": "no", "aws:autoscaling:groupName": "x", "eks:a": "1", "eks:b": "2"}
    plans = [
        make([facts(1, tags=dict(order)), facts(2)]) for order in (list(tags.items()), list(reversed(tags.items())))
    ]
    assert plans[0] == plans[1] and "tag eks:a" in plans[0].exclusions[0].detail


def test_exempt_tag_keys_can_be_chosen(facts, reason):
    assert reason(facts(1, tags={"frozen": "no"}), {"exempt_tags": ["frozen"]}) == "exempt"
    assert reason(facts(1, tags={"install_patch": "no"}), {"exempt_tags": ["frozen"]}) is None


@pytest.mark.parametrize("state", ["pending", "stopping", "stopped", "shutting-down", "terminated", ""])
def test_only_running_hosts_are_patched(facts, reason, state):
    assert reason(facts(1, state=state)) == "wrong_state"
    assert reason(facts(1, state=state), {"start_stopped": True}) == (None if state == "stopped" else "wrong_state")


def test_a_stopped_host_takes_part_when_it_may_whatever_its_agent_does(facts, make):
    nodes = {facts(1)[1]["instance_id"]: {"ping_status": "Online"}}
    plan = make([facts(1), facts(2, state="stopped"), facts(3)], {"start_stopped": True}, nodes=nodes)
    assert [(host.host, host.former_state) for wave in plan.waves for host in wave.hosts] == [
        ("host-1", "running"),
        ("host-2", "stopped"),
    ]
    assert [(item.host, item.reason) for item in plan.exclusions] == [("host-3", "no_agent")]
    assert ("stopped", ("host-2",)) in {(one.code, one.hosts) for one in plan.warnings}


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ({"ping_status": "Online"}, None),
        ({"ping_status": "ConnectionLost"}, "no_agent"),
        ({"ping_status": "Inactive"}, "no_agent"),
        ({}, "no_agent"),
    ],
)
def test_a_host_that_systems_manager_cannot_reach_is_reported(facts, make, node, code):
    host = facts(1)
    plan = make([host], {"allow_empty": True}, nodes={host[1]["instance_id"]: node})
    assert [item.reason for item in plan.exclusions] == ([code] if code else [])
    assert [warning.code for warning in plan.warnings] == (["unmanaged"] if code else [])
    assert plan.summary["unmanaged"] == (1 if code else 0)


def test_nodes_that_were_not_read_are_not_judged(facts, reason):
    assert reason(facts(1)) is None
    assert reason(facts(1), nodes={}) == "no_agent"


@pytest.mark.parametrize(
    "role",
    ["mysql server", "Windows SQL Server", "SQL Server Witness", "DFS File Server", "sql server", "SQL Server2"],
)
def test_a_role_that_no_tier_names_is_an_error_unless_declared(facts, make, reason, role):
    with pytest.raises(PlanError, match=f"no tier names role '{role}' of host-1"):
        make([facts(1, role=role)])
    assert reason(facts(1, role=role), {"ignored_roles": [role]}) == "unknown_role"


def test_the_error_suggests_the_role_that_was_meant(facts, make):
    with pytest.raises(PlanError, match="did you mean 'SQL Server'"):
        make([facts(1, role="SQL server")])


def test_an_unknown_role_of_another_solution_is_nobodys_business(facts, make):
    plan = make([facts(1, role="Quantum Server", solution="crm"), facts(2)], {"solutions": ["shop"]})
    assert [item.reason for item in plan.exclusions] == ["other_solution"]


def test_plain_tags(facts, make):
    selector = {"type": "plain", "solution": "Solution", "environment": "Environment", "role": "Role"}
    good = {"instancedata": None, "Solution": "shop", "Environment": "prod", "Role": "Web Server"}
    plan = make(
        [
            facts(1, tags=good),
            facts(2, tags={**good, "Environment": "nonprod"}),
            facts(3, tags={**good, "Role": None}),
            facts(4, tags={"instancedata": None}),
            facts(5, tags={**good, "Role": "Web Server "}),
        ],
        {"selector": selector, "environments": ["prod"]},
    )
    assert [host.host for wave in plan.waves for host in wave.hosts] == ["host-1"]
    assert {item.host: item.reason for item in plan.exclusions} == {
        "host-2": "other_environment",
        "host-3": "malformed_tag",
        "host-4": "not_tagged",
        "host-5": "malformed_tag",
    }


def test_a_host_of_another_region(facts, make):
    both = [facts(1), facts(2, zone="eu-west-1a")]
    with pytest.raises(PlanError, match="1 in eu-west-1 such as host-2, 1 in us-east-1 such as host-1"):
        make(both)
    plan = make(both, {"region": "us-east-1"})
    assert [(item.host, item.reason) for item in plan.exclusions] == [("host-2", "other_region")]
    assert plan.region == "us-east-1"


def test_an_instance_that_is_in_the_inventory_twice_is_an_error(facts, make):
    name, variables = facts(1)
    with pytest.raises(PlanError, match=r"i-0+1 is in the inventory as host-1 and as other"):
        make([(name, variables), ("other", variables)])


def test_a_host_that_is_no_instance(make, facts):
    plan = make([facts(1), ("localhost", {})])
    assert [(item.host, item.reason) for item in plan.exclusions] == [("localhost", "not_an_instance")]


@pytest.mark.parametrize(
    "variables",
    [
        {"tags": ["web"]},
        {"ec2_tags": "web"},
        {"placement": "rack 3"},
        {"state": "running"},
        {"instance_id": 7},
        {"instance_id": "vm-17"},
        {"block_device_mappings": "sda", "instance_id": None},
    ],
)
def test_a_plain_host_may_have_variables_of_the_same_names(make, facts, variables):
    plan = make([facts(1), ("plain", variables)], volumes={})
    assert [(item.host, item.reason) for item in plan.exclusions] == [("plain", "not_an_instance")]


@pytest.mark.parametrize(
    "variables, reason",
    [
        ({"tags": ["web"]}, "not_tagged"),
        ({"state": "running"}, "wrong_state"),
        ({"block_device_mappings": "sda"}, None),
    ],
)
def test_variables_of_the_user_may_hide_those_of_an_instance(make, facts, variables, reason):
    plan = make([facts(1), ("hidden", {**facts(2)[1], **variables})], volumes={})
    assert [item.reason for item in plan.exclusions] == ([reason] if reason else [])


def test_a_host_without_a_region_is_named(make, facts):
    with pytest.raises(PlanError, match="1 in an unknown Region such as hidden, 1 in us-east-1 such as host-1"):
        make([facts(1), ("hidden", {**facts(2)[1], "placement": "rack 3"})])


def test_nothing_matched_is_an_error_unless_allowed(facts, make):
    with pytest.raises(PlanError, match=r"all 2 hosts are excluded \(2 other_environment\)"):
        make([facts(1), facts(2)], {"environments": ["produktion"]})
    plan = make([facts(1)], {"environments": ["produktion"], "allow_empty": True})
    assert plan.waves == () and plan.summary["excluded"] == 1
    with pytest.raises(PlanError, match="the inventory has no hosts"):
        make([])


def test_every_reason_is_told_in_words(facts, make):
    plan = make([facts(1, tags={"install_patch": "No"}), facts(2)])
    assert plan.exclusions[0].detail == "tag install_patch is No"


@pytest.mark.parametrize("value, text", [(True, "true"), (1, "1")])
def test_tags_of_an_inventory_in_yaml_are_text(facts, make, value, text):
    """aws_ec2 gives texts; in a file of a person YAML makes a boolean or a number of them."""
    name, variables = facts(1)
    variables["tags"] = {"Name": value, "role": value, "environment": value, "PatchGroup": value}
    options = {
        "selector": {"type": "plain", "solution": "", "environment": "environment", "role": "role"},
        "environments": [text],
        "tiers": [{"name": "all", "roles": [text]}],
    }
    (wave,) = make([(name, variables)], options).waves
    (host,) = wave.hosts
    assert (host.name, host.role) == (text, text)
    (read,) = survey([(name, variables)], PlanOptions.from_dict(options)).hosts
    assert tagged_group(read) == text
    variables["tags"]["role"] = [text]
    assert make([(name, variables)], {**options, "allow_empty": True}).exclusions[0].reason == "malformed_tag"
