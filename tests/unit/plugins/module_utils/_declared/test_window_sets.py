# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sets of windows, held against the systems that they replace and against the model of the API."""

import datetime
import itertools
import re

import botocore.loaders
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import option_values as values
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import window_sets
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule import expressions

TODAY = datetime.date(2026, 3, 10)  # a Tuesday
ZONES = {"set": "zones", "zones": ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"], "patch_groups": ["Win"]}
SAMPLES = {
    "matrix": {},
    "environments": {},
    "roles": {},
    "daily": {},
    "zones": {key: value for key, value in ZONES.items() if key != "set"},
    "patch_tuesday": {"rings": {"Pilot": 0, "Early": 1, "Broad": 6, "Late": 9}},
    "scan": {"patch_groups": ["Production"]},
    "self_service": {"environment": "Dev"},
    "default": {},
}


def make(kind, today=TODAY, existing=(), **options):
    return window_sets.windows_of([{"set": kind, **options}], today, existing)


def one(kind, **options):
    (window,) = make(kind, **options)
    return window


def names(windows):
    return [window["name"] for window in windows]


def tags(window):
    return window["targets"][0]["tags"]


def task(window):
    (found,) = window["tasks"]
    return found


def openings(window, after="2026-03-01", count=3):
    found = expressions.next_occurrences(
        window["schedule"],
        after,
        count,
        window["schedule_timezone"],
        window["schedule_offset"],
        window.get("start_date"),
        window["end_date"],
    )
    return [moment.isoformat()[:16] for moment in found]


@pytest.fixture(scope="module", name="shapes")
def fixture_shapes():
    return botocore.loaders.Loader().load_service_model("ssm", "service-2")["shapes"]


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_kind_keeps_to_the_model_of_the_api(kind, shapes):
    def fits(shape, value):
        model = shapes[shape]
        if model["type"] == "string":
            assert model.get("min", 0) <= len(value) <= model.get("max", 10**9), (shape, value)
            assert re.search(model.get("pattern", ""), value), (shape, value)
            assert value in model.get("enum", [value])
        else:
            assert model.get("min", 0) <= value <= model.get("max", 10**9), (shape, value)

    for window in make(kind, **SAMPLES[kind]):
        fits("MaintenanceWindowName", window["name"])
        fits("MaintenanceWindowDescription", window["description"])
        fits("MaintenanceWindowSchedule", window["schedule"])
        fits("MaintenanceWindowDurationHours", window["duration"])
        fits("MaintenanceWindowCutoff", window["cutoff"])
        assert window["cutoff"] < window["duration"]
        if window["schedule_offset"]:
            fits("MaintenanceWindowOffset", window["schedule_offset"])
        (target,) = window["targets"]
        fits("MaintenanceWindowName", target["name"])
        assert target["tags"]
        assert all(target["tags"].values())
        work = task(window)
        fits("MaintenanceWindowName", work["name"])
        fits("MaxConcurrency", work["max_concurrency"])
        fits("MaxErrors", work["max_errors"])
        fits("MaintenanceWindowTaskPriority", work["priority"])
        fits("MaintenanceWindowTaskCutoffBehavior", work["cutoff_behavior"])
        assert work["targets"] == [target["name"]]
        assert (work["task_type"], work["task_arn"]) == ("RUN_COMMAND", "AWS-RunPatchBaseline")
        assert work["run_command"]["parameters"]["Operation"] in (["Install"], ["Scan"])
        assert openings(window)


# matrix: dan-farmer/ssm-patching-setup


def test_the_matrix_is_that_of_the_setup_script():
    windows = make("matrix")
    assert names(windows) == [
        f"Week{week}Day{day}Unattended0{hour}00" for week, day, hour in itertools.product((1, 2), (2, 3), (3, 4))
    ]
    first = windows[0]
    assert first["schedule"] == "cron(00 03 ? * TUE#1 *)"
    assert first["description"] == "Unattended patching at 03:00 on the first Tuesday of every month (UTC)"
    assert (first["duration"], first["cutoff"], first["allow_unassociated_targets"]) == (1, 0, True)
    assert tags(first) == {"Patch Group": ["Week 1 Day 2 - Unattended - 03:00"]}
    assert (task(first)["max_concurrency"], task(first)["max_errors"]) == ("2", "1")
    assert task(first)["run_command"] == {"parameters": {"Operation": ["Install"]}}


def test_the_matrix_has_one_window_for_one_sunday():
    assert names(make("matrix", weeks=1, days=[7, 0, 7], hours=[5])) == ["Week1Day0Unattended0500"]
    assert make("matrix", weeks=1, days=[0], hours=5) == make("matrix", weeks=[1], days=["7"], hours=["5"])


@given(
    weeks=st.sets(st.integers(1, 5), min_size=1),
    days=st.sets(st.integers(0, 7), min_size=1),
    hours=st.sets(st.integers(0, 23), min_size=1),
)
def test_a_matrix_opens_when_its_names_say(weeks, days, hours):
    windows = make("matrix", weeks=sorted(weeks), days=sorted(days), hours=sorted(hours), timezone="Asia/Tokyo")
    assert len(windows) == len(weeks) * len({day % 7 for day in days}) * len(hours)
    assert len(set(names(windows))) == len({window["schedule"] for window in windows}) == len(windows)
    for window in windows[:: max(1, len(windows) // 5)]:
        week, day, hour = map(int, re.fullmatch(r"Week(\d)Day(\d)Unattended(\d\d)00", window["name"]).groups())
        (moment,) = openings(window, count=1)
        local = datetime.datetime.fromisoformat(moment) + datetime.timedelta(hours=9)
        assert (local.isoweekday() % 7, local.hour, (local.day + 6) // 7) == (day, hour, week)
        assert tags(window) == {"Patch Group": [f"Week {week} Day {day} - Unattended - {hour:02}:00"]}


# environments and roles: miztiik's how-to


def test_environments_are_open_on_weekday_nights_and_weekend_mornings():
    windows = make("environments", timezone="Europe/Berlin")
    assert [tags(window) for window in windows] == [
        {"Patch Group": [name]} for name in ("Sandbox", "Development", "Test", "Acceptance", "Production")
    ]
    assert {window["duration"] for window in windows} == {5}
    night, morning = windows[0], windows[4]
    # 22:00 to 03:00 in Berlin; 6 March is a Friday, then it is Monday
    assert openings(night, "2026-03-06T12:00:00Z", 2) == ["2026-03-06T21:00", "2026-03-09T21:00"]
    assert openings(morning, "2026-03-06T12:00:00Z", 3) == ["2026-03-07T05:00", "2026-03-08T05:00", "2026-03-14T05:00"]
    assert (night["name"], morning["name"]) == ("Sandbox-WeekdayNights", "Production-WeekendMornings")


def test_environments_of_ones_own():
    windows = make(
        "environments", nights=["QA"], mornings=[], groups={"QA": ["qa-a", "qa-b"]}, tag_key="stage", night_hour=1
    )
    assert [tags(window) for window in windows] == [{"stage": ["qa-a", "qa-b"]}]
    assert windows[0]["schedule"] == "cron(0 1 ? * MON-FRI *)"


def test_roles_open_once_and_not_every_hour_of_a_range():
    windows = make("roles")
    assert [(tags(window)["Patch Group"], window["schedule"]) for window in windows] == [
        (["Management Server"], "cron(0 23 ? * TUE#1 *)"),
        (["Web Server"], "cron(0 23 ? * THU#1 *)"),
        (["Application Server"], "cron(0 23 ? * THU#2 *)"),
        (["Database Server"], "cron(0 23 ? * THU#3 *)"),
    ]
    assert {(window["duration"], window["cutoff"]) for window in windows} == {(6, 2)}
    assert openings(windows[3], count=2) == ["2026-03-19T23:00", "2026-04-16T23:00"]
    assert tags(one("roles", roles={"Print Server": "friday#2"}))["Patch Group"] == ["Print Server"]


# daily: Enquizit


def test_the_daily_window_has_the_parameters_of_its_stack():
    window = one(
        "daily", sns={"arn": "arn:aws:sns:us-east-1:123456789012:t", "role": "arn:aws:iam::123456789012:role/sns"}
    )
    assert (window["name"], window["schedule"]) == ("OSMaintenanceWindow", "cron(0 4 ? * * *)")
    assert window["schedule_timezone"] == "America/New_York"
    assert (window["duration"], window["cutoff"], window["allow_unassociated_targets"]) == (2, 1, False)
    assert window["targets"] == [
        {
            "name": "SSMPatchManager",
            "tags": {"Patch Group": ["Production"]},
            "owner_information": "SSM Patch manager",
        }
    ]
    work = task(window)
    assert (work["max_concurrency"], work["max_errors"], work["priority"]) == ("1", "1", 0)
    assert work["run_command"]["notification_config"] == {
        "arn": "arn:aws:sns:us-east-1:123456789012:t",
        "events": ["All"],
        "type": "Command",
    }
    assert work["run_command"]["service_role_arn"] == "arn:aws:iam::123456789012:role/sns"
    assert one("daily", timezone="US/Eastern") == one("daily")


# zones: jon-frame/aws-tooling


def test_zones_are_patched_one_after_the_other():
    windows = make("zones", **SAMPLES["zones"], label="WINDOWS", zone_tag="AZ")
    assert names(windows) == [
        "WINDOWS-PatchInstall-ap-southeast-2a",
        "WINDOWS-PatchInstall-ap-southeast-2b",
        "WINDOWS-PatchInstall-ap-southeast-2c",
        "WINDOWS-PatchScan-All-AZs",
    ]
    assert tags(windows[1]) == {"Patch Group": ["Win"], "AZ": ["ap-southeast-2b"]}
    assert tags(windows[3]) == {"Patch Group": ["Win"]}
    assert [openings(window, count=1) for window in windows[:3]] == [
        ["2026-03-02T02:00"],
        ["2026-03-03T02:00"],
        ["2026-03-04T02:00"],
    ]
    rates = [(task(window)["max_concurrency"], task(window)["max_errors"]) for window in windows]
    assert rates == [("4", "1")] * 3 + [("8", "2")]
    assert task(windows[3])["run_command"]["parameters"] == {"Operation": ["Scan"]}
    assert len(make("zones", **SAMPLES["zones"], scan=False)) == 3


# Patch Tuesday


@given(days=st.integers(0, 20), year=st.integers(2024, 2040), month=st.integers(1, 12))
def test_patch_tuesday_plus_days_is_that_many_days_after_the_second_tuesday(days, year, month):
    window = one("patch_tuesday", patch_groups=["a"], days_after=days)
    first = datetime.date(year, month, 1)
    tuesday = first + datetime.timedelta(days=(1 - first.weekday()) % 7 + 7)
    wanted = tuesday + datetime.timedelta(days=days)
    before = datetime.datetime.combine(wanted, datetime.time(), datetime.timezone.utc)
    assert openings(window, before.isoformat(), 1) == [f"{wanted}T03:00"]


def test_patch_tuesday_in_rings():
    windows = make("patch_tuesday", rings={"Pilot": 1, "Early": 3, "Beta": 1})
    assert [(window["name"], tags(window)["Patch Group"], window["schedule_offset"]) for window in windows] == [
        ("PatchTuesdayPlus1", ["Pilot", "Beta"], 1),
        ("PatchTuesdayPlus3", ["Early"], 3),
    ]


# scan, default


def test_scan_and_default():
    scan = one("scan", resource_groups=["web"], max_concurrency="100%", max_errors="50%")
    assert scan["targets"] == [{"name": "Hosts", "resource_groups": ["web"], "owner_information": ""}]
    assert (task(scan)["max_concurrency"], task(scan)["max_errors"]) == ("100%", "50%")
    assert task(scan)["run_command"]["parameters"] == {"Operation": ["Scan"]}
    default = one("default")
    assert (default["name"], default["duration"], default["cutoff"]) == ("Default_maintenance_window", 6, 1)
    assert tags(default) == {"Patch Group": ["Default"]}
    assert openings(default, count=2) == ["2026-03-06T05:00", "2026-03-13T05:00"]


# what all kinds take


def test_common_options_reach_the_window():
    window = one(
        "default",
        name_prefix="shop-",
        description="Ours",
        timezone="Europe/Berlin",
        start_date="2026-04-01T00:00:00Z",
        end_date="2027-01-01",
        enabled=False,
        duration="8",
        cutoff="2",
        allow_unassociated_targets="no",
        tag_key="PatchGroup",
        owner_information="me",
        document="AWS-RunPatchBaselineWithHooks",
        document_version="$LATEST",
        operation="Scan",
        reboot_option="NoReboot",
        parameters={"SnapshotId": "x"},
        max_concurrency="25%",
        max_errors=0,
        priority=5,
        cutoff_behavior="CANCEL_TASK",
        service_role_arn="arn:aws:iam::123456789012:role/window",
        timeout_seconds=1200,
        comment="note",
        output_s3_bucket="logs",
        output_s3_prefix="patching",
        output_log_group="/patching",
        sns={
            "arn": "arn:aws:sns:us-east-1:1:t",
            "events": ["Failed"],
            "type": "Invocation",
            "role": "arn:aws:iam::1:role/x",
        },
        alarm="stop",
        tags={"team": 1},
    )
    assert window == {
        "name": "shop-Default_maintenance_window",
        "description": "Ours",
        "schedule": "cron(0 5 ? * FRI *)",
        "schedule_timezone": "Europe/Berlin",
        "schedule_offset": 0,
        "start_date": "2026-04-01T00:00:00Z",
        "end_date": "2027-01-01",
        "duration": 8,
        "cutoff": 2,
        "allow_unassociated_targets": False,
        "enabled": False,
        "targets": [{"name": "Hosts", "tags": {"PatchGroup": ["Default"]}, "owner_information": "me"}],
        "tasks": [
            {
                "name": "PatchScan",
                "task_type": "RUN_COMMAND",
                "task_arn": "AWS-RunPatchBaselineWithHooks",
                "targets": ["Hosts"],
                "priority": 5,
                "max_concurrency": "25%",
                "max_errors": "0",
                "cutoff_behavior": "CANCEL_TASK",
                "service_role_arn": "arn:aws:iam::123456789012:role/window",
                "alarm_configuration": {"alarms": ["stop"]},
                "run_command": {
                    "comment": "note",
                    "document_version": "$LATEST",
                    "output_s3_bucket_name": "logs",
                    "output_s3_key_prefix": "patching",
                    "timeout_seconds": 1200,
                    "parameters": {"SnapshotId": ["x"], "Operation": ["Scan"], "RebootOption": ["NoReboot"]},
                    "notification_config": {
                        "arn": "arn:aws:sns:us-east-1:1:t",
                        "events": ["Failed"],
                        "type": "Invocation",
                    },
                    "service_role_arn": "arn:aws:iam::1:role/x",
                    "cloudwatch_output_config": {"log_group_name": "/patching", "output_enabled": True},
                },
            }
        ],
        "tags": {"team": "1"},
    }


def test_another_document_gets_no_operation_that_nobody_asked_for():
    window = one("default", document="AWS-UpdateSSMAgent")
    assert task(window)["run_command"] == {"parameters": {}}
    assert task(window)["name"] == "Run"
    window = one("default", document="own", operation="Install")
    assert task(window)["run_command"]["parameters"] == {"Operation": ["Install"]}


@pytest.mark.parametrize(
    ("option", "target"),
    [
        (
            {"target_tags": {"stage": ["a", "b"], "AZ": "x", "any": []}},
            {"tags": {"stage": ["a", "b"], "AZ": ["x"], "any": []}},
        ),
        ({"instance_ids": "mi-0123456789abcdef0"}, {"instance_ids": ["mi-0123456789abcdef0"]}),
        ({"resource_groups": ["g"]}, {"resource_groups": ["g"]}),
    ],
)
def test_targets_of_ones_own(option, target):
    assert one("default", **option)["targets"] == [{"name": "Hosts", "owner_information": "", **target}]


def test_plain_windows_pass():
    plain = [{"name": "one", "schedule": "rate(1 day)", "anything": 1}]
    assert make("windows", windows=plain) == plain


@pytest.mark.parametrize("kind", SAMPLES)
def test_absent_sets_name_their_windows(kind):
    present = make(kind, **SAMPLES[kind])
    assert make(kind, today=None, state="absent", **SAMPLES[kind]) == [
        {"name": window["name"], "state": "absent"} for window in present
    ]


@pytest.mark.parametrize(
    ("given_set", "words"),
    [
        ({"set": "matix"}, r"set 1: set: unknown kind 'matix'; did you mean matrix\?"),
        ({}, "set 1: set: missing; must be one of daily, default"),
        ({"set": "matrix", "week": 1}, r"set 1 \(matrix\): week: unknown option; did you mean weeks"),
        ({"set": "matrix", "weeks": [6]}, r"weeks: week of the month 6 must be from 1 to 5"),
        ({"set": "matrix", "weeks": []}, "weeks: empty"),
        ({"set": "matrix", "days": [8]}, "days: day of the week 8 must be from 0 to 7"),
        ({"set": "matrix", "hours": ["24"]}, "hours: hour 24 must be from 0 to 23"),
        ({"set": "matrix", "hours": [True]}, "hours: hour True must be a whole number from 0 to 23"),
        ({"set": "matrix", "timezone": "Berlin"}, "timezone: 'Berlin' is not an IANA time zone"),
        ({"set": "matrix", "duration": 25}, "duration: number of hours 25 must be from 1 to 24"),
        ({"set": "matrix", "cutoff": 1}, "cutoff: 1 is not less than duration 1"),
        ({"set": "matrix", "max_concurrency": 0}, "max_concurrency: 0 is not"),
        ({"set": "matrix", "max_concurrency": "0%"}, "max_concurrency: '0%' is not"),
        ({"set": "matrix", "max_errors": "101%"}, "max_errors: '101%' is not"),
        ({"set": "matrix", "max_errors": 1.5}, "max_errors: 1.5 is not"),
        ({"set": "matrix", "operation": "install"}, "operation: 'install' must be one of Install, Scan"),
        ({"set": "matrix", "enabled": "maybe"}, "enabled: 'maybe' is not true or false"),
        ({"set": "matrix", "description": ""}, "description: '' must have 1–128 characters, not 0"),
        ({"set": "matrix", "name_prefix": "a b"}, "name_prefix: 'a b' must be made of letters"),
        ({"set": "default", "name": "x" * 128, "name_prefix": "y"}, "name_prefix: the name of the window would be"),
        ({"set": "matrix", "instance_ids": ["i-1"]}, "instance_ids: 'i-1' must have 10–20 characters, not 3"),
        (
            {"set": "matrix", "instance_ids": ["i-12345678"], "target_tags": {"a": "b"}},
            "instance_ids: mutually exclusive",
        ),
        ({"set": "matrix", "target_tags": {}}, "target_tags: must have 1–5 entries, not 0"),
        ({"set": "matrix", "sns": {"arn": "arn:aws:sns:us-east-1:1:t"}}, "sns.role: missing"),
        ({"set": "matrix", "sns": {"topic": "x"}}, "sns.topic: unknown option"),
        (
            {
                "set": "matrix",
                "sns": {"arn": "arn:aws:sns:us-east-1:1:t", "role": "arn:aws:iam::1:role/x", "events": ["Pending"]},
            },
            "sns.events: 'Pending'",
        ),
        ({"set": "matrix", "output_s3_prefix": "x"}, "output_s3_prefix: requires output_s3_bucket"),
        ({"set": "matrix", "parameters": {"Operation": "Scan"}}, "parameters.Operation: use the option operation"),
        ({"set": "matrix", "start_date": "soon"}, "start_date: start_date is 'soon'"),
        ({"set": "matrix", "start_date": "2026-05-01", "end_date": "2026-04-01"}, "end is 2026-04-01.*not after start"),
        ({"set": "environments", "nights": ["A"], "mornings": ["A"]}, "mornings: A is in nights, too"),
        ({"set": "environments", "groups": {"Stage": ["x"]}}, "groups.Stage: not an environment"),
        ({"set": "roles", "roles": {"Web": "THU"}}, "roles.Web: 'THU' is not the n-th weekday"),
        ({"set": "roles", "roles": {"Web": "DAY#1"}}, "roles.Web: 'DAY' is not a day of the week"),
        ({"set": "daily", "schedule": "cron(0 25 ? * * *)"}, "schedule: cron.*the field hours is '25'"),
        ({"set": "zones", "zones": ["a-1a"]}, "patch_groups: missing"),
        ({**ZONES, "stagger_days": 4}, "stagger_days: ap-southeast-2c would be patched 8 days after"),
        ({**ZONES, "schedule": "rate(7 days)"}, "offset is 1, but rate"),
        ({"set": "patch_tuesday"}, "rings: set either rings"),
        (
            {"set": "patch_tuesday", "patch_groups": ["a"], "days_after": 21},
            "days_after: number of days 21 must be from 0 to 20.*fourth",
        ),
        ({"set": "scan"}, "patch_groups: missing"),
        ({"set": "windows"}, "windows: None is not a list"),
        ({"set": "windows", "windows": [{}]}, r"windows\[1\]: name must be"),
        ({"set": "windows", "windows": [], "duration": 1}, "duration: unknown option"),
        ("matrix", "set 1: 'matrix' is not a dictionary"),
    ],
)
def test_refused(given_set, words):
    with pytest.raises(values.SetError, match=words):
        window_sets.windows_of([given_set], TODAY)


def test_two_sets_with_one_window_are_refused():
    with pytest.raises(values.SetError, match=r"set 2 \(matrix\): the window Week2.* is in set 1 \(matrix\), too"):
        window_sets.windows_of([{"set": "matrix"}, {"set": "matrix", "weeks": [2]}])
    assert len(window_sets.windows_of([{"set": "matrix"}, {"set": "matrix", "name_prefix": "b-"}])) == 16


@pytest.mark.parametrize("sets", ["matrix", {"set": "matrix"}, 5])
def test_the_sets_are_a_list(sets):
    with pytest.raises(values.SetError, match="the sets must be a list"):
        window_sets.windows_of(sets)


@given(kind=st.sampled_from(sorted(SAMPLES)), data=st.data())
def test_whatever_is_given_ends_in_windows_or_in_the_name_of_an_option(kind, data):
    options = {**window_sets.COMMON, **window_sets.ALL_KINDS[kind].options}
    anything = st.none() | st.booleans() | st.integers(-3, 100) | st.text(max_size=6) | st.floats()
    nested = anything | st.lists(anything, max_size=3) | st.dictionaries(st.text(max_size=4), anything, max_size=3)
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(options)), nested, max_size=3))
    try:
        windows = make(kind, **{**SAMPLES[kind], **changed})
    except values.SetError as error:
        named = re.match(r"set 1 \(\w+\): ([\w\-]+)", str(error))
        assert named and (named[1] in options or "-" in named[1] or ":" in str(error)), str(error)
    else:
        assert len(set(names(windows))) == len(windows)


# patch groups


def test_patch_groups_of_sets_and_windows():
    plain = [
        {"name": "one", "targets": [{"tags": {"PatchGroup": ["b"], "other": ["x"]}}, {"instance_ids": ["i-12345678"]}]},
        {"name": "two", "state": "absent", "targets": [{"tags": {"Patch Group": ["gone"]}}]},
        {"name": "three", "targets": [{"tags": {"Patch Group": []}}]},
    ]
    assert window_sets.patch_groups(plain + [{"set": "default"}, {"set": "self_service", "environment": "Prod"}]) == [
        "Default",
        "Prod",
        "b",
    ]
    assert window_sets.patch_groups([{"set": "default", "state": "absent"}]) == []
    assert len(window_sets.patch_groups([{"set": "matrix"}])) == 8
    assert window_sets.patch_groups([{"set": "environments", "tag_key": "stage"}]) == []
