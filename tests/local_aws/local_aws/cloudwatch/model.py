# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms as they are kept: composite ones follow their children, metric ones are those of moto."""

from typing import Any

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.models import cloudwatch_backends

from local_aws.cloudwatch import rules as alarm_rules
from local_aws.framework import clock
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"

assume(
    "alarm-metric-states",
    "A metric alarm is OK when it is made and keeps the state that SetAlarmState gave it; metrics are not evaluated.",
    "moto; AWS starts with INSUFFICIENT_DATA, and a state that was set lasts until the next evaluation",
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
        self.alarms, self.parsed, self.params = known_alarms(ctx), rule, params
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


def known_alarms(ctx: Context) -> dict[str, Any]:
    return cloudwatch_backends[ctx.account][ctx.region].alarms


def parents_of(ctx: Context, name: str) -> list[Any]:
    return [one for one in known_alarms(ctx).values() if isinstance(one, Composite) and name in one.parsed.names]


def settle(ctx: Context) -> None:
    """Composite alarms are evaluated when they are read; reading them now gives their states the right times."""
    for alarm in known_alarms(ctx).values():
        _ = alarm.state_value
