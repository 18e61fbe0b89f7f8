"""What an alarm tells topics when its state changes, if these let CloudWatch publish.

Other actions than topics hear nothing. See
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.loaders import create_loader
from moto.cloudwatch.models import Alarm
from moto.sns.models import sns_backends

from mailfanout.sandbox.access import service_may
from mailfanout.sandbox.json_objects import Json, compact

_CLOUDWATCH = "cloudwatch.amazonaws.com"
_LONGEST_SUBJECT = 100
_STATISTICS = {"SampleCount": "SAMPLE_COUNT"}


def tell(alarm: Alarm, old_state: str) -> None:
    """Publish the state that an alarm has now to the topics that it names for this state."""
    actions = {
        "ALARM": alarm.alarm_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
        "OK": alarm.ok_actions,
    }
    subject, text = _subject(alarm), compact(_notification(alarm, old_state))
    for arn in actions[alarm.state_value]:
        _, _, service, region, account_id, name = arn.split(":", 5)
        if service == "sns" and not name.endswith(".fifo"):
            if service_may("SNS:Publish", arn, service=_CLOUDWATCH, source_arn=alarm.alarm_arn):
                sns_backends[account_id][region].publish(text, arn, subject=subject)


def _subject(alarm: Alarm) -> str:
    start, end = f'{alarm.state_value}: "', f'" in {_region(alarm)}'
    room = _LONGEST_SUBJECT - len(start) - len(end)
    name = alarm.name if len(alarm.name) <= room else f"{alarm.name[: room - 3]}..."
    return f"{start}{name}{end}"


def _notification(alarm: Alarm, old_state: str) -> Json:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.alarm_arn.split(":")[4],
        "AlarmConfigurationUpdatedTimestamp": _time(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _time(alarm.state_updated_timestamp),
        "Region": _region(alarm),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old_state,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": _trigger(alarm),
    }


def _trigger(alarm: Alarm) -> Json:
    statistic = {
        "StatisticType": "Statistic",
        "Statistic": _STATISTICS.get(alarm.statistic, str(alarm.statistic).upper()),
    }
    extended = {
        "StatisticType": "ExtendedStatistic",
        "ExtendedStatistic": alarm.extended_statistic,
    }
    datapoints = {"DatapointsToAlarm": alarm.datapoints_to_alarm}
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        **(extended if alarm.extended_statistic else statistic),
        "Unit": alarm.unit,
        "Dimensions": [{"value": one.value, "name": one.name} for one in alarm.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        **(datapoints if alarm.datapoints_to_alarm else {}),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }


def _time(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')[:23]}+0000"


def _region(alarm: Alarm) -> str:
    """Its name in words."""
    partitions: list[Any] = create_loader().load_data("partitions")["partitions"]
    names = {name: found for one in partitions for name, found in one["regions"].items()}
    words: str = names[alarm.region_name]["description"]
    return words
