"""A topic's messages reach a queue that lets them, as SNS sends them."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account, queue_arn

ATTRIBUTES = {
    "kind": {"DataType": "String", "StringValue": "bounce"},
    "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
}


def queue_for(account: Account, source_arn: str, **statement: Any) -> str:
    """A queue that lets SNS send for a topic; its URL."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(),
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [allowed | statement]}
    return account.queue(Policy=json.dumps(policy))


def subscribe(account: Account, topic_arn: str, **attributes: str) -> str:
    answer = account.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn(), Attributes=attributes
    )
    arn: str = answer["SubscriptionArn"]
    return arn


def test_raw_message_arrives_as_it_was_published(account: Account, topic_arn: str) -> None:
    url = queue_for(account, topic_arn)
    subscribe(account, topic_arn, RawMessageDelivery="true")

    account.client("sns").publish(
        TopicArn=topic_arn, Subject="Bounce", Message="戻ったメール", MessageAttributes=ATTRIBUTES
    )

    message = account.receive(url)
    assert message["Body"] == "戻ったメール"
    assert message["MessageAttributes"] == ATTRIBUTES


def test_raw_message_with_more_attributes_than_a_queue_takes_is_dropped(
    account: Account, topic_arn: str
) -> None:
    url = queue_for(account, topic_arn)
    subscribe(account, topic_arn, RawMessageDelivery="true")
    publish, text = account.client("sns").publish, {"DataType": "String", "StringValue": "a"}

    for body, count in (("too many", 11), ("enough", 10)):
        attributes = {f"a{number}": text for number in range(count)}
        publish(TopicArn=topic_arn, Message=body, MessageAttributes=attributes)

    assert account.receive(url)["Body"] == "enough"


@pytest.mark.parametrize("raw", [{}, {"RawMessageDelivery": "false"}])
def test_message_comes_wrapped_unless_it_is_to_be_raw(
    account: Account, topic_arn: str, raw: dict[str, str]
) -> None:
    url = queue_for(account, topic_arn)
    subscription_arn = subscribe(account, topic_arn, **raw)

    answer = account.client("sns").publish(
        TopicArn=topic_arn, Subject="Bounce", Message="Hello", MessageAttributes=ATTRIBUTES
    )

    message = account.receive(url)
    wrapped = json.loads(message["Body"])
    assert "MessageAttributes" not in message
    assert wrapped.pop("Timestamp")[-1] == "Z"
    assert subscription_arn in wrapped.pop("UnsubscribeURL")
    assert wrapped.pop("SigningCertURL").startswith("https://sns.us-east-1.amazonaws.com/")
    assert wrapped == {
        "Type": "Notification",
        "MessageId": answer["MessageId"],
        "TopicArn": topic_arn,
        "Subject": "Bounce",
        "Message": "Hello",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "MessageAttributes": {
            "kind": {"Type": "String", "Value": "bounce"},
            "raw": {"Type": "Binary", "Value": "AAE="},
        },
    }


def test_subscription_says_whose_it_is(account: Account, topic_arn: str) -> None:
    subscription_arn = subscribe(account, topic_arn)

    get = account.client("sns").get_subscription_attributes
    attributes = get(SubscriptionArn=subscription_arn)["Attributes"]

    assert attributes["SubscriptionPrincipal"] == f"arn:aws:iam::{ACCOUNT_ID}:user/learner"


def test_what_s3_tells_a_topic_has_a_subject(account: Account, topic_arn: str) -> None:
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": topic_arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    account.client("sns").set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy
    )
    url = queue_for(account, topic_arn)
    subscribe(account, topic_arn)
    account.client("s3").create_bucket(Bucket="uploads")
    topic = {"TopicArn": topic_arn, "Events": ["s3:ObjectCreated:*"]}
    account.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"TopicConfigurations": [topic]}
    )

    wrapped = json.loads(account.receive(url)["Body"])

    assert wrapped["Subject"] == "Amazon S3 Notification"
    told = json.loads(wrapped["Message"])
    assert (told["Event"], told["Bucket"]) == ("s3:TestEvent", "uploads")
    assert told.keys() == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}


def test_wrapped_message_without_a_subject_has_none(account: Account, topic_arn: str) -> None:
    url = queue_for(account, topic_arn)
    subscribe(account, topic_arn)

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    assert "Subject" not in json.loads(account.receive(url)["Body"])


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "ses.amazonaws.com"}},
        {"Action": "sqs:ReceiveMessage"},
        {"Resource": queue_arn("other")},
        {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:1:feedback"}}},
    ],
)
def test_message_is_dropped_unless_the_queue_lets_the_topic_send(
    account: Account, topic_arn: str, statement: dict[str, Any]
) -> None:
    url = queue_for(account, topic_arn, **statement)
    subscribe(account, topic_arn)

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    assert account.messages_in(url) == 0


