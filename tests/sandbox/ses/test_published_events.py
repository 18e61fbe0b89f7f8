"""The events of a configuration set's mails, as SES publishes them to an SNS topic."""

from __future__ import annotations

import json
from typing import Any

from mailfanout.sandbox.ses.destinations import VALIDATED
from support.parts.ses_topics import SENDER, TOPIC, notify, publish_events

TAGS = {
    "ses:operation": ["SendEmail"],
    "ses:configuration-set": ["events"],
    "ses:source-ip": ["127.0.0.1"],
    "ses:from-domain": ["example.com"],
    "ses:caller-identity": ["learner"],
    "campaign": ["c1"],
}
HEADERS = [
    ("From", SENDER),
    ("To", "a@example.com"),
    ("Reply-To", SENDER),
    ("Subject", "Hello"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=UTF-8"),
    ("Content-Transfer-Encoding", "7bit"),
]


def test_event_carries_tags_and_headers(send: Any, sesv2: Any, topics: Any) -> None:
    publish_events(sesv2, "SEND")

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
    assert mail["tags"] == TAGS
    assert [(one["name"], one["value"]) for one in mail["headers"]] == HEADERS
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


def test_a_templated_mail_has_its_content_when_it_is_rendered(
    sesv1: Any, sesv2: Any, topics: Any
) -> None:
    publish_events(sesv2)
    template = {"Subject": "Hello", "Text": "Body"}
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=template)

    sesv1.send_templated_email(
        Source=SENDER,
        Destination={"ToAddresses": ["a@example.com"]},
        Template="greeting",
        TemplateData="{}",
        ConfigurationSetName="events",
    )

    sent, delivered = [message["mail"] for message in topics.messages]
    assert [one["name"] for one in sent["headers"]] == ["From", "To", "MIME-Version"]
    assert sent["commonHeaders"].keys() == {"from", "to", "messageId"}
    assert [one["name"] for one in delivered["headers"]][:5] == [
        "Date",
        "From",
        "To",
        "Subject",
        "MIME-Version",
    ]
    assert [*delivered["commonHeaders"]] == ["from", "date", "to", "messageId", "subject"]
    assert ("sourceArn" in sent, "sourceArn" in delivered) == (False, True)


def test_raw_mail_shows_the_header_that_it_was_given_and_no_other(
    send: Any, sesv2: Any, topics: Any
) -> None:
    publish_events(sesv2, "SEND")
    sesv2.create_email_identity(EmailIdentity="example.org")
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
    publish_events(sesv2, "SEND")
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
    publish_events(sesv2, "BOUNCE")
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
