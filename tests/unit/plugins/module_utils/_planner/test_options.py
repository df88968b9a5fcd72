# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Choices that contradict each other are found before any host is looked at, and the text names them."""

import dataclasses

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions

WEB = {"name": "web", "roles": ["Web Server"]}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tiers": []}, "tiers is empty"),
        (
            {"tiers": [WEB, {"name": "app", "roles": ["Web Server"]}]},
            "'Web Server' is named more than once, in web, app",
        ),
        ({"tiers": [WEB, WEB]}, "tier 'web' is given twice"),
        ({"tiers": [{"name": "web", "roles": []}]}, "tier 'web' has no role"),
        ({"tiers": [{"name": "web", "roles": "Web Server"}]}, "a list of roles"),
        ({"tiers": [{"name": "web"}]}, "a name and a list of roles"),
        ({"only_tiers": ["dta"]}, "only_tiers names 'dta'; the tiers are data, application"),
        ({"ignored_roles": ["Web Server"]}, "'Web Server' is in a tier and in ignored_roles"),
        ({"zone_grouping": "groups"}, "zone_groups is empty"),
        ({"zone_grouping": "groups", "zone_groups": [[]]}, "group 1 of zone_groups is empty"),
        ({"zone_grouping": "groups", "zone_groups": [["a"], ["b", "a"]]}, "zone 'a' is in zone_groups twice"),
        ({"zone_groups": [["a"]]}, "zone_grouping is first_then_rest"),
        ({"zone_grouping": "all"}, "zone_grouping 'all' is not one of"),
        ({"zone_key": "letter"}, "zone_key 'letter'"),
        ({"order": "random"}, "order 'random'"),
        ({"canary": -1}, "canary is -1"),
        ({"canary": True}, "canary is True"),
        ({"canary": 1, "canary_hosts": ["a"]}, "both given"),
        ({"canary_hosts": ["a", "a"]}, "names 'a' twice"),
        ({"wave_size": -1}, "wave_size is -1"),
        ({"max_concurrency": "0"}, "max_concurrency is '0'"),
        ({"max_concurrency": "0%"}, "max_concurrency is '0%'"),
        ({"max_concurrency": "many"}, "max_concurrency is 'many'"),
        ({"max_errors": "101%"}, "max_errors is '101%'"),
        ({"max_errors": "-1"}, "max_errors is '-1'"),
        ({"max_errors": "1.5"}, "max_errors is '1.5'"),
        ({"environments": [""]}, "environments has an empty value"),
        ({"solutions": [" shop"]}, "spaces around it"),
        ({"selector": {"type": "xml"}}, "selector type 'xml'"),
        ({"selector": {"tags": "x"}}, "unknown keys tags"),
        ({"selector": {"role": ""}}, "no key for the role"),
        ({"selector": {"solution": "instance"}}, "uses one key twice"),
        ({"selector": {"solution": ""}, "solutions": ["shop"]}, "no key for them"),
        ({"colour": "red"}, "unknown plan options colour"),
    ],
)
def test_what_is_wrong_is_named(options, words):
    with pytest.raises(PlanError, match=words):
        PlanOptions.from_dict(options)


def test_all_problems_are_told_at_once():
    with pytest.raises(PlanError) as caught:
        PlanOptions.from_dict({"order": "x", "only_tiers": ["y"], "max_errors": "z"})
    assert len(caught.value.problems) == 3


def test_none_is_the_default_and_options_survive_json():
    options = PlanOptions.from_dict({"tiers": None, "max_errors": 2, "zone_grouping": "groups", "zone_groups": [["a"]]})
    assert options.tiers == PlanOptions().tiers and options.max_errors == "2"
    assert PlanOptions.from_dict(options.to_dict()) == options


def test_options_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PlanOptions().canary = 3


@pytest.mark.parametrize("document", [{}, {"schema": 2}, {"schema": 1}, {"schema": 1, "run_id": "x", "waves": [{}]}])
def test_a_plan_of_another_schema_or_a_broken_one_is_not_read(document):
    with pytest.raises(PlanError, match="schema|not whole"):
        Plan.from_dict(document)
