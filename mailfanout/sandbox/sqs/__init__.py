"""SQS: queues at a cost that does not grow with their messages."""

from __future__ import annotations

from mailfanout.sandbox.sqs import answers, backend, move_tasks, queue
from mailfanout.sandbox.sqs.backend import new_message
from mailfanout.sandbox.sqs.checks import check_message, check_options, invalid_character
from mailfanout.sandbox.sqs.deduplication import SentMessages, content_id
from mailfanout.sandbox.sqs.message_store import Message
from mailfanout.sandbox.sqs.move_tasks import redriven_queues
from mailfanout.sandbox.sqs.queue import QUEUE_ARN, Queue, find

__all__ = [
    "Message",
    "QUEUE_ARN",
    "Queue",
    "SentMessages",
    "answers",
    "backend",
    "check_message",
    "check_options",
    "content_id",
    "find",
    "invalid_character",
    "move_tasks",
    "new_message",
    "queue",
    "redriven_queues",
]
