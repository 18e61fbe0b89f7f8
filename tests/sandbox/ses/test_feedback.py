"""What SES reports of a mail to SNS topics, and to which."""

from __future__ import annotations

from typing import Any

import pytest

SENDER = "sender@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"
ALL_EVENTS = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "RENDERING_FAILURE"]


def notify(sesv1: Any, *kinds: str, identity: str = SENDER) -> None:
    for kind in kinds:
        sesv1.set_identity_notification_topic(
            Identity=identity, NotificationType=kind, SnsTopic=TOPIC
        )


def publish_events(sesv2: Any, *, enabled: bool = True, types: list[str] = ALL_EVENTS) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="events")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="events",
        EventDestinationName="topic",
        EventDestination={
            "Enabled": enabled,
            "MatchingEventTypes": types,
            "SnsDestination": {"TopicArn": TOPIC},
        },
    )


def test_bounce_notification_reads_as_that_of_aws(send: Any, sesv1: Any, topics: Any) -> None:
    notify(sesv1, "Bounce")
    recipient = "bounce+7@simulator.amazonses.com"

    message_id = send(f"B <{recipient}>")

    [(topic_arn, subject, message)] = topics.published
    feedback_id = message["bounce"].pop("feedbackId")
    assert feedback_id != message_id
    assert (topic_arn, subject) == (TOPIC, None)
    assert message == {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": recipient,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
            "timestamp": "2023-11-14T22:13:20.000Z",
            "reportingMTA": "dns; a8-96.smtp-out.amazonses.com",
        },
        "mail": {
            "timestamp": "2023-11-14T22:13:20.000Z",
            "source": SENDER,
            "sourceArn": f"arn:aws:ses:us-east-1:123456789012:identity/{SENDER}",
            "sourceIp": "127.0.0.1",
            "sendingAccountId": "123456789012",
            "messageId": message_id,
            "destination": [recipient],
        },
    }


def test_complaint_follows_the_delivery(send: Any, sesv1: Any, topics: Any) -> None:
    notify(sesv1, "Complaint", "Delivery")

    send("complaint@simulator.amazonses.com")

    delivery, complaint = topics.messages
    recipient = "complaint@simulator.amazonses.com"
    assert delivery["notificationType"] == "Delivery"
    assert delivery["delivery"]["recipients"] == [recipient]
    assert complaint["notificationType"] == "Complaint"
    assert complaint["complaint"]["complaintFeedbackType"] == "abuse"
    assert complaint["complaint"]["complainedRecipients"] == [{"emailAddress": recipient}]


@pytest.mark.parametrize(
    ("recipient", "outcome"),
    [
        ("bounce@simulator.amazonses.com", [("Permanent", "General")]),
        ("suppressionlist@simulator.amazonses.com", [("Permanent", "Suppressed")]),
        ("ooto@simulator.amazonses.com", ["Delivery", ("Transient", "General")]),
        ("success@simulator.amazonses.com", ["Delivery"]),
        ("yamada@example.com", ["Delivery"]),
        ("bounce@example.com", ["Delivery"]),
    ],
)
def test_each_address_of_the_simulator_plays_its_part(
    send: Any, sesv1: Any, topics: Any, recipient: str, outcome: list[Any]
) -> None:
    notify(sesv1, "Bounce", "Complaint", "Delivery")

    send(recipient)

    assert [_kind(message) for message in topics.messages] == outcome


def test_mail_to_a_suppressed_address_is_accepted_and_bounces(
    send: Any, sesv2: Any, sesv1: Any, topics: Any, ses: Any
) -> None:
    notify(sesv1, "Bounce", "Delivery")
    sesv2.put_suppressed_destination(EmailAddress="Yamada@example.com", Reason="BOUNCE")

    send("山田 <yamada@EXAMPLE.com>")
    sesv2.delete_suppressed_destination(EmailAddress="yamada@example.com")
    send("yamada@example.com")

    suppressed, delivered = [_kind(message) for message in topics.messages]
    assert suppressed == ("Permanent", "OnAccountSuppressionList")
    assert delivered == "Delivery"
    assert len(ses.outbox) == 2


def test_every_recipient_gets_an_outcome_of_its_own(send: Any, sesv1: Any, topics: Any) -> None:
    notify(sesv1, "Bounce", "Delivery")

    message_id = send("a@example.com", "bounce@simulator.amazonses.com")

    assert [_kind(message) for message in topics.messages] == ["Delivery", ("Permanent", "General")]
    for message in topics.messages:
        assert message["mail"]["messageId"] == message_id
        assert len(message["mail"]["destination"]) == 2


def test_topic_that_is_taken_away_hears_no_more(send: Any, sesv1: Any, topics: Any) -> None:
    notify(sesv1, "Bounce")
    sesv1.set_identity_notification_topic(Identity=SENDER, NotificationType="Bounce")

    send("bounce@simulator.amazonses.com")

    assert topics.published == []


