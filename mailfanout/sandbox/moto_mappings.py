"""What moto's event source mappings get in place of their own methods, and why.

Only mappings of SQS queues change: moto serves those of streams when a record is put.
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.exceptions import GenericResourcNotFound
from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.awslambda.responses import LambdaResponse

from mailfanout.sandbox import deployed, mappings, queue
from mailfanout.sandbox.event_sources import EventSources
from mailfanout.sandbox.moto_ses import Replacement

Spec = dict[str, Any]


def replacements(sources: EventSources) -> list[Replacement]:
    """Every change to moto's event source mappings, for setattr."""
    return [*_backend(sources), *_answers()]


def _backend(sources: EventSources) -> list[Replacement]:
    create = LambdaBackend.create_event_source_mapping
    update = LambdaBackend.update_event_source_mapping
    delete = LambdaBackend.delete_event_source_mapping

    def create_mapping(self: LambdaBackend, spec: Spec) -> EventSourceMapping:
        queue_arn = spec["EventSourceArn"]
        if not _is_queue(queue_arn):
            return create(self, spec)
        function = self.get_function(spec["FunctionName"])
        function_arn = deployed.invoked_arn(function, spec["FunctionName"])
        mappings.check(spec, queue=queue.find(queue_arn), function=function)
        mappings.check_new(queue_arn, function_arn, self._event_source_mappings.values())
        mapping = create(self, {**spec, "FunctionName": function.function_name})
        mapping.function_arn = function_arn
        _follow(sources, mapping)
        return mapping

    def update_mapping(self: LambdaBackend, uuid: str, spec: Spec) -> EventSourceMapping:
        mapping = _found(self.get_event_source_mapping(uuid))
        if not _is_queue(mapping.event_source_arn):
            return _found(update(self, uuid, spec))
        name = spec.get("FunctionName", mapping.function_arn)
        if spec.keys() != {"Enabled"}:
            settings = {**mapping.get_configuration(), **spec}
            function, found_queue = self.get_function(name), queue.find(mapping.event_source_arn)
            mappings.check(settings, queue=found_queue, function=function)
        update(self, uuid, spec)
        if "FunctionName" in spec:
            mapping.function_arn = deployed.invoked_arn(self.get_function(name), name)
        _follow(sources, mapping)
        return mapping

    def delete_mapping(self: LambdaBackend, uuid: str) -> EventSourceMapping:
        mapping = _found(delete(self, uuid))
        sources.forget(uuid)
        return mapping

    reason = "awslambda/models.py checks little, and sqs/models.py invokes within SendMessage"
    return [
        Replacement(LambdaBackend, "create_event_source_mapping", create_mapping, reason),
        Replacement(LambdaBackend, "update_event_source_mapping", update_mapping, reason),
        Replacement(LambdaBackend, "delete_event_source_mapping", delete_mapping, reason),
    ]


def _answers() -> list[Replacement]:
    get = EventSourceMapping.get_configuration

    def get_configuration(self: EventSourceMapping) -> Spec:
        configuration = get(self)
        is_queue = _is_queue(self.event_source_arn)
        return mappings.described(configuration) if is_queue else configuration

    def create_mapping(self: LambdaResponse) -> tuple[int, dict[str, Any], str]:
        mapping = self.backend.create_event_source_mapping(self.json_body)
        return _answer(mapping, state="Creating")

    def update_mapping(self: LambdaResponse) -> tuple[int, dict[str, Any], str]:
        uuid = self.path.rpartition("/")[2]
        was_enabled = _found(self.backend.get_event_source_mapping(uuid)).enabled
        mapping = _found(self.backend.update_event_source_mapping(uuid, self.json_body))
        change = "Enabling" if mapping.enabled else "Disabling"
        return _answer(mapping, state="Updating" if mapping.enabled == was_enabled else change)

    reason = "awslambda/responses.py knows no state on the way to another"
    return [
        Replacement(
            EventSourceMapping,
            "get_configuration",
            get_configuration,
            "awslambda/models.py leaves out the defaults",
        ),
        Replacement(LambdaResponse, "create_event_source_mapping", create_mapping, reason),
        Replacement(LambdaResponse, "update_event_source_mapping", update_mapping, reason),
    ]


def _follow(sources: EventSources, mapping: EventSourceMapping) -> None:
    sources.follow(mappings.settings_of(mapping.get_configuration()), enabled=mapping.enabled)


def _answer(mapping: EventSourceMapping, *, state: str) -> tuple[int, dict[str, Any], str]:
    body = json.dumps({**mapping.get_configuration(), "State": state})
    return 202, {"status": 202}, body


def _found(mapping: EventSourceMapping | None) -> EventSourceMapping:
    if mapping is None:
        raise GenericResourcNotFound()
    return mapping


def _is_queue(arn: str) -> bool:
    return arn.split(":")[2] == "sqs"
