"""The one list of the pipeline's parts, from which everything that goes over them follows.

Deploying and tearing down, what exists and what is left, the lessons' steps and the picture. To
add a part: write its settings, create, delete and read in the module of its kind, and add it here.
"""

from __future__ import annotations

from mailfanout.errors import none_such
from mailfanout.policies import execution_policy, invoke_statement, invoked_by_rule_statement
from mailfanout.provision import (
    bucket,
    configuration_set,
    notification,
    queues,
    rule,
    sender,
    table,
    topics,
)
from mailfanout.provision.functions import FUNCTIONS
from mailfanout.provision.part_kinds import (
    Part,
    function_part,
    mapping_part,
    queue_part,
    role_part,
    table_part,
    topic_part,
)
from mailfanout.stack import Design


def parts_of(design: Design = "simple", *, with_feedback: bool = False) -> tuple[Part, ...]:
    """The parts of a design, in an order in which they can be created.

    The simple one's are the article's; `with_feedback`, those that take SES's events, too.
    Raises InputError for a design that there is not.
    """
    if design not in _PARTS:
        raise none_such("design", design, _PARTS)
    return _together(_PARTS[design], _FEEDBACK if with_feedback else ())


def every_part() -> tuple[Part, ...]:
    """The parts of all designs, each once, so that nothing of any is left or overlooked."""
    return _together(_SIMPLE, _RELIABLE)


def _together(parts: tuple[Part, ...], others: tuple[Part, ...]) -> tuple[Part, ...]:
    keys = {part.key for part in parts}
    return (*parts, *(other for other in others if other.key not in keys))


_TABLE = table_part(
    "table", name=lambda stack: stack.table_name, settings=table.table_settings, lesson="01"
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
    glance=bucket.glance_at_bucket,
    delete=bucket.delete_bucket,
)
_ROLE = role_part("role", name=lambda stack: stack.role_name, policy=execution_policy, lesson="03")
_DEAD_LETTER_QUEUE = queue_part(
    "dead_letter_queue",
    name=lambda stack: stack.dead_letter_queue_name,
    settings=queues.dead_letter_queue_settings,
    lesson="03",
)
_QUEUE = queue_part(
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


def _simple_parts() -> tuple[Part, ...]:
    send_queue, read_message = FUNCTIONS["simple"]
    return (
        _TABLE,
        _BUCKET,
        _ROLE,
        _DEAD_LETTER_QUEUE,
        _QUEUE,
        _IDENTITY,
        function_part(send_queue),
        _PERMISSION,
        _NOTIFICATION,
        function_part(read_message),
        mapping_part(read_message, key="mapping", queue="queue"),
    )


def _reliable_parts() -> tuple[Part, ...]:
    functions = {function.key: function for function in FUNCTIONS["reliable"]}
    roles = [
        role_part(f"role_of_{one.key}", name=one.role_name, policy=one.policy)
        for one in functions.values()
        if one.policy
    ]
    return (
        _TABLE,
        _LEDGER,
        _BUCKET,
        *roles,
        _DEAD_LETTER_QUEUE,
        queue_part(
            "queue",
            name=lambda stack: stack.queue_name,
            settings=queues.chunk_queue_settings,
            needs=(*(part.key for part in roles), "dead_letter_queue"),
        ),
        *_MORE_QUEUES,
        *_FEEDBACK_WAY,
        _IDENTITY,
        function_part(functions["send_queue"]),
        _PERMISSION,
        _NOTIFICATION,
        function_part(functions["read_message"]),
        mapping_part(functions["read_message"], key="mapping", queue="queue"),
        function_part(functions["record_feedback"]),
        mapping_part(functions["record_feedback"], key="feedback_mapping", queue="feedback_queue"),
        function_part(functions["sweep_campaigns"]),
        *_SCHEDULE,
    )


def _with_what_they_need(*keys: str) -> tuple[Part, ...]:
    needs = {part.key: part.needs for part in _RELIABLE}
    needed = [*keys]
    for key in needed:
        needed += needs[key]
    return tuple(part for part in _RELIABLE if part.key in needed)


_LEDGER = table_part("ledger", name=lambda stack: stack.ledger_name, settings=table.ledger_settings)
_MORE_QUEUES = (
    queue_part(
        "failed_queue",
        name=lambda stack: stack.failed_queue_name,
        settings=queues.dead_letter_queue_settings,
    ),
    queue_part(
        "feedback_dead_letter_queue",
        name=lambda stack: stack.feedback_dead_letter_queue_name,
        settings=queues.dead_letter_queue_settings,
    ),
    queue_part(
        "feedback_queue",
        name=lambda stack: stack.feedback_name,
        settings=queues.feedback_queue_settings,
        needs=("feedback_dead_letter_queue",),
    ),
)
# From SES to the feedback's queue, and from recordFeedback to people.
_FEEDBACK_WAY = (
    topic_part(
        "feedback_topic",
        name=lambda stack: stack.feedback_name,
        settings=topics.feedback_topic_settings,
    ),
    Part(
        key="subscription",
        kind="SNS subscription",
        noun="subscription of",
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
        name=lambda stack: stack.feedback_name,
        settings=configuration_set.configuration_set_settings,
        create=configuration_set.create_configuration_set,
        read=configuration_set.read_configuration_set,
        glance=configuration_set.glance_at_configuration_set,
        delete=configuration_set.delete_configuration_set,
        needs=("feedback_topic",),
    ),
    # Each bounce, each complaint and each campaign that paused itself is published to it.
    topic_part(
        "notices_topic",
        name=lambda stack: stack.notices_name,
        settings=topics.notices_topic_settings,
    ),
)
_SCHEDULE = (
    Part(
        key="rule",
        kind="EventBridge rule",
        noun="rule",
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
_FEEDBACK = _with_what_they_need("subscription", "configuration_set", "feedback_mapping")
_PARTS: dict[Design, tuple[Part, ...]] = {"simple": _SIMPLE, "reliable": _RELIABLE}