def test_topic_of_the_domain_hears_where_the_address_is_no_identity(
    send: Any, sesv2: Any, sesv1: Any, topics: Any
) -> None:
    sesv2.create_email_identity(EmailIdentity="example.org")
    notify(sesv1, "Delivery", identity="example.org")

    send("a@example.com", FromEmailAddress="news@example.org")
    send("a@example.com")

    [message] = topics.messages
    assert message["mail"]["source"] == "news@example.org"
    assert message["mail"]["sourceArn"].endswith(":identity/example.org")


def test_event_carries_tags_and_headers(send: Any, sesv2: Any, topics: Any) -> None:
    publish_events(sesv2, types=["SEND"])

    message_id = send(
        "a@example.com",
        ReplyToAddresses=[SENDER],
        ConfigurationSetName="events",
        EmailTags=[{"Name": "campaign", "Value": "c1"}],
    )

    [(topic_arn, subject, message)] = topics.published
    mail = message["mail"]
    assert (topic_arn, subject) == (TOPIC, "Amazon SES Email Event Notification")
    assert (message["eventType"], message["send"]) == ("Send", {})
    assert mail["messageId"] == message_id
    assert mail["tags"] == {
        "ses:configuration-set": ["events"],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": ["example.com"],
        "ses:caller-identity": ["learner"],
        "campaign": ["c1"],
    }
    assert {"name": "Subject", "value": "Hello"} in mail["headers"]
    assert mail["headersTruncated"] is False
    assert mail["commonHeaders"] == {
        "from": [SENDER],
        "replyTo": [SENDER],
        "to": ["a@example.com"],
        "date": "Tue, 14 Nov 2023 22:13:20 +0000",
        "messageId": message_id,
        "subject": "Hello",
    }


def test_headers_beyond_ten_kilobytes_are_cut_and_it_is_said(
    send: Any, sesv2: Any, topics: Any
) -> None:
    publish_events(sesv2, types=["SEND"])
    headers = [{"Name": f"X-{number}", "Value": "x" * 900} for number in range(12)]
    content = {
        "Simple": {
            "Subject": {"Data": "Hello"},
            "Body": {"Text": {"Data": "Body"}},
            "Headers": headers,
        }
    }

    send("a@example.com", ConfigurationSetName="events", Content=content)

    [message] = topics.messages
    assert message["mail"]["headersTruncated"] is True
    assert sum(len(field["value"]) for field in message["mail"]["headers"]) < 10_240


def test_events_of_one_mail_come_in_order(send: Any, sesv2: Any, topics: Any) -> None:
    publish_events(sesv2)

    send("complaint@simulator.amazonses.com", ConfigurationSetName="events")

    assert [message["eventType"] for message in topics.messages] == [
        "Send",
        "Delivery",
        "Complaint",
    ]


def test_only_matching_events_of_an_enabled_destination_are_published(
    send: Any, sesv2: Any, topics: Any
) -> None:
    publish_events(sesv2, types=["BOUNCE"])
    send("a@example.com", ConfigurationSetName="events")
    assert topics.published == []

    send("bounce@simulator.amazonses.com", ConfigurationSetName="events")
    assert [message["eventType"] for message in topics.messages] == ["Bounce"]


def test_disabled_destination_hears_nothing(send: Any, sesv2: Any, topics: Any) -> None:
    publish_events(sesv2, enabled=False)

    send("a@example.com", ConfigurationSetName="events")

    assert topics.published == []


def test_template_without_data_is_a_rendering_failure(
    send: Any, sesv2: Any, topics: Any, ses: Any
) -> None:
    publish_events(sesv2)
    sesv2.create_email_template(
        TemplateName="greeting", TemplateContent={"Subject": "Dear {{username}}", "Text": "x"}
    )

    message_id = send(
        "a@example.com",
        ConfigurationSetName="events",
        Content={"Template": {"TemplateName": "greeting", "TemplateData": "{}"}},
    )

    [message] = topics.messages
    assert message["eventType"] == "Rendering Failure"
    assert message["failure"] == {
        "templateName": "greeting",
        "errorMessage": "Attribute 'username' is not present in the rendering data.",
    }
    assert message["mail"]["messageId"] == message_id
    assert not list(ses.outbox)


def test_mail_is_in_the_outbox_when_its_feedback_comes(
    send: Any, sesv1: Any, ses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify(sesv1, "Bounce")
    mails_then = []
    monkeypatch.setattr(ses, "_publish", lambda *_: mails_then.append(len(ses.outbox)))

    send("bounce@simulator.amazonses.com")

    assert mails_then == [1]


def _kind(message: dict[str, Any]) -> Any:
    if message["notificationType"] != "Bounce":
        return message["notificationType"]
    return message["bounce"]["bounceType"], message["bounce"]["bounceSubType"]
