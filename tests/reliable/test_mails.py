"""What a campaign's mail must look like, and what each recipient gets of it."""

from __future__ import annotations

import pytest

from support.reliable.pipeline import Pipeline
from support.reliable.scenes import HOUR, entry_of, mailed, shown, work_off

YAMADA = "yamada@example.com"


def sent(mail: bytes, **recipient: str) -> Pipeline:
    """A pipeline that has sent this mail to one recipient."""
    pipeline = Pipeline()
    pipeline.put_recipient(YAMADA, **recipient)
    pipeline.upload(mail)
    work_off(pipeline, seconds=120)
    return pipeline


def test_placeholders_are_filled_in_for_each_recipient() -> None:
    pipeline = sent("{{username}}様\n\nTo {{email}}.\n".encode(), username="山田 太郎")

    [mail] = pipeline.aws.ses.sent
    assert mail.text == "山田 太郎様\n\nTo yamada@example.com."


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (b"", "the mail is empty, or its first line is: that is the subject"),
        (b"Subject\nBody\n", "the mail's second line is not empty: it parts"),
        (b"Subject\n\n\n", "the mail has no body"),
        (b"Subject\n\n\xff", "the mail is not UTF-8: see its byte 9, in line 3"),
        (b"A\0subject\n\nBody\n", "the subject has the control character U+0000"),
        (b"Hello {{name}}\n\nBody\n", "line 1: "),
        (b"Subject\n\nBody\n{{#if username}}\n", "line 4: "),
        (b"Subject\n\n{{{username}}}\n", "line 3: "),
        (b"Subject\n\n\\{{username}}\n", "line 3: "),
        (b"Subject\n\n{{\nusername}}\n", "line 3: "),
        (b"Subject\r\n\r\n{{ username }}\r\n", "line 3: "),
        (b"Subject\n\n" + 400_000 * b"x", "the mail is longer than 390,000 bytes"),
        (b"Subject\n\n" + 800_000 * b"\xff", "the mail is longer than 390,000 bytes"),
    ],
)
def test_mail_that_cannot_be_sent_goes_to_nobody_and_the_campaign_says_why(
    mail: bytes, reason: str
) -> None:
    pipeline = sent(mail)

    assert mailed(pipeline) == {}
    assert shown(pipeline)["state"] == "failed"
    assert shown(pipeline)["reason"].startswith(reason)
    assert shown(pipeline)["recipients"] == 0


def test_mail_is_as_long_as_its_characters_though_two_bytes_end_each_line() -> None:
    pipeline = sent(b"Subject\r\n\r\n" + 389_000 * b"\r\n" + b"The end")

    assert mailed(pipeline) == {YAMADA: 1}


def test_recipient_without_a_username_fails_if_the_mail_needs_one() -> None:
    pipeline = sent(b"Hello {{username}}\n\nBody\n", username="")

    assert mailed(pipeline) == {}
    assert entry_of(pipeline, YAMADA)["reason"] == "no username"


def test_recipient_without_a_username_gets_a_mail_that_needs_none() -> None:
    pipeline = sent(b"Hello\n\nBody {{email}}\n", username="")

    assert mailed(pipeline) == {YAMADA: 1}


def test_username_cannot_break_a_line() -> None:
    pipeline = sent(b"Hello {{username}}\n\nBody\n", username="Eve\r\nBcc: all")

    [mail] = pipeline.aws.ses.sent
    assert mail.text == "Hello Eve Bcc: all\n\nBody"


def test_each_mail_can_be_unsubscribed_from_with_one_click() -> None:
    pipeline = sent(b"Hello\n\nBody\n")

    [mail] = pipeline.aws.ses.sent
    url = "https://example.com/unsubscribe?address=yamada%40example.com"
    assert mail.headers == {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_mail_tells_its_campaign_chunk_and_entry() -> None:
    pipeline = sent(b"Hello\n\nBody\n")

    [mail] = pipeline.aws.ses.sent
    assert mail.tags == {"campaign": shown(pipeline)["campaign"], "chunk": "c000001", "entry": "0"}


@pytest.mark.parametrize("flags", [{"haserror": 1}, {"optedout": 1}])
def test_whoever_has_an_error_or_opted_out_is_not_planned(flags: dict[str, int]) -> None:
    pipeline = Pipeline()
    pipeline.put_recipient(YAMADA, **flags)
    pipeline.upload()

    work_off(pipeline, seconds=HOUR)

    assert shown(pipeline)["recipients"] == 0
    assert shown(pipeline)["state"] == "done"
