"""An alarm's state is that of its metric, and no setting of the alarm."""

from __future__ import annotations

from support.sandboxes.account_in_sandbox import Account

ALARM = {
    "AlarmName": "errors",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 0.0,
}


def test_an_alarm_lacks_data_at_first_and_keeps_its_state_when_it_is_changed(
    account: Account,
) -> None:
    cloudwatch = account.client("cloudwatch")

    def state() -> tuple[str, str]:
        [found] = cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
        return found["StateValue"], found["StateReason"]

    cloudwatch.put_metric_alarm(**ALARM)
    assert state() == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")

    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="tried")
    cloudwatch.put_metric_alarm(**ALARM | {"Threshold": 5.0})
    assert state() == ("ALARM", "tried")
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["Threshold"] == 5.0
