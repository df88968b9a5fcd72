# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Warnings about declarations: what two windows have in common is worked out from their targets, and only then said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import set_warnings
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import window_sets
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.set_error import SetError

AFTER = "2026-03-01T00:00:00Z"


def window(name, *targets, schedule="cron(0 2 ? * SUN *)", duration=4, **more):
    return {"name": name, "schedule": schedule, "duration": duration, "cutoff": 1, "targets": list(targets), **more}


def tagged(**tags):
    return {"tags": {key.replace("_", " "): found for key, found in tags.items()}}


def codes(*windows, hosts=None):
    return [found["code"] for found in set_warnings.warnings_of(windows, AFTER, hosts)]


@pytest.mark.parametrize(
    ("mine", "theirs", "overlap"),
    [
        (tagged(Patch_Group=["a"]), tagged(Patch_Group=["a"]), True),
        (tagged(Patch_Group=["a", "b"]), tagged(Patch_Group=["b", "c"]), True),
        (tagged(Patch_Group=["a"]), tagged(Patch_Group=["b"]), False),
        (tagged(Patch_Group=["a"]), tagged(Patch_Group=["a"], AZ=["x"]), True),
        (tagged(Patch_Group=["a"], AZ=["y"]), tagged(Patch_Group=["a"], AZ=["x"]), False),
        (tagged(Patch_Group=[]), tagged(Patch_Group=["a"]), True),
        (tagged(Patch_Group=[]), tagged(Patch_Group=[]), True),
        (tagged(Patch_Group=["a"]), tagged(stage=["a"]), False),
        ({"instance_ids": ["i-12345678"]}, {"instance_ids": ["i-12345678", "i-87654321"]}, True),
        ({"instance_ids": ["i-12345678"]}, {"instance_ids": ["i-87654321"]}, False),
        ({"resource_groups": ["g"]}, {"resource_groups": ["g"]}, True),
        ({}, {}, False),
    ],
)
def test_windows_that_share_hosts(mine, theirs, overlap):
    assert codes(window("one", mine), window("two", theirs)) == (["windows_overlap"] if overlap else [])
    assert codes(window("one", mine), window("two", theirs, schedule="cron(0 2 ? * MON *)")) == []


def test_two_zones_of_one_group_overlap_with_a_third_window_and_not_with_each_other():
    group = window("all", tagged(Patch_Group=["a"]))
    zones = [window(f"zone-{name}", tagged(Patch_Group=["a"], AZ=[name])) for name in "xy"]
    found = set_warnings.warnings_of([group, *zones], AFTER)
    assert [item["windows"] for item in found] == [["all", "zone-x"], ["all", "zone-y"]]
    assert "for tag AZ x and tag Patch Group a, first at 2026-03-01T02:00:00Z" in found[0]["message"]


_CONDITION = st.dictionaries(st.sampled_from("kl"), st.frozensets(st.sampled_from("ab"), max_size=2), max_size=2)


@given(conditions=st.lists(_CONDITION, min_size=2, max_size=4))
def test_only_windows_that_one_host_can_be_in_overlap(conditions):
    hosts = [{"k": one, "l": other} for one in "abx" for other in "abx"]

    def takes(condition, host):
        return all(not found or host[key] in found for key, found in condition.items())

    windows = [
        window(f"w{number}", {"tags": {key: sorted(found) for key, found in condition.items()}})
        for number, condition in enumerate(conditions)
    ]
    said = {tuple(found["windows"]) for found in set_warnings.warnings_of(windows, AFTER)}
    for one, mine in enumerate(conditions):
        for other in range(one + 1, len(conditions)):
            together = any(takes(mine, host) and takes(conditions[other], host) for host in hosts)
            asked = bool(set(mine) & set(conditions[other]))
            found = (f"w{one}", f"w{other}") in said
            assert together or not found
            # without a key in common nothing says that such a host exists, unless a third window does
            assert found or not (together and asked)


def test_hosts_that_do_not_fit_into_the_window():
    task = {"max_concurrency": "1"}
    one = window("one", tagged(Patch_Group=["a", "b"]), tasks=[task])
    assert codes(one, hosts={"a": 1, "b": 1}) == []
    assert codes(one, hosts={"a": 10, "b": 90}) == ["too_short"]
    assert codes(one, hosts={"a": 100}) == []  # nobody knows how many b has
    assert codes(one) == []
    assert codes(window("one", {"instance_ids": ["i-12345678"]}, tasks=[task]), hosts={"a": 100}) == []
    assert codes({**one, "duration": 24, "tasks": [{"max_concurrency": "100%"}]}, hosts={"a": 10, "b": 90}) == []


def test_windows_that_do_nothing_are_left_out():
    one, two = window("one", tagged(k=["a"])), window("two", tagged(k=["a"]))
    assert codes(one, {**two, "enabled": False}) == []
    assert codes(one, {"name": "two", "state": "absent"}) == []
    assert codes(one, {"name": "two", "targets": two["targets"]}) == []


def test_warnings_of_the_planner_and_the_quota():
    assert codes(window("one", schedule="cron(0 23-5 ? * THU#3 *)", duration=6)) == ["hour_range", "own_overlap"]
    fifth = window_sets.windows_of([{"set": "matrix", "weeks": [4, 5], "days": [1], "hours": [3]}])
    found = set_warnings.warnings_of(fifth, AFTER)
    assert [(item["code"], item["windows"]) for item in found] == [("missing_day", ["Week5Day1Unattended0300"])]
    many = window_sets.windows_of([{"set": "matrix", "weeks": [1, 2, 3], "days": [1, 2, 3], "hours": list(range(6))}])
    assert codes(*many) == ["quota"]
    assert codes(*many[:50]) == []


@pytest.mark.parametrize("kind", ["matrix", "environments", "roles", "daily", "default"])
def test_sets_as_they_are_need_no_warning(kind):
    assert codes(*window_sets.windows_of([{"set": kind}])) == []


def test_what_aws_would_refuse_is_an_error():
    with pytest.raises(SetError, match="one: cron.*hours is '25'"):
        codes(window("one", schedule="cron(0 25 ? * * *)"))
    with pytest.raises(SetError, match="hosts.a: number of hosts 'x' must be a whole number from 0"):
        codes(hosts={"a": "x"})
