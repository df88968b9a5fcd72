# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Schedules of associations: AWS's own examples, what it refuses, and a second library."""

import datetime
import itertools

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import associations as schedule
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.cron import WEEKDAYS
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.schedule_error import ScheduleError

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday
DAY = datetime.timedelta(days=1)


def runs(expression, count=3, after=START, **more):
    return [run.strftime("%m-%d %H:%M") for run in schedule.next_occurrences(expression, after, count, **more)]


# User guide, "Reference: Cron and rate expressions for Systems Manager", the examples for associations.
PAGE = [
    ("cron(0/30 * * * ? *)", ["01-01 00:30", "01-01 01:00", "01-01 01:30"]),
    ("cron(0 */30 * * * ? *)", ["01-01 00:30", "01-01 01:00", "01-01 01:30"]),
    ("cron(0 0/30 * 1/1 * ? *)", ["01-01 00:30", "01-01 01:00", "01-01 01:30"]),
    ("cron(0 0/1 * * ? *)", ["01-01 01:00", "01-01 02:00", "01-01 03:00"]),
    ("cron(0 0/2 * * ? *)", ["01-01 02:00", "01-01 04:00", "01-01 06:00"]),
    ("cron(0 0/4 * * ? *)", ["01-01 04:00", "01-01 08:00", "01-01 12:00"]),
    ("cron(0 0/8 * * ? *)", ["01-01 08:00", "01-01 16:00", "01-02 00:00"]),
    ("cron(0 0/12 * * ? *)", ["01-01 12:00", "01-02 00:00", "01-02 12:00"]),
    ("cron(15 13 ? * * *)", ["01-01 13:15", "01-02 13:15", "01-03 13:15"]),
    ("cron(15 13 ? * MON *)", ["01-05 13:15", "01-12 13:15", "01-19 13:15"]),
    ("cron(30 23 ? * TUE#3 *)", ["01-20 23:30", "02-17 23:30", "03-17 23:30"]),
    ("cron(0 0 ? * THU#2 *)", ["01-08 00:00", "02-12 00:00", "03-12 00:00"]),
    ("cron(0 0 ? * 3L *)", ["01-27 00:00", "02-24 00:00", "03-31 00:00"]),
    ("cron(0 0 2 ? * SUN *)", ["01-04 02:00", "01-11 02:00", "01-18 02:00"]),
    ("rate(30 minutes)", ["01-01 00:30", "01-01 01:00", "01-01 01:30"]),
    ("rate(1 hour)", ["01-01 01:00", "01-01 02:00", "01-01 03:00"]),
    ("rate(5 hours)", ["01-01 05:00", "01-01 10:00", "01-01 15:00"]),
    ("rate(15 days)", ["01-16 00:00", "01-31 00:00", "02-15 00:00"]),
]


@pytest.mark.parametrize("expression, expected", PAGE)
def test_examples_of_the_page(expression, expected):
    assert runs(expression) == expected


def test_the_offset_of_the_page():
    """ "each Sunday after the second Thursday of the month" (CreateAssociation, ScheduleOffset)."""
    found = runs("cron(0 0 ? * THU#2 *)", offset=3, apply_only_at_cron_interval=True)
    assert found == ["01-11 00:00", "02-15 00:00", "03-15 00:00"]
    # The Thursday has passed when it is made: it goes into effect in the following period.
    made = {"created": "2026-01-09T00:00:00Z", "after": "2026-01-09T00:00:00Z"}
    found = runs("cron(0 0 ? * THU#2 *)", 2, offset=3, apply_only_at_cron_interval=True, **made)
    assert found == ["02-15 00:00", "03-15 00:00"]


def test_once_and_rates_from_the_creation():
    once = {"apply_only_at_cron_interval": True}
    assert runs("at(2026-07-07T15:55:00)", **once) == ["07-07 15:55"]
    assert runs("at(2025-07-07T15:55:00)", **once) == []
    assert runs("rate(2 days)", after="2026-01-04T00:00:00Z", created="2026-01-01T06:00:00Z") == [
        "01-05 06:00", "01-07 06:00", "01-09 06:00",
    ]  # fmt: skip
    assert runs("rate(30 days)", 0) == []


