# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Inventories that name variables otherwise, and inventories that miss instances."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import inventory
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions


@pytest.mark.parametrize("prefix, suffix", [("", ""), ("aws_", ""), ("", "_ec2"), ("aws_", "_ec2")])
def test_a_prefix_of_the_inventory_changes_no_plan(facts, make, prefix, suffix):
    """Options hostvars_prefix and hostvars_suffix of amazon.aws.aws_ec2."""
    hosts = [facts(1), facts(2, "SQL Server"), facts(3, tags={"install_patch": "no thanks"})]
    renamed = [
        (name, {"bastion_instance_id": "i-0", **{f"{prefix}{key}{suffix}": value for key, value in variables.items()}})
        for name, variables in hosts
    ]
    assert make(inventory.unprefixed(renamed)).to_dict() == make(hosts).to_dict()


def test_other_variables_are_no_instances(facts, reason):
    odd = ("db", {"bastion_instance_id": "i-0123456789abcdef0", "bastion_state": "x"})
    assert inventory.unprefixed([odd]) == [odd] and reason(odd) == "not_an_instance"


def option(**given):
    return PlanOptions.from_dict({"tiers": [{"name": "all", "roles": ["Web Server"]}], **given})


def test_without_a_selection_only_merged_names_are_looked_for(facts):
    everyone = [facts(1), facts(2), ("localhost", {})]
    read = inventory.asked(option(), ["host-1"], everyone)
    assert read["tags"] == {"instancedata": []} and read["states"] == ["running"]
    assert read["known_ids"] == [one["instance_id"] for _name, one in everyone[:2]]
    assert read["names"] == ["host-1"], "what filters the inventory is the selection"
    chosen = option(solutions=["shop"], start_stopped=True)
    assert inventory.asked(chosen, ["host-1"], everyone[:1])["names"] is None
    assert inventory.asked(chosen, ["host-1"], everyone)["names"] == ["host-1"], "a pattern of hosts is no surprise"
    plain = option(selector={"type": "plain", "role": "role", "solution": "s", "environment": ""}, solutions=["shop"])
    assert inventory.asked(plain, [], [])["tags"] == {"s": ["shop"], "role": []}


def test_missed_instances_are_counted_and_named(facts):
    lost = [facts(number, tags={"Name": "web"})[1] for number in (2, 3)]
    others = [
        facts(4, environment="test")[1],
        facts(5, tags={"install_patch": "No"})[1],
        facts(6, "Other")[1],
        facts(7, state="stopped")[1],
    ]
    (found,) = inventory.missed([*others, *lost], option(environments=["production"]), "us-east-1")
    assert found.code == "not_in_inventory" and found.message.startswith(
        "2 instances of the selection are not in the inventory"
    )
    assert found.hosts == tuple(f"web ({one['instance_id']})" for one in lost)
    assert inventory.missed(others, option(environments=["production"]), "us-east-1") == ()
