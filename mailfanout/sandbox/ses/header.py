"""A mail's header as it leaves SES: one field a value, whatever the value holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr, getaddresses

CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]+")

_ADDRESS_FIELDS = {"from", "to", "cc", "reply-to"}
_LONGEST_LINE = 900
_ENCODED_LINE = 76


def header(fields: Iterable[tuple[str, str]]) -> bytes:
    """The fields, each on lines of its own. Control characters become spaces.

    ASCII stands as it is: an encoded word is the caller's, and decoding it could break out of
    the field.
    """
    return b"".join(f"{name}: {_value(name, text)}\r\n".encode() for name, text in fields)


def has_control_characters(text: str) -> bool:
    """Whether it has what could start another line. Most texts are printable, as is seen soon."""
    return not text.isprintable() and CONTROL_CHARACTERS.search(text) is not None


def one_line(text: str) -> str:
    """The text without what could start another line."""
    return CONTROL_CHARACTERS.sub(" ", text) if has_control_characters(text) else text


def _value(name: str, text: str) -> str:
    text = one_line(text)
    if name.lower() in _ADDRESS_FIELDS:
        return ",\r\n ".join(map(_mailbox, getaddresses([text])))
    if text.isascii() and len(text) < _LONGEST_LINE:
        return text
    charset, length = ("ascii", _LONGEST_LINE) if text.isascii() else ("utf-8", _ENCODED_LINE)
    return Header(text, charset, length, name).encode(linesep="\r\n")


def _mailbox(parts: tuple[str, str]) -> str:
    name, address = parts
    return formataddr(parts) if address.isascii() else f"{name} <{address}>".lstrip()
