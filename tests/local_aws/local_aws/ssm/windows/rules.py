# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a maintenance window may be."""

from local_aws.framework.switches import assume
from local_aws.ssm.windows import schedule
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import invalid

REQUIRED = ("Name", "Schedule", "Duration", "Cutoff", "AllowUnassociatedTargets")
assume("windows.dates", "an EndDate not after StartDate is refused; one in the past is accepted", "EndDate")
assume("windows.date_zone", "StartDate and EndDate without an offset are UTC", "schedule-options page")
assume("windows.offset_rate", "ScheduleOffset with rate() or at(): ValidationException", "ScheduleOffset: cron only")


def check(values: Values) -> None:
    """Rules across members. Raises ValidationException."""
    if values["Cutoff"] >= values["Duration"]:
        raise invalid("Cutoff must be less than Duration.")
    try:
        parsed = schedule.parse(values["Schedule"])
    except schedule.BadSchedule as problem:
        raise invalid(f"Invalid schedule {values['Schedule']}: {problem}.") from None
    if "ScheduleOffset" in values and not isinstance(parsed, schedule.Cron):
        raise invalid("Schedule offset is supported for cron expressions only.")
    try:
        schedule.zone(values.get("ScheduleTimezone"))
        dates = {name: schedule.moment(values[name]) for name in ("StartDate", "EndDate") if name in values}
    except schedule.BadSchedule as problem:
        raise invalid(f"{problem}.") from None
    if len(dates) == 2 and dates["EndDate"] <= dates["StartDate"]:
        raise invalid("EndDate must be after StartDate.")
