# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The self-service window: one for each environment, by ten parameters that somebody fills in who knows no cron.

The parameters, their values and their defaults are those of the Service Catalog product of aws-samples'
multi-account patching solution. Differences: a start at "00" is taken, a window is changed in place, and it holds the
work itself instead of a function that returns at once, so that duration, cutoff and rate control mean something.
"""

from __future__ import annotations

import calendar
import datetime
import re
import typing as t

from .._schedule.clock import instant
from . import option_values as values
from .option_values import Option
from .set_error import SetError
from .window_draft import WindowDraft
from .window_draft import window_of
from .window_kinds import Kind

DEFAULT_GROUP = "Default"
DEFAULT_WINDOW = "Default_maintenance_window"
WINDOW_TAG = "maintenance_window"


def window_name(environment: str) -> str:
    """The name of the window of an environment."""
    return f"{environment}_maintenance_window"


def self_service(
    options: t.Mapping[str, t.Any], today: datetime.date | None, existing: t.Mapping[str, t.Mapping[str, t.Any]]
) -> list[dict[str, t.Any]]:
    """The window of one environment. existing: windows of ssm_maintenance_window_info by name."""
    _check(options)
    days, hour = options["patching_frequency"], int(options["patching_window_start_time"])
    weekday = list(calendar.day_name).index(options["patching_window_weekday"])
    given = {
        **options,
        "duration": options["patching_window_duration"],
        "timezone": "UTC",
        "start_date": "",
        "operation": options["patching_operation"],
        "reboot_option": options["operation_post_patching"],
    }
    name = window_name(options["environment"])
    schedule = f"rate({days} days)"
    keep = _stands(existing.get(options["name_prefix"] + name), schedule, weekday, hour)
    draft = WindowDraft(
        name=name,
        schedule=schedule,
        tags={options["tag_key"]: [options["environment"]]},
        lead=f"{options['patching_operation']} on {options['patching_window_weekday']} at {hour:02}:00 (UTC)",
        start_date="" if keep or options["state"] == "absent" else _first(today, weekday, hour),
        keep_start=keep,
    )
    return [window_of(draft, given)]


def _check(options: t.Mapping[str, t.Any]) -> None:
    for name in ("duration", "operation", "reboot_option", "timezone", "start_date"):
        if options[name] is not None:
            raise SetError(f"{name}: a self-service window has {_INSTEAD[name]}")
    if options["patching_window_duration"] <= options["cutoff"]:
        raise SetError(
            f"patching_window_duration: {options['patching_window_duration']} is not more than cutoff {options['cutoff']}: "
            "the window would never start anything"
        )
    if options["include_asg"] == "Yes":
        raise SetError(
            "include_asg: a maintenance window patches instances, and an Auto Scaling group replaces its instances by ones "
            "that are not patched; this collection has nothing yet that patches the image of a group. Give No"
        )


def _first(today: datetime.date | None, weekday: int, hour: int) -> str:
    """The next such weekday that is strictly after today, at that hour in UTC."""
    if today is None:
        raise SetError("today: missing; the window starts on the next weekday after it")
    day = today + datetime.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return f"{day:%Y-%m-%d}T{hour:02}:00:00Z"


def _stands(window: t.Mapping[str, t.Any] | None, schedule: str, weekday: int, hour: int) -> bool:
    """Whether a window runs on that weekday and hour already: its start date is then left as it is.

    The start date of a rate is its phase. A new one on every day on which the playbook runs would postpone the next run again
    and again.
    """
    if not window or window.get("schedule") != schedule or not window.get("start_date"):
        return False
    start = instant("start_date", str(window["start_date"]))
    return start is not None and (start.weekday(), start.hour, start.minute) == (weekday, hour, 0)


def _start_hour(name: str, value: t.Any) -> str:
    text = f"{value:02}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    if not re.fullmatch(r"[01][0-9]|2[0-3]", text):
        raise SetError(f'{name}: {value!r} is not an hour from "00" to "23" in UTC, with two digits')
    return text


def _frequency(name: str, value: t.Any) -> int:
    if str(value) not in ("7", "14", "21", "28", "35", "42") or isinstance(value, float):
        raise SetError(f"{name}: {value!r} is not one of 7, 14, 21, 28, 35, 42 days")
    return int(value)


def _yes_no(name: str, value: t.Any) -> str:
    """Yes or No; YAML makes a bool of it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return values.one_of("Yes", "No")(name, value)


_INSTEAD = {
    "duration": "patching_window_duration",
    "operation": "patching_operation",
    "reboot_option": "operation_post_patching",
    "timezone": "its hour in UTC",
    "start_date": "patching_window_weekday and patching_window_start_time",
}
KIND = Kind(
    {
        "environment": Option(values.one_of("Dev", "Test", "Prod"), required=True),
        "patching_frequency": Option(_frequency, 7),
        "patching_window_weekday": Option(values.one_of(*calendar.day_name), "Friday"),
        "patching_window_start_time": Option(_start_hour, "05"),
        "patching_window_duration": Option(values.number(1, 23, "number of hours"), 4),
        "include_asg": Option(_yes_no, "No"),
        "retain_healthy_percentage": Option(values.number(10, 90, "percentage"), 10),
        "refresh_asg_instances": Option(_yes_no, "Yes"),
        "patching_operation": Option(values.one_of("Scan", "Install"), "Install"),
        "operation_post_patching": Option(values.one_of("RebootIfNeeded", "NoReboot"), "RebootIfNeeded"),
    },
    {"cutoff": 1, "duration": None, "operation": None, "reboot_option": None, "timezone": None, "start_date": None},
    self_service,
    dated=True,
)
