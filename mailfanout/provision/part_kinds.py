"""What a part of the pipeline is, and how the parts of a kind are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mailfanout.policies import Policy
from mailfanout.provision import awslambda, mapping, queues, role, table, topics
from mailfanout.provision.functions import PipelineFunction
from mailfanout.provision.queues import dead_letter_queue_settings
from mailfanout.stack import Stack, State
from mailfanout.target import Target, retry

Create = Callable[[Target, Stack], str]
Delete = Callable[[Target, Stack], None]
Read = Callable[[Target, Stack], State | None]
Wait = Callable[[Target, Stack], None]

_THERE_ALREADY = {
    "AlreadyExistsException",
    "EntityAlreadyExists",
    "ResourceConflictException",
    "ResourceInUseException",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the pipeline: what it is called, and how it is created, deleted and read.

    `kind` is AWS's word for it, `noun` what stands before its name in a line of text, and `label`
    how a picture names it. It is made in its `lesson`: the reliable design's own parts in 08.
    `settings` states in AWS's words how it stands once it is created, and `read` finds that or
    more. `glance` asks for less: whether it exists, whose it is, and whether mails get through.
    `needs` are the keys of the parts that have to be there before.
    `create` and `delete` may be repeated. What takes its time is only asked for by `create`, and
    `wait` returns once it can be used. A part without `delete` goes with the one that it
    `belongs_to`; one that is not `ours`, by its state, stays. What it is `tagged` with is no part
    of `settings`, since others may add tags of theirs. A function has its record, `function`.
    """

    key: str
    kind: str
    noun: str
    lesson: str = "08"
    name: Callable[[Stack], str]
    settings: Callable[[Stack], State]
    create: Create
    read: Read
    glance: Read | None = None
    wait: Wait | None = None
    delete: Delete | None = None
    needs: tuple[str, ...] = ()
    belongs_to: str | None = None
    function: PipelineFunction | None = None
    ours: Callable[[Stack, State], bool] = lambda stack, state: True
    tagged: Callable[[Stack], dict[str, str]] = lambda stack: stack.tags
    label: Callable[[Stack], str] | None = None

    def make(self, target: Target, stack: Stack) -> str:
        """Create it, or mend what is there; its ARN, URL or id.

        Asked for once more if AWS says that it is there, which `create` did not see: another
        command made it just now, or the answer to the first call was lost, and boto3 called again.
        """
        return retry(
            lambda: self.create(target, stack),
            while_error=lambda error: error.response["Error"]["Code"] in _THERE_ALREADY,
            sleep=target.sleep,
            timeout_seconds=10,
        )

    def look(self, target: Target, stack: Stack) -> State | None:
        """What a glance shows, or all that is read if it has none; None if it does not exist."""
        return (self.glance or self.read)(target, stack)

    def tags(self, stack: Stack) -> dict[str, str]:
        """What it is tagged with. AWS lets a part carry no tags if it belongs to another one."""
        return {} if self.belongs_to else self.tagged(stack)

    def title(self, stack: Stack) -> str:
        """Its noun and its name, such as `queue mailsendqueue0000001`."""
        return f"{self.noun} {self.name(stack)}"


def function_part(function: PipelineFunction) -> Part:
    """A function, with the parts that it needs by its record."""
    own_role = (f"role_of_{function.key}",) if function.policy else ("role",)
    failed_events = ("failed_queue",) if function.failed_events else ()
    return Part(
        key=function.key,
        kind="Lambda function",
        noun="function",
        lesson=function.lesson,
        name=function.name,
        settings=partial(awslambda.function_settings, function=function),
        create=lambda target, stack: awslambda.put_function(target, stack, function),
        wait=lambda target, stack: awslambda.wait_for_function(target, function.name(stack)),
        read=lambda target, stack: awslambda.read_function(target, function.name(stack)),
        delete=lambda target, stack: awslambda.delete_function(target, stack, function.name(stack)),
        needs=(*own_role, *function.uses, *failed_events),
        function=function,
    )


def mapping_part(function: PipelineFunction, *, key: str, queue: str) -> Part:
    """The event source mapping of a function that polls the part `queue`."""
    poll = function.poll
    assert poll
    return Part(
        key=key,
        kind="Event source mapping",
        noun="event source mapping of",
        lesson=function.lesson,
        name=function.name,
        label=lambda stack: f"{poll.queue_name(stack)} -> {function.name(stack)}",
        settings=lambda stack: mapping.mapping_settings(stack, function, poll),
        create=lambda target, stack: mapping.put_mapping(target, stack, function, poll),
        wait=lambda target, stack: mapping.wait_for_mapping(target, stack, function, poll),
        read=lambda target, stack: mapping.read_mapping(
            target, stack, poll.queue_name(stack), function.name(stack)
        ),
        delete=lambda target, stack: mapping.remove_mapping(
            target, stack, poll.queue_name(stack), function.name(stack)
        ),
        needs=(queue, function.key),
    )


def role_part(
    key: str,
    *,
    name: Callable[[Stack], str],
    policy: Callable[[Stack], Policy],
    lesson: str = "08",
) -> Part:
    """An execution role with this policy."""
    return Part(
        key=key,
        kind="IAM role",
        noun="role",
        lesson=lesson,
        name=name,
        settings=lambda stack: role.role_settings(policy(stack)),
        create=lambda target, stack: role.put_role(target, stack, name(stack), policy(stack)),
        read=lambda target, stack: role.read_role(target, name(stack)),
        glance=lambda target, stack: role.glance_at_role(target, name(stack)),
        delete=lambda target, stack: role.remove_role(target, name(stack)),
        ours=role.is_ours,
        tagged=lambda stack: stack.role_tags,
    )


def table_part(
    key: str,
    *,
    name: Callable[[Stack], str],
    settings: Callable[[Stack], State],
    lesson: str = "08",
) -> Part:
    """A DynamoDB table."""
    return Part(
        key=key,
        kind="DynamoDB table",
        noun="table",
        lesson=lesson,
        name=name,
        settings=settings,
        create=lambda target, stack: table.put_table(target, stack, name(stack), settings(stack)),
        wait=lambda target, stack: table.wait_for_table(target, name(stack)),
        read=lambda target, stack: table.read_table(target, name(stack)),
        delete=lambda target, stack: table.remove_table(target, name(stack)),
    )


def topic_part(
    key: str, *, name: Callable[[Stack], str], settings: Callable[[Stack], State]
) -> Part:
    """A topic of the reliable design."""
    return Part(
        key=key,
        kind="SNS topic",
        noun="topic",
        name=name,
        settings=settings,
        create=lambda target, stack: topics.put_topic(target, stack, name(stack), settings(stack)),
        read=lambda target, stack: topics.read_topic(target, stack.arn("sns", name(stack))),
        delete=lambda target, stack: topics.remove_topic(target, stack.arn("sns", name(stack))),
    )


def queue_part(
    key: str,
    *,
    name: Callable[[Stack], str],
    settings: Callable[[Stack], State],
    lesson: str = "08",
    needs: tuple[str, ...] = (),
) -> Part:
    """A queue. Where others leave what they gave up, its settings are a dead-letter queue's."""
    return Part(
        key=key,
        kind="Dead-letter queue" if settings is dead_letter_queue_settings else "SQS queue",
        noun="queue",
        lesson=lesson,
        name=name,
        settings=settings,
        create=lambda target, stack: queues.put_queue(target, stack, name(stack), settings(stack)),
        read=lambda target, stack: queues.read_queue(target, name(stack)),
        delete=lambda target, stack: queues.remove_queue(target, name(stack)),
        needs=needs,
    )
