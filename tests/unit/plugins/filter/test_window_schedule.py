# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filter window_schedule: its example gives what its documentation shows, and bad input carries the filter's name."""

import inspect

import pytest
import yaml

from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.template import trust_as_template

from ansible_collections.fleetpatch.aws.plugins.filter import window_schedule

FILTER = window_schedule.FilterModule().filters()["window_schedule"]


def test_the_example_gives_what_the_documentation_shows():
    (task,) = yaml.safe_load(window_schedule.EXAMPLES)
    got = Templar(loader=DataLoader()).template(trust_as_template(task["ansible.builtin.debug"]["msg"]))
    assert got == yaml.safe_load(window_schedule.RETURN)["_value"]["sample"]


def test_the_documented_options_are_the_arguments():
    documented = yaml.safe_load(window_schedule.DOCUMENTATION)["options"]
    arguments = list(inspect.signature(FILTER).parameters.values())[1:]
    assert [argument.name for argument in arguments] == [name for name in documented if name != "_input"]
    for argument in arguments:
        default = None if argument.default is inspect.Parameter.empty else argument.default
        assert documented[argument.name].get("default") == default, argument.name


def test_every_option_reaches_the_schedule():
    got = FILTER(
        "cron(0 23-5 ? * FRI *)",
        "2026-03-01T00:00:00Z",
        count=2,
        timezone="Asia/Tokyo",
        offset=1,
        start="2026-05-01",
        end="2026-05-02T18:00:00Z",
        duration=2,
        cutoff=1,
        hosts=50,
        max_concurrency="10%",
    )
    # Friday 24 April and one day later is before the start date; 1 May is a Friday, 2 May 00:00 in Tokyo is 1 May 15:00 UTC
    assert got["occurrences"] == ["2026-05-01T15:00:00Z", "2026-05-01T16:00:00Z"]
    assert got["description"].endswith("on every Friday, one day later (Asia/Tokyo)")
    assert [found["code"] for found in got["warnings"]] == ["hour_range", "own_overlap", "too_short"]
    assert "5 at once" in got["warnings"][2]["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cron(0 25 * * ? *)", "2026-03-01"), "window_schedule: cron.* the field hours is '25'"),
        ((5, "2026-03-01"), "window_schedule: schedule is 5"),
        (("rate(1 day)", "soon"), "window_schedule: after is 'soon'"),
        (("rate(1 day)", ""), "window_schedule: after is missing"),
        (("rate(1 day)", "2026-03-01", "3"), "window_schedule: count is '3'"),
        (("rate(1 day)", "2026-03-01", 3, "UTC", 0, None, None, 30), "window_schedule: duration is 30"),
    ],
)
def test_refused(arguments, words):
    with pytest.raises(AnsibleFilterError, match=words):
        FILTER(*arguments)
