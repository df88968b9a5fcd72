# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Schedules of maintenance windows: AWS's own examples, a second library, and a clock that is asked minute by minute."""

import datetime
import itertools
import zoneinfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import expressions
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.cron import MONTHS
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.cron import WEEKDAYS
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.expressions import describe
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.schedule_error import ScheduleError

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


def utc(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def runs(expression, count=3, after=START, **more):
    return [run.strftime("%Y-%m-%d %H:%M:%S") for run in expressions.next_occurrences(expression, after, count, **more)]


# ---------------------------------------------------------------- what AWS's pages say

# User guide, "Reference: Cron and rate expressions for Systems Manager": the tables, with what they say in words.
# 1 January 2026 is a Thursday; occurrences are later than its midnight.
PAGE = [
    ("cron(0 10 * * ? *)", "at 10:00 every day", ["01-01 10:00", "01-02 10:00", "01-03 10:00"]),
    ("cron(15 12 * * ? *)", "at 12:15 every day", ["01-01 12:15", "01-02 12:15", "01-03 12:15"]),
    (
        "cron(0 18 ? * MON-FRI *)",
        "at 18:00 on every Monday to Friday",
        ["01-01 18:00", "01-02 18:00", "01-05 18:00"],
    ),
    ("cron(0 8 1 * ? *)", "at 08:00 on the 1st of every month", ["01-01 08:00", "02-01 08:00", "03-01 08:00"]),
    (
        "cron(0/15 * * * ? *)",
        "every 15 minutes of every hour every day",
        ["01-01 00:15", "01-01 00:30", "01-01 00:45", "01-01 01:00"],
    ),
    (
        "cron(0/10 * ? * MON-FRI *)",
        "every 10 minutes of every hour on every Monday to Friday",
        ["01-01 00:10", "01-01 00:20"],
    ),
    (
        "cron(0/5 8-17 ? * MON-FRI *)",
        "every 5 minutes of the hours 8 to 17 on every Monday to Friday",
        ["01-01 08:00", "01-01 08:05"],
    ),
    ("cron(30 09 ? * * *)", "at 09:30 every day", ["01-01 09:30", "01-02 09:30"]),
    ("cron(24 30 09 ? * * *)", "at 09:30:24 every day", ["01-01 09:30:24", "01-02 09:30:24"]),
    (
        "cron(0 2 ? * THU#3 *)",
        "at 02:00 on the third Thursday of every month",
        ["01-15 02:00", "02-19 02:00", "03-19 02:00"],
    ),
    ("cron(15 10 ? * * *)", "at 10:15 every day", ["01-01 10:15", "01-02 10:15"]),
    ("cron(0 2 L * ? *)", "at 02:00 on the last day of every month", ["01-31 02:00", "02-28 02:00", "03-31 02:00"]),
    (
        "cron(15 10 ? * 6L *)",
        "at 10:15 on the last Friday of every month",
        ["01-30 10:15", "02-27 10:15", "03-27 10:15"],
    ),
    ("cron(0 16 ? * TUE *)", "at 16:00 on every Tuesday", ["01-06 16:00", "01-13 16:00"]),
    # "3L would be the last Tuesday of the month"
    ("cron(0 0 ? * 3L *)", "at 00:00 on the last Tuesday of every month", ["01-27 00:00", "02-24 00:00"]),
]


@pytest.mark.parametrize(("expression", "words", "expected"), PAGE, ids=[row[0] for row in PAGE])
def test_what_the_page_says(expression, words, expected):
    assert describe(expression) == f"{words} (UTC)"
    assert [
        run[5:].removesuffix(":00") if len(run) > 16 else run for run in runs(expression, len(expected))
    ] == expected


@pytest.mark.parametrize(
    ("expression", "words", "step"),
    [
        ("rate(30 minutes)", "every 30 minutes", datetime.timedelta(minutes=30)),
        ("rate(1 hour)", "every hour", datetime.timedelta(hours=1)),
        ("rate(5 hours)", "every 5 hours", datetime.timedelta(hours=5)),
        ("rate(1 day)", "every day", DAY),
        ("rate(25 days)", "every 25 days", 25 * DAY),
    ],
)
def test_rates_of_the_page(expression, words, step):
    assert describe(expression) == words
    assert list(expressions.next_occurrences(expression, START, 2)) == [START + step, START + 2 * step]


def test_offset_of_the_page():
    """The third Tuesday at 11:30 PM, and two days later; a day that has passed brings nothing in the same period."""
    third_tuesday = "cron(30 23 ? * TUE#3 *)"
    assert runs(third_tuesday, 1, utc("2026-03-01")) == ["2026-03-17 23:30:00"]
    assert runs(third_tuesday, 1, utc("2026-03-01"), offset=2) == ["2026-03-19 23:30:00"]
    made = {"after": utc("2026-03-18T12:00"), "offset": 2}
    assert runs(third_tuesday, 1, created=utc("2026-03-18T12:00"), **made) == ["2026-04-23 23:30:00"]
    assert runs(third_tuesday, 1, created=utc("2026-02-01"), **made) == ["2026-03-19 23:30:00"], "it is older"
    assert describe(third_tuesday, offset=1).endswith("Tuesday of every month, one day later (UTC)")


def test_start_date_of_the_page():
    """9 AM in Los Angeles, not before the start date, which is no run itself.

    Today's page says Wednesday, 4 January 2021, which was a Monday; an older one has Friday, 4 January 2019, which was one.
    """
    assert runs(
        "cron(0 09 ? * FRI *)",
        1,
        utc("2018-11-01"),
        timezone="America/Los_Angeles",
        start="2019-01-01T00:00:00-08:00",
    ) == ["2019-01-04 17:00:00"]
    assert runs(
        "cron(0 09 ? * WED *)",
        2,
        utc("2020-11-01"),
        timezone="America/Los_Angeles",
        start="2021-01-01T00:00:00-08:00",
    ) == ["2021-01-06 17:00:00", "2021-01-13 17:00:00"]


def test_timestamp():
    assert runs("at(2026-07-07T15:55:00)") == ["2026-07-07 15:55:00"]
    assert runs("at(2026-07-07T15:55:00)", timezone="America/Los_Angeles") == ["2026-07-07 22:55:00"]
    assert runs("at(2026-07-07T15:55:00)", after=utc("2026-07-07T15:55:00")) == [], "later than, not at"
    assert runs("at(2026-03-29T02:30:00)", timezone="Europe/Berlin") == [], "no such time"
    assert describe("at(2026-07-07T15:55:00)", "Asia/Tokyo") == "once, on 2026-07-07 at 15:55:00 (Asia/Tokyo)"


# ---------------------------------------------------------------- more of the grammar


@pytest.mark.parametrize(
    ("expression", "words", "expected"),
    [
        ("cron(0 0 5 ? * FRI *)", "at 05:00 on every Friday", ["01-02 05:00"]),
        ("cron(0 4 ? * 1,7 *)", "at 04:00 on every Saturday and Sunday", ["01-03 04:00", "01-04 04:00"]),
        (
            "cron(0 4 ? * fri-mon *)",
            "at 04:00 on every Monday and Friday to Sunday",
            ["01-02", "01-03", "01-04", "01-05", "01-09"],
        ),
        ("cron(0 4 ? * L *)", "at 04:00 on every Saturday", ["01-03 04:00"]),
        (
            "cron(0 4 ? * */2 *)",
            "at 04:00 on every Tuesday, Thursday, Saturday and Sunday",
            ["01-01", "01-03", "01-04", "01-06"],
        ),
        (
            "cron(0 4 1/10 * ? *)",
            "at 04:00 on the 1st, 11th, 21st and 31st of every month",
            ["01-01", "01-11", "01-21", "01-31", "02-01"],
        ),
        (
            "cron(0 3,4 2,3 NOV-FEB ? 2026-2027)",
            "at 03:00 and 04:00 on the 2nd and 3rd of the month in January, February, November and December of 2026 and 2027",
            ["01-02 03:00", "01-02 04:00", "01-03 03:00"],
        ),
        (
            "cron(0 0 28-2 2 ? *)",
            "at 00:00 on the 1st, 2nd and 28th to 31st of the month in February",
            ["02-01", "02-02", "02-28", "02-01"],
        ),
        (
            "cron(0 22-4/2 1 1 ? *)",
            "at 00:00, 02:00, 04:00 and 22:00 on the 1st of the month in January",
            ["01-01 02:00", "01-01 04:00", "01-01 22:00"],
        ),
        (
            "cron(50-10/10 5 1 JAN,MAR ? *)",
            "at 05:00, 05:10 and 05:50 on the 1st of the month in January and March",
            ["01-01 05:00", "01-01 05:10", "01-01 05:50", "03-01 05:00"],
        ),
        # 15 August 2026 is a Saturday, 1 August too; 31 May is a Sunday; 15 March a Sunday
        (
            "cron(0 5 15W 3,8 ? *)",
            "at 05:00 on the weekday nearest to the 15th of the month in March and August",
            ["03-16", "08-14"],
        ),
        (
            "cron(0 5 1W 8 ? 2026)",
            "at 05:00 on the weekday nearest to the 1st of the month in August of 2026",
            ["08-03"],
        ),
        (
            "cron(0 5 31W * ? *)",
            "at 05:00 on the weekday nearest to the 31st of every month",
            ["01-30", "03-31", "05-29", "07-31"],
        ),
        (
            "cron(0 0 29 2 ? *)",
            "at 00:00 on the 29th of the month in February",
            ["2028-02-29 00:00:00", "2032-02-29 00:00:00"],
        ),
        ("cron(0 4 ? * MON#5 *)", "at 04:00 on the fifth Monday of every month", ["03-30", "06-29", "08-31"]),
        ("cron(0 4 ? * 2#5 *)", "at 04:00 on the fifth Monday of every month", ["03-30", "06-29", "08-31"]),
        ("cron(0 4 ? * FRIL *)", "at 04:00 on the last Friday of every month", ["01-30", "02-27"]),
        (
            "cron(7 0/20 1-20 ? * SUN *)",
            "every 20 minutes of the hours 1 to 20 (7 s past the minute) on every Sunday",
            ["01-04 01:00:07"],
        ),
        (
            "cron(5,35 * ? * SUN *)",
            "at 5 and 35 minutes past every hour on every Sunday",
            ["01-04 00:05", "01-04 00:35"],
        ),
        ("cron(5,35 1-9 ? * SUN *)", "at 5 and 35 minutes past the hours 1 to 9 on every Sunday", ["01-04 01:05"]),
        # never: what one reference system writes for a window that is not to run; 30 February
        ("cron(0 0 0 1 1 ? 1970)", "at 00:00 on the 1st of the month in January of 1970", []),
        ("cron(0 0 30 2 ? *)", "at 00:00 on the 30th of the month in February", []),
    ],
)
def test_grammar(expression, words, expected):
    assert describe(expression) == f"{words} (UTC)"
    got = runs(expression, max(1, len(expected)))
    assert len(got) == len(expected)
    for run, wanted in zip(got, expected, strict=True):
        assert wanted in run


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "must be cron"),
        (None, "string of at most 256"),
        ("cron(0 10 * * ? *)" + " " * 256, "string of at most 256"),
        ("0 10 * * ? *", "must be cron"),
        ("cron (0 10 * * ? *)", "must be cron"),
        ("cron(0 10 * * ?)", "these are 5"),
        ("cron(0 0 0 10 * * ? *)", "these are 8"),
        ("cron()", "these are 0"),
        ("cron(60 10 * * ? *)", "the field minutes is '60': it takes 0-59"),
        ("cron(0 24 * * ? *)", "the field hours is '24': it takes 0-23"),
        ("cron(0 -1 * * ? *)", "the field hours is '' in '-1': it takes 0-23"),
        ("cron(0 1, * * ? *)", "the field hours is '' in '1,'"),
        ("cron(0 1-2-3 * * ? *)", "the field hours is '2-3' in '1-2-3'"),
        ("cron(0 ? * * ? *)", r"the field hours is '\?'"),
        ("cron(0 ٣ * * ? *)", "the field hours is '٣'"),
        ("cron(60 0 0 * * ? *)", "the field seconds is '60'"),
        ("cron(0,30 0 0 * * ? *)", "the field seconds is '0,30'; the interval must be at least 5 minutes"),
        ("cron(0 5 0 * ? *)", "the field day of month is '0': it takes 1-31"),
        ("cron(0 5 32W * ? *)", "the field day of month is '32' in '32W'"),
        ("cron(0 5 1,L * ? *)", "the field day of month is '1,L': 'L' cannot be part"),
        ("cron(0 5 LW * ? *)", "the field day of month is 'LW': 'L' cannot be part"),
        ("cron(0 5 1W,2W * ? *)", "the field day of month is '1W,2W': 'W' cannot be part"),
        ("cron(0 5 1 13 ? *)", "the field month is '13': it takes 1-12 or JAN-DEC"),
        ("cron(0 5 1 MAY-JUNE ? *)", "the field month is 'JUNE' in 'MAY-JUNE'"),
        ("cron(0 5 ? * 0 *)", "the field day of week is '0': it takes 1-7 or SUN-SAT"),
        ("cron(0 5 ? * 8L *)", "the field day of week is '8' in '8L'"),
        ("cron(0 5 ? * JUL *)", "the field day of week is 'JU' in 'JUL'|the field day of week is 'JUL'"),
        ("cron(0 5 ? * 6L,SUN *)", "the field day of week is '6L,SUN'; 'L' must follow a single day"),
        ("cron(0 5 ? * TUE#6 *)", "the field day of week is 'TUE#6'; '#' must be followed by one number from 1 to 5"),
        ("cron(0 5 ? * TUE#0 *)", "one number from 1 to 5"),
        ("cron(0 5 ? * TUE#1,TUE#3 *)", "one number from 1 to 5"),
        ("cron(0 5 ? * MON,TUE#3 *)", "'#' cannot be part"),
        ("cron(0 5 1 * ? 1969)", "the field year is '1969': it takes 1970-2199"),
        ("cron(0 5 1 * ? 2030-2028)", "the field year is '2030-2028': 2028 is before 2030"),
        (
            "cron(0 5 1 * MON *)",
            "day of month and day of week are '1' and 'MON': exactly one has to be '\\?', neither is",
        ),
        ("cron(0 5 * * * *)", "neither is"),
        ("cron(0 5 ? * ? *)", "both are"),
        ("cron(0/0 5 * * ? *)", "the field minutes is '0/0'; a step must be a number from 1 to 59"),
        ("cron(0 0/24 * * ? *)", "the field hours is '0/24'; a step must be a number from 1 to 23"),
        ("cron(0 0/ * * ? *)", "the field hours is '0/'; a step"),
        # faster than every 5 minutes, within the hour, over the hour, and over midnight
        ("cron(* 5 * * ? *)", "fire again 1 min after 05:00; faster than every 5"),
        ("cron(0/4 5 * * ? *)", "fire again 4 min after 05:00"),
        ("cron(0,57 5,6 * * ? *)", "fire again 3 min after 05:57"),
        ("cron(0,57 0,23 * * ? *)", "fire again 3 min after 23:57"),
        ("rate(1 hours)", r"the unit for 1 must be hour, as in rate\(1 hour\)"),
        ("rate(5 hour)", "the unit for 5 must be hours"),
        ("rate(4 minutes)", "interval must be at least 5 minutes"),
        ("rate(0 days)", "positive number"),
        ("rate(1.5 days)", "a rate must be a number and"),
        ("rate(2 weeks)", "a rate must be a number and"),
        ("rate(99999999999999999999 days)", "never runs"),
        ("at(2026-02-30T00:00:00)", "not a valid date"),
        ("at(2026-02-03)", "must have the form"),
        ("at(2026-02-03T00:00:00Z)", "without a time zone"),
        ("at(0001-01-01T00:00:00)", "the year is 1"),
    ],
)
def test_refused(expression, words):
    with pytest.raises(ScheduleError, match=words):
        expressions.parse(expression)


