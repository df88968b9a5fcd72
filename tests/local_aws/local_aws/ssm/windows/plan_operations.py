# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is planned: DescribeMaintenanceWindowSchedule and DescribeMaintenanceWindowsForTarget."""

import heapq
import json
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta

from local_aws import clock
from local_aws import state
from local_aws.paging import page
from local_aws.registry import Context
from local_aws.registry import op
from local_aws.ssm.windows import choosing
from local_aws.ssm.windows import model
from local_aws.ssm.windows import schedule
from local_aws.ssm.windows import timetable
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window
from local_aws.ssm.windows.model import invalid
from local_aws.switches import SWITCHES
from local_aws.switches import assume
from local_aws.switches import define

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
