"""Changes to moto's event source mappings and scheduled rules, with their reasons.

Only mappings of SQS queues change: moto serves those of streams when a record is put.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from moto.awslambda.exceptions import GenericResourcNotFound
from moto.awslambda.models import EventSourceMapping as MotoMapping
from moto.awslambda.models import LambdaBackend
from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule

from mailfanout.sandbox.awslambda import deployed
from mailfanout.sandbox.event_sources import EventSources, mappings, period_seconds
from mailfanout.sandbox.seams.replacement import Replacement, around
from mailfanout.sandbox.sqs import queue

Method = Callable[..., Any]
Spec = dict[str, Any]


def replacements(sources: EventSources) -> list[Replacement]:
    """Every change to moto's event source mappings and its EventBridge, for setattr."""
    invokes = "checks little, and sqs/models.py invokes within SendMessage"
    return [
        *around(
            LambdaBackend,
            invokes,
            create_event_source_mapping=partial(_create, sources),
            update_event_source_mapping=partial(_update, sources),
            delete_event_source_mapping=partial(_delete, sources),
        ),
        *around(MotoMapping, "leaves out the defaults", get_configuration=_get_configuration),
        *around(
            EventsBackend,
            "takes rates that AWS refuses, and schedules that never run here",
            put_rule=_put_rule,
        ),
        *around(EventsBackend, "takes a prefix for a pattern", list_rules=_list_rules),
    ]


def _list_rules(
    original: Method, self: EventsBackend, prefix: str | None = None, **asked: Any
) -> Any:
    return original(self, prefix=prefix and re.escape(prefix), **asked)


def _create(
    sources: EventSources, original: Callable[..., MotoMapping], self: LambdaBackend, spec: Spec
) -> MotoMapping:
    queue_arn = spec["EventSourceArn"]
    if not _is_queue(queue_arn):
        return original(self, spec)
    function = self.get_function(spec["FunctionName"])
    function_arn = deployed.invoked_arn(function, spec["FunctionName"])
    mappings.check(spec, queue=queue.find(queue_arn), function=function)
    mappings.check_new(queue_arn, function_arn, self._event_source_mappings.values())
    mapping = original(self, {**spec, "FunctionName": function.function_name})
    mapping.function_arn = function_arn
    _follow(sources, mapping)
    return mapping


def _update(
    sources: EventSources, original: Method, self: LambdaBackend, uuid: str, spec: Spec
) -> MotoMapping:
    mapping = _found(self.get_event_source_mapping(uuid))
    if not _is_queue(mapping.event_source_arn):
        return _found(original(self, uuid, spec))
    name = spec.get("FunctionName", mapping.function_arn)
    if spec.keys() != {"Enabled"}:
        settings = {**mapping.get_configuration(), **spec}
        polled = queue.find(mapping.event_source_arn)
        mappings.check(settings, queue=polled, function=self.get_function(name))
    original(self, uuid, spec)
    if "FunctionName" in spec:
        mapping.function_arn = deployed.invoked_arn(self.get_function(name), name)
    _follow(sources, mapping)
    return mapping


def _delete(sources: EventSources, original: Method, self: LambdaBackend, uuid: str) -> MotoMapping:
    mapping = _found(original(self, uuid))
    sources.forget(uuid)
    return mapping


def _get_configuration(original: Method, self: MotoMapping) -> Spec:
    configuration = original(self)
    is_queue = _is_queue(self.event_source_arn)
    return mappings.described(configuration) if is_queue else configuration


def _put_rule(
    original: Callable[..., Rule], self: EventsBackend, name: str, **settings: Any
) -> Rule:
    expression = settings.get("scheduled_expression") or ""
    if expression.startswith("cron("):
        raise ValidationException("The sandbox runs schedules such as rate(1 minute), no cron().")
    if expression and period_seconds(expression) is None:
        raise ValidationException("Parameter ScheduleExpression is not valid.")
    return original(self, name, **settings)


def _follow(sources: EventSources, mapping: MotoMapping) -> None:
    sources.follow(mappings.settings_of(mapping.get_configuration()), enabled=mapping.enabled)


def _found(mapping: MotoMapping | None) -> MotoMapping:
    if mapping is None:
        raise GenericResourcNotFound()
    return mapping


def _is_queue(arn: str) -> bool:
    return arn.split(":")[2] == "sqs"
