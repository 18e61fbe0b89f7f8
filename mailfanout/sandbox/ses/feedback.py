"""What SES reports of a mail, as AWS writes it: identities' notifications and sending events.

See https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, cast

from mailfanout.sandbox.calls import identity_for
from mailfanout.sandbox.json_objects import Json, written
from mailfanout.sandbox.ses.descriptions import Description
from mailfanout.sandbox.ses.mail import Mail
from mailfanout.sandbox.ses.outcomes import MailEvent


class TopicMessage(NamedTuple):
    """One message to an SNS topic; the message is JSON, or what writes it once it is read."""

    topic_arn: str
    subject: str | None
    message: str | Callable[[], str]


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
    described = Description(mail, listeners.identity)
    for event in events:
        if topic_arn := listeners.identity_topics.get(event.type):
            has_headers = listeners.identity_topics.get(with_headers(event.type))
            mail_described = described.as_sent_with_headers if has_headers else described.as_sent
            message = _message("notificationType", event.type, event.detail, mail_described)
            yield TopicMessage(topic_arn, None, message)
        wanted = _matching_type(event.type)
        for topic_arn, types in listeners.event_topics:
            if wanted in types:
                write = partial(_published, event, described)
                yield TopicMessage(topic_arn, "Amazon SES Email Event Notification", write)


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


@cache
def _matching_type(event_type: str) -> str:
    return event_type.upper().replace(" ", "_")


def _published(event: MailEvent, described: Description) -> str:
    """A notification of a delivery tells who took the mail, and an event does not."""
    detail = event.detail.copy()
    detail.pop("remoteMtaIp", None)
    return _message("eventType", event.type, detail, described.as_published(event.type))


def _message(type_key: str, event_type: str, detail: Json, mail: str) -> str:
    name = "failure" if event_type == "Rendering Failure" else event_type.lower()
    detail_json = written(detail).decode()
    return f'{{"{type_key}":"{event_type}","mail":{mail},"{name}":{detail_json}}}'
