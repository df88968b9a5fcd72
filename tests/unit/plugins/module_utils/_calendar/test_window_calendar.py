# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar of windows: what opens when, what clashes, and what cannot be read."""

import datetime
import itertools
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar import entries
from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar.window_calendar import window_calendar
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import freezes
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.expressions import next_occurrences
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.schedule_error import ScheduleError

UTC = datetime.timezone.utc
NOW = "2026-03-10T09:00:00Z"


def patch_task(operation="Install", **parameters):
    given_parameters = {"Operation": [operation], **{key: [value] for key, value in parameters.items()}}
    return {
        "name": "patch",
        "task_type": "RUN_COMMAND",
        "task_arn": "AWS-RunPatchBaseline",
        "run_command": {"parameters": given_parameters},
    }


def window(name="w", schedule="cron(0 3 ? * SUN *)", **more):
    return {
        "name": name,
        "window_id": f"mw-{name}",
        "schedule": schedule,
        "duration": 3,
        "cutoff": 1,
        "enabled": True,
        "targets": [{"tags": {"Environment": ["Production"]}}],
        "tasks": [patch_task()],
        "tags": {"environment": "Production"},
        "account": "main",
        "region": "eu-central-1",
        **more,
    }


def made(*windows, **options):
    return window_calendar(windows, **{"generated_at": NOW, **options})


def starts(model, name="w"):
    return [one["start"] for one in model["occurrences"] if one["name"] == name]


def codes(found):
    return [one["code"] for one in found]


# ---------------------------------------------------------------- the range


def test_six_weeks_from_the_monday_of_the_present_week():
    model = made(window(), timezone="Europe/Berlin")
    assert (model["start"], model["end"]) == ("2026-03-08T23:00:00Z", "2026-04-19T22:00:00Z")
    assert len(starts(model)) == 6


def test_the_range_can_be_chosen():
    model = made(window(), start="2026-05-01", weeks=1, timezone="America/New_York")
    assert (model["start"], model["end"]) == ("2026-05-01T04:00:00Z", "2026-05-08T04:00:00Z")
    assert starts(model) == ["2026-05-03T03:00:00Z"]


def test_a_window_that_is_still_open_at_the_beginning_is_part_of_it():
    model = made(window(schedule="at(2026-03-08T22:30:00)"), start="2026-03-09", weeks=1)
    assert starts(model) == ["2026-03-08T22:30:00Z"]
    assert starts(made(window(schedule="at(2026-03-08T21:00:00)"), start="2026-03-09", weeks=1)) == []


def test_the_clock_is_put_forward():
    """02:30 of 29 March does not exist in Berlin; the calendar ends at midnight by the clock on the wall."""
    model = made(
        window(schedule="cron(30 2 ? * SUN *)", schedule_timezone="Europe/Berlin"), timezone="Europe/Berlin", weeks=4
    )
    assert starts(model) == ["2026-03-15T01:30:00Z", "2026-03-22T01:30:00Z", "2026-04-05T00:30:00Z"]
    assert [one["local_start"] for one in model["occurrences"]][-1] == "2026-04-05T02:30+02:00"
    assert "clock_change" in codes(model["notices"])


def test_cutoff_and_end():
    one = made(window(duration=4, cutoff=3), timezone="Asia/Tokyo", weeks=1)["occurrences"][0]
    assert (one["start"], one["last_start"], one["end"]) == (
        "2026-03-15T03:00:00Z",
        "2026-03-15T04:00:00Z",
        "2026-03-15T07:00:00Z",
    )
    assert one["local_last_start"] == "2026-03-15T13:00+09:00"


def test_offset_start_and_end_date():
    patch_tuesday = window(schedule="cron(0 2 ? * TUE#2 *)", schedule_offset=5)
    assert starts(made(patch_tuesday)) == ["2026-03-15T02:00:00Z", "2026-04-19T02:00:00Z"]
    ends = window(start_date="2026-03-20T00:00:00Z", end_date="2026-04-01T00:00:00Z")
    assert starts(made(ends)) == ["2026-03-22T03:00:00Z", "2026-03-29T03:00:00Z"]


