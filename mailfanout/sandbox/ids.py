"""Ids that AWS makes up, for calls, mails and messages.

They are no secrets, so that their bits need not come from the operating system: to ask that, every
call would hand the interpreter to another thread, and wait to have it back.
"""

from __future__ import annotations

import base64
import string
from random import choices, getrandbits


def new_uuid() -> str:
    """A random UUID."""
    # Python's own UUID takes seven times as long: a bulk mail has ten.
    digits = getrandbits(128).to_bytes(16, "big").hex()
    variant = "89ab"[getrandbits(2)]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def s3_request_id() -> str:
    """S3's own kind of id for a request."""
    return new_hexadecimal(16).upper()


def s3_version_id() -> str:
    """S3's own kind of id for a version of an object."""
    return "".join(choices(f"{string.ascii_letters}{string.digits}._", k=32))


def host_id(request_id: str) -> str:
    """S3's second id of a request."""
    return base64.b64encode(request_id.encode() * 3).decode()


def new_hexadecimal(digits: int) -> str:
    """So many random digits, in lower case."""
    return f"{getrandbits(4 * digits):0{digits}x}"
