"""What is told of an asynchronous event that is over, to the key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailfanout.sandbox.awslambda.finished import (
    FinishedInvocation,
    dead_letter_attributes,
    destination_record,
)

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:sendQueue"
GIVEN_UP = FinishedInvocation(
    request_id="8b7d1f4c-0000-4000-8000-000000000001",
    function_arn=FUNCTION_ARN,
    payload=b'{"n": 1}',
    condition="RetriesExhausted",
    invoke_count=3,
    version="$LATEST",
    response=b'{"errorType": "ValueError", "errorMessage": "no such mail"}',
)


def test_record_of_an_event_that_never_ran_has_no_response() -> None:
    throttled = replace(GIVEN_UP, condition="EventAgeExceeded", version=None, response=None)

    record = destination_record(throttled, AT)

    assert record.keys() == {"version", "timestamp", "requestContext", "requestPayload"}


@pytest.mark.parametrize(
    ("arn", "shown"),
    [
        (FUNCTION_ARN, f"{FUNCTION_ARN}:$LATEST"),
        (f"{FUNCTION_ARN}:live", f"{FUNCTION_ARN}:live"),
    ],
)
def test_record_names_the_function_with_its_qualifier(arn: str, shown: str) -> None:
    record = destination_record(replace(GIVEN_UP, function_arn=arn), AT)

    assert record["requestContext"]["functionArn"] == shown


@pytest.mark.parametrize(
    ("message", "kept"), [("x" * 2000, "x" * 1024), ("", "null"), ("no such mail", "no such mail")]
)
def test_dead_letter_has_the_beginning_of_the_error(message: str, kept: str) -> None:
    response = b'{"errorMessage": "%b"}' % message.encode()

    attributes = dead_letter_attributes(replace(GIVEN_UP, response=response))

    assert attributes["ErrorMessage"] == {"DataType": "String", "StringValue": kept}
