"""Every change to moto: what is replaced, by what, why, and in which file of moto.

A test in tests/sandbox/test_seams.py stands for each, and fails when moto moves.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core import responses as moto_responses
from moto.core.utils import method_names_from_class
from moto.dynamodb.parsing import ast_nodes, expressions
from moto.dynamodb.responses import DynamoHandler
from moto.moto_server import werkzeug_app
from moto.s3 import notifications
from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox import events, mappings, moto_ses, queue, sqs
from mailfanout.sandbox.access import role_allows
from mailfanout.sandbox.event_sources import EventSources
from mailfanout.sandbox.lambda_service import LambdaService
from mailfanout.sandbox.message_store import Message
from mailfanout.sandbox.moto_ses import Replacement
from mailfanout.sandbox.sending import Ses


def install(service: LambdaService, sources: EventSources, ses: Ses) -> None:
    """Bend moto in this process. Once; there is no way back."""
    for owner, name, value, _reason in replacements(service, sources, ses):
        setattr(owner, name, value)


def replacements(service: LambdaService, sources: EventSources, ses: Ses) -> list[Replacement]:
    """Every seam. Some values call what they replace."""
    return [
        Replacement(
            werkzeug_app,
            "DISABLE_GLOBAL_CORS",
            True,
            "moto_server/werkzeug_app.py lets a page of any origin read the answers",
        ),
        *remember_what_never_changes(),
        *store_messages(),
        *run_functions(service),
        *follow_function_changes(service),
        *poll_queues(sources),
        Replacement(
            notifications,
            "_get_s3_event",
            s3_event_writer(),
            "s3/notifications.py leaves out half of the record, the sequencer above all",
        ),
        Replacement(
            DynamoHandler,
            "update_item",
            updates_as_aws(DynamoHandler.update_item),
            "dynamodb/responses.py leaves an attribute out of UPDATED_OLD whose value did not "
            "change; AWS returns all that the expression names",
        ),
        *moto_ses.replacements(ses),
    ]


def remember_what_never_changes() -> list[Replacement]:
    """Work that moto does anew for every call, a third of what a call costs."""
    backend_for_host = functools.cache(
        werkzeug_app.DomainDispatcherApplication(
            werkzeug_app.create_backend_app
        ).get_backend_for_host
    )
    return [
        Replacement(
            werkzeug_app.DomainDispatcherApplication,
            "get_backend_for_host",
            lambda self, host: backend_for_host(host),
            "moto_server/werkzeug_app.py lists moto's own directory to find a service's name",
        ),
        Replacement(
            moto_responses,
            "method_names_from_class",
            functools.cache(method_names_from_class),
            "core/responses.py inspects a service's class",
        ),
    ]


def store_messages() -> list[Replacement]:
    """sqs/models.py scans the whole queue at every call, and calls functions in SendMessage."""
    reason = "a queue's cost does not grow with it"
    return [
        Replacement(sqs_models, "Message", Message, reason),
        Replacement(sqs_models, "Queue", queue.Queue, reason),
        Replacement(sqs_models.sqs_backends, "backend", sqs.Backend, reason),
        Replacement(
            sqs_models,
            "camelcase_to_underscores",
            sqs.camelcase_to_underscores,
            "every SendMessage converts the same few names",
        ),
        Replacement(
            SQSResponse, "receive_message", sqs.receive_message, "a dead letter names its source"
        ),
    ]


def run_functions(service: LambdaService) -> list[Replacement]:
    """awslambda/responses.py and models.py run functions in Docker, or not at all.

    Invoke is answered by our own runtime. What S3, SNS and others send to a function through
    LambdaFunction.invoke is an asynchronous event, for which no API call waits.
    """

    def invoke(self: LambdaResponse) -> tuple[int, dict[str, str], bytes]:
        name = unquote(self.path.rstrip("/").rsplit("/", 2)[-2])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        function = self.backend.get_function(name, qualifier)
        return service.respond(function, self.raw_body or b"", self.headers)

    def submit(self: LambdaFunction, body: str, *_headers: Any) -> str:
        service.asynchronous.submit(self.function_arn, body.encode())
        return ""

    return [
        Replacement(LambdaResponse, "invoke", invoke, "Invoke runs the function here"),
        Replacement(LambdaFunction, "invoke", submit, "an event's sender waits for nothing"),
    ]


def follow_function_changes(service: LambdaService) -> list[Replacement]:
    """awslambda/models.py only notes changes; environments of the old code must end."""
    create = LambdaBackend.create_function
    update_code = LambdaFunction.update_function_code
    update_configuration = LambdaFunction.update_configuration
    delete = LambdaBackend.delete_function

    def create_function(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        function = create(self, spec)
        function.dead_letter_config = spec.get("DeadLetterConfig")  # type: ignore[attr-defined]
        service.warm(function)
        return function

    def update_function_code(self: LambdaFunction, spec: dict[str, Any]) -> dict[str, Any]:
        answer = update_code(self, spec)
        service.warm(self)
        return answer

    def update_function_configuration(
        self: LambdaFunction, updates: dict[str, Any]
    ) -> dict[str, Any]:
        if "DeadLetterConfig" in updates:
            self.dead_letter_config = updates["DeadLetterConfig"]  # type: ignore[attr-defined]
        answer = update_configuration(self, updates)
        service.warm(self)
        return answer

    def delete_function(
        self: LambdaBackend, function_name: str, qualifier: str | None = None
    ) -> None:
        delete(self, function_name, qualifier)
        service.functions.retire(function_name.rsplit(":", 1)[-1])

    reason = "a change ends the environments of the old code"
    return [
        Replacement(LambdaBackend, "create_function", create_function, reason),
        Replacement(LambdaFunction, "update_function_code", update_function_code, reason),
        Replacement(LambdaFunction, "update_configuration", update_function_configuration, reason),
        Replacement(LambdaBackend, "delete_function", delete_function, reason),
    ]


def poll_queues(sources: EventSources) -> list[Replacement]:
    """awslambda/models.py keeps mappings that sqs/models.py serves inside SendMessage.

    Ours are validated as on AWS, and served by pollers.
    """
    create = LambdaBackend.create_event_source_mapping
    update = LambdaBackend.update_event_source_mapping
    delete = LambdaBackend.delete_event_source_mapping

    def follow(mapping: EventSourceMapping) -> None:
        sources.follow(mappings.settings_of(mapping), enabled=mapping.enabled)

    def create_mapping(self: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
        if ":sqs:" in spec.get("EventSourceArn", ""):
            mappings.check_new(
                spec,
                queue=queue.find(spec["EventSourceArn"]),
                function=self.get_function(spec["FunctionName"]),
                existing=self._event_source_mappings.values(),
                may_receive=lambda role, arn: role_allows(role, "sqs:ReceiveMessage", arn),
            )
        mapping = create(self, spec)
        follow(mapping)
        return mapping

    def update_mapping(
        self: LambdaBackend, uuid: str, spec: dict[str, Any]
    ) -> EventSourceMapping | None:
        mappings.check_settings(spec)
        mapping = update(self, uuid, spec)
        if mapping is not None:
            follow(mapping)
        return mapping

    def delete_mapping(self: LambdaBackend, uuid: str) -> EventSourceMapping | None:
        mapping = delete(self, uuid)
        sources.forget(uuid)
        return mapping

    reason = "our own pollers serve a mapping"
    return [
        Replacement(LambdaBackend, "create_event_source_mapping", create_mapping, reason),
        Replacement(LambdaBackend, "update_event_source_mapping", update_mapping, reason),
        Replacement(LambdaBackend, "delete_event_source_mapping", delete_mapping, reason),
    ]


def s3_event_writer() -> Any:
    """A function that writes a whole record, as S3 does."""
    sequence = _growing_sequence()

    def get_s3_event(
        event_name: str, bucket: Any, key: Any, notification_id: str
    ) -> dict[str, list[events.Record]]:
        event = events.ObjectEvent(
            name=str(notifications.S3NotificationEvent(event_name).value).removeprefix("s3:"),
            region=bucket.region_name,
            configuration_id=notification_id,
            bucket_name=bucket.name,
            key=key.name,
            size=key.size,
            etag=key.etag.replace('"', ""),
            sequencer=next(sequence),
            request_id=next(sequence)[-16:],
            version_id=key.version_id if bucket.is_versioned else None,
        )
        return {"Records": [events.s3_record(event, key.last_modified)]}

    return get_s3_event


def _growing_sequence() -> Iterator[str]:
    """Hexadecimal strings of one length that grow, also from one sandbox to the next."""
    return (f"{number:018X}" for number in itertools.count(time.time_ns()))


def updates_as_aws(update_item: Any) -> Any:
    """UpdateItem with every attribute that the request names in UPDATED_OLD."""

    def update_item_as_aws(self: DynamoHandler) -> Any:
        if self.body.get("ReturnValues") != "UPDATED_OLD":
            return update_item(self)
        self.body["ReturnValues"] = "ALL_OLD"
        answer = update_item(self)
        old = answer.result.pop("Attributes", {})
        names = _updated_names(self.body)
        if kept := {name: value for name, value in old.items() if name in names}:
            answer.result["Attributes"] = kept
        return answer

    return update_item_as_aws


def _updated_names(body: dict[str, Any]) -> set[str]:
    """The top-level attributes that an UpdateItem request changes."""
    if "UpdateExpression" not in body:
        return set(body.get("AttributeUpdates", {}))
    placeholders = body.get("ExpressionAttributeNames", {})
    parser: Any = expressions
    update = parser.UpdateExpressionParser.make(body["UpdateExpression"].strip())
    actions = update.find_clauses(_UPDATE_ACTIONS)
    return {_top_level_name(action.children[0].children[0], placeholders) for action in actions}


# moto's parser has no types.
_nodes: Any = ast_nodes
_UPDATE_ACTIONS = [
    _nodes.UpdateExpressionSetAction,
    _nodes.UpdateExpressionRemoveAction,
    _nodes.UpdateExpressionAddAction,
    _nodes.UpdateExpressionDeleteAction,
]


def _top_level_name(node: Any, placeholders: dict[str, str]) -> str:
    if isinstance(node, _nodes.ExpressionAttributeName):
        placeholder: Any = node.get_attribute_name_placeholder()
        return placeholders[placeholder]
    return str(node.get_attribute_name())
