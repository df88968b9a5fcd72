# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Schedules at the boundary: expressions, time zones, clock changes, offsets, dates, plans by machine."""

from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest

from .helpers import DAILY
from .helpers import at
from .helpers import ids
from .helpers import near
from .helpers import refused
from .helpers import runs
from .helpers import target
from .helpers import task
from .helpers import window


def plan(ssm, number, count=3, **more):
    """The next execution times of a window."""
    answer = ssm.describe_maintenance_window_schedule(WindowId=number, MaxResults=count, **more)
    return [one["ExecutionTime"] for one in answer["ScheduledWindowExecutions"]]


def days(ssm, expression, count=3, **more):
    """The next times as MM-DD HH:MM."""
    found = plan(ssm, window(ssm, Schedule=expression, **more), count)
    return [text[5:16].replace("T", " ") for text in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # examples of the user guide; the clock stands at Tuesday 2026-03-10 02:00 UTC
        ("cron(0 2 ? * THU#3 *)", ["03-19 02:00", "04-16 02:00", "05-21 02:00"]),
        ("cron(15 10 ? * * *)", ["03-10 10:15", "03-11 10:15", "03-12 10:15"]),
        ("cron(15 10 ? * MON-FRI *)", ["03-10 10:15", "03-11 10:15", "03-12 10:15", "03-13 10:15", "03-16 10:15"]),
        ("cron(0 2 L * ? *)", ["03-31 02:00", "04-30 02:00", "05-31 02:00"]),
        ("cron(15 10 ? * 6L *)", ["03-27 10:15", "04-24 10:15", "05-29 10:15"]),
        ("cron(24 30 09 ? * * *)", ["03-10 09:30", "03-11 09:30"]),
        ("cron(0 30 23 ? * TUE#3 *)", ["03-17 23:30", "04-21 23:30"]),
        ("cron(0 16 ? * TUE *)", ["03-10 16:00", "03-17 16:00"]),
        # weekday numbers count from Sunday = 1
        ("cron(0 0 ? * 1 *)", ["03-15 00:00", "03-22 00:00"]),
        ("cron(0 0 ? * 7 *)", ["03-14 00:00"]),
        ("cron(0 0 ? * 3#2 *)", ["04-14 00:00"]),
        ("cron(0 0 ? * 2/2 *)", ["03-11 00:00", "03-13 00:00", "03-16 00:00"]),
        ("cron(0 0 ? * 6-2 *)", ["03-13 00:00", "03-14 00:00", "03-15 00:00", "03-16 00:00", "03-20 00:00"]),
        ("cron(0 0 ? * L *)", ["03-14 00:00", "03-21 00:00"]),
        ("cron(0 0 ? * tueL *)", ["03-31 00:00", "04-28 00:00"]),
        # lists, ranges, steps
        ("cron(0/15 4 * * ? *)", ["03-10 04:00", "03-10 04:15", "03-10 04:30", "03-10 04:45", "03-11 04:00"]),
        ("cron(0 23-1 * * ? *)", ["03-10 23:00", "03-11 00:00", "03-11 01:00", "03-11 23:00"]),
        ("cron(5,20 8-18/5 * * ? *)", ["03-10 08:05", "03-10 08:20", "03-10 13:05", "03-10 13:20", "03-10 18:05"]),
        ("cron(0 0 1 JAN,jul ? *)", ["07-01 00:00", "01-01 00:00"]),
        ("cron(0 0 1 NOV-FEB/2 ? *)", ["11-01 00:00", "01-01 00:00", "11-01 00:00"]),
        ("cron(0 0 31 * ? *)", ["03-31 00:00", "05-31 00:00", "07-31 00:00"]),
        ("cron(0 0 29 2 ? *)", ["02-29 00:00"]),
        ("cron(0 0 1W * ? *)", ["04-01 00:00", "05-01 00:00", "06-01 00:00", "07-01 00:00", "08-03 00:00"]),
        ("cron(0 0 15W * ? *)", ["03-16 00:00", "04-15 00:00", "05-15 00:00"]),
        ("cron(0 0 1 1 ? 2028-2030/2)", ["01-01 00:00", "01-01 00:00"]),
        ("cron(0 0 1 1 ? 2020)", []),
        ("at(2026-03-10T13:15:30)", ["03-10 13:15"]),
        ("at(2026-03-10T01:59:59)", []),
    ],
)
def test_times_of_an_expression(server, ssm, expression, expected):
    server.switches(window_schedule_days=2000)
    found = days(ssm, expression, len(expected) or 3)
    assert found == expected


