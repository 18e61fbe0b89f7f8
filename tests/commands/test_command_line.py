"""The command line as a user meets it: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailfanout.target import Target
from support.command_line import run

pytestmark = pytest.mark.slow

ARTICLE_RECIPIENTS = {"yamada@example.com", "tanaka@example.com", "sato@example.com"}


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_tour_ends_in_three_mails(mailfanout_target: Target) -> None:
    words = [sys.executable, "-X", "utf8", "-m", "mailfanout", "tour", "--json"]
    summary = json.loads(subprocess.check_output(words))
    assert summary.pop("seconds") > 0
    mails = summary.pop("mails")
    assert summary == {"recipients": 3, "sent": 3}
    assert {mail["to"] for mail in mails} == ARTICLE_RECIPIENTS
    assert {mail["subject"] for mail in mails} == {"メール配信テスト"}
    assert {mail["body"] for mail in mails} == {"このメールはテストです。"}


def test_tour_again_sends_three_mails_again(mailfanout_target: Target) -> None:
    run("tour")
    assert json.loads(run("tour", "--json").stdout)["sent"] == 3


def test_tour_shows_the_mails_and_how_long_each_stage_took(mailfanout_target: Target) -> None:
    finished = run("tour")
    assert finished.exit_code == 0, finished.stderr
    assert finished.stdout.count("このメールはテストです。") == 3
    assert "3 of 3 mails sent" in finished.stdout
    assert "last mail" in finished.stdout


def test_tour_takes_the_users_recipients_and_mail(
    mailfanout_target: Target, tmp_path: Path
) -> None:
    people = write(tmp_path / "people.csv", "email,username\nada@example.com,Ada\n")
    mail = write(tmp_path / "a + b.txt", "Hello\r\n\r\nOne\r\nTwo\r\n")
    summary = json.loads(run("tour", "--recipients", people, "--mail", mail, "--json").stdout)
    assert summary["mails"] == [{"to": "ada@example.com", "subject": "Hello", "body": "One\nTwo"}]


def test_bad_rows_are_named_and_the_others_get_their_mail(
    mailfanout_target: Target, tmp_path: Path
) -> None:
    people = write(tmp_path / "people.csv", "email,username\nada@example.com,Ada\nnobody,Bob\n")
    finished = run("tour", "--recipients", people, "--json")
    assert "people.csv line 3" in finished.stderr
    assert json.loads(finished.stdout)["sent"] == 1


def test_thousand_recipients_get_one_mail_each(mailfanout_target: Target, tmp_path: Path) -> None:
    rows = [f"user{number}@example.com,User {number}" for number in range(1000)]
    people = write(tmp_path / "people.csv", "\n".join(["email,username", *rows]))
    summary = json.loads(run("tour", "--recipients", people, "--json").stdout)
    assert summary["sent"] == 1000
    assert len({mail["to"] for mail in summary["mails"]}) == 1000


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        (b"", "no subject"),
        (b"subject", "no body"),
        (b"subject\nbody\n", "no empty second line"),
        (b"subject\n\n", "no body"),
        ("件名\n\n本文".encode("cp932"), "not UTF-8"),
        ("News\n\n本文".encode("iso2022_jp"), "is ISO-2022-JP, and not UTF-8"),
        ("News\n\nHello".encode("utf-16-le"), "is UTF-16, or no text at all"),
    ],
)
def test_bad_mail_is_refused_before_anything_is_created(
    tmp_path: Path, content: bytes, mend: str
) -> None:
    finished = run("tour", "--mail", write(tmp_path / "mail.txt", content))
    assert finished.exit_code == 2
    assert mend in finished.stderr
    assert "Traceback" not in finished.stderr


def test_unreachable_endpoint_ends_without_a_traceback() -> None:
    finished = run(
        *("send", "--target", "endpoint"),
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
    )
    assert finished.exit_code == 1
    assert "127.0.0.1:9" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_steps_one_by_one_build_send_and_remove(mailfanout_target: Target) -> None:
    for step in (["deploy"], ["seed"], ["send"]):
        assert run(*step).exit_code == 0
    assert "yamada@example.com" in run("inbox").stdout
    assert "Nothing is left" in run("teardown").stdout
    assert run("teardown").exit_code == 0


def test_help_teaches_the_first_command() -> None:
    assert "mailfanout tour" in run("--help").stdout


def test_articles_aws_cli_line_works_with_the_printed_environment(
    mailfanout_target: Target,
) -> None:
    assert run("deploy").exit_code == 0
    environment = {**os.environ, **json.loads(run("sandbox", "env", "--json").stdout)}
    item = {
        "email": {"S": "yamada@example.com"},
        "username": {"S": "山田太郎"},
        "haserror": {"N": "0"},
        "issend": {"N": "0"},
    }
    subprocess.run(
        [
            *(sys.executable, "-X", "utf8", "-m", "awscli", "dynamodb", "put-item"),
            *("--table-name", "mailaddress", "--item", json.dumps(item)),
        ],
        env=environment,
        check=True,
    )
    stored = mailfanout_target.client("dynamodb").scan(TableName="mailaddress")["Items"]
    assert stored == [item]
