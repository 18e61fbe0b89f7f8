"""What AWS refuses of pages' tokens: those that no page gave, in each service's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.pages import is_marker, is_token_of_moto


class _Tokens(NamedTuple):
    """The parameter that has a token, what a page could have given, and what refuses others."""

    parameter: str
    is_of_page: Callable[[str], object]
    code: str
    message: str
    members: Mapping[str, str] = {}


def _never(token: str) -> bool:
    """Lists that come whole give none."""
    return False


def _or_none_at_all(token: str) -> bool:
    return not token or is_marker(token)


def _of_either(token: str) -> bool:
    """Some lists of a service come in moto's pages, and some in ours."""
    return is_marker(token) or is_token_of_moto(token)


# By the service, or by the operation if only some of its lists come in pages.
_TOKENS = {
    "cloudformation": _Tokens("NextToken", _never, "ValidationError", "Invalid next token."),
    "events": _Tokens(
        "NextToken", is_token_of_moto, "ValidationException", "The specified NextToken is invalid."
    ),
    "iam": _Tokens("Marker", is_marker, "ValidationError", "Invalid Marker."),
    "lambda": _Tokens("Marker", is_marker, "InvalidParameterValueException", "Invalid Marker."),
    "s3:ListBuckets": _Tokens(
        "ContinuationToken",
        _or_none_at_all,
        "InvalidArgument",
        "The continuation token provided is incorrect",
        {"ArgumentName": "continuation-token"},
    ),
    "ses": _Tokens("NextToken", _or_none_at_all, "InvalidParameterValue", "Invalid next token."),
    "sesv2": _Tokens("NextToken", _of_either, "BadRequestException", "Invalid next token."),
    "sns": _Tokens(
        "NextToken",
        re.compile("[0-9]{0,9}").fullmatch,
        "InvalidParameter",
        "Invalid parameter: NextToken",
    ),
    "sqs": _Tokens(
        "NextToken", is_token_of_moto, "InvalidParameterValue", "Invalid or expired next token."
    ),
}
# Of their services' lists, those whose pages are ours, and not moto's.
_IN_OUR_PAGES = ("events:ListTargetsByRule", "sqs:ListDeadLetterSourceQueues")


def check(call: ApiCall) -> None:
    """Raise ApiError for a token that no page could have given."""
    tokens = _TOKENS.get(call.name) or _TOKENS.get(call.service)
    token = call.parameters.get(tokens.parameter) if tokens else None
    if tokens is None or token is None:
        return
    is_of_page = is_marker if call.name in _IN_OUR_PAGES else tokens.is_of_page
    if not is_of_page(token):
        raise ApiError(tokens.code, tokens.message, members=tokens.members)
