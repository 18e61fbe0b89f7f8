"""The ledger's picture, and what it says in a terminal."""

from __future__ import annotations

import pytest

from mailfanout import show
from mailfanout.campaign import Row, Status
from mailfanout.commands.campaigns import show_campaign
from mailfanout.errors import ResourceMissing
from mailfanout.stack import Stack
from mailfanout.target import Target


def row(email: str, state: str, *ids: str, reason: str = "") -> Row:
    return {
        "email": email,
        "state": state,
        "reason": reason,
        "message_ids": list(ids),
        "tries": 0,
        "decided_by": "SES",
        "time": 0.0,
    }


def status(key: str, state: str, reason: str = "") -> Status:
    return {
        "campaign": "0" * 32,
        "key": key,
        "subject": "Hello",
        "state": state,
        "reason": reason,
        "policy": "settle",
        "recipients": 0,
        "concerned": 0,
        "doubled": 0,
        "states": {},
        "bounces": 0,
        "complaints": 0,
    }


ROWS = [
    row("a@example.com", "sent", "1"),
    row("b@example.com", "sent", "2", "3"),
    row("c@example.com", "unknown", reason="lease <expired>"),
]
LEDGER = show.Ledger(
    (
        show.Campaign(status("news.txt", "sending"), (("c000001", ROWS), ("c000002", ROWS[:1]))),
        show.Campaign(status("<b>.txt", "failed", "no body"), ()),
    )
)


def test_each_chunk_is_a_line_with_its_states() -> None:
    assert str(LEDGER).splitlines() == [
        "news.txt: sending, policy settle",
        "  c000001  2 sent, 1 unknown, 1 doubled",
        "  c000002  1 sent",
        "<b>.txt: failed (no body), policy settle",
    ]


def test_key_and_reason_do_not_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    one = status("a\x1b[2J\n  done", "failed", "there is no \u202eb\x07\n  done")

    show_campaign(one)

    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 3
    assert not {"\x1b", "\x07", "\u202e"} & {*shown, *str(show.Ledger((show.Campaign(one, ()),)))}


def test_each_recipient_is_a_square_that_says_who_and_how() -> None:
    picture = LEDGER._repr_html_()

    assert picture.count("@example.com, ") == 4
    assert "<title>c@example.com, unknown, lease &lt;expired&gt;</title>" in picture
    assert ">3 sent</text>" in picture and ">1 unknown</text>" in picture
    assert "<b>" not in picture and f"<desc>{str(LEDGER).splitlines()[0]}" in picture


def test_signs_tell_states_and_doubles_apart_without_colours() -> None:
    picture = LEDGER._repr_html_()

    assert picture.count(">?</text>") == 2  # one in the legend
    assert picture.count(">2</text>") == 1


def test_the_picture_is_as_wide_as_its_longest_line() -> None:
    wide = show.Campaign(status("wide.txt", "done"), (("c000001", ROWS[:1] * 50),))

    assert 'viewBox="0 0 440 ' in LEDGER._repr_html_()
    assert 'viewBox="0 0 850 ' in show.Ledger((wide,))._repr_html_()


def test_a_long_campaign_is_not_shown_whole() -> None:
    chunks = tuple((f"c{number:06}", ROWS[:1]) for number in range(1, 15))
    long = show.Ledger((show.Campaign(status("long.txt", "done"), chunks),))

    assert "and 2 more chunks" in long._repr_html_()
    assert "c000014" in str(long)


@pytest.mark.slow
def test_without_the_reliable_design_there_is_no_ledger(mailfanout_target: Target) -> None:
    with pytest.raises(ResourceMissing, match="deploy --design reliable"):
        show.ledger(mailfanout_target, Stack())
