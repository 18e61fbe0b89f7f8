"""SES beside sending: quotas, identities, suppression list, templates, event destinations."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.seams.ses import replacements
from mailfanout.sandbox.ses.sending import Ses

SENDER = "sender@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"
DESTINATION = {
    "Enabled": True,
    "MatchingEventTypes": ["BOUNCE"],
    "SnsDestination": {"TopicArn": TOPIC},
}


def test_account_and_quota_say_the_same_in_both_versions(sesv2: Any, sesv1: Any, ses: Ses) -> None:
    ses.settings.production = False
    ses.settings.max_send_rate = 1
    ses.settings.max_24_hour_send = 200
    everyone = [SENDER, "bounce@simulator.amazonses.com"]
    sesv2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": everyone},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "y"}}}},
    )

    account, quota = sesv2.get_account(), sesv1.get_send_quota()

    assert account["ProductionAccessEnabled"] is False
    assert account["SendingEnabled"] is True
    assert account["EnforcementStatus"] == "HEALTHY"
    expected = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 1.0}
    assert account["SendQuota"] == expected
    assert {name: quota[name] for name in expected} == expected


def test_new_account_has_the_quotas_of_production(sesv2: Any) -> None:
    account = sesv2.get_account()

    assert account["ProductionAccessEnabled"] is True
    assert account["SendQuota"]["MaxSendRate"] == 14
    assert account["SendQuota"]["Max24HourSend"] == 50_000


def test_account_that_paused_sending_sends_nothing(
    sesv2: Any, sesv1: Any, send: Any, refused: Any
) -> None:
    sesv2.put_account_sending_attributes(SendingEnabled=False)

    assert refused(send)[0] == "SendingPausedException"
    assert sesv2.get_account()["SendingEnabled"] is sesv1.get_account_sending_enabled()["Enabled"]
    sesv1.update_account_sending_enabled(Enabled=True)
    assert send()


def test_account_keeps_what_is_said_of_it(sesv2: Any) -> None:
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}

    sesv2.put_account_details(**details)
    sesv2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])

    account = sesv2.get_account()
    assert account["Details"] == details
    assert account["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE"]}


def test_address_identity_is_verified_at_once(sesv2: Any, sesv1: Any) -> None:
    created = sesv2.create_email_identity(EmailIdentity="new@example.com")
    sesv1.verify_email_identity(EmailAddress="v1@example.com")

    assert created["VerifiedForSendingStatus"] is True
    for name in ("new@example.com", "v1@example.com"):
        identity = sesv2.get_email_identity(EmailIdentity=name)
        assert identity["VerifiedForSendingStatus"] is True


def test_identity_exists_once_and_goes_once(refused: Any, sesv2: Any) -> None:
    assert refused(sesv2.create_email_identity, EmailIdentity=SENDER)[0] == "AlreadyExistsException"

    sesv2.delete_email_identity(EmailIdentity=SENDER)

    assert refused(sesv2.get_email_identity, EmailIdentity=SENDER)[0] == "NotFoundException"
    assert refused(sesv2.delete_email_identity, EmailIdentity=SENDER)[0] == "NotFoundException"


def test_configuration_set_exists_once_and_goes_once(refused: Any, sesv2: Any) -> None:
    name = {"ConfigurationSetName": "events"}
    sesv2.create_configuration_set(**name)

    assert refused(sesv2.create_configuration_set, **name)[0] == "AlreadyExistsException"
    assert sesv2.get_configuration_set(**name)["ConfigurationSetName"] == "events"
    sesv2.delete_configuration_set(**name)
    assert refused(sesv2.get_configuration_set, **name)[0] == "NotFoundException"
    assert refused(sesv2.delete_configuration_set, **name)[0] == "NotFoundException"


def test_suppression_list_is_kept(sesv2: Any, ses: Ses) -> None:
    for name, reason in (("A@example.com", "BOUNCE"), ("b@example.com", "COMPLAINT")):
        sesv2.put_suppressed_destination(EmailAddress=name, Reason=reason)

    found = sesv2.get_suppressed_destination(EmailAddress="a@example.com")["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == ("a@example.com", "BOUNCE")
    assert found["LastUpdateTime"] == ses.now()
    assert _suppressed(sesv2) == ["a@example.com", "b@example.com"]
    assert _suppressed(sesv2, Reasons=["COMPLAINT"]) == ["b@example.com"]
    sesv2.delete_suppressed_destination(EmailAddress="a@example.com")
    assert _suppressed(sesv2) == ["b@example.com"]


def test_address_that_is_not_suppressed_is_not_found(refused: Any, sesv2: Any) -> None:
    name = {"EmailAddress": "a@example.com"}

    assert refused(sesv2.get_suppressed_destination, **name)[0] == "NotFoundException"
    assert refused(sesv2.delete_suppressed_destination, **name)[0] == "NotFoundException"


def test_long_list_comes_in_pages(sesv2: Any) -> None:
    for number in range(3):
        sesv2.put_suppressed_destination(EmailAddress=f"{number}@example.com", Reason="BOUNCE")

    first = sesv2.list_suppressed_destinations(PageSize=2)
    second = sesv2.list_suppressed_destinations(PageSize=2, NextToken=first["NextToken"])

    assert len(first["SuppressedDestinationSummaries"]) == 2
    assert len(second["SuppressedDestinationSummaries"]) == 1
    assert "NextToken" not in second


def test_email_template_is_made_read_changed_and_deleted(
    refused: Any, sesv2: Any, sesv1: Any
) -> None:
    name = {"TemplateName": "greeting"}
    sesv2.create_email_template(**name, TemplateContent={"Subject": "One", "Text": "text"})
    assert (
        refused(sesv2.create_email_template, **name, TemplateContent={})[0]
        == "AlreadyExistsException"
    )

    sesv2.update_email_template(**name, TemplateContent={"Subject": "Two", "Html": "<p>"})

    content = {"Subject": "Two", "Html": "<p>"}
    assert sesv2.get_email_template(**name)["TemplateContent"] == content
    assert sesv1.get_template(**name)["Template"]["SubjectPart"] == "Two"
    listed = sesv2.list_email_templates()["TemplatesMetadata"]
    assert [item["TemplateName"] for item in listed] == ["greeting"]
    sesv2.delete_email_template(**name)
    assert refused(sesv2.get_email_template, **name)[0] == "NotFoundException"
    assert refused(sesv2.delete_email_template, **name)[0] == "NotFoundException"


def test_event_destination_is_made_read_changed_and_deleted(refused: Any, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="events")
    name = {"ConfigurationSetName": "events", "EventDestinationName": "topic"}
    create = sesv2.create_configuration_set_event_destination
    create(**name, EventDestination=DESTINATION)
    assert refused(create, **name, EventDestination=DESTINATION)[0] == "AlreadyExistsException"

    changed = DESTINATION | {"MatchingEventTypes": ["DELIVERY"]}
    sesv2.update_configuration_set_event_destination(**name, EventDestination=changed)

    assert _event_destinations(sesv2) == [{"Name": "topic"} | changed]
    sesv2.delete_configuration_set_event_destination(**name)
    assert _event_destinations(sesv2) == []
    delete = sesv2.delete_configuration_set_event_destination
    assert refused(delete, **name)[0] == "NotFoundException"


def test_event_destinations_go_with_their_configuration_set(refused: Any, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="events")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="events", EventDestinationName="topic", EventDestination=DESTINATION
    )

    sesv2.delete_configuration_set(ConfigurationSetName="events")
    get = sesv2.get_configuration_set_event_destinations
    assert refused(get, ConfigurationSetName="events")[0] == "NotFoundException"

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


def test_event_destination_of_the_first_api_is_described_changed_and_deleted(
    refused: Any, sesv1: Any
) -> None:
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
    assert refused(change, **events, EventDestination=a_destination_v1())[0] == (
        "EventDestinationDoesNotExist"
    )


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
    refused: Any, sesv1: Any, method: str, given: dict[str, Any], error: tuple[str, str]
) -> None:
    sesv1.create_configuration_set(ConfigurationSet={"Name": "events"})

    assert refused(getattr(sesv1, method), **given) == error


def test_template_of_the_first_api_that_is_gone_is_no_error(sesv1: Any) -> None:
    sesv1.delete_template(TemplateName="nope")


def test_notification_topics_of_an_identity_can_be_read(sesv1: Any) -> None:
    sesv1.set_identity_notification_topic(
        Identity=SENDER, NotificationType="Bounce", SnsTopic=TOPIC
    )

    answer = sesv1.get_identity_notification_attributes(Identities=[SENDER])

    attributes = answer["NotificationAttributes"][SENDER]
    assert attributes["BounceTopic"] == TOPIC
    assert "ComplaintTopic" not in attributes
    assert attributes["HeadersInBounceNotificationsEnabled"] is False


def test_moto_still_has_what_is_replaced_and_lacks_what_is_added() -> None:
    for owner, name, _, reason in replacements(Ses(lambda *_: None)):
        added = reason == "moto has no such operation"
        assert hasattr(owner, name) is not added, f"{owner.__name__}.{name}: {reason}"


def _suppressed(sesv2: Any, **wanted: Any) -> list[str]:
    listed = sesv2.list_suppressed_destinations(**wanted)["SuppressedDestinationSummaries"]
    return [item["EmailAddress"] for item in listed]


def _event_destinations(sesv2: Any) -> list[dict[str, Any]]:
    answer = sesv2.get_configuration_set_event_destinations(ConfigurationSetName="events")
    return list(answer["EventDestinations"])
