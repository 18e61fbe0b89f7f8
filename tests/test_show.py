"""What notebooks show: the same data as text and as a picture, the same in every run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from mailfanout import campaign, provision, recipients, show
from mailfanout.campaign.logs import Invocation, Line, invocations, outcomes
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.policies import queue_policy
from mailfanout.show import patience
from mailfanout.show.cards import SHOWN_LETTERS, Inbox, Letter
from mailfanout.show.documents import Code, Refusal, Text
from mailfanout.show.pictures import Pipeline
from mailfanout.show.stages import Stage
from mailfanout.show.timeline import SHOWN_LANES, Consumers
from mailfanout.stack import Stack
from mailfanout.target import Target

SEND_QUEUE, READ_MESSAGE = provision.function_names(Stack())
HOSTILE = '<script>alert("&")</script>'
REPORT = (
    "REPORT RequestId: 1\tDuration: 20.00 ms\tBilled Duration: 520 ms\tInit Duration: 500.00 ms"
)


@pytest.fixture(scope="class")
def sent(mailfanout_sandbox: Target) -> Target:
    """A sandbox in which the article's mail went to the article's three recipients."""
    assert mailfanout_sandbox.sandbox
    mailfanout_sandbox.sandbox.reset()
    provision.deploy(mailfanout_sandbox, Stack())
    recipients.seed(mailfanout_sandbox, Stack(), recipients.example().recipients)
    campaign.send(mailfanout_sandbox, Stack(), campaign.example_mail())
    return mailfanout_sandbox


def a_part(**changes: object) -> Stage:
    return replace(Stage("queue", "SQS queue", "mailsendqueue0000001", True), **changes)


def all_parts(**changes: object) -> tuple[Stage, ...]:
    places = ["table", "bucket", "notification", "send_queue", "queue", "dead_letter_queue"]
    places += ["mapping", "read_message", "identity", "role"]
    return tuple(replace(a_part(**changes), key=place) for place in places)


def an_invocation(**changes: object) -> Invocation:
    done = ({"outcome": "sent", "recipient": "y***@example.com"},)
    return replace(Invocation("stream", 1000.0, 50.0, 0.0, done), **changes)


def a_letter(**changes: str) -> Letter:
    return replace(
        Letter("yamada@example.com", "Hello", "A line.", "sender@example.com"), **changes
    )


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

        assert [letter.to for letter in inbox] == [
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
        monkeypatch.setattr(patience, "WAIT_LIMIT_ELSEWHERE_SECONDS", 0)

        with pytest.raises(MailfanoutError, match="log of sendQueue has fewer than 99"):
            show.outcomes(sent, Stack(), SEND_QUEUE, at_least=99)

    def test_the_log_has_its_last_lines(self, sent: Target) -> None:
        show.outcomes(sent, Stack(), SEND_QUEUE, at_least=1)

        lines = str(show.log(sent, Stack(), SEND_QUEUE, last=3)).splitlines()

        assert json.loads(lines[0])["outcome"] == "enqueued"
        assert [line.split()[0] for line in lines[1:]] == ["END", "REPORT"]

    def test_the_text_counts_what_was_handled(self, sent: Target) -> None:
        assert str(show.consumers(sent, Stack(), at_least=3)) == "readMessageAndSendMail: 3 sent"


class TestPipeline:
    def test_nothing_stands_in_an_empty_sandbox(self, mailfanout_target: Target) -> None:
        lines = str(show.pipeline(mailfanout_target, Stack())).splitlines()

        assert len(lines) == 10
        assert {line[:4] for line in lines} == {"[ ] "}

    def test_messages_are_counted_where_they_stand(self, mailfanout_target: Target) -> None:
        stack, sqs = Stack(), mailfanout_target.client("sqs")
        provision.create_role(mailfanout_target, stack)
        provision.create_dead_letter_queue(mailfanout_target, stack)
        queue_url = provision.create_queue(mailfanout_target, stack)
        for body in ("one", "two", "three"):
            sqs.send_message(QueueUrl=queue_url, MessageBody=body)
        sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=1)

        assert "2 waiting, 1 in flight" in str(show.pipeline(mailfanout_target, stack))

    def test_at_rest_says_what_does_not_come_to_rest(
        self, mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(patience, "WAIT_LIMIT_ELSEWHERE_SECONDS", 0)
        sqs = mailfanout_target.client("sqs")
        queue_url = sqs.create_queue(QueueName=Stack().queue_name)["QueueUrl"]
        sqs.send_message(QueueUrl=queue_url, MessageBody="nobody fetches it")
        elsewhere = replace(mailfanout_target, kind="endpoint", sandbox=None)

        with pytest.raises(MailfanoutError, match="still in queue mailsendqueue0000001"):
            show.pipeline(elsewhere, Stack(), at_rest=True)

    def test_the_picture_is_one_svg_document_without_scripts_and_links(self) -> None:
        svg = Pipeline(all_parts(name=HOSTILE))._repr_html_()

        root = ElementTree.fromstring(svg)
        title, description = (element.text or "" for element in root[:2])
        assert root.get("role") == "img"
        assert title == "The pipeline: 10 of 10 parts stand"
        assert description.count("[x]") == 10
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= SVG_TAGS
        assert "href" not in svg and "url(" not in svg

    def test_the_picture_dashes_what_is_missing(self) -> None:
        assert "absent" not in drawn(Pipeline(all_parts()))
        assert drawn(Pipeline(all_parts(exists=False))).count('class="absent"') == 10

    def test_the_picture_shows_dead_letters_in_red(self) -> None:
        assert "alert" not in drawn(Pipeline(all_parts(counts=((0, "dead letters"),))))
        assert "alert" in drawn(Pipeline(all_parts(counts=((2, "dead letters"),))))


class TestInbox:
    def test_cards_escape_what_a_mail_says(self) -> None:
        html = Inbox((a_letter(to=HOSTILE, subject=HOSTILE, body=HOSTILE, sender=HOSTILE),))

        assert "<script" not in html._repr_html_()
        assert html._repr_html_().count("&lt;script&gt;") == 4

    def test_only_the_first_of_many_mails_are_shown(self) -> None:
        inbox = Inbox((a_letter(),) * (SHOWN_LETTERS + 1))

        assert str(inbox).startswith("21 mails, the first 20 of them:\nTo ")
        assert str(inbox).count("To yamada") == SHOWN_LETTERS
        assert inbox._repr_html_().count("<pre") == SHOWN_LETTERS


class TestTable:
    def test_what_an_item_lacks_is_missing(self, mailfanout_target: Target) -> None:
        provision.create_table(mailfanout_target, Stack())
        item = {"email": {"S": "yamada@example.com"}, "issend": {"N": "1"}}
        mailfanout_target.client("dynamodb").put_item(TableName="mailaddress", Item=item)

        table = show.table(mailfanout_target, Stack())

        assert table.isna().to_dict("records") == [
            {"email": False, "username": True, "haserror": True, "issend": False}
        ]

    def test_there_are_no_rows_without_a_table(self, mailfanout_target: Target) -> None:
        table = show.table(mailfanout_target, Stack())

        assert list(table.columns) == ["email", "username", "haserror", "issend"]
        assert table.empty


class TestLogs:
    def test_a_function_that_never_ran_has_no_outcome(self, mailfanout_target: Target) -> None:
        assert show.outcomes(mailfanout_target, Stack(), SEND_QUEUE).empty
        log = show.log(mailfanout_target, Stack(), SEND_QUEUE)
        assert str(log) == "sendQueue has written nothing yet."

    def test_lines_that_are_no_outcome_are_left_out(self) -> None:
        texts = ['{"outcome": "sent"}', '{"level": "INFO"}', "{not JSON", "START", "[1]"]

        assert outcomes([Line(0, "s", text) for text in texts]) == [{"outcome": "sent"}]

    def test_an_invocation_is_read_from_its_report(self) -> None:
        lines = [
            Line(1000, "one", '{"outcome": "sent"}'),
            Line(1001, "two", '{"outcome": "failed"}'),
            Line(1002, "one", REPORT),
            Line(1003, "one", '{"outcome": "of an invocation that has not ended"}'),
        ]

        assert invocations(lines) == [Invocation("one", 982.0, 20.0, 500.0, ({"outcome": "sent"},))]


class TestConsumers:
    def test_the_frame_says_who_handled_whom(self) -> None:
        runs = (an_invocation(), an_invocation(stream="other", began_ms=1250.0))

        assert Consumers(READ_MESSAGE, runs).frame().to_dict("list") == {
            "environment": [1, 2],
            "began_seconds": [0.0, 0.25],
            "outcome": ["sent", "sent"],
            "recipient": ["y***@example.com", "y***@example.com"],
        }

    def test_the_picture_has_a_lane_per_execution_environment(self) -> None:
        runs = (an_invocation(), an_invocation(began_ms=2000.0), an_invocation(stream="other"))

        lanes = texts_of(Consumers(READ_MESSAGE, runs))

        assert "environment 2" in lanes and "environment 3" not in lanes

    def test_the_picture_shows_only_the_first_lanes_of_many(self) -> None:
        runs = tuple(an_invocation(stream=str(number)) for number in range(SHOWN_LANES + 3))

        shown = texts_of(Consumers(READ_MESSAGE, runs))

        assert "environment 16" in shown and "environment 17" not in shown
        assert any("19 execution environments (the first 16 are shown)" in line for line in shown)

    def test_the_picture_of_a_function_that_never_ran_says_so(self) -> None:
        assert "It has not run yet." in texts_of(Consumers(READ_MESSAGE, ()))
        assert str(Consumers(READ_MESSAGE, ())) == "readMessageAndSendMail: nothing yet"

    @pytest.mark.parametrize("duration_ms", [0.0, 0.5, 900_000.0, 1e9])
    def test_the_axis_has_a_few_ticks_however_long_it_took(self, duration_ms: float) -> None:
        ticks = texts_of(Consumers(READ_MESSAGE, (an_invocation(duration_ms=duration_ms),)))

        assert 1 <= sum(line.endswith(" s") for line in ticks) <= 9

    def test_the_picture_escapes_what_a_log_says(self) -> None:
        runs = (an_invocation(outcomes=({"outcome": HOSTILE, "recipient": HOSTILE},)),)

        assert "<script" not in Consumers(READ_MESSAGE, runs)._repr_html_()


class TestCode:
    @pytest.mark.parametrize("form", [dict, json.dumps], ids=["dict", "text"])
    def test_a_policy_is_readable_json(self, form: Callable[[object], object]) -> None:
        shown = show.policy(form(queue_policy(Stack())))

        assert json.loads(str(shown)) == queue_policy(Stack())
        assert str(shown).startswith('{\n  "Version": "2012-10-17",\n  "Statement": [\n')

    def test_a_handler_is_shown_from_its_file(self) -> None:
        shown = show.handler(Stack(), SEND_QUEUE)

        assert "def lambda_handler(event" in str(shown)
        assert shown._repr_markdown_().startswith('```python\n"""For each mail')

    def test_a_handler_that_there_is_not_is_named(self) -> None:
        with pytest.raises(InputError, match="no function 'sendMail'"):
            show.handler(Stack(), "sendMail")

    def test_code_cannot_end_its_own_block(self) -> None:
        assert Code('x = """\n```\n"""', "python")._repr_markdown_().startswith("````python\n")

    def test_text_is_escaped(self) -> None:
        assert "<script" not in Text(HOSTILE)._repr_html_()


