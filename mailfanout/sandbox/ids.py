"""Ids that AWS makes up, for calls, mails and messages."""

from __future__ import annotations

from random import getrandbits
from uuid import UUID


def new_uuid() -> str:
    """A random UUID. It is no secret, so that its bits need not come from the operating system.

    To ask that, every call would hand the interpreter to another thread, and wait to have it back.
    """
    return str(UUID(int=getrandbits(128), version=4))
