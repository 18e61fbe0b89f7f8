"""Mails as RFC 5322, and the outbox."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from mailfanout.sandbox.ses.mail import Attachment, Mail, Outbox, new_message_id
from mailfanout.sandbox.ses.raw import parse_raw

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def a_mail(**fields: Any) -> Mail:
    defaults: dict[str, Any] = {
        "message_id": new_message_id(NOON),
        "accepted_at": NOON,
        "account_id": "123456789012",
        "region": "us-east-1",
        "source": "sender@example.com",
        "to": ("yamada@example.com",),
        "subject": "メール配信テスト",
        "text": "このメールはテストです。",
    }
    return Mail(**defaults | fields)


def parsed(mail: Mail) -> EmailMessage:
    return message_from_bytes(mail.rfc5322(), policy=policy.default)


def test_message_id_has_the_form_of_ses() -> None:
    first, second = new_message_id(NOON), new_message_id(NOON)

    assert first != second
    time, *uuid, counter = first.split("-")
    assert (time, len(uuid), counter) == (f"0100{int(NOON.timestamp() * 1000):012x}", 5, "000000")


def test_japanese_mail_reads_back_as_written() -> None:
    message = parsed(a_mail(to=("山田太郎 <yamada@example.com>",), reply_to=("info@example.com",)))

    assert message["Subject"] == "メール配信テスト"
    assert message["To"] == "山田太郎 <yamada@example.com>"
    assert message["Reply-To"] == "info@example.com"
    assert message["Date"].datetime == NOON
    assert message.get_content().rstrip() == "このメールはテストです。"


@pytest.mark.parametrize(
    ("region", "domain"),
    [("us-east-1", "email.amazonses.com"), ("eu-west-1", "eu-west-1.amazonses.com")],
)
def test_message_id_field_carries_the_id_that_the_sender_got(region: str, domain: str) -> None:
    mail = a_mail(region=region)

    assert parsed(mail)["Message-ID"] == f"<{mail.message_id}@{domain}>"


def test_blind_copies_are_sent_and_not_shown() -> None:
    mail = a_mail(cc=("tanaka@example.com",), bcc=("sato@example.com",))

    assert mail.destinations == ("yamada@example.com", "tanaka@example.com", "sato@example.com")
    assert b"tanaka@example.com" in mail.rfc5322()
    assert b"sato@example.com" not in mail.rfc5322()


def test_text_html_and_attachment_stand_side_by_side() -> None:
    attachment = Attachment("例.bin", b"\x00\x01", "application/octet-stream")

    message = parsed(a_mail(html="<p>テスト</p>", attachments=(attachment,)))

    assert "テスト" in _content(message, "plain")
    assert "<p>テスト</p>" in _content(message, "html")
    files = [(part.get_filename(), part.get_content()) for part in message.iter_attachments()]
    assert files == [("例.bin", b"\x00\x01")]


def test_html_alone_makes_no_empty_text() -> None:
    assert parsed(a_mail(text=None, html="<p>x</p>")).get_content_type() == "text/html"


def test_long_unsubscribe_link_stays_on_its_line_as_it_is() -> None:
    link = f"<https://example.com/unsubscribe?token={'a' * 200}>"

    raw = a_mail(headers=(("List-Unsubscribe", link),)).rfc5322()

    assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in raw


def test_line_break_in_the_subject_cannot_start_another_header() -> None:
    message = parsed(a_mail(subject="Hello\r\nX-Evil: 1"))

    assert message["Subject"] == "Hello X-Evil: 1"
    assert "X-Evil" not in message


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_raw_content_gets_a_message_id_and_loses_bcc(newline: str) -> None:
    lines = [
        "From: sender@example.com",
        "Bcc: hidden@example.com,",
        "  another@example.com",
        "message-id: <mine@example.com>",
        "X-SES-CONFIGURATION-SET: campaigns",
        "X-SES-MESSAGE-TAGS: campaign=winter,",
        " kind=news",
        "Subject: raw",
        "",
        "Bcc: in the body this stays",
    ]
    content = newline.join(lines).encode()

    mail = a_mail(raw_content=content)

    assert b"hidden@" not in mail.rfc5322()
    assert b"another@" not in mail.rfc5322()
    assert parsed(mail).get_all("Message-ID") == [f"<{mail.message_id}@email.amazonses.com>"]
    assert parsed(mail)["Subject"] == "raw"
    assert mail.rfc5322().endswith(b"Bcc: in the body this stays")
    assert set(parsed(mail).keys()) == {"Message-ID", "From", "Subject"}


def test_raw_content_may_be_a_header_alone() -> None:
    assert parsed(a_mail(raw_content=b"Subject: raw\r\n"))["Subject"] == "raw"


def test_raw_content_is_read_into_fields() -> None:
    content = a_mail(cc=("C <c@example.com>",), html="<p>x</p>").rfc5322()

    fields = parse_raw(content)

    assert fields["source"] == "sender@example.com"
    assert (fields["to"], fields["cc"]) == (("yamada@example.com",), ("C <c@example.com>",))
    assert fields["subject"] == "メール配信テスト"
    assert fields["text"].rstrip() == "このメールはテストです。"
    assert fields["html"].rstrip() == "<p>x</p>"


def test_lines_of_raw_content_end_as_those_of_any_mail() -> None:
    assert parse_raw(b"Subject: s\r\n\r\na\r\nb\r\n")["text"] == "a\nb\n"


def test_mail_as_json_keeps_every_field() -> None:
    mail = a_mail(
        headers=(("X-A", "1"),),
        tags={"campaign": "c1"},
        configuration_set="events",
        attachments=(Attachment("a.txt", b"x", "text/plain"),),
    )

    assert json.loads(json.dumps(mail.to_dict())) == {
        "message_id": mail.message_id,
        "accepted_at": "2026-05-01T12:00:00+00:00",
        "region": "us-east-1",
        "source": "sender@example.com",
        "destinations": {"to": ["yamada@example.com"], "cc": [], "bcc": []},
        "reply_to": [],
        "subject": "メール配信テスト",
        "text": "このメールはテストです。",
        "html": None,
        "headers": [["X-A", "1"]],
        "tags": {"campaign": "c1"},
        "configuration_set": "events",
        "attachments": ["a.txt"],
    }


def test_outbox_finds_by_recipient_and_by_id() -> None:
    outbox = Outbox()
    first = a_mail(to=("Yamada <yamada@example.com>",), cc=("yamada@example.com",))
    second = a_mail(to=(), bcc=("YAMADA@example.com",))
    other = a_mail(to=("tanaka@example.com",))
    for mail in (first, second, other):
        outbox.add(mail)

    assert outbox.find("yamada@EXAMPLE.com") == [first, second]
    assert outbox.find("nobody@example.com") == []
    assert outbox.get(other.message_id) is other
    assert outbox.get("no such id") is None
    assert outbox.after(1) == [second, other]
    assert len(outbox) == 3


def test_iteration_sees_the_mails_that_were_there_when_it_began() -> None:
    outbox = Outbox()
    outbox.add(a_mail())
    iteration = iter(outbox)

    outbox.add(a_mail())
    outbox.clear()

    assert len(list(iteration)) == 1
    assert (len(outbox), list(outbox), outbox.find("yamada@example.com")) == (0, [], [])


def test_no_mail_is_lost_between_threads() -> None:
    outbox = Outbox()
    mails = [a_mail() for _ in range(400)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(outbox.add, mails))

    assert {mail.message_id for mail in outbox} == {mail.message_id for mail in mails}
    assert len(outbox.find("yamada@example.com")) == 400


def _content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part
    return str(part.get_content())
