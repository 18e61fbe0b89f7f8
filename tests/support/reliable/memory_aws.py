"""An AWS in memory: one clock, the services' state, and clients that stand for boto3's.

A client's call is where an invocation can be interrupted: `Invocation` in invocations.py decides
what happens there.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from hashlib import md5
from typing import Any

from support.reliable.memory_dynamodb import DynamoDb, Table
from support.reliable.memory_errors import Exceptions, client_error
from support.reliable.memory_ses import Ses
from support.reliable.memory_sqs import Message, Queue, Sqs

Item = dict[str, Any]

START = 1_700_000_000.0
RECIPIENTS, LEDGER = "mailaddress", "maildelivery"
CHUNKS, CHUNK_LETTERS = "chunks", "chunks-dlq"
FEEDBACK, FEEDBACK_LETTERS = "feedback", "feedback-dlq"
FAILED_EVENTS = "failed"


class S3:
    """Objects by bucket and key, without versions."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> Item:
        self.objects[Bucket, Key] = Body
        return {"ETag": etag_of(Body)}

    def get_object(self, *, Bucket: str, Key: str, IfMatch: str | None = None) -> Item:
        content = self.objects.get((Bucket, Key))
        if content is None:
            raise client_error("NoSuchKey", status=404)
        if IfMatch is not None and IfMatch != etag_of(content):
            raise client_error("PreconditionFailed", status=412)
        length = {"ContentLength": len(content)}
        return {"Body": io.BytesIO(content), "ETag": etag_of(content), **length}


class Sns:
    """What was published. Everything is refused while `refuses` is the code of an error."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.refuses = ""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> Item:
        if self.refuses:
            raise client_error(self.refuses)
        self.published.append(Message)
        return {"MessageId": str(len(self.published))}


class Functions:
    """Lambda's Invoke: the event waits until somebody starts it."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, bytes]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> Item:
        assert InvocationType == "Event"
        self.invoked.append((FunctionName, Payload))
        return {"StatusCode": 202}


class MemoryAws:
    """The whole of it. `interrupt` is asked before each call of a client, and makes the call."""

    def __init__(self) -> None:
        self.now = START
        self.dynamodb, self.sqs = DynamoDb(self.time), Sqs(self.time)
        self.ses, self.s3, self.sns, self.functions = Ses(self.time), S3(), Sns(), Functions()
        self.services = {
            "dynamodb": self.dynamodb,
            "s3": self.s3,
            "sesv2": self.ses,
            "sns": self.sns,
            "sqs": self.sqs,
            "lambda": self.functions,
        }
        self.dynamodb.tables = {RECIPIENTS: Table("email"), LEDGER: Table("campaign", "part")}
        self.sqs.queues = _queues()
        self.calls = 0
        self.interrupt: Callable[[str, str, Callable[[], Any]], Any] = lambda s, o, call: call()
        self.story: list[str] = []
        self._tokens = itertools.count()

    def note(self, line: str) -> None:
        """Add a line to the story of what has happened."""
        self.story.append(line)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def client(self, service: str, **_: Any) -> Client:
        return Client(self, service)

    def call(self, service: str, operation: str, parameters: Item) -> Any:
        if operation == "transact_write_items":
            parameters = {"ClientRequestToken": str(next(self._tokens)), **parameters}
        method = getattr(self.services[service], operation)
        self.calls += 1
        return self.interrupt(service, operation, lambda: method(**parameters))

    def deliver_events(self) -> None:
        """Put the events whose time has come into feedback's queue."""
        for due_at, body in self.ses.due_events():
            self.sqs.queues[FEEDBACK].add(Message(self.sqs.new_id(), body), now=due_at)


class Client:
    """Stands for a boto3 client of this AWS."""

    exceptions = Exceptions()

    def __init__(self, aws: MemoryAws, service: str) -> None:
        self._aws, self._service = aws, service

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **parameters: self._aws.call(self._service, operation, parameters)

    def get_paginator(self, operation: str) -> Paginator:
        return Paginator(getattr(self, operation))


class Paginator:
    """Stands for boto3's paginator of Query and Scan."""

    def __init__(self, operation: Callable[..., Any]) -> None:
        self._operation = operation

    def paginate(self, **parameters: Any) -> Iterator[Item]:
        while True:
            page = self._operation(**parameters)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def etag_of(content: bytes) -> str:
    return f'"{md5(content).hexdigest()}"'


def _queues() -> dict[str, Queue]:
    chunk_letters, feedback_letters = Queue(CHUNK_LETTERS), Queue(FEEDBACK_LETTERS)
    queues = (
        Queue(CHUNKS, dead_letters=chunk_letters),
        Queue(FEEDBACK, delay_seconds=30, dead_letters=feedback_letters),
        chunk_letters,
        feedback_letters,
        Queue(FAILED_EVENTS),
    )
    return {queue.name: queue for queue in queues}
