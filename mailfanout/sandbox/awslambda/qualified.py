"""A function, its versions and its aliases: each has its own revision, policy and settings.

moto keeps the policies of all in one list; each statement's Resource says whose it is.
See https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html and
https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from moto.awslambda.exceptions import (
    GenericResourcNotFound,
    UnknownAliasException,
    UnknownEventConfig,
    UnknownFunctionException,
    UnknownPolicyException,
)
from moto.awslambda.models import LambdaAlias, LambdaBackend, LambdaFunction

from mailfanout.sandbox.awslambda.checks import check_destinations, check_statement
from mailfanout.sandbox.awslambda.deployed import arn_of, invoked_arn
from mailfanout.sandbox.awslambda.descriptions import change_revision, check_revision, revision
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json, compact

Asked = Mapping[str, Any]


class Qualified(NamedTuple):
    """What a name and a qualifier stand for, and the ARN that the two make."""

    function: LambdaFunction
    owner: LambdaFunction | LambdaAlias
    arn: str

    @property
    def statements(self) -> list[Json]:
        """Those of its own policy."""
        return [one for one in self.function.policy.statements if one.get("Resource") == self.arn]


def add_permission(backend: LambdaBackend, asked: Asked) -> Json:
    """The statement that a policy has more. Raises ApiError and moto's errors."""
    found = _find(backend, asked)
    check_revision(found.owner, asked)
    check_statement(found.statements, asked["StatementId"])
    statement = _statement(asked, found.arn)
    found.function.policy.statements.append(statement)
    change_revision(found.owner)
    return {"Statement": compact(statement)}


def get_policy(backend: LambdaBackend, asked: Asked) -> Json:
    """A policy with its revision. Raises ApiError and moto's errors if nothing is in it."""
    backend.get_function(asked["FunctionName"])
    try:
        found = _find(backend, asked)
    except (UnknownFunctionException, UnknownAliasException) as error:
        raise GenericResourcNotFound() from error
    if not found.statements:
        raise GenericResourcNotFound()
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": found.statements}
    return {"Policy": compact(policy), "RevisionId": revision(found.owner)}


def remove_permission(backend: LambdaBackend, asked: Asked) -> None:
    """Take a statement out of a policy. Raises ApiError and moto's errors."""
    try:
        found = _find(backend, asked)
    except UnknownFunctionException as error:
        arn = arn_of(backend, asked["FunctionName"], asked.get("Qualifier"))
        raise _not_found(f"No policy found for: {arn}") from error
    if not found.statements:
        raise UnknownPolicyException()
    gone = [one for one in found.statements if one["Sid"] == asked["StatementId"]]
    if not gone:
        raise _not_found(f"Statement {asked['StatementId']} is not found in resource policy.")
    check_revision(found.owner, asked)
    found.function.policy.statements.remove(gone[0])
    change_revision(found.owner)


def put_invoke_config(backend: LambdaBackend, asked: Asked, *, update: bool = False) -> Json:
    """Settings of asynchronous invocation: new ones, or some of the old changed. Raises errors."""
    try:
        found = _find(backend, {"Qualifier": "$LATEST", **asked})
    except (UnknownFunctionException, UnknownAliasException) as error:
        raise _not_found("The function doesn't exist.") from error
    nowhere: Json = {"OnSuccess": {}, "OnFailure": {}}
    held = get_invoke_config(backend, asked) if update else {"DestinationConfig": nowhere}
    names = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
    given = {name: asked[name] for name in names if name in asked}
    check_destinations(given, role_arn=found.function.role)
    if "DestinationConfig" in given:
        given["DestinationConfig"] = nowhere | given["DestinationConfig"]
    config = {**held, **given, "FunctionArn": found.arn, "LastModified": time.time()}
    invoke_configs(found.function)[found.arn.split(":")[7]] = config
    return config


def get_invoke_config(backend: LambdaBackend, asked: Asked) -> Json:
    """The settings that were put for a qualifier. Raises moto's error if there are none."""
    qualifier = asked.get("Qualifier", "$LATEST")
    try:
        return invoke_configs(backend.get_function(asked["FunctionName"]))[qualifier]
    except (KeyError, UnknownFunctionException) as error:
        raise UnknownEventConfig(arn_of(backend, asked["FunctionName"], qualifier)) from error


def delete_invoke_config(backend: LambdaBackend, asked: Asked) -> None:
    """Forget the settings that were put for a qualifier. Raises moto's error if there are none."""
    get_invoke_config(backend, asked)
    configs = invoke_configs(backend.get_function(asked["FunctionName"]))
    del configs[asked.get("Qualifier", "$LATEST")]


def list_invoke_configs(backend: LambdaBackend, asked: Asked) -> list[Json]:
    """All settings of a function's qualifiers. Raises ApiError and moto's errors."""
    try:
        configs = invoke_configs(backend.get_function(asked["FunctionName"]))
    except UnknownFunctionException as error:
        raise _not_found("The function doesn't exist.") from error
    return [configs[qualifier] for qualifier in sorted(configs)]


def invoke_configs(function: LambdaFunction) -> dict[str, Json]:
    """What was put for the qualifiers of the function, which all its versions share."""
    configs: dict[str, Json] = vars(function)["invoke_configs"]
    return configs


def _not_found(message: str) -> ApiError:
    """What a call names is not there, in the words of that call."""
    return ApiError("ResourceNotFoundException", message, 404)


def _find(backend: LambdaBackend, asked: Asked) -> Qualified:
    name, qualifier = asked["FunctionName"], asked.get("Qualifier")
    function = backend.get_function(name)
    arn = invoked_arn(function, name, qualifier)
    if qualifier is None or "$" in qualifier or qualifier.isdigit():
        return Qualified(function, backend.get_function(name, qualifier), arn)
    return Qualified(function, backend.get_alias(qualifier, function.function_name), arn)


def _statement(asked: Asked, arn: str) -> Json:
    """As Lambda writes it into the policy, its members in Lambda's order."""
    equal = {
        "AWS:SourceAccount": asked.get("SourceAccount"),
        "lambda:FunctionUrlAuthType": asked.get("FunctionUrlAuthType"),
        "lambda:EventSourceToken": asked.get("EventSourceToken"),
        "aws:PrincipalOrgID": asked.get("PrincipalOrgID"),
    }
    conditions = {
        "StringEquals": {key: value for key, value in equal.items() if value},
        "Bool": {"lambda:InvokedViaFunctionUrl": "true"}
        if asked.get("InvokedViaFunctionUrl")
        else {},
        "ArnLike": {"AWS:SourceArn": asked["SourceArn"]} if "SourceArn" in asked else {},
    }
    statement = {
        "Sid": asked["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(asked["Principal"]),
        "Action": asked["Action"],
        "Resource": arn,
    }
    if condition := {kind: keys for kind, keys in conditions.items() if keys}:
        statement["Condition"] = condition
    return statement


def _principal(written: str) -> str | Json:
    if written == "*":
        return written
    if written.endswith((".amazonaws.com", ".amazon.com")):
        return {"Service": written}
    return {"AWS": f"arn:aws:iam::{written}:root" if written.isdigit() else written}
