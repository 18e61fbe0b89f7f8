"""Accepted mails: what one holds, how it reads as RFC 5322, and the outbox that keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from mailfanout.sandbox.calls import bare_address
from mailfanout.sandbox.ids import new_uuid
from mailfanout.sandbox.ses.header import header, one_line


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a mail."""

    file_name: str
    content: bytes
    content_type: str


class Mail(NamedTuple):
    """One mail that SES was asked to send; `accepted_at` is aware UTC.

    `raw_content` is set if the caller wrote the MIME message itself. The other fields then hold
    what was read from it. Text and HTML are None if the mail has no such part. The caller is
    named as SES names it, by the user or the role alone; the operation is the one that it called.
    `also_verified` have to be verified beside the source: where bounces go, say.
    """

    message_id: str
    accepted_at: datetime
    account_id: str
    region: str
    source: str
    also_verified: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    tags: Mapping[str, str] = {}
    configuration_set: str | None = None
    caller_identity: str = "learner"
    operation: str = "SendEmail"
    attachments: tuple[Attachment, ...] = ()
    raw_content: bytes | None = None

    @property
    def destinations(self) -> tuple[str, ...]:
        """Everyone the mail goes to."""
        return self.to + self.cc + self.bcc

    @property
    def date(self) -> str:
        """When it was accepted, as a header says it."""
        return _date(self.accepted_at)

    def holds(self, text: str) -> bool:
        """Whether the text stands anywhere in the mail, its attachments included."""
        content = text.encode()
        return (
            text in self.subject
            or text in (self.text or "")
            or text in (self.html or "")
            or content in (self.raw_content or b"")
            or any(content in attachment.content for attachment in self.attachments)
        )

    def to_dict(self, *, longest: int | None = None) -> dict[str, Any]:
        """The mail as JSON can hold it, without attachments' contents and raw bytes.

        With `longest`, subject, text and HTML are cut after so many characters.
        """
        return {
            "message_id": self.message_id,
            "accepted_at": self.accepted_at.isoformat(),
            "region": self.region,
            "source": self.source,
            "destinations": {"to": [*self.to], "cc": [*self.cc], "bcc": [*self.bcc]},
            "reply_to": [*self.reply_to],
            "subject": _cut(self.subject, longest),
            "text": _cut(self.text, longest),
            "html": _cut(self.html, longest),
            "headers": [[name, value] for name, value in self.headers],
            "tags": dict(self.tags),
            "configuration_set": self.configuration_set,
            "attachments": [attachment.file_name for attachment in self.attachments],
        }

    def given_fields(self) -> list[tuple[str, str]]:
        """The header as SES's events show it, decoded: without what SES adds when it sends."""
        if self.raw_content is not None:
            fields = message_from_bytes(self.raw_content, policy=policy.default).items()
            return [(name, str(value)) for name, value in fields if name.lower() != "bcc"]
        return [*self._address_fields(), *self.headers, *self._content_fields()]

    def _header_fields(self) -> list[tuple[str, str]]:
        """The header that recipients see, as (name, value) pairs, down to that of the content."""
        return [
            *self._address_fields(),
            *self.headers,
            ("Message-ID", self._message_id_field()),
            ("Date", self.date),
        ]

    def _address_fields(self) -> list[tuple[str, str]]:
        sender = (self.source,) if self.source else ()
        lists = (("From", sender), ("To", self.to), ("Cc", self.cc), ("Reply-To", self.reply_to))
        return [
            *((name, ", ".join(mailboxes)) for name, mailboxes in lists if mailboxes),
            ("Subject", one_line(self.subject)),
        ]

    def _content_fields(self) -> list[tuple[str, str]]:
        """What the content is, told without writing it: events need no more."""
        version = ("MIME-Version", "1.0")
        if self.attachments or (self.text is not None and self.html is not None):
            kind = "mixed" if self.attachments else "alternative"
            number = int(self.message_id[17:25], 16)
            boundary = f"----=_Part_{number}.{_milliseconds(self.accepted_at)}"
            return [version, ("Content-Type", f'multipart/{kind};  boundary="{boundary}"')]
        kind, content = ("html", self.html) if self.text is None else ("plain", self.text)
        encoding = "7bit" if (content or "").isascii() else "quoted-printable"
        written = ("Content-Type", f"text/{kind}; charset=UTF-8")
        return [version, written, ("Content-Transfer-Encoding", encoding)]

    def rfc5322(self) -> bytes:
        """The mail as it leaves SES, built anew on each call.

        Bcc and what is said to SES (`X-SES-…`) are left out, Message-ID is SES's.
        See https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
        """
        if self.raw_content is None:
            return header(self._header_fields()) + self._content().as_bytes()
        head, blank_line, body = _split_header(self.raw_content)
        message_id = b"Message-ID: " + self._message_id_field().encode("ascii") + b"\r\n"
        return message_id + _REPLACED_FIELDS.sub(b"", head) + blank_line + body

    def _message_id_field(self) -> str:
        # us-east-1, the first Region of SES, kept a name of its own.
        subdomain = "email" if self.region == "us-east-1" else self.region
        return f"<{self.message_id}@{subdomain}.amazonses.com>"

    def _content(self) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        if self.text is not None or self.html is None:
            message.set_content(self.text or "")
        if self.html is not None:
            add = message.add_alternative if self.text is not None else message.set_content
            add(self.html, subtype="html")
        for attachment in self.attachments:
            _attach(message, attachment)
        return message


