"""What AWS refuses and neither its models nor moto do: a module for each service.

A rule looks at a call's parameters and at what is there, and changes nothing but spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.rules import (
    awslambda,
    cloudwatch,
    dynamodb,
    events,
    iam,
    logs,
    s3,
    ses,
    sns,
    sqs,
    tags,
)

__all__ = ["check_rules"]

_RULES: Mapping[str, Callable[[ApiCall, str], None]] = {
    "cloudwatch": cloudwatch.check,
    "dynamodb": dynamodb.check,
    "events": events.check,
    "iam": iam.check,
    "lambda": awslambda.check,
    "logs": logs.check,
    "s3": s3.check,
    "ses": ses.check,
    "sesv2": ses.check,
    "sns": sns.check,
    "sqs": sqs.check,
    "sts": iam.check_session,
}


def check_rules(call: ApiCall, account_id: str) -> None:
    """Raise ApiError, or Refused, for what AWS does not take of a call in this account."""
    if rules := _RULES.get(call.service):
        rules(call, account_id)
    tags.check(call)
