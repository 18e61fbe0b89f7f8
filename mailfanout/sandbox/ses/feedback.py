"""What SES reports of a mail, as AWS writes it: identities' notifications and sending events.

See https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
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
REJECT = MailEvent("Reject", {"reason": "Bad content"})


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


class Listeners(NamedTuple):
    """Who is to hear of a mail: its identity's topics, and those of its configuration set.

    The identity has a topic for each kind of notification, or none; an event destination's topic
    comes with the types of events that it wants.
    """

    identity: str
    identity_topics: Mapping[str, str | None]
    event_topics: Sequence[tuple[str, Collection[str]]]

    @classmethod
    def of(cls, mail: Mail, backend: Any) -> Listeners:
        """Those of a mail's sender and configuration set, as moto's SESBackend has them now."""
        identity = identity_for(mail.source, backend.email_identities) or ""
        configuration_set = backend.config_sets.get(mail.configuration_set)
        destinations = event_destinations(configuration_set).values() if configuration_set else ()
        event_topics = [
            (one["SnsDestination"]["TopicArn"], one["MatchingEventTypes"])
            for one in destinations
            if one.get("Enabled") and one.get("SnsDestination", {}).get("TopicArn")
        ]
        return cls(identity, backend.sns_topics.get(identity, {}), event_topics)


def notifications(
    mail: Mail, events: Iterable[MailEvent], listeners: Listeners
) -> Iterator[TopicMessage]:
    """The events of a mail, in their order, worded for each SNS topic that is to hear of them."""
    described = _Described(mail, listeners.identity)
    for event in events:
        if topic_arn := listeners.identity_topics.get(event.type):
            message = _message("notificationType", event, described.as_sent)
            yield TopicMessage(topic_arn, None, message)
        wanted = event.type.upper().replace(" ", "_")
        for topic_arn, types in listeners.event_topics:
            if wanted in types:
                message = _message("eventType", event, described.as_published)
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


class _Described:
    """A mail as its notifications and its events describe it: JSON, made once and when needed."""

    def __init__(self, mail: Mail, identity: str) -> None:
        self._mail, self._identity = mail, identity

    @cached_property
    def as_sent(self) -> str:
        return json.dumps(_sent_mail(self._mail, self._identity))

    @cached_property
    def as_published(self) -> str:
        return json.dumps(_published_mail(self._mail, self._identity))


def _message(type_key: str, event: MailEvent, mail: str) -> str:
    name = "failure" if event.type == "Rendering Failure" else event.type.lower()
    return f'{{"{type_key}": "{event.type}", "mail": {mail}, "{name}": {json.dumps(event.detail)}}}'


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
            "ses:caller-identity": [mail.caller_identity],
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
        "date": mail.date,
        "messageId": mail.message_id,
        "subject": mail.subject,
    }
