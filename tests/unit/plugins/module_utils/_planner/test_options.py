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
        ({"tiers": []}, "patch_run_tiers: must have at least one tier"),
        (
            {"tiers": [WEB, {"name": "app", "roles": ["Web Server"]}]},
            "patch_run_tiers: role 'Web Server' is listed more than once, in web, app",
        ),
        ({"tiers": [WEB, WEB]}, "tier 'web' is listed twice"),
        ({"tiers": [{"name": "web", "roles": []}]}, "tier 'web' has no role"),
        ({"tiers": [{"name": "web", "roles": "Web Server"}]}, "a list of roles"),
        ({"tiers": [{"name": "web"}]}, "a name and a list of roles"),
        ({"only_tiers": ["dta"]}, "patch_run_only_tiers: 'dta' is not a tier; the tiers are data, application"),
        ({"ignored_roles": ["Web Server"]}, "patch_run_ignored_roles: role 'Web Server' also belongs to a tier"),
        (
            {"zone_grouping": "groups"},
            "patch_run_zone_groups: must not be empty when patch_run_zone_grouping is groups",
        ),
        ({"zone_grouping": "groups", "zone_groups": [[]]}, "patch_run_zone_groups: group 1 is empty"),
        (
            {"zone_grouping": "groups", "zone_groups": [["a"], ["b", "a"]]},
            "patch_run_zone_groups: zone 'a' is listed twice",
        ),
        ({"zone_groups": [["a"]]}, "patch_run_zone_grouping is first_then_rest; set it to groups"),
        ({"zone_grouping": "all"}, "patch_run_zone_grouping: 'all' must be one of each, first_then_rest, groups"),
        ({"zone_key": "letter"}, "patch_run_zone_key: 'letter' must be one of"),
        ({"order": "random"}, "patch_run_order: 'random' must be one of"),
        ({"canary": -1}, "patch_run_canary: -1 must be at least 0"),
        ({"canary": True}, "patch_run_canary: must be a number"),
        ({"canary": 1, "canary_hosts": ["a"]}, "patch_run_canary and patch_run_canary_hosts are set"),
        ({"canary_hosts": ["a", "a"]}, "patch_run_canary_hosts: 'a' is listed twice"),
        ({"wave_size": -1}, "patch_run_wave_size: -1 must be"),
        (
            {"max_concurrency": "0"},
            "patch_run_max_concurrency: '0' must be a whole number from 1, a percentage from 1% to 100%, or auto",
        ),
        ({"max_concurrency": "0%"}, "patch_run_max_concurrency: '0%' must be"),
        ({"max_concurrency": "many"}, "patch_run_max_concurrency: 'many' must be"),
        (
            {"max_errors": "101%"},
            "patch_run_max_errors: '101%' must be a whole number from 0, a percentage from 0% to 100%, or auto",
        ),
        ({"max_errors": "-1"}, "patch_run_max_errors: '-1' must be"),
        ({"max_errors": "1.5"}, "patch_run_max_errors: '1.5' must be"),
        ({"environments": [""]}, "patch_run_environments: .* has an empty value"),
        ({"solutions": [" shop"]}, "spaces around it"),
        ({"selector": {"type": "xml"}}, "patch_run_selector.type: 'xml' must be one of json, plain"),
        ({"selector": {"tags": "x"}}, "patch_run_selector: unknown keys tags"),
        ({"selector": {"role": ""}}, "patch_run_selector.role: must not be empty"),
        (
            {"selector": {"solution": "instance"}},
            "patch_run_selector: solution, environment and role must be different keys",
        ),
        (
            {"selector": {"solution": ""}, "solutions": ["shop"]},
            "patch_run_solutions: is set, but patch_run_selector.solution is empty",
        ),
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
    with pytest.raises(PlanError, match="schema|incomplete"):
        Plan.from_dict(document)
