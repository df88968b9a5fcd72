# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Numbers and percents of hosts, and time under AWS's rate control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import budget
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import estimate
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlannedHost


@pytest.mark.parametrize(
    ("value", "hosts", "allowed"),
    [
        ("0", 50, 0),
        ("3", 50, 3),
        ("3", 2, 2),
        (1, 5, 1),
        ("10%", 50, 5),
        ("10%", 19, 1),
        ("10%", 9, 0),
        ("0%", 9, 0),
        ("100%", 9, 9),
        ("99%", 9, 8),
        ("5", 0, 0),
    ],
)
def test_errors(value, hosts, allowed):
    assert budget.errors(value, hosts) == allowed


@pytest.mark.parametrize(
    ("value", "hosts", "at_once"),
    [("10", 50, 10), ("10", 3, 3), ("25%", 50, 12), ("1%", 50, 1), ("100%", 7, 7), ("5", 0, 1)],
)
def test_concurrency(value, hosts, at_once):
    assert budget.concurrency(value, hosts) == at_once


@pytest.mark.parametrize(
    ("hosts", "at_once", "allowed"),
    [
        (0, 1, 0),
        (1, 1, 0),
        (2, 1, 1),
        (24, 1, 1),
        (25, 1, 5),
        (100, 5, 5),
        (101, 8, 10),
        (1000, 80, 10),
        (1001, 100, 10),
        (5000, 500, 10),
    ],
)
def test_auto_is_what_patch_now_publishes_but_never_all_hosts(hosts, at_once, allowed):
    assert (budget.concurrency("auto", hosts), budget.errors("auto", hosts)) == (at_once, allowed)


@pytest.mark.parametrize("value", ["", "x", "automatic", "-1", "1.5", "%", "101%", "01", "1e3", "12345678", "½"])
def test_what_is_no_number_or_percentage(value):
    with pytest.raises(budget.BudgetError, match="max_errors is"):
        budget.errors(value, 5)


@given(hosts=st.integers(0, 100_000), percent=st.integers(0, 100), used=st.integers(0, 100_000))
def test_a_share_is_never_exceeded(hosts, percent, used):
    allowed = budget.errors(f"{percent}%", hosts)
    assert allowed * 100 <= hosts * percent
    assert (allowed + 1) * 100 > hosts * percent, "and no host fewer than may fail"
    assert 0 <= budget.left(allowed, used) <= allowed
    assert used > allowed or used + budget.left(allowed, used) == allowed


@pytest.mark.parametrize(
    ("hosts", "concurrency", "rounds"),
    [(0, 5, 0), (1, 5, 1), (3, 5, 2), (7, 4, 3), (8, 4, 4), (11, 4, 4), (5, 1, 5), (12, 10, 4)],
)
def test_ramp_doubles_up_to_the_concurrency(hosts, concurrency, rounds):
    # 1, 2, 4 and then `concurrency` at a time
    assert estimate.ramp_minutes([10.0] * hosts, concurrency) == rounds * 10


@given(minutes=st.lists(st.floats(1, 100), max_size=60), concurrency=st.integers(1, 20))
def test_the_ramp_is_between_all_at_once_and_one_by_one(minutes, concurrency):
    took = estimate.ramp_minutes(minutes, concurrency)
    assert (max(minutes) if minutes else 0) <= took <= sum(minutes) + 1e-6
    assert took >= sum(minutes) / concurrency - 1e-6


def host(platform="Ubuntu 24.04", missing=4, gib=100):
    return PlannedHost("h", "i-1", "h", "t", "r", "z", platform, "why", missing=missing, image_gib=gib)


def test_the_largest_instance_decides_how_long_images_take():
    small = estimate.wave_estimate([host(gib=10)], 5, True)
    large = estimate.wave_estimate([host(gib=10), host(gib=1000)], 5, True)
    assert large.image_minutes > small.image_minutes > 0
    assert estimate.wave_estimate([host()], 5, False).image_minutes == 0
    assert large.minutes == large.image_minutes + large.patch_minutes


def test_unknown_need_is_not_taken_for_none():
    assert estimate.patch_minutes(host(missing=None)) > estimate.patch_minutes(host(missing=0))
    assert estimate.patch_minutes(host("Microsoft Windows Server 2022")) > estimate.patch_minutes(host())


def test_a_start_and_a_stop_take_time():
    asleep = host()._replace(former_state="stopped")
    assert estimate.wave_estimate([asleep], 1, False).minutes == estimate.wave_estimate([host()], 1, False).minutes + 10


def test_image_cost():
    assert estimate.image_cost(250, 0.05) == 12.5
