"""A mail is checked as the functions will read it."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailfanout import campaign, provision
from mailfanout.errors import InputError
from mailfanout.sandbox.ses.header import CONTROL_CHARACTERS
from mailfanout.stack import Stack

Parse = Callable[[bytes], tuple[str, str]]

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
BLANKS = st.sampled_from(["", " ", "\t", "\n", "\r\n", "\r", "\ufeff"])
TEXTS = st.lists(WORDS | BLANKS | st.just("\n\n"), max_size=8).map("".join)


@pytest.fixture(scope="module")
def functions_parse() -> Parse:
    """`parse_mail` of readMessageAndSendMail, from its source."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_DEFAULT_REGION": "us-east-1",
            "TABLE_NAME": "mailaddress",
            "SENDER": "sender@example.com",
        }.items():
            patch.setenv(name, value)
        path = provision.handler_path(Stack(), Stack().read_message_name)
        parse: Parse = runpy.run_path(str(path))["parse_mail"]
    return parse


@given(content=TEXTS.map(str.encode) | st.binary(max_size=20))
@example(content=b" Hello \n\nbody\n\n\n")
@example(content=b"Hello")
@example(content=b"Hello\r\n\r\nbody\r\n")
@example(content="\ufeffHello\n\nbody".encode())
@example(content=b"A\tsubject\n\nbody")
@example(content=b"A\0subject\n\nbody")
@example(content="A\x85subject\n\nbody".encode())
@example(content="A\u2028subject\n\nbody".encode())
def test_a_mail_is_read_as_the_functions_read_it(functions_parse: Parse, content: bytes) -> None:
    try:
        mail = campaign.check_mail("mail.txt", content)
    except InputError:
        with pytest.raises(Exception, match="the (mail|subject)"):
            functions_parse(content)
    else:
        assert (mail.subject, mail.body) == functions_parse(content)


def test_a_mail_that_is_given_as_text_is_asked_for_as_bytes() -> None:
    with pytest.raises(InputError, match=r"mail\.txt has to be bytes.*\.encode\(\)"):
        campaign.check_mail("mail.txt", "subject\n\nbody\n")  # type: ignore[arg-type]


@given(character=st.characters(codec="utf-8"))
@example(character="\t")
@example(character="\0")
def test_a_subject_is_refused_for_what_the_sandboxs_ses_takes_in_no_header(character: str) -> None:
    content = f"A{character}subject\n\nbody".encode()
    if character in "\r\n":
        return
    try:
        campaign.check_mail("mail.txt", content)
    except InputError as error:
        assert CONTROL_CHARACTERS.fullmatch(character), character
        named = "UTF-16" if character == "\0" else f"U+{ord(character):04X}"
        assert named in str(error)
    else:
        assert not CONTROL_CHARACTERS.fullmatch(character)


def test_a_mails_file_may_be_named_by_a_text(tmp_path: Path) -> None:
    path = tmp_path / "hello.txt"
    path.write_text("Hello\n\nIt is me.\n", encoding="utf-8")

    assert campaign.read_mail(str(path)) == campaign.read_mail(path)
    with pytest.raises(InputError, match=r"There is no file nosuch\.txt\."):
        campaign.read_mail("nosuch.txt")


def test_a_mail_is_refused_for_a_name_that_is_no_key_of_s3() -> None:
    with pytest.raises(InputError, match=r"S3 has no key 'a\\udcffb\.txt'"):
        campaign.check_mail("a\udcffb.txt", b"Hello\n\nIt is me.\n")


@pytest.mark.parametrize("use", [campaign.upload, campaign.send, campaign.send_one])
def test_what_is_no_mail_is_refused_with_what_makes_one(use: Callable[..., object]) -> None:
    to = {"to": "sato@example.com"} if use is campaign.send_one else {}

    with pytest.raises(InputError, match=r"str is no mail\. Give what campaign\.read_mail"):
        use(None, Stack(), "hello.txt", **to)


@pytest.mark.parametrize("length", [390_000, 390_001])
def test_a_campaign_takes_a_mail_of_so_many_bytes_and_no_more(length: int) -> None:
    mail = campaign.check_mail("mail.txt", b"Subject\n\n" + (length - len("Subject")) * b"x")

    if length == 390_000:
        campaign.check_for_campaign(mail)
    else:
        with pytest.raises(InputError, match="longer than 390,000 bytes. Cut it"):
            campaign.check_for_campaign(mail)
