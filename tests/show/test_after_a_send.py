"""What notebooks show after a send: sorted, so that every run shows the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailfanout import campaign, provision, recipients, show
from mailfanout.errors import MailfanoutError
from mailfanout.show import patience
from mailfanout.stack import Stack
from mailfanout.target import Target

pytestmark = pytest.mark.slow

SEND_QUEUE, READ_MESSAGE = provision.function_names(Stack())


@pytest.fixture(scope="class")
def sent(mailfanout_session_target: Target) -> Target:
    """A sandbox in which the article's mail went to the article's three recipients."""
    assert mailfanout_session_target.sandbox
    mailfanout_session_target.sandbox.reset()
    provision.deploy(mailfanout_session_target, Stack())
    recipients.seed(mailfanout_session_target, Stack(), recipients.example().recipients)
    campaign.send(mailfanout_session_target, Stack(), campaign.example_mail())
    return mailfanout_session_target


class TestAfterASend:
    def test_what_stands_is_marked_and_counted(self, sent: Target) -> None:
        assert str(show.pipeline(sent, Stack(), at_rest=True)).splitlines() == [
            "[x] DynamoDB table mailaddress: 3 recipients, 0 with haserror 1",
            "[x] S3 bucket mailbody-20221119: 1 object",
            "[x] S3 notification mailbody-20221119 -> sendQueue",
            "[x] Lambda function sendQueue: 256 MB, 900 s",
            "[x] SQS queue mailsendqueue0000001: 0 waiting, 0 in flight, dead after 5 receives",
            "[x] Dead-letter queue mailsendqueue0000001-dlq: 0 dead letters",
            "[x] Event source mapping mailsendqueue0000001 -> readMessageAndSendMail: "
            "up to 10 messages, enabled",
            "[x] Lambda function readMessageAndSendMail: 256 MB, 30 s",
            "[x] SES identity sender@example.com: 3 mails",
            "[x] IAM role lambda-s3-role",
        ]

    def test_mails_are_sorted_by_recipient(self, sent: Target) -> None:
        inbox = show.inbox(sent)

        assert [card.to for card in inbox] == [
            "sato@example.com",
            "tanaka@example.com",
            "yamada@example.com",
        ]
        assert str(inbox).splitlines()[:3] == [
            "3 mails",
            "To sato@example.com from sender@example.com: メール配信テスト",
            "    このメールはテストです。",
        ]

    def test_after_leaves_out_what_was_there_before(self, sent: Target) -> None:
        assert len(show.inbox(sent, after=2)) == 1
        assert str(show.inbox(sent, after=len(show.inbox(sent)))) == "0 mails"

    def test_recipients_are_sorted_with_their_flags(self, sent: Target) -> None:
        assert show.table(sent, Stack()).to_dict("list") == {
            "email": ["sato@example.com", "tanaka@example.com", "yamada@example.com"],
            "username": ["佐藤二郎", "田中一郎", "山田太郎"],
            "haserror": [0, 0, 0],
            "issend": [1, 1, 1],
        }

    def test_outcomes_are_sorted_with_the_telling_columns_first(self, sent: Target) -> None:
        frame = show.outcomes(sent, Stack(), READ_MESSAGE, at_least=3)

        assert frame.to_dict("list") == {
            "outcome": ["sent"] * 3,
            "recipient": ["s***@example.com", "t***@example.com", "y***@example.com"],
        }

    def test_outcomes_keep_what_else_a_line_says(self, sent: Target) -> None:
        [row] = show.outcomes(sent, Stack(), SEND_QUEUE, at_least=1).to_dict("records")

        assert row == {
            "outcome": "enqueued",
            "bucketname": "mailbody-20221119",
            "filename": "example.txt",
            "recipients": 3,
        }

    def test_outcomes_after_leaves_out_earlier_lines(self, sent: Target) -> None:
        assert len(show.outcomes(sent, Stack(), READ_MESSAGE, at_least=1, after=2)) == 1

    def test_waiting_for_outcomes_tells_how_many_are_there(self, sent: Target) -> None:
        numbers: list[int] = []

        show.outcomes(sent, Stack(), Stack().read_message_name, at_least=3, progress=numbers.append)

        assert numbers[-1] == 3

    def test_waiting_for_more_outcomes_than_come_says_so(
        self, sent: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(patience, "WAIT_LIMIT_SECONDS", 0)

        with pytest.raises(MailfanoutError, match="log of sendQueue has fewer than 99"):
            show.outcomes(sent, Stack(), SEND_QUEUE, at_least=99)

    def test_with_other_handlers_it_is_over_once_the_sandbox_is_quiet(
        self, sent: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They may log otherwise: nobody is to wait half a minute for lines that never come."""
        own = tmp_path / "sendQueue" / "lambda_function.py"
        own.parent.mkdir()
        own.touch()
        monkeypatch.setenv("MAILFANOUT_HANDLERS", str(tmp_path))

        with pytest.warns(UserWarning, match="log of sendQueue has fewer lines of JSON"):
            frame = show.outcomes(sent, Stack(), SEND_QUEUE, at_least=99)

        assert list(frame["outcome"]) == ["enqueued"]

    def test_the_log_has_its_last_lines(self, sent: Target) -> None:
        show.outcomes(sent, Stack(), SEND_QUEUE, at_least=1)

        lines = str(show.log(sent, Stack(), SEND_QUEUE, last=3)).splitlines()

        assert json.loads(lines[0])["outcome"] == "enqueued"
        assert [line.split()[0] for line in lines[1:]] == ["END", "REPORT"]

    def test_the_text_counts_what_was_handled(self, sent: Target) -> None:
        assert str(show.consumers(sent, Stack(), at_least=3)) == "readMessageAndSendMail: 3 sent"
