# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The self-service window: its ten parameters with their allowed values, and a start date that stays where it is."""

import calendar
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import self_service
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import window_sets
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.set_error import SetError
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import expressions

TODAY = datetime.date(2026, 3, 10)  # a Tuesday
PARAMETERS = {
    "environment": (["Dev", "Test", "Prod"], ["dev", "Default", ""]),
    "patching_frequency": ([7, 14, 21, 28, 35, 42, "7"], [0, 8, 49, "weekly"]),
    "patching_window_weekday": (list(calendar.day_name), ["FRI", "friday", 5]),
    "patching_window_start_time": (["00", "01", "05", "23", 5, 0], ["24", "5", "1:00", -1, True]),
    "patching_window_duration": ([2, 23, "4"], [0, 1, 24]),
    "include_asg": (["No", False], ["Yes", True, "maybe"]),
    "retain_healthy_percentage": ([10, 90, "50"], [9, 91, 0]),
    "refresh_asg_instances": (["Yes", "No", True], ["maybe"]),
    "patching_operation": (["Scan", "Install"], ["Reboot"]),
    "operation_post_patching": (["RebootIfNeeded", "NoReboot"], ["Reboot"]),
}


def make(today=TODAY, existing=(), **options):
    (window,) = window_sets.windows_of([{"set": "self_service", "environment": "Dev", **options}], today, existing)
    return window


def test_exactly_the_ten_parameters_of_the_product():
    assert set(self_service.KIND.options) == set(PARAMETERS)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, found in PARAMETERS.items() for value in found[0]])
def test_allowed(name, value):
    assert make(**{name: value})["name"].endswith("_maintenance_window")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, found in PARAMETERS.items() for value in found[1]])
def test_not_allowed(name, value):
    with pytest.raises(SetError, match=rf"set 1 \(self_service\): {name}: "):
        make(**{name: value})


def test_the_window_of_the_product():
    window = make()
    assert (window["name"], window["schedule"], window["schedule_timezone"]) == (
        "Dev_maintenance_window",
        "rate(7 days)",
        "UTC",
    )
    assert window["start_date"] == "2026-03-13T05:00:00Z"  # the Friday after Tuesday
    assert (window["duration"], window["cutoff"], window["allow_unassociated_targets"]) == (4, 1, True)
    assert window["targets"][0]["tags"] == {"Patch Group": ["Dev"]}
    assert window["tasks"][0]["run_command"]["parameters"] == {
        "Operation": ["Install"],
        "RebootOption": ["RebootIfNeeded"],
    }
    assert make(cutoff=0, patching_window_duration=1)["duration"] == 1


@given(
    today=st.dates(datetime.date(2020, 1, 1), datetime.date(2060, 1, 1)),
    weekday=st.sampled_from(list(calendar.day_name)),
    hour=st.integers(0, 23),
    frequency=st.sampled_from([7, 14, 21, 28, 35, 42]),
    later=st.integers(0, 100),
)
def test_the_start_is_the_next_such_day_after_today_and_stays(today, weekday, hour, frequency, later):
    given_options = {
        "patching_window_weekday": weekday,
        "patching_window_start_time": f"{hour:02}",
        "patching_frequency": frequency,
    }
    window = make(today, **given_options)
    start = datetime.datetime.fromisoformat(window["start_date"])
    assert 1 <= (start.date() - today).days <= 7
    assert (f"{start:%A}", start.hour, start.minute) == (weekday, hour, 0)
    first, second = expressions.next_occurrences(
        window["schedule"], f"{today}T00:00:00Z", 2, start=window["start_date"], created=f"{today}T00:00:00Z"
    )
    assert (first, second - first) == (start, datetime.timedelta(days=frequency))
    again = make(today + datetime.timedelta(days=later), [window], **given_options)
    assert again == {key: value for key, value in window.items() if key != "start_date"}


@pytest.mark.parametrize(
    "change",
    [
        {"schedule": "rate(14 days)"},
        {"start_date": "2026-03-12T05:00:00Z"},
        {"start_date": "2026-03-13T06:00:00Z"},
        {"start_date": "2026-03-13T05:17:00Z"},
        {"start_date": None},
        {"start_date": ""},
    ],
)
def test_a_window_that_opens_at_another_time_gets_a_new_start(change):
    existing = {**make(datetime.date(2026, 2, 3)), **change}
    assert make(existing=[existing])["start_date"] == "2026-03-13T05:00:00Z"


def test_the_start_of_another_window_does_not_count():
    existing = make(environment="Test")
    assert "start_date" in make(existing=[existing])
    assert "start_date" in make(existing=[make()], name_prefix="b-")


@pytest.mark.parametrize("name", ["duration", "operation", "reboot_option", "timezone", "start_date"])
def test_common_options_that_the_parameters_replace(name):
    value = {
        "duration": 4,
        "operation": "Scan",
        "reboot_option": "NoReboot",
        "timezone": "UTC",
        "start_date": "2026-05-01",
    }
    with pytest.raises(SetError, match=rf"{name}: a self-service window has "):
        make(**{name: value[name]})


def test_a_new_window_needs_the_date():
    with pytest.raises(SetError, match="today: missing"):
        make(today=None)


def test_hosts_of_windows_that_go_away():
    sets = [
        {"set": "self_service", "environment": "Dev", "state": "absent"},
        {"set": "self_service", "environment": "Test"},
        {"set": "self_service", "environment": "Prod", "state": "absent", "tag_key": "PatchGroup"},
        {"set": "default", "state": "absent"},
    ]
    assert window_sets.returns_of(sets) == [
        {
            "window": "Dev_maintenance_window",
            "where": {"Patch Group": ["Dev"]},
            "tags": {"Patch Group": "Default", "maintenance_window": "Default_maintenance_window"},
        },
        {
            "window": "Prod_maintenance_window",
            "where": {"PatchGroup": ["Prod"]},
            "tags": {"PatchGroup": "Default", "maintenance_window": "Default_maintenance_window"},
        },
    ]
    with pytest.raises(SetError, match="its hosts are known by tags only"):
        window_sets.returns_of([{**sets[0], "resource_groups": ["g"]}])
