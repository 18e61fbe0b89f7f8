"""Where each dead letter belongs, when a person puts them back."""

from __future__ import annotations

import json

import pytest

from support.reliable.memory_aws import CHUNK_LETTERS, CHUNKS, FEEDBACK
from support.reliable.memory_sqs import Message
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