def test_a_rate_follows_what_aws_announces():
    announced = window(
        schedule="rate(7 days)", created_date="2026-01-01T00:00:00Z", next_execution_time="2026-03-11T05:00Z"
    )
    assert starts(made(announced, weeks=2)) == ["2026-03-11T05:00:00Z", "2026-03-18T05:00:00Z"]
    unknown = window(schedule="rate(7 days)", created_date="2026-01-01T00:00:00Z")
    assert starts(made(unknown, weeks=2)) == ["2026-03-12T00:00:00Z", "2026-03-19T00:00:00Z"]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"weeks": 0}, "weeks is 0; must be a number from 1 to 104"),
        ({"weeks": True}, "weeks is True"),
        ({"timezone": "Mars/Base"}, "timezone is 'Mars/Base'"),
        ({"start": "soon"}, "start is 'soon'"),
        ({"start": "9999-12-31"}, "too far in the future"),
        ({"generated_at": "now"}, "generated_at is 'now'"),
    ],
)
def test_options_that_cannot_be_used(options, words):
    with pytest.raises(ScheduleError, match=words):
        made(window(), **options)


# ---------------------------------------------------------------- what a window is


@pytest.mark.parametrize(
    "tags, targets, expected",
    [
        ({"Environment": "Test"}, [{"tags": {"Environment": ["Production"]}}], "Test"),
        ({"environment": "a", "Environment": "b"}, [], "a"),
        ({}, [{"tags": {"Environment": ["Test", "Acceptance"]}}], "Acceptance, Test"),
        ({}, [{"tags": {"Patch Group": ["web-prod"]}}], "web-prod"),
        ({}, [{"tags": {"PatchGroup": ["db"], "environment": ["dev"]}}], "dev"),
        ({}, [{"instance_ids": ["i-1"]}], "other"),
        (None, None, "other"),
    ],
)
def test_environment(tags, targets, expected):
    assert made(window(tags=tags, targets=targets))["windows"][0]["environment"] == expected


def test_environment_by_a_tag_of_ones_own():
    model = made(window(tags={"stage": "blue", "environment": "x"}), environment_tags=["stage"])
    assert model["environments"] == [{"name": "blue", "windows": 1, "occurrences": 6}]


@pytest.mark.parametrize(
    "task, operation, words",
    [
        (patch_task(), "Install", "patch: installs patches (AWS-RunPatchBaseline)"),
        (
            patch_task(RebootOption="NoReboot"),
            "Install",
            "patch: installs patches, no reboot (AWS-RunPatchBaseline)",
        ),
        (patch_task("Scan"), "Scan", "patch: scans for missing patches (AWS-RunPatchBaseline)"),
        (
            {"task_arn": "AWS-RunPatchBaseline", "run_command": {}},
            "Patch",
            "patches, scan or install is unknown (AWS-RunPatchBaseline)",
        ),
        (
            {"task_arn": "AWS-InstallWindowsUpdates", "run_command": {"parameters": {"Action": ["Scan"]}}},
            "Scan",
            "scans for missing patches (AWS-InstallWindowsUpdates)",
        ),
        (
            {"task_arn": "AWS-PatchInstanceWithRollback"},
            "Install",
            "installs patches (AWS-PatchInstanceWithRollback)",
        ),
        (
            {"task_arn": "arn:aws:ssm:us-east-1:111122223333:document/Mine", "name": "Mine"},
            "Other",
            "runs Mine",
        ),
        (
            {"task_arn": "arn:aws:lambda:us-east-1:111122223333:function:SSMDrain", "task_type": "LAMBDA"},
            "Other",
            "runs function SSMDrain",
        ),
    ],
)
def test_what_a_task_does(task, operation, words):
    one = made(window(tasks=[task]))["occurrences"][0]
    assert (one["operation"], one["does"]) == (operation, [words])


