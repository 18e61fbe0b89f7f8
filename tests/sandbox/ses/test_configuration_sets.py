"""What configuration sets are told to do, they do, whichever version of the API tells them."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal

NAME = "campaign"
SENDER = "sender@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"


@pytest.fixture
def named(sesv2: Any) -> dict[str, str]:
    """A configuration set, as calls name it."""
    sesv2.create_configuration_set(ConfigurationSetName=NAME)
    return {"ConfigurationSetName": NAME}


def test_a_new_set_lets_all_through(sesv2: Any, named: dict[str, str], send: Any) -> None:
    found = sesv2.get_configuration_set(**named)

    del found["ResponseMetadata"]
    assert found == {
        **named,
        "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
        "SendingOptions": {"SendingEnabled": True},
        "Tags": [],
    }
    send(**named)


def test_options_are_kept_as_they_were_put(sesv2: Any, sesv1: Any, named: dict[str, str]) -> None:
    sesv2.put_configuration_set_delivery_options(**named, TlsPolicy="REQUIRE")
    sesv1.update_configuration_set_reputation_metrics_enabled(**named, Enabled=True)
    sesv2.put_configuration_set_suppression_options(**named, SuppressedReasons=["COMPLAINT"])

    found = sesv2.get_configuration_set(**named)
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["COMPLAINT"]}
    asked = {"ConfigurationSetAttributeNames": ["reputationOptions"]}
    reputation = sesv1.describe_configuration_set(**named, **asked)["ReputationOptions"]
    assert reputation == {"SendingEnabled": True, "ReputationMetricsEnabled": True}
    sesv2.put_configuration_set_reputation_options(**named, ReputationMetricsEnabled=False)
    assert not sesv2.get_configuration_set(**named)["ReputationOptions"]["ReputationMetricsEnabled"]


def test_a_set_that_may_not_send_refuses_mails_in_each_versions_words(
    sesv2: Any, sesv1: Any, named: dict[str, str], send: Any, send_v1: Any
) -> None:
    sesv1.update_configuration_set_sending_enabled(**named, Enabled=False)

    assert refusal(send, **named)[0] == "SendingPausedException"
    assert refusal(send_v1, **named)[0] == "ConfigurationSetSendingPausedException"
    send()
    sesv2.put_configuration_set_sending_options(**named, SendingEnabled=True)
    send(**named)


def test_a_set_may_be_made_so_that_nobody_sends(sesv2: Any, send: Any) -> None:
    sesv2.create_configuration_set(
        ConfigurationSetName=NAME, SendingOptions={"SendingEnabled": False}
    )

    assert refusal(send, ConfigurationSetName=NAME)[0] == "SendingPausedException"


@pytest.mark.parametrize("reasons", [[], ["BOUNCE"]])
def test_without_a_reason_nobody_is_suppressed(
    sesv2: Any, sesv1: Any, named: dict[str, str], send: Any, topics: Any, reasons: list[str]
) -> None:
    for kind in ("Bounce", "Delivery"):
        sesv1.set_identity_notification_topic(
            Identity=SENDER, NotificationType=kind, SnsTopic=TOPIC
        )
    sesv2.put_suppressed_destination(EmailAddress="yamada@example.com", Reason="BOUNCE")
    sesv2.put_configuration_set_suppression_options(**named, SuppressedReasons=reasons)

    send()
    send(**named)
    sesv2.put_account_suppression_attributes(SuppressedReasons=[])
    send()
    send(**named)  # its own reasons go before the account's

    of_set = "Bounce" if reasons else "Delivery"
    kinds = [message["notificationType"] for message in topics.messages]
    assert kinds == ["Bounce", of_set, "Delivery", of_set]


def test_options_of_a_set_that_is_not_there_are_not_put(sesv2: Any) -> None:
    put = sesv2.put_configuration_set_sending_options

    assert refusal(put, ConfigurationSetName="nope", SendingEnabled=True) == (
        "NotFoundException",
        "Configuration set <nope> does not exist.",
    )
