"""The events of a campaign's mails: sent in bulk, tagged, reported to a queue."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from mailfanout.sandbox.ses.destinations import VALIDATED
from mailfanout.sandbox.ses.sending import VIRUS, Ses
from support.parts.ses_topics import SENDER, TOPIC, publish_events
from support.sandboxes.account_in_sandbox import EVERYTHING, Account, queue_arn


def an_entry(number: int, address: str, **data: str) -> dict[str, Any]:
    template = {"ReplacementTemplateData": json.dumps({"username": "A"} | data)}
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementTags": [{"Name": "entry", "Value": str(number)}],
        "ReplacementEmailContent": {"ReplacementTemplate": template},
    }


def by_recipient(messages: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in messages:
        [recipient] = message["mail"]["destination"]
        found.setdefault(recipient, []).append(message["eventType"])
    return found


def test_each_entry_has_events_of_its_own(sesv2: Any, send_bulk: Any, topics: Any) -> None:
    publish_events(sesv2)
    addresses = [
        "a@example.com",
        "bounce+1@simulator.amazonses.com",
        "ooto@simulator.amazonses.com",
        "complaint@simulator.amazonses.com",
    ]

    send_bulk(
        *(an_entry(number, address) for number, address in enumerate(addresses)),
        ConfigurationSetName="events",
    )

    assert by_recipient(topics.messages) == {
        addresses[0]: ["Send", "Delivery"],
        addresses[1]: ["Send", "Bounce"],
        addresses[2]: ["Send", "Delivery", "Bounce"],
        addresses[3]: ["Send", "Delivery", "Complaint"],
    }
    kinds = [message["bounce"]["bounceType"] for message in topics.messages if "bounce" in message]
    assert kinds == ["Permanent", "Transient"]


def test_events_name_the_entrys_message_and_tags(sesv2: Any, send_bulk: Any, topics: Any) -> None:
    publish_events(sesv2, "SEND")

    results = send_bulk(
        an_entry(0, "a@example.com"),
        an_entry(1, "b@example.com"),
        ConfigurationSetName="events",
        DefaultEmailTags=[{"Name": "campaign", "Value": "c1"}, {"Name": "entry", "Value": "?"}],
    )

    mails = [message["mail"] for message in topics.messages]
    assert [mail["messageId"] for mail in mails] == [result["MessageId"] for result in results]
    assert [mail["tags"]["entry"] for mail in mails] == [["0"], ["1"]]
    assert [mail["tags"]["campaign"] for mail in mails] == [["c1"], ["c1"]]


def test_refused_entry_has_no_event(sesv2: Any, send_bulk: Any, topics: Any) -> None:
    publish_events(sesv2)

    send_bulk(an_entry(0, "nobody"), ConfigurationSetName="events")

    assert topics.messages == []


def test_entry_that_cannot_be_filled_in_fails_by_an_event_alone(
    sesv2: Any, send_bulk: Any, topics: Any, ses: Ses
) -> None:
    publish_events(sesv2)
    entries = [{"Destination": {"ToAddresses": ["a@example.com"]}}, an_entry(1, "b@example.com")]

    results = send_bulk(*entries, ConfigurationSetName="events")

    assert [result["Status"] for result in results] == ["SUCCESS", "SUCCESS"]
    assert by_recipient(topics.messages) == {
        "a@example.com": ["Rendering Failure"],
        "b@example.com": ["Send", "Delivery"],
    }
    assert len(ses.outbox) == 1


@pytest.mark.parametrize("part", ["Text", "Html", "Subject"])
def test_virus_is_rejected_after_it_was_accepted(
    sesv2: Any, send_bulk: Any, topics: Any, ses: Ses, part: str
) -> None:
    publish_events(sesv2)
    content = {"Subject": "Hello", "Text": "Body"} | {part: VIRUS.replace("{", "{{brace}}")}

    results = send_bulk(
        an_entry(0, "a@example.com", brace="{"),
        ConfigurationSetName="events",
        DefaultContent={"Template": {"TemplateContent": content}},
    )

    [message] = topics.messages
    assert message["eventType"] == "Reject"
    assert message["reject"] == {"reason": "Bad content"}
    assert message["mail"]["messageId"] == results[0]["MessageId"]
    assert not list(ses.outbox)


def test_virus_in_an_attachment_or_a_raw_mail_is_rejected_too(
    sesv2: Any, send: Any, topics: Any
) -> None:
    publish_events(sesv2, "SEND", "REJECT")
    attachment = {"FileName": "a.txt", "RawContent": VIRUS.encode()}
    body = {"Text": {"Data": "Body"}}
    simple = {"Subject": {"Data": "Hello"}, "Body": body, "Attachments": [attachment]}
    raw = {"Data": f"Subject: Hello\r\n\r\n{VIRUS}\r\n".encode()}

    send(ConfigurationSetName="events", Content={"Simple": simple})
    send(ConfigurationSetName="events", Content={"Raw": raw})

    assert [message["eventType"] for message in topics.messages] == ["Reject", "Reject"]


@pytest.fixture
def feedback_url(account: Account) -> str:
    """A queue behind a topic that hears of each mail of the configuration set; its URL."""
    topic_arn = account.client("sns").create_topic(Name="feedback")["TopicArn"]
    sns = {"Principal": {"Service": "sns.amazonaws.com"}}
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn()} | sns
    url = account.queue(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    account.client("sns").subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=queue_arn(),
        Attributes={"RawMessageDelivery": "true"},
    )
    account.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    publish_events(account.client("sesv2"), "SEND", topic_arn=topic_arn)
    first = account.receive(url)
    assert first["Body"] == VALIDATED
    account.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    return url


SEND_ONE = f"""
import boto3
def lambda_handler(event, context):
    return boto3.client("sesv2").send_bulk_email(
        FromEmailAddress="{SENDER}",
        ConfigurationSetName="events",
        DefaultContent={{"Template": {{"TemplateContent": {{"Subject": "S", "Text": "T"}}}}}},
        BulkEmailEntries=[{{"Destination": {{"ToAddresses": ["a@example.com"]}}}}],
    )["BulkEmailEntryResults"]