def test_the_strongest_task_names_the_window():
    assert made(window(tasks=[{"task_arn": "x"}, patch_task("Scan"), patch_task()]))["windows"][0]["operation"] == (
        "Install"
    )
    model = made(window(tasks=[]))
    assert model["windows"][0]["operation"] == "Nothing"
    assert codes(model["notices"]) == ["no_task"]


def test_targets_in_words():
    targets = [
        {"tags": {"Role": ["web", "db"], "Any": []}},
        {"instance_ids": ["i-2", "i-1"]},
        {"resource_groups": ["g"]},
        {"instance_ids": ["i-1", "i-2"]},
    ]
    words = made(window(targets=targets))["windows"][0]["targets"]
    assert words == ["tag Any with any value and Role = db or web", "instances i-1, i-2", "resource group g"]
    assert codes(made(window(targets=[]))["notices"]) == ["no_target"]


@pytest.mark.parametrize(
    "mine, other, expected",
    [
        ({"tags": {"E": ["p"]}}, {"tags": {"E": ["p"]}}, True),
        ({"tags": {"E": ["prod"]}}, {"tags": {"E": ["nonprod"]}}, False),
        ({"tags": {"E": ["p"], "R": ["web"]}}, {"tags": {"E": ["p"]}}, True),
        ({"tags": {"E": ["p"], "R": ["web"]}}, {"tags": {"E": ["p"], "R": ["db"]}}, False),
        ({"tags": {"E": []}}, {"tags": {"E": ["p"]}}, True),
        ({"tags": {"E": ["p"]}}, {"tags": {"R": ["web"]}}, False),
        ({"instance_ids": ["i-1", "i-2"]}, {"instance_ids": ["i-2"]}, True),
        ({"instance_ids": ["i-1"]}, {"tags": {"E": ["p"]}}, False),
        ({"resource_groups": ["a"]}, {"resource_groups": ["a"]}, True),
    ],
)
def test_targets_that_share_hosts(mine, other, expected):
    first, second = window("a", targets=[mine]), window("b", targets=[other])
    assert ("overlap" in codes(made(first, second)["conflicts"])) is expected


# ---------------------------------------------------------------- conflicts


def test_an_overlap_is_said_once_and_marked_every_time():
    early, late = window("early", "cron(0 1 ? * SUN *)"), window("late", "cron(0 3 ? * SUN *)", duration=1, cutoff=0)
    assert made(early | {"duration": 2}, late)["conflicts"] == []  # it ends when the other begins
    model = made(early, late)
    (found,) = model["conflicts"]
    assert found["message"] == "early and late run at the same time for tag Environment = Production, 6 times"
    assert found["first"] == "2026-03-15T03:00:00Z"
    assert found["places"] == ["main / eu-central-1"]
    assert all(one["conflicts"] for one in model["occurrences"])


def test_the_same_overlap_in_two_regions_is_one_finding():
    windows = [window(name, region=region) for name in "ab" for region in ("eu-central-1", "us-east-1")]
    (found,) = made(*windows)["conflicts"]
    assert found["places"] == ["main / eu-central-1", "main / us-east-1"]
    assert len(found["windows"]) == 4


def test_windows_of_different_accounts_do_not_meet():
    assert made(window("a", account="one"), window("b", account="two"))["conflicts"] == []


def test_more_than_five_at_once():
    many = [window(f"w{number}", targets=[{"instance_ids": [f"i-{number}"]}]) for number in range(6)]
    assert made(*many[:5])["conflicts"] == []
    (found,) = made(*many)["conflicts"]
    assert found["code"] == "too_many"
    assert found["message"].startswith("up to 6 windows run at once; AWS runs 5 at a time")
    assert len(found["windows"]) == 6


