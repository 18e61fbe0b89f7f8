"""What queues and topics get of a rule on a schedule, and what a target gets of its event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.sandbox.event_sources.inputs import input_for
from mailfanout.sandbox.json_objects import compact
from support.sandboxes.account_in_sandbox import Account

RULE = "sweep"
ARN = "arn:aws:{}:us-east-1:123456789012:{}"


def policy(service: str, action: str, resource: str) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    said = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Statement": said})


def queue(account: Account, name: str, service: str = "events", **attributes: str) -> str:
    """A queue that lets the service send; its URL."""
    lets = policy(service, "sqs:SendMessage", ARN.format("sqs", name))
    created = account.client("sqs").create_queue(
        QueueName=name, Attributes={"Policy": lets, **attributes}
    )
    url: str = created["QueueUrl"]
    return url


def received(account: Account, url: str, wait_seconds: int = 5) -> set[str]:
    answer = account.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=wait_seconds)
    return {one["Body"] for one in answer.get("Messages", [])}


def schedule(account: Account, *targets: dict[str, Any]) -> None:
    events = account.client("events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(1 minute)")
    numbered = [{"Id": str(number), **one} for number, one in enumerate(targets)]
    events.put_targets(Rule=RULE, Targets=numbered)


def test_queues_hear_of_a_rule_that_they_let_send(account: Account) -> None:
    plain, other = queue(account, "plain"), queue(account, "other", service="sns")
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    orders = queue(account, "orders.fifo", **fifo)
    group = {"SqsParameters": {"MessageGroupId": "g"}}

    schedule(
        account,
        {"Arn": ARN.format("sqs", "plain"), "InputPath": "$.source"},
        {"Arn": ARN.format("sqs", "other")},
        {"Arn": ARN.format("sqs", "orders.fifo"), **group},
    )

    assert received(account, plain) == {'"aws.events"'}
    assert json.loads(received(account, orders).pop())["detail-type"] == "Scheduled Event"
    assert received(account, other, wait_seconds=0) == set()


@pytest.mark.parametrize("is_let", [True, False])
def test_topics_hear_of_a_rule_that_they_let_publish(account: Account, is_let: bool) -> None:
    sns, told = account.client("sns"), queue(account, "told", service="sns")
    topic_arn = sns.create_topic(Name="news")["TopicArn"]
    if is_let:
        lets = policy("events", "SNS:Publish", topic_arn)
        sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=lets)
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=ARN.format("sqs", "told"), Attributes=raw
    )

    schedule(account, {"Arn": topic_arn, "Input": "{}"})

    assert received(account, told, wait_seconds=5 if is_let else 2) == ({"{}"} if is_let else set())


EVENT: dict[str, Any] = {
    "detail-type": "swept",
    "time": "2026-01-02T03:04:05Z",
    "source": "aws.events",
    "resources": ["rule"],
    "detail": {"a": {"b-c": 7}, "d": 'say "hi"'},
}
OUTSIDE = (
    '{"detailType":"swept","time":"2026-01-02T03:04:05Z","source":"aws.events",'
    '"resources":["rule"]}'
)
PATHS = {"n": "$.detail.a.b-c", "s": "$.detail.d", "a": "$.detail.a", "none": "$.detail.x"}


def transformed(template: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": template}}


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({}, compact(EVENT)),
        ({"Input": "[1]"}, "[1]"),
        ({"InputPath": "$.detail.a"}, '{"b-c":7}'),
        ({"InputPath": "$.resources[0]"}, '"rule"'),
        ({"InputPath": "$.detail['a']['b-c']"}, "7"),
        (transformed('"<n> of <none>: <s>"'), r'"7 of : say \"hi\""'),
        (transformed('{"n": <n>, "s": <s>}'), r'{"n": 7, "s": "say \"hi\""}'),
        (transformed('{"n": <none>}'), '{"n": ""}'),
        (transformed("<aws.events.event>"), OUTSIDE),
        (transformed('{"a": "<a>"}'), r'{"a": "{\"b-c\":7}"}'),
        (transformed("<aws.events.rule-name> <nope>"), '"sweep" <nope>'),
    ],
)
def test_target_gets_what_it_asks_for_of_the_event(target: dict[str, Any], text: str) -> None:
    assert input_for(target, EVENT, rule_name=RULE, rule_arn="arn") == text
