"""The answer to each listed operation has the fields that AWS sends, and no other."""

from __future__ import annotations

import uuid

import pytest

from mailfanout.target import Target
from support.calls.always_sent import ALWAYS_SENT
from support.calls.answers import missing_fields, strange_fields
from support.calls.on_the_wire import NAMES
from support.every_operation import Answered, call_every_operation


@pytest.fixture(scope="module")
def answers(mailfanout_session_target: Target) -> dict[str, Answered]:
    assert mailfanout_session_target.sandbox
    mailfanout_session_target.sandbox.reset()
    return call_every_operation(mailfanout_session_target)


def test_every_listed_operation_was_called(answers: dict[str, Answered]) -> None:
    assert set(NAMES) <= answers.keys()


@pytest.mark.parametrize("name", NAMES)
def test_answer_has_the_fields_of_aws_and_no_other(answers: dict[str, Answered], name: str) -> None:
    answered = answers[name]
    missing = [one for one in ALWAYS_SENT.get(name, ()) if missing_fields(answered.parsed, one)]

    assert strange_fields(answered) == []
    assert missing == []
    request_id = answered.parsed["ResponseMetadata"]["RequestId"]
    assert name.startswith("s3-") or str(uuid.UUID(request_id)) == request_id
