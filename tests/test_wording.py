"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from mailfanout.wording import counted, inflected


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
