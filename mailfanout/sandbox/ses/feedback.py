"""What SES reports of a mail, as AWS writes it: identities' notifications and sending events.

See https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple, cast

from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.ses.addresses import bare_address, identity_for, simulator_scenario
from mailfanout.sandbox.ses.mail import Mail, new_message_id

Json = dict[str, Any]


class MailEvent(NamedTuple):
    """One thing that became of a mail: AWS's name for it (`Bounce`, …) and the object beside it."""

    type: str
    detail: Json


class TopicMessage(NamedTuple):
    """One message to an SNS topic; the message is JSON."""

    topic_arn: str
    subject: str | None
    message: str


SEND = MailEvent("Send", {})


def rendering_failure(template_name: str, message: str) -> MailEvent:
    """A template could not be filled in, so the mail is never sent."""
    return MailEvent("Rendering Failure", {"templateName": template_name, "errorMessage": message})


def events_for(recipient: str, at: datetime, *, suppressed: bool) -> list[MailEvent]:
    """What becomes of one recipient's mail: the simulator's answer, a bounce, or a delivery."""
    address = bare_address(recipient)
    if suppressed:
        return [_bounce(_ON_ACCOUNT_LIST, address, at)]
    scenario = simulator_scenario(address)
    if scenario == "bounce":
        return [_bounce(_UNKNOWN_USER, address, at)]
    if scenario == "suppressionlist":
        return [_bounce(_ON_GLOBAL_LIST, address, at)]
    if scenario == "ooto":
        return [_delivery(address, at), _bounce(_OUT_OF_OFFICE, address, at)]
    if scenario == "complaint":
        return [_delivery(address, at), _complaint(address, at)]
    return [_delivery(address, at)]


def notifications(mail: Mail, event: MailEvent, backend: Any) -> Iterator[TopicMessage]:
    """The messages about an event, one for each SNS topic that is told of it.

    Those are the topic that the sending identity names for this kind of notification, and the
    enabled event destinations of the mail's configuration set. `backend` is moto's SESBackend.
    """
    identity = identity_for(mail.source, backend.email_identities) or ""
    if topic_arn := backend.sns_topics.get(identity, {}).get(event.type):
        message = _message("notificationType", event, _sent_mail(mail, identity))
        yield TopicMessage(topic_arn, None, message)
    for topic_arn in _event_topics(mail, event, backend):
        message = _message("eventType", event, _published_mail(mail, identity))
        yield TopicMessage(topic_arn, "Amazon SES Email Event Notification", message)


def suppression_list(backend: Any) -> dict[str, Json]:
    """The account's suppression list in a Region: SuppressedDestination by address, in lower case.

    moto has none. It lives on moto's object, so that whatever resets moto empties it.
    """
    return cast("dict[str, Json]", vars(backend).setdefault("suppressed_destinations", {}))


def event_destinations(configuration_set: Any) -> dict[str, Json]:
    """A configuration set's event destinations by name, as SESv2 describes them.

    moto keeps one per set, of API v1's form. They live on moto's object and go when it does.
    """
    return cast("dict[str, Json]", vars(configuration_set).setdefault("event_destinations", {}))


_HEADER_LIMIT_BYTES = 10 * 1024

_MTA = "dns; a8-96.smtp-out.amazonses.com"
_UNKNOWN_USER = {
    "bounceType": "Permanent",
    "bounceSubType": "General",
    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
}
_ON_GLOBAL_LIST = {
    "bounceType": "Permanent",
    "bounceSubType": "Suppressed",
    "diagnosticCode": "Amazon SES has suppressed sending to this address because it has a recent "
    "history of bouncing as an invalid address.",
}
_ON_ACCOUNT_LIST = {
    "bounceType": "Permanent",
    "bounceSubType": "OnAccountSuppressionList",
    "diagnosticCode": "Amazon SES did not send the message to this address because it is on the "
    "suppression list for your account.",
}
_OUT_OF_OFFICE = {"bounceType": "Transient", "bounceSubType": "General"}


