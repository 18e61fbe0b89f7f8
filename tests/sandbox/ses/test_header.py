"""A mail's header has one field for each value, whatever the value holds."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from mailfanout.sandbox.ses.header import header

# Decoded, it reads `a`, a carriage return, `Bcc: evil@example.com`.
BREAKING_OUT = "=?utf-8?B?YQ1CY2M6IGV2aWxAZXhhbXBsZS5jb20=?="


@pytest.mark.parametrize(
    "character", ["\r", "\n", "\r\n", "\v", "\f", "\x00", "\x1c", "\x85", "\u2028", "\u2029"]
)
@pytest.mark.parametrize("name", ["Subject", "To", "X-Note"])
@pytest.mark.parametrize("letter", ["a", "\u3042"])
def test_no_value_starts_another_field(name: str, character: str, letter: str) -> None:
    written = header([(name, f"{letter}{character}Bcc: evil@example.com")])

    assert message_from_bytes(written, policy=policy.compat32).keys() == [name]


@pytest.mark.parametrize("name", ["Subject", "From", "X-Note"])
def test_an_encoded_word_stays_as_it_was_written(name: str) -> None:
    mailbox = f"{BREAKING_OUT} <a@example.com>"

    assert header([(name, mailbox)]) == f"{name}: {mailbox}\r\n".encode()


def test_other_letters_are_encoded_and_addresses_are_not() -> None:
    written = header([("To", "\u5c71\u7530 <yamada@example.com>, b@example.com")])

    [to] = message_from_bytes(written, policy=policy.default).get_all("To", [])
    assert [one.addr_spec for one in to.addresses] == ["yamada@example.com", "b@example.com"]
    assert to.addresses[0].display_name == "\u5c71\u7530"


@pytest.mark.parametrize("letter", ["a ", "\u3042"])
def test_no_line_is_longer_than_mail_allows(letter: str) -> None:
    lines = header([("Subject", letter * 2000)]).split(b"\r\n")

    assert max(map(len, lines)) < 998
