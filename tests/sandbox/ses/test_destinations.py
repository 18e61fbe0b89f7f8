"""To whom SES reports: a configuration set's event destinations, an identity's topics."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.parts.ses_topics import SENDER, TOPIC, publish_events

DESTINATION = {
    "Enabled": True,
    "MatchingEventTypes": ["BOUNCE"],
    "SnsDestination": {"TopicArn": TOPIC},
}


def test_configuration_set_exists_once_and_goes_once(sesv2: Any) -> None:
    name = {"ConfigurationSetName": "events"}
    sesv2.create_configuration_set(**name)

    assert refusal(sesv2.create_configuration_set, **name)[0] == "AlreadyExistsException"
    assert sesv2.get_configuration_set(**name)["ConfigurationSetName"] == "events"
    sesv2.delete_configuration_set(**name)
    assert refusal(sesv2.get_configuration_set, **name)[0] == "NotFoundException"
    assert refusal(sesv2.delete_configuration_set, **name)[0] == "NotFoundException"


def test_event_destination_is_made_read_changed_and_deleted(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="events")
    name = {"ConfigurationSetName": "events", "EventDestinationName": "topic"}
    create = sesv2.create_configuration_set_event_destination
    create(**name, EventDestination=DESTINATION)
    assert refusal(create, **name, EventDestination=DESTINATION)[0] == "AlreadyExistsException"

    changed = DESTINATION | {"MatchingEventTypes": ["DELIVERY"]}
    sesv2.update_configuration_set_event_destination(**name, EventDestination=changed)

    assert _event_destinations(sesv2) == [{"Name": "topic"} | changed]
    sesv2.delete_configuration_set_event_destination(**name)
    assert _event_destinations(sesv2) == []
    delete = sesv2.delete_configuration_set_event_destination
    assert refusal(delete, **name)[0] == "NotFoundException"


def test_event_destinations_go_with_their_configuration_set(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="events")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="events", EventDestinationName="topic", EventDestination=DESTINATION
    )

    sesv2.delete_configuration_set(ConfigurationSetName="events")
    get = sesv2.get_configuration_set_event_destinations
    assert refusal(get, ConfigurationSetName="events")[0] == "NotFoundException"

    sesv2.create_configuration_set(ConfigurationSetName="events")
    assert _event_destinations(sesv2) == []


def a_destination_v1(name: str = "topic", *types: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Enabled": True,
        "MatchingEventTypes": types or ("send", "bounce", "renderingFailure"),
        "SNSDestination": {"TopicARN": TOPIC},
    }


def test_event_destination_of_the_first_api_is_one_of_the_second(
    send_v1: Any, sesv1: Any, sesv2: Any, topics: Any
) -> None:
    for name in ("events", "others"):
        sesv1.create_configuration_set(ConfigurationSet={"Name": name})
        sesv1.create_configuration_set_event_destination(
            ConfigurationSetName=name, EventDestination=a_destination_v1()
        )

    send_v1("bounce@simulator.amazonses.com", ConfigurationSetName="events")

    assert [message["eventType"] for message in topics.messages] == ["Send", "Bounce"]
    types = ["SEND", "BOUNCE", "RENDERING_FAILURE"]
    assert _event_destinations(sesv2) == [
        {"Name": "topic", **DESTINATION, "MatchingEventTypes": types}
    ]


def test_event_destination_of_the_first_api_is_described_changed_and_deleted(sesv1: Any) -> None:
    events = {"ConfigurationSetName": "events"}
    sesv1.create_configuration_set(ConfigurationSet={"Name": "events"})
    sesv1.create_configuration_set_event_destination(**events, EventDestination=a_destination_v1())
    change = sesv1.update_configuration_set_event_destination
    change(**events, EventDestination=a_destination_v1("topic", "send", "bounce"))

    asked = {"ConfigurationSetAttributeNames": ["eventDestinations"]}
    described = sesv1.describe_configuration_set(**events, **asked)
    assert described["EventDestinations"] == [
        a_destination_v1() | {"MatchingEventTypes": ["bounce", "send"]}
    ]
    name = {"EventDestinationName": "topic"}
    sesv1.delete_configuration_set_event_destination(**events, **name)
    assert sesv1.describe_configuration_set(**events, **asked)["EventDestinations"] == []
    assert refusal(change, **events, EventDestination=a_destination_v1())[0] == (
        "EventDestinationDoesNotExist"
    )


def test_an_event_destination_goes_to_one_place(sesv1: Any) -> None:
    events = {"ConfigurationSetName": "events"}
    sesv1.create_configuration_set(ConfigurationSet={"Name": "events"})
    sesv1.create_configuration_set_event_destination(**events, EventDestination=a_destination_v1())
    place = {"KinesisFirehoseDestination": {"IAMRoleARN": "role", "DeliveryStreamARN": "stream"}}
    changed = {"Name": "topic", "Enabled": True, "MatchingEventTypes": ["send"], **place}

    sesv1.update_configuration_set_event_destination(**events, EventDestination=changed)

    asked = {"ConfigurationSetAttributeNames": ["eventDestinations"]}
    assert sesv1.describe_configuration_set(**events, **asked)["EventDestinations"] == [changed]


NO_SET = ("ConfigurationSetDoesNotExist", "Configuration set <nope> does not exist.")


@pytest.mark.parametrize(
    ("method", "given", "error"),
    [
        ("delete_configuration_set", {"ConfigurationSetName": "nope"}, NO_SET),
        ("describe_configuration_set", {"ConfigurationSetName": "nope"}, NO_SET),
        (
            "create_configuration_set_event_destination",
            {"ConfigurationSetName": "nope", "EventDestination": a_destination_v1()},
            NO_SET,
        ),
        (
            "delete_configuration_set_event_destination",
            {"ConfigurationSetName": "nope", "EventDestinationName": "topic"},
            NO_SET,
        ),
        (
            "delete_configuration_set_event_destination",
            {"ConfigurationSetName": "events", "EventDestinationName": "nope"},
            ("EventDestinationDoesNotExist", "No EventDestination found for events"),
        ),
        (
            "set_identity_headers_in_notifications_enabled",
            {"Identity": "nobody@example.com", "NotificationType": "Bounce", "Enabled": True},
            ("MessageRejected", "Identity nobody@example.com is not verified or does not exist."),
        ),
        (
            "set_identity_headers_in_notifications_enabled",
            {"Identity": SENDER, "NotificationType": "Nonsense", "Enabled": True},
            (
                "InvalidParameterValue",
                "Invalid notification type: Nonsense. Valid values are: Bounce, Complaint, "
                "Delivery.",
            ),
        ),
        (
            "set_identity_notification_topic",
            {"Identity": "nobody@example.com", "NotificationType": "Bounce", "SnsTopic": TOPIC},
            (
                "InvalidParameterValue",
                "Identity nobody@example.com is invalid. Must be a verified email address or "
                "domain.",
            ),
        ),
    ],
)
def test_the_first_api_says_in_its_own_words_what_is_missing(
    sesv1: Any, method: str, given: dict[str, Any], error: tuple[str, str]
) -> None:
    sesv1.create_configuration_set(ConfigurationSet={"Name": "events"})

    assert refusal(getattr(sesv1, method), **given) == error


def test_notification_topics_of_an_identity_can_be_read(sesv1: Any) -> None:
    sesv1.set_identity_notification_topic(
        Identity=SENDER, NotificationType="Bounce", SnsTopic=TOPIC
    )

    answer = sesv1.get_identity_notification_attributes(Identities=[SENDER])

    attributes = answer["NotificationAttributes"][SENDER]
    assert attributes["BounceTopic"] == TOPIC
    assert "ComplaintTopic" not in attributes
    assert attributes["HeadersInBounceNotificationsEnabled"] is False


def _event_destinations(sesv2: Any) -> list[dict[str, Any]]:
    answer = sesv2.get_configuration_set_event_destinations(ConfigurationSetName="events")
    return list(answer["EventDestinations"])


def test_an_identity_has_a_configuration_set_for_mails_that_name_none(
    send: Any, sesv2: Any, topics: Any
) -> None:
    nope, new = {"ConfigurationSetName": "nope"}, {"EmailIdentity": "new@example.com"}
    attributes = sesv2.put_email_identity_configuration_set_attributes
    publish_events(sesv2, "SEND")
    assert refusal(sesv2.create_email_identity, **new, **nope)[0] == "NotFoundException"
    assert refusal(attributes, EmailIdentity=SENDER, **nope)[0] == "NotFoundException"
    assert refusal(attributes, **new)[0] == "NotFoundException"

    attributes(EmailIdentity=SENDER, ConfigurationSetName="events")
    send("a@example.com")
    attributes(EmailIdentity=SENDER)
    send("b@example.com")

    [told] = topics.messages
    assert told["mail"]["destination"] == ["a@example.com"]
    assert told["mail"]["tags"]["ses:configuration-set"] == ["events"]
    attributes(EmailIdentity=SENDER, ConfigurationSetName="events")
    sesv2.delete_configuration_set(ConfigurationSetName="events")
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
    sending = {"FromEmailAddress": SENDER, "Content": {"Simple": message}}
    destination = {"ToAddresses": ["a@example.com"]}
    assert refusal(sesv2.send_email, **sending, Destination=destination) == (
        "NotFoundException",
        "Configuration set <events> does not exist.",
    )
