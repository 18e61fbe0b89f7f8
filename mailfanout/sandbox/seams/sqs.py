"""Changes to moto's SQS, its queues and messages, with their reasons."""

from __future__ import annotations

from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.seams.replacement import LACKS, Replacement, changes, given
from mailfanout.sandbox.sqs import Message, answers, move_tasks, queue
from mailfanout.sandbox.sqs import backend as sqs

_MAY_BE_EMPTY = {
    "change_message_visibility_batch": SQSResponse.change_message_visibility_batch,
    "delete_message_batch": SQSResponse.delete_message_batch,
    "list_queue_tags": SQSResponse.list_queue_tags,
    "send_message_batch": answers.send_message_batch,
}


_SENDS_EMPTY = "sends empty lists and maps, which AWS leaves out"


def replacements() -> list[Replacement]:
    """Every change to moto's SQS, for setattr."""
    return [*_queues(), *_answers()]


def _queues() -> list[Replacement]:
    reason = "scans the whole queue at every call, and calls functions in SendMessage"
    return [
        *changes(sqs_models, reason, Message=Message, Queue=queue.Queue),
        *changes(sqs_models.sqs_backends, reason, backend=sqs.Backend),
        *changes(
            sqs_models,
            "converts the same few names in every SendMessage",
            camelcase_to_underscores=sqs.camelcase_to_underscores,
        ),
    ]


def _answers() -> list[Replacement]:
    return [
        *(
            Replacement(SQSResponse, name, given(answers.without_empty, answer), _SENDS_EMPTY)
            for name, answer in _MAY_BE_EMPTY.items()
        ),
        *changes(SQSResponse, "leaves out an MD5", send_message=answers.send_message),
        *changes(
            SQSResponse,
            "does not name the source of a dead letter",
            receive_message=answers.receive_message,
        ),
        *changes(
            SQSResponse,
            LACKS,
            start_message_move_task=move_tasks.start_message_move_task,
            list_message_move_tasks=move_tasks.list_message_move_tasks,
            cancel_message_move_task=move_tasks.cancel_message_move_task,
        ),
    ]