@pytest.mark.parametrize(
    "expression",
    [
        "0 2 * * ? *",
        "cron(0 2 * * ?)",
        "cron(0 2 * * * *)",
        "cron(0 2 ? * ? *)",
        "cron(0 2 1 * MON *)",
        "cron(60 2 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 2 0 * ? *)",
        "cron(0 2 32 * ? *)",
        "cron(0 2 * 13 ? *)",
        "cron(0 2 ? * 0 *)",
        "cron(0 2 ? * 8 *)",
        "cron(0 2 ? * MON#6 *)",
        "cron(0 2 ? * MON#0 *)",
        "cron(0 2 ? * MON#1,TUE#2 *)",
        "cron(0 2 1,L * ? *)",
        "cron(0 2 LW * ? *)",
        "cron(0 2 * * ? 1969)",
        "cron(0 2 * * ? 2200)",
        "cron(0 2 * FOO ? *)",
        "cron(0 2 ? * XYZ *)",
        "cron(0 2 */0 * ? *)",
        "cron(0 2 -1 * ? *)",
        "cron(0 2 30 2 ? *)",
        "cron(* * * * ? *)",
        "cron(0/4 * * * ? *)",
        "cron(0,4 3 * * ? *)",
        "cron(0/30 0 2 * * ? *)",
        "cron(0,58 * * * ? *)",
        "rate(1 hours)",
        "rate(5 hour)",
        "rate(0 hours)",
        "rate(-1 hours)",
        "rate(4 minutes)",
        "rate(1 week)",
        "rate(1.5 hours)",
        "rate()",
        "at(2026-03-10)",
        "at(2026-03-10T03:00:00Z)",
        "at(2026-02-30T03:00:00)",
        "every day",
        "cron()",
    ],
)
def test_bad_expressions_are_refused(ssm, expression):
    with refused("ValidationException"):
        window(ssm, Schedule=expression)
    number = window(ssm, Schedule=DAILY)
    with refused("ValidationException"):
        ssm.update_maintenance_window(WindowId=number, Schedule=expression)


def test_the_time_zone_and_the_clock_changes(server, ssm):
    server.switches(window_dst_gap="shift")
    berlin = {"ScheduleTimezone": "Europe/Berlin"}  # +01:00 until 2026-03-29 02:00, +02:00 until 2026-10-25 03:00
    number = window(ssm, Schedule="cron(30 2 28-30 3,10 ? *)", StartDate="2026-03-11T00:00:00Z", **berlin)
    assert plan(ssm, number)[:3] == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:30:00+02:00",  # 02:30 does not exist
        "2026-03-30T02:30:00+02:00",
    ]
    number = window(ssm, Schedule="cron(30 2 24-26 10 ? *)", **berlin)
    assert plan(ssm, number)[:3] == [
        "2026-10-24T02:30:00+02:00",
        "2026-10-25T02:30:00+02:00",  # the first of two
        "2026-10-26T02:30:00+01:00",
    ]


def test_a_time_that_does_not_exist_is_left_out(ssm):
    number = window(ssm, Schedule="cron(30 2 28-30 3 ? *)", ScheduleTimezone="Europe/Berlin")
    assert [text[:10] for text in plan(ssm, number)[:2]] == ["2026-03-28", "2026-03-30"]


def test_the_plan_over_a_clock_change_has_no_time_twice(ssm):
    number = window(ssm, Schedule="cron(0/30 * * * ? *)", ScheduleTimezone="America/New_York")
    found = plan(ssm, number, 1000, Filters=[{"Key": "ScheduledBefore", "Values": ["2026-03-20T00:00:00Z"]}])
    moments = [datetime.fromisoformat(text) for text in found]
    assert moments == sorted(set(moments))


def test_a_window_starts_by_its_zone_on_both_sides_of_the_change(server, ssm):
    number = window(ssm, Schedule="cron(0 4 ? * SAT,MON *)", ScheduleTimezone="Europe/Berlin")
    server.clock(advance=86400 * 24)
    moments = [one["StartTime"].astimezone(UTC) for one in runs(ssm, number)]
    wanted = [(14, 3), (16, 3), (21, 3), (23, 3), (28, 3), (30, 2)]
    assert all(
        near(one, datetime(2026, 3, day, hour, tzinfo=UTC))
        for one, (day, hour) in zip(moments, wanted, strict=True)
    )  # fmt: skip


