"""What SES reports of an identity's mails to SNS topics, and to which."""

from __future__ import annotations

from typing import Any

import pytest

from support.parts.ses_topics import SENDER, TOPIC, notify


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


def test_notifications_show_the_header_if_that_is_asked_for(
    send: Any, sesv1: Any, topics: Any
) -> None:
    notify(sesv1, "Bounce", "Delivery")
    headers_for_bounces = {"Identity": SENDER, "NotificationType": "Bounce"}
    enable = sesv1.set_identity_headers_in_notifications_enabled
    enable(Enabled=True, **headers_for_bounces)

    send("ooto@simulator.amazonses.com")
    enable(Enabled=False, **headers_for_bounces)
    send("ooto@simulator.amazonses.com")

    delivered, bounced, _, bounced_again = [message["mail"] for message in topics.messages]
    assert {"name": "Subject", "value": "Hello"} in bounced["headers"]
    assert bounced["commonHeaders"]["subject"] == "Hello"
    assert "headers" not in delivered
    assert "headers" not in bounced_again


def test_mail_is_in_the_outbox_when_its_feedback_comes(
    send: Any, sesv1: Any, ses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify(sesv1, "Bounce")
    mails_then = []
    monkeypatch.setattr(ses, "publish", lambda *_: mails_then.append(len(ses.outbox)))

    send("bounce@simulator.amazonses.com")

    assert mails_then == [1]


def _kind(message: dict[str, Any]) -> Any:
    if message["notificationType"] != "Bounce":
        return message["notificationType"]
    return message["bounce"]["bounceType"], message["bounce"]["bounceSubType"]
