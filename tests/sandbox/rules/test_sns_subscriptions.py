"""What SNS refuses of subscriptions, and what it shows of them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account, queue_arn, topic_arn

pytestmark = pytest.mark.usefixtures("subscription_arn")

TOPIC, ORDERED = topic_arn(), topic_arn("feedback.fifo")
STANDARD = "FIFO SQS Queues can not be subscribed to standard SNS topics"
VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def unread(said: str, column: int) -> str:
    return (
        f"failed to parse JSON. {said}\n at [Source: REDACTED "
        f"(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]"
    )


UNREAD = unread(
    "Unexpected character ('n' (code 110)): was expecting double-quote to start field name", 2
)
UNREAD_WORD = unread(f"Unrecognized token 'high': was expecting {VALUES}", 5)
UNREAD_VALUE = unread(f"Unexpected character (''' (code 39)): expected a valid value {VALUES}", 8)


@pytest.mark.parametrize(
    ("protocol", "endpoint", "words"),
    [
        ("carrier", "pigeon", "Amazon SNS does not support this protocol string: carrier"),
        ("sqs", "http://127.0.0.1/queue", "SQS endpoint ARN"),
        ("lambda", queue_arn(), "Lambda endpoint ARN"),
        ("email", "nobody", "Email address"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
        *(
            ("sqs", queue_arn(name), f"Invalid parameter: Endpoint Reason: {STANDARD}")
            for name in ("orders.fifo", "not-there.fifo")
        ),
    ],
)
def test_an_endpoint_that_the_protocol_does_not_reach_is_refused(
    account: Account, protocol: str, endpoint: str, words: str
) -> None:
    code, message = refusal(
        account.client("sns").subscribe, TopicArn=TOPIC, Protocol=protocol, Endpoint=endpoint
    )

    assert (code, message) == ("InvalidParameter", f"Invalid parameter: {words}")


def test_a_fifo_topic_reaches_queues_alone(account: Account) -> None:
    mail = {"TopicArn": ORDERED, "Protocol": "email", "Endpoint": "taro@example.com"}

    assert refusal(account.client("sns").subscribe, **mail) == (
        "InvalidParameter",
        "Invalid parameter: Invalid protocol type: email",
    )
    dead = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue_arn()})}
    queue = {"TopicArn": ORDERED, "Protocol": "sqs", "Endpoint": queue_arn("orders.fifo")}
    subscribe = account.client("sns").subscribe
    assert refusal(subscribe, **queue, Attributes=dead)[1] == (
        "Invalid parameter: Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a "
        "FIFO Subscription to a FIFO Topic."
    )
    assert subscribe(**queue | {"Endpoint": queue_arn()}, Attributes=dead)["SubscriptionArn"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Nonsense", "1", "AttributeName"),
        (
            "RawMessageDelivery",
            "maybe",
            "RawMessageDelivery: Invalid value [maybe]. Must be true or false.",
        ),
        (
            "FilterPolicyScope",
            "all",
            "FilterPolicyScope: Invalid value [all]. Please use either MessageBody or "
            "MessageAttributes",
        ),
        ("FilterPolicy", "{no JSON}", f"FilterPolicy: {UNREAD}"),
        ("FilterPolicy", "high-JSON", f"FilterPolicy: {UNREAD_WORD}"),
        ("FilterPolicy", "{\"a\": ['b']}", f"FilterPolicy: {UNREAD_VALUE}"),
        ("FilterPolicy", "[]", "FilterPolicy: failed to parse JSON."),
        ("FilterPolicy", '{"a":' * 500 + "[1]" + "}" * 500, "FilterPolicy: failed to parse JSON."),
        (
            "RedrivePolicy",
            json.dumps({"deadLetterTargetArn": queue_arn("orders.fifo")}),
            "RedrivePolicy: must use a standard queue as DLQ for a Subscription to this Topic.",
        ),
        ("RedrivePolicy", "{no JSON}", f"RedrivePolicy: {UNREAD}"),
        (
            "RedrivePolicy",
            json.dumps({"deadLetterTargetArn": "queue"}),
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
    ],
)
def test_an_attribute_of_a_subscription_is_refused_when_it_is_made_and_when_it_is_changed(
    account: Account, subscription_arn: str, name: str, value: str, words: str
) -> None:
    sns = account.client("sns")
    made = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": queue_arn("other")}
    changed = {"SubscriptionArn": subscription_arn, "AttributeName": name, "AttributeValue": value}

    _, when_made = refusal(sns.subscribe, Attributes={name: value}, **made)
    _, when_changed = refusal(sns.set_subscription_attributes, **changed)

    assert when_made == f"Invalid parameter: Attributes Reason: {words}"
    assert when_changed == f"Invalid parameter: {words}"


def test_what_is_not_there_is_not_found(account: Account, subscription_arn: str) -> None:
    sns, raw = account.client("sns"), {"AttributeName": "RawMessageDelivery"}

    assert refusal(sns.publish, TopicArn=f"{TOPIC}-2", Message="Hello") == (
        "NotFound",
        "Topic does not exist",
    )
    assert refusal(
        sns.set_subscription_attributes,
        SubscriptionArn=f"{subscription_arn}0",
        AttributeValue="true",
        **raw,
    ) == ("NotFound", "Subscription does not exist")


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("", "SubscriptionArn Reason: no value for required parameter"),
        ("no-arn", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        (f"{TOPIC}", "SubscriptionId"),
    ],
)
def test_what_is_no_subscription_is_not_ended(account: Account, arn: str, words: str) -> None:
    assert refusal(account.client("sns").unsubscribe, SubscriptionArn=arn) == (
        "InvalidParameter",
        f"Invalid parameter: {words}",
    )


def test_who_subscribes_once_more_gives_the_same_attributes_or_none(account: Account) -> None:
    sns, raw = account.client("sns"), {"RawMessageDelivery": "true"}
    ends = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": queue_arn("raw")}

    arns = {
        sns.subscribe(**ends, Attributes=attributes)["SubscriptionArn"]
        for attributes in (raw, raw, {}, {"FilterPolicyScope": "MessageAttributes"})
    }

    assert len(arns) == 1
    assert refusal(sns.subscribe, **ends, Attributes={"RawMessageDelivery": "false"}) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different "
        "attributes",
    )


def test_who_is_asked_has_not_confirmed_a_subscription(account: Account) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="asked")["TopicArn"]
    asked = {"TopicArn": topic, "Protocol": "email", "Endpoint": "taro@example.com"}

    assert sns.subscribe(**asked)["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]

    assert arn.startswith(f"{topic}:")
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == ("1", "0")
    words = [refusal(sns.confirm_subscription, TopicArn=topic, Token=t)[1] for t in ("x", "a" * 64)]
    assert words == ["Invalid token", "Invalid parameter: Token"]


@pytest.mark.parametrize(
    ("own", "of_topic", "retries", "kind"),
    [
        ({}, {}, 3, "text/plain; charset=UTF-8"),
        ({"requestPolicy": {"headerContentType": "text/csv"}}, {}, 3, "text/csv"),
        (
            {"healthyRetryPolicy": {"numRetries": 5}},
            {"defaultRequestPolicy": {"headerContentType": "text/html"}},
            5,
            "text/html",
        ),
        (
            {"healthyRetryPolicy": {"numRetries": 5}},
            {"disableSubscriptionOverrides": True},
            3,
            "text/plain; charset=UTF-8",
        ),
    ],
)
def test_a_web_hook_has_its_own_policy_and_what_its_topic_says_beside_it(
    account: Account, own: Any, of_topic: Any, retries: int, kind: str
) -> None:
    sns, policy = account.client("sns"), json.dumps({"http": of_topic})
    name = f"hooks-{uuid.uuid4()}"
    topic = sns.create_topic(Name=name, Attributes={"DeliveryPolicy": policy})["TopicArn"]
    given = {"Attributes": {"DeliveryPolicy": json.dumps(own)}} if own else {}
    ends = {"TopicArn": topic, "Protocol": "http", "Endpoint": "http://example.com"}
    arn = sns.subscribe(**ends, **given, ReturnSubscriptionArn=True)["SubscriptionArn"]

    found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    without = dict.fromkeys(
        ("healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy")
    )
    shown = json.loads(found.get("DeliveryPolicy", "null"))
    assert shown == ({**without, "guaranteed": False, **own} if own else None)
    effective = json.loads(found["EffectiveDeliveryPolicy"])
    assert effective.keys() == {*without, "guaranteed"}
    assert effective["healthyRetryPolicy"]["numRetries"] == retries
    assert effective["requestPolicy"] == {"headerContentType": kind}
