"""A queue's attributes as moto's answers ask for them.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from moto.sqs import models

from mailfanout.sandbox.states import States

COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


class MotoQueue(models.Queue):
    """What moto reads and sets of a queue, wherever that keeps its messages."""

    # moto makes the queues, so the sandbox gives its states to all of them here.
    states: ClassVar[States] = States()
    BASE_ATTRIBUTES = [*models.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    visibility_timeout: int
    message_retention_period: int
    maximum_message_size: int
    delay_seconds: int
    content_based_deduplication: bool
    deduplication_scope: str
    redrive_policy: dict[str, Any] | None
    redrive_allow_policy: str | None = None

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        """A queue is encrypted in one way: the one that was asked for last.

        An empty policy is none.
        """
        allowed = "RedriveAllowPolicy"
        if allowed in attributes:
            attributes = {**attributes, allowed: attributes[allowed] or None}
        if attributes.get("KmsMasterKeyId"):
            attributes = {**attributes, "SqsManagedSseEnabled": False}
        elif str(attributes.get("SqsManagedSseEnabled")).lower() == "true":
            attributes = {**attributes, "KmsMasterKeyId": None}
        super()._set_attributes(attributes, now)

    def compares_within_groups(self) -> bool:
        """Whether a message repeats only those of its group: a new scope counts after a while."""
        before = self.states.shown("deduplication scope set", self.queue_arn)
        return (before or self.deduplication_scope) == "messageGroup"

    @property
    def lambda_event_source_mappings(self) -> dict[str, Any]:
        """Always empty: the sandbox's pollers serve the mappings, SendMessage does not."""
        return {}

    @lambda_event_source_mappings.setter
    def lambda_event_source_mappings(self, mappings: dict[str, Any]) -> None:
        pass

    def counts(self) -> dict[str, int]:
        """How many messages are visible, delayed and in flight, at one moment."""
        raise NotImplementedError

    @property
    def approximate_number_of_messages(self) -> int:
        return self.counts()["ApproximateNumberOfMessages"]

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        return self.counts()["ApproximateNumberOfMessagesDelayed"]

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        return self.counts()["ApproximateNumberOfMessagesNotVisible"]
