# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change calendars: documents of type ChangeCalendar, and GetCalendarState.

Source: API GetCalendarState; user guide "AWS Systems Manager Change Calendar", "Getting the state of a change calendar";
the form of the content: CloudFormation AWS::SSM::Document, "Create a Systems Manager Change Calendar document".
"""

from datetime import UTC
from datetime import datetime

from local_aws.framework import clock
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.calendars.model import as_utc
from local_aws.ssm.calendars.model import find
from local_aws.ssm.calendars.model import next_transition
from local_aws.ssm.calendars.model import state_of

assume("calendar.time", "an AtTime that is no ISO 8601 time is a ValidationException; without a zone UTC", "AtTime")


def _moment(text: str | None) -> datetime:
    if not text:
        return clock.now()
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError:
        raise AwsError("ValidationException", f"AtTime {text} is not an ISO 8601 time.") from None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@op("ssm", "GetCalendarState")
def get_calendar_state(ctx: Context, params: dict) -> dict:
    if not params["CalendarNames"]:
        raise AwsError("ValidationException", "CalendarNames must name at least one calendar.")
    moment = _moment(params.get("AtTime"))
    calendars = [find(ctx.account, ctx.region, name) for name in params["CalendarNames"]]
    answer = {"State": state_of(calendars, moment), "AtTime": _text(moment)}
    following = next_transition(calendars, moment)
    if following is not None:
        answer["NextTransitionTime"] = _text(following)
    return answer
