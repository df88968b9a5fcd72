# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Maintenance windows as the API shows them."""

from datetime import datetime

from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.windows import schedule
from local_aws.ssm.windows import timetable
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window

GIVEN = (
    "Name",
    "Description",
    "StartDate",
    "EndDate",
    "Schedule",
    "ScheduleTimezone",
    "ScheduleOffset",
    "Duration",
    "Cutoff",
    "AllowUnassociatedTargets",
)
IDENTITY = tuple(name for name in GIVEN if name != "AllowUnassociatedTargets") + ("Enabled",)

define(
    "window_date_echo",
    "given",
    ["given", "utc"],
    "StartDate and EndDate are read back as they were written, or as the same instant in UTC",
)
assume("windows.read_back", "members that were not given are not in the answers", "GetMaintenanceWindow")


def shown_window(window: Window, names: tuple[str, ...]) -> Values:
    found = {name: window.values[name] for name in names if name in window.values}
    if SWITCHES["window_date_echo"] == "utc":
        for name in ("StartDate", "EndDate"):
            if name in found:
                found[name] = schedule.moment(found[name]).strftime("%Y-%m-%dT%H:%M:%SZ")
    return found


def next_execution(window: Window) -> Values:
    time: datetime | None = timetable.next_start(window)
    return {} if time is None else {"NextExecutionTime": schedule.written(time, timetable.zone(window))}
