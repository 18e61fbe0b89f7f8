"""What EventBridge's rules tell: functions, queues and topics, if these let them.

Other targets hear nothing.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from moto.events.models import Rule
from moto.sns.models import sns_backends

from mailfanout.sandbox.access import service_may
from mailfanout.sandbox.awslambda import LambdaService, may_notify
from mailfanout.sandbox.event_sources.inputs import input_for
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.sqs import find, new_message

EVENTS = "events.amazonaws.com"

log = logging.getLogger(__name__)


def tell(
    service: LambdaService, target: Json, rule: Rule, event: Json, *, schedule: str | None = None
) -> None:
    """Give a target its input of an event.

    A function is not started while an event of the same schedule is under way.
    """
    try:
        _tell(service, target, rule, event, schedule)
    except Exception:
        log.exception("Target %s of %s is not told", target["Id"], rule.arn)


def _tell(
    service: LambdaService, target: Json, rule: Rule, event: Json, schedule: str | None
) -> None:
    text = input_for(target, event, rule_name=rule.name, rule_arn=rule.arn)
    kind = target["Arn"].split(":")[2]
    if kind == "sqs" and _may("sqs:SendMessage", target, rule):
        _send(target, text)
    elif kind == "sns" and _may("SNS:Publish", target, rule):
        _publish(target["Arn"], text)
    elif kind == "lambda":
        may_invoke = may_notify(target["Arn"], principal_service=EVENTS, source_arn=rule.arn)
        if may_invoke and not (schedule and service.asynchronous.is_under_way(schedule)):
            service.asynchronous.submit(target["Arn"], text.encode(), schedule=schedule)


def _may(action: str, target: dict[str, Any], rule: Rule) -> bool:
    return service_may(action, target["Arn"], service=EVENTS, source_arn=rule.arn)


def _send(target: dict[str, Any], event: str) -> None:
    """Put the event on a queue. One that is FIFO is to know repeated messages by their content."""
    queue = find(target["Arn"])
    if queue is None:
        return
    if not queue.fifo_queue:
        queue.add_messages([new_message(queue, event, {})])
    elif str(queue.content_based_deduplication).lower() == "true":
        message = new_message(queue, event, {}, group_id=target["SqsParameters"]["MessageGroupId"])
        message.deduplication_id = hashlib.sha256(event.encode()).hexdigest()
        queue.add_once(message)


def _publish(topic_arn: str, event: str) -> None:
    _, _, _, region, account_id, _ = topic_arn.split(":", 5)
    sns_backends[account_id][region].publish(event, topic_arn)
