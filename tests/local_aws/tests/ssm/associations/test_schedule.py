# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Schedules: what associations take, and when they run."""

import datetime
import itertools

import pytest

from local_aws.framework.registry import AwsError
from local_aws.ssm.associations import schedule

UTC = datetime.UTC
START = datetime.datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # a Tuesday


def runs(expression, count=3, offset=None):
    found = itertools.islice(schedule.times(expression, offset, START), count)
    return [run.strftime("%m-%d %H:%M") for run in found]


# The examples of the user guide, "Reference: Cron and rate expressions for Systems Manager", for associations.
@pytest.mark.parametrize(
    "expression, expected",
    [
        ("cron(0/30 * * * ? *)", ["03-10 02:30", "03-10 03:00", "03-10 03:30"]),
        ("cron(0 */30 * * * ? *)", ["03-10 02:30", "03-10 03:00", "03-10 03:30"]),
        ("cron(0 0/30 * 1/1 * ? *)", ["03-10 02:30", "03-10 03:00", "03-10 03:30"]),
        ("cron(0 0/1 * * ? *)", ["03-10 03:00", "03-10 04:00", "03-10 05:00"]),
        ("cron(0 0/4 * * ? *)", ["03-10 04:00", "03-10 08:00", "03-10 12:00"]),
        ("cron(0 0/12 * * ? *)", ["03-10 12:00", "03-11 00:00", "03-11 12:00"]),
        ("cron(15 13 ? * * *)", ["03-10 13:15", "03-11 13:15", "03-12 13:15"]),
        ("cron(15 13 ? * MON *)", ["03-16 13:15", "03-23 13:15", "03-30 13:15"]),
        ("cron(15 13 ? * 2 *)", ["03-16 13:15", "03-23 13:15", "03-30 13:15"]),
        ("cron(30 23 ? * TUE#3 *)", ["03-17 23:30", "04-21 23:30", "05-19 23:30"]),
        ("cron(0 0 ? * 3L *)", ["03-31 00:00", "04-28 00:00", "05-26 00:00"]),
        ("rate(30 minutes)", ["03-10 02:30", "03-10 03:00", "03-10 03:30"]),
        ("rate(5 hours)", ["03-10 07:00", "03-10 12:00", "03-10 17:00"]),
        ("rate(15 days)", ["03-25 02:00", "04-09 02:00", "04-24 02:00"]),
        ("at(2026-07-07T15:55:00)", ["07-07 15:55"]),
        ("at(2026-03-10T01:00:00)", []),
        (None, []),
    ],
)
def test_times(expression, expected):
    schedule.check(expression, apply_only=bool(expression) and not expression.startswith("rate"), offset=None)
    assert runs(expression) == expected


def test_an_offset_of_a_day_that_has_passed_waits_for_the_next_period():
    """The second Monday was yesterday; two days after it is tomorrow, and nothing happens then."""
    schedule.check("cron(0 0 ? * MON#2 *)", apply_only=True, offset=2)
    assert runs("cron(0 0 ? * MON#2 *)", 2, offset=2) == ["04-15 00:00", "05-13 00:00"]


@pytest.mark.parametrize(
    "expression, apply_only, offset, text",
    [
        ("every day", False, None, "Only schedule expressions of type rate, cron, and at"),
        ("rate(29 minutes)", False, None, "30 minutes"),
        ("rate(31 days)", False, None, "31 days"),
        ("rate(1 hours)", False, None, "not a valid rate"),
        ("rate(2 hour)", False, None, "not a valid rate"),
        ("rate(0 days)", False, None, "not a valid rate"),
        ("rate(1 day)", True, None, "Rate Schedule"),
        (None, True, None, "No Schedule"),
        ("at(2026-07-07T15:55:00)", False, None, "ApplyOnlyAtCronInterval = true"),
        ("at(2026-07-07T15:55:00Z)", True, None, "Invalid schedule at"),
        ("at(2026-02-30T00:00:00)", True, None, "Invalid schedule at"),
        ("cron(0 2 ? JAN SUN *)", True, None, "not accepted"),
        ("cron(0 2 ? * SUN 2027)", True, None, "not accepted"),
        ("cron(0 2 15 * ? *)", True, None, "not accepted"),
        ("cron(0 2 ? * MON-FRI *)", True, None, "not accepted"),
        ("cron(0 2 ? * TUE#6 *)", True, None, "not accepted"),
        ("cron(0/15 * * * ? *)", True, None, "not accepted"),
        ("cron(0 0/3 * * ? *)", True, None, "not accepted"),
        ("cron(0 0/4 ? * MON *)", True, None, "not accepted"),
        ("cron(0 * * * ? *)", True, None, "not accepted"),
        ("cron(0/30 2 * * ? *)", True, None, "not accepted"),
        ("cron(0 24 * * ? *)", True, None, "not accepted"),
        ("cron(30 0 2 ? * SUN *)", True, None, "not accepted"),
        ("cron(0 2 ? * ? *)", True, None, "not accepted"),
        ("cron(0 2 * * SUN *)", True, None, "not accepted"),
        ("cron(0 2 * * *)", True, None, "not a valid cron"),
        ("cron(0 2 ? * TUE#2 *)", False, 3, "non ApplyOnlyAtCronInterval"),
        ("cron(0 2 ? * TUE *)", True, 3, "nth day"),
        ("at(2026-07-07T15:55:00)", True, 3, "nth day"),
    ],
)
def test_refused(expression, apply_only, offset, text):
    with pytest.raises(AwsError) as caught:
        schedule.check(expression, apply_only, offset)
    assert caught.value.code == "InvalidSchedule" and text in caught.value.message