def _bounce(kind: dict[str, str], address: str, at: datetime) -> MailEvent:
    bounced = {"emailAddress": address}
    detail: Json = {
        "bounceType": kind["bounceType"],
        "bounceSubType": kind["bounceSubType"],
        "bouncedRecipients": [bounced],
        "timestamp": iso_time(at),
        "feedbackId": new_message_id(at),
    }
    if diagnostic_code := kind.get("diagnosticCode"):
        bounced |= {"action": "failed", "status": "5.1.1", "diagnosticCode": diagnostic_code}
        detail["reportingMTA"] = _MTA
    return MailEvent("Bounce", detail)


def _complaint(address: str, at: datetime) -> MailEvent:
    return MailEvent(
        "Complaint",
        {
            "complainedRecipients": [{"emailAddress": address}],
            "timestamp": iso_time(at),
            "feedbackId": new_message_id(at),
            "complaintSubType": None,
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": "abuse",
            "arrivalDate": iso_time(at),
        },
    )


def _delivery(address: str, at: datetime) -> MailEvent:
    return MailEvent(
        "Delivery",
        {
            "timestamp": iso_time(at),
            "processingTimeMillis": 0,
            "recipients": [address],
            "smtpResponse": "250 2.6.0 Message received",
            "remoteMtaIp": "127.0.0.1",
            "reportingMTA": "a8-96.smtp-out.amazonses.com",
        },
    )


def _message(type_key: str, event: MailEvent, mail: Json) -> str:
    name = "failure" if event.type == "Rendering Failure" else event.type.lower()
    return json.dumps({type_key: event.type, name: event.detail, "mail": mail})


def _sent_mail(mail: Mail, identity: str) -> Json:
    return {
        "timestamp": iso_time(mail.accepted_at),
        "source": mail.source,
        "sourceArn": f"arn:aws:ses:{mail.region}:{mail.account_id}:identity/{identity}",
        "sourceIp": "127.0.0.1",
        "sendingAccountId": mail.account_id,
        "messageId": mail.message_id,
        "destination": [bare_address(recipient) for recipient in mail.destinations],
    }


def _published_mail(mail: Mail, identity: str) -> Json:
    headers, truncated = _headers(mail)
    domain = bare_address(mail.source).rpartition("@")[2]
    return _sent_mail(mail, identity) | {
        "headersTruncated": truncated,
        "headers": headers,
        "commonHeaders": _common_headers(mail),
        "tags": {
            "ses:configuration-set": [mail.configuration_set],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": [domain],
            **{name: [value] for name, value in mail.tags.items()},
        },
    }


def _headers(mail: Mail) -> tuple[list[Json], bool]:
    """The header fields that fit into AWS's 10 KB, and whether some did not."""
    fields = mail.header_fields()
    kept, size = [], 0
    for name, value in fields:
        size += len(name) + len(value.encode())
        if size <= _HEADER_LIMIT_BYTES:
            kept.append({"name": name, "value": value})
    return kept, len(kept) < len(fields)


def _common_headers(mail: Mail) -> Json:
    lists = (("replyTo", mail.reply_to), ("to", mail.to), ("cc", mail.cc))
    return {
        "from": [mail.source],
        **{name: [*mailboxes] for name, mailboxes in lists if mailboxes},
        "date": format_datetime(mail.accepted_at),
        "messageId": mail.message_id,
        "subject": mail.subject,
    }


def _event_topics(mail: Mail, event: MailEvent, backend: Any) -> Iterator[str]:
    configuration_set = backend.config_sets.get(mail.configuration_set)
    if configuration_set is None:
        return
    wanted = event.type.upper().replace(" ", "_")
    for destination in event_destinations(configuration_set).values():
        topic_arn = destination.get("SnsDestination", {}).get("TopicArn")
        if topic_arn and destination.get("Enabled") and wanted in destination["MatchingEventTypes"]:
            yield cast(str, topic_arn)
