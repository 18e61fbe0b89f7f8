"""The parts of the pipeline, in the order of a mail's way: which exist, and what each holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailfanout.provision.parts import State, describe, find_queue
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import unless_missing

Item = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One part: its place in the pipeline, AWS's word for it, its name, and what it holds.

    `counts` are numbers with what they count, the most telling first; `note` is a setting.
    """

    place: str
    kind: str
    name: str
    exists: bool
    counts: tuple[tuple[int, str], ...] = ()
    note: str = ""

    def __str__(self) -> str:
        counts = [f"{number:,} {noun}" for number, noun in self.counts]
        held = ", ".join([*counts, self.note] if self.note else counts)
        said = f": {held}" if self.exists and held else ""
        return f"[{'x' if self.exists else ' '}] {self.kind} {self.name}{said}"


def read_parts(target: Target, stack: Stack) -> tuple[Part, ...]:
    """Every part of the pipeline as it is now; read, never changed."""
    states = describe(target, stack)
    return (
        _table(target, stack, states),
        _bucket(target, stack, states),
        _notification(stack, states),
        _function("send_queue", stack.send_queue_name, states),
        _queue(target, stack, states),
        _dead_letter_queue(target, stack, states),
        _mapping(stack, states),
        _function("read_message", stack.read_message_name, states),
        _identity(target, stack, states),
        Part("role", "IAM role", stack.role_name, f"role {stack.role_name}" in states),
    )


def read_items(target: Target, stack: Stack) -> list[Item]:
    """Every item of the table, as DynamoDB returns it; none where there is no table."""
    scan = target.client("dynamodb").get_paginator("scan").paginate
    pages = unless_missing(lambda: [*scan(TableName=stack.table_name, ConsistentRead=True)])
    return [item for page in pages or [] for item in page["Items"]]


def read_depth(target: Target, queue_name: str) -> tuple[int, int]:
    """How many messages wait in a queue and how many are in flight; none where it is missing."""
    queue_url = find_queue(target, queue_name)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = queue_url and unless_missing(
        target.client("sqs").get_queue_attributes, QueueUrl=queue_url, AttributeNames=names
    )
    if not found:
        return 0, 0
    waiting, in_flight = (int(found["Attributes"][name]) for name in names)
    return waiting, in_flight


def _table(target: Target, stack: Stack, states: dict[str, State]) -> Part:
    items = read_items(target, stack)
    failed = sum(item.get("haserror") == {"N": "1"} for item in items)
    return Part(
        "table",
        "DynamoDB table",
        stack.table_name,
        f"table {stack.table_name}" in states,
        (_counted(len(items), "recipient"), (failed, "with haserror 1")),
    )


def _bucket(target: Target, stack: Stack, states: dict[str, State]) -> Part:
    exists = f"bucket {stack.bucket_name}" in states
    objects = sum(_object_counts(target, stack)) if exists else 0
    counts = (_counted(objects, "object"),)
    return Part("bucket", "S3 bucket", stack.bucket_name, exists, counts)


def _object_counts(target: Target, stack: Stack) -> Iterator[int]:
    pages = target.client("s3").get_paginator("list_objects_v2")
    return (page["KeyCount"] for page in pages.paginate(Bucket=stack.bucket_name))


def _notification(stack: Stack, states: dict[str, State]) -> Part:
    state = states.get(f"bucket {stack.bucket_name}", {})
    name = f"{stack.bucket_name} -> {stack.send_queue_name}"
    return Part("notification", "S3 notification", name, bool(state.get("Notifications")))


def _mapping(stack: Stack, states: dict[str, State]) -> Part:
    state = states.get(f"event source mapping of {stack.read_message_name}")
    note = f"up to {state['BatchSize']} messages, {state['State'].lower()}" if state else ""
    name = f"{stack.queue_name} -> {stack.read_message_name}"
    return Part("mapping", "Event source mapping", name, state is not None, note=note)


def _function(place: str, name: str, states: dict[str, State]) -> Part:
    state = states.get(f"function {name}")
    note = f"{state['MemorySize']} MB, {state['Timeout']} s" if state else ""
    return Part(place, "Lambda function", name, state is not None, note=note)


def _queue(target: Target, stack: Stack, states: dict[str, State]) -> Part:
    waiting, in_flight = read_depth(target, stack.queue_name)
    state = states.get(f"queue {stack.queue_name}")
    redrive_policy = (state or {}).get("RedrivePolicy")
    note = f"dead after {redrive_policy['maxReceiveCount']} receives" if redrive_policy else ""
    counts = ((waiting, "waiting"), (in_flight, "in flight"))
    return Part("queue", "SQS queue", stack.queue_name, state is not None, counts, note)


def _dead_letter_queue(target: Target, stack: Stack, states: dict[str, State]) -> Part:
    letters = sum(read_depth(target, stack.dead_letter_queue_name))
    return Part(
        "dead_letter_queue",
        "Dead-letter queue",
        stack.dead_letter_queue_name,
        f"queue {stack.dead_letter_queue_name}" in states,
        (_counted(letters, "dead letter"),),
    )


def _identity(target: Target, stack: Stack, states: dict[str, State]) -> Part:
    # Only the sandbox shows what it sent.
    counts = (_counted(target.sandbox.count_mails(), "mail"),) if target.sandbox else ()
    exists = f"identity {stack.sender}" in states
    return Part("identity", "SES identity", stack.sender, exists, counts)


def _counted(number: int, noun: str) -> tuple[int, str]:
    return number, noun if number == 1 else f"{noun}s"
