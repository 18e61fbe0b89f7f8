"""A function as calls name it."""

from __future__ import annotations

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction

from mailfanout.sandbox.http import ApiError


def find_function(name: str, qualifier: str | None, backend: LambdaBackend) -> LambdaFunction:
    """The function, or a version or an alias of it. Raises ApiError if there is none."""
    try:
        return backend.get_function(name, qualifier)
    except (UnknownFunctionException, UnknownAliasException) as error:
        raise ApiError("ResourceNotFoundException", error.message, 404) from error


def find_latest(name: str, backend: LambdaBackend) -> LambdaFunction | None:
    """The function as it was last changed, or None if there is none."""
    try:
        return backend.get_function(name)
    except (UnknownFunctionException, UnknownAliasException):
        return None
