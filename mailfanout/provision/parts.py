"""The one list of the pipeline's parts, from which everything that goes over them follows.

Deploying and tearing down, what exists and what is left, the lessons' steps and the picture. To
add a part: write its settings, create, delete and read in the module of its kind, and add it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from mailfanout.policies import invoke_statement
from mailfanout.provision import (
    awslambda,
    bucket,
    mapping,
    notification,
    queues,
    role,
    sender,
    table,
)
from mailfanout.provision.functions import FUNCTIONS, Function
from mailfanout.stack import Stack, State
from mailfanout.target import Target


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the pipeline: what it is called, and how it is created, deleted and read.

    `kind` is AWS's word for it, `noun` what stands before its name in a line of text, and `label`
    how a picture names it. `settings` states in AWS's words how it stands once it is created, and
    `read` finds that or more. `needs` are the keys of the parts that have to be there before.
    `create` and `delete` may be repeated. A part without `delete` goes with the one that it
    `belongs_to`; one that is not `ours`, by its state, stays.
    """

    key: str
    kind: str
    noun: str
    lesson: str
    name: Callable[[Stack], str]
    settings: Callable[[Stack], State]
    create: Callable[[Target, Stack], str]
    read: Callable[[Target, Stack], State | None]
    delete: Callable[[Target, Stack], None] | None = None
    needs: tuple[str, ...] = ()
    belongs_to: str | None = None
    ours: Callable[[State], bool] = lambda state: True
    label: Callable[[Stack], str] | None = None

    def title(self, stack: Stack) -> str:
        """Its noun and its name, such as `queue mailsendqueue0000001`."""
        return f"{self.noun} {self.name(stack)}"


def parts_of(version: str = "simple") -> tuple[Part, ...]:
    """The parts of the pipeline with this version of its functions, in an order to create them."""
    functions = (_function_parts(function, version) for function in FUNCTIONS)
    return (*_SHARED_PARTS, *chain.from_iterable(functions))


def _function_parts(function: Function, version: str) -> Iterator[Part]:
    """A function, and what starts it."""

    def create(target: Target, stack: Stack) -> str:
        return awslambda.create_function(target, stack, function.name(stack), version=version)

    yield Part(
        key=function.key,
        kind="Lambda function",
        noun="function",
        lesson=function.lesson,
        name=function.name,
        settings=partial(awslambda.function_settings, function=function, version=version),
        create=create,
        read=lambda target, stack: awslambda.read_function(target, function.name(stack)),
        delete=lambda target, stack: awslambda.delete_function(target, stack, function.name(stack)),
        needs=("role", "queue"),
    )
    yield from _TRIGGERS[function.trigger](function)


def _bucket_trigger(function: Function) -> Iterator[Part]:
    yield Part(
        key="permission",
        kind="Lambda permission",
        noun="permission of",
        lesson=function.lesson,
        name=function.name,
        settings=invoke_statement,
        create=notification.allow_bucket_to_invoke,
        read=notification.read_permission,
        needs=(function.key,),
        belongs_to=function.key,
    )
    yield Part(
        key="notification",
        kind="S3 notification",
        noun="notification of",
        lesson=function.lesson,
        name=lambda stack: stack.bucket_name,
        label=lambda stack: f"{stack.bucket_name} -> {function.name(stack)}",
        settings=notification.notification_settings,
        create=notification.create_notification,
        read=notification.read_notification,
        delete=notification.delete_notification,
        needs=("bucket", "permission"),
        belongs_to="bucket",
    )


def _queue_trigger(function: Function) -> Iterator[Part]:
    yield Part(
        key="mapping",
        kind="Event source mapping",
        noun="event source mapping of",
        lesson=function.lesson,
        name=function.name,
        label=lambda stack: f"{stack.queue_name} -> {function.name(stack)}",
        settings=mapping.mapping_settings,
        create=mapping.create_event_source_mapping,
        read=mapping.read_mapping,
        delete=mapping.delete_event_source_mapping,
        needs=("queue", function.key),
    )


_TRIGGERS = {"bucket": _bucket_trigger, "queue": _queue_trigger}

_SHARED_PARTS = (
    Part(
        key="table",
        kind="DynamoDB table",
        noun="table",
        lesson="01",
        name=lambda stack: stack.table_name,
        settings=table.table_settings,
        create=table.create_table,
        read=table.read_table,
        delete=table.delete_table,
    ),
    Part(
        key="bucket",
        kind="S3 bucket",
        noun="bucket",
        lesson="03",
        name=lambda stack: stack.bucket_name,
        settings=bucket.bucket_settings,
        create=bucket.create_bucket,
        read=bucket.read_bucket,
        delete=bucket.delete_bucket,
    ),
    Part(
        key="role",
        kind="IAM role",
        noun="role",
        lesson="03",
        name=lambda stack: stack.role_name,
        settings=role.role_settings,
        create=role.create_role,
        read=role.read_role,
        delete=role.delete_role,
    ),
    Part(
        key="dead_letter_queue",
        kind="Dead-letter queue",
        noun="queue",
        lesson="03",
        name=lambda stack: stack.dead_letter_queue_name,
        settings=queues.dead_letter_queue_settings,
        create=queues.create_dead_letter_queue,
        read=queues.read_dead_letter_queue,
        delete=queues.delete_dead_letter_queue,
    ),
    Part(
        key="queue",
        kind="SQS queue",
        noun="queue",
        lesson="03",
        name=lambda stack: stack.queue_name,
        settings=queues.queue_settings,
        create=queues.create_queue,
        read=queues.read_queue,
        delete=queues.delete_queue,
        needs=("role", "dead_letter_queue"),
    ),
    Part(
        key="identity",
        kind="SES identity",
        noun="identity",
        lesson="05",
        name=lambda stack: stack.sender,
        settings=sender.identity_settings,
        create=sender.verify_sender,
        read=sender.read_identity,
        delete=sender.delete_sender,
        ours=sender.is_ours,
    ),
)