FREEZE = {"name": "Close", "start": "2026-03-28", "end": "2026-03-29", "environments": ["production"]}


def test_a_freeze_is_whole_days_in_the_time_zone_of_the_calendar():
    freeze = made(window(), freezes=[FREEZE], timezone="Europe/Berlin")["freezes"][0]
    assert (freeze["start"], freeze["end"]) == ("2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z")


def test_a_freeze_marks_what_opens_in_it():
    other = window("test", tags={"environment": "nonproduction"}, targets=[{"instance_ids": ["i-1"]}])
    model = made(window(), other, freezes=[FREEZE])
    (found,) = model["conflicts"]
    assert found["message"] == "w runs during the freeze Close"
    marked = [one for one in model["occurrences"] if one["freezes"]]
    assert [(one["name"], one["start"]) for one in marked] == [("w", "2026-03-29T03:00:00Z")]


def test_a_scan_in_a_freeze_is_no_conflict():
    model = made(window(tasks=[patch_task("Scan")]), freezes=[FREEZE])
    assert model["conflicts"] == []
    assert codes(model["notices"]) == ["freeze"]
    assert [one["freezes"] for one in model["occurrences"]] == [[], [], [0], [], [], []]


def test_a_freeze_for_an_environment_that_nothing_has():
    model = made(window(), freezes=[{**FREEZE, "environments": ["prod"]}])
    assert model["conflicts"] == []
    assert codes(model["notices"]) == ["freeze_environment"]


def test_a_freeze_with_a_time_zone_of_its_own():
    freeze = {"name": "x", "start": "2026-03-14T22:00", "end": "2026-03-15T00:00-04:00", "timezone": "America/New_York"}
    read = freezes.read_freeze(freeze, zoneinfo.ZoneInfo("Europe/Berlin"))
    assert (read.begin.hour, read.end.hour) == (2, 4)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"end": "2026-03-27"}, "freeze Close: end is 2026-03-27, which is not after start"),
        ({"start": "tomorrow"}, "freeze Close: start is 'tomorrow'"),
        ({"timezone": "x"}, "freeze Close: timezone is 'x'"),
        ({"end": None}, "freeze Close: end is None"),
    ],
)
def test_a_freeze_that_cannot_be_read(change, words):
    with pytest.raises(ScheduleError, match=words):
        made(window(), freezes=[{**FREEZE, **change}])


# ---------------------------------------------------------------- nothing is swallowed


@pytest.mark.parametrize(
    "change, words",
    [
        ({"schedule": "cron(0 2 * * TUE *)"}, "exactly one has to be"),
        ({"duration": None}, "duration is missing"),
        ({"duration": "long"}, "duration is 'long'; must be a number"),
        ({"duration": 48}, "duration is 48"),
        ({"schedule_timezone": "Nowhere"}, "timezone is 'Nowhere'"),
        ({"next_execution_time": "later"}, "next_execution_time is 'later'"),
        ({"targets": ["i-1"]}, "targets is"),
    ],
)
def test_a_window_that_cannot_be_read_is_listed_and_the_others_stay(change, words):
    model = made(window("good"), window("bad", **change))
    assert [one["name"] for one in model["windows"]] == ["good"]
    (bad,) = model["unreadable"]
    assert bad["name"] == "bad"
    assert words in bad["problem"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 40)
    | st.text(max_size=5)
    | st.sampled_from(["cron(0 3 ? * SUN *)", "UTC"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["tags", "name", "instance_ids", "task_arn", "run_command", "parameters"]), inner
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from(sorted({*window(), "next_execution_time", "hosts", "start_date"})), JSON))
def test_whatever_a_window_holds_it_is_shown_or_listed(change):
    model = made(window(**change), window("good"))
    assert [one["name"] for one in model["windows"]].count("good") == 1
    assert len(model["windows"]) + len(model["disabled"]) + len(model["unreadable"]) == 2


