"""What a stack has beside the pipeline, for those who run it: kept logs, alarms, whom to tell."""

from __future__ import annotations

from collections.abc import Iterator

from mailfanout.provision import Part
from mailfanout.stack import Stack, State
from mailfanout.template.references import Reference, given
from mailfanout.template.resources import Resources, as_list, logical_id, resource

LOG_RETENTION_DAYS = 30
# A message that waits so long says that nobody handles it, or that SES's sending rate is too low.
OLDEST_MESSAGE_SECONDS = 900
# At which SES puts an account under review.
# https://docs.aws.amazon.com/ses/latest/dg/reputation-dashboard-dg.html
HIGHEST_BOUNCE_RATE = 0.05
HIGHEST_COMPLAINT_RATE = 0.001
NOTICES_EMAIL = "NotificationAddress"


def log_group(part: Part, stack: Stack) -> Resources:
    """A function's log group, which Lambda else creates, and keeps for ever."""
    properties = {
        "LogGroupName": stack.log_group_name(part.name(stack)),
        "RetentionInDays": LOG_RETENTION_DAYS,
        "Tags": as_list(stack.tags),
    }
    own_id = f"{logical_id(part.key)}Log"
    return {
        own_id: resource("AWS::Logs::LogGroup", properties),
        logical_id(part.key): {"DependsOn": [own_id]},
    }


def alarms(part: Part, stack: Stack) -> Iterator[State]:
    """The alarms on a part, as CloudWatch's PutMetricAlarm takes them."""
    name, own_id = part.name(stack), logical_id(part.key)
    queue = {"QueueName": Reference("GetAtt", f"{own_id}.QueueName")}
    if part.kind == "SQS queue":
        yield _alarm(
            f"{name}-age",
            f"A message in {name} waits for {OLDEST_MESSAGE_SECONDS // 60} minutes.",
            metric=("AWS/SQS", "ApproximateAgeOfOldestMessage", queue),
            threshold=OLDEST_MESSAGE_SECONDS,
        )
    if part.kind == "Dead-letter queue":
        yield _alarm(
            f"{name}-letters",
            f"Queue {name} holds what was given up.",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue),
            threshold=1,
        )
    if part.kind == "Lambda function":
        yield _alarm(
            f"{name}-errors",
            f"Function {name} failed.",
            metric=("AWS/Lambda", "Errors", {"FunctionName": Reference("Ref", own_id)}),
            threshold=1,
        ) | {"Statistic": "Sum"}
    if part.kind == "SES identity":
        yield from _reputation_alarms(stack)


def _reputation_alarms(stack: Stack) -> Iterator[State]:
    """They look at the whole account, as SES does."""
    for word, metric, rate in (
        ("bounces", "Reputation.BounceRate", HIGHEST_BOUNCE_RATE),
        ("complaints", "Reputation.ComplaintRate", HIGHEST_COMPLAINT_RATE),
    ):
        yield _alarm(
            f"{stack.notices_name}-{word}",
            f"SES counts {rate * 100:g} % {word} or more in this account and Region.",
            metric=("AWS/SES", metric, {}),
            threshold=rate,
        ) | {"Period": 3600}


def _alarm(
    name: str,
    description: str,
    *,
    metric: tuple[str, str, dict[str, Reference]],
    threshold: float,
) -> State:
    namespace, metric_name, dimensions = metric
    return {
        "AlarmName": name,
        "AlarmDescription": description,
        "Namespace": namespace,
        "MetricName": metric_name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        # Without messages, calls or mails there is no data.
        "TreatMissingData": "notBreaching",
    }


def alarm_resources(part: Part, stack: Stack) -> Resources:
    """The alarms on a part, each of which tells the topic of notices."""
    own = [*alarms(part, stack)]
    more = {"AlarmActions": [stack.notices_arn], "Tags": as_list(stack.tags)}
    return {
        _alarm_id(part, one["AlarmName"]): resource("AWS::CloudWatch::Alarm", {**one, **more})
        for one in own
    }


def _alarm_id(part: Part, alarm_name: str) -> str:
    return f"{logical_id(part.key)}{alarm_name.rpartition('-')[2].capitalize()}Alarm"


def notices_subscription(stack: Stack) -> Resources:
    """The address that gets what is published to the topic of notices, if one is given."""
    properties = {
        "TopicArn": stack.notices_arn,
        "Protocol": "email",
        "Endpoint": f"${{{NOTICES_EMAIL}}}",
    }
    return {
        "NoticesEmail": resource(
            "AWS::SNS::Subscription", properties, Condition=given(NOTICES_EMAIL)
        )
    }
