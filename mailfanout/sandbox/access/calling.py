"""The call that is being done in this thread: who makes it, and its id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from mailfanout.sandbox.access.account import user_id
from mailfanout.sandbox.access.keys import Caller
from mailfanout.sandbox.ids import s3_request_id

_current: ContextVar[Caller] = ContextVar("caller")
_request_id: ContextVar[str] = ContextVar("request id")


@contextmanager
def calling(caller: Caller) -> Iterator[str]:
    """Do what is done meanwhile for a caller, as a call with this new id, in the form of S3's."""
    token, request_id = _current.set(caller), s3_request_id()
    token_of_id = _request_id.set(request_id)
    try:
        yield request_id
    finally:
        _current.reset(token)
        _request_id.reset(token_of_id)


def current_caller() -> Caller:
    """Whoever calls. Raises LookupError if nobody does."""
    return _current.get()


def current_request_id() -> str:
    """The id of the call. Raises LookupError if there is none."""
    return _request_id.get()


def current_user_id() -> str:
    """The UserId of whoever calls, in STS's words. Raises LookupError if nobody does."""
    return user_id(current_caller())
