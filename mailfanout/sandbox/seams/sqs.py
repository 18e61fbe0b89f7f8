"""Changes to moto's SQS, its queues and messages, with their reasons."""

from __future__ import annotations

from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.seams.replacement import LACKS, Replacement
from mailfanout.sandbox.sqs import Message, answers, move_tasks, queue
from mailfanout.sandbox.sqs import backend as sqs

_MAY_BE_EMPTY = {
    "change_message_visibility_batch": SQSResponse.change_message_visibility_batch,
    "delete_message_batch": SQSResponse.delete_message_batch,
    "list_queue_tags": SQSResponse.list_queue_tags,
    "send_message_batch": answers.send_message_batch,
}


def replacements() -> list[Replacement]:
    """Every change to moto's SQS, for setattr."""
    return [*_queues(), *_answers()]


def _queues() -> list[Replacement]:
    reason = "scans the whole queue at every call, and calls functions in SendMessage"
    return [
        Replacement(sqs_models, "Message", Message, reason),
        Replacement(sqs_models, "Queue", queue.Queue, reason),
        Replacement(sqs_models.sqs_backends, "backend", sqs.Backend, reason),
        Replacement(
            sqs_models,
            "camelcase_to_underscores",
            sqs.camelcase_to_underscores,
            "converts the same few names in every SendMessage",
        ),
    ]


def _answers() -> list[Replacement]:
    return [
        *(
            Replacement(
                SQSResponse,
                name,
                answers.without_empty(answer),
                "sends empty lists and maps, which AWS leaves out",
            )
            for name, answer in _MAY_BE_EMPTY.items()
        ),
        Replacement(
            SQSResponse,
            "send_message",
            answers.send_message,
            "leaves out the MD5 of system attributes",
        ),
        Replacement(
            SQSResponse,
            "receive_message",
            answers.receive_message,
            "does not name the source of a dead letter",
        ),
        *(
            Replacement(SQSResponse, operation.__name__, operation, LACKS)
            for operation in (
                move_tasks.start_message_move_task,
                move_tasks.list_message_move_tasks,
                move_tasks.cancel_message_move_task,
            )
        ),
    ]
