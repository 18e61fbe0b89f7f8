"""Message move tasks: a dead-letter queue's messages go back, or on to another queue.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs import models
from moto.sqs.exceptions import SQSException
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.calls import task_names
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.sqs.message_store import Message
from mailfanout.sandbox.sqs.queue import QUEUE_ARN, Queue, find

# How long a message is hidden while it is on its way.
HIDDEN_SECONDS = 30
TASKS_KEPT = 10

log = logging.getLogger(__name__)
_invalid = partial(ApiError, "InvalidParameterValue")


class CannotMove(Exception):
    """A message has nowhere to go; the reason is AWS's."""


@dataclass
class MoveTask:
    """One task, in the words of ListMessageMoveTasks. It ends with what was there at its start."""

    source: Queue
    destination_arn: str | None
    messages_per_second: int | None
    to_move: int
    moved: int = 0
    status: str = "RUNNING"
    failure_reason: str | None = None
    started_ms: int = field(default_factory=lambda: int(time.time() * 1000))
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def handle(self) -> str:
        said = {"taskId": self.task_id, "sourceArn": self.source.queue_arn}
        return base64.b64encode(json.dumps(said).encode()).decode()

    def described(self) -> dict[str, Any]:
        """Without what there is not; only a task that runs has a handle."""
        values = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "DestinationArn": self.destination_arn,
            "MaxNumberOfMessagesPerSecond": self.messages_per_second,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure_reason,
            "StartedTimestamp": self.started_ms,
        }
        return {name: value for name, value in values.items() if value is not None}

    def run(self) -> None:
        """Move one message after the other, then say how it ended."""
        try:
            while self.moved < self.to_move and not self.cancelled.is_set():
                received = self.source.receive(1, visibility_timeout_seconds=HIDDEN_SECONDS)
                if not received:
                    break
                self._move(received[0])
                if self.messages_per_second:
                    self.cancelled.wait(1 / self.messages_per_second)
            self.status = "CANCELLED" if self.cancelled.is_set() else "COMPLETED"
        except (CannotMove, SQSException) as error:
            self.status, self.failure_reason = "FAILED", str(error)
        except Exception:
            log.exception("A message move task of %s failed", self.source.queue_arn)
            self.status, self.failure_reason = "FAILED", "InternalError"

    def _move(self, message: Message) -> None:
        """It arrives as a new message, with an id and receives of its own."""
        try:
            destination = self._destination_of(message)
            models.sqs_backends[destination.account_id][destination.region].send_message(
                destination.name,
                message.body,
                message.message_attributes,
                # The queue remembers the id that the message had there.
                deduplication_id=str(uuid.uuid4()) if destination.fifo_queue else None,
                group_id=message.group_id,
                system_attributes=message.system_attributes,
            )
        except Exception:
            self.source.return_to_queue(message)
            raise
        self.source.delete([message])
        self.moved += 1

    def _destination_of(self, message: Message) -> Queue:
        arn = self.destination_arn or message.dead_letter_source_arn
        sources = _sources(self.source)
        if arn is None and self.source.fifo_queue and len(sources) == 1:
            arn = sources[0]
        if arn is None:
            raise CannotMove("CouldNotDetermineMessageSource")
        destination = find(arn)
        if destination is None:
            raise CannotMove("AWS.SimpleQueueService.NonExistentQueue")
        return destination


def redriven_queues(dead_letter_arn: str, account_id: str, region: str) -> list[str]:
    """The ARNs of the queues whose redrive policy names this one: its messages go back to them."""
    return [
        queue.queue_arn
        for queue in list(models.sqs_backends[account_id][region].queues.values())
        if (queue.redrive_policy or {}).get("deadLetterTargetArn") == dead_letter_arn
    ]


def _sources(dead_letter_queue: Queue) -> list[str]:
    place = dead_letter_queue.account_id, dead_letter_queue.region
    return redriven_queues(dead_letter_queue.queue_arn, *place)


def start_message_move_task(response: SQSResponse) -> ActionResult:
    """Begin to move what is visible now, in the background."""
    source = _queue(response._get_param("SourceArn"), "SourceArn")
    destination_arn = response._get_param("DestinationArn")
    if destination_arn:
        _queue(destination_arn, "DestinationArn")
    if destination_arn == source.queue_arn:
        raise _invalid("Source queue arn and destination queue arn cannot be the same.")
    if not _sources(source):
        raise _invalid("Source queue must be configured as a Dead Letter Queue.")
    if any(task.status in ("RUNNING", "CANCELLING") for task in source.move_tasks):
        raise _invalid(
            "There is already a task running. Only one active task is allowed for a source queue "
            "arn at a given time."
        )
    task = MoveTask(
        source,
        destination_arn,
        response._get_param("MaxNumberOfMessagesPerSecond"),
        to_move=source.counts()["ApproximateNumberOfMessages"],
    )
    source.move_tasks = [task, *source.move_tasks][:TASKS_KEPT]
    threading.Thread(target=task.run, name="move task", daemon=True).start()
    return ActionResult({"TaskHandle": task.handle})


def list_message_move_tasks(response: SQSResponse) -> ActionResult:
    """The queue's tasks, the latest first; one, if nobody asks for more."""
    source = _queue(response._get_param("SourceArn"), "SourceArn")
    limit = response._get_param("MaxResults") or 1
    return ActionResult({"Results": [task.described() for task in source.move_tasks[:limit]]})


def cancel_message_move_task(response: SQSResponse) -> ActionResult:
    """Move no more; what was moved stays where it is."""
    task_id, source_arn = task_names(response._get_param("TaskHandle"))
    tasks = _queue(source_arn, "SourceArn").move_tasks
    task: MoveTask | None = next((one for one in tasks if one.task_id == task_id), None)
    if task is None or task.status != "RUNNING":
        raise ApiError("ResourceNotFoundException", "Task does not exist.", 404)
    task.status = "CANCELLING"
    task.cancelled.set()
    return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})


def _queue(arn: Any, parameter: str) -> Queue:
    try:
        queue = find(arn) if QUEUE_ARN.fullmatch(str(arn)) else None
    except KeyError:  # There is no such Region.
        queue = None
    if queue is None:
        message = f"The resource that you specified for the {parameter} parameter doesn't exist."
        raise ApiError("ResourceNotFoundException", message, 404)
    return queue
