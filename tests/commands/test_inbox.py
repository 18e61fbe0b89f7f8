"""`mailfanout inbox` shows every mail, whatever it holds, and never steers the terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psutil
import pytest

from mailfanout import campaign
from mailfanout.campaign import AcceptedMail
from mailfanout.commands import console
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.command_line import run

pytestmark = pytest.mark.slow

SENDER = "sender@example.com"
MEGABYTE = 1_000_000


@pytest.fixture
def target(mailfanout_target: Target) -> Target:
    mailfanout_target.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    return mailfanout_target


def send(target: Target, content: dict[str, Any]) -> None:
    target.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["yamada@example.com"]},
        Content=content,
    )


def simple(subject: str, text: str) -> dict[str, Any]:
    return {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}}


def raw(message: EmailMessage) -> dict[str, Any]:
    message["From"], message["To"] = SENDER, "yamada@example.com"
    return {"Raw": {"Data": message.as_bytes()}}


def printed(*words: str, encoding: str = "utf-8") -> str:
    """What a command line prints into a pipe."""
    finished = run(*words, encoding=encoding)
    assert finished.exit_code == 0, finished.stderr
    return finished.stdout


def test_mails_are_found_by_an_address_as_people_spell_it(target: Target) -> None:
    target.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["a@xn--exmple-cua.com"]},
        Content=simple("Hello", "Ä"),
    )

    assert "Mails: 1" in printed("inbox", "--to", "a@exämple.com")


def test_a_mail_without_a_body_is_shown_and_hides_no_other(target: Target) -> None:
    send(target, simple("Empty", ""))
    attached = EmailMessage()
    attached["Subject"] = "Only a file"
    attached.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    send(target, raw(attached))
    send(target, simple("Last", "text"))

    shown = printed("inbox")

    assert "Empty" in shown
    assert "[attached: a.pdf]" in shown
    assert "Mails: 3" in shown


def test_a_terminal_is_not_steered_by_what_a_mail_says(target: Target) -> None:
    message = EmailMessage()
    message["Subject"] = "\x1b[2J"
    message.set_content("\x1b]0;title\x07 and \x9b31m [/red] \u202eturned")
    send(target, raw(message))

    shown = printed("inbox")

    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)
    assert "\u241b]0;title\u2407 and \ufffd31m [/red]" in shown


def test_the_newest_mails_are_shown_the_newest_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "SHOWN_MAILS", 2)

    console.show_mails(tuple(AcceptedMail("a@b.jp", f"Mail {n}", "x", "") for n in range(4)))

    shown = capsys.readouterr().out
    assert re.findall(r"Mail \d|… and \d before", shown) == ["… and 2 before", "Mail 2", "Mail 3"]


def test_every_mail_is_written_as_a_file(target: Target, tmp_path: Path) -> None:
    send(target, simple("=?utf-8?B?YQ1CY2M6IGV2aWxAZXhhbXBsZS5jb20=?=", "x"))
    send(target, simple("Last", "x"))

    printed("inbox", "--eml", str(tmp_path))

    files = [file.read_bytes() for file in tmp_path.glob("*.eml")]
    assert len(files) == 2
    assert {*campaign.write_eml_files(target, str(tmp_path))} == {*tmp_path.glob("*.eml")}
    assert not any(b"\nBcc:" in file or b"\rBcc:" in file for file in files)


@pytest.mark.parametrize("words", [["inbox"], ["inbox", "--json"]])
def test_a_pipe_that_knows_few_letters_gets_the_others_spelled_out(
    target: Target, words: list[str]
) -> None:
    send(target, simple("\u30e1\u30fc\u30eb", "\u914d\u4fe1"))

    assert "\\u914d\\u4fe1" in printed(*words, encoding="cp1252")


def test_a_large_mail_is_shown_by_its_beginning(target: Target) -> None:
    message = EmailMessage()
    message.set_content("word " * (7 * MEGABYTE), cte="8bit")
    send(target, raw(message))

    process = psutil.Popen(
        [sys.executable, "-m", "mailfanout", "inbox"], stdout=subprocess.PIPE, encoding="utf-8"
    )
    largest_bytes = 0
    while process.poll() is None:
        try:
            largest_bytes = max(largest_bytes, process.memory_info().rss)
            process.wait(0.01)
        except (psutil.TimeoutExpired, psutil.NoSuchProcess):
            continue

    assert "Mails: 1" in process.communicate()[0]
    assert largest_bytes < 200 * MEGABYTE


def test_who_has_nothing_yet_is_told_to_deploy(mailfanout_target: Target) -> None:
    assert printed("inbox") == "No mail yet. Type: mailfanout deploy\n"


def test_inbox_shows_the_mails_to_one_address(sent: Stack) -> None:
    shown = run("inbox", "--to", "yamada@example.com").stdout
    assert "yamada@example.com" in shown
    assert "tanaka@example.com" not in shown


def test_inbox_as_json_has_all_of_every_mail(sent: Stack) -> None:
    mails = json.loads(run("inbox", "--json").stdout)
    assert len(mails) == 3
    assert {mail["text"] for mail in mails} == {"このメールはテストです。"}


def test_inbox_is_written_as_files_for_mail_programs(sent: Stack, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "mails"
    run("inbox", "--to", "sato@example.com", "--eml", str(directory))
    (file,) = directory.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("sato@example.com", "メール配信テスト")


def test_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    finished = run("inbox", "--eml", str(file))
    assert finished.exit_code == 2
    assert "is a file. Name a directory" in finished.stderr


def test_mails_are_shown_to_a_terminal_that_says_it_has_no_columns(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(target, simple("Seen", "body"))
    monkeypatch.setenv("COLUMNS", "0")  # which is read when the command starts

    command = [sys.executable, "-m", "mailfanout", "inbox"]
    shown = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout

    assert "body" in shown
