"""Who makes the call that is being done in this thread, for what happens in its course."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from mailfanout.sandbox.access.account import user_id
from mailfanout.sandbox.access.keys import Caller

_current: ContextVar[Caller] = ContextVar("caller")


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """Do what is done meanwhile for a caller."""
    token = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(token)


def current_caller() -> Caller:
    """Whoever calls. Raises LookupError if nobody does."""
    return _current.get()


def current_user_id() -> str:
    """The UserId of whoever calls, in STS's words. Raises LookupError if nobody does."""
    return user_id(current_caller())