def test_a_refusal_is_told_by_its_code_and_message(mailfanout_target: Target) -> None:
    refused = show.refusal(mailfanout_target.client("s3").list_objects_v2, Bucket="missing")

    assert refused == Refusal("s3", "NoSuchBucket", "The specified bucket does not exist")
    assert str(refused) == "s3 refuses: NoSuchBucket: The specified bucket does not exist"


def test_a_call_that_is_not_refused_is_told_too(mailfanout_target: Target) -> None:
    accepted = show.refusal(mailfanout_target.client("sts").get_caller_identity)

    assert accepted == Text("The call was accepted, not refused.")


def test_a_bar_reads_the_same_in_the_end_however_often_it_moved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ends = []
    for steps in ([3, 1200], [1200]):
        advance = show.bar(1200, "mails")
        for number in steps:
            advance(number)
        ends.append(capsys.readouterr().out.rpartition("\r")[2])

    assert ends[0] == ends[1]
    assert ends[0].endswith("█ 1200 of 1200 mails\n")


def test_mails_and_calls_elsewhere_are_not_known(mailfanout_target: Target) -> None:
    elsewhere = replace(mailfanout_target, kind="aws", sandbox=None)

    assert "Only the sandbox shows mails" in repr(show.inbox(elsewhere))
    with pytest.warns(UserWarning, match="Only the sandbox counts calls"):
        assert show.calls(elsewhere, Stack()).empty


SVG_TAGS = {
    "svg",
    "style",
    "g",
    "rect",
    "path",
    "ellipse",
    "circle",
    "text",
    "tspan",
    "title",
    "desc",
}


def drawn(shown: Pipeline | Consumers) -> str:
    """The picture without its style sheet."""
    return shown._repr_html_().partition("</style>")[2]


def texts_of(shown: Pipeline | Consumers) -> list[str]:
    root = ElementTree.fromstring(shown._repr_html_())
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
