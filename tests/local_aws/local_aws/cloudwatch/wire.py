# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Alarms as the API shows them."""

from typing import Any

from local_aws.cloudwatch.model import Composite
from local_aws.ec2.common import utc


def brief(alarm: Any) -> dict:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "StateValue": alarm.state_value,
        "StateUpdatedTimestamp": utc(alarm.state_updated_timestamp),
    }


def shown_alarm(alarm: Any) -> dict:
    """API shapes CompositeAlarm and MetricAlarm."""
    facts = {
        **brief(alarm),
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
