"""Beginnings that the tests share, and what they ask of the books in the end."""

from __future__ import annotations

from typing import Any

from support.reliable.books import campaigns, lines, places
from support.reliable.invocations import Invocation
from support.reliable.memory_aws import CHUNKS, FEEDBACK
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import Pipeline

HOUR = 3600
READER_TIMEOUT_SECONDS = 60


def people(count: int) -> list[str]:
    return [f"r{number}@example.com" for number in range(count)]


EVERYBODY = people(2)  # one chunk
ONCE_EACH = dict.fromkeys(EVERYBODY, 1)
SENT = dict.fromkeys(EVERYBODY, "sent")


def a_pipeline(
    *emails: str, chunk_size: int = 2, chunks_at_once: int | None = None, **environment: str
) -> Pipeline:
    """A pipeline with these recipients, and a mail that was uploaded."""
    pipeline = Pipeline(**environment)
    pipeline.aws.ses.rate = chunk_size
    if chunks_at_once:
        vars(pipeline.functions["sendQueue"])["MAX_CHUNKS"] = chunks_at_once
    for email in emails:
        pipeline.put_recipient(email)
    pipeline.upload()
    return pipeline


def a_planned(*emails: str, **settings: Any) -> Pipeline:
    """The same; the campaign is planned, and its messages wait."""
    pipeline = a_pipeline(*emails, **settings)
    pipeline.finish(pipeline.start_event())
    return pipeline


def a_sending(
    *emails: str, calls: int, fault: str = "", **settings: Any
) -> tuple[Pipeline, Invocation]:
    """The same; the sender has made so many calls for the first chunk, the last with this fault.

    Its calls are: claim, read, send, record.
    """
    pipeline = a_planned(*emails, **settings)
    sender = pipeline.receive()
    pipeline.step(sender, calls, fault)
    return pipeline, sender


def campaign_of(pipeline: Pipeline) -> str:
    [campaign] = campaigns(pipeline.aws)
    return campaign


def gate(pipeline: Pipeline) -> tuple[str, str]:
    """The only campaign's gate, and the reason for it."""
    [item] = campaigns(pipeline.aws).values()
    return item["gate"]["S"], item["reason"]["S"]


def shown(pipeline: Pipeline) -> Any:
    """The only campaign's status."""
    return pipeline.commands.status(pipeline.control, campaign_of(pipeline))


def states(pipeline: Pipeline) -> dict[str, str]:
    return {line.entry["email"]: line.entry["state"] for line in lines(pipeline.aws)}


def entry_of(pipeline: Pipeline, email: str) -> dict[str, Any]:
    [entry] = [line.entry for line in lines(pipeline.aws) if line.entry["email"] == email]
    return entry


def mailed(pipeline: Pipeline) -> dict[str, int]:
    """How many mails SES took for each address."""
    return dict(pipeline.aws.ses.counted())


def sweeps(pipeline: Pipeline, *, seconds: float, every: float = 60) -> None:
    """A sweep each minute and nothing else, for so long."""
    for _ in range(int(seconds // every)):
        pipeline.pass_time(every)
        pipeline.finish(pipeline.sweep())


def work_off(pipeline: Pipeline, *, seconds: float) -> None:
    """Everything runs, with a sweep each minute, for so long."""
    pipeline.work_off(*[60] * int(seconds // 60))


def record_feedback(pipeline: Pipeline) -> None:
    """Let the events that are there be recorded, at once."""
    while pipeline.aws.sqs.queues[FEEDBACK].visible(pipeline.aws.now):
        pipeline.finish(pipeline.receive(FEEDBACK, limit=100))


def are_open(pipeline: Pipeline) -> list[bool]:
    """Whether the sweep still goes through each campaign."""
    return [place["is_open"]["BOOL"] for place in places(pipeline.aws)]


def waiting_chunks(pipeline: Pipeline) -> int:
    return len(pipeline.aws.sqs.queues[CHUNKS].messages)


def message_comes_twice(pipeline: Pipeline) -> None:
    """Another copy of the first message for the sender."""
    queue = pipeline.aws.sqs.queues[CHUNKS]
    copy = Message("copy", queue.messages[0].body, queue.messages[0].attributes)
    queue.add(copy, now=pipeline.aws.now)
