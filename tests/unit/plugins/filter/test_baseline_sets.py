# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import inspect

import pytest
import yaml

from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.template import trust_as_template

from ansible_collections.fleetpatch.aws.plugins.filter import baseline_sets

FILTER = baseline_sets.FilterModule().filters()["baseline_sets"]
DATA = {"plain": {"baselines": [{"name": "win", "operating_system": "WINDOWS"}]}}


def test_the_example_gives_what_the_documentation_shows():
    (task,) = yaml.safe_load(baseline_sets.EXAMPLES)
    templar = Templar(loader=DataLoader(), variables=task["vars"])
    got = templar.template(trust_as_template(task["ansible.builtin.debug"]["msg"]))
    assert got == yaml.safe_load(baseline_sets.RETURN)["_value"]["sample"]


def test_the_documented_options_are_the_arguments():
    documented = yaml.safe_load(baseline_sets.DOCUMENTATION)["options"]
    arguments = list(inspect.signature(FILTER).parameters.values())[1:]
    assert [argument.name for argument in arguments] == [name for name in documented if name != "_input"]
    for argument in arguments:
        default = None if argument.default is inspect.Parameter.empty else argument.default
        default = list(default) if isinstance(default, tuple) else default
        assert documented[argument.name].get("default") == default, argument.name


def test_every_argument_reaches_the_composition():
    provided = [{"owner": "AWS", "name": "AWS-D", "operating_system": "SUSE", "approval_rules": []}]
    got = FILTER(
        ["plain"], DATA, ["WINDOWS"], ["g"], True, "p-", [{"operating_system": "SUSE"}], provided, [{"name": "own"}]
    )
    assert [one["name"] for one in got] == ["p-win", "p-copy-of-AWS-D", "own"]
    assert got[0]["patch_groups"] == ["g"] and got[0]["default"] is True
    assert FILTER(["plain"], DATA, default=False)[0]["default"] is False


@pytest.mark.parametrize(
    "sets, data",
    [(["gone"], DATA), (["plain"], {"plain": {}}), (["plain"], {"plain": {"baselines": [{}]}}), ("ab", DATA)],
)
def test_what_is_wrong_carries_the_filters_name(sets, data):
    with pytest.raises(AnsibleFilterError, match="baseline_sets: "):
        FILTER(sets, data)