def test_not_faster_when_the_days_are_apart():
    assert runs("cron(0,57 0,23 ? * MON *)", 4) == [
        f"2026-01-05 {time}:00" for time in ("00:00", "00:57", "23:00", "23:57")
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone is 'Mars/Olympus'"),
        ({"timezone": "../etc/passwd"}, "timezone is"),
        ({"timezone": 5}, "timezone is 5"),
        ({"offset": 7}, "offset is 7; must be a number of days from 1 to 6"),
        ({"offset": -1}, "offset is -1"),
        ({"offset": True}, "offset is True"),
        ({"offset": "2"}, "offset is '2'"),
        ({"start": "soon"}, "start is 'soon'; must be a date and time in ISO 8601"),
        ({"end": datetime.datetime(2026, 1, 1)}, "end is .*; must have a time zone"),
        ({"created": 5}, "created is 5"),
        ({"start": "2026-02-01", "end": "2026-02-01"}, "end is .*, which is not after start"),
        ({"count": -1}, "count is -1"),
        ({"count": True}, "count is True"),
        ({"after": None}, "after is missing"),
        ({"after": datetime.datetime(2026, 1, 1)}, "after is .*; must have a time zone"),
    ],
)
def test_options_refused_at_once(more, words):
    with pytest.raises(ScheduleError, match=words):
        expressions.next_occurrences(**{"expression": "cron(0 10 * * ? *)", "after": START, "count": 1, **more})


