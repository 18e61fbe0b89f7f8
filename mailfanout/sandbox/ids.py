"""Ids that AWS makes up, for calls, mails and messages.

They are no secrets, so that their bits need not come from the operating system: to ask that, every
call would hand the interpreter to another thread, and wait to have it back.
"""

from __future__ import annotations

from random import getrandbits
from uuid import UUID


def new_uuid() -> str:
    """A random UUID."""
    return str(UUID(int=getrandbits(128), version=4))


def new_hexadecimal(digits: int) -> str:
    """So many random digits, in lower case."""
    return f"{getrandbits(4 * digits):0{digits}x}"
