"""Mails that callers wrote themselves, as MIME: what SES takes from their header."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.calls import mail_headers, mailboxes
from mailfanout.sandbox.http import Refused
from mailfanout.sandbox.ses.raw import parse_raw
from mailfanout.sandbox.ses.sending import Ses
from support.calls.refusals import refusal

SENDER = "sender@example.com"
RAW = b"From: sender@example.com\r\nTo: a@b.example\r\nCc: c@b.example\r\nSubject: Raw\r\n\r\nBody"


def test_raw_mail_goes_to_the_recipients_of_its_header(sesv2: Any, sesv1: Any, ses: Ses) -> None:
    sesv2.send_email(Content={"Raw": {"Data": RAW}})
    sesv1.send_raw_email(RawMessage={"Data": RAW})

    for mail in ses.outbox:
        assert (mail.to, mail.cc) == (("a@b.example",), ("c@b.example",))
        assert (mail.source, mail.subject, mail.text) == (SENDER, "Raw", "Body")
        assert mail.rfc5322().endswith(RAW)
    assert len(ses.outbox) == 2


SAID_TO_SES = b"""From: sender@example.com
To: a@example.com
X-SES-CONFIGURATION-SET: campaigns
X-SES-MESSAGE-TAGS: campaign=winter, kind=news

Body
"""


def test_raw_mail_names_its_configuration_set_and_tags_in_its_header(
    sesv2: Any, sesv1: Any, ses: Ses
) -> None:
    for name in ("campaigns", "others"):
        sesv2.create_configuration_set(ConfigurationSetName=name)

    sesv1.send_raw_email(RawMessage={"Data": SAID_TO_SES})
    sesv2.send_email(Content={"Raw": {"Data": SAID_TO_SES}})
    sesv1.send_raw_email(RawMessage={"Data": SAID_TO_SES}, ConfigurationSetName="others")

    assert [mail.configuration_set for mail in ses.outbox] == ["campaigns", "campaigns", "others"]
    assert all(mail.tags == {"campaign": "winter", "kind": "news"} for mail in ses.outbox)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"X-SES-CONFIGURATION-SET: none\n", "ConfigurationSetDoesNotExist"),
        (b"X-SES-MESSAGE-TAGS: a=b c\n", "InvalidParameterValue"),
    ],
)
def test_raw_mail_that_says_something_wrong_to_ses_is_refused(
    sesv1: Any, header: bytes, code: str
) -> None:
    content = header + b"From: sender@example.com\nTo: a@example.com\n\nBody"

    assert refusal(sesv1.send_raw_email, RawMessage={"Data": content})[0] == code


def test_raw_mail_has_to_say_who_sends_it(sesv1: Any, sesv2: Any) -> None:
    raw, missing = {"Data": b"To: a@example.com\n\nBody"}, "Missing required header 'From'."

    answers = (
        refusal(sesv1.send_raw_email, RawMessage=raw),
        refusal(sesv2.send_email, Content={"Raw": raw}),
    )

    assert answers == (("InvalidParameterValue", missing), ("BadRequestException", missing))


@pytest.mark.parametrize(
    "head",
    [
        b"To: " + b", ".join([b"a@example.com"] * 6000),
        b"To: a@example.com\n" + b"Cc: b@example.com,\n" + b" c@example.com,\n" * 6000,
        b"To: " + b"(" * 5000,
    ],
)
def test_header_that_python_reads_for_minutes_or_not_at_all_is_refused(head: bytes) -> None:
    with pytest.raises(Refused, match="The header (To|Cc) "):
        mailboxes(mail_headers(head), "To")


def test_parts_within_parts_without_end_are_refused() -> None:
    with pytest.raises(Refused, match="nest too deeply"):
        parse_raw(b"Content-Type: message/rfc822\n\n" * 1200)


def test_destinations_of_a_raw_mail_go_before_its_header(sesv1: Any, ses: Ses) -> None:
    sesv1.send_raw_email(RawMessage={"Data": RAW}, Destinations=["other@b.example"])

    assert [mail.destinations for mail in ses.outbox] == [("other@b.example",)]
