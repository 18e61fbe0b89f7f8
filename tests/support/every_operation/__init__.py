"""Every operation that the kit makes whole, called once each, and the answers as they came in."""

from __future__ import annotations

from mailfanout.target import Target
from support.every_operation.access import call_iam, call_sts
from support.every_operation.caller import Answered, Caller
from support.every_operation.computing import call_events, call_lambda, call_logs
from support.every_operation.mailing import call_ses
from support.every_operation.messaging import call_sns, call_sqs
from support.every_operation.stacks import call_cloudformation
from support.every_operation.storing import call_dynamodb, call_s3

__all__ = ["Answered", "call_every_operation"]

# In this order: some use what those before them made.
SERVICES = (
    call_iam,
    call_sts,
    call_sqs,
    call_dynamodb,
    call_sns,
    call_ses,
    call_s3,
    call_lambda,
    call_events,
    call_logs,
    call_cloudformation,
)


def call_every_operation(target: Target) -> dict[str, Answered]:
    """The first answer to each operation, by `service-Operation`."""
    call = Caller(target)
    for call_service in SERVICES:
        call_service(call)
    return call.answers