def test_queue_without_a_policy_lets_no_topic_send(account: Account, topic_arn: str) -> None:
    url = account.queue()
    subscribe(account, topic_arn)

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    assert account.messages_in(url) == 0


def test_queue_that_is_gone_is_no_error_of_the_publisher(account: Account, topic_arn: str) -> None:
    account.client("sqs").delete_queue(QueueUrl=queue_for(account, topic_arn))
    subscribe(account, topic_arn)

    assert account.client("sns").publish(TopicArn=topic_arn, Message="Hello")["MessageId"]


@pytest.mark.parametrize("raw", ["true", "false"])
@pytest.mark.parametrize("state", ["gone", "closed"])
def test_message_that_cannot_be_delivered_is_redriven(
    account: Account, topic_arn: str, state: str, raw: str
) -> None:
    url = queue_for(account, topic_arn, Resource="*")
    policy = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    dead_url = account.queue("dead", Policy=policy["Attributes"]["Policy"])
    redrive = json.dumps({"deadLetterTargetArn": queue_arn("dead")})
    subscribe(account, topic_arn, RawMessageDelivery=raw, RedrivePolicy=redrive)
    if state == "gone":
        account.client("sqs").delete_queue(QueueUrl=url)
    else:
        account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello", MessageAttributes=ATTRIBUTES)

    message = account.receive(dead_url)
    if raw == "true":
        assert (message["Body"], message["MessageAttributes"]) == ("Hello", ATTRIBUTES)
    else:
        assert json.loads(message["Body"])["Message"] == "Hello"


def test_message_for_a_function_that_is_gone_is_redriven(account: Account, topic_arn: str) -> None:
    url = queue_for(account, topic_arn)
    account.client("sns").subscribe(
        TopicArn=topic_arn,
        Protocol="lambda",
        Endpoint=f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:gone",
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue_arn()})},
    )

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    assert json.loads(account.receive(url)["Body"])["Message"] == "Hello"


def test_subscriber_on_the_web_who_has_not_confirmed_is_sent_nothing(
    account: Account, topic_arn: str
) -> None:
    url = queue_for(account, topic_arn)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        for protocol in ("http", "https"):
            endpoint = f"{protocol}://127.0.0.1:{listener.getsockname()[1]}"
            account.client("sns").subscribe(
                TopicArn=topic_arn, Protocol=protocol, Endpoint=endpoint
            )
        subscribe(account, topic_arn)  # the last one that is told

        account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

        account.receive(url)
        with pytest.raises(BlockingIOError):  # nobody has connected
            listener.accept()


def test_subscriber_by_e_mail_who_has_not_confirmed_is_no_error(
    account: Account, topic_arn: str
) -> None:
    account.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="email", Endpoint="yamada@example.com"
    )

    assert account.client("sns").publish(TopicArn=topic_arn, Message="Hello")["MessageId"]


def test_filter_policy_chooses_the_messages(account: Account, topic_arn: str) -> None:
    url = queue_for(account, topic_arn)
    subscribe(
        account,
        topic_arn,
        RawMessageDelivery="true",
        FilterPolicy=json.dumps({"kind": ["bounce"]}),
    )

    for kind in ("delivery", "bounce"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        account.client("sns").publish(
            TopicArn=topic_arn, Message=kind, MessageAttributes=attributes
        )

    assert account.receive(url)["Body"] == "bounce"
    assert account.messages_in(url) == 1


def test_group_of_a_message_goes_with_it(account: Account, topic_arn: str) -> None:
    url = queue_for(account, topic_arn)
    subscribe(account, topic_arn, RawMessageDelivery="true")

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello", MessageGroupId="campaign")

    assert account.receive(url)["Attributes"]["MessageGroupId"] == "campaign"


def test_queues_delay_holds_for_a_topics_messages(account: Account, topic_arn: str) -> None:
    url = queue_for(account, topic_arn)
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "30"})
    subscribe(account, topic_arn, RawMessageDelivery="true")

    account.client("sns").publish(TopicArn=topic_arn, Message="Hello")

    name = "ApproximateNumberOfMessagesDelayed"
    answer = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    assert answer["Attributes"] == {name: "1"}
