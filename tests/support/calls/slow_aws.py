"""An AWS that takes its time, and a clock that counts how long it was waited for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from mailfanout import provision
from mailfanout.stack import Stack

SEND_QUEUE = Stack().send_queue_name


class Sleep:
    """Stands in for time.sleep: remembers the seconds, and does what happens meanwhile."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.meanwhile: Callable[[], Any] = lambda: None

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.meanwhile()


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


CREATE_SEND_QUEUE = partial(provision.create_function, name=SEND_QUEUE)
DELETE_SEND_QUEUE = partial(provision.delete_function, name=SEND_QUEUE)
