# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudWatch alarms: composite ones follow their children; metric ones are moto's and what SetAlarmState says.

Source: API PutCompositeAlarm, DescribeAlarms, DeleteAlarms, SetAlarmState; CloudWatch user guide "Composite alarms". A composite
alarm is an Alarm of moto, so whatever reads moto's alarms (maintenance windows, associations) sees its state.
"""

from typing import Any

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.models import cloudwatch_backends

from local_aws.cloudwatch import rules as alarm_rules
from local_aws.ec2.common import utc
from local_aws.framework import clock
from local_aws.framework import paging
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"

assume(
    "alarm-metric-states",
    "A metric alarm is OK when it is made and keeps the state that SetAlarmState gave it; metrics are not evaluated.",
    "moto; AWS starts with INSUFFICIENT_DATA, and a state that was set lasts until the next evaluation",
)
assume(
    "alarm-composite-refusals",
    "ValidationError: a rule that cannot be read or names alarms that do not exist; DeleteAlarms of an alarm that a composite alarm"
    " outside of the same request names, or of two composite alarms; DescribeAlarms with parameters that exclude each other.",
    "the API reference names the rules; code and texts are those that users of AWS quote in public issues",
)
assume(
    "alarm-composite-at-once",
    "A composite alarm has left INSUFFICIENT_DATA when PutCompositeAlarm answers, and follows its children at once.",
    "API PutCompositeAlarm: the alarm is then evaluated and its state is set; it gives no time",
)
assume(
    "alarm-composite-reason",
    "StateReason of a composite alarm names the ARN of the child that changed last, its state and the time.",
    "CloudWatch user guide shows an example only",
)


class Composite(Alarm):
    """A composite alarm. Its state is evaluated when it is read and a child has changed since."""

    def __init__(self, ctx: Context, params: dict, rule: alarm_rules.Rule, former: "Composite | None"):
        self.value, self.seen, self.busy = "INSUFFICIENT_DATA", None, False
        texts = dict.fromkeys(("namespace", "metric_name", "comparison_operator", "statistic", "unit"), "")
        numbers = dict.fromkeys(("evaluation_periods", "period", "threshold"), 0)
        nothing = ("metric_data_queries", "datapoints_to_alarm", "extended_statistic", "treat_missing_data")
        nothing += ("evaluate_low_sample_count_percentile", "threshold_metric_id")
        super().__init__(
            account_id=ctx.account, region_name=ctx.region, name=params["AlarmName"], rule=params["AlarmRule"], dimensions=[],
            description=params.get("AlarmDescription"), alarm_actions=params.get("AlarmActions") or [],
            ok_actions=params.get("OKActions"), insufficient_data_actions=params.get("InsufficientDataActions"),
            actions_enabled=params.get("ActionsEnabled", True), **texts, **numbers, **dict.fromkeys(nothing),
        )  # fmt: skip
        self.alarms, self.parsed, self.params = _known(ctx), rule, params
        self.value = former.value if former else "INSUFFICIENT_DATA"
        self.configuration_updated_timestamp = self.state_updated_timestamp = clock.now()
        self.transitioned = former.transitioned if former else clock.now()

    @property
    def state_value(self) -> str:
        if not self.busy and self.seen != (now := self._children()):
            self._evaluate(now)
        return self.value

    @state_value.setter
    def state_value(self, value: str) -> None:
        self.value = value

    def update_state(self, reason: str, reason_data: str, state_value: str) -> None:
        """What SetAlarmState says holds until a child changes, or the configuration."""
        self.seen = self._children()
        super().update_state(reason, reason_data, state_value)
        self.state_updated_timestamp = self.transitioned = clock.now()

    def _children(self) -> dict[str, str] | None:
        """States by name; what is last seen when this alarm is reached again by way of itself: evaluation of a cycle stops."""
        self.busy = True
        try:
            return {name: self.alarms[name].state_value for name in self.parsed.names if name in self.alarms}
        finally:
            self.busy = False

    def _evaluate(self, states: dict[str, str]) -> None:
        before, self.seen = self.seen, states
        value = "ALARM" if self.parsed.holds(states) else "OK"
        if value == self.value and before is not None:
            return
        changed = [name for name in states if before is not None and before.get(name) != states[name]]
        if changed:
            moment = clock.now().strftime("%A %d %B, %Y %H:%M:%S UTC")
            self.state_reason = (
                f"{self.alarms[changed[-1]].alarm_arn} transitioned to {states[changed[-1]]} at {moment}"
            )
        else:
            self.state_reason = f"{self.alarm_arn} was created and its alarm rule evaluates to {value}"
        self.transitioned = clock.now() if value != self.value else self.transitioned
        self.value, self.state_updated_timestamp = value, clock.now()


def _known(ctx: Context) -> dict[str, Any]:
    return cloudwatch_backends[ctx.account][ctx.region].alarms


def _parents(ctx: Context, name: str) -> list[Any]:
    return [one for one in _known(ctx).values() if isinstance(one, Composite) and name in one.parsed.names]


@op("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(ctx: Context, params: dict) -> dict:
    """Makes an alarm or replaces its whole configuration; the state stays until it is evaluated again."""
    known, name = _known(ctx), params["AlarmName"]
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
    _settle(ctx)
    return {}


@op("cloudwatch", "SetAlarmState")
def set_alarm_state(ctx: Context, params: dict) -> dict:
    backend = cloudwatch_backends[ctx.account][ctx.region]
    names = ("AlarmName", "StateReason", "StateReasonData", "StateValue")
    backend.set_alarm_state(*(params.get(name) for name in names))
    _settle(ctx)
    return {}


def _settle(ctx: Context) -> None:
    """Composite alarms are evaluated when they are read; reading them now gives their states the right times."""
    for alarm in _known(ctx).values():
        _ = alarm.state_value


@op("cloudwatch", "DescribeAlarms")
def describe_alarms(ctx: Context, params: dict) -> dict:
    """Without AlarmTypes only metric alarms."""
    related = next((one for one in ("ChildrenOfAlarmName", "ParentsOfAlarmName") if one in params), None)
    if related and set(params) - {related, "MaxRecords", "NextToken"}:
        raise AwsError("ValidationError", f"{related} cannot be combined with other parameters")
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise AwsError("ValidationError", "AlarmNames and AlarmNamePrefix cannot be combined")
    found = _relatives(ctx, params, related) if related else [one for one in _known(ctx).values() if _fits(one, params)]
    found.sort(key=lambda one: one.name)
    shown, token = paging.page(found, params, size="MaxRecords", default=50, maximum=100)
    view = _brief if related else _shown
    answer = {
        "MetricAlarms": [view(one) for one in shown if not isinstance(one, Composite)],
        "CompositeAlarms": [view(one) for one in shown if isinstance(one, Composite)],
    }
    return {**answer, "NextToken": token} if token else answer


def _relatives(ctx: Context, params: dict, related: str) -> list[Any]:
    alarm = _known(ctx).get(params[related])
    if related == "ParentsOfAlarmName":
        return _parents(ctx, params[related])
    names = alarm.parsed.names if isinstance(alarm, Composite) else []
    return [_known(ctx)[name] for name in names if name in _known(ctx)]


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


def _brief(alarm: Any) -> dict:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "StateValue": alarm.state_value,
        "StateUpdatedTimestamp": utc(alarm.state_updated_timestamp),
    }


def _shown(alarm: Any) -> dict:
    """API shapes CompositeAlarm and MetricAlarm."""
    facts = {
        **_brief(alarm),
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": utc(alarm.configuration_updated_timestamp),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data,
    }
    facts |= _composite(alarm) if isinstance(alarm, Composite) else _metric(alarm)
    return {key: value for key, value in facts.items() if value is not None}


def _composite(alarm: Composite) -> dict:
    kept = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
    return {
        "AlarmRule": alarm.rule,
        "StateTransitionedTimestamp": alarm.transitioned,
        **{key: alarm.params.get(key) for key in kept},
    }


def _metric(alarm: Any) -> dict:
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "Statistic": alarm.statistic,
        "ExtendedStatistic": alarm.extended_statistic,
        "Dimensions": [{"Name": one.name, "Value": one.value} for one in alarm.dimensions],
        "Period": alarm.period,
        "Unit": alarm.unit,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
        "ThresholdMetricId": alarm.threshold_metric_id,
        "Metrics": [_query(one) for one in alarm.metric_data_queries] or None,
    }


def _query(query: Any) -> dict:
    stat = query.metric_stat
    facts = {
        "Id": query.id,
        "Label": query.label,
        "Period": query.period,
        "ReturnData": query.return_data,
        "Expression": query.expression,
        "MetricStat": stat and {
            "Metric": {
                "Namespace": stat.metric.namespace,
                "MetricName": stat.metric.metric_name,
                "Dimensions": [{"Name": one.name, "Value": one.value} for one in stat.metric.dimensions],
            },
            "Period": stat.period,
            "Stat": stat.stat,
            **({"Unit": stat.unit} if stat.unit else {}),
        },
    }  # fmt: skip
    return {key: value for key, value in facts.items() if value is not None}


@op("cloudwatch", "DeleteAlarms")
def delete_alarms(ctx: Context, params: dict) -> dict:
    """Names that do not exist are passed over."""
    known, names = _known(ctx), params["AlarmNames"]
    if sum(isinstance(known.get(name), Composite) for name in names) > 1:
        raise AwsError("ValidationError", "A request can delete one composite alarm only")
    used = [name for name in names if any(one.name not in names or one.name == name for one in _parents(ctx, name))]
    if used:
        them = "it" if len(used) == 1 else "them"
        raise AwsError(
            "ValidationError", f"Cannot delete {','.join(used)} as there are composite alarm(s) depending on {them}."
        )
    for name in names:
        known.pop(name, None)
    return {}
