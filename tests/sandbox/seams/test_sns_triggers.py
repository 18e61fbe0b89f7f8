"""A topic's messages invoke a function, as SNS does it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.sandboxes.account_in_sandbox import RECORD, RECORD_AND_FAIL, Account


def subscribe(account: Account, topic_arn: str, function_arn: str, **attributes: str) -> str:
    answer = account.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="lambda", Endpoint=function_arn, Attributes=attributes
    )
    arn: str = answer["SubscriptionArn"]
    return arn


@pytest.fixture
def subscription_arn(account: Account, topic_arn: str) -> str:
    """A function that records the topic's messages is subscribed; the subscription's ARN."""
    function_arn = account.function(RECORD)
    account.allow("sns", topic_arn)
    return subscribe(account, topic_arn, function_arn)


def test_message_invokes_the_function_with_a_whole_record(
    account: Account, topic_arn: str, subscription_arn: str
) -> None:
    answer = account.client("sns").publish(
        TopicArn=topic_arn,
        Subject="Bounce",
        Message="戻ったメール",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "bounce"},
            "count": {"DataType": "Number", "StringValue": "1"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )

    (record,) = account.wait_for(1, account.records)
    assert record["EventSource"] == "aws:sns"
    assert record["EventSubscriptionArn"] == subscription_arn
    sns = record["Sns"]
    assert (sns["MessageId"], sns["TopicArn"]) == (answer["MessageId"], topic_arn)
    assert (sns["Subject"], sns["Message"]) == ("Bounce", "戻ったメール")
    assert sns["MessageAttributes"] == {
        "kind": {"Type": "String", "Value": "bounce"},
        "count": {"Type": "Number", "Value": "1"},
        "raw": {"Type": "Binary", "Value": "AAE="},
    }


def test_message_without_a_subject_has_a_subject_of_null(
    account: Account, topic_arn: str, subscription_arn: str
) -> None:
    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    (record,) = account.wait_for(1, account.records)
    assert record["Sns"]["Subject"] is None
    assert record["Sns"]["MessageAttributes"] == {}


@pytest.mark.parametrize(
    ("own", "received"), [("for functions", "for functions"), (["no text"], "for all")]
)
def test_message_can_have_a_text_of_its_own_for_functions(
    account: Account, topic_arn: str, subscription_arn: str, own: object, received: str
) -> None:
    texts = {"default": "for all", "lambda": own}
    account.client("sns").publish(
        TopicArn=topic_arn, Message=json.dumps(texts), MessageStructure="json"
    )

    (record,) = account.wait_for(1, account.records)
    assert record["Sns"]["Message"] == received


def test_message_is_dropped_where_sns_may_not_invoke_the_function(
    account: Account, topic_arn: str
) -> None:
    subscribe(account, topic_arn, account.function(RECORD))

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    account.wait_until_quiet()
    assert account.events() == []


def test_message_is_dropped_where_the_permission_is_for_another_topic(
    account: Account, topic_arn: str
) -> None:
    function_arn = account.function(RECORD)
    account.allow("sns", f"{topic_arn}-2")
    subscribe(account, topic_arn, function_arn)

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    account.wait_until_quiet()
    assert account.events() == []


def test_message_for_a_deleted_function_is_no_error_of_its_publisher(
    account: Account, topic_arn: str, subscription_arn: str
) -> None:
    account.client("lambda").delete_function(FunctionName="recorder")

    assert account.client("sns").publish(TopicArn=topic_arn, Message="Hello")["MessageId"]


def test_filter_policy_chooses_the_messages(account: Account, topic_arn: str) -> None:
    function_arn = account.function(RECORD)
    account.allow("sns", topic_arn)
    subscribe(account, topic_arn, function_arn, FilterPolicy=json.dumps({"kind": ["bounce"]}))

    for kind in ("delivery", "bounce"):
        attributes: dict[str, Any] = {"kind": {"DataType": "String", "StringValue": kind}}
        account.client("sns").publish(
            TopicArn=topic_arn, Message=kind, MessageAttributes=attributes
        )

    account.wait_for(1, account.events)
    account.wait_until_quiet()
    assert [record["Sns"]["Message"] for record in account.records()] == ["bounce"]


def test_message_is_tried_again_when_the_function_fails(account: Account, topic_arn: str) -> None:
    function_arn = account.function(RECORD_AND_FAIL)
    account.allow("sns", topic_arn)
    subscribe(account, topic_arn, function_arn)

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    account.wait_for(3, account.events)
    account.wait_until_quiet()
    assert len(account.events()) == 3
