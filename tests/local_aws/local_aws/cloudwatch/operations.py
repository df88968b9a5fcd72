# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudWatch alarms: composite ones follow their children; metric ones are moto's and what SetAlarmState says.

Source: API PutCompositeAlarm, DescribeAlarms, DeleteAlarms, SetAlarmState; CloudWatch user guide "Composite alarms". A composite
alarm is an Alarm of moto, so whatever reads moto's alarms (maintenance windows, associations) sees its state.
"""

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from local_aws.cloudwatch import rules as alarm_rules
from local_aws.cloudwatch.model import COMPOSITE
from local_aws.cloudwatch.model import METRIC
from local_aws.cloudwatch.model import Composite
from local_aws.cloudwatch.model import known_alarms
from local_aws.cloudwatch.model import parents_of
from local_aws.cloudwatch.model import settle
from local_aws.cloudwatch.wire import brief
from local_aws.cloudwatch.wire import shown_alarm
from local_aws.framework import paging
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume

assume(
    "alarm-composite-refusals",
    "ValidationError: a rule that cannot be read or names alarms that do not exist; DeleteAlarms of an alarm that a composite alarm"
    " outside of the same request names, or of two composite alarms; DescribeAlarms with parameters that exclude each other.",
    "the API reference names the rules; code and texts are those that users of AWS quote in public issues",
)


@op("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(ctx: Context, params: dict) -> dict:
    """Makes an alarm or replaces its whole configuration; the state stays until it is evaluated again."""
    known, name = known_alarms(ctx), params["AlarmName"]
    former = known.get(name)
    if former is not None and not isinstance(former, Composite):
        raise AwsError("ValidationError", f"An alarm of another type with the name {name} exists")
    rule = alarm_rules.read(params["AlarmRule"])
    missing = [child for child in rule.names if child not in known and child != name]
    if missing:
        text = f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        raise AwsError("ValidationError", text)
    known[name] = Composite(ctx, params, rule, former)
    if former is None and params.get("Tags"):
        cloudwatch_backends[ctx.account][ctx.region].tagger.tag_resource(known[name].alarm_arn, params["Tags"])
    settle(ctx)
    return {}


@op("cloudwatch", "SetAlarmState")
def set_alarm_state(ctx: Context, params: dict) -> dict:
    backend = cloudwatch_backends[ctx.account][ctx.region]
    names = ("AlarmName", "StateReason", "StateReasonData", "StateValue")
    backend.set_alarm_state(*(params.get(name) for name in names))
    settle(ctx)
    return {}


@op("cloudwatch", "DescribeAlarms")
def describe_alarms(ctx: Context, params: dict) -> dict:
    """Without AlarmTypes only metric alarms."""
    related = next((one for one in ("ChildrenOfAlarmName", "ParentsOfAlarmName") if one in params), None)
    if related and set(params) - {related, "MaxRecords", "NextToken"}:
        raise AwsError("ValidationError", f"{related} cannot be combined with other parameters")
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix cannot be combined")
    found = (
        _relatives(ctx, params, related)
        if related
        else [one for one in known_alarms(ctx).values() if _fits(one, params)]
    )
    found.sort(key=lambda one: one.name)
    shown, token = paging.page(found, params, size="MaxRecords", default=50, maximum=100)
    view = brief if related else shown_alarm
    answer = {
        "MetricAlarms": [view(one) for one in shown if not isinstance(one, Composite)],
        "CompositeAlarms": [view(one) for one in shown if isinstance(one, Composite)],
    }
    return {**answer, "NextToken": token} if token else answer


def _relatives(ctx: Context, params: dict, related: str) -> list[Any]:
    alarm = known_alarms(ctx).get(params[related])
    if related == "ParentsOfAlarmName":
        return parents_of(ctx, params[related])
    names = alarm.parsed.names if isinstance(alarm, Composite) else []
    return [known_alarms(ctx)[name] for name in names if name in known_alarms(ctx)]


def _fits(alarm: Any, params: dict) -> bool:
    kind = COMPOSITE if isinstance(alarm, Composite) else METRIC
    actions = [*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions]
    return (
        kind in (params.get("AlarmTypes") or [METRIC])
        and alarm.name in (params.get("AlarmNames") or [alarm.name])
        and alarm.name.startswith(params.get("AlarmNamePrefix") or "")
        and alarm.state_value == (params.get("StateValue") or alarm.state_value)
        and ("ActionPrefix" not in params or any(one.startswith(params["ActionPrefix"]) for one in actions))
    )


@op("cloudwatch", "DeleteAlarms")
def delete_alarms(ctx: Context, params: dict) -> dict:
    """Names that do not exist are passed over."""
    known, names = known_alarms(ctx), params["AlarmNames"]
    if sum(isinstance(known.get(name), Composite) for name in names) > 1:
        raise AwsError("ValidationError", "A request can delete one composite alarm only")
    used = [name for name in names if any(one.name not in names or one.name == name for one in parents_of(ctx, name))]
    if used:
        them = "it" if len(used) == 1 else "them"
        raise AwsError(
            "ValidationError", f"Cannot delete {','.join(used)} as there are composite alarm(s) depending on {them}."
        )
    for name in names:
        known.pop(name, None)
    return {}
