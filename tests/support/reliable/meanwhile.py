"""What else may happen while the functions run: to mails, messages, people, and AWS itself."""

from __future__ import annotations

from collections.abc import Callable

from support.reliable.books import Facts, campaigns
from support.reliable.memory_aws import CHUNKS, FEEDBACK
from support.reliable.memory_ses import TROUBLES
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import BUCKET, Pipeline

UPLOADS_LIMIT = 3


def happen(what: str, index: int, pipeline: Pipeline, facts: Facts) -> None:
    """Let it happen to the so-and-so-many-th mail, message or person, if there is one."""
    if what.startswith("SES: "):
        pipeline.aws.ses.trouble = what.removeprefix("SES: ")
        pipeline.aws.ses.troubled_entries = 50 if index % 2 else 1
    elif what in _PEOPLE:
        emails = sorted(pipeline.recipients())
        if emails:
            email = emails[index % len(emails)]
            facts.stayed.discard(email)
            _PEOPLE[what](pipeline, email)
    else:
        _OTHERS[what](pipeline, index)


def _upload(pipeline: Pipeline, index: int) -> None:
    if len(campaigns(pipeline.aws)) + len(pipeline.events) < UPLOADS_LIMIT:
        pipeline.upload()


def _overwrite(pipeline: Pipeline, index: int) -> None:
    key = f"mail {index + 1}.txt"
    pipeline.aws.s3.put_object(Bucket=BUCKET, Key=key, Body=b"Other\n\nAnother mail\n")


def _event_twice(pipeline: Pipeline, index: int) -> None:
    if len(pipeline.events) < UPLOADS_LIMIT:
        pipeline.events += pipeline.events[:1]


def _message_twice(queue_name: str) -> Callable[[Pipeline, int], None]:
    def happen_to_message(pipeline: Pipeline, index: int) -> None:
        queue = pipeline.aws.sqs.queues[queue_name]
        if queue.messages:
            message = queue.messages[index % len(queue.messages)]
            queue.add(Message(f"{message.id}'", message.body), now=pipeline.aws.now)

    return happen_to_message


def _message_lost(pipeline: Pipeline, index: int) -> None:
    queue = pipeline.aws.sqs.queues[CHUNKS]
    if queue.messages:
        queue.delete(queue.messages[index % len(queue.messages)], now=pipeline.aws.now)


def _event_delay(pipeline: Pipeline, index: int) -> None:
    pipeline.aws.ses.event_delay_seconds = (1, 61, 300, 600)[index]


def _count_lag(pipeline: Pipeline, index: int) -> None:
    for queue in pipeline.aws.sqs.queues.values():
        queue.count_lag_seconds = 60 * (index % 2)


def _answer_in_parts(pipeline: Pipeline, index: int) -> None:
    pipeline.aws.dynamodb.batch_get_keys = (100, 1, 2, 3)[index]


def _refuse_entries(pipeline: Pipeline, index: int) -> None:
    pipeline.aws.sqs.refused_entries = index


def _quota(room: int) -> Callable[[Pipeline, int], None]:
    return lambda pipeline, index: setattr(pipeline.aws.ses, "room", room)


_PEOPLE: dict[str, Callable[[Pipeline, str], None]] = {
    "somebody is deleted": lambda pipeline, email: pipeline.delete_recipient(email),
    "somebody opts out": lambda pipeline, email: pipeline.put_recipient(email, optedout=1),
    "somebody has an error": lambda pipeline, email: pipeline.put_recipient(email, haserror=1),
}
_OTHERS: dict[str, Callable[[Pipeline, int], None]] = {
    "a mail is uploaded": _upload,
    "a mail is overwritten": _overwrite,
    "an event comes twice": _event_twice,
    "a chunk's message comes twice": _message_twice(CHUNKS),
    "a chunk's message is lost": _message_lost,
    "an event of SES comes twice": _message_twice(FEEDBACK),
    "somebody is added": lambda pipeline, index: pipeline.put_recipient(
        f"added-{len(pipeline.aws.story)}@example.com"
    ),
    "events of SES take longer": _event_delay,
    "counts of queues lag": _count_lag,
    "DynamoDB answers in parts": _answer_in_parts,
    "SQS refuses entries": _refuse_entries,
    "the daily quota is used up": _quota(0),
    "the daily quota has room": _quota(1000),
}
MEANWHILE = (*_OTHERS, *_PEOPLE, "SES: ", *(f"SES: {trouble}" for trouble in TROUBLES))
SIMPLE_MEANWHILE = ("a mail is uploaded", "an event comes twice", "a chunk's message comes twice")
