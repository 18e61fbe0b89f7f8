"""What EventBridge's rules tell: functions, queues, topics and buses, if these let them.

Other targets hear nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends
from moto.sqs.exceptions import SQSException

from mailfanout.sandbox.access import role_allows, service_may, service_may_assume
from mailfanout.sandbox.awslambda import LambdaService, destinations, may_notify
from mailfanout.sandbox.event_sources.inputs import input_for
from mailfanout.sandbox.json_objects import Json, compact
from mailfanout.sandbox.sqs import check_message, check_options, content_id, find, new_message

EVENTS = "events.amazonaws.com"

# What a target has to let EventBridge do.
_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "SNS:Publish",
    "sqs": "sqs:SendMessage",
}

log = logging.getLogger(__name__)


def hear(service: LambdaService, rule: Rule, event: Json, *, is_handed_on: bool = False) -> None:
    """Tell the targets of a rule of an event, if it fits the rule's pattern.

    An event that one bus has handed on to another one is not handed on again.
    """
    if rule.state == "ENABLED" and rule.event_pattern.dump():
        if rule.event_pattern.matches_event(event):  # type: ignore[arg-type]
            for target in list(rule.targets):
                if not (is_handed_on and target["Arn"].split(":")[2] == "events"):
                    tell(service, target, rule, event)


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
    if kind in _ACTIONS and (failure := _failure(target, rule, text)):
        _put_aside(target, rule, event, failure)
    elif kind == "sqs":
        _send(target, text)
    elif kind == "sns":
        _publish(target["Arn"], text)
    elif kind == "events":
        for other in list(_bus(target["Arn"]).rules.values()):
            hear(service, other, event, is_handed_on=True)
    elif kind == "lambda" and not (schedule and service.asynchronous.is_under_way(schedule)):
        service.asynchronous.submit(target["Arn"], text.encode(), schedule=schedule)


def _failure(target: Json, rule: Rule, text: str) -> tuple[str, str] | None:
    """Why a target cannot be told: a code and words; None if it can.

    All of this ends without another try, so the target's RetryPolicy has nothing to say.
    """
    arn = target["Arn"]
    kind = arn.split(":")[2]
    if not (_bus(arn) if kind == "events" else destinations.is_there(arn)):
        return "NO_RESOURCE", f"{arn} does not exist."
    if not (_may_hand_on(target) if kind == "events" else _may(_ACTIONS[kind], arn, rule)):
        return "NO_PERMISSIONS", f"{arn} does not let {EVENTS} perform {_ACTIONS[kind]}."
    if queue := find(arn) if kind == "sqs" else None:
        try:
            check_message(queue, text, {})
            check_options(queue, {"group_id": _group(target)})
        except SQSException as refused:
            return "INVALID_PARAMETER", str(refused.message)
    return None


def _put_aside(target: Json, rule: Rule, event: Json, failure: tuple[str, str]) -> None:
    """Put an event that cannot be delivered on the target's dead-letter queue, if that lets us.

    Nor does EventBridge use a queue that is FIFO.
    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    queue_arn = target.get("DeadLetterConfig", {}).get("Arn", "")
    queue = find(queue_arn) if queue_arn else None
    if queue and not queue.fifo_queue and _may(_ACTIONS["sqs"], queue_arn, rule):
        told = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": failure[0],
            "ERROR_MESSAGE": failure[1],
            "RETRY_ATTEMPTS": "0",
        }
        attributes = {
            name: {"DataType": "String", "StringValue": text} for name, text in told.items()
        }
        queue.add_messages([new_message(queue, compact(event), attributes)])


def _may(action: str, arn: str, rule: Rule) -> bool:
    if action == _ACTIONS["lambda"]:
        return may_notify(arn, principal_service=EVENTS, source_arn=rule.arn)
    return service_may(action, arn, service=EVENTS, source_arn=rule.arn)


def _may_hand_on(target: Json) -> bool:
    """Whether the target's role lets EventBridge put events on another bus, if it has one."""
    if (role_arn := target.get("RoleArn")) is None:
        return True
    may_assume = service_may_assume(role_arn, EVENTS)
    return may_assume and role_allows(role_arn, _ACTIONS["events"], target["Arn"])


def _bus(arn: str) -> Any:
    """The bus with this ARN; None if there is none."""
    _, _, _, region, account_id, name = arn.split(":", 5)
    buses = events_backends[account_id][region].event_buses
    return buses.get(name.removeprefix("event-bus/"))


def _send(target: Json, event: str) -> None:
    queue = find(target["Arn"])
    if queue is None:
        return
    message = new_message(queue, event, {}, group_id=_group(target))
    if queue.fifo_queue:
        message.deduplication_id = content_id(event)
    queue.add_once(message)


def _group(target: Json) -> str | None:
    group_id: str | None = target.get("SqsParameters", {}).get("MessageGroupId")
    return group_id


def _publish(topic_arn: str, event: str) -> None:
    _, _, _, region, account_id, _ = topic_arn.split(":", 5)
    sns_backends[account_id][region].publish(event, topic_arn)