def test_offset(server, ssm):
    number = window(ssm, Schedule="cron(30 23 ? * TUE#3 *)", ScheduleOffset=2)
    assert plan(ssm, number, 2) == ["2026-03-19T23:30:00Z", "2026-04-23T23:30:00Z"]
    server.clock(advance=86400 * 8)  # Wednesday: the Tuesday has passed, its offset day has not
    assert plan(ssm, number, 1) == ["2026-03-19T23:30:00Z"]
    late = window(ssm, Schedule="cron(30 23 ? * TUE#3 *)", ScheduleOffset=2)
    assert plan(ssm, late, 1) == ["2026-04-23T23:30:00Z"]
    ssm.update_maintenance_window(WindowId=late, Description="no new schedule")
    ssm.update_maintenance_window(WindowId=number, ScheduleOffset=3)
    assert plan(ssm, number, 1) == ["2026-04-24T23:30:00Z"]
    server.clock(advance=86400 * 40)
    assert near(runs(ssm, late)[0]["StartTime"], datetime(2026, 4, 23, 23, 30, tzinfo=UTC))


def test_offset_over_the_end_of_a_month_and_a_clock_change(ssm):
    number = window(ssm, Schedule="cron(0 4 L * ? *)", ScheduleOffset=6, ScheduleTimezone="America/New_York")
    assert plan(ssm, number, 2) == ["2026-04-06T04:00:00-04:00", "2026-05-06T04:00:00-04:00"]
    number = window(ssm, Schedule="cron(0 4 28 3 ? *)", ScheduleOffset=1, ScheduleTimezone="Europe/Berlin")
    assert plan(ssm, number, 1) == ["2026-03-29T04:00:00+02:00"]


def test_rates(server, ssm):
    number = window(ssm, Schedule="rate(12 hours)")
    assert plan(ssm, number, 2) == ["2026-03-10T14:00:00Z", "2026-03-11T02:00:00Z"]
    server.clock(advance=3600 * 20)
    assert plan(ssm, number, 1) == ["2026-03-11T02:00:00Z"]
    future = window(ssm, Schedule="rate(7 days)", StartDate="2026-04-01T00:03:15+09:00", ScheduleTimezone="Asia/Tokyo")
    assert plan(ssm, future, 2) == ["2026-04-01T00:03:15+09:00", "2026-04-08T00:03:15+09:00"]
    past = window(ssm, Schedule="rate(1 day)", StartDate="2020-01-01T00:00:00Z")
    assert plan(ssm, past, 1) == ["2026-03-11T22:00:00Z"]


def test_a_rate_can_begin_at_once(server, ssm):
    server.switches(window_rate_first="at_once")
    number = window(ssm, Schedule="rate(12 hours)", StartDate="2026-03-10T02:30:00Z")
    assert plan(ssm, number, 2) == ["2026-03-10T02:30:00Z", "2026-03-10T14:30:00Z"]


def test_dates_bound_the_starts(server, ssm):
    dates = {"StartDate": "2026-03-12T04:00:00+01:00", "EndDate": "2026-03-14T03:00:00Z"}
    number = window(ssm, Schedule=DAILY, **dates)
    assert plan(ssm, number, 10) == [f"2026-03-{day}T03:00:00Z" for day in (12, 13, 14)]
    server.clock(advance=86400 * 10)
    assert [one["StartTime"].astimezone(UTC).day for one in runs(ssm, number)] == [12, 13, 14]
    assert plan(ssm, number, 10) == [] and "NextExecutionTime" not in ssm.get_maintenance_window(WindowId=number)


def test_at_is_local_time(server, ssm):
    number = window(ssm, Schedule="at(2026-03-10T04:00:00)", ScheduleTimezone="Europe/Berlin")
    assert plan(ssm, number) == ["2026-03-10T04:00:00+01:00"]
    server.clock(advance=3601)
    assert near(runs(ssm, number)[0]["StartTime"], at(1)) and plan(ssm, number) == []


