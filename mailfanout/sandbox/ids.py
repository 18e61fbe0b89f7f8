"""Ids that AWS makes up, for calls, mails and messages.

They are no secrets, so that their bits need not come from the operating system: to ask that, every
call would hand the interpreter to another thread, and wait to have it back.
"""

from __future__ import annotations

from random import getrandbits


def new_uuid() -> str:
    """A random UUID."""
    # Python's own UUID takes four times as long: a bulk mail has ten.
    digits = new_hexadecimal(30)
    head, rest = digits[:12], digits[12:]
    variant = "89ab"[getrandbits(2)]
    return f"{head[:8]}-{head[8:]}-4{rest[:3]}-{variant}{rest[3:6]}-{rest[6:]}"


def new_hexadecimal(digits: int) -> str:
    """So many random digits, in lower case."""
    return f"{getrandbits(4 * digits):0{digits}x}"
