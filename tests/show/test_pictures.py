"""The pipeline's picture, and its text."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import Any
from xml.etree import ElementTree

import pytest

from mailfanout import provision, show
from mailfanout.errors import MailfanoutError
from mailfanout.show import patience
from mailfanout.show.pictures import Pipeline
from mailfanout.show.stages import Stage
from mailfanout.show.svg import halves
from mailfanout.stack import Stack
from mailfanout.target import Target

HOSTILE = '<script>alert("&")</script>'


def a_part(**changes: Any) -> Stage:
    return replace(Stage("queue", "SQS queue", "mailsendqueue0000001", True), **changes)


def all_parts(**changes: Any) -> tuple[Stage, ...]:
    places = ["table", "bucket", "notification", "send_queue", "queue", "dead_letter_queue"]
    places += ["mapping", "read_message", "identity", "role"]
    return tuple(replace(a_part(**changes), key=place) for place in places)


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

    @pytest.mark.parametrize("delay_seconds", [0, 900])
    def test_at_rest_says_what_does_not_come_to_rest(
        self, mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch, delay_seconds: int
    ) -> None:
        monkeypatch.setattr(patience, "WAIT_LIMIT_ELSEWHERE_SECONDS", 0)
        sqs = mailfanout_target.client("sqs")
        queue_url = sqs.create_queue(QueueName=Stack().queue_name)["QueueUrl"]
        sqs.send_message(
            QueueUrl=queue_url, MessageBody="nobody fetches it", DelaySeconds=delay_seconds
        )
        elsewhere = replace(mailfanout_target, kind="endpoint", sandbox=None)

        with pytest.raises(
            MailfanoutError, match="still in the queues mailsendqueue0000001 and mailfeedback"
        ):
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

    def test_the_picture_dashes_what_is_missing_and_says_so(self) -> None:
        whole, missing = drawn(Pipeline(all_parts())), drawn(Pipeline(all_parts(exists=False)))

        assert "absent" not in whole and "dashed" not in whole
        assert missing.count('class="absent"') == 10
        assert "dashed: not built yet" in missing

    def test_a_part_that_has_no_place_of_its_own_is_drawn_below(self) -> None:
        ledger = Stage("ledger", "DynamoDB table", "maildelivery", True)

        picture = drawn(Pipeline((*all_parts(), ledger)))

        assert "maildelivery" in picture and "11 of 11 parts stand" in picture

    @pytest.mark.parametrize(
        "kind", ["SNS topic", "EventBridge rule", "Event source mapping", "something new"]
    )
    def test_a_part_below_has_an_icon_that_no_part_above_has(self, kind: str) -> None:
        picture = drawn(Pipeline((*all_parts(), Stage("other", kind, "mailother", True))))

        *above, icon = re.findall(r'stroke-linejoin="round">(.+?)</g>', picture)
        assert len(above) == 8 and icon not in above

    def test_without_the_shared_role_no_flag_is_asked_for(self) -> None:
        reliable = drawn(Pipeline(tuple(one for one in all_parts() if one.key != "role")))

        assert "sent already?" in drawn(Pipeline(all_parts()))
        assert "sent already?" not in reliable and "error or opt-out?" in reliable

    @pytest.mark.parametrize("name", ["readMessageAndSendMail-role", "a -> recordFeedback"])
    def test_a_name_is_not_cut_off(self, name: str) -> None:
        other = Stage("other", "IAM role", name, True)

        assert f">{escape(name)}</text>" in drawn(Pipeline((*all_parts(), other)))

    @pytest.mark.parametrize(
        ("name", "lines"),
        [
            ("readMessageAndSendMail", ("readMessage", "AndSendMail")),
            ("mailsendqueue0000001", ("mailsendqueue", "0000001")),
            ("sender@example.com", ("sender@", "example.com")),
            ("mailbody-20221119", ("mailbody-", "20221119")),
            ("abcdefghijklmno-", ("abcdefgh", "ijklmno-")),
        ],
    )
    def test_a_long_name_takes_two_lines_where_a_word_ends(
        self, name: str, lines: tuple[str, str]
    ) -> None:
        assert halves(name) == lines
        assert all(f">{line}</text>" in drawn(Pipeline(all_parts(name=name))) for line in lines)

    def test_the_picture_shows_dead_letters_in_red(self) -> None:
        assert "alert" not in drawn(Pipeline(all_parts(counts=((0, "dead letters"),))))
        assert "alert" in drawn(Pipeline(all_parts(counts=((2, "dead letters"),))))


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


def drawn(shown: Pipeline) -> str:
    """The picture without its style sheet."""
    return shown._repr_html_().partition("</style>")[2]
