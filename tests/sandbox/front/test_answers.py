"""The answer to each listed operation has the fields that AWS sends, and no other."""

from __future__ import annotations

import uuid

import pytest

from mailfanout.target import Target
from support.always_sent import ALWAYS_SENT
from support.answers import missing_fields, strange_fields
from support.every_operation import Answered, call_every_operation
from support.on_the_wire import NAMES


@pytest.fixture(scope="module")
def answers(mailfanout_session_target: Target) -> dict[str, Answered]:
    assert mailfanout_session_target.sandbox
    mailfanout_session_target.sandbox.reset()
    return call_every_operation(mailfanout_session_target)


def test_every_listed_operation_was_called(answers: dict[str, Answered]) -> None:
    assert set(NAMES) <= answers.keys()


@pytest.mark.parametrize("name", NAMES)
def test_answer_has_no_field_that_the_model_lacks(answers: dict[str, Answered], name: str) -> None:
    assert strange_fields(answers[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_answer_has_what_aws_always_sends(answers: dict[str, Answered], name: str) -> None:
    parsed = answers[name].parsed
    assert [one for one in ALWAYS_SENT.get(name, ()) if missing_fields(parsed, one)] == []


@pytest.mark.parametrize("name", NAMES)
def test_answer_has_a_request_id(answers: dict[str, Answered], name: str) -> None:
    request_id = answers[name].parsed["ResponseMetadata"]["RequestId"]
    if not name.startswith("s3-"):
        assert str(uuid.UUID(request_id)) == request_id
