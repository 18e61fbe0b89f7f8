"""Errors as they are on the wire, whatever an SDK makes of them."""

from __future__ import annotations

import json

import pytest

from mailfanout.sandbox.http import ApiError, Speech, error_answer


@pytest.mark.parametrize(
    ("service", "code", "name"),
    [
        (
            "sqs",
            "AWS.SimpleQueueService.NonExistentQueue",
            "com.amazonaws.sqs#QueueDoesNotExist",
        ),
        (
            "sqs",
            "InvalidParameterValue",
            "com.amazon.coral.service#InvalidParameterValueException",
        ),
        (
            "dynamodb",
            "ResourceNotFoundException",
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        ),
        ("dynamodb", "ValidationException", "com.amazon.coral.validate#ValidationException"),
        ("dynamodb", "AccessDeniedException", "com.amazon.coral.service#AccessDeniedException"),
        ("logs", "ResourceNotFoundException", "ResourceNotFoundException"),
    ],
)
def test_an_error_in_json_has_its_whole_name_in_the_body(
    service: str, code: str, name: str
) -> None:
    answer = error_answer(ApiError(code, "Why."), Speech(service, "json"))

    assert json.loads(answer.body) == {"__type": name, "message": "Why."}
    assert "x-amzn-ErrorType" not in answer.headers
    version = "1.1" if service == "logs" else "1.0"
    assert answer.headers["Content-Type"] == f"application/x-amz-json-{version}"


def test_sqs_tells_the_code_that_an_error_had_in_its_older_protocol() -> None:
    error = ApiError("AWS.SimpleQueueService.NonExistentQueue", "Why.")

    headers = error_answer(error, Speech("sqs", "json")).headers

    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
