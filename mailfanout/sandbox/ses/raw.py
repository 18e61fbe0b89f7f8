"""MIME messages that callers wrote themselves: what SES reads in them."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from mailfanout.sandbox.calls import bare_address, mailboxes
from mailfanout.sandbox.http import Refused
from mailfanout.sandbox.ses.mail import Attachment


def parse_raw(content: bytes) -> dict[str, Any]:
    """What stands in a MIME message, as fields of a Mail (without `raw_content` itself).

    Raises Refused for parts within parts within parts, hundreds of them.
    """
    try:
        return _parsed(content)
    except RecursionError as error:
        raise Refused("malformed", "The parts of the mail nest too deeply.") from error


def _parsed(content: bytes) -> dict[str, Any]:
    message = message_from_bytes(content, policy=policy.default)
    attached = [message] if message.is_attachment() else message.iter_attachments()
    return {
        "source": next(iter(mailboxes(message, "From")), ""),
        "also_verified": tuple(_senders(message)),
        "to": mailboxes(message, "To"),
        "cc": mailboxes(message, "Cc"),
        "bcc": mailboxes(message, "Bcc"),
        "reply_to": mailboxes(message, "Reply-To"),
        "subject": str(message["Subject"] or ""),
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "attachments": tuple(map(_attached, attached)),
        "configuration_set": message["X-SES-CONFIGURATION-SET"],
        "tags": _tags(str(message["X-SES-MESSAGE-TAGS"] or "")),
    }


def _senders(message: EmailMessage) -> Iterator[str]:
    """See https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html"""
    for name in ("From", "Sender"):
        yield from mailboxes(message, name)
    if bounces_to := bare_address(str(message["Return-Path"] or "")):
        yield bounces_to


def _attached(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True) or b""
    return Attachment(part.get_filename() or "", bytes(content), part.get_content_type())


def _tags(written: str) -> dict[str, str]:
    """Tags as a header has them: `campaign=winter, kind=news`."""
    pairs = (one.partition("=") for one in written.split(",") if one.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _body(message: EmailMessage, subtype: str) -> str | None:
    """The text of this kind, if there is one. Its lines end as any text's, not as on the wire."""
    part = message.get_body((subtype,))
    if part is None:
        return None
    try:
        text = str(part.get_content())
    except LookupError:  # a character set that Python does not know
        text = bytes(part.get_payload(decode=True)).decode("utf-8", "replace")
    return text.replace("\r\n", "\n")