@pytest.mark.parametrize(
    "expression, more, words",
    [
        ("cron(0 2 ? * SUN *)", {}, "when it is created or changed, and at 02:00 on every Sunday (UTC)"),
        (
            "cron(0 2 ? * TUE#2 *)",
            {"offset": 3, "apply_only_at_cron_interval": True},
            "at 02:00 on the second Tuesday of every month, 3 days later (UTC)",
        ),
        ("rate(14 days)", {}, "when it is created or changed, and every 14 days"),
        (
            "at(2026-07-07T15:55:00)",
            {"apply_only_at_cron_interval": True},
            "once, on 2026-07-07 at 15:55:00 (UTC)",
        ),
    ],
)
def test_words(expression, more, words):
    assert schedule.describe(expression, **more) == words


@pytest.mark.parametrize(
    "expression, field",
    [
        ("cron(0 2 ? JAN SUN *)", "month"),
        ("cron(0 2 ? 1-12 SUN *)", "month"),
        ("cron(0 2 ? * SUN 2027)", "year"),
        ("cron(30 0 2 ? * SUN *)", "seconds"),
        ("cron(* 0 2 ? * SUN *)", "seconds"),
        ("cron(0 2 1 * ? *)", "day of month"),
        ("cron(0 2 L * ? *)", "day of month"),
        ("cron(0 2 15W * ? *)", "day of month"),
        ("cron(0 2 ? * MON-FRI *)", "day of week"),
        ("cron(0 2 ? * SAT,SUN *)", "day of week"),
        ("cron(0 2 ? * L *)", "day of week"),
        ("cron(0 2 ? * TUE#6 *)", "day of week"),
        ("cron(0 2 ? * XYZ *)", "day of week"),
        ("cron(0/15 * * * ? *)", "minutes"),
        ("cron(0,30 * * * ? *)", "minutes"),
        ("cron(60 2 * * ? *)", "minutes"),
        ("cron(0/30 2 * * ? *)", "hours"),
        ("cron(0 * * * ? *)", "hours"),
        ("cron(0 0/3 * * ? *)", "hours"),
        ("cron(0 0/6 * * ? *)", "hours"),
        ("cron(0 2,14 * * ? *)", "hours"),
        ("cron(0 2-4 * * ? *)", "hours"),
        ("cron(0 24 * * ? *)", "hours"),
        ("cron(0 0/4 ? * MON *)", "day of week"),
        ("cron(0/30 * ? * MON *)", "day of week"),
        ("cron(0 2 ? * ? *)", "day of month"),
        ("cron(0 2 * * * *)", "day of month"),
        ("cron(0 2 * * SUN *)", "day of month"),
        ("cron(0 2 * * *)", "6 fields"),
        ("cron(0 0 0 2 * * ? *)", "6 fields"),
        ("cron()", "6 fields"),
        ("rate(29 minutes)", "30 minutes"),
        ("rate(31 days)", "31 days"),
        ("rate(744 hours)", "31 days"),
        ("rate(1 hours)", "unit"),
        ("rate(0 days)", "positive"),
        ("at(2026-13-01T00:00:00)", "date"),
        ("every day", "schedule is"),
        ("", "schedule is"),
        (None, "schedule is"),
    ],
)
def test_what_associations_do_not_take(expression, field):
    with pytest.raises(ScheduleError) as caught:
        schedule.parse(expression)
    assert field in str(caught.value)


