"""Mailboxes, and the headers of raw mails: as SES reads them, and whoever asks who sends."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser


def bare_address(mailbox: str) -> str:
    """`Taro <taro@example.com>` to `taro@example.com`; an address alone comes back as it is."""
    bracketed = _BRACKETED.search(mailbox) if "<" in mailbox else None
    return (bracketed[1] if bracketed else mailbox).strip()


def identity_for(mailbox: str, identities: Container[str]) -> str | None:
    """The identity that verifies a mailbox: its address, its domain or a parent domain, or None."""
    return next(
        (name for name in _identities_of(bare_address(mailbox)) if name in identities), None
    )


def mail_headers(raw: bytes) -> EmailMessage:
    """The headers of a mail that a caller wrote, without its body."""
    return BytesHeaderParser(policy=policy.default).parsebytes(raw)


def mailboxes(message: EmailMessage, name: str) -> tuple[str, ...]:
    """The mailboxes that a header names, in all of its fields."""
    fields = message.get_all(name, [])
    return tuple(str(address) for value in fields for address in value.addresses)


_BRACKETED = re.compile(r"<([^<>]*)>\s*$")


def _identities_of(address: str) -> Iterator[str]:
    yield address
    domain = address.rpartition("@")[2].lower()
    while domain:
        yield domain
        domain = domain.partition(".")[2]
