"""Mails as cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailfanout import show
from mailfanout.show.cards import SHOWN_CARDS, Inbox, MailCard
from mailfanout.stack import Stack
from mailfanout.target import Target

HOSTILE = '<script>alert("&")</script>'


def a_card(**changes: str) -> MailCard:
    return replace(
        MailCard("yamada@example.com", "Hello", "A line.", "sender@example.com"), **changes
    )


class TestInbox:
    def test_cards_escape_what_a_mail_says(self) -> None:
        html = Inbox((a_card(to=HOSTILE, subject=HOSTILE, body=HOSTILE, sender=HOSTILE),))

        assert "<script" not in html._repr_html_()
        assert html._repr_html_().count("&lt;script&gt;") == 4

    def test_only_the_first_of_many_mails_are_shown(self) -> None:
        inbox = Inbox((a_card(),) * (SHOWN_CARDS + 1))

        assert str(inbox).startswith("21 mails, the first 20 of them:\nTo ")
        assert str(inbox).count("To yamada") == SHOWN_CARDS
        assert inbox._repr_html_().count("<pre") == SHOWN_CARDS


def test_mails_and_calls_elsewhere_are_not_known(mailfanout_target: Target) -> None:
    elsewhere = replace(mailfanout_target, kind="aws", sandbox=None)

    assert "Only the sandbox shows mails" in repr(show.inbox(elsewhere))
    with pytest.warns(UserWarning, match="Only the sandbox counts calls"):
        assert show.calls(elsewhere, Stack()).empty
