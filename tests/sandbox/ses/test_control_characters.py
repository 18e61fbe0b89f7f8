"""SES refuses control characters where they would become part of a header."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target

SENDER = "sender@example.com"


@pytest.mark.parametrize("character", ["\n", "\v", "\x1b", "\x85", "\u2028"])
def test_a_subject_with_one_is_refused(mailfanout_target: Target, character: str) -> None:
    with pytest.raises(ClientError, match="Control characters in header <Subject>"):
        send(mailfanout_target, subject=f"a{character}b")


def test_a_name_with_one_is_refused(mailfanout_target: Target) -> None:
    with pytest.raises(ClientError, match="Control characters"):
        send(mailfanout_target, to="a\x0bb <a@example.com>")


def test_a_tab_is_none_of_them(mailfanout_target: Target) -> None:
    assert send(mailfanout_target, subject="a\tb")["MessageId"]


def send(target: Target, *, subject: str = "Hello", to: str = "a@example.com") -> Any:
    ses = target.client("sesv2")
    ses.create_email_identity(EmailIdentity=SENDER)
    return ses.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "x"}}}},
    )
