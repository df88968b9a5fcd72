# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations on maintenance windows: the windows themselves, and what is planned."""

import heapq
import json
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.tags import model as tags_model
from local_aws.ssm.windows import model
from local_aws.ssm.windows import schedule
from local_aws.ssm.windows import timetable
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window
from local_aws.ssm.windows.model import invalid
from local_aws.ssm.windows.rules import REQUIRED
from local_aws.ssm.windows.rules import check
from local_aws.ssm.windows.targets import choosing
from local_aws.ssm.windows.wire import GIVEN
from local_aws.ssm.windows.wire import IDENTITY
from local_aws.ssm.windows.wire import next_execution
from local_aws.ssm.windows.wire import shown_window

CLOCKWORK = ("Schedule", "ScheduleTimezone", "ScheduleOffset", "StartDate")
define(
    "window_replace_enabled",
    "keep",
    ["keep", "enable"],
    "UpdateMaintenanceWindow with Replace and without Enabled, which CreateMaintenanceWindow does not have",
)
assume("windows.order", "windows are listed in order of creation", "DescribeMaintenanceWindows")


@op("ssm", "CreateMaintenanceWindow")
def create_maintenance_window(ctx: Context, params: dict) -> dict:
    known = model.remembered(ctx, "CreateMaintenanceWindow", params)
    if known is not None:
        return known
    values = {name: params[name] for name in GIVEN if name in params}
    check(values)
    tags_model.check(params.get("Tags") or [])
    windows = model.book(ctx.account, ctx.region).windows
    limit = SWITCHES["window_quotas"]["windows"]
    if len(windows) >= limit:
        raise model.limit_reached("maintenance windows", limit)
    now = clock.now()
    window = Window(state.new_id("mw-0", 16), ctx.account, ctx.region, {**values, "Enabled": True}, now, now, now)
    windows[window.id] = window
    try:
        tags_model.put(ctx.account, ctx.region, "MaintenanceWindow", window.id, params.get("Tags"))
    except Exception:
        del windows[window.id]
        raise
    timetable.changed(window)
    return model.remember(ctx, "CreateMaintenanceWindow", params, {"WindowId": window.id})


def _exists(account: str, region: str, window_id: str) -> bool:
    return window_id in model.book(account, region).windows


tags_model.register("MaintenanceWindow", _exists)


@op("ssm", "UpdateMaintenanceWindow")
def update_maintenance_window(ctx: Context, params: dict) -> dict:
    """Without Replace what is not given stays; with Replace it becomes null, and what Create requires is required."""
    window = model.find(ctx, params["WindowId"])
    given = {name: params[name] for name in (*GIVEN, "Enabled") if name in params}
    if params.get("Replace"):
        missing = [name for name in REQUIRED if name not in given]
        if missing:
            raise invalid(f"{missing[0]} is required when Replace is true.")
        enabled = window.values["Enabled"] or SWITCHES["window_replace_enabled"] == "enable"
        values = {"Enabled": enabled, **given}
    else:
        values = {**window.values, **given}
    check(values)
    if any(values.get(name) != window.values.get(name) for name in CLOCKWORK):
        window.anchor = clock.now()
    window.values, window.modified = values, clock.now()
    timetable.changed(window)
    return {"WindowId": window.id, **shown_window(window, (*GIVEN, "Enabled"))}