"""


def test_events_reach_the_queue_and_name_the_caller(account: Account, feedback_url: str) -> None:
    account.role(EVERYTHING)
    account.function(SEND_ONE)

    [result] = account.invoke()["Payload"]

    event = json.loads(account.receive(feedback_url)["Body"])
    assert event["eventType"] == "Send"
    assert event["mail"]["messageId"] == result["MessageId"]
    assert event["mail"]["tags"]["ses:caller-identity"] == ["function-role"]


def test_sandbox_is_not_quiet_before_the_events_are_in_the_queue(
    account: Account, feedback_url: str
) -> None:
    entries = [an_entry(number, f"u{number}@example.com") for number in range(50)]
    account.client("sesv2").send_bulk_email(
        FromEmailAddress=SENDER,
        ConfigurationSetName="events",
        DefaultContent={"Template": {"TemplateContent": {"Subject": "S", "Text": "T"}}},
        BulkEmailEntries=entries,
    )

    account.wait_until_quiet()

    assert account.messages_in(feedback_url) == 50


def test_wrapped_events_have_ids_of_their_own(account: Account, feedback_url: str) -> None:
    [subscription] = account.client("sns").list_subscriptions()["Subscriptions"]
    account.client("sns").set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"],
        AttributeName="RawMessageDelivery",
        AttributeValue="false",
    )
    account.client("sesv2").send_bulk_email(
        FromEmailAddress=SENDER,
        ConfigurationSetName="events",
        DefaultContent={"Template": {"TemplateContent": {"Subject": "S", "Text": "T"}}},
        BulkEmailEntries=[an_entry(number, f"u{number}@example.com") for number in range(2)],
    )

    envelopes = [json.loads(account.receive(feedback_url)["Body"]) for _ in range(2)]

    assert len({uuid.UUID(envelope["MessageId"]) for envelope in envelopes}) == 2


def test_topic_that_is_gone_is_no_error_of_the_sender(account: Account, feedback_url: str) -> None:
    account.client("sns").delete_topic(TopicArn=TOPIC)

    sent = account.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        ConfigurationSetName="events",
        Destination={"ToAddresses": ["a@example.com"]},
        Content={"Simple": {"Subject": {"Data": "S"}, "Body": {"Text": {"Data": "T"}}}},
    )

    assert sent["MessageId"]
    account.wait_until_quiet()
    assert account.messages_in(feedback_url) == 0


def test_account_counts_the_entries_that_it_took(sesv2: Any, send_bulk: Any) -> None:
    send_bulk(an_entry(0, "a@example.com"), an_entry(1, "nobody"), an_entry(2, "b@example.com"))

    assert sesv2.get_account()["SendQuota"] == {
        "Max24HourSend": 50_000.0,
        "MaxSendRate": 14.0,
        "SentLast24Hours": 2.0,
    }


def test_bulk_beyond_the_sending_rate_is_throttled_entry_by_entry(
    send_bulk: Any, ses: Ses, clock: Any
) -> None:
    ses.settings.enforce_quota = True
    entries = [an_entry(number, f"u{number}@example.com") for number in range(50)]

    first = [result["Status"] for result in send_bulk(*entries)]
    clock.seconds += 1
    again = [result["Status"] for result in send_bulk(*entries[14:])]

    assert first == ["SUCCESS"] * 14 + ["ACCOUNT_THROTTLED"] * 36
    assert again == ["SUCCESS"] * 14 + ["ACCOUNT_THROTTLED"] * 22
