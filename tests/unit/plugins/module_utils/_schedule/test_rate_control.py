# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Numbers and percents of hosts, and time under AWS's rate control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import rate_control


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
    assert rate_control.errors(value, hosts) == allowed


@pytest.mark.parametrize(
    ("value", "hosts", "at_once"),
    [("10", 50, 10), ("10", 3, 3), ("25%", 50, 12), ("1%", 50, 1), ("100%", 7, 7), ("5", 0, 1)],
)
def test_concurrency(value, hosts, at_once):
    assert rate_control.concurrency(value, hosts) == at_once


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
    assert (rate_control.concurrency("auto", hosts), rate_control.errors("auto", hosts)) == (at_once, allowed)


@pytest.mark.parametrize("value", ["", "x", "automatic", "-1", "1.5", "%", "101%", "01", "1e3", "12345678", "½"])
def test_what_is_no_number_or_percentage(value):
    with pytest.raises(rate_control.BudgetError, match="max_errors: "):
        rate_control.errors(value, 5)


@given(hosts=st.integers(0, 100_000), percent=st.integers(0, 100), used=st.integers(0, 100_000))
def test_a_share_is_never_exceeded(hosts, percent, used):
    allowed = rate_control.errors(f"{percent}%", hosts)
    assert allowed * 100 <= hosts * percent
    assert (allowed + 1) * 100 > hosts * percent, "and no host fewer than may fail"
    assert 0 <= rate_control.left(allowed, used) <= allowed
    assert used > allowed or used + rate_control.left(allowed, used) == allowed


@pytest.mark.parametrize(
    ("hosts", "concurrency", "rounds"),
    [(0, 5, 0), (1, 5, 1), (3, 5, 2), (7, 4, 3), (8, 4, 4), (11, 4, 4), (5, 1, 5), (12, 10, 4)],
)
def test_ramp_doubles_up_to_the_concurrency(hosts, concurrency, rounds):
    # 1, 2, 4 and then `concurrency` at a time
    assert rate_control.ramp_minutes([10.0] * hosts, concurrency) == rounds * 10


@given(minutes=st.lists(st.floats(1, 100), max_size=60), concurrency=st.integers(1, 20))
def test_the_ramp_is_between_all_at_once_and_one_by_one(minutes, concurrency):
    took = rate_control.ramp_minutes(minutes, concurrency)
    assert (max(minutes) if minutes else 0) <= took <= sum(minutes) + 1e-6
    assert took >= sum(minutes) / concurrency - 1e-6