@pytest.mark.parametrize(
    "options, word",
    [
        ({"expression": "rate(1 day)", "apply_only_at_cron_interval": True}, "apply_only_at_cron_interval"),
        ({"expression": "at(2026-07-07T15:55:00)"}, "apply_only_at_cron_interval"),
        ({"expression": "cron(0 2 ? * TUE#2 *)", "offset": 3}, "apply_only_at_cron_interval"),
        ({"expression": "cron(0 2 ? * TUE *)", "offset": 3, "apply_only_at_cron_interval": True}, "offset is 3"),
        ({"expression": "cron(0 2 ? * * *)", "offset": 3, "apply_only_at_cron_interval": True}, "offset is 3"),
        ({"expression": "rate(1 day)", "offset": 3}, "offset is 3"),
        ({"expression": "cron(0 2 ? * TUE#2 *)", "offset": 7, "apply_only_at_cron_interval": True}, "offset is 7"),
        ({"expression": "cron(0 2 ? * TUE *)", "created": "yesterday"}, "created"),
    ],
)
def test_what_does_not_go_together(options, word):
    with pytest.raises(ScheduleError) as caught:
        schedule.schedule_of(**options)
    assert word in str(caught.value)


def test_bad_arguments_are_told_at_once():
    for after, count in ((datetime.datetime(2026, 1, 1), 1), ("soon", 1), (START, -1), (START, True)):
        with pytest.raises(ScheduleError):
            schedule.next_occurrences("rate(1 day)", after, count)


MINUTES, CLOCK_HOURS = st.integers(0, 59), st.integers(0, 23)
INTERVALS = st.sampled_from(schedule.HOURS)
SUFFIXES = st.sampled_from(["", "L", "#1", "#2", "#3", "#4", "#5"])


@st.composite
def expressions(draw):
    """(our expression, the same for cronsim): every form that the grammar has."""
    seconds, prefix = draw(st.sampled_from(["", "0 "])), draw(st.sampled_from(["0", "*"]))
    days = draw(st.sampled_from(["* * ?", "1/1 * ?", "? * *"]))
    form, minute = draw(st.sampled_from(["half", "hours", "day", "weekday"])), draw(MINUTES)
    if form == "half":
        return f"cron({seconds}{prefix}/30 * {days} *)", "*/30 * * * *"
    if form == "hours":
        step = draw(INTERVALS)
        return f"cron({seconds}{minute} {prefix}/{step} {days} *)", f"{minute} */{step} * * *"
    hour = draw(CLOCK_HOURS)
    if form == "day":
        return f"cron({seconds}{minute} {hour} {days} *)", f"{minute} {hour} * * *"
    number, suffix = draw(st.integers(1, 7)), draw(SUFFIXES)
    name = draw(st.sampled_from([str(number), WEEKDAYS[number - 1], WEEKDAYS[number - 1].lower()]))
    return f"cron({seconds}{minute} {hour} ? * {name}{suffix} *)", f"{minute} {hour} * * {number - 1}{suffix}"


@settings(max_examples=150, deadline=None)
@given(expressions(), st.datetimes(datetime.datetime(2024, 1, 1), datetime.datetime(2030, 1, 1)))
def test_a_second_library_agrees(pair, moment):
    expression, theirs = pair
    after = moment.replace(tzinfo=UTC, second=0, microsecond=0)
    ours = list(schedule.next_occurrences(expression, after, 6))
    assert ours == list(itertools.islice(CronSim(theirs, after), 6))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 7), st.integers(1, 4), st.integers(1, 6), CLOCK_HOURS)
def test_an_offset_moves_by_days(number, which, offset, hour):
    expression = f"cron(0 {hour} ? * {number}#{which} *)"
    days = [run - offset * DAY for run in schedule.next_occurrences(expression, START, 4, offset, True)]
    theirs = CronSim(f"0 {hour} * * {number - 1}#{which}", START - offset * DAY)
    assert days == list(itertools.islice(theirs, 4))


@settings(max_examples=100, deadline=None)
@given(st.text("0123456789*/?-,#LWSUNMOTE ", max_size=25))
def test_anything_is_read_or_refused(text):
    try:
        found = schedule.next_occurrences(f"cron({text})", START, 2)
    except ScheduleError as error:
        assert str(error)
    else:
        assert len(list(found)) == 2
