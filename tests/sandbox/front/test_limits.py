"""What AWS's models say of parameters is asked of every call, in each service's words."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.calls import ApiCall, check_limits
from mailfanout.sandbox.http.refusals import ApiError, Protocol
from support.calls.on_the_wire import LISTED, NAMES, operation

pytestmark = pytest.mark.slow

QUEUE = "http://127.0.0.1/123456789012/queue"


def error_of(service: str, name: str, given: dict[str, Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        check_limits(call_of(service, name, given))
    return caught.value


def call_of(service: str, name: str, given: dict[str, Any]) -> ApiCall:
    model = operation(service, name)
    protocol: Protocol = model.service_model.protocol
    return ApiCall(service, name, given, protocol, "us-east-1", model=model)


@pytest.mark.parametrize(("service", "name"), LISTED, ids=NAMES)
def test_what_the_model_says_is_asked_of_every_listed_operation(service: str, name: str) -> None:
    shape = operation(service, name).input_shape
    required = set(shape.required_members) if shape else set()
    payload = shape.serialization.get("payload") if shape else None

    if required - {payload}:
        assert error_of(service, name, {}).status == 400
    else:
        check_limits(call_of(service, name, {}))


@pytest.mark.parametrize(
    ("service", "name", "given", "code", "words"),
    [
        (
            "dynamodb",
            "GetItem",
            {"TableName": "t"},
            "ValidationException",
            "1 validation error detected: Value null at 'key' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "a"},
            "ValidationError",
            "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy "
            "constraint: Member must have length greater than or equal to 2",
        ),
        (
            "lambda",
            "UpdateFunctionConfiguration",
            {"FunctionName": "f", "Timeout": 0},
            "ValidationException",
            "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            "sesv2",
            "SendEmail",
            {},
            "BadRequestException",
            "1 validation error detected: Value null at 'content' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": QUEUE},
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ),
        (
            "sqs",
            "ReceiveMessage",
            {"QueueUrl": QUEUE, "WaitTimeSeconds": 21},
            "InvalidParameterValue",
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, "
            "if provided.",
        ),
        (
            "sqs",
            "CreateQueue",
            {"QueueName": "q", "Attributes": {"VisibilityTimeout": "30s"}},
            "InvalidAttributeValue",
            "Invalid value for the parameter VisibilityTimeout.",
        ),
        (
            "sqs",
            "CreateQueue",
            {"QueueName": "q", "Attributes": {"Nonsense": "1"}},
            "InvalidAttributeName",
            "Unknown Attribute Nonsense.",
        ),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {}},
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        ),
    ],
)
def test_each_service_has_its_own_words(
    service: str, name: str, given: dict[str, Any], code: str, words: str
) -> None:
    error = error_of(service, name, given)

    assert (error.code, error.message) == (code, words)


def test_all_that_is_wrong_is_said_at_once() -> None:
    error = error_of("iam", "CreateRole", {"RoleName": "a b"})

    assert error.message.startswith("2 validation errors detected: Value at 'assumeRolePolicyDoc")
    assert "; Value at 'roleName' failed to satisfy constraint: Member must sat" in error.message


def test_a_key_of_a_map_is_told_as_one() -> None:
    variables = {"Variables": {"a b": "1"}}
    given = {"FunctionName": "f", "Environment": variables}

    error = error_of("lambda", "UpdateFunctionConfiguration", given)

    assert "at 'environment.variables' failed to satisfy constraint: Map keys must" in error.message