@op("ssm", "GetMaintenanceWindow")
def get_maintenance_window(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    dates = {"CreatedDate": window.created, "ModifiedDate": window.modified}
    return {"WindowId": window.id, **shown_window(window, (*GIVEN, "Enabled")), **next_execution(window), **dates}


@op("ssm", "DescribeMaintenanceWindows")
def describe_maintenance_windows(ctx: Context, params: dict) -> dict:
    wanted = model.filters(params, ("Name", "Enabled"))
    enabled = {text.lower() for text in wanted.pop("Enabled", [])}
    if not enabled <= {"true", "false"}:
        raise invalid("The values of the filter Enabled are True and False.")
    found = [
        window
        for window in model.book(ctx.account, ctx.region).windows.values()
        if model.matches(window.values, wanted, {"Name": "Name"})
        and (not enabled or str(window.values["Enabled"]).lower() in enabled)
    ]
    shown, token = page(found, params, default=50, maximum=100)
    rows = [{"WindowId": window.id, **shown_window(window, IDENTITY), **next_execution(window)} for window in shown]
    return model.answer("WindowIdentities", rows, token)


@op("ssm", "DeleteMaintenanceWindow")
def delete_maintenance_window(ctx: Context, params: dict) -> dict:
    """With its targets and tasks; an unknown id is no error (the operation declares none)."""
    window = model.book(ctx.account, ctx.region).windows.pop(params["WindowId"], None)
    if window is not None:
        window.deleted = True
        tags_model.drop(ctx.account, ctx.region, "MaintenanceWindow", window.id)
        timetable.changed(window)
    return {"WindowId": params["WindowId"]}


BEFORE, AFTER = "ScheduledBefore", "ScheduledAfter"

define(
    "window_schedule_days",
    365,
    int,
    "how far DescribeMaintenanceWindowSchedule looks ahead without the filter ScheduledBefore; not documented",
)
assume(
    "windows.schedule_filters",
    "The filters are ScheduledBefore and ScheduledAfter with an ISO 8601 time, both exclusive; further pages show what "
    "the first page saw; without window and targets all windows of the Region are shown",
    "DescribeMaintenanceWindowSchedule: Filters",
)


def _moments(params: dict) -> dict[str, datetime]:
    found = {}
    for key, values in model.filters(params, (BEFORE, AFTER)).items():
        if len(values) != 1:
            raise invalid(f"The filter {key} takes one time.")
        try:
            found[key] = schedule.moment(values[0])
        except schedule.BadSchedule as problem:
            raise invalid(f"{problem}.") from None
    return found


def _windows(ctx: Context, params: dict) -> list[Window]:
    found = list(model.book(ctx.account, ctx.region).windows.values())
    if "WindowId" in params:
        found = [model.find(ctx, params["WindowId"])]
    return choosing.windows_of(found, params.get("Targets") or [])


def _times(window: Window, after: datetime, before: datetime) -> Iterator[tuple[datetime, str, Values]]:
    where = timetable.zone(window)
    for time in timetable.starts(window, after):
        if time >= before:
            return
        facts = {"WindowId": window.id, "Name": window.values["Name"]}
        yield time, window.id, {**facts, "ExecutionTime": schedule.written(time, where)}


def _scheduled(ctx: Context, params: dict) -> list[Values]:
    moments, now = _moments(params), clock.now()
    after = max(moments.get(AFTER, now), now)
    before = moments.get(BEFORE, after + timedelta(days=SWITCHES["window_schedule_days"]))
    rows = heapq.merge(*(_times(window, after, before) for window in _windows(ctx, params)), key=lambda row: row[:2])
    return [row[2] for row in rows]


@op("ssm", "DescribeMaintenanceWindowSchedule")
def describe_schedule(ctx: Context, params: dict) -> dict:
    # The whole plan is worked out once, for the first page.
    kept = state.store(ctx.account, ctx.region, "ssm.windows.schedule")
    key = json.dumps({name: value for name, value in params.items() if name != "NextToken"}, sort_keys=True)
    if not params.get("NextToken") or key not in kept:
        kept[key] = _scheduled(ctx, params)
    shown, token = page(kept[key], params, default=50, maximum=1000)
    return model.answer("ScheduledWindowExecutions", shown, token)


@op("ssm", "DescribeMaintenanceWindowsForTarget")
def describe_for_target(ctx: Context, params: dict) -> dict:
    if not params["Targets"]:
        raise invalid("At least one target must be specified.")
    found = _windows(ctx, params)
    shown, token = page(found, params, default=50, maximum=1000)
    rows = [{"WindowId": window.id, "Name": window.values["Name"]} for window in shown]
    return model.answer("WindowIdentities", rows, token)
