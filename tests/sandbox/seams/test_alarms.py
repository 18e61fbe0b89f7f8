"""An alarm's state is that of its metric, and no setting of the alarm; topics hear of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account, queue_arn

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
LET_ALL = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": queue_arn("heard"),
    },
}
# What a topic is told of this alarm, beside the moments and the topic itself.
TOLD: dict[str, Any] = {
    "AlarmName": "errors",
    "AlarmDescription": None,
    "AWSAccountId": ACCOUNT_ID,
    "NewStateValue": "ALARM",
    "NewStateReason": "tried",
    "Region": "US East (N. Virginia)",
    "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT_ID}:alarm:errors",
    "OldStateValue": "INSUFFICIENT_DATA",
    "OKActions": [],
    "InsufficientDataActions": [],
    "Trigger": {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "sender", "name": "FunctionName"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "TreatMissingData": "",
        "EvaluateLowSampleCountPercentile": "",
    },
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


def test_an_alarm_tells_no_more_of_its_state_than_there_is(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    [new] = cloudwatch.describe_alarms()["MetricAlarms"]
    assert not {"Metrics", "StateReasonData"} & new.keys()
    assert new["StateTransitionedTimestamp"] == new["StateUpdatedTimestamp"]

    for value in ("ALARM", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue=value, StateReason="tried")
    [found] = cloudwatch.describe_alarms()["MetricAlarms"]
    assert new["StateUpdatedTimestamp"] < found["StateTransitionedTimestamp"]
    assert found["StateTransitionedTimestamp"] < found["StateUpdatedTimestamp"]


@pytest.fixture
def notices(account: Account) -> tuple[str, Any]:
    """A topic that lets its owner publish, and what comes to it, once: subjects and messages."""
    sns = account.client("sns")
    topic_arn: str = sns.create_topic(Name="notices")["TopicArn"]
    account.queue("heard", Policy=json.dumps(LET_ALL))
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn("heard"))

    def heard() -> list[Any]:
        sqs = account.client("sqs")
        url = sqs.get_queue_url(QueueName="heard")["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [json.loads(one["Body"]) for one in found]
        return [(one["Subject"], json.loads(one["Message"])) for one in bodies]

    return topic_arn, heard


def test_topics_of_an_alarm_hear_of_its_new_state(
    account: Account, notices: tuple[str, Any]
) -> None:
    topic_arn, heard = notices
    cloudwatch = account.client("cloudwatch")
    dimensions = [{"Name": "FunctionName", "Value": "sender"}]
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic_arn], Dimensions=dimensions)
    for value in ("ALARM", "ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue=value, StateReason="tried")

    [(subject, told)] = heard()
    assert subject == 'ALARM: "errors" in US East (N. Virginia)'
    names = ("AlarmConfigurationUpdatedTimestamp", "StateChangeTime")
    moments = [told.pop(name) for name in names]
    assert all(re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}\+0000", one) for one in moments)
    assert told == {**TOLD, "AlarmActions": [topic_arn]}


def test_topics_hear_of_the_states_that_name_them(
    account: Account, notices: tuple[str, Any]
) -> None:
    topic_arn, heard = notices
    cloudwatch = account.client("cloudwatch")
    actions = {"OKActions": [topic_arn], "InsufficientDataActions": [topic_arn]}
    cloudwatch.put_metric_alarm(**ALARM | {"AlarmName": "e" * 255}, **actions)
    for value in ("ALARM", "OK", "INSUFFICIENT_DATA"):
        cloudwatch.set_alarm_state(AlarmName="e" * 255, StateValue=value, StateReason="tried")
    subjects = {subject for subject, _ in heard()}
    assert {one.partition(":")[0] for one in subjects} == {"OK", "INSUFFICIENT_DATA"}
    assert {(len(one), "e..." in one) for one in subjects} == {(100, True)}


def test_topics_hear_nothing_without_a_policy_or_while_actions_are_disabled(
    account: Account, notices: tuple[str, Any]
) -> None:
    topic_arn, heard = notices
    cloudwatch, sns = account.client("cloudwatch"), account.client("sns")
    missing = f"{topic_arn}-not-there"
    cloudwatch.put_metric_alarm(**ALARM, OKActions=[missing, topic_arn])

    def number_heard() -> int:
        for value in ("ALARM", "OK"):
            cloudwatch.set_alarm_state(AlarmName="errors", StateValue=value, StateReason="tried")
        return len(heard())

    assert number_heard() == 1
    cloudwatch.disable_alarm_actions(AlarmNames=["errors"])
    assert number_heard() == 0
    cloudwatch.enable_alarm_actions(AlarmNames=["errors"])

    for service, number in (("s3.amazonaws.com", 0), ("cloudwatch.amazonaws.com", 1)):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sns:Publish",
            "Resource": topic_arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy)
        assert number_heard() == number
