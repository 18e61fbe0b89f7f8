"""What AWS Lambda refuses when a function is created or configured, and moto accepts.

See https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from mailfanout.sandbox.access import service_may_assume
from mailfanout.sandbox.awslambda.destinations import ACTIONS, is_there, may_send
from mailfanout.sandbox.http import ApiError

RESERVED_VARIABLES = set(
    """
    AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_EXECUTION_ENV
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION
    AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME
    AWS_LAMBDA_RUNTIME_API AWS_REGION AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN LAMBDA_RUNTIME_DIR
    LAMBDA_TASK_ROOT _HANDLER _X_AMZN_TRACE_ID
    """.split()
)

# What Lambda answers to a parameter that it does not take.
invalid = partial(ApiError, "InvalidParameterValueException")


def check_configuration(spec: Mapping[str, Any], *, role_arn: str) -> None:
    """Raise what AWS answers to an invalid configuration, new or changed."""
    _check_variables(spec.get("Environment", {}).get("Variables", {}))
    if "Role" in spec and not service_may_assume(role_arn, "lambda.amazonaws.com"):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")
    if target_arn := spec.get("DeadLetterConfig", {}).get("TargetArn"):
        _check_dead_letter_target(role_arn, target_arn)


def check_destinations(config: Mapping[str, Any], *, role_arn: str) -> None:
    """Raise what AWS answers if a destination of asynchronous events is none, or out of reach."""
    for kind, destination in config.get("DestinationConfig", {}).items():
        arn = destination.get("Destination")
        if not arn:
            continue
        service = arn.split(":")[2]
        takes_failures_alone = service == "s3" and kind == "OnSuccess"
        if service not in ACTIONS or takes_failures_alone or _has_groups(arn):
            given = {"OnSuccess": "null", "OnFailure": "null"}
            given[kind] = f"{kind}(destination={arn})"
            raise invalid(
                "The provided destination config DestinationConfig("
                f"onSuccess={given['OnSuccess']}, onFailure={given['OnFailure']}) is invalid."
            )
        if not is_there(arn):
            raise invalid(f"The destination ARN {arn} is invalid.")
        if not may_send(role_arn, arn):
            raise invalid(
                "The function's execution role does not have permissions to call "
                f"{_call(arn)} on {arn}"
            )


def check_statement(statements: Iterable[Mapping[str, Any]], statement_id: str) -> None:
    """Raise ApiError for a permission whose statement id is taken in its policy."""
    if any(statement["Sid"] == statement_id for statement in statements):
        raise ApiError(
            "ResourceConflictException",
            f"The statement id ({statement_id}) provided already exists. Please provide a new "
            "statement id, or remove the existing statement.",
            409,
        )


def _check_variables(variables: Mapping[str, str]) -> None:
    if reserved := sorted(RESERVED_VARIABLES & variables.keys()):
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )


def _has_groups(arn: str) -> bool:
    """Records have no message group, so neither FIFO queues nor FIFO topics take them."""
    return arn.endswith(".fifo")


def _check_dead_letter_target(role_arn: str, arn: str) -> None:
    if arn.split(":")[2] not in ("sqs", "sns") or _has_groups(arn):
        raise invalid(
            f"The dead-letter target {arn} is neither a standard queue nor a standard topic."
        )
    if not may_send(role_arn, arn):
        raise invalid(
            "The provided execution role does not have permissions to call "
            f"{_call(arn)} on {arn.split(':')[2].upper()}"
        )


def _call(arn: str) -> str:
    return ACTIONS[arn.split(":")[2]].partition(":")[2]
