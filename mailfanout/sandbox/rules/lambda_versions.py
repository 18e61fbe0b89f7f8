"""What Lambda refuses of versions and aliases.

See https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

from __future__ import annotations

from moto.awslambda.models import LambdaAlias, LambdaBackend, LambdaFunction

from mailfanout.sandbox.awslambda import deployed, descriptions, invalid
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.lambda_lookups import find_function, find_latest


def check_published(parameters: Json, backend: LambdaBackend) -> None:
    """Raise ApiError if a version shall be made of another revision, or code, than there is."""
    function = find_latest(parameters["FunctionName"], backend)
    if function is None:
        return
    descriptions.check_revision(function, parameters)
    given, held = parameters.get("CodeSha256"), function.code_sha_256
    if given and given != held:
        raise invalid(
            f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({held}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )


def check_alias(call: ApiCall, backend: LambdaBackend) -> None:
    """Raise ApiError for versions that an alias cannot point to, and for a name that is taken."""
    parameters = call.parameters
    version = parameters.get("FunctionVersion")
    function = find_function(parameters["FunctionName"], version, backend)
    alias = _aliases(function, backend).get(parameters["Name"])
    _check_routing(parameters, function, alias, backend)
    if alias and call.operation == "CreateAlias":
        raise ApiError("ResourceConflictException", f"Alias already exists: {alias.arn}", 409)
    if alias:
        descriptions.check_revision(alias, parameters)


def _check_routing(
    parameters: Json, function: LambdaFunction, alias: LambdaAlias | None, backend: LambdaBackend
) -> None:
    """Raise ApiError for versions that cannot share an alias's invocations, given or as held."""
    given = parameters.get("RoutingConfig")
    if given is None and alias:
        weights = deployed.weights(alias)
    else:
        weights = (given or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    version = parameters.get("FunctionVersion") or (alias.function_version if alias else None)
    if weights and version == "$LATEST":
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    for other in weights:
        if other == version:
            raise invalid(
                f"Invalid function version {other}. Function version {other} is already included "
                "in routing configuration."
            )
        second = find_function(function.function_name, other, backend)
        if second.role != find_function(function.function_name, version, backend).role:
            raise invalid("Specified versions must be associated with the same execution role")


def check_deleted(parameters: Json, backend: LambdaBackend) -> None:
    """Raise ApiError for the version $LATEST, and for one that an alias points to."""
    version = parameters.get("Qualifier")
    function = find_latest(parameters["FunctionName"], backend)
    if version == "$LATEST":
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if version and function:
        aliases = _aliases(function, backend).values()
        if named := [
            one.name
            for one in aliases
            if one.function_version == version or version in deployed.weights(one)
        ]:
            raise ApiError(
                "ResourceConflictException",
                "Unable to delete version because the following aliases reference it: "
                f"[{', '.join(named)}]",
                409,
            )


def _aliases(function: LambdaFunction, backend: LambdaBackend) -> dict[str, LambdaAlias]:
    return {one.name: one for one in backend.list_aliases(function.function_name)}
