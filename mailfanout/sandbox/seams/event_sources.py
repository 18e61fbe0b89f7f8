"""Changes to moto's event source mappings and scheduled rules, with their reasons.

Mappings are of SQS queues and of tables' streams.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from moto.awslambda.exceptions import GenericResourcNotFound
from moto.awslambda.models import EventSourceMapping as MotoMapping
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventPattern, EventPatternParser, EventsBackend, Rule
from moto.events.responses import EventsHandler

from mailfanout.sandbox.awslambda import LambdaService, deployed
from mailfanout.sandbox.calls import is_too_deep, read_json
from mailfanout.sandbox.event_sources import (
    EventSources,
    Progress,
    hear,
    is_schedule,
    mappings,
    stream_mappings,
)
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, changes
from mailfanout.sandbox.sns import matches, wrong_pattern
from mailfanout.sandbox.sqs import queue
from mailfanout.sandbox.transitions import is_of_queue

Spec = dict[str, Any]


def replacements(service: LambdaService, sources: EventSources) -> list[Replacement]:
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
        *around(
            EventsBackend,
            "takes events of AWS's, and fails for a bus that is not there",
            put_events=_put_events,
        ),
        *around(
            Rule,
            "tells queues without asking them, no functions or topics, and of rules at rest",
            send_to_targets=partial(_tell_targets, service),
        ),
        *changes(
            EventPattern,
            "finds no objects in lists, takes an empty list for what is there, and tries for ever "
            "whether a text fits a wildcard",
            matches_event=lambda self, event: matches(self.get_pattern(), event),
        ),
        *changes(
            EventPatternParser, "takes what it fails of with the first event", parse=_parse_pattern
        ),
        *around(EventsHandler, "leaves out the times of buses", list_event_buses=_list_buses),
        *changes(EventsHandler, "answers nothing", test_event_pattern=_test_event_pattern),
    ]


def _list_rules(
    original: Method, self: EventsBackend, prefix: str | None = None, **asked: Any
) -> Any:
    return original(self, prefix=prefix and re.escape(prefix), **asked)


def _put_events(original: Method, self: EventsBackend, events: list[Spec]) -> list[Spec]:
    return [_put_event(original, self, event) for event in events]


def _put_event(original: Method, self: EventsBackend, event: Spec) -> Spec:
    if str(event.get("Source")).startswith("aws."):
        words = "Not authorized for the source."
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": words}
    bus_name = str(event.get("EventBusName") or "default")
    bus = self.event_buses.get(bus_name.rpartition("/")[2])
    detail = event.get("Detail")
    if detail and _object(detail) is None:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    if bus is None or bus_name not in (bus.name, bus.arn):
        return {"EventId": str(uuid.uuid4())}
    entries: list[Spec] = original(self, [event])
    return entries[0]


def _tell_targets(
    service: LambdaService, original: Method, self: Rule, event: Spec, *asked: Any, **options: Any
) -> None:
    at = datetime.fromtimestamp(float(event["time"]), UTC)
    members = ("id", "detail-type", "source", "account", "time", "region", "resources", "detail")
    told = {name: event[name] for name in members} | {"time": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    told = {"version": "0", **told}
    hear(service, self, told)


# AWS names `resources`, too, and does without.
_ALWAYS_TOLD = {"account", "detail-type", "id", "region", "source", "time"}


def _test_event_pattern(self: EventsHandler) -> str:
    pattern, event = EventPattern.load(self._get_param("EventPattern")), self._get_param("Event")
    told = _object(event)
    if told is None or not _ALWAYS_TOLD <= told.keys():
        raise ValidationException("Parameter Event is not valid.")
    return json.dumps({"Result": pattern.matches_event(told)})  # type: ignore[arg-type]


def _list_buses(original: Method, self: EventsHandler) -> tuple[str, Spec]:
    body, headers = original(self)
    listed = json.loads(body)
    for one in listed["EventBuses"]:
        bus = self.events_backend.event_buses[one["Name"]]
        one.update(CreationTime=bus.creation_time, LastModifiedTime=bus.last_modified_time)
    return json.dumps(listed), headers


def _object(text: str) -> Spec | None:
    """The object that JSON holds, if it does and is not nested more deeply than events may be."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and not is_too_deep(found) else None