def test_a_value_alone_is_one_value():
    one = made(window(targets=[{"tags": {"E": "prod"}}], tags={}))["windows"][0]
    assert one["targets"] == ["tag E = prod"]


def test_the_same_window_twice_is_listed():
    model = made(window(), window())
    assert len(model["windows"]) == 1
    assert "duplicate of a window" in model["unreadable"][0]["problem"]


def test_disabled_windows_stand_apart():
    model = made(window(enabled=False), window("on"))
    assert [one["name"] for one in model["disabled"]] == ["w"]
    assert starts(model) == []
    assert model["conflicts"] == []


def test_warnings_of_schedules_are_notices():
    model = made(window(schedule="cron(0 23-5 ? * SAT *)", duration=1, cutoff=0))
    assert codes(model["notices"]) == ["hour_range"]
    assert model["notices"][0]["message"].startswith("w: the hours 23-5 are not a duration")


def test_time_that_is_too_short_for_the_hosts():
    slow = [{**patch_task(), "max_concurrency": "1"}]
    assert made(window(tasks=slow))["notices"] == []
    assert codes(made(window(tasks=slow, hosts=100))["notices"]) == ["too_short"]
    assert codes(made(window(tasks=[{**patch_task(), "max_concurrency": "100%"}], hosts=3))["notices"]) == []


@pytest.mark.parametrize(
    "announced, expected",
    [
        ("2026-03-15T03:00Z", []),
        ("2026-03-15T03:00:00Z", []),
        ("2026-03-15T04:00+01:00", []),
        ("2026-03-15T04:00Z", ["next_differs"]),
        ("2026-03-22T03:00:00Z", ["next_differs"]),  # the one before it is left out
    ],
)
def test_what_aws_announces_is_compared(announced, expected):
    assert codes(made(window(next_execution_time=announced))["notices"]) == expected


def test_an_opening_of_today_may_be_over_when_aws_was_asked():
    daily = window(schedule="cron(0 12 * * ? *)", next_execution_time="2026-03-11T12:00Z")
    assert made(daily)["notices"] == []


def test_a_window_that_opens_all_the_time_is_cut_and_says_so():
    model = made(window(schedule="rate(5 minutes)", duration=1, cutoff=0))
    assert len(model["occurrences"]) == 2000
    assert "cut" in codes(model["notices"])


def test_no_windows():
    model = made()
    assert (model["occurrences"], model["windows"], model["environments"]) == ([], [], [])


# ---------------------------------------------------------------- any calendar

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
SCHEDULES = st.one_of(
    st.builds(
        "cron({} {} ? * {} *)".format,
        st.sampled_from([0, 15, 30]),
        st.integers(0, 23),
        st.sampled_from(["SUN", "MON-FRI", "TUE#2", "6L", "SAT"]),
    ),
    st.builds("cron({} {} {} * ? *)".format, st.just(0), st.integers(0, 23), st.sampled_from(["1", "L", "15W", "31"])),
    st.builds("at(2026-{:02d}-{:02d}T{:02d}:00:00)".format, st.integers(1, 12), st.integers(1, 28), st.integers(0, 23)),
)


@st.composite
def declared(draw, number):
    schedule = draw(SCHEDULES)
    duration = draw(st.integers(1, 24))
    return window(
        f"w{number}",
        schedule,
        duration=duration,
        cutoff=draw(st.integers(0, duration - 1)),
        schedule_timezone=draw(st.sampled_from(ZONES)),
        schedule_offset=draw(st.sampled_from([None, 1, 6])) if schedule.startswith("cron") else None,
        region=draw(st.sampled_from(["r1", "r2"])),
        targets=[{"tags": {"E": [draw(st.sampled_from("ab"))]}}],
    )


