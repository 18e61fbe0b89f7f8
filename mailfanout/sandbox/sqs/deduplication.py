"""What a FIFO queue took in the last five minutes, by what a repeated message is known by.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

from moto.core.utils import unix_time_millis

from mailfanout.sandbox.sqs.message_store import Message

INTERVAL_MS = 5 * 60 * 1000


Key = tuple[str | None, str]


class SentMessages:
    """The messages of one queue that a repeated one is compared with, deleted ones, too.

    A key is a group, or None if the queue compares across groups, and a deduplication id.
    """

    def __init__(self) -> None:
        self._by_key: dict[Key, Message] = {}

    def find(self, key: Key) -> Message | None:
        """The message that was sent with a key within the last five minutes, or None."""
        self._forget()
        return self._by_key.get(key)

    def add(self, key: Key, message: Message) -> None:
        """Remember a message that the queue took."""
        self._by_key[key] = message

    def _forget(self) -> None:
        """The oldest come first."""
        oldest_ms = unix_time_millis() - INTERVAL_MS
        for key, message in list(self._by_key.items()):
            if (message.sent_timestamp or 0) > oldest_ms:
                return
            del self._by_key[key]
