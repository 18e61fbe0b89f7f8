"""What a FIFO queue or topic took in the last five minutes, by what a repeated message is known by.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

import hashlib
from typing import Generic, TypeVar

from mailfanout.sandbox.sqs.message_store import clock_ms

INTERVAL_MS = 5 * 60 * 1000

Key = tuple[str | None, str]
Sent = TypeVar("Sent")


def content_id(text: str) -> str:
    """The deduplication id of what is told apart by its content."""
    return hashlib.sha256(text.encode()).hexdigest()


class SentMessages(Generic[Sent]):
    """What a repeated message is compared with, deleted ones, too.

    A key is a group, or None if groups do not matter, and a deduplication id.
    """

    def __init__(self) -> None:
        self._by_key: dict[Key, tuple[float, Sent]] = {}

    def find(self, key: Key) -> Sent | None:
        """What was sent with a key within the last five minutes, or None."""
        self._forget()
        return self._by_key[key][1] if key in self._by_key else None

    def add(self, key: Key, sent: Sent) -> None:
        """Remember what was taken now."""
        self._by_key[key] = clock_ms(), sent

    def _forget(self) -> None:
        """The oldest come first."""
        oldest_ms = clock_ms() - INTERVAL_MS
        for key, (sent_ms, _) in list(self._by_key.items()):
            if sent_ms > oldest_ms:
                return
            del self._by_key[key]
