"""A mail as SES describes it in what it reports of the mail: JSON, as AWS writes it.

See https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from mailfanout.sandbox.calls import bare_address
from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.ids import new_hexadecimal
from mailfanout.sandbox.json_objects import Json, written
from mailfanout.sandbox.ses.header import one_line
from mailfanout.sandbox.ses.mail import Mail

Fields = Sequence[tuple[str, str]]

_HEADER_LIMIT_BYTES = 10 * 1024

_OUTGOING_IP = "127.0.0.1"

# A field that events name otherwise.
_COMMON = {"reply-to": "replyTo", "message-id": "messageId"}

# A template is rendered after the mail was taken: what is published before, and what it adds.
_BEFORE_RENDERING = ("Send", "Rendering Failure")
_RENDERED_FIELDS = ("Subject", "Content-Type", "Content-Transfer-Encoding")


# What the mails of a bulk have each for itself; the rest of a description is the same for all.
_OWN = ("message_id", "to", "subject", "tags", "headers", "text", "html")
_SHARED = [name for name in Mail._fields if name not in _OWN]
_shared_values = attrgetter(*_SHARED)
_GAP = new_hexadecimal(32)
# In characters, of four bytes at most: together they are below the limit, so none is cut.
_LONGEST_OWN, _LONGEST_FORM = 1024, 1024


class Description:
    """A mail as its notifications and its events describe it: JSON, made once and when needed."""

    def __init__(self, mail: Mail, identity: str) -> None:
        self._mail, self._identity = mail, identity
        self._rendered = ""

    @cached_property
    def as_sent(self) -> str:
        return _json(_notified_mail(self._mail, self._identity))

    @cached_property
    def as_sent_with_headers(self) -> str:
        header = _header(self._mail, _shown_fields(self._mail))
        return _json(_notified_mail(self._mail, self._identity) | header)

    def as_published(self, event_type: str) -> str:
        """As an event of this type has it. A delivery's tags tell where the mail went out from."""
        if self._mail.operation == "SendTemplatedEmail" and event_type in _BEFORE_RENDERING:
            return self._before_rendering
        self._rendered = self._rendered or _rendered(self._mail, self._identity)
        if event_type != "Delivery":
            return self._rendered
        # The tags stand last, and are never empty.
        return f'{self._rendered[:-2]},"ses:outgoing-ip":["{_OUTGOING_IP}"]}}}}'

    @cached_property
    def _before_rendering(self) -> str:
        """Of a templated mail: the identity is not yet looked up, and there is no content."""
        given = self._mail.given_fields()
        fields = [field for field in given if field[0] not in _RENDERED_FIELDS]
        published = _published_mail(self._mail, self._identity, fields)
        del published["sourceArn"]
        return _json(published)


def _rendered(mail: Mail, identity: str) -> str:
    """A mail as events describe it. For those of a bulk, a form is filled in."""
    plain = [mail.message_id, *mail.tags.values()]  # JSON escapes nothing that these may have
    own = [*mail.to, mail.subject, *(value for _, value in mail.headers)]
    if mail.operation.startswith("SendBulk") and _fit(plain + own, mail):
        names = tuple(mail.tags), tuple(name for name, _ in mail.headers)
        is_ascii = (mail.text or mail.html or "").isascii()
        form = _form(identity, _shared_values(mail), *names, mail.text is None, is_ascii)
        if form:
            return form.filled_in(plain + [_json(value)[1:-1] for value in own])
    return _json(_published_mail(mail, identity, _shown_fields(mail)))


def _fit(own: Sequence[str], mail: Mail) -> bool:
    """Whether a form has gaps for what is a mail's own, which stand there as they are."""
    return (
        len(mail.to) == 1
        and bare_address(mail.to[0]) == mail.to[0]
        and one_line(mail.subject) == mail.subject
        and not mail.attachments
        and (mail.text is None or mail.html is None)
        and sum(map(len, own)) <= _LONGEST_OWN
    )