@pytest.mark.parametrize("expression", ["rate(7 days)", "at(2026-07-07T15:55:00)"])
def test_only_cron_takes_an_offset(expression):
    with pytest.raises(ScheduleError, match="only cron expressions support an offset"):
        runs(expression, offset=1)


def test_far_moments_are_no_error():
    last = datetime.datetime.max.replace(tzinfo=UTC)
    first = datetime.datetime.min.replace(tzinfo=UTC)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert runs("cron(0 10 * * ? *)", 1, last, timezone=zone) == runs("rate(7 days)", 1, last, timezone=zone) == []
        assert runs("cron(0 10 * * ? 1970)", 1, first, timezone=zone)[0][:7] == "1970-01"
    assert runs("cron(0 10 31 12 ? *)", 2, utc("2198-12-31")) == ["2198-12-31 10:00:00", "2199-12-31 10:00:00"]
    assert runs("cron(0 10 31 12 ? *)", 2, utc("2199-12-31T12:00")) == []


# ---------------------------------------------------------------- rates, start and end


def test_rate_counts_from_the_start_date():
    """As reference patching products do: rate(14 days) with the first Friday as start date."""
    friday = "2026-01-02T05:00:00Z"
    assert runs("rate(14 days)", 2, start=friday) == ["2026-01-02 05:00:00", "2026-01-16 05:00:00"]
    assert runs("rate(14 days)", 2, utc("2026-01-02T05:00"), start=friday) == [
        "2026-01-16 05:00:00",
        "2026-01-30 05:00:00",
    ]
    made = utc("2026-01-05T12:00")
    assert runs("rate(14 days)", 1, made, start=friday, created=made) == ["2026-01-19 12:00:00"], "start was past"
    assert runs("rate(14 days)", 1, utc("2026-02-20"), created=made) == ["2026-03-02 12:00:00"]


