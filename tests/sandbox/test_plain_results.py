"""Answers in AWS's own names say what moto's serializers would say."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.parsers import create_parser
from moto.core.responses import ActionContext, ActionResult
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from mailfanout.sandbox.plain_results import PlainResult

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANSWERS: list[tuple[str, str, Any]] = [
    ("ses", "SendEmail", {"MessageId": "<&\">'メール"}),
    ("ses", "DeleteTemplate", {}),
    ("ses", "UpdateAccountSendingEnabled", {}),
    ("ses", "GetAccountSendingEnabled", {"Enabled": False}),
    ("ses", "GetSendQuota", {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0}),
    ("ses", "SendBulkTemplatedEmail", {"Status": [{"Status": "Success"}, {"Error": "no"}]}),
    ("ses", "ListTemplates", {"TemplatesMetadata": [{"Name": "a", "CreatedTimestamp": AT}]}),
    (
        "ses",
        "GetIdentityNotificationAttributes",
        {"NotificationAttributes": {"a@example.com": {"ForwardingEnabled": True}}},
    ),
    ("sesv2", "GetSuppressedDestination", {"SuppressedDestination": {"LastUpdateTime": AT}}),
    ("sqs", "SendMessage", {"MessageId": "メール", "MD5OfMessageBody": "0"}),
    ("sqs", "ListQueueTags", {"Tags": {"a": "b"}}),
]


@pytest.mark.parametrize(("service", "operation", "result"), ANSWERS)
def test_members_are_read_as_from_moto(service: str, operation: str, result: Any) -> None:
    assert read(service, operation, PlainResult(result)) == read(
        service, operation, ActionResult(result)
    )


def test_queues_forms_are_answered_by_moto() -> None:
    given = {"MessageId": "1", "MD5OfMessageBody": "\r"}

    body = answered("sqs", "SendMessage", PlainResult(given), "query")[2]

    assert body == answered("sqs", "SendMessage", ActionResult(given), "query")[2]


def read(service: str, operation: str, result: ActionResult) -> Any:
    """What a client takes from an answer, and as what kind of document it comes."""
    model = get_service_model(service)
    status, headers, body = answered(service, operation, result, model.protocol)
    content = body.encode() if isinstance(body, str) else body
    parsed = create_parser(model.protocol).parse(
        {"status_code": status, "headers": headers, "body": content},
        model.operation_model(operation).output_shape,
    )
    return {**parsed, "ResponseMetadata": headers["Content-Type"]}


def answered(service: str, operation: str, result: ActionResult, protocol: str) -> Any:
    model = get_service_model(service)
    serializer = get_serializer_class(service, protocol)
    response: Any = SimpleNamespace()
    context = ActionContext(model, model.operation_model(operation), serializer, response)
    return result.execute_result(context)
