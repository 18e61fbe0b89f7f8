"""Mailboxes, and the headers of raw mails: as SES reads them, and whoever asks who sends."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser


def bare_address(mailbox: str) -> str:
    """`Taro <taro@example.com>` to `taro@example.com`; an address alone comes back as it is."""
    bracketed = _BRACKETED.search(mailbox) if "<" in mailbox else None
    return (bracketed[1] if bracketed else mailbox).strip()


def mail_headers(raw: bytes) -> EmailMessage:
    """The headers of a mail that a caller wrote, without its body."""
    return BytesHeaderParser(policy=policy.default).parsebytes(raw)


def mailboxes(message: EmailMessage, name: str) -> tuple[str, ...]:
    """The mailboxes that a header names, in all of its fields."""
    fields = message.get_all(name, [])
    return tuple(str(address) for value in fields for address in value.addresses)


_BRACKETED = re.compile(r"<([^<>]*)>\s*$")
