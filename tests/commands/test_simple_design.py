"""The simple design as a user types it: a send, a test mail, and what the design does not have."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import pytest

from mailfanout import campaign, provision
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, stack_for
from support.command_line import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("mailfanout_target")]


def test_status_and_redrive_know_the_simple_design(sent: Stack, mailfanout_target: Target) -> None:
    stack = stack_for(mailfanout_target)
    values = {"username": "Ada", "bucketname": stack.bucket_name, "filename": "example.txt"}
    mailfanout_target.client("sqs").send_message(
        QueueUrl=provision.find_queue(mailfanout_target, stack.dead_letter_queue_name),
        MessageBody="deleted@example.com",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in values.items()
        },
    )

    assert run("redrive").stdout == "simple: 1 dead letter\n"
    assert "The reliable design keeps campaigns" in run("status").stdout
    for command in ("status", "pause", "resume", "cancel", "report", "settle --as sent"):
        assert "The reliable design keeps campaigns" in run(*command.split(), "c1").stderr
    assert json.loads(run("status", "--json").stdout) == {"campaigns": []}


def test_simple_design_warns_of_what_it_does_not_fill_in(sent: Stack, tmp_path: Path) -> None:
    file = tmp_path / "mail.txt"
    file.write_bytes(b"Hello {{username}}\n\nText\n")

    said = run("send", str(file), "--dry-run").stderr

    assert "The simple design sends {{ as it stands" in said


def test_a_test_mail_goes_to_its_address_alone(sent: Stack, sandbox: Sandbox) -> None:
    run("send", "--test-to", "test@例え.jp")

    sent_to = [mail["destinations"]["to"] for mail in sandbox.mails()]
    assert sent_to[3:] == [["test@xn--r8jz45g.jp"]]


def test_a_test_mail_whose_reply_is_lost_is_sent_once(sent: Stack, sandbox: Sandbox) -> None:
    run("sandbox", "fault", "lose-reply", "sesv2:SendEmail")

    finished = run("send", "--test-to", "test@example.com")

    assert finished.exit_code == 1
    assert "Whether test@example.com gets the mail is unknown" in finished.stderr
    assert len([*sandbox.mails()]) == 4


def test_a_dry_run_of_a_test_mail_shows_it_and_sends_nothing(sent: Stack, sandbox: Sandbox) -> None:
    shown = run("send", "--test-to", "test@example.com", "--dry-run").stdout

    assert "To: test@example.com" in shown
    assert "A test would go to test@example.com" in shown
    assert len([*sandbox.mails()]) == 3


def test_programs_read_who_would_get_what(sent: Stack, sandbox: Sandbox) -> None:
    mail = {"subject": "メール配信テスト", "body": "このメールはテストです。"}
    addresses = [f"{name}@example.com" for name in ("sato", "tanaka", "yamada")]

    foretold = json.loads(run("send", "--dry-run", "--json").stdout)
    test = ("send", "--test-to", "test@example.com", "--json")
    shown, tested = (json.loads(run(*test, *more).stdout) for more in (["--dry-run"], []))

    assert foretold.pop("mails") == [{"to": one, **mail} for one in addresses]
    assert foretold == {"recipients": 3, "sent": 0, "nameless": 0, "to": addresses}
    mails = [{"to": "test@example.com", **mail}]
    assert shown == {"recipients": 1, "sent": 0, "mails": mails}
    assert tested == {"recipients": 1, "sent": 1, "mails": mails}
    assert len([*sandbox.mails()]) == 4


@pytest.mark.parametrize(
    ("design", "more"),
    [
        ("simple", ""),
        ("reliable", " To see how it stands, or to cancel it, type: mailfanout status"),
    ],
)
def test_who_ends_the_watching_is_told_that_the_mail_goes_out_all_the_same(
    design: Design,
    more: str,
    sent: Stack,
    mailfanout_target: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provision.deploy(mailfanout_target, sent, design=design)
    monkeypatch.setattr(campaign, "send", Mock(side_effect=KeyboardInterrupt))

    code, _, said = run("send")

    told = f"If the mail is uploaded, it goes out all the same.{more}\n"
    assert (code, said.replace(told, "told ")) == (1, "told \nAborted!\n")


@pytest.mark.parametrize("option", [("--policy", "settle"), ("--unsubscribe-url", "https://x.y/")])
def test_the_simple_design_takes_no_option_of_the_other(
    sent: Stack, option: tuple[str, str]
) -> None:
    code, _, said = run("deploy", *option)
    assert (code, said) == (
        2,
        f"Error: The simple design has no {option[0]}. Add --design reliable, or leave it out.\n",
    )


def test_a_teardown_says_whose_parts_it_looked_for(sent: Stack) -> None:
    said = run("teardown", "--prefix", "nobody").stdout
    assert said == "Nothing is left of the stack nobody in the sandbox.\n"


def test_a_file_that_cannot_be_written_is_named_with_what_could_be(tmp_path: Path) -> None:
    code, _, said = run("handout", "--output", str(tmp_path / "none" / "handout.html"))
    assert code == 2
    assert said.endswith("Name a file in a directory that is there and yours.\n")


@pytest.mark.parametrize(
    "words", ["seed", "send", "send --dry-run", "send --test-to test@example.com"]
)
def test_what_a_command_needs_is_named_though_nobody_would_get_a_mail(words: str) -> None:
    code, _, said = run(*words.split())

    needs = "Error: Table mailaddress does not exist. Type: mailfanout deploy"
    assert (code, said[: len(needs)]) == (1, needs)
