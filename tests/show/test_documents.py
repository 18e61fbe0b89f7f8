"""Policies, handlers and texts as they are shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mailfanout import show
from mailfanout.errors import InputError
from mailfanout.policies import queue_policy
from mailfanout.show.documents import Code, Text
from mailfanout.stack import Stack
from mailfanout.template import render

SEND_QUEUE = Stack().send_queue_name
HOSTILE = '<script>alert("&")</script>'


class TestCode:
    @pytest.mark.parametrize("form", [dict, json.dumps], ids=["dict", "text"])
    def test_a_policy_is_readable_json(self, form: Callable[[object], Any]) -> None:
        shown = show.policy(form(queue_policy(Stack())))

        assert json.loads(str(shown)) == queue_policy(Stack())
        assert str(shown).startswith('{\n  "Version": "2012-10-17",\n  "Statement": [\n')

    def test_what_is_no_policy_is_refused_with_where_there_is_one(self) -> None:
        with pytest.raises(InputError, match="'lambda-s3-role' is no policy. Give the JSON itself"):
            show.policy("lambda-s3-role")

    def test_a_handler_is_shown_from_its_file(self) -> None:
        shown = show.handler(Stack(), SEND_QUEUE)

        assert "def lambda_handler(event" in str(shown)
        assert '\n\n```python\n"""For each mail' in shown._repr_markdown_()

    def test_a_handler_that_there_is_not_is_named(self) -> None:
        with pytest.raises(InputError, match="no function 'sendMail'"):
            show.handler(Stack(), "sendMail")

    def test_code_cannot_end_its_own_block(self) -> None:
        assert "\n````python\n" in Code('x = """\n```\n"""', "python")._repr_markdown_()

    def test_text_is_escaped(self) -> None:
        assert "<script" not in Text(HOSTILE)._repr_html_()

    def test_an_excerpt_is_the_resource_and_not_its_output(self) -> None:
        shown = show.excerpt(render("simple"), "Queue", "Prefix")

        assert str(shown).startswith("# SQS queue, lesson 03\nQueue:\n  Type: AWS::SQS::Queue\n")
        assert "\n\nPrefix:\n  Description: " in str(shown)

    def test_an_entry_that_there_is_not_is_named(self) -> None:
        with pytest.raises(InputError, match="no entry 'Ledger'. Choose one of: Sender, Create"):
            show.excerpt(render("simple"), "Ledger")

    def test_what_is_no_template_is_refused_with_where_there_is_one(self) -> None:
        with pytest.raises(InputError, match=r"That is no template. Give the text that template\."):
            show.excerpt("template.yaml", "Queue")