class _Form(NamedTuple):
    """JSON in pieces. Each second one is a gap, for which `in_order` picks one of the values."""

    pieces: list[str]
    in_order: Callable[[Sequence[str]], Iterable[str]]

    def filled_in(self, values: Sequence[str]) -> str:
        pieces = self.pieces.copy()
        pieces[1::2] = self.in_order(values)
        return "".join(pieces)


@lru_cache(maxsize=64)
def _form(
    identity: str,
    shared: tuple[Any, ...],
    tags: tuple[str, ...],
    headers: tuple[str, ...],
    is_html: bool,
    is_ascii: bool,
) -> _Form | None:
    """The form for mails with these values, and names of tags and headers; None if too long."""
    gaps = (f"{_GAP}{number}" for number in itertools.count())
    content: Json = {"html" if is_html else "text": "" if is_ascii else "é"}
    mail = Mail(
        message_id=next(gaps),
        tags={name: next(gaps) for name in tags},
        to=(next(gaps),),
        subject=next(gaps),
        headers=tuple((name, next(gaps)) for name in headers),
        **content,
        **dict(zip(_SHARED, shared, strict=True)),
    )
    fields = _shown_fields(mail)
    if sum(len(name) + len(value) for name, value in fields) > _LONGEST_FORM:
        return None
    pieces = re.split(rf"{_GAP}(\d+)", _json(_published_mail(mail, identity, fields)))
    return _Form(pieces, itemgetter(*map(int, pieces[1::2])))


def _json(described: Any) -> str:
    return written(described).decode()


def _notified_mail(mail: Mail, identity: str) -> Json:
    return _sent_mail(mail, identity) | {"sourceIp": "127.0.0.1"}


def _sent_mail(mail: Mail, identity: str) -> Json:
    arn = f"arn:aws:ses:{mail.region}:{mail.account_id}:identity/{identity}"
    return {
        "timestamp": iso_time(mail.accepted_at),
        "source": mail.source,
        "sourceArn": arn,
        "sendingAccountId": mail.account_id,
        "messageId": mail.message_id,
        "destination": [bare_address(recipient) for recipient in mail.destinations],
    }


def _published_mail(mail: Mail, identity: str, fields: Fields) -> Json:
    header = _header(mail, fields)
    senders = header["commonHeaders"].get("from", [])
    domains = [bare_address(sender).rpartition("@")[2] for sender in senders]
    tags = {
        "ses:operation": [mail.operation],
        "ses:configuration-set": [mail.configuration_set],
        "ses:source-ip": ["127.0.0.1"],
        **({"ses:from-domain": domains} if domains else {}),
        **{name: [value] for name, value in mail.tags.items()},
        "ses:caller-identity": [mail.caller_identity],
    }
    return _sent_mail(mail, identity) | header | {"tags": tags}


def _shown_fields(mail: Mail) -> Fields:
    """The header as events show it, for SES dates what it renders."""
    dated = [("Date", mail.date)] if mail.operation == "SendTemplatedEmail" else []
    return [*dated, *mail.given_fields()]


def _header(mail: Mail, fields: Fields) -> Json:
    headers, truncated = _headers(fields)
    return {
        "headersTruncated": truncated,
        "headers": headers,
        "commonHeaders": _common_headers(mail, fields),
    }


def _headers(fields: Fields) -> tuple[list[Json], bool]:
    """The header fields that fit into AWS's 10 KB, and whether some did not."""
    kept, size = [], 0
    for name, value in fields:
        size += len(name) + len(value.encode())
        if size <= _HEADER_LIMIT_BYTES:
            kept.append({"name": name, "value": value})
    return kept, len(kept) < len(fields)


def _common_headers(mail: Mail, fields: Fields) -> Json:
    """What the header says, and nothing that it does not say, but for SES's id."""
    said = {name.lower(): value for name, value in fields}
    found: Json = {
        "from": [said.get("from")],
        "reply-to": [*mail.reply_to],
        "date": said.get("date"),
        "to": [*mail.to],
        "cc": [*mail.cc],
        "message-id": mail.message_id,
        "subject": mail.subject,
    }
    said["message-id"] = mail.message_id
    return {_COMMON.get(name, name): value for name, value in found.items() if name in said}