def _parse_pattern(self: EventPatternParser) -> Spec:
    if not self.pattern:  # a schedule has none
        return {}
    pattern = read_json(self.pattern)
    if reason := "Invalid JSON" if pattern is None else wrong_pattern(pattern):
        raise InvalidEventPatternException(reason=reason)
    return cast(Spec, pattern)


def _create(
    sources: EventSources, original: Callable[..., MotoMapping], self: LambdaBackend, spec: Spec
) -> MotoMapping:
    source_arn = spec["EventSourceArn"]
    function = self.get_function(spec["FunctionName"])
    function_arn = deployed.invoked_arn(function, spec["FunctionName"])
    if not is_of_queue(source_arn):
        stream_mappings.check_start(spec)
    _check(spec, source_arn, function)
    mappings.check_new(source_arn, function_arn, self._event_source_mappings.values())
    mapping = original(self, {**spec, "FunctionName": function.function_name})
    mapping.function_arn = function_arn
    _follow(sources, mapping)
    return mapping


def _update(
    sources: EventSources, original: Method, self: LambdaBackend, uuid: str, spec: Spec
) -> MotoMapping:
    mapping = _found(self.get_event_source_mapping(uuid))
    name = spec.get("FunctionName", mapping.function_arn)
    if spec.keys() != {"Enabled"}:
        settings = {**mapping.get_configuration(), **spec}
        _check(settings, mapping.event_source_arn, self.get_function(name))
    original(self, uuid, spec)
    if "FunctionName" in spec:
        mapping.function_arn = deployed.invoked_arn(self.get_function(name), name)
    _follow(sources, mapping)
    return mapping


def _check(settings: Spec, source_arn: str, function: LambdaFunction) -> None:
    if is_of_queue(source_arn):
        mappings.check(settings, queue=queue.find(source_arn), function=function)
    else:
        stream_mappings.check(settings, stream_arn=source_arn, function=function)


def _delete(sources: EventSources, original: Method, self: LambdaBackend, uuid: str) -> MotoMapping:
    mapping = _found(original(self, uuid))
    sources.forget(uuid)
    return mapping


def _get_configuration(original: Method, self: MotoMapping) -> Spec:
    configuration: Spec = original(self)
    if is_of_queue(self.event_source_arn):
        return mappings.described(configuration)
    return stream_mappings.described(configuration, _progress(self, configuration))


def _put_rule(
    original: Callable[..., Rule], self: EventsBackend, name: str, **settings: Any
) -> Rule:
    expression = settings.get("scheduled_expression") or ""
    if expression and not is_schedule(expression):
        raise ValidationException("Parameter ScheduleExpression is not valid.")
    return original(self, name, **settings)


def _follow(sources: EventSources, mapping: MotoMapping) -> None:
    """Read as the mapping says now; not at all while it is disabled."""
    configuration = mapping.get_configuration()
    sources.forget(mapping.uuid)
    if mapping.enabled and is_of_queue(mapping.event_source_arn):
        sources.poll(mappings.settings_of(configuration))
    elif mapping.enabled:
        progress = _progress(mapping, configuration)
        sources.read(stream_mappings.settings_of(configuration), progress)


def _progress(mapping: MotoMapping, configuration: Spec) -> Progress:
    """How far a stream's mapping has come, which lasts as long as the mapping."""
    kept = vars(mapping)
    if "progress" not in kept:
        kept["progress"] = stream_mappings.new_progress(configuration)
    progress: Progress = kept["progress"]
    return progress


def _found(mapping: MotoMapping | None) -> MotoMapping:
    if mapping is None:
        raise GenericResourcNotFound()
    return mapping
