"""Receipt handles: what one says, and when it says nothing any more."""

from __future__ import annotations

import base64
from typing import ClassVar, NamedTuple

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid


class ReceiptHandle(NamedTuple):
    """What a receipt handle says. It holds everything itself: a queue remembers no handle."""

    queue_token: str
    message_id: str
    receive_count: int
    received_ms: int

    @classmethod
    def read(cls, text: str, *, queue_token: str) -> ReceiptHandle:
        """What a handle says. Raises ReceiptHandleIsInvalid if the queue never gave it."""
        try:
            token, message_id, count, received_ms = base64.b64decode(text).decode().split(":")
            handle = cls(token, message_id, int(count), int(received_ms))
        except ValueError:
            raise NoReceiptHandle(text) from None
        if token != queue_token:
            raise NoReceiptHandle(text)
        return handle

    def __str__(self) -> str:
        told = f"{self.queue_token}:{self.message_id}:{self.receive_count}:{self.received_ms}"
        return base64.b64encode(told.encode()).decode()


class NoReceiptHandle(ReceiptHandleIsInvalid):
    """A handle that the queue never gave."""

    def __init__(self, handle: str) -> None:
        super().__init__()
        self.message = f'The input receipt handle "{handle}" is not a valid receipt handle.'


class ReceiptHandleHasExpired(InvalidParameterValue):
    """A FIFO queue deletes no message that is visible again, or was received again.

    `in_batch` is how a batch words it.
    """

    in_batch: ClassVar = ("ReceiptHandleIsInvalid", "The receipt handle has expired")

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"Value {handle} for parameter ReceiptHandle is invalid. Reason: "
            "The receipt handle has expired."
        )
