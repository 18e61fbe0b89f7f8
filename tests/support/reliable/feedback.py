"""Campaigns that are sent, and what SES then tells of their mails."""

from __future__ import annotations

import json

from support.reliable.books import campaigns
from support.reliable.memory_aws import FEEDBACK
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import a_planned, record_feedback

BOUNCING = [f"bounce-{number}@example.com" for number in range(6)]
COMPLAINING = [f"complaint-{number}@example.com" for number in range(2)]
FINE = [f"r{number}@example.com" for number in range(100)]


def sent_to(*emails: str) -> Pipeline:
    """A pipeline whose campaign is sent, and whose events wait for feedback."""
    pipeline = a_planned(*emails, chunk_size=50)
    while pipeline.aws.sqs.queues["chunks"].messages:
        pipeline.finish(pipeline.receive())
    pipeline.pass_time(60)
    return pipeline


def haserror(pipeline: Pipeline, email: str) -> str:
    return str(pipeline.recipients()[email]["haserror"]["N"])


def counted(pipeline: Pipeline, name: str) -> int:
    [item] = campaigns(pipeline.aws).values()
    return int(item[name]["N"])


def event_of(pipeline: Pipeline, kind: str, number: int = 0) -> str:
    """An event of the so-and-so-many-th mail, one more or the first of its kind."""
    mail = pipeline.aws.ses.sent[number]
    tags = {name: [value] for name, value in mail.tags.items()}
    about = {"messageId": mail.message_id, "destination": [mail.email], "tags": tags}
    bounce = {"bounce": {"bounceType": "Permanent"}} if kind == "Bounce" else {}
    return json.dumps({"eventType": kind, "mail": about, **bounce})


def tell(pipeline: Pipeline, *bodies: str) -> None:
    """Let feedback have these events, in one batch."""
    queue = pipeline.aws.sqs.queues[FEEDBACK]
    for body in bodies:
        queue.add(Message("told", body), now=pipeline.aws.now, delay_seconds=0)
    record_feedback(pipeline)


def tell_only(pipeline: Pipeline, *bodies: str) -> None:
    """The same, without those that wait there."""
    pipeline.aws.sqs.queues[FEEDBACK].messages.clear()
    tell(pipeline, *bodies)