def instant(text):
    return datetime.datetime.fromisoformat(text)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_calendar(data):
    windows = [data.draw(declared(number)) for number in range(data.draw(st.integers(0, 7)))]
    zone = data.draw(st.sampled_from(ZONES))
    day = datetime.date(2026, 1, 1) + datetime.timedelta(days=data.draw(st.integers(0, 364)))
    weeks = data.draw(st.integers(1, 9))
    freeze = {"name": "f", "start": (day + datetime.timedelta(days=5)).isoformat(), "end": f"{day.year}-12-31"}
    freezes = [freeze] if freeze["start"] <= freeze["end"] else []
    model = made(*windows, start=day.isoformat(), weeks=weeks, timezone=zone, freezes=freezes)
    begin, end = instant(model["start"]), instant(model["end"])
    local = [moment.astimezone(zoneinfo.ZoneInfo(zone)) for moment in (begin, end)]
    assert [moment.time() for moment in local] == [datetime.time(), datetime.time()]
    assert (local[1].date() - local[0].date()).days == weeks * 7

    opened = model["occurrences"]
    assert model["unreadable"] == []
    assert [one["start"] for one in opened] == sorted(one["start"] for one in opened)
    assert len({one["id"] for one in opened}) == len(opened)
    for one in opened:
        assert instant(one["end"]) > begin and instant(one["start"]) < end
        assert instant(one["local_start"]) == instant(one["start"])
        assert instant(one["end"]) - instant(one["start"]) == datetime.timedelta(hours=one["duration"])
        assert instant(one["end"]) - instant(one["last_start"]) == datetime.timedelta(hours=one["cutoff"])
    for each in windows:
        runs = next_occurrences(
            each["schedule"],
            begin - datetime.timedelta(hours=each["duration"]),
            400,
            each["schedule_timezone"],
            each["schedule_offset"] or 0,
        )
        assert [instant(text) for text in starts(model, each["name"])] == [run for run in runs if run < end]

    # every pair looked at by itself, against the sweep of the calendar
    overlapping, crowded = set(), set()
    for one, other in itertools.combinations(opened, 2):
        same_place = one["region"] == other["region"] and one["window"] != other["window"]
        if (
            same_place
            and one["targets"] == other["targets"]
            and one["start"] < other["end"]
            and other["start"] < one["end"]
        ):
            overlapping |= {one["id"], other["id"]}
    for one in opened:
        at_once = [
            other
            for other in opened
            if other["region"] == one["region"] and other["start"] <= one["start"] < other["end"]
        ]
        if len({other["window"] for other in at_once}) > 5:
            crowded |= {other["id"] for other in at_once}
    in_freeze = {
        one["id"]
        for one in opened
        for found in model["freezes"]
        if one["start"] < found["end"] and found["start"] < one["end"]
    }
    for code, expected in (("overlap", overlapping), ("too_many", crowded), ("freeze", in_freeze)):
        marked = {one["id"] for one in opened if code in codes(one["conflicts"])}
        named = {one for found in model["conflicts"] if found["code"] == code for one in found["occurrences"]}
        assert marked == named == expected
    assert {one["id"] for one in opened if one["freezes"]} == in_freeze


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=6))
def test_what_is_outside_of_events(events):
    """Every hour is either in an event or in what is left, never in both."""
    base = datetime.datetime(2026, 1, 1, tzinfo=UTC)

    def hour(number):
        return base + datetime.timedelta(hours=number)

    opened = [(hour(first), hour(first + length)) for first, length in events]
    left = freezes.outside(opened, hour(5), hour(40))
    for number in range(5, 40):
        inside = any(first <= hour(number) < last for first, last in opened)
        outside = sum(first <= hour(number) < last for first, last in left)
        assert outside == (0 if inside else 1)
    assert all(hour(5) <= first < last <= hour(40) for first, last in left)


def test_a_key_stays_the_same_when_the_schedule_changes():
    one, other = window(), window(schedule="rate(1 day)")
    assert entries.key_of(one) == entries.key_of(other)
    assert entries.key_of(one) != entries.key_of(window(region="us-east-1"))
