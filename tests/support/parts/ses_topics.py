"""An SNS topic that SES reports to, of an identity's mails or of a configuration set's."""

from __future__ import annotations

from typing import Any

SENDER = "sender@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"
ALL_EVENTS = ["SEND", "REJECT", "DELIVERY", "BOUNCE", "COMPLAINT", "RENDERING_FAILURE"]


def notify(sesv1: Any, *kinds: str, identity: str = SENDER) -> None:
    """Have the identity's notifications of these kinds sent to the topic."""
    for kind in kinds:
        sesv1.set_identity_notification_topic(
            Identity=identity, NotificationType=kind, SnsTopic=TOPIC
        )


def publish_events(sesv2: Any, *types: str, topic_arn: str = TOPIC, enabled: bool = True) -> None:
    """Create the configuration set `events`, whose events of these types go to the topic."""
    sesv2.create_configuration_set(ConfigurationSetName="events")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="events",
        EventDestinationName="topic",
        EventDestination={
            "Enabled": enabled,
            "MatchingEventTypes": [*types] or ALL_EVENTS,
            "SnsDestination": {"TopicArn": topic_arn},
        },
    )
