"""What SES reports of a mail to SNS topics, and to which."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.sandbox.ses.destinations import VALIDATED

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
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": ["events"],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": ["example.com"],
        "ses:caller-identity": ["learner"],
        "campaign": ["c1"],
    }
    assert [(one["name"], one["value"]) for one in mail["headers"]] == [
        ("From", SENDER),
        ("To", "a@example.com"),
        ("Reply-To", SENDER),
        ("Subject", "Hello"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "7bit"),
    ]
    assert mail["headersTruncated"] is False
    assert "sourceIp" not in mail
    assert mail["commonHeaders"] == {
        "from": [SENDER],
        "replyTo": [SENDER],
        "to": ["a@example.com"],
        "messageId": message_id,
        "subject": "Hello",
    }


def test_delivery_tells_the_address_that_the_mail_went_out_from(
    send: Any, sesv2: Any, topics: Any
) -> None:
    publish_events(sesv2)

    send("a@example.com", ConfigurationSetName="events")

    sent, delivered = topics.messages
    assert delivered["mail"]["tags"] == sent["mail"]["tags"] | {"ses:outgoing-ip": ["127.0.0.1"]}
    assert "remoteMtaIp" not in delivered["delivery"]


def test_raw_mail_shows_the_header_that_it_was_given_and_no_other(
    send: Any, sesv2: Any, topics: Any
) -> None:
    publish_events(sesv2, types=["SEND"])
    destination = {"ToAddresses": ["a@example.com"]}

    for data in (b"X-A: 1\r\n\r\nx", b"From: S <s@example.org>\r\nDate: today\r\n\r\nx"):
        raw = {"Raw": {"Data": data}}
        send(Destination=destination, Content=raw, ConfigurationSetName="events")

    bare, full = [message["mail"] for message in topics.messages]
    assert bare["headers"] == [{"name": "X-A", "value": "1"}]
    assert bare["commonHeaders"] == {"messageId": bare["messageId"]}
    assert "ses:from-domain" not in bare["tags"]
    assert full["commonHeaders"]["from"] == ["S <s@example.org>"]
    assert "date" in full["commonHeaders"]
    assert full["tags"]["ses:from-domain"] == ["example.org"]


def test_content_of_two_kinds_has_a_boundary(send: Any, sesv2: Any, topics: Any) -> None:
    publish_events(sesv2)
    body = {"Text": {"Data": "Body"}, "Html": {"Data": "<p>"}}

    send(
        Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": body}},
        ConfigurationSetName="events",
    )

    shown = {message["mail"]["headers"][-1]["value"] for message in topics.messages}
    [content_type] = shown
    assert content_type.startswith('multipart/alternative;  boundary="----=_Part_')


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


def test_topic_is_told_first_that_it_will_hear_of_mails(
    sesv1: Any, sesv2: Any, topics: Any
) -> None:
    notify(sesv1, "Bounce")
    publish_events(sesv2)

    (_, _, subscribed), validated = topics.first
    assert validated == (TOPIC, None, VALIDATED)
    assert json.loads(subscribed) == {
        "notificationType": "AmazonSnsSubscriptionSucceeded",
        "message": f"You have successfully subscribed your Amazon SNS topic '{TOPIC}' to receive "
        f"'Bounce' notifications from Amazon SES for identity '{SENDER}'.",
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
    monkeypatch.setattr(ses, "publish", lambda *_: mails_then.append(len(ses.outbox)))

    send("bounce@simulator.amazonses.com")

    assert mails_then == [1]


def _kind(message: dict[str, Any]) -> Any:
    if message["notificationType"] != "Bounce":
        return message["notificationType"]
    return message["bounce"]["bounceType"], message["bounce"]["bounceSubType"]
