# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is certainly refused, and what is open."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import refusals


@pytest.mark.parametrize(
    "expression, word",
    [
        ("cron(0 23 ? * *)", "6 fields"),
        ("rate(1 days)", "unit for 1"),
        ("rate(2 day)", "unit for 2"),
        ("cron(0 26 ? * SUN *)", "hours"),
        ("cron(0 2 ? * SUN#6 *)", "1 to 5"),
        ("at(2026-02-30T00:00:00)", "not a valid date"),
    ],
)
def test_certainly_wrong(expression, word):
    assert word in refusals.wrong_schedule(expression)
    assert refusals.doubtful_schedule(expression) is None


@pytest.mark.parametrize(
    "expression, window, association",
    [
        ("cron(0 2 ? * SUN *)", False, False),
        ("rate(7 days)", False, False),
        ("cron(0 2 LW * ? *)", True, True),
        ("cron(0 2 ? JAN SUN *)", False, True),
        ("cron(0 0/30 * * ? *)", True, True),
    ],
)
def test_open(expression, window, association):
    assert refusals.wrong_schedule(expression) is None
    assert bool(refusals.doubtful_schedule(expression)) is window
    assert bool(refusals.doubtful_schedule(expression, association=True)) is association


@pytest.mark.parametrize(
    "name, wrong, doubtful",
    [
        ("Europe/Berlin", False, False),
        ("UTC", False, False),
        ("Etc/GMT-2", False, False),
        ("GMT+2", True, False),
        ("UTC+01:00", True, False),
        ("+2", True, False),
        ("europe/berlin", True, False),
        ("utc", True, False),
        ("Berlin", True, False),
        ("Europe/Atlantis", False, True),
    ],
)
def test_time_zones(name, wrong, doubtful):
    assert (bool(refusals.wrong_timezone(name)), bool(refusals.doubtful_timezone(name))) == (wrong, doubtful)
