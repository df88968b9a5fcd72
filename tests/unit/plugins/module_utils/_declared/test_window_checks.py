# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Warnings about maintenance windows: each one for what it is there for, and silence for windows that are in order."""

import datetime

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_checks import Window
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_checks import outlook
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared.window_checks import warnings
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import rate_control
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.schedule_error import ScheduleError

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)


def window(schedule, duration=4, cutoff=1, name="w", **more):
    return Window(name, schedule, duration, cutoff, **more)


def found(*windows):
    return {notice.code: notice.message for notice in warnings(windows, NOW)}


@pytest.mark.parametrize(
    "one",
    [
        # the windows of the systems that this collection replaces, those that are in order
        window("cron(00 03 ? * TUE#1 *)", 1, 0),
        window("cron(0 0 5 ? * FRI *)", 6, 1),
        window("cron(0 4 ? * * *)", 2, 1, timezone="US/Eastern"),
        window("rate(7 days)", 4, 1, start="2026-03-06T05:00:00Z"),
        window("cron(0 10 * * ? *)", 1, 0),
        # days that only a range or step brings along are not meant
        window("cron(0 5 1-31 * ? *)"),
        window("cron(0 5 */2 * ? *)"),
        window("cron(0 5 31 JAN,MAR,DEC ? *)"),
        window("cron(0 5 L * ? *)"),
        window("cron(0 5 ? * MON#4 *)"),
        # every 6 hours for 6 hours: one ends as the next begins
        window("cron(0 0/6 * * ? *)", 6, 1),
        window("at(2026-07-07T15:55:00)"),
        window("cron(0 5 * * ? *)", hosts=7, max_concurrency="7", host_minutes=60),
        # nothing is known of how long it is
        Window("w", "cron(0 5 * * ? *)", hosts=5000),
    ],
    ids=lambda one: one.schedule,
)
def test_silence(one):
    assert found(one) == {}


@pytest.mark.parametrize(
    ("one", "code", "words"),
    [
        (window("cron(00 23-5 ? * THU#3 *)", 6, 2), "hour_range", "runs 7 times a day, at 0 to 5 and 23 o'clock; the"),
        (window("cron(00 23-5 ? * THU#3 *)", 6, 2), "hour_range", "before 23:00, not the night after it"),
        (window("cron(00 23-5 ? * THU#3 *)", 6, 2), "own_overlap", "starts again 1 h after its start"),
        (window("cron(0 1-5 ? * SUN *)", 1, 0), "hour_range", "runs 5 times a day, at 1 to 5 o'clock. Set"),
        (window("cron(0 5 * * ? *)", 2, 2), "cutoff", "lasts 2 h and starts no task in its last 2 h"),
        (window("cron(0 5 * * ? *)", 1, 23), "cutoff", "no task ever starts"),
        (window("rate(90 minutes)", 2, 0), "own_overlap", "lasts 2 h but starts again 90 min after"),
        (window("cron(0 5 ? * MON#5 *)"), "missing_day", "most months have no fifth Monday"),
        (
            window("cron(0 5 15,31 * ? *)"),
            "missing_day",
            "February, April, June, September and November have no 31st: it does not run on that day",
        ),
        (window("cron(0 5 29-31 * ? *)"), "missing_day", "February has no 29th except in leap years"),
        (window("cron(0 5 30 2,3 ? *)"), "missing_day", "February has no 30th:"),
        (window("cron(0 5 31W 4 ? *)"), "missing_day", "April has no 31st"),
        (window("cron(0 0 0 1 1 ? 1970)", 1, 0), "never_fires", "it never runs: its last year is 1970"),
        (window("cron(0 0 30 2 ? *)"), "never_fires", "there is no such day"),
        (window("cron(0 5 * * ? *)", end="2026-02-01T00:00:00Z"), "never_fires", "it ended at 2026-02-01T00:00:00Z"),
        (window("at(2026-02-01T00:00:00)"), "never_fires", "its schedule has no run in the remaining time"),
        (window("cron(30 2 ? MAR SUNL *)", timezone="Europe/Berlin"), "never_fires", "its schedule has no run"),
        (window("at(2026-07-07T15:55:00)", timezone="Asia/Tokyo"), "at_time_zone", "it is interpreted as Asia/Tokyo"),
        (
            window("cron(30 2 ? * SUN *)", timezone="Europe/Berlin"),
            "clock_change",
            "2026-03-29 02:30 does not exist in Europe/Berlin",
        ),
        (
            window("cron(15 2 ? * SAT *)", timezone="Australia/Lord_Howe", offset=1),
            "clock_change",
            "2026-10-04 02:15 does not exist",
        ),
    ],
)
def test_warning(one, code, words):
    message = found(one)[code]
    assert words in message
    assert message.startswith("w: ")


