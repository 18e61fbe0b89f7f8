"""Mails that SES accepted, where it does not show them, and where they would steer a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout import campaign
from mailfanout.campaign.accepted import count_accepted
from support.parts.pipelines import US_EAST_1


def test_beside_the_sandbox_no_mail_is_shown(tmp_path: Path) -> None:
    assert campaign.inbox(US_EAST_1) == ()
    assert count_accepted(US_EAST_1) == 0
    assert campaign.write_eml_files(US_EAST_1, tmp_path / "mails") == []
    assert not (tmp_path / "mails").exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc 山田", "a\tb\nc 山田"),
        ("\x00\x1b\x1f", "␀␛␟"),
        ("\x7f", "␡"),
        ("\x80\x9f\u202e\u2066", 4 * "\ufffd"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_a_sign(text: str, shown: str) -> None:
    assert campaign.printable(text) == shown


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ({"text": "Hi", "html": "<p>", "attachments": ["a.png"]}, "Hi"),
        ({"text": "", "html": "<p>", "attachments": ["a.png"]}, "<p>"),
        ({"text": "", "html": "", "attachments": ["a.png", "b.png"]}, "[attached: a.png, b.png]"),
        ({"text": "", "html": "", "attachments": []}, ""),
    ],
)
def test_a_mail_says_its_text_or_its_html_or_what_is_attached(
    mail: dict[str, object], said: str
) -> None:
    assert campaign.body_of(mail) == said
