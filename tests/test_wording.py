"""Numbers with their nouns, and addresses."""

from __future__ import annotations

import pytest

from mailfanout.errors import EndpointUnavailable
from mailfanout.wording import counted, cut, inflected, without_password


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 mails"), (1, "1 mail"), (2, "2 mails"), (1234, "1,234 mails")],
)
def test_number_decides_on_the_plural(number: int, said: str) -> None:
    assert counted(number, "mail") == said


def test_noun_may_stand_alone() -> None:
    assert (inflected(1, "dead letter"), inflected(2, "dead letter")) == (
        "dead letter",
        "dead letters",
    )


@pytest.mark.parametrize(("text", "said"), [("", ""), ("abcd", "abcd"), ("abcde", "abc…")])
def test_a_text_is_cut_where_that_makes_it_shorter(text: str, said: str) -> None:
    assert cut(text, 3) == said


def test_password_in_an_address_is_not_shown() -> None:
    url = "http://me:secret@localhost:4566/a:secret@b"

    assert without_password(url) == "http://me:…@localhost:4566/a:secret@b"
    assert "secret" not in str(EndpointUnavailable("http://me:secret@localhost:4566"))
    assert without_password("http://me@localhost") == "http://me@localhost"
