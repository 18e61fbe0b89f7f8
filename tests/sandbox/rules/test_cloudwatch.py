"""What CloudWatch refuses of alarms."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

ALARM = {
    "AlarmName": "waiting",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "ApproximateAgeOfOldestMessage",
    "Namespace": "AWS/SQS",
    "Period": 60,
    "Statistic": "Maximum",
    "Threshold": 900.0,
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Period": 61}, "multiple of 60"),
        ({"Period": None}, "Period must be specified"),
        ({"DatapointsToAlarm": 2}, "less than or equal to EvaluationPeriods"),
        ({"EvaluationPeriods": 1441}, "must be <= 86400"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "must be <= 604800"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"OKActions": ["arn:aws:sns"]}, "Invalid arn syntax: arn:aws:sns"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic and ExtendedStatistic"),
    ],
)
def test_an_alarm_that_cloudwatch_does_not_take_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    alarm = {key: one for key, one in (ALARM | changes).items() if one is not None}

    code, message = refusal(account.client("cloudwatch").put_metric_alarm, **alarm)

    assert code == "ValidationError"
    assert words in message


@pytest.mark.parametrize(
    "changes",
    [{"Period": 20}, {"EvaluationPeriods": 1440}, {"Period": 3600, "EvaluationPeriods": 168}],
)
def test_an_alarm_at_the_limits_is_taken(account: Account, changes: dict[str, Any]) -> None:
    account.client("cloudwatch").put_metric_alarm(**ALARM | changes)
