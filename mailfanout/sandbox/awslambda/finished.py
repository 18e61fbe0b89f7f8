"""Asynchronous invocations that are over, and what is told of them elsewhere.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailfanout.sandbox.events import Record, iso_time

InvocationCondition = (
    Literal["Success", "RetriesExhausted", "EventAgeExceeded"]
    | Literal["RecursiveInvocation", "ZeroReservedConcurrency"]
)


@dataclass(frozen=True)
class FinishedInvocation:
    """An asynchronous invocation that is over. `version` and `response` are those of its last run.

    An event that never ran has neither.
    """

    request_id: str
    function_arn: str
    payload: bytes
    condition: InvocationCondition
    invoke_count: int
    version: str | None = None
    response: bytes | None = None

    @property
    def failed(self) -> bool:
        return self.condition != "Success"


def destination_record(finished: FinishedInvocation, at: datetime) -> Record:
    """What a destination for asynchronous invocations receives."""
    has_qualifier = finished.function_arn.count(":") == 7
    record: Record = {
        "version": "1.0",
        "timestamp": iso_time(at),
        "requestContext": {
            "requestId": finished.request_id,
            "functionArn": finished.function_arn + ("" if has_qualifier else ":$LATEST"),
            "condition": finished.condition,
            "approximateInvokeCount": finished.invoke_count,
        },
        "requestPayload": json.loads(finished.payload),
    }
    if finished.response is not None:
        context = {"statusCode": 200, "executedVersion": finished.version}
        if finished.failed:
            context["functionError"] = "Unhandled"
        record["responseContext"] = context
        record["responsePayload"] = json.loads(finished.response)
    return record


def dead_letter_attributes(finished: FinishedInvocation) -> dict[str, dict[str, str]]:
    """The message attributes beside the event in a function's dead-letter queue."""
    code, message = "429", "Rate Exceeded."
    if finished.condition == "RecursiveInvocation":
        code, message = "400", "Recursive invocation detected."
    if finished.response is not None:
        code, message = "200", json.loads(finished.response).get("errorMessage", "")
    return {
        "RequestID": {"DataType": "String", "StringValue": finished.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": code},
        # SQS refuses an empty value.
        "ErrorMessage": {"DataType": "String", "StringValue": message[:1024] or "null"},
    }