def test_start_and_end_date_are_part_of_it():
    daily = "cron(0 10 * * ? *)"
    assert runs(daily, 9, start="2026-01-05T10:00:00Z", end="2026-01-07T10:00:00Z") == [
        "2026-01-05 10:00:00",
        "2026-01-06 10:00:00",
        "2026-01-07 10:00:00",
    ]
    assert len(runs(daily, 9, start="2026-01-05T10:00:00Z", end="2026-01-07T09:59:59Z")) == 2
    assert runs(daily, 9, start="2026-01-05T10:00:01Z", end="2026-01-07T10:00:01Z")[0] == "2026-01-06 10:00:00"


# ---------------------------------------------------------------- clocks that are changed


@pytest.mark.parametrize(
    ("zone", "after", "time", "expected"),
    [
        # put forward from 02:00 to 03:00 on 29 March: 02:30 does not exist
        ("Europe/Berlin", "2026-03-27T12:00", "30 2", ["03-28 01:30", "03-30 00:30"]),
        ("Europe/Berlin", "2026-03-27T12:00", "0 3", ["03-28 02:00", "03-29 01:00", "03-30 01:00"]),
        # put back from 03:00 to 02:00 on 25 October: 02:30 comes twice, the first time counts
        ("Europe/Berlin", "2026-10-23T12:00", "30 2", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "2026-03-06T12:00", "30 2", ["03-07 07:30", "03-09 06:30"]),
        ("America/New_York", "2026-10-30T12:00", "30 1", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        # half an hour: from 02:00 to 02:30 on 4 October, and back from 02:00 to 01:30 on 5 April
        ("Australia/Lord_Howe", "2026-10-02T00:00", "15 2", ["10-02 15:45", "10-04 15:15"]),
        ("Australia/Lord_Howe", "2026-10-02T00:00", "30 2", ["10-02 16:00", "10-03 15:30"]),
        ("Australia/Lord_Howe", "2026-04-03T00:00", "45 1", ["04-03 14:45", "04-04 14:45", "04-05 15:15"]),
    ],
)
def test_clock_change(zone, after, time, expected):
    got = runs(f"cron({time} * * ? *)", len(expected), utc(after), timezone=zone)
    assert [run[5:16] for run in got] == expected


def test_offset_keeps_the_time_on_the_wall():
    """Friday 23:30 in Berlin and two days later, in the summer time that began in between."""
    assert runs("cron(30 23 ? * FRI *)", 1, utc("2026-03-27"), timezone="Europe/Berlin", offset=2) == [
        "2026-03-29 21:30:00"
    ]
    # the cron day is Saturday; the run would be on Sunday at a time that does not exist
    assert runs("cron(30 2 ? * SAT *)", 1, utc("2026-03-27"), timezone="Europe/Berlin", offset=1) == [
        "2026-04-05 00:30:00"
    ]


# ---------------------------------------------------------------- a second library


@st.composite
def numbers(draw, low, high, names=(), wrap=False, step_least=1):
    """(text, numbers that it means), made from the numbers, so that nothing has to be parsed here."""

    def said(number):
        return draw(st.sampled_from([str(number), names[number - low]])) if names else str(number)

    texts, meant = [], set()
    for _item in range(draw(st.integers(1, 2))):
        first = draw(st.integers(low, high))
        # cronsim takes 5-5/2 for 5/2, so ranges that it sees have two ends
        last = draw(st.integers(low if wrap else min(first + 1, high), high))
        step = draw(st.integers(step_least, high))
        size = high - low + 1
        kind = draw(st.sampled_from(["one", "range", "step", "range with step", "all", "all with step"]))
        far = last if last >= first else last + size
        text, those = {
            "one": (said(first), [first]),
            "range": (f"{said(first)}-{said(last)}", range(first, far + 1)),
            "step": (f"{said(first)}/{step}", range(first, high + 1, step)),
            "range with step": (f"{said(first)}-{said(last)}/{step}", range(first, far + 1, step)),
            "all": ("*", range(low, high + 1)),
            "all with step": (f"*/{step}", range(low, high + 1, step)),
        }[kind]
        texts.append(text)
        meant |= {(number - low) % size + low for number in those}
    return ",".join(texts), meant


def nth_of_month(date):
    return (date.day - 1) // 7 + 1


def is_last_week(date):
    return (date + 7 * DAY).month != date.month


@st.composite
def days(draw, wrap=False):
    """(day of month, day of week, does a date match?, day of week as the other library counts: Sunday = 0)."""
    kind = draw(st.sampled_from(["day", "weekday", "last day", "nth", "last", "every"]))
    weekday, week = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    name = draw(st.sampled_from([str(weekday), WEEKDAYS[weekday - 1]]))
    if kind == "day":
        text, meant = draw(numbers(1, 31, wrap=wrap))
        return text, "?", lambda date: date.day in meant, "*"
    if kind == "weekday":
        text, meant = draw(numbers(1, 7, WEEKDAYS, wrap=wrap))
        theirs = ",".join(str(number - 1) for number in sorted(meant))
        return "?", text, lambda date: date.isoweekday() % 7 + 1 in meant, theirs
    if kind == "last day":
        return "L", "?", lambda date: (date + DAY).day == 1, "*"
    if kind == "nth":
        text, theirs = f"{name}#{week}", f"{weekday - 1}#{week}"
        return "?", text, lambda date: date.isoweekday() % 7 + 1 == weekday and nth_of_month(date) == week, theirs
    if kind == "last":
        return (
            "?",
            f"{name}L",
            lambda date: date.isoweekday() % 7 + 1 == weekday and is_last_week(date),
            f"{weekday - 1}L",
        )
    return "*", "?", lambda date: True, "*"


# at least 5 minutes apart whatever the hours are: one to four minutes of the hour
APART = st.lists(st.sampled_from([0, 10, 25, 30, 41]), min_size=1, max_size=3, unique=True)
MOMENTS = st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2031, 1, 1), timezones=st.just(UTC))


