# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter association_schedule: its example gives what its documentation shows, and bad input carries the filter's name."""

import inspect

import pytest
import yaml

from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.template import trust_as_template

from ansible_collections.fleetpatch.aws.plugins.filter import association_schedule

FILTER = association_schedule.FilterModule().filters()["association_schedule"]


def test_the_example_gives_what_the_documentation_shows():
    (task,) = yaml.safe_load(association_schedule.EXAMPLES)
    got = Templar(loader=DataLoader()).template(trust_as_template(task["ansible.builtin.debug"]["msg"]))
    assert got == yaml.safe_load(association_schedule.RETURN)["_value"]["sample"]


def test_the_documented_options_are_the_arguments():
    documented = yaml.safe_load(association_schedule.DOCUMENTATION)["options"]
    arguments = list(inspect.signature(FILTER).parameters.values())[1:]
    assert [argument.name for argument in arguments] == [name for name in documented if name != "_input"]
    for argument in arguments:
        default = None if argument.default is inspect.Parameter.empty else argument.default
        assert documented[argument.name].get("default") == default, argument.name


@pytest.mark.parametrize(
    "schedule, options, message",
    [
        ("cron(0 23-5 ? * FRI *)", {}, "hours"),
        ("rate(10 minutes)", {}, "association_schedule: "),
        ("cron(0 2 ? * TUE#2 *)", {"offset": 3}, "apply_only_at_cron_interval"),
        ("rate(1 day)", {"count": -1}, "count"),
    ],
)
def test_bad_input(schedule, options, message):
    with pytest.raises(AnsibleFilterError, match=message):
        FILTER(schedule, "2026-03-01T00:00:00Z", **options)