@pytest.mark.parametrize(
    "one",
    [
        window("cron(30 2 ? * SUN *)", timezone="Europe/Berlin", end="2026-03-29T00:00:00Z"),
        window("cron(30 2 ? * SUN *)", timezone="Europe/Berlin", start="2026-04-01", end="2027-03-01"),
        window("cron(30 2 ? * SAT *)", timezone="Europe/Berlin"),
        window("cron(30 * ? * SUN *)", 1, timezone="Europe/Berlin"),
    ],
)
def test_no_clock_change_that_matters(one):
    assert "clock_change" not in found(one)


# ---------------------------------------------------------------- two windows


def both(first, second, **more):
    one = window(first, name="a", targets=("tag:PatchGroup=prod", "i-1"), **more)
    return found(one, window(second, name="b", targets=("tag:PatchGroup=prod",)))


def test_windows_of_one_target_overlap():
    message = both("cron(0 2 ? * SUN *)", "cron(0 5 1 * ? *)")["windows_overlap"]
    # Sunday 02:00 to 06:00 and the 1st 05:00 to 09:00; the 1st of November is the second Sunday of these, 1 March is the first
    assert message == "a and b run at the same time for tag:PatchGroup=prod, first at 2026-03-01T05:00:00Z"
    (notice,) = warnings(
        [window("rate(1 day)", 24, 0, "a", targets=("x",)), window("rate(7 days)", name="b", targets=("x",))], NOW
    )
    assert (notice.code, notice.windows) == ("windows_overlap", ("a", "b"))


def test_windows_that_only_touch_or_have_other_targets_do_not():
    assert both("cron(0 1 ? * SUN *)", "cron(0 5 ? * SUN *)") == {}
    assert both("cron(0 2 ? * SUN *)", "cron(0 2 ? * MON *)") == {}
    prod = window("cron(0 2 ? * SUN *)", name="a", targets=("tag:PatchGroup=prod",))
    assert found(prod, window("cron(0 2 ? * SUN *)", name="b", targets=("tag:PatchGroup=nonprod",))) == {}
    assert found(prod, window("cron(0 2 ? * SUN *)", name="b")) == {}


def test_time_zones_are_compared_as_instants():
    assert both("cron(0 4 ? * SUN *)", "cron(0 4 ? * SUN *)", timezone="America/New_York") == {}
    assert "windows_overlap" in both("cron(0 22 ? * SAT *)", "cron(0 2 ? * SUN *)", timezone="America/New_York")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 23), st.integers(1, 24), st.integers(0, 23), st.integers(1, 24))
def test_overlap_is_what_hours_show(first, long, second, longer):
    """Two windows of one Sunday, hour by hour."""
    one = window(f"cron(0 {first} ? * SUN *)", long, 0, "a", targets=("x",))
    other = window(f"cron(0 {second} ? * SUN *)", longer, 0, "b", targets=("x",))
    common = set(range(first, first + long)) & set(range(second, second + longer))
    assert ("windows_overlap" in found(one, other)) == bool(common)
    assert found(one, other) == {} or f"T{min(common):02}:00:00Z" in found(one, other)["windows_overlap"]


# ---------------------------------------------------------------- hosts and time


def test_too_many_hosts_to_start():
    # rounds of 1, 2, 4, 5 hosts at 0, 60, 120, 180 min; the next would start at 240, when nothing is started any more
    crowded = window("cron(0 5 * * ? *)", 6, 2, hosts=500, max_concurrency="5", host_minutes=60)
    assert "only about 12 of 500 hosts start within 240 usable min" in found(crowded)["too_short"]
    assert "5 at once" in found(crowded)["too_short"]


