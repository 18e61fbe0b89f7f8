"""The one list of the pipeline's parts, from which everything that goes over them follows.

Deploying and tearing down, what exists and what is left, the lessons' steps and the picture. To
add a part: write its settings, create, delete and read in the module of its kind, and add it here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mailfanout.policies import execution_policy, invoke_statement, invoked_by_rule_statement
from mailfanout.provision import (
    awslambda,
    bucket,
    configuration_set,
    mapping,
    notification,
    queues,
    role,
    rule,
    sender,
    table,
    topics,
)
from mailfanout.provision.functions import FUNCTIONS, Function, Poll
from mailfanout.stack import Design, Stack, State
from mailfanout.target import Target

Create = Callable[[Target, Stack], str]
Delete = Callable[[Target, Stack], None]
Read = Callable[[Target, Stack], State | None]


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
    create: Create
    read: Read
    delete: Delete | None = None
    needs: tuple[str, ...] = ()
    belongs_to: str | None = None
    ours: Callable[[State], bool] = lambda state: True
    label: Callable[[Stack], str] | None = None

    def title(self, stack: Stack) -> str:
        """Its noun and its name, such as `queue mailsendqueue0000001`."""
        return f"{self.noun} {self.name(stack)}"


def parts_of(design: Design = "simple") -> tuple[Part, ...]:
    """The parts of a design, in an order in which they can be created."""
    return _SIMPLE if design == "simple" else _RELIABLE


def every_part() -> tuple[Part, ...]:
    """The parts of all designs, each once, so that nothing of any is left or overlooked."""
    keys = {part.key for part in _SIMPLE}
    return (*_SIMPLE, *(part for part in _RELIABLE if part.key not in keys))


def _function_part(function: Function) -> Part:
    own_role = (f"role_of_{function.key}",) if function.policy else ("role",)
    failed_events = ("failed_queue",) if function.failed_events else ()
    return Part(
        key=function.key,
        kind="Lambda function",
        noun="function",
        lesson=function.lesson,
        name=function.name,
        settings=partial(awslambda.function_settings, function=function),
        create=lambda target, stack: _arn_of(target, stack, function),
        read=lambda target, stack: awslambda.read_function(target, function.name(stack)),
        delete=lambda target, stack: awslambda.delete_function(target, stack, function.name(stack)),
        needs=(*own_role, "queue", *failed_events),
    )


def _arn_of(target: Target, stack: Stack, function: Function) -> str:
    awslambda.deploy_function(target, stack, function)
    return stack.function_arn(function.name(stack))


def _mapping_part(function: Function, poll: Poll, *, key: str, queue: str) -> Part:
    return Part(
        key=key,
        kind="Event source mapping",
        noun="event source mapping of",
        lesson=function.lesson,
        name=function.name,
        label=lambda stack: f"{poll.queue_name(stack)} -> {function.name(stack)}",
        settings=lambda stack: mapping.mapping_settings(stack, poll),
        create=lambda target, stack: mapping.put_mapping(target, stack, function, poll),
        read=lambda target, stack: mapping.read_mapping(
            target, stack, poll.queue_name(stack), function.name(stack)
        ),
        delete=lambda target, stack: mapping.remove_mapping(
            target, stack, poll.queue_name(stack), function.name(stack)
        ),
        needs=(queue, function.key),
    )


def _role_part(function: Function, policy: Callable[[Stack], State]) -> Part:
    """The role that a function has to itself."""

    def create(target: Target, stack: Stack) -> str:
        role.put_role(target, function.role_name(stack), policy(stack))
        return function.role_arn(stack)

    return Part(
        key=f"role_of_{function.key}",
        kind="IAM role",
        noun="role",
        lesson=function.lesson,
        name=function.role_name,
        settings=lambda stack: role.role_settings(policy(stack)),
        create=create,
        read=lambda target, stack: role.read_role(target, function.role_name(stack)),
        delete=lambda target, stack: role.remove_role(target, function.role_name(stack)),
    )


def _queue_part(
    key: str,
    *,
    name: Callable[[Stack], str],
    settings: Callable[[Stack], State],
    lesson: str = "08",
    needs: tuple[str, ...] = (),
) -> Part:
    return Part(
        key=key,
        kind="SQS queue" if needs else "Dead-letter queue",
        noun="queue",
        lesson=lesson,
        name=name,
        settings=settings,
        create=lambda target, stack: queues.put_queue(target, name(stack), settings(stack)),
        read=lambda target, stack: queues.read_queue(target, name(stack)),
        delete=lambda target, stack: queues.remove_queue(target, name(stack)),
        needs=needs,
    )


_TABLE = Part(
    key="table",
    kind="DynamoDB table",
    noun="table",
    lesson="01",
    name=lambda stack: stack.table_name,
    settings=table.table_settings,
    create=table.create_table,
    read=table.read_table,
    delete=table.delete_table,
)
_BUCKET = Part(
    key="bucket",
    kind="S3 bucket",
    noun="bucket",
    lesson="03",
    name=lambda stack: stack.bucket_name,
    settings=bucket.bucket_settings,
    create=bucket.create_bucket,
    read=bucket.read_bucket,
    delete=bucket.delete_bucket,
)
_ROLE = Part(
    key="role",
    kind="IAM role",
    noun="role",
    lesson="03",
    name=lambda stack: stack.role_name,
    settings=lambda stack: role.role_settings(execution_policy(stack)),
    create=role.create_role,
    read=lambda target, stack: role.read_role(target, stack.role_name),
    delete=role.delete_role,
)
_DEAD_LETTER_QUEUE = _queue_part(
    "dead_letter_queue",
    name=lambda stack: stack.dead_letter_queue_name,
    settings=queues.dead_letter_queue_settings,
    lesson="03",
)
_QUEUE = _queue_part(
    "queue",
    name=lambda stack: stack.queue_name,
    settings=queues.queue_settings,
    lesson="03",
    needs=("role", "dead_letter_queue"),
)
_IDENTITY = Part(
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
)
_PERMISSION = Part(
    key="permission",
    kind="Lambda permission",
    noun="permission of",
    lesson="04",
    name=lambda stack: stack.send_queue_name,
    settings=invoke_statement,
    create=notification.allow_bucket_to_invoke,
    read=notification.read_permission,
    needs=("send_queue",),
    belongs_to="send_queue",
)
_NOTIFICATION = Part(
    key="notification",
    kind="S3 notification",
    noun="notification of",
    lesson="04",
    name=lambda stack: stack.bucket_name,
    label=lambda stack: f"{stack.bucket_name} -> {stack.send_queue_name}",
    settings=notification.notification_settings,
    create=notification.create_notification,
    read=notification.read_notification,
    delete=notification.delete_notification,
    needs=("bucket", "permission"),
    belongs_to="bucket",
)


def _polled(function: Function, *, key: str, queue: str) -> Part:
    assert function.poll
    return _mapping_part(function, function.poll, key=key, queue=queue)


def _simple_parts() -> tuple[Part, ...]:
    send_queue, read_message = FUNCTIONS["simple"]
    return (
        _TABLE,
        _BUCKET,
        _ROLE,
        _DEAD_LETTER_QUEUE,
        _QUEUE,
        _IDENTITY,
        _function_part(send_queue),
        _PERMISSION,
        _NOTIFICATION,
        _function_part(read_message),
        _polled(read_message, key="mapping", queue="queue"),
    )


def _reliable_parts() -> tuple[Part, ...]:
    functions = {function.key: function for function in FUNCTIONS["reliable"]}
    roles = [_role_part(one, one.policy) for one in functions.values() if one.policy]
    return (
        _TABLE,
        Part(
            key="ledger",
            kind="DynamoDB table",
            noun="table",
            lesson="08",
            name=lambda stack: stack.ledger_name,
            settings=table.ledger_settings,
            create=table.create_ledger,
            read=table.read_ledger,
            delete=table.delete_ledger,
        ),
        _BUCKET,
        *roles,
        _DEAD_LETTER_QUEUE,
        _queue_part(
            "queue",
            name=lambda stack: stack.queue_name,
            settings=queues.chunk_queue_settings,
            needs=(*(part.key for part in roles), "dead_letter_queue"),
        ),
        _queue_part(
            "failed_queue",
            name=lambda stack: stack.failed_queue_name,
            settings=queues.dead_letter_queue_settings,
        ),
        _queue_part(
            "feedback_dead_letter_queue",
            name=lambda stack: stack.feedback_dead_letter_queue_name,
            settings=queues.dead_letter_queue_settings,
        ),
        _queue_part(
            "feedback_queue",
            name=lambda stack: stack.feedback_name,
            settings=queues.feedback_queue_settings,
            needs=("feedback_dead_letter_queue",),
        ),
        *_FEEDBACK_WAY,
        _IDENTITY,
        _function_part(functions["send_queue"]),
        _PERMISSION,
        _NOTIFICATION,
        _function_part(functions["read_message"]),
        _polled(functions["read_message"], key="mapping", queue="queue"),
        _function_part(functions["record_feedback"]),
        _polled(functions["record_feedback"], key="feedback_mapping", queue="feedback_queue"),
        _function_part(functions["sweep_campaigns"]),
        *_SCHEDULE,
    )


# From SES to the feedback's queue, and from recordFeedback to people.
_FEEDBACK_WAY = (
    Part(
        key="feedback_topic",
        kind="SNS topic",
        noun="topic",
        lesson="08",
        name=lambda stack: stack.feedback_name,
        settings=topics.topic_settings,
        create=topics.create_feedback_topic,
        read=topics.read_feedback_topic,
        delete=topics.delete_feedback_topic,
    ),
    Part(
        key="subscription",
        kind="SNS subscription",
        noun="subscription of",
        lesson="08",
        name=lambda stack: stack.feedback_name,
        label=lambda stack: f"{stack.feedback_name} -> {stack.feedback_name}",
        settings=topics.subscription_settings,
        create=topics.subscribe_feedback_queue,
        read=topics.read_subscription,
        needs=("feedback_topic", "feedback_queue"),
        belongs_to="feedback_topic",
    ),
    Part(
        key="configuration_set",
        kind="SES configuration set",
        noun="configuration set",
        lesson="08",
        name=lambda stack: stack.feedback_name,
        settings=configuration_set.configuration_set_settings,
        create=configuration_set.create_configuration_set,
        read=configuration_set.read_configuration_set,
        delete=configuration_set.delete_configuration_set,
        needs=("feedback_topic",),
    ),
    Part(
        key="notices_topic",
        kind="SNS topic",
        noun="topic",
        lesson="08",
        name=lambda stack: stack.notices_name,
        settings=lambda stack: {"Owner": stack.account_id},
        create=topics.create_notices_topic,
        read=topics.read_notices_topic,
        delete=topics.delete_notices_topic,
    ),
)
_SCHEDULE = (
    Part(
        key="rule",
        kind="EventBridge rule",
        noun="rule",
        lesson="08",
        name=lambda stack: stack.rule_name,
        settings=rule.rule_settings,
        create=rule.create_rule,
        read=rule.read_rule,
        delete=rule.delete_rule,
        needs=("sweep_campaigns",),
    ),
    Part(
        key="rule_permission",
        kind="Lambda permission",
        noun="permission of",
        lesson="08",
        name=lambda stack: stack.sweep_campaigns_name,
        settings=invoked_by_rule_statement,
        create=rule.allow_rule_to_invoke,
        read=rule.read_rule_permission,
        needs=("sweep_campaigns", "rule"),
        belongs_to="sweep_campaigns",
    ),
)
_SIMPLE = _simple_parts()
_RELIABLE = _reliable_parts()
