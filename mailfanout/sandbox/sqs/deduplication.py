"""What a FIFO queue took in the last five minutes, by deduplication id.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

from moto.core.utils import unix_time_millis
from moto.sqs import models

INTERVAL_MS = 5 * 60 * 1000


class SentMessages:
    """The messages of one queue that a repeated one is compared with, deleted ones, too."""

    def __init__(self) -> None:
        self._by_id: dict[str, models.Message] = {}

    def find(self, deduplication_id: str) -> models.Message | None:
        """The message that was sent with an id within the last five minutes, or None."""
        self._forget()
        return self._by_id.get(deduplication_id)

    def add(self, message: models.Message) -> None:
        """Remember a message that the queue took."""
        if message.deduplication_id:
            self._by_id[message.deduplication_id] = message

    def _forget(self) -> None:
        """The oldest come first."""
        oldest_ms = unix_time_millis() - INTERVAL_MS
        for key, message in list(self._by_id.items()):
            if (message.sent_timestamp or 0) > oldest_ms:
                return
            del self._by_id[key]
