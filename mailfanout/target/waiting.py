"""Calls to AWS that may find nothing, or that are repeated until AWS is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError

T = TypeVar("T")
Sleep = Callable[[float], None]

# The second question comes when what takes the sandbox a tenth of a second is over.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

_MISSING = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
}


def unless_missing(call: Callable[..., T], **arguments: Any) -> T | None:
    """What the call returns, or None if AWS says that the resource does not exist."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
    return None


def refused(error: ClientError, code: str, text: str = "") -> bool:
    """Whether AWS refused a call with this error code and, in its message, this text."""
    details = error.response["Error"]
    return details["Code"] == code and text in details["Message"]


def retry(
    call: Callable[[], T],
    *,
    while_error: Callable[[ClientError], bool],
    sleep: Sleep,
    timeout_seconds: float = 90,
) -> T:
    """What the call returns, called again while `while_error` accepts AWS's refusal.

    Raises the ClientError that is not accepted, or the last one when the time is over.
    """
    for pause_seconds in _pauses(timeout_seconds):
        try:
            return call()
        except ClientError as error:
            if not while_error(error):
                raise
        sleep(pause_seconds)
    return call()


def wait_until(
    condition: Callable[[], bool],
    *,
    description: str,
    sleep: Sleep,
    timeout_seconds: float = 600,
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
) -> None:
    """Return as soon as the condition holds; it is asked at once, then ever more rarely.

    Raises MailfanoutError, which quotes the description, when the time is over.
    """
    for pause_seconds in _pauses(timeout_seconds, longest_pause_seconds):
        if condition():
            return
        sleep(pause_seconds)
    if not condition():
        raise MailfanoutError(
            f"Waited {timeout_seconds:g} s in vain: {description}. Type the same command again."
        )


def _pauses(
    total_seconds: float, longest_seconds: float = LONGEST_PAUSE_SECONDS
) -> Iterator[float]:
    pause_seconds, passed_seconds = FIRST_PAUSE_SECONDS, 0.0
    while passed_seconds < total_seconds:
        yield pause_seconds
        passed_seconds += pause_seconds
        pause_seconds = min(passed_seconds / 2, longest_seconds)
