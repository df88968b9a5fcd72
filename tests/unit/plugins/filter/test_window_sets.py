# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters about sets of windows: their examples give what their documentation shows, and errors carry the filter's name."""

import inspect

import pytest
import yaml

from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.template import trust_as_template

from ansible_collections.fleetpatch.aws.plugins.filter import window_patch_groups
from ansible_collections.fleetpatch.aws.plugins.filter import window_returns
from ansible_collections.fleetpatch.aws.plugins.filter import window_sets
from ansible_collections.fleetpatch.aws.plugins.filter import window_warnings

PLUGINS = {
    "window_sets": window_sets,
    "window_patch_groups": window_patch_groups,
    "window_returns": window_returns,
    "window_warnings": window_warnings,
}
FILTERS = {name: plugin.FilterModule().filters()[name] for name, plugin in PLUGINS.items()}


@pytest.mark.parametrize("name", PLUGINS)
def test_the_example_gives_what_the_documentation_shows(name):
    (task,) = yaml.safe_load(PLUGINS[name].EXAMPLES)
    got = Templar(loader=DataLoader()).template(trust_as_template(task["ansible.builtin.debug"]["msg"]))
    sample = yaml.safe_load(PLUGINS[name].RETURN)["_value"]["sample"]
    if name == "window_sets":  # the sample is the beginning of the window, the example its description
        sample = sample[0]["description"]
    assert got == sample


@pytest.mark.parametrize("name", PLUGINS)
def test_the_documented_options_are_the_arguments(name):
    documented = yaml.safe_load(PLUGINS[name].DOCUMENTATION)["options"]
    arguments = list(inspect.signature(FILTERS[name]).parameters.values())[1:]
    assert [argument.name for argument in arguments] == [option for option in documented if option != "_input"]
    for argument in arguments:
        required = argument.default is inspect.Parameter.empty
        assert documented[argument.name].get("required", False) == required
        assert documented[argument.name].get("default") == (None if required else argument.default)


def test_the_sample_of_a_window_is_one():
    (sample,) = yaml.safe_load(window_sets.RETURN)["_value"]["sample"]
    sets = [{"set": "patch_tuesday", "patch_groups": ["Web"], "timezone": "Europe/Berlin"}]
    (window,) = FILTERS["window_sets"](sets)
    assert sample == {key: window[key] for key in sample}


def test_today_and_existing_windows_reach_the_sets():
    sets = [{"set": "self_service", "environment": "Test"}]
    (window,) = FILTERS["window_sets"](sets, "2026-03-10")
    assert window["start_date"] == "2026-03-13T05:00:00Z"
    (again,) = FILTERS["window_sets"](sets, "2026-04-01", [window])
    assert "start_date" not in again


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("window_sets", ([{"set": "x"}],), "window_sets: set 1: set: unknown kind 'x'"),
        ("window_sets", ([], "tomorrow"), r"window_sets: today must be a date \(YYYY-MM-DD\), not 'tomorrow'"),
        ("window_sets", ([{"set": "self_service", "environment": "Dev"}],), "window_sets: .*today: missing"),
        (
            "window_patch_groups",
            ([{"set": "matrix", "weeks": 9}],),
            "window_patch_groups: .*weeks: week of the month 9 must be",
        ),
        ("window_patch_groups", (5,), "window_patch_groups: the sets must be a list"),
        ("window_returns", (["x"],), "window_returns: set 1: 'x' is not a dictionary"),
        ("window_warnings", ("x", "2026-03-01"), "window_warnings: the input must be a list of dictionaries"),
        ("window_warnings", ([], "soon"), "window_warnings: after is 'soon'"),
        (
            "window_warnings",
            ([], "2026-03-01", {"a": -1}),
            "window_warnings: hosts.a: number of hosts -1 must be from 0",
        ),
    ],
)
def test_refused(name, arguments, words):
    with pytest.raises(AnsibleFilterError, match=words):
        FILTERS[name](*arguments)
