"""Mailboxes, and the headers of raw mails: as SES reads them, and whoever asks who sends."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser

from mailfanout.sandbox.http import Refused

# Fifty recipients with the longest names that they may have; Python reads longer ones for minutes.
LONGEST_FIELD = 64 * 1024
_BRACKETED = re.compile(r"<([^<>]*)>\s*$")


def bare_address(mailbox: str) -> str:
    """`Taro <taro@example.com>` to `taro@example.com`; an address alone comes back as it is."""
    bracketed = _BRACKETED.search(mailbox) if "<" in mailbox else None
    return (bracketed[1] if bracketed else mailbox).strip()


def identity_for(mailbox: str, identities: Container[str]) -> str | None:
    """The identity that verifies a mailbox: its address, its domain or a parent domain, or None."""
    return next((one for one in _identities_of(bare_address(mailbox)) if one in identities), None)


def mail_headers(raw: bytes) -> EmailMessage:
    """The headers of a mail that a caller wrote, without its body.

    Raises Refused if one of them is too long to be read.
    """
    message = BytesHeaderParser(policy=policy.default).parsebytes(raw)
    for name, value in message.raw_items():
        if len(value) > LONGEST_FIELD:
            said = f"The header {name} has {len(value)} characters; the most are {LONGEST_FIELD}."
            raise Refused("malformed", said)
    return message


def mailboxes(message: EmailMessage, name: str) -> tuple[str, ...]:
    """The mailboxes that a header names, in all of its fields. Raises Refused for nested ones."""
    try:
        fields = message.get_all(name, [])
    except RecursionError as error:
        raise Refused("malformed", f"The header {name} nests too deeply.") from error
    return tuple(str(address) for value in fields for address in value.addresses)


def _identities_of(address: str) -> Iterator[str]:
    yield address
    local, _, domain = address.rpartition("@")
    if "+" in local:  # what follows is a label, of the same mailbox
        yield f"{local.partition('+')[0]}@{domain}"
    domain = domain.lower()
    while domain:
        yield domain
        domain = domain.partition(".")[2]
