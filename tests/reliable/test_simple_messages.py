"""Messages of the simple design, which the reliable sender still works off."""

from __future__ import annotations

import json

from support.reliable.memory_aws import CHUNKS
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import BUCKET, Pipeline
from support.reliable.scenes import message_comes_twice

YAMADA = "yamada@example.com"


def a_pipeline_with(body: str, attributes: dict[str, str] | None = None) -> Pipeline:
    pipeline = Pipeline()
    pipeline.put_recipient(YAMADA)
    pipeline.aws.s3.put_object(Bucket=BUCKET, Key="a.txt", Body=b"Subject\n\nBody\n")
    message = Message("1", body, attributes or {})
    pipeline.aws.sqs.queues[CHUNKS].add(message, now=pipeline.aws.now)
    return pipeline


def a_simple_message(**changes: str) -> Pipeline:
    values = {"username": "山田", "bucketname": BUCKET, "filename": "a.txt"}
    return a_pipeline_with(YAMADA, values | changes)


def mails(pipeline: Pipeline) -> list[tuple[str, str]]:
    return [(mail.email, mail.text) for mail in pipeline.aws.ses.sent]


def test_recipient_gets_the_mail_once() -> None:
    pipeline = a_simple_message()
    message_comes_twice(pipeline)

    pipeline.drain()

    assert mails(pipeline) == [(YAMADA, "Subject\n\nBody")]
    assert pipeline.recipients()[YAMADA]["issend"] == {"N": "1"}


def test_recipient_who_opted_out_gets_none() -> None:
    pipeline = a_simple_message()
    pipeline.put_recipient(YAMADA, optedout=1)

    pipeline.drain()

    assert mails(pipeline) == []


def test_deleted_recipient_does_not_come_back() -> None:
    pipeline = a_simple_message()
    pipeline.delete_recipient(YAMADA)

    pipeline.drain()

    assert (mails(pipeline), pipeline.recipients()) == ([], {})


def test_message_without_a_mail_returns_to_the_queue_before_the_flag_is_set() -> None:
    pipeline = a_simple_message(filename="gone.txt")

    pipeline.drain()

    assert len(pipeline.aws.sqs.queues[CHUNKS].messages) == 1
    assert pipeline.recipients()[YAMADA]["issend"] == {"N": "0"}


def test_message_that_names_nothing_returns_to_the_queue() -> None:
    pipeline = a_pipeline_with(json.dumps({"Records": []}))

    pipeline.drain()

    assert len(pipeline.aws.sqs.queues[CHUNKS].messages) == 1
