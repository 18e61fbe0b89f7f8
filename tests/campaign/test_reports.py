"""A send in words: how many mails went to how many."""

from __future__ import annotations

import pytest

from mailfanout.campaign import Report


@pytest.mark.parametrize(
    ("sent", "recipients", "words"),
    [
        (3, 3, "3 of 3 mails sent"),
        (2, 3, "2 of 3 mails sent"),
        (627, 603, "627 mails sent to 603 recipients (with those of an earlier upload)"),
        (2, 1, "2 mails sent to 1 recipient (with those of an earlier upload)"),
    ],
)
def test_mails_are_counted_in_words(sent: int, recipients: int, words: str) -> None:
    assert Report(recipients, sent, (), 0.1, 0.2).counted == words