@settings(max_examples=60, deadline=None)
@given(APART, numbers(0, 23), days(), numbers(1, 12, MONTHS), st.sampled_from(["", "0 ", "24 "]), MOMENTS)
def test_another_library_agrees(minutes, hours, day, months, seconds, after):
    """cronsim counts weekdays from Sunday = 0 and has no year; it knows `L`, `5L`, `#`, steps and seconds itself."""
    minute = ",".join(map(str, minutes))
    day_of_month, weekday, _match, theirs = day
    ours = f"cron({seconds}{minute} {hours[0]} {day_of_month} {months[0]} {weekday} *)"
    other = f"{seconds or '0 '}{minute} {hours[0]} {day_of_month.replace('?', '*')} {months[0]} {theirs}"
    # it gives up after 50 years without an occurrence
    expected = list(itertools.islice(CronSim(other, after.replace(tzinfo=None)), 12))
    got = list(expressions.next_occurrences(ours, after, 12))
    assert [run.replace(tzinfo=None) for run in got][: len(expected)] == expected
    assert len(got) == len(expected) or got[len(expected)].year >= after.year + 49


# ---------------------------------------------------------------- a clock that is asked minute by minute

ZONES = {
    "Europe/Berlin": ["2026-03-28", "2026-10-24"],
    "America/New_York": ["2026-03-07", "2026-10-31"],
    "Australia/Lord_Howe": ["2026-04-03", "2026-10-02"],
    "UTC": ["2028-02-28", "2026-12-30"],
}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([(zone, date) for zone, dates in ZONES.items() for date in dates]),
    APART,
    numbers(0, 23, wrap=True),
    days(wrap=True),
    st.one_of(st.just(("*", range(1, 13))), numbers(1, 12, MONTHS, wrap=True)),
    st.integers(0, 6),
    st.integers(0, 600),
    st.none() | st.integers(601, 2800),
)
def test_every_minute_of_two_days(where, minutes, hours, day, months, offset, skip, last):
    """What fires is what a person with a calendar and a watch would find, and nothing else."""
    zone = zoneinfo.ZoneInfo(where[0])
    after = utc(where[1]) + skip * MINUTE
    end = None if last is None else utc(where[1]) + last * MINUTE
    horizon = utc(where[1]) + 3000 * MINUTE
    expected = []
    for moment in (after + number * MINUTE for number in range(1, 3000 - skip)):
        if end is not None and moment > end:
            break
        local = moment.astimezone(zone)
        date = local.date() - offset * DAY
        if local.minute in minutes and local.hour in hours[1] and date.month in months[1] and day[2](date):
            # fold: the second time of a time that exists twice
            expected += [] if local.fold else [moment]
    text = f"cron({','.join(map(str, minutes))} {hours[0]} {day[0]} {months[0]} {day[1]} *)"
    found = expressions.next_occurrences(text, after, 4000, where[0], offset, end=end)
    assert list(itertools.takewhile(lambda run: run < horizon, found)) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([row[0] for row in PAGE] + ["rate(5 minutes)", "rate(7 days)", "at(2026-07-07T15:55:00)"]),
    MOMENTS,
    st.integers(0, 20),
    st.sampled_from(sorted(ZONES)),
    st.none() | MOMENTS,
    st.none() | st.timedeltas(DAY, 400 * DAY),
)
def test_order_bounds_and_count(expression, after, count, zone, start, length):
    end = None if length is None else (start or after) + length
    found = list(expressions.next_occurrences(expression, after, count, zone, 0, start, end))
    assert len(found) <= count
    assert all(earlier < later for earlier, later in itertools.pairwise(found))
    assert all(run > after and run.utcoffset() == datetime.timedelta(0) for run in found)
    assert all(run >= start for run in found) if start else True
    assert all(run <= end for run in found) if end else len(found) == count or expression.startswith("at")
    assert found == list(expressions.next_occurrences(expression, after, count, zone, 0, start, end)), "the same again"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([row[0] for row in PAGE]), MOMENTS, st.integers(1, 6))
def test_an_offset_moves_every_occurrence_by_days(expression, after, offset):
    plain = list(expressions.next_occurrences(expression, after - offset * DAY, 10))
    assert list(expressions.next_occurrences(expression, after, 10, offset=offset)) == [
        run + offset * DAY for run in plain
    ]


@settings(max_examples=100, deadline=None)
@given(st.text("0123456789*?LW#/,- SUNMOJAFERT", max_size=40), st.sampled_from(["cron", "rate", "at"]))
def test_no_text_is_more_than_refused(text, kind):
    try:
        expressions.parse(f"{kind}({text})")
        assert describe(f"{kind}({text})")
    except ScheduleError as error:
        assert str(error)
