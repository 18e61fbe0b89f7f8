"""Where each dead letter belongs, when a person puts them back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.reliable.invocations import Died
from support.reliable.memory_aws import CHUNK_LETTERS, CHUNKS, FEEDBACK, FEEDBACK_LETTERS
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import a_pipeline


@pytest.mark.parametrize(
    ("body", "attributes", "kind", "left"),
    [
        ({"campaign": "c", "chunk": "c000001"}, {}, "chunk", 0),
        ({"requestPayload": {"campaign": "c"}}, {}, "plan", 0),
        ({"campaign": "spring", "chunk": "c000001", "price": 3}, {}, "unknown", 1),
        ({"campaign": "spring", "price": 3}, {}, "unknown", 1),
        ({"Records": []}, {}, "unknown", 1),
        ({"Records": [{"Sns": {}}]}, {}, "unknown", 1),
        ({"Records": "s3"}, {}, "unknown", 1),
        ({"Records": [3]}, {}, "unknown", 1),
        ("[]", {}, "unknown", 1),
        ({"requestPayload": [3]}, {}, "unknown", 1),
        ("[" * 100_000, {}, "unknown", 1),
        ("r0@example.com", {"bucketname": "b", "username": "r"}, "simple", 0),
    ],
)
def test_dead_letter_goes_where_it_belongs(
    body: object, attributes: dict[str, str], kind: str, left: int
) -> None:
    pipeline = a_pipeline()
    letters, chunks = (pipeline.aws.sqs.queues[name] for name in (CHUNK_LETTERS, CHUNKS))
    text = body if isinstance(body, str) else json.dumps(body)
    letters.add(Message("1", text, attributes), now=pipeline.aws.now)

    moved = pipeline.redrive()

    assert moved == {kind: 1}
    assert pipeline.aws.sqs.queues[FEEDBACK].messages == []
    assert len(letters.messages) == len(letters.visible(pipeline.aws.now)) == left
    assert [m.attributes for m in chunks.messages] == ([attributes] if kind == "simple" else [])


def receiving_takes(pipeline: Pipeline, seconds: float) -> None:
    receive = pipeline.aws.sqs.receive_message

    def slowly(**parameters: Any) -> Any:
        pipeline.pass_time(seconds)
        return receive(**parameters)

    vars(pipeline.aws.sqs)["receive_message"] = slowly


def test_letters_of_others_are_each_looked_at_once_however_long_that_takes() -> None:
    pipeline = a_pipeline()
    receiving_takes(pipeline, 60)
    letters = pipeline.aws.sqs.queues[CHUNK_LETTERS]
    for number in range(500):
        letters.add(Message(str(number), "of another one"), now=pipeline.aws.now)
    ours = Message("ours", json.dumps({"campaign": "c", "chunk": "c000001"}))
    letters.add(ours, now=pipeline.aws.now)

    moved = pipeline.redrive()

    assert moved["unknown"] <= 500
    assert len(letters.visible(pipeline.aws.now)) == len(letters.messages)


def test_letters_that_cannot_be_sent_back_can_be_received_at_once() -> None:
    pipeline = a_pipeline()
    letters = pipeline.aws.sqs.queues[FEEDBACK_LETTERS]
    for number in range(3):
        letters.add(Message(str(number), "an event"), now=pipeline.aws.now)
    del pipeline.aws.sqs.queues[FEEDBACK]

    with pytest.raises(KeyError):
        pipeline.redrive()

    assert len(letters.visible(pipeline.aws.now)) == 3


def test_redrive_that_dies_does_nothing_more_and_letters_are_there_again_later() -> None:
    pipeline = a_pipeline()
    letters = pipeline.aws.sqs.queues[CHUNK_LETTERS]
    for number in range(3):
        letters.add(Message(str(number), "of another one"), now=pipeline.aws.now)
    redrive = pipeline.run_command(
        "redrive", lambda: pipeline.redrives.redrive_letters(pipeline.letters)
    )

    pipeline.step(redrive)
    redrive.kill()

    assert isinstance(redrive.error, Died)
    assert letters.visible(pipeline.aws.now) == []
    pipeline.pass_time(900)
    assert pipeline.redrive() == {"unknown": 3}
