"""boto3's errors, made without a client."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.exceptions import ClientError


@cache
def class_of(code: str) -> type[ClientError]:
    """The class that boto3 raises for this error code."""
    return type(code, (ClientError,), {})


def client_error(code: str, message: str = "", *, status: int = 400, **more: Any) -> ClientError:
    """An error as boto3 raises it, with the HTTP status of AWS's answer."""
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return class_of(code)(response, "Operation")


class Exceptions:
    """What a client has as `exceptions`: `client.exceptions.NoSuchKey`."""

    def __getattr__(self, code: str) -> type[ClientError]:
        return class_of(code)
