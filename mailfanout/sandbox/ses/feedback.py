"""What SES reports of a mail, as AWS writes it: identities' notifications and sending events.

See https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, cast

from mailfanout.sandbox.calls import bare_address, identity_for
from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.json_objects import Json, written
from mailfanout.sandbox.ses.mail import Mail
from mailfanout.sandbox.ses.outcomes import MailEvent

Fields = Sequence[tuple[str, str]]


class TopicMessage(NamedTuple):
    """One message to an SNS topic; the message is JSON."""

    topic_arn: str
    subject: str | None
    message: str


NOTIFICATION_TYPES = ("Bounce", "Complaint", "Delivery")


class Listeners(NamedTuple):
    """Who is to hear of a mail: its identity's topics, and those of its configuration set.

    The identity has a topic for each kind of notification, or none, and by `with_headers` whether
    these show the mail's header; an event destination's topic comes with the types of events that
    it wants.
    """

    identity: str
    identity_topics: Mapping[str, Any]
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
            has_headers = listeners.identity_topics.get(with_headers(event.type))
            mail_described = described.as_sent_with_headers if has_headers else described.as_sent
            message = _message("notificationType", event, mail_described)
            yield TopicMessage(topic_arn, None, message)
        wanted = event.type.upper().replace(" ", "_")
        for topic_arn, types in listeners.event_topics:
            if wanted in types:
                mail_described = described.as_published(event.type)
                message = _message("eventType", _published(event), mail_described)
                yield TopicMessage(topic_arn, "Amazon SES Email Event Notification", message)


def with_headers(kind: str) -> str:
    """Under which name it is kept whether an identity's notifications of a kind show the header."""
    return f"HeadersIn{kind}NotificationsEnabled"


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

_OUTGOING_IP = "127.0.0.1"

# A template is rendered after the mail was taken: what is published before, and what it adds.
_BEFORE_RENDERING = ("Send", "Rendering Failure")
_RENDERED_FIELDS = ("Subject", "Content-Type", "Content-Transfer-Encoding")


class _Described:
    """A mail as its notifications and its events describe it: JSON, made once and when needed."""

    def __init__(self, mail: Mail, identity: str) -> None:
        self._mail, self._identity = mail, identity

    @cached_property
    def as_sent(self) -> str:
        return _json(_notified_mail(self._mail, self._identity))

    @cached_property
    def as_sent_with_headers(self) -> str:
        header = _header(self._mail, _shown_fields(self._mail))
        return _json(_notified_mail(self._mail, self._identity) | header)

    def as_published(self, event_type: str) -> str:
        if self._mail.operation == "SendTemplatedEmail" and event_type in _BEFORE_RENDERING:
            return self._before_rendering
        return self._as_delivered if event_type == "Delivery" else self._rendered

    @cached_property
    def _before_rendering(self) -> str:
        """Of a templated mail: the identity is not yet looked up, and there is no content."""
        given = self._mail.given_fields()
        fields = [field for field in given if field[0] not in _RENDERED_FIELDS]
        published = _published_mail(self._mail, self._identity, fields)
        del published["sourceArn"]
        return _json(published)

    @cached_property
    def _rendered(self) -> str:
        return _json(_published_mail(self._mail, self._identity, _shown_fields(self._mail)))

    @cached_property
    def _as_delivered(self) -> str:
        """A delivery's tags tell, besides, from which address the mail went out.

        They stand last, and are never empty.
        """
        return f'{self._rendered.removesuffix("}}")},"ses:outgoing-ip":["{_OUTGOING_IP}"]}}}}'


def _published(event: MailEvent) -> MailEvent:
    """A notification of a delivery tells who took the mail, and an event does not."""
    detail = {name: value for name, value in event.detail.items() if name != "remoteMtaIp"}
    return MailEvent(event.type, detail)


def _message(type_key: str, event: MailEvent, mail: str) -> str:
    name = "failure" if event.type == "Rendering Failure" else event.type.lower()
    return f'{{"{type_key}":"{event.type}","mail":{mail},"{name}":{_json(event.detail)}}}'


def _json(described: Json) -> str:
    return written(described).decode()


def _notified_mail(mail: Mail, identity: str) -> Json:
    return _sent_mail(mail, identity) | {"sourceIp": "127.0.0.1"}


def _sent_mail(mail: Mail, identity: str) -> Json:
    arn = f"arn:aws:ses:{mail.region}:{mail.account_id}:identity/{identity}"
    return {
        "timestamp": iso_time(mail.accepted_at),
        "source": mail.source,
        "sourceArn": arn,
        "sendingAccountId": mail.account_id,
        "messageId": mail.message_id,
        "destination": [bare_address(recipient) for recipient in mail.destinations],
    }


def _published_mail(mail: Mail, identity: str, fields: Fields) -> Json:
    header = _header(mail, fields)
    senders = header["commonHeaders"].get("from", [])
    domains = [bare_address(sender).rpartition("@")[2] for sender in senders]
    tags = {
        "ses:operation": [mail.operation],
        "ses:configuration-set": [mail.configuration_set],
        "ses:source-ip": ["127.0.0.1"],
        **({"ses:from-domain": domains} if domains else {}),
        **{name: [value] for name, value in mail.tags.items()},
        "ses:caller-identity": [mail.caller_identity],
    }
    return _sent_mail(mail, identity) | header | {"tags": tags}


def _shown_fields(mail: Mail) -> Fields:
    """The header as events show it, for SES dates what it renders."""
    dated = [("Date", mail.date)] if mail.operation == "SendTemplatedEmail" else []
    return [*dated, *mail.given_fields()]


def _header(mail: Mail, fields: Fields) -> Json:
    headers, truncated = _headers(fields)
    return {
        "headersTruncated": truncated,
        "headers": headers,
        "commonHeaders": _common_headers(mail, fields),
    }


def _headers(fields: Fields) -> tuple[list[Json], bool]:
    """The header fields that fit into AWS's 10 KB, and whether some did not."""
    kept, size = [], 0
    for name, value in fields:
        size += len(name) + len(value.encode())
        if size <= _HEADER_LIMIT_BYTES:
            kept.append({"name": name, "value": value})
    return kept, len(kept) < len(fields)


def _common_headers(mail: Mail, fields: Fields) -> Json:
    """What the header says, and nothing that it does not say, but for SES's id."""
    said = {name.lower().replace("-", ""): value for name, value in fields}
    found: Json = {
        "from": [said.get("from")],
        "replyTo": [*mail.reply_to],
        "date": said.get("date"),
        "to": [*mail.to],
        "cc": [*mail.cc],
        "subject": mail.subject,
    }
    kept = {name: value for name, value in found.items() if name.lower() in said}
    return kept | {"messageId": mail.message_id}
