# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When a maintenance window starts next, and the alarm clock that starts it."""

from collections.abc import Generator
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from local_aws.framework import clock
from local_aws.ssm.windows import schedule
from local_aws.ssm.windows.executions import engine
from local_aws.ssm.windows.model import Window


def zone(window: Window) -> ZoneInfo:
    """The time zone of its schedule."""
    return schedule.zone(window.values.get("ScheduleTimezone"))


def starts(window: Window, after: datetime) -> Iterator[datetime]:
    """Its starts later than `after`, in order; none while it is disabled or deleted."""
    values = window.values
    if window.deleted or not values["Enabled"]:
        return iter(())
    dates = {name: schedule.moment(values[name]) for name in ("StartDate", "EndDate") if name in values}
    plan = schedule.Plan(
        schedule.parse(values["Schedule"]),
        zone(window),
        values.get("ScheduleOffset", 0),
        dates.get("StartDate"),
        dates.get("EndDate"),
        window.anchor,
    )
    return plan.upcoming(after)


def next_start(window: Window) -> datetime | None:
    """The next time that the window will actually run, None when it will not."""
    return next(starts(window, clock.now()), None)


def changed(window: Window) -> None:
    """Set the alarm clock of a window anew: its schedule changed, or it is disabled or gone.

    The clock counts a coming start as background, like a heartbeat: jump=next goes to it, jump=idle does not wait for
    it (a window may recur for ever). What a started window does is foreground.
    """
    if window.timer is not None:
        window.timer.cancel()
        window.timer = None
    if next_start(window) is not None:
        window.timer = clock.spawn(_alarm(window), f"start of {window.id}", background=True)


def _alarm(window: Window) -> Generator[float, None, None]:
    last = clock.now()
    while (time := next(starts(window, last), None)) is not None:
        yield (time - clock.now()).total_seconds()
        engine.start(window, time)
        last = time  # the clock may wake us a microsecond early