def test_a_daily_window_with_one_at_a_time_never_gets_through():
    """As one of the reference systems has it: 2 h, cutoff 1 h, one host at a time."""
    assert (
        "only about 1 of 10 hosts"
        in found(window("cron(0 4 ? * * *)", 2, 1, hosts=10, max_concurrency="1"))["too_short"]
    )


def test_hosts_that_start_in_time_but_do_not_end():
    late = window("cron(0 5 * * ? *)", 2, 0, hosts=3, max_concurrency="10", host_minutes=70)
    assert found(late)["too_short"].startswith("w: 3 hosts need about 140 min, the window ends after 120 min")


def test_share_of_the_hosts():
    assert "too_short" not in found(window("cron(0 5 * * ? *)", 5, 1, hosts=20, max_concurrency="50%", host_minutes=50))
    assert "too_short" in found(window("cron(0 5 * * ? *)", 5, 1, hosts=20, max_concurrency="5%", host_minutes=50))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(1, 30), st.integers(5, 120), st.integers(1, 24), st.integers(0, 23))
def test_too_short_is_what_the_rounds_show(hosts, at_once, minutes, duration, cutoff):
    """Round by round, without the estimate's formula."""
    starts, now, size = [], 0, 1
    while len(starts) < hosts:
        starts += [now] * min(size, hosts - len(starts))
        now, size = now + minutes, min(size * 2, at_once)
    one = window("cron(0 5 1 * ? *)", duration, cutoff, hosts=hosts, max_concurrency=str(at_once), host_minutes=minutes)
    message = found(one).get("too_short")
    if duration <= cutoff:
        assert message is None, "the cutoff is the warning"
        return
    in_time = sum(start < (duration - cutoff) * 60 for start in starts)
    assert (message is None) == (in_time == hosts and starts[-1] + minutes <= duration * 60)
    assert message is None or in_time == hosts or f"only about {in_time} of {hosts} hosts" in message


def test_minutes_of_a_host_come_from_the_estimate():
    unknown = rate_control.WINDOWS_BASE + rate_control.WINDOWS_PER_PATCH * rate_control.MISSING_UNKNOWN
    assert f"{unknown} min each" in found(window("cron(0 5 * * ? *)", 2, 1, hosts=10, max_concurrency="1"))["too_short"]


# ---------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (window("cron(0 25 * * ? *)"), "w: .*the field hours is '25'"),
        (window("cron(0 5 * * ? *)", 25), "w: duration is 25; must be a number of hours from 1 to 24"),
        (window("cron(0 5 * * ? *)", 0), "duration is 0"),
        (window("cron(0 5 * * ? *)", "4"), "duration is '4'"),
        (window("cron(0 5 * * ? *)", 4, 24), "cutoff is 24; must be a number of hours from 0 to 23"),
        (window("cron(0 5 * * ? *)", 4, True), "cutoff is True"),
        (window("cron(0 5 * * ? *)", hosts=-1), "hosts is -1"),
        (window("cron(0 5 * * ? *)", max_concurrency="0"), "w: max_concurrency: '0' must be"),
        (window("cron(0 5 * * ? *)", host_minutes=0), "host_minutes is 0"),
        (window("cron(0 5 * * ? *)", timezone="Nowhere"), "w: timezone is 'Nowhere'"),
        (window("rate(7 days)", offset=2), "w: offset is 2, but"),
        (Window("", "cron(0 25 * * ? *)"), "^cron"),
    ],
)
def test_refused(one, words):
    with pytest.raises(ScheduleError, match=words):
        warnings(one, NOW)


def test_outlook():
    assert outlook(Window("", "cron(0 5 ? * MON#5 *)", 2, 2), "2026-03-01", 1) == {
        "description": "at 05:00 on the fifth Monday of every month (UTC)",
        "occurrences": ["2026-03-30T05:00:00Z"],
        "warnings": [
            {"code": "cutoff", "message": found(window("cron(0 5 ? * MON#5 *)", 2, 2))["cutoff"][3:]},
            {"code": "missing_day", "message": found(window("cron(0 5 ? * MON#5 *)", 2, 2))["missing_day"][3:]},
        ],
    }