def test_the_schedule_of_all_windows_and_its_pages(server, ssm):
    first, second = window(ssm, "first", Schedule=DAILY), window(ssm, "second", Schedule="cron(0 4 * * ? *)")
    disabled = window(ssm, "disabled", Schedule=DAILY)
    ssm.update_maintenance_window(WindowId=disabled, Enabled=False)
    wanted = [
        {"Key": "ScheduledAfter", "Values": ["2026-03-12T03:00:00Z"]},
        {"Key": "ScheduledBefore", "Values": ["2026-03-14T04:00:00Z"]},
    ]
    found = ssm.describe_maintenance_window_schedule(Filters=wanted)["ScheduledWindowExecutions"]
    assert [(one["Name"], one["WindowId"], one["ExecutionTime"]) for one in found] == [
        ("second", second, "2026-03-12T04:00:00Z"),
        ("first", first, "2026-03-13T03:00:00Z"),
        ("second", second, "2026-03-13T04:00:00Z"),
        ("first", first, "2026-03-14T03:00:00Z"),
    ]
    pages = ssm.get_paginator("describe_maintenance_window_schedule").paginate(PaginationConfig={"PageSize": 100})
    sizes = [len(page["ScheduledWindowExecutions"]) for page in pages]
    assert sum(sizes) == 2 * 365 and sizes[0] == 100
    for wrong in ({"Key": "Before", "Values": ["x"]}, {"Key": "ScheduledBefore", "Values": ["x"]}):
        with refused("ValidationException"):
            ssm.describe_maintenance_window_schedule(Filters=[wrong])
    with refused("DoesNotExistException"):
        plan(ssm, "mw-00000000000000000")


def test_windows_of_a_machine(server, ssm):
    found = ids(server)
    chosen = next(found[name] for name in sorted(found) if name.startswith("lin"))
    by_tag, by_id, other = (window(ssm, name, Schedule=DAILY) for name in ("by-tag", "by-id", "other"))
    direct = window(ssm, "direct", AllowUnassociatedTargets=True)
    target(ssm, by_tag)
    target(ssm, by_id, "InstanceIds", [chosen])
    target(ssm, other, values=["data"])
    rate = {"MaxConcurrency": "1", "MaxErrors": "1"}
    task(ssm, direct, Targets=[{"Key": "InstanceIds", "Values": [chosen]}], **rate)

    def listed(key, *values):
        asked = {"Targets": [{"Key": key, "Values": list(values)}], "ResourceType": "INSTANCE"}
        rows = ssm.describe_maintenance_windows_for_target(**asked)["WindowIdentities"]
        plans = ssm.describe_maintenance_window_schedule(**asked, MaxResults=1000)["ScheduledWindowExecutions"]
        assert {one["WindowId"] for one in plans} == {one["WindowId"] for one in rows}
        return [one["Name"] for one in rows]

    assert listed("InstanceIds", chosen) == ["by-tag", "by-id", "direct"]
    assert listed("tag:Role", "data", "web") == ["other"] and listed("tag:Env", "prod") == []
    server.client("ec2").create_tags(Resources=[chosen], Tags=[{"Key": "Role", "Value": "data"}])
    assert listed("InstanceIds", chosen) == ["by-id", "other", "direct"]
    with refused("ValidationException"):
        ssm.describe_maintenance_windows_for_target(Targets=[], ResourceType="INSTANCE")


def test_far_away_starts_cost_nothing(server, ssm):
    for place in range(50):
        window(ssm, f"window{place}", Schedule="cron(0 0 1 1 ? 2100)")
    before = server.clock(advance=0)  # the alarm clocks are set
    assert before["background"] == 50 and before["pending"] == 0
    server.clock(jump="idle")
    server.clock(advance=86400 * 365)
    after = server.clock()
    assert after["timestamp"] - before["timestamp"] == pytest.approx(86400 * 365, abs=2)
    assert plan(ssm, ssm.describe_maintenance_windows()["WindowIdentities"][0]["WindowId"]) == []
    assert ssm.describe_maintenance_windows()["WindowIdentities"][0]["NextExecutionTime"] == "2100-01-01T00:00:00Z"


def test_next_execution_time_moves_on(server, ssm):
    number = window(ssm, Schedule=DAILY)
    seen = []
    for _ in range(3):
        seen.append(ssm.get_maintenance_window(WindowId=number)["NextExecutionTime"])
        server.clock(jump="next")
    assert [datetime.fromisoformat(text) for text in seen] == [at(1) + timedelta(days=day) for day in range(3)]


@pytest.mark.parametrize(
    ("style", "text"), [("zoned", "T04:00:00+01:00"), ("utc", "T03:00:00Z"), ("minutes", "T04:00+01:00")]
)
def test_forms_of_a_time(server, ssm, style, text):
    server.switches(window_time_style=style)
    number = window(ssm, Schedule="at(2026-03-10T04:00:00)", ScheduleTimezone="Europe/Berlin")
    assert plan(ssm, number) == ["2026-03-10" + text]
    assert ssm.get_maintenance_window(WindowId=number)["NextExecutionTime"] == "2026-03-10" + text