class Outbox:
    """Every accepted mail, oldest first.

    Safe for threads. Adding, finding and each step of an iteration cost the same however many
    mails there are: who finds puts those in order that came since somebody found one. An iteration
    sees the mails that were there when it began.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget every mail."""
        with self._lock:
            self._mails: list[Mail] = []
            self._by_id: dict[str, Mail] = {}
            self._by_recipient: dict[str, list[Mail]] = {}
            self._in_order = 0

    def add(self, mail: Mail) -> None:
        """Keep one more mail."""
        self._mails.append(mail)

    def get(self, message_id: str) -> Mail | None:
        """The mail with an id, or None."""
        with self._lock:
            self._put_in_order()
            return self._by_id.get(message_id)

    def find(self, recipient: str) -> list[Mail]:
        """The mails to an address (in To, Cc or Bcc; upper and lower case alike), oldest first."""
        with self._lock:
            self._put_in_order()
            return list(self._by_recipient.get(_key(recipient), ()))

    def _put_in_order(self) -> None:
        """By id and by recipient. Sending does not: most mails are never asked for."""
        for mail in self._mails[self._in_order :]:
            self._by_id[mail.message_id] = mail
            for recipient in {_key(mailbox) for mailbox in mail.destinations}:
                self._by_recipient.setdefault(recipient, []).append(mail)
            self._in_order += 1

    def after(self, position: int, *, end: int | None = None) -> list[Mail]:
        """The mails after the first `position`, oldest first.

        With `end`, only those among the first `end`.
        """
        return self._mails[position:end]

    def __len__(self) -> int:
        return len(self._mails)

    def __iter__(self) -> Iterator[Mail]:
        mails = self._mails
        return (mails[index] for index in range(len(mails)))


def new_message_id(at: datetime) -> str:
    """A message id in the form of SES's: the time in milliseconds, a UUID, a counter."""
    return f"0100{_milliseconds(at):012x}-{new_uuid()}-000000"


_REPLACED_FIELDS = re.compile(
    rb"^(?:message-id|bcc|x-ses-[a-z-]+):.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE
)


# The mails of one call share their time.
_date = lru_cache(maxsize=64)(format_datetime)


@lru_cache(maxsize=64)
def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _cut(text: str | None, longest: int | None) -> str | None:
    if text is None or longest is None or len(text) <= longest:
        return text
    return f"{text[:longest]}…"


def _split_header(content: bytes) -> tuple[bytes, bytes, bytes]:
    end = re.search(rb"(?<=\n)\r?\n", content)
    if not end:
        return content, b"", b""
    return content[: end.start()], end[0], content[end.end() :]


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.content_type.partition("/")
    message.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=attachment.file_name
    )


def _key(mailbox: str) -> str:
    return bare_address(mailbox).lower()
